//! The plan of a job: its hosts, dealt into batches, frozen and hashed.
//!
//! Never found here: dealing (`jobs::plan`), or what became of the batches (`batch`).

use crate::definition::Stage;
use crate::fault::bad_argument;
use async_graphql::{Error, Object, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jobs::ids::BatchIndex;
use jobs::plan as sealed;
use jobs::template::{Gates, Template};
use jobs::units::Ordinal;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most names of one answer.
const MOST_NAMES: i32 = 1_000;

/// The most strata that a batch names as lacking.
const MOST_LACKING: usize = 20;

/// The hosts of a job, dealt into batches. It never changes once sealed.
#[derive(Clone, Debug)]
pub struct Plan {
    plan: Arc<sealed::Plan>,
    gates: Gates,
}

/// The hosts of a job, dealt into batches. It never changes once sealed.
#[Object]
impl Plan {
    /// The SHA-256 over hosts, batches, stages and seed, in hex. An approval names it.
    async fn hash(&self) -> String {
        self.plan.hash.to_string()
    }

    /// What the order within a stratum was drawn with: a whole number as text, because it may be larger than 2^53.
    async fn seed(&self) -> String {
        self.plan.seed.to_string()
    }

    /// How many hosts there are.
    async fn hosts(&self) -> u32 {
        self.plan.total()
    }

    /// The stages the batches were made by.
    async fn stages(&self) -> Vec<Stage> {
        self.plan.stages.iter().map(Stage::from).collect()
    }

    /// The labels over which the batches are spread evenly.
    async fn stratify_by(&self) -> &[String] {
        &self.plan.stratify_by
    }

    /// How many batches there are.
    async fn batch_count(&self) -> u32 {
        self.plan.batches.len() as u32
    }

    /// The batches in order.
    async fn batches(
        &self,
        #[graphql(desc = "How many of them, from the first; otherwise all.")] first: Option<u32>,
    ) -> Vec<PlannedBatch> {
        let count = self.plan.batches.len().min(first.unwrap_or(u32::MAX) as usize);
        let all: BTreeSet<String> = self.plan.strata(0).into_keys().collect();
        (0..count).map(|batch| self.batch(BatchIndex(batch as u32), &all)).collect()
    }

    /// How many hosts are in each stratum; one entry where the batches are not spread over labels.
    async fn strata(&self) -> Vec<Stratum> {
        strata(self.plan.strata(self.plan.total()))
    }

    /// The failed host of the whole job at which it stops: 11 where at most 10 may fail in all. Null where no number of
    /// failures in all stops it.
    async fn stops_at(&self) -> Option<u32> {
        self.plan.stops_job_at(&self.gates)
    }

    /// The plan as text a person can read before saying yes: batches, strata, and where it stops.
    async fn review(&self) -> String {
        self.plan.review(&self.gates).to_string()
    }

    /// Names of hosts in the order of the plan, at most 1,000 of them.
    #[graphql(complexity = "1 + limit.unwrap_or(1_000).max(0) as usize / 10")]
    async fn host_names(
        &self,
        #[graphql(desc = "The index of the first one; otherwise 0.")] from: Option<u32>,
        #[graphql(desc = "How many, up to 1,000; otherwise as many.")] limit: Option<i32>,
    ) -> Result<Vec<&str>, Error> {
        let limit = match limit.unwrap_or(MOST_NAMES) {
            limit @ 1..=MOST_NAMES => limit as usize,
            other => return Err(bad_argument(format!("limit is {other}; ask for 1 to {MOST_NAMES} names at a time"))),
        };
        let names = self.plan.hosts.iter().skip(from.unwrap_or(0) as usize).take(limit);
        Ok(names.map(|host| host.name.as_str()).collect())
    }

    /// The names of the labels that its hosts have, in alphabetical order.
    async fn labels(&self) -> BTreeSet<&str> {
        // Hosts in a row mostly have the same labels, and a plan may have many hosts.
        let hosts = self.plan.hosts.chunk_by(|one, next| one.labels.keys().eq(next.labels.keys()));
        hosts.filter_map(<[_]>::first).flat_map(|host| host.labels.keys()).map(String::as_str).collect()
    }

    /// The value of a label for every host, packed: to group a grid by data centre, say.
    #[graphql(complexity = 100)]
    async fn label_cells(&self, #[graphql(desc = "The label.")] label: String) -> LabelCells {
        LabelCells::of(&self.plan, label)
    }
}

impl Plan {
    /// The plan of a job of this template, which holds the gates, too.
    pub fn of_job(plan: &Arc<sealed::Plan>, template: &Template) -> Plan {
        Plan { plan: plan.clone(), gates: template.gates }
    }

    fn batch(&self, batch: BatchIndex, all: &BTreeSet<String>) -> PlannedBatch {
        let range = self.plan.range(batch);
        let covered = self.plan.strata_of(batch);
        let lacks = all.iter().filter(|values| !covered.contains_key(*values));
        PlannedBatch {
            number: batch.number(),
            first: range.start,
            size: range.end - range.start,
            stage: self.plan.stage_of(batch).map(Stage::from),
            first_hosts: self.plan.hosts_of(batch).iter().take(5).map(|host| host.name.to_string()).collect(),
            lacking: lacks.clone().count() as u32,
            lacks: lacks.take(MOST_LACKING).cloned().collect(),
            strata: strata(covered),
            stops_at: self.plan.stops_at(batch, &self.gates),
            gate: gate_text(self.plan.stops_at(batch, &self.gates)),
        }
    }
}

/// A batch as it was planned.
#[derive(SimpleObject, Clone, Debug)]
pub struct PlannedBatch {
    /// As people count: the canary is 1.
    number: u32,
    /// The index of its first host.
    first: u32,
    /// How many hosts it has.
    size: u32,
    /// The stage that made it.
    stage: Option<Stage>,
    /// The names of its first five hosts.
    first_hosts: Vec<String>,
    /// How many of its hosts are in each stratum; one entry where the batches are not spread over labels.
    strata: Vec<Stratum>,
    /// The values of strata it has no host of, at most 20 of them.
    lacks: Vec<String>,
    /// How many strata it has no host of.
    lacking: u32,
    /// The failed host at which it stops by its own gates: 6 where at most 5 may fail. Null where no number of failures
    /// within the batch alone stops it.
    stops_at: Option<u32>,
    /// That in words.
    gate: String,
}

/// Hosts with the same values of the labels that the batches are spread over.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Stratum {
    /// The values, in the order of `stratifyBy`, with slashes between them; `-` where a host has none.
    values: String,
    /// How many hosts.
    hosts: u32,
}

/// The value of a label for every host.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct LabelCells {
    /// The label.
    label: String,
    /// The values, sorted; the first one is empty and means that a host does not have the label.
    values: Vec<String>,
    /// Two bytes per host in the order of the plan, little endian, in base 64: a place in `values`.
    cells: String,
}

/// `stops at the 6th failure`.
pub fn gate_text(stops_at: Option<u32>) -> String {
    match stops_at {
        Some(failure) => format!("stops at the {} failure", Ordinal(failure)),
        None => "no number of failures within this batch alone stops it".to_owned(),
    }
}

fn strata(counts: BTreeMap<String, u32>) -> Vec<Stratum> {
    counts.into_iter().map(|(values, hosts)| Stratum { values, hosts }).collect()
}

impl LabelCells {
    fn of(plan: &sealed::Plan, label: String) -> LabelCells {
        let of_host = |host: &sealed::PlannedHost| host.labels.get(&label).cloned().unwrap_or_default();
        let mut places: BTreeMap<String, u16> = plan.hosts.iter().map(|host| (of_host(host), 0)).collect();
        places.insert(String::new(), 0);
        for (place, of_value) in places.values_mut().enumerate() {
            // A label with more than 65,535 values groups nothing: whatever does not fit counts as not having it.
            *of_value = u16::try_from(place).unwrap_or(0);
        }
        let cells: Vec<u8> = plan.hosts.iter().flat_map(|host| places[&of_host(host)].to_le_bytes()).collect();
        LabelCells { cells: STANDARD.encode(cells), values: places.into_keys().collect(), label }
    }
}
