//! Objects by their global ids.
//!
//! Never found here: what the objects say.

use crate::action::{Action, Pack};
use crate::backend::{Backend, Fault, read_job};
use crate::host::Host;
use crate::host_run::{self, HostRun};
use crate::id::GlobalId;
use crate::index::Indexes;
use crate::job::Job;
use crate::schedule::Schedule;
use crate::template::Template;
use crate::token::Token;
use async_graphql::{ID, Interface};
use jobs::ids::JobId;

/// An object with a global id.
#[derive(Interface, Clone)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id."))]
pub enum Node {
    /// A rollout.
    Job(Job),
    /// A host's way through a job.
    HostRun(HostRun),
    /// The definition of a job.
    Template(Template),
    /// An atomic operation.
    Action(Action),
    /// A folder of actions.
    Pack(Pack),
    /// A managed server.
    Host(Host),
    /// When jobs are created by themselves.
    Schedule(Schedule),
    /// An access token.
    Token(Token),
}

impl Node {
    /// The object with that id, if there is one.
    pub async fn find(backend: &dyn Backend, indexes: &Indexes, id: GlobalId) -> Result<Option<Node>, Fault> {
        Ok(match id {
            GlobalId::Job(id) => job(backend, id).await?.map(Node::Job),
            GlobalId::HostRun(id, host) => {
                let Some(job) = job(backend, id).await? else { return Ok(None) };
                let Some(index) = indexes.find(&job.0.plan, host.as_str()) else { return Ok(None) };
                host_run::one(backend, &job, index).await?.map(Node::HostRun)
            }
            GlobalId::Template(name) => Template::find(backend, name).await?.map(Node::Template),
            GlobalId::Action(name) => Action::find(backend, name).await?.map(Node::Action),
            GlobalId::Pack(name) => Pack::find(backend, name).await?.map(Node::Pack),
            GlobalId::Host(name) => Host::find(backend, name).await?.map(Node::Host),
            GlobalId::Schedule(id) => Schedule::find(backend, id).await?.map(Node::Schedule),
            GlobalId::Token(id) => Token::find(backend, id).await?.map(Node::Token),
        })
    }
}

/// A job as it is now.
pub async fn job(backend: &dyn Backend, id: JobId) -> Result<Option<Job>, Fault> {
    let now = backend.now();
    read_job(backend, id, move |fleet, position| Job::find(fleet, id, position, now)).await
}
