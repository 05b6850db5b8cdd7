//! local scaffold
use crate::action::Action;
use crate::host_run::StepRun;
use crate::ids::*;
use crate::parameter::Values;
use crate::plan::PlannedHost;
use crate::template::Template;
use std::collections::BTreeMap;
use std::sync::Arc;
#[derive(Debug)]
pub struct Program { t: Template }
pub enum Which { When, DoneIf }
pub enum CallKind { Step, Undo }
pub struct Scope<'a> { pub job: JobId, pub params: &'a Values, pub host: &'a PlannedHost, pub steps: &'a [StepRun], pub own: Option<(StepIndex, &'a Values)> }
impl Program {
    pub fn compile(t: &Template, _a: &BTreeMap<ActionName, Arc<Action>>) -> Result<Program, String> { Ok(Program { t: t.clone() }) }
    pub fn condition(&self, step: StepIndex, which: Which, scope: &Scope) -> Result<bool, String> {
        let s = &self.t.workflow[step.at()];
        match which { Which::When => Ok(s.when.as_deref() != Some("false")), Which::DoneIf => {
            let key = s.done_if.as_deref().and_then(|t| t.rsplit('.').next());
            Ok(key.is_some_and(|k| scope.own.is_some_and(|(_, o)| o.get(k) == Some(&serde_json::Value::Bool(true)) || o.get(k).and_then(|v| v.as_str()) == Some("true")))) } }
    }
    pub fn parameters(&self, step: StepIndex, kind: CallKind, _s: &Scope) -> Result<Values, String> {
        let s = &self.t.workflow[step.at()];
        Ok(match kind { CallKind::Step => s.with.clone(), CallKind::Undo => s.undo.as_ref().map(|u| u.with.clone()).unwrap_or_default() })
    }
}
