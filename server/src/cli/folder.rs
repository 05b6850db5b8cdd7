//! A data folder, read while no server runs or beside one that does. Nothing in it is changed.
//!
//! Never found here: repairs.

use super::error::CliError;
use super::exit::Exit;
use crate::engine::{BootError, Booted, Until, fold};
use clap::Args;
use jobs::ids::JobId;
use jobs::job::Job;
use std::path::PathBuf;
use storage::{Options, RocksStore, StoreError};

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DataFolder {
    /// The server's data folder
    #[arg(long, env = "STAGGER_DATA", default_value = ".stagger", value_name = "DIR")]
    pub data: PathBuf,
}

impl DataFolder {
    /// The folder of the store in it.
    pub fn store(&self) -> PathBuf {
        self.data.join("store")
    }

    /// The store, for reading, also beside a server that uses it.
    pub fn open(&self) -> Result<RocksStore, CliError> {
        RocksStore::open_read_only(&self.existing()?).map_err(refused)
    }

    /// The store, for nobody else as long as it is open; [`StoreError::InUse`] where a server uses it.
    pub fn open_alone(&self) -> Result<RocksStore, StoreError> {
        RocksStore::open(&self.store(), Options::default())
    }

    /// Whether there is a store in it.
    pub fn is_there(&self) -> bool {
        self.store().is_dir()
    }

    fn existing(&self) -> Result<PathBuf, CliError> {
        if self.is_there() {
            return Ok(self.store());
        }
        let hint = "name the folder that `stagger server --data` was given";
        Err(CliError::usage(format!("there is no data folder {}", self.data.display()), hint))
    }

    /// The state as the log has it, up to a point of it. The log alone is read: what a snapshot says is not believed.
    pub fn state(&self, until: Until) -> Result<Booted, CliError> {
        fold(&self.open()?, until, false).map_err(unreadable)
    }
}

/// A store that refuses, as an error of the command line.
pub fn refused(error: StoreError) -> CliError {
    let exit = match error {
        StoreError::Unusable { .. } => Exit::Usage,
        _ => Exit::Storage,
    };
    CliError::new(exit, error.to_string(), "")
}

fn unreadable(error: BootError) -> CliError {
    CliError::new(Exit::Storage, "the log cannot be read", "").because(error)
}

/// One job of a state: by its id, or `last` for the newest.
pub fn job<'a>(booted: &'a Booted, named: &str) -> Result<&'a Job, CliError> {
    let jobs = &booted.fleet.jobs;
    let found = match named {
        "last" => jobs.values().next_back(),
        id => jobs.get(&read_id(id)?),
    };
    found.ok_or_else(|| match booted.parked.get(&format!("job/{named}")) {
        Some(why) => CliError::new(Exit::Storage, format!("job {named} cannot be shown"), "").because(why.clone()),
        None => {
            let message = format!("there is no job {named} in the log up to position {}", booted.position);
            CliError::usage(message, format!("the log has {} jobs there; `last` is the newest", jobs.len()))
        }
    })
}

fn read_id(text: &str) -> Result<JobId, CliError> {
    let id = text.strip_prefix("job:").unwrap_or(text);
    id.parse().map_err(|why| CliError::usage(format!("{text} names no job"), "give its id, or last").because(why))
}
