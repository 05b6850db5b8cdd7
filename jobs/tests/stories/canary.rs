//! Batches and their gates: the canary, thresholds, bake, approval.

use crate::story::check;

#[test]
fn a_fleet_is_patched_batch_by_batch() {
    check(
        "all goes well",
        "
        given hosts web-1..web-5
              step leave: out / step install / step join: back
              batches 1, 2
        when  start / wait 1s
        then  job running
              web-1: running, install attempt 1 until +10m1s; out of service
              web-2..web-5: waiting
              flying web-1 / serving all but web-1
              batch 1: open / batch 2: waiting
              waits for 1 host in flight / asks for nobody / out since +0s
              may hold, drain, cancel, kill
        when  wait 1m
        then  job finished, succeeded
              count 5, 5 succeeded
              web-1..web-5: finished, succeeded  [leave ok, install ok, join ok]
              ran web-1..web-5: leave, install, join
              batch 1: passed / batch 3: passed
              waits for nothing / may nothing / asks for nobody / out since never
              why web-1: all steps are through
        ",
    );
}

#[test]
fn a_failed_canary_holds_the_job() {
    check(
        "a failed canary",
        "
        given hosts web-1..web-6
              step leave: out / step install / step join: back
              batches 1, 2
        when  web-1 install: exit 100
              start / wait 1h
        then  job held (canary failed 1 of 1 (at most 0 may))
              web-1: finished, step failed; install failed: exit code 100; out of service  [leave ok, install failed]
              web-2..web-6: waiting
              ran web-1: leave, install
              ran web-2..web-6: nothing
              saw 1 GateHeld / saw 1 JobHeld
              waits for somebody to resume it: canary failed 1 of 1 (at most 0 may) | a person: 1 host out of service, 0 in doubt
              may resume, drain, cancel, kill, retry, accept / asks for Hosts / out since +0s
              why web-1: step install failed: exit code 100 | it is out of service because of this job
        when  resume / wait 1h
        then  job settled
              web-2..web-6: finished, succeeded
              waits for a person: 1 host out of service, 0 in doubt
              may retry, accept
        when  as bob, accept web-1
        then  job finished, partial
              asks for nobody / out since never
              web-1: finished, step failed; install failed: exit code 100; out of service; accepted by user:bob
              why web-1: step install failed: exit code 100 | it was left out of service, and user:bob took it over
        ",
    );
}

#[test]
fn the_others_of_a_failed_canary_finish_and_nobody_follows() {
    check(
        "a canary of three",
        "
        given hosts web-1..web-6 / step install / batches 3
        when  web-2 install: exit 1
              web-3 install: ok in 1m
              start / wait 30s
        then  job held (canary failed 1 of 3 (at most 0 may)) / flying web-3
        when  wait 1h
        then  job held (canary failed 1 of 3 (at most 0 may)) / flying nobody
              web-4..web-6: waiting
        when  resume / wait 1h
        then  job finished, partial / saw 0 GateHeld
              count 6, 5 succeeded, 1 step failed
        ",
    );
}

#[test]
fn a_canary_that_proves_nothing_holds_the_job() {
    check(
        "nobody of the canary can be reached, and no one is left to take its place",
        "
        given hosts web-1..web-2 / step install / batches 2
        when  web-1,web-2 install: out of reach
              start / wait 1h
        then  job held (canary proved nothing: 0 succeeded, 1 needed)
              web-1..web-2: finished, unreachable; install failed: connection refused
              failure on 2 hosts: unreachable: connection refused
        when  resume
        then  job finished, failed
        ",
    );
}

#[test]
fn a_canary_that_is_switched_off_is_replaced_from_its_stratum() {
    check(
        "each stratum keeps its canary",
        "
        given hosts deb-1..deb-4 os=deb / hosts rhel-1..rhel-4 os=rhel
              step install / batches 2 / spread os / max 1
        when  deb-1,rhel-1 install: out of reach
              start / wait 10m
        then  saw 1 CanaryBackfilled
        when  wait 2h
        then  job finished, partial
              batch 1: passed
              count 8, 6 succeeded, 2 unreachable
        ",
    );
}

#[test]
fn a_batch_may_lose_as_many_as_it_was_allowed() {
    check(
        "at most two of a batch",
        "
        given hosts web-1..web-8 / step install / batches 1, 7 / gate batch 2 / gate canary 9 0 / max 1
        when  web-2..web-3 install: exit 1
              web-5 install: exit 1
              start / wait 4s
        then  job running
        when  wait 1h
        then  job held (batch failed 3 of 7 (at most 2 may)) / saw 1 GateHeld
              web-6..web-8: waiting
        when  web-7 install: exit 1
              resume / wait 2s
        then  job held (batch failed 4 of 7 (at most 2 may))
              web-6: finished, succeeded / web-8: waiting
        when  resume / wait 1h
        then  job finished, partial / saw 0 GateHeld
        ",
    );
}

#[test]
fn a_share_of_all_counts_once_enough_have_finished() {
    check(
        "more than a quarter, of six at least",
        "
        given hosts web-1..web-10 / step install / batches 1, 9 / gate canary 9 0 / gate total 25% of 6 / max 1
        when  web-1..web-3 install: exit 1
              start / wait 5s
        then  job running / count 10, 4 waiting, 1 running, 2 succeeded, 3 step failed
        when  wait 1h
        then  job held (3 of 6 finished hosts failed (at most 25% may))
        when  resume / wait 1h
        then  job finished, partial
        ",
    );
}

#[test]
fn a_cap_counts_over_all_batches() {
    check(
        "at most two in all",
        "
        given hosts web-1..web-9 / step install / batches 1, 2 / gate canary 9 0 / gate cap 2
        when  web-1,web-3,web-5 install: exit 1
              start / wait 1h
        then  job held (3 hosts failed (at most 2 may))
              web-6..web-9: waiting / batch 3: open
        ",
    );
}

#[test]
fn a_small_fleet_stops_at_the_first_failure() {
    check(
        "the default policy",
        "
        given hosts web-1..web-9 / step install
        when  web-4 install: exit 1
              start / wait 1h
        then  job held (1 host failed (at most 0 may))
              count 9, 5 waiting, 3 succeeded, 1 step failed
        ",
    );
}

#[test]
fn hosts_that_cannot_be_reached_have_a_limit_of_their_own() {
    check(
        "at most one",
        "
        given hosts web-1..web-6 / step install / batches 1, 5 / gate unreachable 1 / gate cap 0 / max 1
        when  web-2,web-3,web-5 install: out of reach
              start / wait 15m
        then  job running
              web-2: finished, unreachable; install failed: connection refused
              web-3: running, install attempt 1 until +20m1s; out of reach: connection refused
              waits for 1 host in flight | 1 host that cannot be reached
              why web-3: step install, attempt 1, for 4m59s | the host cannot be reached: connection refused
        when  wait 10m
        then  job held (2 of 6 hosts could not be reached (at most 1 may))
              web-4..web-6: waiting
        when  resume / wait 30m
        then  job held (3 of 6 hosts could not be reached (at most 1 may)) / web-6: waiting
        when  resume / wait 30m
        then  job finished, partial / count 6, 3 succeeded, 3 unreachable
        ",
    );
}

#[test]
fn the_same_new_error_holds_the_job() {
    check(
        "two hosts, and again at the next",
        "
        given hosts web-1..web-8 / step install / batches 1, 7 / gate signature 2 / gate cap none / max 1
        when  web-2,web-3,web-5 install: exit 1 \"no space on /dev/sda1\"
              web-6..web-7 install: exit 1 \"lock held by pid 77\"
              start / wait 1h
        then  job held (the same error on 2 hosts (limit 2): no space on /dev/sda1)
              failure on 2 hosts: no space on /dev/sda1
              web-4..web-8: waiting
        when  resume / wait 1h
        then  job held (the same error on 3 hosts (limit 2): no space on /dev/sda1)
              web-4: finished, succeeded / web-6..web-8: waiting
        when  resume / wait 1h
        then  job held (the same error on 2 hosts (limit 2): lock held by pid 77) / web-8: waiting
        when  resume / wait 1h
        then  job finished, partial / saw 0 GateHeld
        ",
    );
}

#[test]
fn an_old_error_holds_no_job_again_when_one_of_its_hosts_is_retried() {
    check(
        "a retry makes an error no newer",
        "
        given hosts web-1..web-6 / step install / batches 1, 5 / gate signature 2 / gate cap none / max 1
        when  web-2,web-3 install: exit 1
              web-4 install: exit 1, ok
              start / wait 1h / resume / wait 1s
        then  job held (the same error on 3 hosts (limit 2): exit code 1)
        when  resume / retry web-4 / wait 1h
        then  job finished, partial / saw 0 GateHeld
        ",
    );
}

#[test]
fn hosts_out_of_reach_are_no_error_in_common() {
    check(
        "a signature is about failures",
        "
        given hosts web-1..web-5 / step install / batches 1, 4 / gate signature 2
        when  web-2..web-4 install: out of reach
              start / wait 1h
        then  job finished, partial
              failure on 3 hosts: unreachable: connection refused
        ",
    );
}

#[test]
fn a_batch_bakes_before_the_next_one_opens() {
    check(
        "half an hour",
        "
        given hosts web-1..web-3 / step install / batches 1 bake 30m, 1 bake 5m
        when  start / wait 10m
        then  job running / batch 1: baking until +30m1s
              waits for batch 1 to bake
              why web-2: batch 2 is not open yet | the job waits for batch 1 to bake
        when  wait 20m
        then  batch 1: baking until +30m1s
        when  wait 2s
        then  batch 1: passed / batch 2: baking until +35m2s
        when  wait 1h
        then  job finished, succeeded / batch 3: passed
        ",
    );
}

#[test]
fn a_hold_lets_a_bake_run_out_and_opens_nothing() {
    check(
        "held while baking",
        "
        given hosts web-1..web-2 / step install / batches 1 bake 30m
        when  start / wait 1m / hold coffee / wait 1h
        then  job held (held by user:alice: coffee) / batch 1: baked / web-2: waiting
        when  resume / wait 1m
        then  job finished, succeeded
        ",
    );
}

#[test]
fn a_batch_waits_for_somebody_else_to_approve_it() {
    check(
        "four eyes on the sealed plan",
        "
        given hosts web-1..web-3 / step install / batches 1 bake 10m approve by another, 2
        when  start / wait 1m / as bob, approve 1
        then  rejected WrongStatus: batch 1 of job patch does not wait for approval | `stagger job show patch` shows what it waits for
        when  wait 20m
        then  batch 1: waiting for approval
              waits for somebody to approve what follows batch 1 / asks for Approval
              may hold, drain, cancel, kill, approve
        when  approve 1
        then  rejected NotAllowed: user:alice created job patch and may not approve it | ask somebody else
        when  as bob, approve 9
        then  rejected NotFound: job patch has no batch 9 | it has batches 1 to 2
        when  as bob, approve 2
        then  rejected WrongStatus: batch 2 of job patch does not wait for approval | `stagger job show patch` shows what it waits for
        when  as bob, approve 1 / wait 1m
        then  job finished, succeeded / saw 1 BatchApproved
        ",
    );
}

#[test]
fn two_roles_are_each_asked_though_a_small_fleet_has_one_batch_for_both() {
    check(
        "neither question swallows the other",
        "
        given hosts web-1..web-4 / step install / batches <=1% approve role release, <=5% approve role security, <=100%
        when  start / wait 1m
        then  batch 1: waiting for approval
        when  as token:release, approve 1 / wait 1m
        then  batch 1: passed / batch 2: waiting for approval / web-2: waiting
        when  as token:security, approve 2 / wait 1m
        then  job finished, succeeded / saw 1 BatchApproved
        ",
    );
}

#[test]
fn an_approval_that_nobody_gives_in_time_holds_the_job() {
    check(
        "the question still stands",
        "
        given hosts web-1..web-3 / step install / batches 1 approve expires 8h
        when  start / wait 1h
        then  batch 1: waiting for approval until +8h1s
        when  wait 8h
        then  job held (nobody approved batch 1 in time) / batch 1: waiting for approval / asks for Held
        when  resume / wait 9h
        then  job running / web-2: waiting
              waits for somebody to approve what follows batch 1
        when  approve 1 / wait 1m
        then  batch 2: waiting for approval until +1d2h1s
        when  approve 2 / wait 1m
        then  job finished, succeeded
        ",
    );
    check(
        "approved after it expired, while held",
        "
        given hosts web-1..web-2 / step install / batches 1 approve expires 8h
        when  start / wait 9h / approve 1 / wait 1m
        then  job held (nobody approved batch 1 in time) / batch 1: approved
        when  resume / wait 1m
        then  job finished, succeeded
        ",
    );
}

#[test]
fn concurrency_is_bounded_and_doubles() {
    check(
        "at most three",
        "
        given hosts web-1..web-8 / step install / batches 8 / max 3
        when  start
        then  flying web-1, web-2, web-3
              why web-4: batch 1 is open; 3 hosts may be in flight at once | the job waits for 3 hosts in flight
        when  wait 1s
        then  flying web-4, web-5, web-6
        when  wait 1s
        then  flying web-7, web-8
        ",
    );
    check(
        "one, two, four",
        "
        given hosts web-1..web-8 / step install / batches 8 / max 4 / ramp doubling
        when  start
        then  flying web-1
        when  wait 1s
        then  flying web-2, web-3
        when  wait 1s
        then  flying web-4, web-5, web-6, web-7
        when  wait 1s
        then  flying web-8
        ",
    );
}

#[test]
fn a_batch_waits_for_whoever_the_policy_names() {
    check(
        "a token of that name",
        "
        given hosts web-1..web-3 / step install / batches 1 approve role release, 2
        when  start / wait 1m / as bob, approve 1
        then  rejected NotAllowed: batch 1 of job patch is approved by release, and user:bob is not | approve it with the access token that is named release
        when  as token:releases, approve 1
        then  rejected NotAllowed: batch 1 of job patch is approved by release, and token:releases is not | approve it with the access token that is named release
        when  as token:release, approve 1 / wait 1m
        then  job finished, succeeded
        ",
    );
}
