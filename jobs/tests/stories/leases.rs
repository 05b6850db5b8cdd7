//! A host belongs to one running job at a time.

use crate::story::check;

#[test]
fn a_second_job_waits_for_the_host() {
    for (first, second) in [("patch", "second"), ("second", "patch")] {
        check(
            "either way round",
            &format!(
                "
                given hosts web-1..web-2 / step install / batches 2
                when  create second
                      web-1..web-2 install: ok in 1m
                      [{first}] start / [{second}] start / wait 1s
                then  [{first}] flying web-1, web-2
                      [{second}] web-1..web-2: deferred; job {first} has this host; it is admitted when that job lets go of it
                      [{second}] waits for other jobs to let go of 2 hosts
                      [{second}] why web-1: job {first} has this host; it is admitted when that job lets go of it
                when  wait 1m
                then  [{first}] job finished, succeeded
                      [{second}] flying web-1, web-2
                when  wait 2m
                then  [{second}] job finished, succeeded
                "
            ),
        );
    }
}

#[test]
fn of_those_who_wait_one_gets_the_host() {
    check(
        "one after the other",
        "
        given hosts web-1 / step install / batches 1
        when  create second / create third
              web-1 install: ok in 1m
              start / [second] start / [third] start / wait 90s
        then  job finished, succeeded
              [second] flying web-1
              [third] web-1: deferred; job second has this host; it is admitted when that job lets go of it
        when  wait 90s
        then  [third] job finished, succeeded / [second] job finished, succeeded
        ",
    );
}

#[test]
fn a_host_out_of_service_is_kept_until_somebody_deals_with_it() {
    check(
        "accepted",
        "
        given hosts web-1..web-2 / step leave: out / step install / step join: back / batches 2 / gate canary 9 0
        when  create second
              web-1 install: exit 1, ok
              start / wait 1m
        then  job settled
        when  [second] start / wait 1m
        then  [second] web-2: finished, succeeded
              [second] web-1: deferred; job patch has this host; it is admitted when that job lets go of it
        when  accept web-1 / wait 1m
        then  job finished, partial / [second] job finished, succeeded
        ",
    );
}

#[test]
fn a_job_that_ends_while_it_waits_waits_no_longer() {
    check(
        "cancelled while deferred",
        "
        given hosts web-1 / step install / batches 1
        when  create second
              web-1 install: ok in 1m
              start / [second] start / wait 1s / [second] cancel
        then  [second] job finished, cancelled (by user:alice) / [second] web-1: finished, cancelled
        when  wait 2m
        then  job finished, succeeded / [second] ran web-1: nothing
        ",
    );
    check(
        "held while deferred",
        "
        given hosts web-1 / step install / batches 1
        when  create second
              web-1 install: ok in 1m
              start / [second] start / wait 1s / [second] hold / wait 2m
        then  [second] job held (held by user:alice) / [second] web-1: waiting
        when  [second] resume / wait 2m
        then  [second] job finished, succeeded
        ",
    );
}

#[test]
fn a_host_taken_over_and_retried_waits_for_its_new_holder() {
    check(
        "the retry is deferred, and is not forgotten when its job is cancelled",
        "
        given hosts web-1..web-2 / step leave: out / step install / step join: back / batches 2 / gate canary 9 0
        when  create second
              web-1 install: exit 1, hang
              start / wait 1m / accept web-1 / [second] start / wait 1m / retry web-1 / wait 1m
        then  web-1: deferred; job second has this host; it is admitted when that job lets go of it; out of service
        ",
    );
}
