//! Remembers, on the controller's disk, which folder of Stagger answers on each host. A host whose folder is another than
//! the one that an attempt may have begun in was re-imaged or wiped: what it does not know may have run all the same.
//!
//! A host's folder is on record before anything is begun in it, so that a controller that finds none was never there.
//!
//! Never found here: what follows when a host has another folder than before (`pursuit`).

use jobs::ids::HostName;
use std::collections::HashMap;
use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// The folders of all hosts.
pub(super) struct Stores {
    known: Mutex<HashMap<Folder, Arc<str>>>,
    writer: Sender<Entry>,
}

/// A folder of Stagger on a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Folder {
    pub(super) host: HostName,
    /// Root's folder on a host where somebody else logs in and has another.
    pub(super) of_root: bool,
}

/// A line for the file, and who waits until it is there.
struct Entry {
    line: String,
    kept: oneshot::Sender<Result<(), Arc<str>>>,
}

/// The longest id that is taken from a host; its own are 36 letters long.
const MAX_ID: usize = 64;

impl Stores {
    /// Reads what is on record in `folder`, which is made if need be.
    ///
    /// # Errors
    /// When the file `stores` there cannot be read, or not be written anew.
    pub(super) fn open(folder: &Path) -> io::Result<Stores> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join("stores");
        let known = read(&path)?;
        let file = rewrite(&path, &known)?;
        let (writer, entries) = channel();
        std::thread::Builder::new().name("stores".into()).spawn(move || write(file, &entries))?;
        Ok(Stores { known: Mutex::new(known), writer })
    }

    /// The id of the folder as it is on record.
    pub(super) fn id(&self, folder: &Folder) -> Option<Arc<str>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned()
    }

    /// Puts on record that the folder has this id; returns when it is on disk.
    ///
    /// # Errors
    /// In words for people, when it cannot be written or is no id.
    pub(super) async fn keep(&self, folder: &Folder, id: &str) -> Result<(), Arc<str>> {
        if self.id(folder).as_deref() == Some(id) {
            return Ok(());
        }
        if !is_id(id) {
            return Err(format!("the host's answer makes no sense: {id:?} is no id of a folder").into());
        }
        let (kept, waiting) = oneshot::channel();
        let gone = || -> Arc<str> { "Stagger is ending".into() };
        self.writer.send(Entry { line: line(folder, id), kept }).map_err(|_| gone())?;
        waiting.await.map_err(|_| gone())?.map_err(|why| -> Arc<str> {
            format!("the controller cannot write down which disk the host has ({why}); see to its data folder").into()
        })?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.clone(), id.into());
        Ok(())
    }
}

/// It comes from a host, and goes into lines for that host's shell.
fn is_id(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain && (1..=MAX_ID).contains(&text.len())
}

fn line(folder: &Folder, id: &str) -> String {
    let whose = if folder.of_root { "root" } else { "login" };
    format!("{id} {whose} {}\n", folder.host)
}

fn parse(line: &str) -> Option<(Folder, Arc<str>)> {
    let mut words = line.strip_suffix('\n')?.splitn(3, ' ');
    let (id, whose, host) = (words.next()?, words.next()?, words.next()?);
    let of_root = match whose {
        "root" => true,
        "login" => false,
        _ => return None,
    };
    is_id(id).then(|| (Folder { host: host.into(), of_root }, id.into()))
}

/// The last line about a folder counts. One that is not whole was never relied on.
fn read(path: &Path) -> io::Result<HashMap<Folder, Arc<str>>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read?,
    };
    Ok(text.split_inclusive('\n').filter_map(parse).collect())
}

/// One line a folder, in the place of all that was written since the last start.
fn rewrite(path: &Path, known: &HashMap<Folder, Arc<str>>) -> io::Result<File> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(known.iter().map(|(folder, id)| line(folder, id)).collect::<String>().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()?;
    Ok(file)
}

/// Writes what comes, as much as there is at a time, with one sync. Ends with the last sender. After an error nothing more
/// is written: nobody knows what of it is there.
fn write(mut file: File, entries: &Receiver<Entry>) {
    let mut broken: Option<Arc<str>> = None;
    while let Ok(first) = entries.recv() {
        let group: Vec<Entry> = std::iter::once(first).chain(entries.try_iter()).collect();
        if broken.is_none() {
            let lines: String = group.iter().map(|entry| entry.line.as_str()).collect();
            let written = file.write_all(lines.as_bytes()).and_then(|()| file.sync_data());
            broken = written.err().map(|why| why.to_string().into());
        }
        for entry in group {
            // Who waited may have gone.
            drop(entry.kept.send(broken.clone().map_or(Ok(()), Err)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(host: &str, of_root: bool) -> Folder {
        Folder { host: host.into(), of_root }
    }

    #[tokio::test]
    async fn what_was_kept_is_there_after_a_start() {
        let place = tempfile::tempdir().expect("a folder");
        let first = Stores::open(place.path()).expect("opened");
        for (host, of_root, id) in [("web 1", false, "a-1"), ("web 1", true, "b-1"), ("db-1", false, "c-1")] {
            assert_eq!(first.id(&folder(host, of_root)), None);
            first.keep(&folder(host, of_root), id).await.expect("kept");
        }
        first.keep(&folder("db-1", false), "c-2").await.expect("kept");
        drop(first);
        let second = Stores::open(place.path()).expect("opened");
        for (host, of_root, id) in [("web 1", false, "a-1"), ("web 1", true, "b-1"), ("db-1", false, "c-2")] {
            assert_eq!(second.id(&folder(host, of_root)).as_deref(), Some(id));
        }
        let lines = std::fs::read_to_string(place.path().join("stores")).expect("there");
        assert_eq!(lines.lines().count(), 3, "{lines}");
    }

    #[tokio::test]
    async fn a_torn_line_is_as_good_as_none() {
        let place = tempfile::tempdir().expect("a folder");
        std::fs::write(place.path().join("stores"), "a-1 login web-1\nnonsense\nb-2 login web-1").expect("written");
        let stores = Stores::open(place.path()).expect("opened");
        assert_eq!(stores.id(&folder("web-1", false)).as_deref(), Some("a-1"));
        stores.keep(&folder("web-2", false), "d-1").await.expect("kept");
        drop(stores);
        let stores = Stores::open(place.path()).expect("opened");
        assert_eq!(stores.id(&folder("web-2", false)).as_deref(), Some("d-1"));
    }

    #[tokio::test]
    async fn what_a_shell_would_read_is_no_id() {
        let place = tempfile::tempdir().expect("a folder");
        let stores = Stores::open(place.path()).expect("opened");
        for id in ["", "$(id)", "a;b", "a b", &"x".repeat(65)] {
            stores.keep(&folder("web-1", false), id).await.expect_err(id);
        }
        assert_eq!(stores.id(&folder("web-1", false)), None);
    }
}
