//! The course of a job over time: what a slider over it stands on.
//!
//! Never found here: which event is a milestone (`jobs::history`).

use crate::scalar::{DateTime, Long};
use crate::sentence::Sentence;
use async_graphql::{Enum, SimpleObject};
use jobs::history::{History, Mark, MarkKind, Slice};

/// The course of a job over time.
#[derive(SimpleObject, Clone, Debug)]
pub struct JobHistory {
    /// The log's position of its first event.
    first_position: Long,
    /// The log's position of its last event so far.
    last_position: Long,
    /// When the first was recorded.
    from: DateTime,
    /// When the last was recorded.
    to: DateTime,
    /// Equal slices of the time between, oldest first.
    buckets: Vec<JobHistoryBucket>,
    /// Its milestones, oldest first. Where there are more than 1,000, batches that opened and passed as they should are
    /// left out, then those in the middle.
    marks: Vec<JobMark>,
}

/// A job at the end of a slice of its time.
#[derive(SimpleObject, Clone, Debug)]
pub struct JobHistoryBucket {
    /// When the slice ends.
    until: DateTime,
    /// The log's position of the job's last event by then.
    position: Long,
    /// Hosts that nothing more happens to by itself: finished or in doubt.
    settled: u32,
    /// Hosts that gates count as failed.
    failed: u32,
    /// Hosts in their workflow.
    running: u32,
    /// Hosts that serve nobody because of the job, and that nobody took over.
    out_of_service: u32,
}

/// A milestone of a job.
#[derive(SimpleObject, Clone, Debug)]
pub struct JobMark {
    /// The log's position of the event.
    position: Long,
    /// When it was recorded.
    at: DateTime,
    /// What it is.
    kind: JobMarkKind,
    /// The batch it is about, as people count, where it is about one.
    batch: Option<u32>,
    /// What happened, in one sentence.
    text: String,
    /// The same, to be said in any language.
    sentence: Sentence,
}

/// What a milestone of a job is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "MarkKind")]
pub enum JobMarkKind {
    /// The job was created.
    Created,
    /// It began to admit hosts.
    Started,
    /// A batch began to admit hosts.
    BatchOpened,
    /// A batch passed its gate.
    GatePassed,
    /// A gate stopped its batch.
    GateHeld,
    /// A person has to agree before the next batch opens.
    ApprovalAsked,
    /// A person agreed.
    Approved,
    /// Nobody agreed in time.
    ApprovalExpired,
    /// Nobody new is admitted.
    Held,
    /// Hosts are admitted again.
    Resumed,
    /// Hosts stop at their next safe point.
    Draining,
    /// Hosts stop at their next safe point, and the job ends.
    Cancelling,
    /// Running scripts are signalled, too.
    Killed,
    /// Hosts are given another run.
    Retried,
    /// A person took hosts over.
    Accepted,
    /// Nothing more happens by itself, but hosts need a person.
    Settled,
    /// The job ended.
    Finished,
}

impl From<&History> for JobHistory {
    fn from(history: &History) -> JobHistory {
        JobHistory {
            first_position: Long(history.first),
            last_position: Long(history.last),
            from: DateTime(history.from),
            to: DateTime(history.to),
            buckets: history.slices.iter().map(JobHistoryBucket::from).collect(),
            marks: history.marks.iter().map(JobMark::from).collect(),
        }
    }
}

impl From<&Slice> for JobHistoryBucket {
    fn from(slice: &Slice) -> JobHistoryBucket {
        JobHistoryBucket {
            until: DateTime(slice.until),
            position: Long(slice.position),
            settled: slice.settled,
            failed: slice.failed,
            running: slice.running,
            out_of_service: slice.out_of_service,
        }
    }
}

impl From<&Mark> for JobMark {
    fn from(mark: &Mark) -> JobMark {
        JobMark {
            position: Long(mark.position),
            at: DateTime(mark.at),
            kind: mark.kind.into(),
            batch: mark.batch.map(jobs::ids::BatchIndex::number),
            text: mark.sentence.to_string(),
            sentence: Sentence::from(&mark.sentence),
        }
    }
}
