//! The course of a job: its figures at equal steps of time, and its milestones. What a slider over a job stands on.
//!
//! It is told the job's events in order, each with the job as it was after it, and keeps what is worth a place.
//!
//! Never found here: reading the log, or applying an event.

use crate::event::{Event, JobEvent};
use crate::ids::BatchIndex;
use crate::job::Job;
use crate::outcome::HostStatus;
use crate::sentence::{self, Names, Sentence};
use crate::time::Timestamp;

/// The most milestones that are kept. Beyond it, batches that opened and passed as they should are left out, then those in
/// the middle: how a job began and how it ended is always told.
pub const MOST_MARKS: usize = 1_000;

/// The course of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The log's position of its first event.
    pub first: u64,
    /// The log's position of its last event.
    pub last: u64,
    /// When the first was recorded.
    pub from: Timestamp,
    /// When the last was recorded.
    pub to: Timestamp,
    /// Equal slices of the time between.
    pub slices: Vec<Slice>,
    /// Its milestones, oldest first.
    pub marks: Vec<Mark>,
}

/// A job at the end of a slice of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// When it ends.
    pub until: Timestamp,
    /// The position of the last event by then.
    pub position: u64,
    /// Hosts that nothing more happens to by itself.
    pub settled: u32,
    /// Hosts that gates count as failed.
    pub failed: u32,
    /// Hosts in their workflow.
    pub running: u32,
    /// Hosts that serve nobody because of the job.
    pub out_of_service: u32,
}

/// A milestone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The log's position of the event.
    pub position: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What it is.
    pub kind: MarkKind,
    /// The batch it is about, where it is about one.
    pub batch: Option<BatchIndex>,
    /// What happened.
    pub sentence: Sentence,
}

/// What a milestone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
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
    /// A person has to agree.
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
    /// They do, and the job ends.
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

impl MarkKind {
    /// The milestone that an event is; none for what happens to single hosts, and what only leads to a milestone.
    pub fn of(event: &JobEvent) -> Option<MarkKind> {
        match event {
            JobEvent::JobCreated(_) => Some(MarkKind::Created),
            JobEvent::JobStarted(_) => Some(MarkKind::Started),
            JobEvent::BatchOpened(_) => Some(MarkKind::BatchOpened),
            JobEvent::GatePassed(_) => Some(MarkKind::GatePassed),
            JobEvent::GateHeld(_) => Some(MarkKind::GateHeld),
            JobEvent::ApprovalAsked(_) => Some(MarkKind::ApprovalAsked),
            JobEvent::BatchApproved(_) => Some(MarkKind::Approved),
            JobEvent::ApprovalExpired(_) => Some(MarkKind::ApprovalExpired),
            JobEvent::JobHeld(_) => Some(MarkKind::Held),
            JobEvent::JobResumed(_) => Some(MarkKind::Resumed),
            JobEvent::JobDraining(_) => Some(MarkKind::Draining),
            JobEvent::JobCancelling(_) => Some(MarkKind::Cancelling),
            JobEvent::JobKilled(_) => Some(MarkKind::Killed),
            JobEvent::HostsRetried(_) => Some(MarkKind::Retried),
            JobEvent::HostsAccepted(_) => Some(MarkKind::Accepted),
            JobEvent::JobSettled(_) => Some(MarkKind::Settled),
            JobEvent::JobFinished(_) => Some(MarkKind::Finished),
            JobEvent::PlanSealed(_)
            | JobEvent::HostAdmitted(_)
            | JobEvent::HostDeferred(_)
            | JobEvent::CanaryBackfilled(_)
            | JobEvent::StepSkipped(_)
            | JobEvent::AttemptStarted(_)
            | JobEvent::HostOutOfReach(_)
            | JobEvent::HostInReach(_)
            | JobEvent::AttemptFinished(_)
            | JobEvent::AttemptInDoubt(_)
            | JobEvent::PersonAsked(_)
            | JobEvent::DoubtResolved(_)
            | JobEvent::RetryScheduled(_)
            | JobEvent::StepFailed(_)
            | JobEvent::HostRunFinished(_)
            | JobEvent::BakeStarted(_)
            | JobEvent::BakeFinished(_) => None,
        }
    }
}

/// Writes a history down, event by event.
pub struct Chronicle {
    history: History,
    /// How many slices there will be.
    slices: u64,
    /// The job after the last event that was told.
    now: Slice,
}

impl Chronicle {
    /// Of a job whose first and last event were recorded at these moments, in at most so many slices.
    pub fn between(from: Timestamp, to: Timestamp, slices: usize) -> Chronicle {
        let slices = (slices as u64).clamp(1, to.0.saturating_sub(from.0).max(1));
        let now = Slice { until: from, position: 0, settled: 0, failed: 0, running: 0, out_of_service: 0 };
        let history = History { first: 0, last: 0, from, to, slices: Vec::new(), marks: Vec::new() };
        Chronicle { history, slices, now }
    }

    /// The job after its next event.
    pub fn take(&mut self, position: u64, at: Timestamp, event: &Event, job: &Job) {
        if self.history.first == 0 {
            self.history.first = position;
        }
        while self.boundary() < at && (self.history.slices.len() as u64) < self.slices {
            self.close_slice();
        }
        self.now = Slice {
            until: at,
            position,
            settled: job.tally.settled(),
            failed: job.tally.failed(),
            running: job.tally.status(HostStatus::Running),
            out_of_service: job.tally.out_of_service(),
        };
        self.history.last = position;
        self.mark(position, at, event, job);
    }

    /// All of it.
    pub fn end(mut self) -> History {
        while (self.history.slices.len() as u64) < self.slices {
            self.close_slice();
        }
        thin_out(&mut self.history.marks);
        self.history
    }

    fn mark(&mut self, position: u64, at: Timestamp, event: &Event, job: &Job) {
        let Event::Job(_, of_job) = event else { return };
        let Some(kind) = MarkKind::of(of_job) else { return };
        let names = Names { plan: Some(&job.plan), template: Some(&job.template) };
        let batch = sentence::about(event).batch;
        self.history.marks.push(Mark { position, at, kind, batch, sentence: sentence::sentence(event, names) });
    }

    /// Where the slice ends that is not closed yet.
    fn boundary(&self) -> Timestamp {
        let History { from, to, slices, .. } = &self.history;
        Timestamp(from.0 + (to.0 - from.0) * (slices.len() as u64 + 1) / self.slices)
    }

    fn close_slice(&mut self) {
        let until = self.boundary();
        self.history.slices.push(Slice { until, ..self.now });
    }
}

fn thin_out(marks: &mut Vec<Mark>) {
    if marks.len() > MOST_MARKS {
        marks.retain(|mark| !matches!(mark.kind, MarkKind::BatchOpened | MarkKind::GatePassed));
    }
    if marks.len() > MOST_MARKS {
        marks.drain(MOST_MARKS / 2..marks.len() - MOST_MARKS / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(kinds: impl IntoIterator<Item = MarkKind>) -> Vec<Mark> {
        let mark = |(position, kind)| {
            let sentence = Sentence::JobStarted {};
            Mark { position, at: Timestamp(position), kind, batch: None, sentence }
        };
        (1..).zip(kinds).map(mark).collect()
    }

    #[test]
    fn a_very_long_course_still_tells_how_it_began_and_how_it_ended() {
        let held = [MarkKind::Held, MarkKind::Resumed].into_iter().cycle().take(3_000);
        let mut course = marks([MarkKind::Created].into_iter().chain(held).chain([MarkKind::Finished]));
        thin_out(&mut course);
        assert_eq!(course.len(), MOST_MARKS);
        assert_eq!((course[0].kind, course[MOST_MARKS - 1].kind), (MarkKind::Created, MarkKind::Finished));
        assert_eq!((course[MOST_MARKS / 2 - 1].position, course[MOST_MARKS / 2].position), (500, 2_503));
    }

    #[test]
    fn batches_that_went_as_they_should_are_left_out_first() {
        let batches = [MarkKind::BatchOpened, MarkKind::GatePassed].into_iter().cycle().take(MOST_MARKS);
        let mut course = marks(batches.chain([MarkKind::GateHeld, MarkKind::Finished]));
        thin_out(&mut course);
        assert_eq!(course.iter().map(|mark| mark.kind).collect::<Vec<_>>(), [MarkKind::GateHeld, MarkKind::Finished]);
    }
}
