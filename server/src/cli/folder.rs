//! A data folder, read while no server runs or beside one that does. Nothing in it is changed.
//!
//! Never found here: repairs.

use super::error::CliError;
use super::exit::Exit;
use crate::engine::{BootError, Booted, Until, fold, fold_job};
use clap::Args;
use jobs::event::Undecodable;
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

/// One job of the log up to a point of it: by its id, or `last` for the newest that is not archived. The state comes
/// without it.
pub fn job(folder: &DataFolder, until: Until, named: &str) -> Result<(Booted, Job), CliError> {
    let store = folder.open()?;
    let mut booted = fold(&store, until, false).map_err(unreadable)?;
    let id = match named {
        "last" => booted.fleet.jobs.keys().next_back().copied().ok_or_else(|| no_job(&booted, named))?,
        id => read_id(id)?,
    };
    if let Some(why) = booted.parked.get(&format!("job/{id}")) {
        return Err(cannot_be_shown(named, why));
    }
    let job = match booted.fleet.jobs.remove(&id) {
        Some(job) => Some(job),
        None => fold_job(&store, id, until).map_err(unreadable)?,
    };
    let job = job.ok_or_else(|| no_job(&booted, named))?;
    Ok((booted, job))
}

fn cannot_be_shown(named: &str, why: &Undecodable) -> CliError {
    CliError::new(Exit::Storage, format!("job {named} cannot be shown"), "").because(why.clone())
}

fn no_job(booted: &Booted, named: &str) -> CliError {
    let message = format!("there is no job {named} in the log up to position {}", booted.position);
    let jobs = booted.fleet.jobs.len() as u64 + booted.fleet.archived;
    CliError::usage(message, format!("the log has {jobs} jobs there; `last` is the newest"))
}

fn read_id(text: &str) -> Result<JobId, CliError> {
    let id = text.strip_prefix("job:").unwrap_or(text);
    id.parse().map_err(|why| CliError::usage(format!("{text} names no job"), "give its id, or last").because(why))
}
