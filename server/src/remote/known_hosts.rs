//! Reads and extends OpenSSH's file of known host keys.
//!
//! All of its format is understood: several names and key types, `[name]:port`, `*` and `?`, `!` before a name, hashed
//! names, `@cert-authority`, `@revoked`. A file that cannot be read, or a line that cannot be understood, is an error and
//! no host is taken on its account: a revocation might stand in that line.
//!
//! Never found here: a connection, and what a person chose to do about a key that is not on file (`host_key`).

use ring::hmac;
use russh::keys::ssh_key::known_hosts::{Entry, HostPatterns};
use russh::keys::{Algorithm, PublicKey};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// What the file says, as of one moment.
#[derive(Debug, Default)]
pub struct KnownHosts {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    number: usize,
    mark: Mark,
    names: Names,
    key: PublicKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    None,
    Authority,
    Revoked,
}

#[derive(Debug)]
enum Names {
    Patterns(Vec<String>),
    Hashed { salt: Vec<u8>, hash: [u8; 20] },
}

/// What the file says about the key that a host presented.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// It is the one on file.
    Known,
    /// The host is not on file.
    Unknown,
    /// The host is on file with other keys; this is one of them, of the same type where there is one.
    Changed(&'a PublicKey, usize),
    /// The key is marked as revoked, in this line.
    Revoked(usize),
}

/// Why nothing can be said about any key.
#[derive(Debug, thiserror::Error)]
pub enum UnusableFile {
    /// The file is there and cannot be read.
    #[error("{path} cannot be read ({source}); host keys are checked against it")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line makes no sense.
    #[error("{path}:{line}: this is no line of known hosts ({problem}); mend or remove it, it might revoke a key")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// Why.
        problem: String,
    },
    /// A new key cannot be written.
    #[error("{path} cannot be written ({source}); new host keys are to be kept there (host_key_check: accept-new)")]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The name under which a host stands in the file.
pub fn name_on_file(address: &str, port: u16) -> String {
    let address = address.to_ascii_lowercase();
    if port == 22 { address } else { format!("[{address}]:{port}") }
}

impl KnownHosts {
    /// Reads the file. One that is not there knows nobody.
    pub fn read(path: &Path) -> Result<KnownHosts, UnusableFile> {
        let mut text = String::new();
        match File::open(path).and_then(|mut file| file.read_to_string(&mut text)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(UnusableFile::Unreadable { path: path.to_owned(), source }),
        }
        KnownHosts::parse(&text).map_err(|(line, problem)| UnusableFile::Malformed {
            path: path.to_owned(),
            line,
            problem,
        })
    }

    /// Reads the text of such a file; an error is the number of a line, from 1, and what is wrong with it.
    pub fn parse(text: &str) -> Result<KnownHosts, (usize, String)> {
        let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let meaningful = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let lines = meaningful.map(|(number, line)| parse_line(number, line).map_err(|problem| (number, problem)));
        Ok(KnownHosts { lines: lines.collect::<Result<_, _>>()? })
    }

    /// What the file says about `key`, presented by the host that stands in it as `name` (see [`name_on_file`]).
    pub fn judge(&self, name: &str, key: &PublicKey) -> Verdict<'_> {
        if let Some(line) = self.of(name, Mark::Revoked).find(|line| same(&line.key, key)) {
            return Verdict::Revoked(line.number);
        }
        if self.of(name, Mark::None).any(|line| same(&line.key, key)) {
            return Verdict::Known;
        }
        // Another type of key from a host that is on file counts as changed: a host is asked for the types on file, and
        // one that has them presents them.
        let same_type = self.of(name, Mark::None).find(|line| line.key.algorithm() == key.algorithm());
        match same_type.or_else(|| self.of(name, Mark::None).next()) {
            Some(line) => Verdict::Changed(&line.key, line.number),
            None => Verdict::Unknown,
        }
    }

    /// The keys that may sign certificates of the host, the revoked ones left out.
    pub fn authorities<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a PublicKey> {
        let authorities = self.of(name, Mark::Authority).map(|line| &line.key);
        authorities.filter(|key| !self.of(name, Mark::Revoked).any(|revoked| same(&revoked.key, key)))
    }

    /// The types of the keys on file for the host, to be asked for first.
    pub fn key_types(&self, name: &str) -> Vec<Algorithm> {
        self.of(name, Mark::None).map(|line| line.key.algorithm()).collect()
    }

    fn of<'a, 'n>(&'a self, name: &'n str, mark: Mark) -> impl Iterator<Item = &'a Line> + use<'a, 'n> {
        self.lines.iter().filter(move |line| line.mark == mark && line.names.include(name))
    }
}

/// Whether two keys are one, whatever the comments after them say.
fn same(one: &PublicKey, other: &PublicKey) -> bool {
    one.key_data() == other.key_data()
}

fn parse_line(number: usize, line: &str) -> Result<Line, String> {
    let (mark, rest) = match line.split_once(char::is_whitespace) {
        Some(("@cert-authority", rest)) => (Mark::Authority, rest.trim_start()),
        Some(("@revoked", rest)) => (Mark::Revoked, rest.trim_start()),
        _ if line.starts_with('@') => return Err("the mark is unknown".to_owned()),
        _ => (Mark::None, line),
    };
    let (names, key) = rest.split_once(char::is_whitespace).ok_or("there is no key")?;
    let key = key.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let names = parse_names(names, &key)?;
    let key = PublicKey::from_openssh(&key).map_err(|error| format!("the key: {error}"))?;
    Ok(Line { number, mark, names, key })
}

fn parse_names(names: &str, key: &str) -> Result<Names, String> {
    if !names.starts_with('|') {
        return Ok(Names::Patterns(names.split(',').map(str::to_ascii_lowercase).collect()));
    }
    let entry: Entry = format!("{names} {key}").parse().map_err(|error| format!("the hashed name: {error}"))?;
    match entry.host_patterns() {
        HostPatterns::HashedName { salt, hash } => Ok(Names::Hashed { salt: salt.clone(), hash: *hash }),
        HostPatterns::Patterns(_) => Err("the hashed name: unknown hash".to_owned()),
    }
}

impl Names {
    fn include(&self, name: &str) -> bool {
        match self {
            Names::Hashed { salt, hash } => {
                let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
                hmac::verify(&key, name.as_bytes(), hash).is_ok()
            }
            Names::Patterns(patterns) => {
                let refused = patterns.iter().filter_map(|pattern| pattern.strip_prefix('!'));
                let mut taken = patterns.iter().filter(|pattern| !pattern.starts_with('!'));
                !refused.into_iter().any(|pattern| fits(pattern, name)) && taken.any(|pattern| fits(pattern, name))
            }
        }
    }
}

/// Whether `name` is as `pattern` says, where `*` is any text and `?` any one character.
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    let mut last_star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                last_star = Some((p, n));
                p += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == name[n] => (p, n) = (p + 1, n + 1),
            // The last star takes one character more, and what follows it is tried again.
            _ => match last_star {
                Some((star, taken)) => {
                    last_star = Some((star, taken + 1));
                    (p, n) = (star + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|rest| *rest == b'*')
}

/// Files as they were when last read, by path: ten thousand connections read one file once.
#[derive(Debug, Default)]
pub struct KnownHostsFiles {
    files: Mutex<HashMap<PathBuf, (Stamp, Arc<KnownHosts>)>>,
}

/// When the file was changed last and how long it is; none if there is no file.
type Stamp = Option<(SystemTime, u64)>;

impl KnownHostsFiles {
    /// What the file says now.
    pub fn read(&self, path: &Path) -> Result<Arc<KnownHosts>, UnusableFile> {
        let stamp = stamp(path);
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read, known)) = files.get(path)
            && *read == stamp
        {
            return Ok(known.clone());
        }
        let known = Arc::new(KnownHosts::read(path)?);
        files.insert(path.to_owned(), (stamp, known.clone()));
        Ok(known)
    }

    /// Writes the key of a host that is not on file. If somebody else has written another one for it in the meantime,
    /// that one stands, and it is an error to be seen at the next connection.
    pub fn learn(&self, path: &Path, name: &str, key: &PublicKey) -> Result<(), UnusableFile> {
        let unwritable = |source| UnusableFile::Unwritable { path: path.to_owned(), source };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = lock(path).map_err(unwritable)?;
        if matches!(KnownHosts::read(path)?.judge(name, key), Verdict::Unknown) {
            append(path, name, key).map_err(unwritable)?;
        }
        files.remove(path);
        drop(lock);
        Ok(())
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Other processes of Stagger wait here until the file returned is closed.
fn lock(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(beside(path, "lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// The file appears with the new line, whole, or stays as it is.
fn append(path: &Path, name: &str, key: &PublicKey) -> io::Result<()> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read?,
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let mut bare = key.clone();
    bare.set_comment("");
    let key = bare.to_openssh().map_err(io::Error::other)?;
    text.push_str(&format!("{name} {}\n", key.trim_end()));
    let new = beside(&path, "new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, &path)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".stagger-");
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const TWO: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6rWI3G1sz07DnfFlrouTcysQlj2P+jpNSOEWD9OJ3X";

    fn key(text: &str) -> PublicKey {
        PublicKey::from_openssh(text).expect("a key")
    }

    fn verdict(file: &str, name: &str, presented: &str) -> String {
        let known = KnownHosts::parse(file).expect("a good file");
        match known.judge(name, &key(presented)) {
            Verdict::Known => "known".to_owned(),
            Verdict::Unknown => "unknown".to_owned(),
            Verdict::Changed(_, line) => format!("changed in line {line}"),
            Verdict::Revoked(line) => format!("revoked in line {line}"),
        }
    }

    #[test]
    fn a_name_is_found_as_ssh_would_find_it() {
        for (names, name, expected) in [
            ("web-1", "web-1", "known"),
            ("WEB-1", "web-1", "known"),
            ("web-1", "web-10", "unknown"),
            ("db,web-1", "web-1", "known"),
            ("web-*", "web-10", "known"),
            ("web-?", "web-10", "unknown"),
            ("web-*,!web-10", "web-10", "unknown"),
            ("!web-10,web-*", "web-1", "known"),
            ("!web-10", "web-1", "unknown"),
            ("[web-1]:2222", "[web-1]:2222", "known"),
            ("web-1", "[web-1]:2222", "unknown"),
            ("*", "[web-1]:2222", "known"),
        ] {
            assert_eq!(verdict(&format!("{names} {ONE} a comment\n"), name, ONE), expected, "{names} for {name}");
        }
    }

    #[test]
    fn revoked_wins_over_known_and_known_over_changed() {
        let file = format!("# keys\nweb-1 {ONE}\nweb-1 {TWO}\n@revoked * {TWO}\n@cert-authority web-2 {ONE}\n");
        assert_eq!(verdict(&file, "web-1", ONE), "known");
        assert_eq!(verdict(&file, "web-1", TWO), "revoked in line 4");
        assert_eq!(verdict(&file, "web-2", ONE), "unknown", "an authority is not the host itself");
        assert_eq!(verdict(&format!("\nweb-1 {ONE}\n"), "web-1", TWO), "changed in line 2");
        let known = KnownHosts::parse(&file).expect("a good file");
        assert_eq!(known.authorities("web-2").count(), 1);
        assert_eq!(known.key_types("web-1"), [Algorithm::Ed25519, Algorithm::Ed25519]);
    }

    #[test]
    fn a_revoked_authority_signs_nothing() {
        let file = format!("@cert-authority * {ONE}\n@revoked * {ONE}\n");
        assert_eq!(KnownHosts::parse(&file).expect("a good file").authorities("web-1").count(), 0);
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        for (line, part) in [("web-1", "no key"), ("@maybe x y z", "mark"), ("web-1 ssh-ed25519 AAAA", "key")] {
            let (number, problem) = KnownHosts::parse(&format!("web-1 {ONE}\n{line}\n")).expect_err(line);
            assert!(number == 2 && problem.contains(part), "{line}: {number}: {problem}");
        }
    }

    #[test]
    fn a_new_key_is_written_once_and_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/known_hosts");
        let files = KnownHostsFiles::default();
        assert!(matches!(files.read(&path).expect("none yet").judge("web-1", &key(ONE)), Verdict::Unknown));
        files.learn(&path, "web-1", &key(&format!("{ONE} root@web-1"))).expect("written");
        files.learn(&path, "web-1", &key(TWO)).expect("left as it is");
        files.learn(&path, "web-2", &key(TWO)).expect("written");
        let text = std::fs::read_to_string(&path).expect("there");
        assert_eq!(text, format!("web-1 {ONE}\nweb-2 {TWO}\n"));
        assert!(matches!(files.read(&path).expect("read").judge("web-1", &key(TWO)), Verdict::Changed(_, 1)));
    }

    #[test]
    fn names_with_stars_are_compared_in_reasonable_time() {
        let (pattern, name) = ("a*".repeat(60) + "b", "a".repeat(2_000));
        assert!(!fits(&pattern, &name));
        assert!(fits("a*a*c", "abcabac") && fits("*", "") && !fits("?", ""));
    }
}
