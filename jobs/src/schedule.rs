//! local scaffold
use crate::ids::*; use crate::parameter::Values; use crate::selector::Selector; use crate::time::*; use serde::*;
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] pub struct ScheduleSpec { pub name: String, pub template: TemplateName, pub parameters: Values, pub targets: Option<Selector>, pub overlap: Overlap }
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)] pub enum Overlap { Forbid, Queue, Allow }
pub enum OverlapVerdict { Fire, Queue, Skip { why: String } }
pub enum Verdict { Fire, Missed { why: String } }
pub struct DueFiring { pub nominal: Timestamp, pub verdict: Verdict }
impl ScheduleSpec { pub fn next_after(&self, _t: Timestamp) -> Option<Timestamp> { None } pub fn check(&self) -> Result<(), String> { Ok(()) } }
pub fn due(_s: &ScheduleSpec, _l: Timestamp, _n: Timestamp) -> Vec<DueFiring> { vec![] }
pub fn overlap_verdict(_o: Overlap, _busy: bool, _q: bool) -> OverlapVerdict { OverlapVerdict::Fire }
