//! Finds a host's place in a plan by its name. A plan lists its hosts in the order they were dealt, so that looking for
//! a name means looking at all of them; this remembers where they are for the plans that were asked about last.
//!
//! Never found here: anything that is not in the plan.

use async_graphql::{Context, Error};
use jobs::ids::{HostIndex, HostName};
use jobs::plan::{Plan, PlanHash};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How many plans are remembered; one of 10,000 hosts takes about half a megabyte.
const MOST_PLANS: usize = 16;

type Places = HashMap<HostName, HostIndex>;

/// The plans that were asked about last, newest first.
#[derive(Default)]
pub struct Indexes {
    plans: Mutex<VecDeque<(PlanHash, Arc<Places>)>>,
}

impl Indexes {
    /// The place of a host in a plan; `None` if it is not in it.
    pub fn find(&self, plan: &Plan, host: &str) -> Option<HostIndex> {
        self.places(plan).get(host).copied()
    }

    fn places(&self, plan: &Plan) -> Arc<Places> {
        if let Some(known) = self.remembered(plan.hash) {
            return known;
        }
        let place = |(place, host): (usize, &jobs::plan::PlannedHost)| (host.name.clone(), HostIndex(place as u32));
        let places: Arc<Places> = Arc::new(plan.hosts.iter().enumerate().map(place).collect());
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.push_front((plan.hash, places.clone()));
        plans.truncate(MOST_PLANS);
        places
    }

    fn remembered(&self, hash: PlanHash) -> Option<Arc<Places>> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let at = plans.iter().position(|(known, _)| *known == hash)?;
        let found = plans.remove(at)?;
        let places = found.1.clone();
        plans.push_front(found);
        Some(places)
    }
}

/// The place of a host in a plan, by the indexes of the schema a request is executed on.
pub fn index_of(ctx: &Context<'_>, plan: &Plan, host: &str) -> Result<Option<HostIndex>, Error> {
    Ok(ctx.data::<Indexes>()?.find(plan, host))
}
