//! One host's way through the workflow: conditions, retries, undo, what always runs, and who is out of service.

use crate::story::check;

#[test]
fn a_host_with_nothing_left_to_do_is_done() {
    check(
        "already patched",
        "
        given hosts web-1..web-2
              step check: done if steps.check.output.installed
              step install
              batches 1
        when  web-1 check: ok gives installed=true
              web-2 check: ok gives installed=false
              start / wait 1m
        then  job finished, succeeded
              web-1: finished, already done  [check ok]
              web-2: finished, succeeded  [check ok, install ok]
              why web-1: nothing was left to do
        ",
    );
}

#[test]
fn a_host_out_of_service_is_never_done() {
    check(
        "it rejoins first",
        "
        given hosts web-1
              step leave: out / step check: done if steps.check.output.installed / step join: back
              batches 1
        when  web-1 check: ok gives installed=true
              start / wait 1m
        then  job finished, succeeded
              web-1: finished, succeeded  [leave ok, check ok, join ok]
              serving all but nobody
        ",
    );
}

#[test]
fn a_condition_that_cannot_be_worked_out_fails_the_step() {
    check(
        "the check says nothing, after it succeeded",
        "
        given hosts web-1 / undo
              step stop: undo / step check: done if steps.check.output.installed / step tell: always
              batches 1
        when  start / wait 1m
        then  count 1, 1 step failed
              ran web-1: stop, check, undo stop, tell
        ",
    );
}

#[test]
fn a_step_that_is_not_wanted_is_skipped() {
    check(
        "no reboot needed",
        "
        given hosts web-1..web-2
              step install / step reboot: when steps.install.output.reboot / step check
              batches 2
        when  web-1 install: ok gives reboot=false
              web-2 install: ok gives reboot=true
              start / wait 1m
        then  web-1: finished, succeeded  [install ok, reboot skipped, check ok]
              web-2: finished, succeeded  [install ok, reboot ok, check ok]
              ran web-1: install, check
        ",
    );
}

#[test]
fn a_failed_step_is_tried_again_later_and_later() {
    check(
        "10 s, 20 s, then for good",
        "
        given hosts web-1 / step install: retry 3 10s x2 / batches 1
        when  web-1 install: exit 1, exit 2, exit 3
              start / wait 5s
        then  web-1: running, install again at +11s  [install failed]
              why web-1: step install failed and is tried again in 6s
              waits for 1 host in flight
        when  wait 10s
        then  web-1: running, install again at +32s
        when  wait 1m
        then  web-1: finished, step failed; install failed: exit code 3  [install failed x3]
              saw 1 StepFailed
        ",
    );
    check(
        "and succeeds",
        "
        given hosts web-1 / step install: retry 3 10s x1 / batches 1
        when  web-1 install: timeout, refuse, ok
              start / wait 1m
        then  job finished, succeeded / web-1: finished, succeeded  [install ok x3]
        ",
    );
}

#[test]
fn classes_of_failure_are_kept_apart() {
    check(
        "each its own",
        "
        given hosts web-1..web-5 / step install / step check: verifies / batches 5 / gate canary 9 0
        when  web-1 install: exit 1
              web-2 install: timeout
              web-3 check: exit 1
              web-4 install: signal 9
              web-5 install: refuse \"another run of it is there\"
              start / wait 1m
        then  web-1: finished, step failed; install failed: exit code 1
              web-2: finished, timed out; install failed: its time was up
              web-3: finished, verification failed; check failed: exit code 1
              web-4: finished, step failed; install failed: ended by signal 9
              web-5: finished, step failed; install failed: another run of it is there
        ",
    );
}

#[test]
fn completed_steps_are_taken_back_last_first() {
    check(
        "undo",
        "
        given hosts web-1 / undo
              step leave: out, undo / step stop: undo / step note / step install: undo / step start
              batches 1
        when  web-1 install: exit 1
              start / wait 4s
        then  web-1: running, undo of stop attempt 2 until +10m4s; install failed: exit code 1; out of service
        when  wait 1m
        then  ran web-1: leave, stop, note, install, undo stop, undo leave
              web-1: finished, step failed; install failed: exit code 1  [leave undone x2, stop undone x2, note ok, install failed]
              serving all but nobody
        ",
    );
}

#[test]
fn a_step_that_cannot_be_taken_back_leaves_the_host_parked() {
    check(
        "undo fails",
        "
        given hosts web-1 / undo
              step leave: out, undo / step stop: undo / step install / step tell: always
              batches 1
        when  web-1 install: exit 1
              web-1 undo stop: exit 9
              start / wait 1m
        then  ran web-1: leave, stop, install, undo stop, tell
              web-1: finished, step failed; install failed: exit code 1; out of service
              job held (canary failed 1 of 1 (at most 0 may))
        ",
    );
}

#[test]
fn a_broken_host_is_parked_and_what_always_runs_still_does() {
    check(
        "park",
        "
        given hosts web-1
              step early: always / step leave: out, undo / step install / step join: back / step tell: always
              batches 1
        when  web-1 install: exit 1
              start / wait 1m
        then  ran web-1: early, leave, install, tell
              web-1: finished, step failed; install failed: exit code 1; out of service
        ",
    );
}

#[test]
fn what_always_runs_may_fail_and_may_bring_a_host_back() {
    check(
        "join always",
        "
        given hosts web-1
              step leave: out / step install / step tell: always / step join: back, always
              batches 1
        when  web-1 install: exit 1
              web-1 tell: exit 2
              start / wait 1m
        then  ran web-1: leave, install, tell, join
              web-1: finished, step failed; install failed: exit code 1  [leave ok, install failed, tell failed, join ok]
              serving all but nobody
        ",
    );
}

#[test]
fn a_host_is_out_of_service_from_the_start_of_leaving() {
    check(
        "leaving fails half way",
        "
        given hosts web-1 / step leave: out / step join: back / batches 1
        when  web-1 leave: exit 1
              start
        then  serving all but web-1
        when  wait 1m
        then  web-1: finished, step failed; leave failed: exit code 1; out of service
        ",
    );
    check(
        "joining fails",
        "
        given hosts web-1 / step leave: out / step join: back / batches 1
        when  web-1 join: exit 1
              start / wait 1m
        then  web-1: finished, step failed; join failed: exit code 1; out of service
        ",
    );
}

#[test]
fn a_host_is_unreachable_only_where_nothing_was_done_to_it() {
    check(
        "the first step never began",
        "
        given hosts web-1 / step check / step install / batches 1
        when  web-1 check: out of reach
              start / wait 9m
        then  web-1: running, check attempt 1 until +10m; out of reach: connection refused
        when  wait 1m
        then  web-1: finished, unreachable; check failed: connection refused
        ",
    );
    check(
        "the second step never began: it is lost, and that counts as failed",
        "
        given hosts web-1 / step check / step install / batches 1
        when  web-1 install: out of reach
              start / wait 1h
        then  web-1: finished, lost; install failed: connection refused
              job held (canary failed 1 of 1 (at most 0 may))
        ",
    );
    check(
        "the first step may have begun",
        "
        given hosts web-1 / step check / batches 1
        when  web-1 check: maybe begun
              start / wait 5s / now web-1: out of reach / wait 1h
        then  web-1: finished, lost; check failed: connection refused
        ",
    );
    check(
        "it was reached again, and is gone again",
        "
        given hosts web-1 / step check / batches 1
        when  web-1 check: out of reach
              start / wait 5m / now web-1: begun / wait 1s
        then  web-1: running, check attempt 1 until +15m
        when  now web-1: out of reach / wait 1h
        then  web-1: finished, lost; check failed: connection refused
        ",
    );
    check(
        "it is unreachable again when retried",
        "
        given hosts web-1..web-2 / step check / batches 2
        when  web-1 check: out of reach
              start / wait 1h / retry web-1 / wait 1h
        then  web-1: finished, unreachable; check failed: connection refused
        ",
    );
}

#[test]
fn a_host_that_says_nothing_is_lost() {
    check(
        "and later words are stale",
        "
        given hosts web-1 / step install: timeout 2m, retry 5 1s x1 / step tell: always / batches 1
        when  web-1 install: hang
              start / wait 6m
        then  web-1: running, install attempt 1 until +7m
        when  wait 1m
        then  web-1: finished, lost; install failed: nothing was heard of the host within the step's time
              ran web-1: install
        when  now web-1: ok / wait 1m
        then  web-1: finished, lost; install failed: nothing was heard of the host within the step's time
        ",
    );
    check(
        "lost while being taken back",
        "
        given hosts web-1 / undo / step stop: undo / step install / step tell: always / batches 1
        when  web-1 install: exit 1
              web-1 undo stop: hang
              start / wait 1h
        then  ran web-1: stop, install, undo stop
              web-1: finished, lost; install failed: exit code 1
        ",
    );
}

#[test]
fn a_report_said_twice_is_heard_once() {
    check(
        "repeated",
        "
        given hosts web-1 / step install / step check / batches 1
        when  web-1 install: ok
              web-1 check: ok in 5m
              start / wait 1s / now web-1: begun / now web-1: begun
        then  saw 1 AttemptFinished / saw 2 AttemptStarted
        when  wait 1h
        then  job finished, succeeded / ran web-1: install, check
        ",
    );
}

#[test]
fn a_host_that_nothing_was_done_to_serves() {
    for (answer, ended) in [("out of reach", "unreachable"), ("refuse", "step failed")] {
        check(
            "although its first step would take it out of service",
            &format!(
                "
                given hosts web-1..web-2 / step leave: out / step join: back / batches 2 / gate canary 9 0
                when  web-1 leave: {answer}
                      start / wait 1h
                then  web-1: finished, {ended}; leave failed: connection refused
                      serving all but nobody / job finished, partial
                "
            ),
        );
    }
}

#[test]
fn a_host_that_something_may_have_been_done_to_is_out_of_service() {
    check(
        "another server process had begun, and this one is turned away",
        "
        given hosts web-1..web-2 / step leave: out / step join: back / batches 2 / gate canary 9 0
        when  web-1 leave: hang, refuse
              start / wait 1m / restart after 1m / wait 1m
        then  web-1: finished, step failed; leave failed: connection refused; out of service / job settled
        ",
    );
}

#[test]
fn a_host_that_a_step_reboots_is_not_out_of_reach() {
    check(
        "it is away because we want it",
        "
        given hosts web-1..web-3 / step leave: out / step boot: reboots / step join: back / batches 3
        when  web-1 boot: hang / web-2 boot: maybe begun \"reset by peer\" / web-3 boot: out of reach \"no route to host\"
              start / wait 3s
        then  waits for 3 hosts in flight | 1 host that cannot be reached
              why web-1: step boot, attempt 1, for 2s | the step reboots the host, which is away meanwhile | it is out of service because of this job
              why web-2: step boot, attempt 1, for 2s | the step reboots the host, which is away meanwhile | it is out of service because of this job
              why web-3: step boot, attempt 1, for 2s | the host cannot be reached: no route to host | it is out of service because of this job
        when  restart after 1s
        then  waits for 3 hosts in flight
        ",
    );
}

#[test]
fn a_host_is_out_of_service_since_it_left_however_often_it_is_retried() {
    check(
        "out since the first of them left",
        "
        given hosts web-1..web-2 / step check / step leave: out / step install / step join: back / batches 1, 1
        when  web-1 install: exit 1 / start / wait 1h
        then  out since +1s / asks for Hosts
        when  resume / wait 1s
        then  out since +1s
        when  web-1 install: ok / wait 1h / retry web-1 / wait 1h
        then  job finished, succeeded / out since never
        ",
    );
}
