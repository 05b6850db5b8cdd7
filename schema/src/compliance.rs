//! Which of the hosts that a selector chooses now are as a template wants them, and why the others are not.
//!
//! Never found here: the rule (`jobs::compliance`).

use crate::backend::{Backend, Fault, read};
use crate::fault::bad_argument;
use crate::fold::fold;
use crate::id::GlobalId;
use crate::outcome::HostOutcome;
use crate::page::{Cursor, Page, Total};
use crate::scalar::DateTime;
use async_graphql::connection::Connection;
use async_graphql::{Enum, Error, ID, Object, SimpleObject};
use jobs::compliance::{Asked, Finding, NotDone, OpenRun, find};
use jobs::digest::EndedRun;
use jobs::fleet::Fleet;
use jobs::ids::{HostIndex, HostName, TemplateName};
use jobs::inventory::Host;
use jobs::job::Job;
use jobs::plan::Plan;
use jobs::selector::Selector;
use jobs::units::BasisPoints;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The most groups of folded names of one reason.
const MOST_GROUPS: usize = 100;

/// Which hosts are as a template wants them.
pub struct Compliance {
    template: TemplateName,
    asked: Asked,
    selector: Option<Selector>,
    /// The chosen hosts in the order of their names.
    hosts: Vec<(HostName, Finding)>,
}

/// What is asked for.
pub struct Question {
    /// The template's name.
    pub template: String,
    /// Which hosts; otherwise the template's targets.
    pub selector: Option<String>,
    /// What they have to have done.
    pub asked: Asked,
}

/// The runs of a job of the template that is in the state, in the order of its plan.
struct LiveRuns {
    plan: Arc<Plan>,
    runs: Vec<(Option<OpenRun>, Option<EndedRun>)>,
}

/// What is copied from the state.
struct Copied {
    targets: Option<Selector>,
    hosts: Vec<Arc<Host>>,
    live: Vec<LiveRuns>,
}

impl Compliance {
    /// Where the chosen hosts stand.
    pub async fn of(backend: &dyn Backend, question: Question) -> Result<Compliance, Error> {
        let template = TemplateName::from(question.template);
        let given = question.selector.filter(|text| !text.trim().is_empty());
        let given = given.as_deref().map(Selector::parse).transpose().map_err(bad_argument)?;
        let copied = copied(backend, template.clone()).await.map_err(crate::fault::fault)?;
        let copied =
            copied.ok_or_else(|| bad_argument(format!("there is no template {template}; `templates` lists them")))?;
        let selector = given.or(copied.targets);
        let chosen = copied.hosts.iter().filter(|host| selector.as_ref().is_none_or(|wanted| wanted.matches(host)));
        let names: Vec<HostName> = chosen.map(|host| host.name.clone()).collect();
        // The archive after the state: a job that goes there meanwhile is in both, and in neither is it missing.
        let archived = backend.last_runs(template.clone(), names.clone()).await.map_err(crate::fault::fault)?;
        let hosts = findings(question.asked, names, archived, copied.live);
        Ok(Compliance { template, asked: question.asked, selector, hosts })
    }

    fn done_hosts(&self) -> u32 {
        self.hosts.iter().filter(|(_, finding)| matches!(finding, Finding::Done(_))).count() as u32
    }
}

async fn copied(backend: &dyn Backend, template: TemplateName) -> Result<Option<Copied>, Fault> {
    let look = move |fleet: &Fleet, _| {
        let applied = fleet.templates.get(&template)?;
        let of_template = fleet.jobs.values().filter(|job| job.template.name == template);
        Some(Copied {
            targets: applied.template.targets.clone(),
            hosts: fleet.inventory.hosts.values().cloned().collect(),
            live: of_template.map(LiveRuns::of).collect(),
        })
    };
    read(backend, look).await
}

impl LiveRuns {
    fn of(job: &Job) -> LiveRuns {
        let run = |place: usize| {
            let host = HostIndex(place as u32);
            (OpenRun::of(job, host), EndedRun::of(job, host))
        };
        LiveRuns { plan: job.plan.clone(), runs: (0..job.runs.len()).map(run).collect() }
    }
}

fn findings(
    asked: Asked,
    names: Vec<HostName>,
    archived: Vec<Vec<EndedRun>>,
    live: Vec<LiveRuns>,
) -> Vec<(HostName, Finding)> {
    let places: HashMap<&HostName, usize> = names.iter().enumerate().map(|(place, name)| (name, place)).collect();
    let mut open: Vec<Vec<OpenRun>> = vec![Vec::new(); names.len()];
    let mut ended = archived;
    ended.resize_with(names.len(), Vec::new);
    for LiveRuns { plan, runs } in live {
        for (host, (going_on, over)) in plan.hosts.iter().zip(runs) {
            let Some(place) = places.get(&host.name) else { continue };
            open[*place].extend(going_on);
            ended[*place].extend(over);
        }
    }
    let of_host = |(open, ended): (Vec<OpenRun>, Vec<EndedRun>)| find(asked, &open, ended);
    let found: Vec<Finding> = open.into_iter().zip(ended).map(of_host).collect();
    names.into_iter().zip(found).collect()
}

/// Which of the chosen hosts are as a template wants them, and why the others are not.
#[Object]
impl Compliance {
    /// The template's name.
    async fn template(&self) -> &str {
        self.template.as_str()
    }

    /// The selector that chooses the hosts; null where every host is meant.
    async fn selector(&self) -> Option<&str> {
        self.selector.as_ref().map(Selector::as_str)
    }

    /// Hosts that succeeded before this are not done.
    async fn since(&self) -> Option<DateTime> {
        self.asked.since.map(DateTime)
    }

    /// Hosts that succeeded with an earlier version of the template are not done.
    async fn version(&self) -> Option<u32> {
        self.asked.version
    }

    /// The hosts that are chosen now.
    async fn hosts(&self) -> u32 {
        self.hosts.len() as u32
    }

    /// Those of them that are done.
    async fn done(&self) -> u32 {
        self.done_hosts()
    }

    /// The share of them that is done, in hundredths of a percent and rounded down; null where no host is chosen.
    async fn done_share(&self) -> Option<u32> {
        BasisPoints::share(self.done_hosts(), self.hosts.len() as u32).map(|share| share.0)
    }

    /// Why the others are not; those who need somebody come first.
    #[graphql(complexity = "20 * child_complexity")]
    async fn reasons(&self) -> Vec<ComplianceReason> {
        let mut reasons: BTreeMap<NotDone, Vec<&str>> = BTreeMap::new();
        for (name, finding) in &self.hosts {
            if let Finding::Not { why, .. } = finding {
                reasons.entry(*why).or_default().push(name.as_str());
            }
        }
        reasons.into_iter().map(|(why, hosts)| ComplianceReason::of(why, &hosts)).collect()
    }

    /// The hosts that are not done, by name.
    #[graphql(complexity = "1 + first.unwrap_or(50).max(0) as usize * child_complexity")]
    async fn not_done(
        &self,
        #[graphql(desc = "At most this many, up to 200; otherwise 50.")] first: Option<i32>,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Those for this reason.")] reason: Option<NotDoneReason>,
        #[graphql(desc = "Those whose run ended so.")] outcome: Option<HostOutcome>,
    ) -> Result<Connection<Cursor, NotDoneHost, Total>, Error> {
        let page = Page::of(first, after)?;
        let all = || self.hosts.iter().filter(|(_, finding)| is_not_done(finding, reason, outcome));
        let total = Total { total_count: Some(all().count() as u32) };
        let rest = all().filter(|(name, _)| page.after.as_ref().is_none_or(|after| name.as_str() > after.as_str()));
        let shown = rest.filter_map(|(name, finding)| NotDoneHost::of(name, finding)).take(page.limit + 1);
        Ok(page.connection(shown.collect(), |host| host.host.clone(), total))
    }
}

/// Whether a host is not done; for this reason, and because of a run that ended so, where they are given.
fn is_not_done(finding: &Finding, reason: Option<NotDoneReason>, outcome: Option<HostOutcome>) -> bool {
    let Finding::Not { why, run, .. } = finding else { return false };
    let ended = run.as_ref().map(|run| HostOutcome::from(run.outcome));
    reason.is_none_or(|reason| NotDoneReason::from(*why) == reason) && (outcome.is_none() || ended == outcome)
}

/// Why a host is not as a template wants it.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDoneReason {
    /// Its last run failed.
    Failed,
    /// Only a person can say what became of an attempt.
    InDoubt,
    /// A person took it over after its run had failed.
    TakenOver,
    /// It could not be reached, and nothing was done to it.
    Unreachable,
    /// It succeeded too long ago, or with too old a version.
    Outdated,
    /// Its job ended before its run did, or before its turn came.
    Cancelled,
    /// It was in no job of the template.
    Never,
    /// It is in its workflow now.
    Running,
    /// Its turn in a job has not come.
    Waiting,
}

impl From<NotDone> for NotDoneReason {
    fn from(why: NotDone) -> NotDoneReason {
        match why {
            NotDone::Failed(_) => NotDoneReason::Failed,
            NotDone::InDoubt => NotDoneReason::InDoubt,
            NotDone::TakenOver => NotDoneReason::TakenOver,
            NotDone::Unreachable => NotDoneReason::Unreachable,
            NotDone::Outdated => NotDoneReason::Outdated,
            NotDone::Cancelled => NotDoneReason::Cancelled,
            NotDone::Never => NotDoneReason::Never,
            NotDone::Running => NotDoneReason::Running,
            NotDone::Waiting => NotDoneReason::Waiting,
        }
    }
}

/// Hosts that are not as a template wants them for one reason.
#[derive(SimpleObject, Clone, Debug)]
pub struct ComplianceReason {
    /// Why.
    reason: NotDoneReason,
    /// How their runs ended; only where they failed.
    outcome: Option<HostOutcome>,
    /// How many.
    count: u32,
    /// Their names folded, such as `web[001-040]`; at most 100 groups of them.
    hosts: Vec<String>,
    /// The selector that chooses exactly them, for the targets of a job; null where their names make more groups.
    targets: Option<String>,
}

impl ComplianceReason {
    fn of(why: NotDone, names: &[&str]) -> ComplianceReason {
        let mut hosts = fold(names.iter().copied());
        let targets = Some(format!("name in ({})", hosts.join(", ")));
        let targets = targets.filter(|text| hosts.len() <= MOST_GROUPS && Selector::parse(text).is_ok());
        hosts.truncate(MOST_GROUPS);
        let outcome = match why {
            NotDone::Failed(outcome) => Some(outcome.into()),
            _ => None,
        };
        ComplianceReason { reason: why.into(), outcome, count: names.len() as u32, hosts, targets }
    }
}

/// A host that is not as a template wants it.
#[derive(SimpleObject, Clone, Debug)]
pub struct NotDoneHost {
    /// Its name.
    host: String,
    /// Why.
    reason: NotDoneReason,
    /// How the run ended that says so; null where it has not ended, and where there is none.
    outcome: Option<HostOutcome>,
    /// What went wrong in it.
    error: Option<String>,
    /// When it ended.
    at: Option<DateTime>,
    /// With which version of the template.
    version: Option<u32>,
    /// The job that says so; null where the host was in none.
    job: Option<ID>,
    /// The 26 letters and digits of that.
    job_ulid: Option<String>,
}

impl NotDoneHost {
    fn of(name: &HostName, finding: &Finding) -> Option<NotDoneHost> {
        let Finding::Not { why, job, run } = finding else { return None };
        Some(NotDoneHost {
            host: name.to_string(),
            reason: NotDoneReason::from(*why),
            outcome: run.as_ref().map(|run| run.outcome.into()),
            error: run.as_ref().and_then(|run| run.error.as_ref()).map(|error| error.to_string()),
            at: run.as_ref().map(|run| DateTime(run.at)),
            version: run.as_ref().map(|run| run.version),
            job: job.map(|job| GlobalId::Job(job).into()),
            job_ulid: job.map(|job| job.to_string()),
        })
    }
}
