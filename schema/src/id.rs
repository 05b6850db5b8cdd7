//! Global ids: one text for every object, the same for ever. Clients keep them and hand them back; they do not read them.
//!
//! Never found here: whether the object exists.

use async_graphql::ID;
use jobs::ids::{ActionName, HostName, JobId, ScheduleId, TemplateName, TokenId};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What a global id names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GlobalId {
    /// A job.
    Job(JobId),
    /// A host's run in a job.
    HostRun(JobId, HostName),
    /// A template.
    Template(TemplateName),
    /// An action.
    Action(ActionName),
    /// A pack.
    Pack(Arc<str>),
    /// A managed server.
    Host(HostName),
    /// A schedule.
    Schedule(ScheduleId),
    /// An access token.
    Token(TokenId),
}

/// A text that was to be a global id and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the id of {expected}; pass an `id` exactly as this API gave it")]
pub struct InvalidGlobalId {
    /// What was given.
    pub text: String,
    /// What was asked for.
    pub expected: &'static str,
}

impl fmt::Display for GlobalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GlobalId::Job(id) => write!(f, "job:{id}"),
            GlobalId::HostRun(job, host) => write!(f, "run:{job}:{host}"),
            GlobalId::Template(name) => write!(f, "template:{name}"),
            GlobalId::Action(name) => write!(f, "action:{name}"),
            GlobalId::Pack(name) => write!(f, "pack:{name}"),
            GlobalId::Host(name) => write!(f, "host:{name}"),
            GlobalId::Schedule(id) => write!(f, "schedule:{id}"),
            GlobalId::Token(id) => write!(f, "token:{id}"),
        }
    }
}

impl FromStr for GlobalId {
    type Err = InvalidGlobalId;

    fn from_str(text: &str) -> Result<GlobalId, InvalidGlobalId> {
        parse(text).ok_or_else(|| InvalidGlobalId { text: text.to_owned(), expected: "anything" })
    }
}

fn parse(text: &str) -> Option<GlobalId> {
    let (kind, rest) = text.split_once(':')?;
    let id = match kind {
        "job" => GlobalId::Job(rest.parse().ok()?),
        "run" => {
            let (job, host) = rest.split_once(':')?;
            GlobalId::HostRun(job.parse().ok()?, host.into())
        }
        "template" => GlobalId::Template(rest.into()),
        "action" => GlobalId::Action(rest.into()),
        "pack" => GlobalId::Pack(rest.into()),
        "host" => GlobalId::Host(rest.into()),
        "schedule" => GlobalId::Schedule(rest.parse().ok()?),
        "token" => GlobalId::Token(rest.parse().ok()?),
        _ => return None,
    };
    Some(id)
}

/// A job by its global id, or by the 26 letters and digits people copy from a log.
pub fn job(id: &ID) -> Result<JobId, InvalidGlobalId> {
    let text = id.strip_prefix("job:").unwrap_or(id);
    text.parse().map_err(|_| InvalidGlobalId { text: id.to_string(), expected: "a job" })
}

/// A schedule by its global id, or by its 26 letters and digits.
pub fn schedule(id: &ID) -> Result<ScheduleId, InvalidGlobalId> {
    let text = id.strip_prefix("schedule:").unwrap_or(id);
    text.parse().map_err(|_| InvalidGlobalId { text: id.to_string(), expected: "a schedule" })
}

/// An access token by its global id, or by its 26 letters and digits.
pub fn token(id: &ID) -> Result<TokenId, InvalidGlobalId> {
    let text = id.strip_prefix("token:").unwrap_or(id);
    text.parse().map_err(|_| InvalidGlobalId { text: id.to_string(), expected: "an access token" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_read_back_as_it_was_written() {
        let ulid = ulid::Ulid(7 << 80);
        for id in [
            GlobalId::Job(JobId(ulid)),
            GlobalId::HostRun(JobId(ulid), "web:1".into()),
            GlobalId::Template("patch-server".into()),
            GlobalId::Action("patch.install".into()),
            GlobalId::Pack("stagger".into()),
            GlobalId::Host("web-1".into()),
            GlobalId::Schedule(ScheduleId(ulid)),
            GlobalId::Token(TokenId(ulid)),
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn a_job_is_also_known_by_the_bare_ulid() {
        let id = JobId(ulid::Ulid(7 << 80));
        assert_eq!(job(&ID(id.to_string())), Ok(id));
        assert_eq!(job(&GlobalId::Job(id).into()), Ok(id));
        let refused = job(&ID("template:x".into())).expect_err("a template is no job");
        assert_eq!(
            refused.to_string(),
            "\"template:x\" is not the id of a job; pass an `id` exactly as this API gave it"
        );
    }
}
