//! Hosts that did not succeed: another run, with a canary of its own, or a person who takes them over.

use crate::story::check;

#[test]
fn retried_hosts_have_a_canary_of_their_own() {
    check(
        "by class, while the job is held",
        "
        given hosts web-1..web-8 / step install / batches 1, 4 / gate cap 2 / gate canary 9 0
        when  web-2..web-4 install: exit 1, ok
              start / wait 1m
        then  job held (3 hosts failed (at most 2 may))
        when  retry step failed
        then  job held (3 hosts failed (at most 2 may))
              batch 4: waiting / web-2..web-4: waiting
        when  resume / wait 1m
        then  job finished, succeeded / batch 4: passed / batch 5: passed
              web-2: finished, succeeded  [install ok x2]
        ",
    );
    check(
        "the canary of a retry fails",
        "
        given hosts web-1..web-6 / step install / batches 1, 5 / gate cap none
        when  web-2..web-4 install: exit 1
              start / wait 1m
        then  job finished, partial
        when  retry all / wait 1m
        then  job held (canary failed 1 of 1 (at most 0 may))
              web-2: finished, step failed; install failed: exit code 1 / web-3..web-4: waiting
        when  resume / wait 1m
        then  job finished, partial
              ran web-3: install, install
        ",
    );
}

#[test]
fn a_retry_begins_where_it_is_right_to() {
    let failed = |flags: &str, retry: &str, ran: &str| {
        check(
            "from the step or from the start",
            &format!(
                "
                given hosts web-1..web-2 / {flags}
                      batches 2 / gate canary 9 0
                when  web-1 install: exit 1, ok
                      start / wait 1m / {retry} / wait 1m
                then  job finished, succeeded
                      ran web-1: {ran}
                "
            ),
        );
    };
    failed("step leave / step install: repeatable / step join", "retry web-1", "leave, install, install, join");
    failed("step leave / step install / step join", "retry web-1", "leave, install, leave, install, join");
    failed(
        "step leave / step install: repeatable / step join",
        "retry web-1 from start",
        "leave, install, leave, install, join",
    );
    failed(
        "undo / step leave: undo / step install: repeatable / step join",
        "retry web-1",
        "leave, install, undo leave, leave, install, join",
    );
}

#[test]
fn a_retried_host_serves_again_or_is_still_counted() {
    check(
        "from the start, out of service",
        "
        given hosts web-1..web-2
              step check: done if steps.check.output.installed / step leave: out / step install / step join: back
              batches 2 / gate canary 9 0
        when  web-1..web-2 check: ok gives installed=false
              web-1 install: exit 1, exit 2, ok
              start / wait 1m
        then  job settled / serving all but web-1
        when  retry web-1 / wait 1m
        then  job settled / serving all but web-1
        when  retry web-1 / wait 1m
        then  job finished, succeeded / serving all but nobody
        ",
    );
    check(
        "a job that is cancelled before the retry began does not forget it",
        "
        given hosts web-1..web-4 / step leave: out / step install / step join: back
              batches 4 / gate canary 9 0 / max 1
        when  web-1..web-2 install: exit 1
              start / wait 1m
        then  job settled
        when  web-1 install: hang
              retry all / wait 1m / kill / now web-1: killed / wait 1m
        then  job settled (by user:alice)
              web-1..web-2: finished, cancelled; out of service
        when  accept all
        then  job finished, killed (by user:alice)
        ",
    );
}

#[test]
fn hosts_that_were_never_started_do_not_make_failures_look_few() {
    check(
        "one of the two that ran",
        "
        given hosts web-1..web-9 / step install / batches 1 bake 1h / gate canary 9 0 / gate total 25% of 2
        when  web-2 install: exit 1
              start / wait 1m / cancel / retry web-2..web-3 and not started / wait 1m
        then  job held (1 of 2 finished hosts failed (at most 25% may))
        ",
    );
}

#[test]
fn a_cancelled_job_can_be_taken_up_host_by_host() {
    check(
        "only those that are named",
        "
        given hosts web-1..web-6 / step install / batches 1 bake 1h
        when  start / wait 1m / cancel
        then  job finished, cancelled (by user:alice) / may retry
              count 6, 1 succeeded, 5 cancelled / batch 1: closed / batch 2: closed
        when  retry web-3
        then  rejected Invalid: none of the chosen hosts can be retried (job patch) | `stagger job show patch` shows how its hosts ended
        when  retry web-3 and not started / wait 1h
        then  job finished, partial
              web-3: finished, succeeded / web-2: finished, cancelled / web-4..web-6: finished, cancelled
              may retry
        when  retry not started / wait 1h
        then  job finished, succeeded / count 6, 6 succeeded
        ",
    );
}

#[test]
fn a_retry_while_others_are_in_flight_goes_first() {
    check(
        "the rollout waits",
        "
        given hosts web-1..web-6 / step install / batches 1, 3 / gate cap none / max 2
        when  web-2 install: exit 1, ok
              web-3 install: ok in 1m
              start / wait 2s
        then  flying web-3, web-4
        when  retry web-2
        then  batch 4: open / flying web-3, web-4
        when  wait 2s
        then  flying web-3
              web-2: finished, succeeded / web-5: waiting
        when  wait 2m
        then  job finished, succeeded
        ",
    );
}

#[test]
fn who_cannot_be_retried_or_accepted_is_named() {
    check(
        "nobody",
        "
        given hosts web-1..web-2 / step install / batches 1
        when  start / wait 1m / retry all
        then  rejected Invalid: none of the chosen hosts can be retried (job patch) | `stagger job show patch` shows how its hosts ended
        when  accept all
        then  rejected WrongStatus: job patch cannot be accepted: it has ended | `stagger job show patch` shows what may be done now
        ",
    );
    check(
        "a host of another job",
        "
        given hosts web-1..web-3 / step leave: out / step install / batches 1 / gate canary 9 0
        when  create second on web-1
              [second] start / wait 1m / [second] retry web-2
        then  rejected NotFound: host web-2 is not in the plan of job second | `stagger job show second --hosts` lists them
        ",
    );
}

#[test]
fn a_finished_job_is_taken_up_again() {
    check(
        "and ends again",
        "
        given hosts web-1..web-3 / step install / batches 3 / gate canary 9 0
        when  web-1 install: exit 1, ok
              start / wait 1m
        then  job finished, partial
        when  retry web-1
        then  job running / flying web-1 / may hold, drain, cancel, kill
        when  wait 1m
        then  job finished, succeeded / count 3, 3 succeeded
        ",
    );
}

#[test]
fn a_host_that_may_serve_again_is_retried_from_the_start() {
    let retried = |title: &str, join: &str, before: &str, ran: &str| {
        check(
            title,
            &format!(
                "
                given hosts web-1..web-2 / step leave: out / step install: repeatable / step join: {join}
                      batches 2 / gate canary 9 0
                when  web-1 install: exit 1, ok
                      start / wait 1m / {before}retry web-1 / wait 1m
                then  job finished, succeeded / ran web-1: {ran}
                "
            ),
        );
    };
    retried("it is still out of service", "back", "", "leave, install, install, join");
    retried("it has joined again", "back, always", "", "leave, install, join, leave, install, join");
    retried("somebody took it over", "back", "accept web-1 / ", "leave, install, leave, install, join");
}
