//! Actions and the packs that bring them.
//!
//! Never found here: running one.

use crate::backend::{Backend, Fault, read};
use crate::fault::{backend, fault};
use crate::id::GlobalId;
use crate::page::{Cursor, Page, Total};
use crate::parameter;
use crate::scalar::{Json, Millis};
use crate::template::{Template, is_found};
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, Error, ID, InputObject, Object};
use jobs::action as known;
use jobs::fleet::Fleet;
use jobs::ids::ActionName;
use std::ops::Bound;
use std::sync::Arc;

/// One atomic operation that steps call.
#[derive(Clone, Debug)]
pub struct Action(Arc<known::Action>);

/// One atomic operation that steps call.
#[Object]
impl Action {
    /// The global id.
    pub async fn id(&self) -> ID {
        GlobalId::Action(self.0.name.clone()).into()
    }

    /// `pack.verb`.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// One sentence for people.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// What it takes, as a JSON Schema of type `object`.
    async fn parameters(&self) -> Json {
        async_graphql::Json(parameter::json_schema(&self.0.parameters))
    }

    /// What it gives back through `$STAGGER_OUTPUT`, as a JSON Schema of type `object`; other keys are kept, too.
    async fn output(&self) -> Json {
        async_graphql::Json(parameter::json_schema(&self.0.output))
    }

    /// How long an attempt may last unless the step says otherwise.
    async fn timeout(&self) -> Millis {
        Millis(self.0.timeout)
    }

    /// What may be done about an attempt in doubt.
    async fn repeat(&self) -> Repeat {
        match self.0.repeat {
            known::Repeat::Safe => Repeat::Safe,
            known::Repeat::Verify(_) => Repeat::Verify,
            known::Repeat::Never => Repeat::Never,
        }
    }

    /// The action that asks the host whether an attempt in doubt took effect.
    async fn verified_by(&self) -> Option<&str> {
        match &self.0.repeat {
            known::Repeat::Verify(action) => Some(action.as_str()),
            known::Repeat::Safe | known::Repeat::Never => None,
        }
    }

    /// Where it runs.
    async fn on(&self) -> Place {
        self.0.on.into()
    }

    /// Whether it runs as root by `sudo -n` where the login user is another.
    async fn sudo(&self) -> bool {
        self.0.sudo
    }

    /// The pack that brought it.
    async fn pack(&self, ctx: &Context<'_>) -> Result<Option<Pack>, Error> {
        Pack::of(&**backend(ctx)?, self.0.name.clone()).await.map_err(fault)
    }

    /// The templates that call it, by name: in a step, or to take a step back.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn used_by(&self, ctx: &Context<'_>) -> Result<Vec<Template>, Error> {
        let name = self.0.name.clone();
        Template::chosen(&**backend(ctx)?, move |applied| calls(&applied.template, &name)).await.map_err(fault)
    }

    /// The script it runs; null for what Stagger itself knows how to do.
    async fn script(&self) -> Option<&str> {
        match &self.0.run {
            known::Run::Script(text) => Some(text),
            known::Run::Builtin(_) => None,
        }
    }

    /// What Stagger itself does; null for scripts.
    async fn builtin(&self) -> Option<Builtin> {
        match &self.0.run {
            known::Run::Script(_) => None,
            known::Run::Builtin(builtin) => Some((*builtin).into()),
        }
    }
}

/// What may be done about an attempt in doubt.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Run it again: doing it twice is as good as once.
    Safe,
    /// Ask the host by running another action.
    Verify,
    /// Hold the host and ask a person.
    Never,
}

/// Where an action runs.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::action::Place")]
pub enum Place {
    /// On the managed server.
    Host,
    /// On the machine Stagger runs on, once for each host.
    Controller,
}

/// What Stagger itself knows how to do.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "jobs::action::Builtin")]
pub enum Builtin {
    /// Reboots the host; done when it is back with another boot id.
    Reboot,
    /// Waits.
    Wait,
    /// Makes one HTTP request from the controller.
    Http,
    /// Fails unless something is true.
    Assert,
    /// Sends an e-mail.
    Email,
}

impl Action {
    /// One action by its name.
    pub async fn find(backend: &dyn Backend, name: ActionName) -> Result<Option<Action>, Fault> {
        read(backend, move |fleet, _| fleet.actions.get(&name).cloned().map(Action)).await
    }
}

fn calls(template: &jobs::template::Template, action: &ActionName) -> bool {
    let in_step = |step: &jobs::template::Step| {
        step.action == *action || step.undo.as_ref().is_some_and(|undo| undo.action == *action)
    };
    template.workflow.iter().any(in_step)
}

/// Which actions. What is not said does not matter.
#[derive(InputObject, Clone, Debug, Default)]
pub struct ActionFilter {
    /// Of this pack.
    pack: Option<String>,
    /// With this text in the name or the description.
    search: Option<String>,
}

/// Actions by name.
pub async fn page(
    backend: &dyn Backend,
    page: Page,
    filter: ActionFilter,
) -> Result<Connection<Cursor, Action, Total>, Error> {
    let ActionFilter { pack, search } = filter;
    let search = search.unwrap_or_default().to_lowercase();
    let from = page.after.clone().map_or(Bound::Unbounded, |after| Bound::Excluded(ActionName::from(after)));
    let limit = page.limit + 1;
    let look = move |fleet: &Fleet, _| {
        let of_pack = |name: &ActionName| {
            pack.as_ref().is_none_or(|pack| fleet.owners.get(name).is_some_and(|own| **own == **pack))
        };
        let wanted = |(name, action): &(&ActionName, &Arc<known::Action>)| {
            of_pack(name) && is_found(&search, name.as_str(), &action.description)
        };
        let there = fleet.actions.range((from, Bound::Unbounded)).filter(wanted);
        let actions: Vec<Action> = there.take(limit).map(|(_, action)| Action(action.clone())).collect();
        (actions, fleet.actions.iter().filter(wanted).count())
    };
    let (actions, total) = read(backend, look).await.map_err(fault)?;
    let total = Total { total_count: Some(total as u32) };
    Ok(page.connection(actions, |action| action.0.name.to_string(), total))
}

/// An installable, versioned folder of actions and templates.
#[derive(Clone, Debug)]
pub struct Pack {
    name: Arc<str>,
    version: Arc<str>,
}

/// An installed pack.
#[Object]
impl Pack {
    /// The global id.
    pub async fn id(&self) -> ID {
        GlobalId::Pack(self.name.clone()).into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    async fn version(&self) -> &str {
        &self.version
    }

    /// Its actions, by name.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn actions(&self, ctx: &Context<'_>) -> Result<Vec<Action>, Error> {
        let pack = self.name.clone();
        let look = move |fleet: &Fleet, _| {
            let own = fleet.owners.iter().filter(|(_, owner)| **owner == pack);
            own.filter_map(|(name, _)| fleet.actions.get(name).cloned().map(Action)).collect()
        };
        read(&**backend(ctx)?, look).await.map_err(fault)
    }

    /// The templates that come with it, by name, without those that a person has changed or taken away since.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn templates(&self, ctx: &Context<'_>) -> Result<Vec<Template>, Error> {
        let pack = self.name.clone();
        Template::chosen(&**backend(ctx)?, move |applied| applied.pack.as_ref() == Some(&pack)).await.map_err(fault)
    }
}

impl Pack {
    /// The pack an action belongs to.
    async fn of(backend: &dyn Backend, action: ActionName) -> Result<Option<Pack>, Fault> {
        let look = move |fleet: &Fleet, _| {
            let name = fleet.owners.get(&action)?;
            Some(Pack { name: name.clone(), version: fleet.packs.get(name)?.clone() })
        };
        read(backend, look).await
    }

    /// One pack by its name.
    pub async fn find(backend: &dyn Backend, name: Arc<str>) -> Result<Option<Pack>, Fault> {
        read(backend, move |fleet, _| fleet.packs.get(&name).map(|version| Pack { name, version: version.clone() }))
            .await
    }

    /// The installed packs, by name.
    pub async fn all(backend: &dyn Backend) -> Result<Vec<Pack>, Fault> {
        let pack = |(name, version): (&Arc<str>, &Arc<str>)| Pack { name: name.clone(), version: version.clone() };
        read(backend, move |fleet, _| fleet.packs.iter().map(pack).collect()).await
    }
}
