//! Schema presents: the GraphQL API over one `Backend` trait.
//!
//! A resolver translates and calls the backend. What may be done, what is waited for and where a job stops come from
//! `jobs`; here they are only put into the words of the API. The result in `schema.graphql` is checked in.
//!
//! Never found here: rules about jobs, HTTP, storage, or authentication.

#![recursion_limit = "256"]

mod action;
mod attempt;
pub mod backend;
mod batch;
mod calendar;
mod cluster;
mod compliance;
mod counts;
mod definition;
mod event;
mod fault;
mod fold;
mod grid;
mod history;
mod host;
mod host_list;
mod host_record;
mod host_run;
mod id;
mod index;
mod job;
mod job_list;
mod label;
mod limits;
mod moment;
mod mutation;
mod node;
mod outcome;
mod output;
mod overview;
mod page;
mod parameter;
mod past;
mod plan;
mod preview;
mod proof;
mod pulse;
mod query;
mod scalar;
mod schedule;
mod sentence;
mod server;
mod source;
mod standing;
mod statistics;
mod step;
mod subscription;
mod survey;
mod template;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod user_error;
mod waiting;

pub use backend::{
    Accepted, ActorContext, Backend, Edge, EndedAfter, EventFilter, EventPage, EventQuery, Fault, Look, OutputRange,
    OutputStream, Recorded, Refusal, Request, Secret, read,
};
pub use fold::fold;
pub use limits::Limits;

use index::Indexes;
use limits::DocumentLimits;
use mutation::Mutation;
use overview::Overviews;
use pulse::Audience;
use query::Query;
use statistics::Recent;
use std::sync::Arc;
use subscription::Subscription;
use survey::Surveys;

/// The API, to execute requests on. A request brings an [`ActorContext`] in its data.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The API over a backend.
pub fn build(backend: Arc<dyn Backend>, limits: Limits) -> Schema {
    Schema::build(Query, Mutation::default(), Subscription)
        .data(backend)
        .data(Arc::new(Surveys::default()))
        .data(Arc::new(Overviews::default()))
        .data(Arc::new(Recent::default()))
        .data(Arc::new(Audience::default()))
        .data(Indexes::default())
        .limit_depth(limits.depth)
        .limit_complexity(limits.complexity)
        .limit_directives(limits.directives)
        .extension(DocumentLimits(limits))
        .finish()
}

/// The API in the schema definition language, as it is kept in `schema/schema.graphql`.
pub fn sdl() -> String {
    Schema::build(Query, Mutation::default(), Subscription).finish().sdl()
}
