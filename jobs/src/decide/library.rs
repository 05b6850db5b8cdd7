//! Templates, packs and the inventory. Putting the same thing in place again changes nothing.

use super::{limits, not_found};
use crate::action::Action;
use crate::command::{Code, Rejection};
use crate::event::{
    Event, InventoryChanged, InventoryEvent, LibraryEvent, PackInstalled, TemplateApplied, TemplateRemoved,
};
use crate::fleet::{AppliedTemplate, Fleet};
use crate::ids::{HostName, TemplateName};
use crate::inventory::Host;
use crate::template::Template;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many bytes of hosts are recorded in one event; far below what one can hold, so that none is slow to read.
const PART: usize = 4 << 20;

/// How many names of removed hosts are recorded in one event.
const MOST_NAMES: usize = 10_000;

/// A template as somebody wrote it, and who puts it in place.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub template: &'a Arc<Template>,
    pub source: &'a Arc<str>,
    pub by: &'a Arc<str>,
}

pub(super) fn apply_template(fleet: &Fleet, text: Text<'_>, base: Option<u32>) -> Result<Vec<Event>, Rejection> {
    let known = fleet.templates.get(&text.template.name);
    if known.is_some_and(|known| !known.removed && known.source == *text.source) {
        return Ok(Vec::new());
    }
    match base.zip(known).filter(|(base, known)| !is_made_from(*base, known)) {
        Some((base, known)) => Err(changed_meanwhile(base, known)),
        None => Ok(vec![next_version(fleet, text, None)]),
    }
}

/// Whether a text that was made from version `base` changes nothing but what its author has seen. A new template may
/// take the place of one that was taken away.
fn is_made_from(base: u32, known: &AppliedTemplate) -> bool {
    base == known.version || (base == 0 && known.removed)
}

fn changed_meanwhile(base: u32, known: &AppliedTemplate) -> Rejection {
    let AppliedTemplate { version, template, .. } = known;
    let by = known.applied_by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
    match base {
        0 => Rejection::new(
            Code::Conflict,
            format!("there is a template {} already: version {version}, applied{by}", template.name),
            "give yours another name, or edit that one",
        ),
        _ => Rejection::new(
            Code::Conflict,
            format!(
                "version {version} of template {} was applied{by}, and this text was made from version {base}",
                template.name
            ),
            format!("compare it with version {version}, and apply what is still wanted on top of that"),
        ),
    }
}

/// A server puts its packs in place at every start: what people have made of their templates must outlive that.
pub(super) fn install_template(fleet: &Fleet, pack: &Arc<str>, text: Text<'_>) -> Vec<Event> {
    match fleet.templates.get(&text.template.name) {
        Some(AppliedTemplate { removed: true, .. } | AppliedTemplate { pack: None, .. }) => Vec::new(),
        Some(known) if known.source == *text.source && known.pack.as_ref() == Some(pack) => Vec::new(),
        // One that another pack has brought is taken over: that pack was renamed, or has given it away.
        _ => vec![next_version(fleet, text, Some(pack.clone()))],
    }
}

fn next_version(fleet: &Fleet, text: Text<'_>, pack: Option<Arc<str>>) -> Event {
    let Text { template, source, by } = text;
    let version = fleet.templates.get(&template.name).map_or(1, |known| known.version + 1);
    Event::Library(LibraryEvent::TemplateApplied(TemplateApplied {
        template: template.clone(),
        version,
        source: source.clone(),
        pack,
        by: Some(by.clone()),
    }))
}

pub(super) fn remove_template(
    fleet: &Fleet,
    name: &TemplateName,
    by: &Arc<str>,
    reason: &Arc<str>,
) -> Result<Vec<Event>, Rejection> {
    match fleet.templates.get(name) {
        Some(known) if known.removed => Ok(Vec::new()),
        Some(_) => {
            let removed = TemplateRemoved { template: name.clone(), by: Some(by.clone()), reason: reason.clone() };
            Ok(vec![Event::Library(LibraryEvent::TemplateRemoved(removed))])
        }
        None => Err(not_found("template", name, "`stagger template list` shows the templates")),
    }
}

/// The newest version of a pack has all of its actions; an action that another pack has brought is taken over.
pub(super) fn install_pack(
    fleet: &Fleet,
    pack: &Arc<str>,
    version: &Arc<str>,
    actions: &[Arc<Action>],
) -> Result<Vec<Event>, Rejection> {
    let own = fleet.owners.values().filter(|owner| *owner == pack).count();
    let same = fleet.packs.get(pack) == Some(version)
        && own == actions.len()
        && actions.iter().all(|action| fleet.actions.get(&action.name) == Some(action));
    if same {
        return Ok(Vec::new());
    }
    let installed = PackInstalled { pack: pack.clone(), version: version.clone(), actions: actions.to_vec() };
    let events = vec![Event::Library(LibraryEvent::PackInstalled(installed))];
    limits::fits_the_log(&events, &format!("pack {pack}"), "split it into smaller packs")?;
    Ok(events)
}

/// Makes the hosts of one source be exactly these; records only what differs.
pub(super) fn put_inventory(fleet: &Fleet, source: &Arc<str>, hosts: &[Arc<Host>]) -> Result<Vec<Event>, Rejection> {
    let names: BTreeSet<&HostName> = hosts.iter().map(|host| &host.name).collect();
    let differs = |host: &&Arc<Host>| {
        fleet.inventory.hosts.get(&host.name) != Some(*host) || fleet.sources.get(&host.name) != Some(source)
    };
    let put: Vec<Arc<Host>> = hosts.iter().filter(differs).cloned().collect();
    let gone = |(name, from): &(&HostName, &Arc<str>)| *from == source && !names.contains(*name);
    let removed: Vec<HostName> = fleet.sources.iter().filter(gone).map(|(name, _)| name.clone()).collect();
    if put.is_empty() && removed.is_empty() {
        return Ok(Vec::new());
    }
    let (put, removed): (Vec<_>, Vec<_>) = (parts(&put), removed.chunks(MOST_NAMES).collect());
    let change = |part: usize| {
        let put = put.get(part).map_or(Vec::new(), |hosts| hosts.to_vec());
        let removed = removed.get(part).map_or(Vec::new(), |names| names.to_vec());
        Event::Inventory(InventoryEvent::InventoryChanged(InventoryChanged { source: source.clone(), put, removed }))
    };
    let events: Vec<Event> = (0..put.len().max(removed.len())).map(change).collect();
    limits::fits_the_log(&events, "one of the hosts", "give it fewer labels")?;
    Ok(events)
}

/// Cuts hosts into parts that an event can hold, however large the inventory is.
fn parts(mut hosts: &[Arc<Host>]) -> Vec<&[Arc<Host>]> {
    let mut parts = Vec::new();
    while !hosts.is_empty() {
        let mut size = 0;
        let fits = |host: &&Arc<Host>| {
            size += serde_json::to_vec(host).map_or(0, |text| text.len());
            size <= PART
        };
        let count = hosts.iter().take_while(fits).count().max(1);
        let (part, rest) = hosts.split_at(count);
        parts.push(part);
        hosts = rest;
    }
    parts
}
