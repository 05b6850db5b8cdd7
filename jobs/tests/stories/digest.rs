//! What stays of jobs that have ended, and figures over them.

use crate::story::job_after;
use jobs::digest::{Digest, EndedRun, HostSums, LabelDigest, MOST_VALUES};
use jobs::host_run::HostRun;
use jobs::ids::{BatchIndex, HostIndex};
use jobs::job::Job;
use jobs::outcome::{HostOutcome, JobOutcome};
use jobs::plan::Plan;
use jobs::time::Duration;
use jobs::units::BasisPoints;
use std::sync::Arc;

const TROUBLED: &str = "
    given hosts web-1..web-4 dc=sh
          hosts db-1..db-2 dc=fra
          hosts odd-1
          step leave: out / step install / step join: back
          batches 7
          gate canary 7 0
          unreachable 1m
    when  web-1,web-2 install: exit 100 \"no space left\"
          db-1 leave: out of reach
          start / wait 2h
          as bob, accept web-1,web-2
    then  job finished, partial
";

#[test]
fn a_digest_says_what_became_of_the_hosts_and_what_went_wrong() {
    let job = job_after(TROUBLED);
    let digest = Digest::of(&job).expect("it has ended");
    let HostSums { hosts, touched, succeeded, failed, unreachable, .. } = digest.hosts;
    assert_eq!((hosts, touched, succeeded, failed, unreachable), (7, 6, 4, 2, 1));
    assert_eq!(digest.hosts.success_share(), Some(BasisPoints(5_714)));
    assert_eq!((digest.outcome, digest.hosts.times.count()), (JobOutcome::Partial, 4));
    let errors: Vec<(&str, u32)> = digest.errors.iter().map(|error| (&*error.signature, error.hosts)).collect();
    assert_eq!(errors[0].1, 2, "the most frequent comes first: {errors:?}");
    assert!(errors[0].0.contains("no space left"), "{errors:?}");
    assert_eq!(errors.len(), 2);

    let text = serde_json::to_string(&digest).expect("JSON");
    assert_eq!(serde_json::from_str::<Digest>(&text).expect("a digest"), digest);
}

#[test]
fn a_host_that_was_retried_says_nothing_of_how_long_a_host_takes() {
    let job = job_after(
        "
        given hosts web-1..web-3 / step install / batches 3 / gate canary 9 0
        when  web-1 install: exit 1, ok
              start / wait 16h / retry all / wait 1m
        then  job finished, succeeded
        ",
    );
    let hosts = Digest::of(&job).expect("it has ended").hosts;
    assert_eq!((hosts.succeeded, hosts.times.count(), job.durations.count()), (3, 2, 2));
    let longest = hosts.times.percentile(100).expect("two were counted");
    assert!(longest < Duration::minutes(60), "{longest}: it stood still for sixteen hours");
}

#[test]
fn every_host_is_under_one_value_of_every_label() {
    let job = job_after(TROUBLED);
    let all = LabelDigest::all(&job);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["dc"]);
    let dc = &all["dc"];
    assert_eq!((dc.values["sh"].hosts, dc.values["sh"].failed), (4, 2));
    assert_eq!((dc.values["fra"].hosts, dc.values["fra"].unreachable), (2, 1));
    assert_eq!((dc.without.succeeded, dc.others.hosts), (1, 0));
    let mut sum = dc.without.clone();
    dc.values.values().for_each(|hosts| sum.add(hosts));
    assert_eq!(sum, Digest::of(&job).expect("it has ended").hosts);
    let text = serde_json::to_string(dc).expect("JSON");
    assert_eq!(&serde_json::from_str::<LabelDigest>(&text).expect("a digest"), dc);
}

#[test]
fn a_label_with_a_value_of_its_own_for_every_host_stays_small() {
    let job = with_serials(job_after(TROUBLED), 3 * MOST_VALUES);
    let serial = LabelDigest::of(&job, "serial").expect("it has ended");
    assert_eq!((serial.values.len(), serial.others.hosts), (MOST_VALUES, 2 * MOST_VALUES as u32));
}

/// The job with so many hosts, each with a label of its own.
fn with_serials(job: Job, hosts: usize) -> Job {
    let host = |at: usize| {
        let mut host = job.plan.hosts[0].clone();
        host.name = format!("host-{at}").into();
        host.labels = Arc::new([("serial".to_owned(), format!("{at:05}"))].into());
        host
    };
    let plan = Plan { hosts: (0..hosts).map(host).collect(), ..(*job.plan).clone() };
    Job { plan: Arc::new(plan), runs: vec![HostRun::waiting(BatchIndex(0)); hosts], ..job }
}

#[test]
fn stopped_and_never_started_are_told_apart() {
    let job = job_after(
        "
        given hosts web-1..web-3
              step check / step install
              batches 1, 2
        when  start / cancel too late at night / wait 2h
        then  job finished, cancelled (by user:alice)
        ",
    );
    let digest = Digest::of(&job).expect("it has ended");
    let sums = &digest.hosts;
    assert_eq!((sums.hosts, sums.ended(), sums.stopped, sums.not_started), (3, 0, 1, 2));
    assert_eq!((sums.success_share(), digest.length().is_some()), (None, true));
}

#[test]
fn a_job_that_goes_on_has_no_digest() {
    let job = job_after(
        "
        given hosts web-1
              step install
        when  start
        then  job running
        ",
    );
    assert_eq!(Digest::of(&job), None);
    assert_eq!(EndedRun::of(&job, HostIndex(0)), None);
}

#[test]
fn a_run_that_has_ended_says_who_took_the_host_over_and_why() {
    let job = job_after(TROUBLED);
    let runs: Vec<EndedRun> = (0..7).filter_map(|at| EndedRun::of(&job, HostIndex(at))).collect();
    assert_eq!(runs.len(), 7);
    let failed: Vec<&EndedRun> = runs.iter().filter(|run| run.outcome == HostOutcome::StepFailed).collect();
    assert!(failed.iter().all(|run| run.accepted_by.as_deref() == Some("user:bob")), "{failed:?}");
    assert!(
        failed.iter().all(|run| run.error.as_deref().is_some_and(|error| error.contains("no space"))),
        "{failed:?}"
    );
    let took = runs.iter().map(|run| run.at).max().map(|last| last - job.started_at.expect("started"));
    assert!(took > Some(Duration::ZERO));
}
