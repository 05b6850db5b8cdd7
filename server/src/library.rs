//! Reads packs, templates and inventories from files, and from the pack that is built in.
//!
//! Never found here: what the YAML means (`jobs::yaml`), or what is done with it.

use jobs::action::Action;
use jobs::command::Body;
use jobs::diagnostic::Diagnostic;
use jobs::ids::HostName;
use jobs::inventory::Host;
use jobs::template::Template;
use jobs::yaml;
use rust_embed::RustEmbed;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Hosts as they are handed on.
pub type Hosts = Vec<Arc<Host>>;

/// The pack that is in the binary.
#[derive(RustEmbed)]
#[folder = "packs/stagger"]
struct Builtin;

/// A pack as read: its actions, and its templates with their texts.
pub struct Pack {
    /// What it is called.
    pub name: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// Its actions.
    pub actions: Vec<Arc<Action>>,
    /// Its templates.
    pub templates: Vec<(Arc<Template>, Arc<str>)>,
}

impl Pack {
    /// The commands that put the pack in place: actions first, then the templates that call them.
    pub fn commands(&self) -> Vec<Body> {
        let (pack, version, actions) = (self.name.clone(), self.version.clone(), self.actions.clone());
        let template = |(template, source): &(Arc<Template>, Arc<str>)| Body::InstallTemplate {
            pack: self.name.clone(),
            template: template.clone(),
            source: source.clone(),
        };
        let install = Body::InstallPack { pack, version, actions };
        std::iter::once(install).chain(self.templates.iter().map(template)).collect()
    }
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file or folder cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
    /// A pack lacks a file.
    #[error("pack {pack} has no {file}; a pack is a folder with pack.yaml, actions/ and templates/")]
    Missing {
        /// Which pack.
        pack: String,
        /// What it lacks.
        file: String,
    },
    /// What is written is not valid.
    #[error("{}", shown(.0))]
    Invalid(Vec<Diagnostic>),
    /// Two packs bring something of the same name: each start would take it from the one and give it to the other.
    #[error("{what} is in pack {one} and in pack {other}; give it a name of its own in one of them")]
    Clash {
        /// What.
        what: String,
        /// The first pack.
        one: Arc<str>,
        /// The second.
        other: Arc<str>,
    },
    /// Two inventories have a host of the same name: each start would take it from the one and give it to the other.
    #[error("host {host} is in {} and in {}; leave it in one of them", one.display(), other.display())]
    Twice {
        /// The host.
        host: HostName,
        /// The first file.
        one: PathBuf,
        /// The second.
        other: PathBuf,
    },
}

fn shown(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The files of a pack, wherever they are.
trait Files {
    fn names(&self, folder: &str) -> Result<Vec<String>, LibraryError>;
    fn text(&self, name: &str) -> Result<Option<String>, LibraryError>;
}

struct BuiltinFiles;

impl Files for BuiltinFiles {
    fn names(&self, folder: &str) -> Result<Vec<String>, LibraryError> {
        let inside = |name: &String| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        Ok(Builtin::iter().map(|name| name.into_owned()).filter(inside).collect())
    }

    fn text(&self, name: &str) -> Result<Option<String>, LibraryError> {
        Ok(Builtin::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned()))
    }
}

struct FolderFiles(PathBuf);

impl Files for FolderFiles {
    fn names(&self, folder: &str) -> Result<Vec<String>, LibraryError> {
        let path = self.0.join(folder);
        if !path.is_dir() {
            return Ok(Vec::new());
        }
        let unreadable = |why| LibraryError::Unreadable { path: path.clone(), why };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&path).map_err(unreadable)? {
            names.push(format!("{folder}/{}", entry.map_err(unreadable)?.file_name().to_string_lossy()));
        }
        names.sort();
        Ok(names)
    }

    fn text(&self, name: &str) -> Result<Option<String>, LibraryError> {
        match std::fs::read_to_string(self.0.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(LibraryError::Unreadable { path: self.0.join(name), why }),
        }
    }
}

/// The pack that is in the binary.
pub fn builtin_pack() -> Result<Pack, LibraryError> {
    read_pack(&BuiltinFiles, "stagger")
}

/// A pack from a folder.
pub fn pack_from(folder: &Path) -> Result<Pack, LibraryError> {
    read_pack(&FolderFiles(folder.to_owned()), &folder.display().to_string())
}

fn read_pack(files: &dyn Files, place: &str) -> Result<Pack, LibraryError> {
    let named = |name: &str| format!("{place}/{name}");
    let manifest = required(files, place, "pack.yaml")?;
    let manifest = yaml::read_pack(&named("pack.yaml"), &manifest).map_err(LibraryError::Invalid)?;
    let (mut actions, mut templates) = (Vec::new(), Vec::new());
    for name in yaml_files(files, "actions")? {
        let text = required(files, place, &name)?;
        // A script that cannot be read is reported by the reader, at the place that names it.
        let script = |file: &str| files.text(&format!("actions/{file}")).ok().flatten();
        actions.push(Arc::new(yaml::read_action(&named(&name), &text, script).map_err(LibraryError::Invalid)?));
    }
    for name in yaml_files(files, "templates")? {
        let text = required(files, place, &name)?;
        let file = yaml::read_template(&named(&name), &text).map_err(LibraryError::Invalid)?;
        templates.push((Arc::new(file.template), text.into()));
    }
    Ok(Pack { name: manifest.name.into(), version: manifest.version.into(), actions, templates })
}

fn yaml_files(files: &dyn Files, folder: &str) -> Result<Vec<String>, LibraryError> {
    let mut names = files.names(folder)?;
    names.retain(|name| name.ends_with(".yaml") || name.ends_with(".yml"));
    names.sort();
    Ok(names)
}

fn required(files: &dyn Files, place: &str, name: &str) -> Result<String, LibraryError> {
    let missing = || LibraryError::Missing { pack: place.to_owned(), file: name.to_owned() };
    files.text(name)?.ok_or_else(missing)
}

/// The hosts of an inventory file.
pub fn inventory_from(file: &Path) -> Result<Hosts, LibraryError> {
    let unreadable = |why| LibraryError::Unreadable { path: file.to_owned(), why };
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let hosts = yaml::read_inventory(&file.display().to_string(), &text).map_err(LibraryError::Invalid)?;
    Ok(hosts.into_iter().map(Arc::new).collect())
}

/// Refuses packs of which two bring something of one name.
pub fn check_packs(packs: &[Pack]) -> Result<(), LibraryError> {
    let mut found: BTreeMap<String, &Arc<str>> = BTreeMap::new();
    for pack in packs {
        let actions = pack.actions.iter().map(|action| format!("action {}", action.name));
        let templates = pack.templates.iter().map(|(template, _)| format!("template {}", template.name));
        for what in actions.chain(templates) {
            if let Some(one) = found.insert(what.clone(), &pack.name) {
                return Err(LibraryError::Clash { what, one: one.clone(), other: pack.name.clone() });
            }
        }
    }
    Ok(())
}

/// The hosts of some inventory files, each host in one of them.
pub fn inventories_from(files: &[PathBuf]) -> Result<Vec<(&Path, Hosts)>, LibraryError> {
    let mut found: BTreeMap<HostName, &Path> = BTreeMap::new();
    let mut inventories = Vec::new();
    for file in files {
        let hosts = inventory_from(file)?;
        for host in &hosts {
            if let Some(one) = found.insert(host.name.clone(), file) {
                let (host, one, other) = (host.name.clone(), one.to_owned(), file.clone());
                return Err(LibraryError::Twice { host, one, other });
            }
        }
        inventories.push((file.as_path(), hosts));
    }
    Ok(inventories)
}

#[cfg(test)]
mod tests;
