//! The grid: every host of a job in a byte or two, and what changed in it.
//!
//! Layout. A palette lists every state that occurs, once. `cells` is one number per host in the order of the plan, a
//! place in the palette: one byte each, or two (little endian) where the palette has more than 256 entries. A delta
//! has its own palette, and for every changed host five bytes: its index in the plan as four (little endian), then the
//! place in the palette; six bytes where the palette has more than 256 entries. Both are base 64.
//!
//! Never found here: colours, or counting.

use crate::outcome::{Absence, HostOutcome, HostStatus};
use crate::scalar::Long;
use crate::survey::{Cell, Survey};
use async_graphql::{SimpleObject, Union};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Every host of a job in a few bytes, as of one position of the log.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The log's position it is as of. `jobGrid(afterPosition:)` goes on from here.
    pub position: Long,
    /// How many hosts there are.
    pub hosts: u32,
    /// Every state that occurs. A cell is a place in this list.
    pub palette: Vec<GridState>,
    /// How many bytes a cell has: 1, or 2 (little endian) where the palette has more than 256 entries.
    pub cell_bytes: u8,
    /// One cell per host in the order of the plan, in base 64.
    pub cells: String,
}

/// The hosts that changed since an earlier position.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct GridDelta {
    /// The log's position it is as of.
    pub position: Long,
    /// The position it goes on from.
    pub after: Long,
    /// How many hosts changed.
    pub hosts: u32,
    /// Every state that occurs in this delta.
    pub palette: Vec<GridState>,
    /// How many bytes a cell has: 1, or 2 (little endian) where the palette has more than 256 entries.
    pub cell_bytes: u8,
    /// For every changed host its index in four bytes (little endian) and its cell, in base 64.
    pub changes: String,
}

/// What a subscription to a grid sends: first everything, then what changed.
#[derive(Union, Clone, Debug, PartialEq, Eq)]
pub enum GridMessage {
    /// Everything; forget what was sent before.
    Snapshot(Grid),
    /// What changed.
    Delta(GridDelta),
}

/// What a cell of the grid says.
#[derive(SimpleObject, Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridState {
    /// Where the host is.
    status: HostStatus,
    /// How it ended; only when finished.
    outcome: Option<HostOutcome>,
    /// The step that is under way, comes next, or failed for good: its place in the workflow.
    step: Option<u16>,
    /// Whether it serves nobody because of this job, and nobody took it over.
    out_of_service: bool,
    /// Whether it cannot be reached at the moment, and is not being rebooted by a step.
    out_of_reach: bool,
    /// Why it is away; null where it is not.
    absence: Option<Absence>,
}

impl From<Cell> for GridState {
    fn from(cell: Cell) -> GridState {
        let state = cell.state();
        GridState {
            status: state.status.into(),
            outcome: state.outcome.map(HostOutcome::from),
            step: state.step,
            out_of_service: state.out_of_service,
            out_of_reach: state.absence == Some(jobs::host_run::Absence::OutOfReach),
            absence: state.absence.map(Absence::from),
        }
    }
}

impl Grid {
    /// Every host of a survey.
    pub fn of(survey: &Survey) -> Grid {
        let (palette, places) = palette(&survey.cells);
        let cell_bytes = cell_bytes(&palette);
        let cells = match cell_bytes {
            1 => places.iter().map(|place| *place as u8).collect(),
            _ => places.iter().flat_map(|place| place.to_le_bytes()).collect::<Vec<u8>>(),
        };
        Grid {
            position: Long(survey.position),
            hosts: survey.cells.len() as u32,
            palette,
            cell_bytes,
            cells: STANDARD.encode(cells),
        }
    }
}

impl GridDelta {
    /// The hosts of a survey that changed after a position; `None` where that is not known.
    pub fn of(survey: &Survey, after: u64) -> Option<GridDelta> {
        let hosts: Vec<_> = survey.changed_since(after)?.collect();
        let cells: Vec<Cell> = hosts.iter().map(|host| survey.cells[host.at()]).collect();
        let (palette, places) = palette(&cells);
        let cell_bytes = cell_bytes(&palette);
        let mut changes = Vec::with_capacity(hosts.len() * 6);
        for (host, place) in hosts.iter().zip(places) {
            changes.extend_from_slice(&host.0.to_le_bytes());
            changes.extend_from_slice(&place.to_le_bytes()[..cell_bytes.into()]);
        }
        Some(GridDelta {
            position: Long(survey.position),
            after: Long(after),
            hosts: hosts.len() as u32,
            palette,
            cell_bytes,
            changes: STANDARD.encode(changes),
        })
    }
}

fn cell_bytes(palette: &[GridState]) -> u8 {
    if palette.len() > 256 { 2 } else { 1 }
}

/// The different cells in the order they first occur, and the place of each cell among them.
fn palette(cells: &[Cell]) -> (Vec<GridState>, Vec<u16>) {
    const NONE: u16 = u16::MAX;
    let mut place_of = vec![NONE; Cell::COUNT];
    let mut palette = Vec::new();
    let mut place = |cell: &Cell| {
        let known = &mut place_of[cell.code()];
        if *known == NONE {
            *known = palette.len() as u16;
            palette.push(GridState::from(*cell));
        }
        *known
    };
    let places = cells.iter().map(&mut place).collect();
    (palette, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs::host_run::{Cursor, HostRun};
    use jobs::ids::{BatchIndex, StepIndex};

    fn cell(step: u16, status: jobs::outcome::HostStatus, out_of_service: bool) -> Cell {
        let cursor = Cursor::Forward(StepIndex(step));
        Cell::of(&HostRun { status, cursor, out_of_service, ..HostRun::waiting(BatchIndex(0)) })
    }

    #[test]
    fn every_different_cell_is_in_the_palette_once() {
        use jobs::outcome::HostStatus::{InDoubt, Running};
        let cells = [cell(0, Running, false), cell(1, Running, false), cell(0, Running, false), cell(0, InDoubt, true)];
        let (palette, places) = palette(&cells);
        assert_eq!(places, [0, 1, 0, 2]);
        assert_eq!(palette.iter().map(|state| state.step).collect::<Vec<_>>(), [Some(0), Some(1), Some(0)]);
        assert_eq!(cell_bytes(&palette), 1);
    }

    #[test]
    fn more_than_256_different_cells_take_two_bytes_each() {
        use jobs::outcome::HostStatus::{Deferred, InDoubt, Running};
        let all = |status| (0..64).flat_map(move |step| [cell(step, status, false), cell(step, status, true)]);
        let cells: Vec<Cell> = [Deferred, InDoubt, Running].into_iter().flat_map(all).collect();
        let (palette, places) = palette(&cells);
        assert_eq!((palette.len(), cell_bytes(&palette)), (384, 2));
        assert_eq!(places, (0..384).collect::<Vec<u16>>());
    }
}
