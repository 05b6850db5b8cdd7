//! Why something waits or was stopped, in sentences.
//!
//! Never found here: the reasons themselves (`reason`, `schedule`).

use super::Sentence;
use crate::reason::{Breach, Deferral, HoldReason};
use crate::schedule::{DstNote, Skipped};

impl From<&Deferral> for Sentence {
    fn from(why: &Deferral) -> Sentence {
        match why {
            Deferral::Leased(job) => Sentence::Leased { job: *job },
        }
    }
}

impl From<&Breach> for Sentence {
    fn from(breach: &Breach) -> Sentence {
        match breach {
            Breach::CanaryFailed { failed, of, allowed } => {
                Sentence::CanaryFailed { failed: *failed, of: *of, allowed: *allowed }
            }
            Breach::CanaryUnproven { succeeded, needed } => {
                Sentence::CanaryUnproven { succeeded: *succeeded, needed: *needed }
            }
            Breach::BatchFailed { failed, of, allowed } => {
                Sentence::BatchFailed { failed: *failed, of: *of, allowed: *allowed }
            }
            Breach::TotalShare { failed, finished, allowed } => {
                Sentence::TotalShare { failed: *failed, finished: *finished, allowed: *allowed }
            }
            Breach::TotalCap { failed, allowed } => Sentence::TotalCap { count: *failed, allowed: *allowed },
            Breach::Unreachable { unreachable, of, allowed } => {
                Sentence::Unreachable { unreachable: *unreachable, of: *of, allowed: *allowed }
            }
            Breach::SameError { error, hosts, limit } => {
                Sentence::SameError { count: *hosts, limit: *limit, error: error.clone() }
            }
        }
    }
}

impl From<&HoldReason> for Sentence {
    fn from(why: &HoldReason) -> Sentence {
        match why {
            HoldReason::Breach(breach) => breach.into(),
            HoldReason::Person { by, reason } => Sentence::HeldBy { by: by.clone() }.because(reason),
            HoldReason::Drained { by } => Sentence::DrainedBy { by: by.clone() },
            HoldReason::ApprovalExpired { batch } => Sentence::NobodyApproved { batch: *batch },
        }
    }
}

impl From<Skipped> for Sentence {
    fn from(why: Skipped) -> Sentence {
        match why {
            Skipped::Paused => Sentence::Paused {},
            Skipped::TooLate { late, deadline } => Sentence::TooLate { late, deadline },
            Skipped::NotRunning { late } => Sentence::NotRunning { late },
            Skipped::Superseded { by } => Sentence::Superseded { by },
            Skipped::TooMany { since } => Sentence::TooMany { since },
            Skipped::StillRunning => Sentence::StillRunning {},
            Skipped::AlreadyQueued => Sentence::AlreadyQueued {},
        }
    }
}

impl From<DstNote> for Sentence {
    fn from(note: DstNote) -> Sentence {
        match note {
            DstNote::LeftOut(wall) => {
                Sentence::ClocksForward { time: wall.time().to_string().into(), date: wall.date().to_string().into() }
            }
            DstNote::ComesTwice(wall) => {
                Sentence::ClocksBack { time: wall.time().to_string().into(), date: wall.date().to_string().into() }
            }
        }
    }
}
