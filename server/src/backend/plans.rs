//! What the events of jobs tell by its place, hosts and steps: plans and templates, read from where the jobs' streams
//! begin. Those that were asked for last are remembered, for whoever reads the log asks about one job again and again.
//!
//! Never found here: a fold, or whether a job lives or was archived: both have a stream.

use super::log::first_records;
use super::unreadable;
use crate::engine::recorded;
use jobs::event::{Event, JobEvent};
use jobs::ids::JobId;
use schema::backend::{Fault, ToldByPlace, stream_of};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use storage::EventStore;

/// The most jobs that are remembered.
const MOST_JOBS: usize = 16;
/// The most hosts of those together; the last one is kept, however many it has.
const MOST_HOSTS: usize = 50_000;

/// Plans and templates of jobs, over a store.
pub(super) struct Plans {
    store: Arc<dyn EventStore>,
    /// The newest first.
    known: Mutex<VecDeque<(JobId, ToldByPlace)>>,
}

impl Plans {
    pub(super) fn over(store: Arc<dyn EventStore>) -> Plans {
        Plans { store, known: Mutex::default() }
    }

    /// Of one job; `None` where there is none, or where this version cannot read how it began.
    pub(super) fn of(&self, job: JobId) -> Result<Option<ToldByPlace>, Fault> {
        if let Some(known) = self.remembered(job) {
            return Ok(Some(known));
        }
        let read = self.read(job)?;
        if let Some(told) = &read {
            self.remember(job, told.clone());
        }
        Ok(read)
    }

    fn read(&self, job: JobId) -> Result<Option<ToldByPlace>, Fault> {
        let (mut plan, mut template) = (None, None);
        for envelope in first_records(&*self.store, &stream_of(job)).map_err(unreadable)? {
            match recorded(&envelope).map(|(event, _)| event) {
                Ok(Event::Job(_, JobEvent::JobCreated(it))) => template = Some(it.template),
                Ok(Event::Job(_, JobEvent::PlanSealed(it))) => plan = Some(it.plan),
                _ => {}
            }
        }
        Ok(plan.zip(template).map(|(plan, template)| ToldByPlace { plan, template }))
    }

    pub(super) fn remembered(&self, job: JobId) -> Option<ToldByPlace> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|(one, _)| *one == job)?;
        let found = known.remove(at)?;
        let told = found.1.clone();
        known.push_front(found);
        Some(told)
    }

    fn remember(&self, job: JobId, told: ToldByPlace) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(one, _)| *one != job);
        known.push_front((job, told));
        known.truncate(MOST_JOBS);
        while known.len() > 1 && known.iter().map(|(_, told)| told.plan.hosts.len()).sum::<usize>() > MOST_HOSTS {
            known.pop_back();
        }
    }
}
