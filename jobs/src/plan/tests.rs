//! What a plan promises, held against the edge cases of product.md and against random fleets.

use super::*;
use crate::template::Gates;
use crate::time::Duration;
use crate::units::{Amount, BasisPoints};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Hosts `h-0` and so on, so many for each value of `os`.
fn fleet(strata: &[(&str, usize)]) -> Vec<Host> {
    let named = |os: &str, number: usize| Host {
        name: format!("h-{number}").into(),
        labels: Arc::new(BTreeMap::from([("os".to_owned(), os.to_owned())])),
        groups: BTreeSet::new(),
        connection: serde_json::Value::Null,
    };
    let systems = strata.iter().flat_map(|(os, count)| std::iter::repeat_n(*os, *count));
    systems.enumerate().map(|(number, os)| named(os, number)).collect()
}

fn template(batches: Vec<Stage>, stratify_by: &[&str]) -> Template {
    let workflow = Vec::new();
    let stratify_by = stratify_by.iter().map(|label| (*label).to_owned()).collect();
    Template { workflow, batches, stratify_by, allow_big_batch: true, ..bare_template() }
}

fn bare_template() -> Template {
    serde_json::from_value(serde_json::json!({
        "name": "patch", "workflow": [], "unreachableAfter": 600_000, "lostAfter": 600_000
    }))
    .expect("a template of nothing but its required fields")
}

/// Stages written as `1`, `5%` or `up to 25%`.
fn stages(texts: &[&str]) -> Vec<Stage> {
    let size = |text: &str| text.parse().expect("a size");
    texts.iter().map(|text| Stage { size: size(text), repeat: false, bake: Duration::ZERO, approve: None }).collect()
}

fn seal(hosts: &[Host], template: &Template, seed: u64) -> Plan {
    Plan::seal(hosts.iter().collect(), template, seed).expect("a plan")
}

fn sizes(plan: &Plan) -> Vec<u32> {
    plan.batches.iter().map(|batch| batch.size).collect()
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.hosts.iter().map(|host| host.name.as_str()).collect()
}

#[test]
fn the_sizes_of_product_md_are_kept() {
    let growing = template(stages(&["1%", "5%", "10%"]), &[]);
    let check = |hosts: usize, expected: &[u32]| {
        assert_eq!(sizes(&seal(&fleet(&[("any", hosts)]), &growing, 7)), expected, "{hosts} hosts")
    };
    check(10_000, &[100, 500, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 400]);
    check(3, &[1, 1, 1]);
    check(50, &[1, 2, 5, 5, 5, 5, 5, 5, 5, 5, 5, 2]);
    check(1_000, &[10, 50, 100, 100, 100, 100, 100, 100, 100, 100, 100, 40]);
    check(2, &[1, 1]);
    check(1, &[1]);
    check(0, &[]);
}

#[test]
fn no_hosts_make_a_plan_without_batches() {
    let plan = seal(&[], &bare_template(), 1);
    assert_eq!((plan.total(), plan.range(BatchIndex(0)), plan.hosts_of(BatchIndex(0)).len()), (0, 0..0, 0));
    assert!(plan.verify_hash());
}

#[test]
fn every_host_is_in_the_batch_whose_range_holds_it() {
    let plan = seal(&fleet(&[("any", 50)]), &template(stages(&["1%", "5%", "10%"]), &[]), 7);
    for batch in (0..plan.batches.len() as u32).map(BatchIndex) {
        for host in plan.range(batch).map(HostIndex) {
            assert_eq!(plan.batch_of(host), batch);
        }
    }
    assert_eq!(plan.hosts_of(BatchIndex(1)), &plan.hosts[1..3]);
    assert_eq!(plan.range(BatchIndex(99)), 0..0);
    assert_eq!(plan.batch_of(HostIndex(99)), BatchIndex(11), "behind the last host is the last batch");
}

#[test]
fn the_same_hosts_in_another_order_make_the_same_plan() {
    let (template, mut hosts) = (template(stages(&["10%"]), &["os"]), fleet(&[("a", 17), ("b", 5), ("c", 30)]));
    let plan = seal(&hosts, &template, 42);
    hosts.reverse();
    assert_eq!(seal(&hosts, &template, 42), plan);
    assert_ne!(names(&seal(&hosts, &template, 43)), names(&plan), "another seed draws another order");
}

#[test]
fn a_host_given_twice_is_refused_by_name() {
    let mut hosts = fleet(&[("any", 5)]);
    hosts.push(hosts[3].clone());
    let problem = Plan::seal(hosts.iter().collect(), &bare_template(), 1).expect_err("a duplicate");
    assert_eq!(problem, PlanProblem::DuplicateHost("h-3".into()));
}

#[test]
fn a_batch_of_more_than_half_must_be_allowed() {
    let refused = Template { allow_big_batch: false, ..template(stages(&["1", "60%"]), &[]) };
    let check = |hosts: usize| Plan::seal(fleet(&[("any", hosts)]).iter().collect(), &refused, 1).map(|p| sizes(&p));
    assert_eq!(
        check(100).expect_err("60 of 100").to_string(),
        "batch 2 would hold 60 of 100 hosts, more than half of them: add smaller stages, or write \
         `allow_big_batch: true` in the template if that is meant"
    );
    assert_eq!(check(3), Ok(vec![1, 1, 1]), "60 % of three hosts are one");
    assert_eq!(sizes(&seal(&fleet(&[("any", 100)]), &template(stages(&["1", "60%"]), &[]), 1)), [1, 60, 39]);
}

#[test]
fn half_of_the_hosts_are_not_more_than_half() {
    let half = Template { allow_big_batch: false, ..template(stages(&["50%"]), &[]) };
    assert_eq!(sizes(&seal(&fleet(&[("any", 4)]), &half, 1)), [2, 2]);
}

#[test]
fn every_os_is_in_the_canary_of_a_large_fleet_by_default() {
    let rare: Vec<String> = (0..12).map(|number| format!("rare-{number}")).collect();
    let mut strata = vec![("ubuntu", 6_000), ("rhel", 3_000), ("debian", 900)];
    strata.extend(rare.iter().map(|os| (os.as_str(), 1)));
    let plan = seal(&fleet(&strata), &bare_template(), 42);
    let canary: BTreeSet<&str> = plan.hosts_of(BatchIndex(0)).iter().map(|host| host.labels["os"].as_str()).collect();
    assert_eq!(canary.len(), 15, "{canary:?}");
    assert_eq!(plan.stratify_by, ["os"]);
}

#[test]
fn a_canary_too_small_for_every_os_still_has_its_exact_size() {
    let systems: Vec<String> = (0..40).map(|number| format!("os-{number}")).collect();
    let strata: Vec<(&str, usize)> = systems.iter().map(|os| (os.as_str(), 50)).collect();
    let plan = seal(&fleet(&strata), &bare_template(), 42);
    assert_eq!(sizes(&plan)[..2], [20, 100]);
    assert_quota(&plan, &counts(&plan.hosts));
}

#[test]
fn a_rare_stratum_is_in_the_canary_without_anyone_leaving_its_share() {
    let plan = seal(&fleet(&[("ubuntu", 6_000), ("debian", 3_997), ("arch", 3)]), &bare_template(), 42);
    assert_eq!(counts(plan.hosts_of(BatchIndex(0)))["arch"], 1);
    assert_quota(&plan, &counts(&plan.hosts));
}

/// Two rare systems cannot both be early here: a later batch would have to give the others less than their share.
#[test]
fn where_the_share_rule_forbids_it_only_the_default_policy_puts_every_stratum_first() {
    let systems: Vec<String> = (0..18).map(|number| format!("os-{number:02}")).collect();
    let mut strata: Vec<(&str, usize)> = systems.iter().map(|os| (os.as_str(), 110)).collect();
    strata.extend([("rare-1", 10), ("rare-2", 10)]);
    let own = seal(&fleet(&strata), &template(stages(&["20", "17", "10%"]), &["os"]), 42);
    assert_quota(&own, &counts(&own.hosts));
    assert_eq!(counts(own.hosts_of(BatchIndex(0))).len(), 19, "one of the two rare ones fits");
    let by_default = seal(&fleet(&strata), &bare_template(), 42);
    assert_eq!(counts(by_default.hosts_of(BatchIndex(0))).len(), 20);
}

#[test]
fn a_hundred_thousand_hosts_are_dealt_in_well_under_a_second() {
    let hosts = fleet(&[("ubuntu", 60_000), ("debian", 39_000), ("rhel", 900), ("arch", 90), ("hurd", 10)]);
    let started = std::time::Instant::now();
    let by_default = seal(&hosts, &bare_template(), 42);
    let own = seal(&hosts, &template(stages(&["1%", "5%", "10%"]), &["os"]), 42);
    assert!(by_default.verify_hash() && own.verify_hash());
    assert!(started.elapsed().as_secs() < 5, "two plans took {:?} on a machine however busy", started.elapsed());
    assert_quota(&own, &counts(&own.hosts));
    assert_eq!(counts(by_default.hosts_of(BatchIndex(0))).len(), 5);
}

#[test]
fn any_change_breaks_the_hash() {
    let sealed = seal(&fleet(&[("a", 6), ("b", 3)]), &template(stages(&["1", "2"]), &["os"]), 42);
    let changes: [fn(&mut Plan); 9] = [
        |plan| plan.seed += 1,
        |plan| plan.hosts.swap(0, 1),
        |plan| plan.hosts[2].name = "h-99".into(),
        |plan| plan.hosts[2].labels = Arc::default(),
        |plan| plan.hosts[2].groups = BTreeSet::from(["web".to_owned()]),
        |plan| plan.batches[0].size += 1,
        |plan| plan.stages[1].bake = Duration::minutes(1),
        |plan| plan.stages[0].approve = Some(crate::template::Approval::default()),
        |plan| plan.stratify_by.clear(),
    ];
    assert!(sealed.verify_hash());
    for (number, change) in changes.iter().enumerate() {
        let mut plan = sealed.clone();
        change(&mut plan);
        assert!(!plan.verify_hash(), "change {number} went unseen");
    }
}

#[test]
fn a_plan_survives_json_and_still_verifies() {
    let plan = seal(&fleet(&[("a", 6), ("b", 3)]), &template(stages(&["1", "up to 50%"]), &["os"]), u64::MAX);
    let json = serde_json::to_string(&plan).expect("JSON");
    let read: Plan = serde_json::from_str(&json).expect("a plan");
    assert_eq!(read, plan);
    assert!(read.verify_hash());
    for bad in ["", "12", &"g".repeat(64), &"é".repeat(32)] {
        assert!(bad.parse::<PlanHash>().is_err(), "{bad:?} was taken");
    }
}

/// The bytes under the hash are for ever: approvals and audit records of old plans depend on them.
#[test]
fn the_hash_of_a_known_plan_never_changes() {
    let mut hosts = fleet(&[("debian", 4), ("ubuntu", 3)]);
    hosts[1].groups.insert("web".to_owned());
    let mut policy = stages(&["1", "up to 50%", "2"]);
    policy[0].bake = Duration::minutes(30);
    let expires = Some(Duration::minutes(480));
    policy[1].approve = Some(crate::template::Approval { by: None, not_requester: true, expires });
    let plan = seal(&hosts, &template(policy, &["os"]), 42);
    insta::assert_snapshot!(names(&plan).join(" "), @"h-0 h-6 h-2 h-5 h-1 h-4 h-3");
    insta::assert_snapshot!(plan.hash, @"07c5c9b04b076d9e95a69d1feed5e33e4b0f7946c3418f52fd5a5017294356e7");
}

#[test]
fn a_plan_can_be_read() {
    let mut policy = stages(&["1", "5%", "10%"]);
    policy[0].bake = Duration::minutes(30);
    policy[0].approve = Some(crate::template::Approval::default());
    policy[1].bake = Duration::minutes(60);
    let plan = seal(&fleet(&[("debian", 30), ("ubuntu", 58), ("arch", 12)]), &template(policy, &["os"]), 42);
    let mut gates = Gates { batch: Some(Amount::Share(BasisPoints(2_000))), signature: Some(3), ..Gates::default() };
    gates.total.max_failed = Some(BasisPoints(250));
    insta::assert_snapshot!(plan.review(&gates).to_string(), @r"
    100 hosts in 12 batches, seed 42, hash cb6c26da227e8ace94436d0e85d913c8863f5b4b2292be6fd458cf27d87e91aa
    spread over os: arch 12 · debian 30 · ubuntu 58; the canary covers 1 of 3 strata
    batch 1 (canary): 1 host, stage 1 (1, bake 30m, approval), ubuntu 1, stops at the 1st failure
    batch 2: 5 hosts, stage 2 (5%, bake 1h), debian 2 · ubuntu 3, stops at the 2nd failure
    batch 3: 10 hosts, stage 3 (10%), arch 2 · debian 3 · ubuntu 5, stops at the 3rd failure
    batch 4: 10 hosts, stage 3 (10%), arch 1 · debian 3 · ubuntu 6, stops at the 3rd failure
    batch 5: 10 hosts, stage 3 (10%), arch 1 · debian 3 · ubuntu 6, stops at the 3rd failure
    batch 6: 10 hosts, stage 3 (10%), arch 1 · debian 3 · ubuntu 6, stops at the 3rd failure
    batch 7: 10 hosts, stage 3 (10%), arch 1 · debian 3 · ubuntu 6, stops at the 3rd failure
    batch 8: 10 hosts, stage 3 (10%), arch 2 · debian 3 · ubuntu 5, stops at the 3rd failure
    batch 9: 10 hosts, stage 3 (10%), arch 1 · debian 3 · ubuntu 6, stops at the 3rd failure
    batch 10: 10 hosts, stage 3 (10%), arch 1 · debian 3 · ubuntu 6, stops at the 3rd failure
    batch 11: 10 hosts, stage 3 (10%), arch 1 · debian 3 · ubuntu 6, stops at the 3rd failure
    batch 12: 4 hosts, stage 3 (10%), arch 1 · debian 1 · ubuntu 2, stops at the 1st failure
    the job stops at the 11th failure in all
    it stops when more than 2.5% of the finished hosts failed, once 20 hosts finished
    it stops when 3 hosts failed with the same error
    it stops at the 11th host that is out of reach before anything is done
    ");
}

#[test]
fn a_small_plan_without_strata_can_be_read() {
    let (template, hosts) = (bare_template(), fleet(&[("any", 3)]));
    let plan = seal(&hosts, &template, 42);
    insta::assert_snapshot!(plan.review(&policy::gates_for(&template, 3)).to_string(), @r"
    3 hosts in 3 batches, seed 42, hash e919d47d9e280c6aa71886ccc943117a1670794b3422b3fa7d284bc21bbccfbb
    batch 1 (canary): 1 host, stage 1 (1), stops at the 1st failure
    batch 2: 1 host, stage 1 (1), stops at the 1st failure
    batch 3: 1 host, stage 1 (1), stops at the 1st failure
    the job stops at the 1st failure in all
    it stops at the 1st host that is out of reach before anything is done
    ");
}

fn counts(hosts: &[PlannedHost]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for host in hosts {
        *counts.entry(host.labels["os"].clone()).or_default() += 1;
    }
    counts
}

/// After every batch every stratum is at its share, rounded down or rounded up.
fn assert_quota(plan: &Plan, strata: &BTreeMap<String, u64>) {
    let total = u64::from(plan.total());
    let mut dealt: BTreeMap<String, u64> = BTreeMap::new();
    for (number, batch) in plan.batches.iter().enumerate() {
        for (os, count) in counts(plan.hosts_of(BatchIndex(number as u32))) {
            *dealt.entry(os).or_default() += count;
        }
        for (os, size) in strata {
            let (have, share) = (dealt.get(os).copied().unwrap_or(0), size * u64::from(batch.end()));
            let fits = have >= share / total && have <= share.div_ceil(total);
            assert!(fits, "after batch {}: {have} of {os}, share {share}/{total}", number + 1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_stratum_keeps_to_its_share_after_every_batch(
        strata in prop::collection::vec(prop_oneof![1..4_usize, 1..60_usize, 100..300_usize], 1..24),
        policy in prop::collection::vec(prop_oneof![Just("1"), Just("7"), Just("0.5%"), Just("1%"), Just("5%"), Just("33%")], 1..5),
        seed: u64,
    ) {
        let systems: Vec<String> = (0..strata.len()).map(|number| format!("os-{number}")).collect();
        let strata: Vec<(&str, usize)> = systems.iter().map(String::as_str).zip(strata).collect();
        let hosts = fleet(&strata);
        let plan = seal(&hosts, &template(stages(&policy), &["os"]), seed);
        prop_assert_eq!(plan.hosts.len(), hosts.len());
        prop_assert_eq!(plan.hosts.iter().map(|host| &host.name).collect::<BTreeSet<_>>().len(), hosts.len());
        prop_assert!(plan.verify_hash());
        assert_quota(&plan, &counts(&plan.hosts));
    }

    #[test]
    fn the_default_policy_has_every_os_in_a_canary_that_has_room(
        large in prop::collection::vec(300..2_000_usize, 3..8),
        rare in prop::collection::vec(1..30_usize, 0..12),
        seed: u64,
    ) {
        let systems: Vec<String> = (0..large.len() + rare.len()).map(|number| format!("os-{number}")).collect();
        let strata: Vec<(&str, usize)> = systems.iter().map(String::as_str).zip(large.into_iter().chain(rare)).collect();
        let plan = seal(&fleet(&strata), &bare_template(), seed);
        let canary = plan.hosts_of(BatchIndex(0));
        if plan.total() > 1_000 && canary.len() >= strata.len() {
            prop_assert_eq!(counts(canary).len(), strata.len());
        }
    }
}
