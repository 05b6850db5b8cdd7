//! Between events and the records of the store: names, bytes, keys.
//!
//! Never found here: reading or writing the store.

use jobs::event::{Event, SCHEMA, Undecodable};
use jobs::ids::{AttemptId, JobId, Phase};
use jobs::time::Timestamp;
use std::sync::Arc;
use storage::{OutputKey, Record};

/// An event as a record, caused by `actor` from `origin`.
pub fn record_of(event: &Event, actor: &Arc<str>, origin: &Arc<str>, at: Timestamp) -> Record {
    Record {
        stream: event.stream().into(),
        kind: event.kind().into(),
        schema: SCHEMA,
        recorded_at_ms: at.0,
        actor: actor.clone(),
        origin: origin.clone(),
        command: [0; 16],
        causation: 0,
        payload: event.payload(),
    }
}

/// A record as an event, with the time it was recorded at.
pub(super) fn event_of(record: &Record) -> Result<(Event, Timestamp), Undecodable> {
    let event = Event::decode(&record.stream, &record.kind, record.schema, &record.payload)?;
    Ok((event, Timestamp(record.recorded_at_ms)))
}

/// The name of an attempt's output: the job, so that a job's outputs can be deleted together, then the attempt.
pub fn output_key(job: JobId, attempt: AttemptId) -> OutputKey {
    let phase: u16 = match attempt.phase {
        Phase::Run => 0,
        Phase::Verify => 1,
        Phase::Undo => 2,
    };
    let mut key = [0; 24];
    key[..16].copy_from_slice(&job.0.to_bytes());
    key[16..20].copy_from_slice(&attempt.host.0.to_be_bytes());
    key[20..22].copy_from_slice(&attempt.step.0.to_be_bytes());
    key[22..].copy_from_slice(&(phase << 14 | (attempt.number & 0x3fff)).to_be_bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs::event::{JobEvent, JobStarted};
    use jobs::ids::{HostIndex, StepIndex};

    #[test]
    fn an_event_survives_the_way_through_a_record() {
        let event = Event::Job(JobId(ulid::Ulid::from_parts(1, 2)), JobEvent::JobStarted(JobStarted {}));
        let record = record_of(&event, &"user:alice".into(), &"cli".into(), Timestamp(7));
        assert_eq!(event_of(&record), Ok((event, Timestamp(7))));
    }

    #[test]
    fn attempts_have_outputs_of_their_own() {
        let job = JobId(ulid::Ulid::from_parts(1, 2));
        let attempt = |phase, number| AttemptId { host: HostIndex(3), step: StepIndex(4), phase, number };
        let keys = [attempt(Phase::Run, 1), attempt(Phase::Run, 2), attempt(Phase::Verify, 1), attempt(Phase::Undo, 1)]
            .map(|attempt| output_key(job, attempt));
        assert!(keys.iter().enumerate().all(|(at, key)| !keys[..at].contains(key)));
        assert!(keys.iter().all(|key| key[..16] == job.0.to_bytes()));
    }
}
