//! What a person does to a job as a whole: hold, resume, drain, cancel, kill.

use crate::story::check;

#[test]
fn a_held_job_admits_nobody_and_finishes_who_is_in_flight() {
    check(
        "in the middle of a batch",
        "
        given hosts web-1..web-6 / step install / step check / batches 6 / max 2
        when  start / wait 1s / hold lunch / wait 1h
        then  job held (held by user:alice: lunch)
              count 6, 4 waiting, 2 succeeded
              waits for somebody to resume it: held by user:alice: lunch / asks for Held
              why web-3: batch 1 admits nobody | the job waits for somebody to resume it: held by user:alice: lunch
        when  hold again
        then  rejected WrongStatus: job patch cannot be held: it is held already | `stagger job show patch` shows what may be done now
        when  resume / wait 1m
        then  job finished, succeeded
        when  resume
        then  rejected WrongStatus: job patch cannot be resumed: it has ended | `stagger job show patch` shows what may be done now
        ",
    );
}

#[test]
fn a_drained_job_stops_where_it_is_safe() {
    check(
        "never between leaving and rejoining",
        "
        given hosts web-1..web-5
              step check / step leave: out / step install / step join: back / step tell: unsafe / step note
              batches 5 / max 2
        when  web-2 check: ok in 4s
              start / wait 2s / drain night / wait 1s
        then  job draining (by user:alice)
              web-1: running, join attempt 1 until +10m3s; out of service
              waits for 2 hosts in flight / may resume, cancel, kill
        when  wait 1m
        then  job held (drained by user:alice)
              web-1: running, note to come  [check ok, leave ok, install ok, join ok, tell ok]
              web-2: running, leave to come  [check ok]
              web-3..web-5: waiting
              serving all but nobody
              why web-2: stopped at a safe point before step leave
        when  wait 8h / resume / wait 1m
        then  job finished, succeeded / ran web-1: check, leave, install, join, tell, note
        ",
    );
    check(
        "a retry is waited for",
        "
        given hosts web-1 / step install: retry 2 1h x1 / step check / batches 1
        when  web-1 install: exit 1, ok
              start / wait 1m / drain / wait 10m
        then  job draining (by user:alice)
        when  wait 1h
        then  job held (drained by user:alice) / web-1: running, check to come
        ",
    );
}

#[test]
fn a_drained_job_can_be_cancelled_or_drained_again() {
    check(
        "cancelled where it stands",
        "
        given hosts web-1..web-2 / step check / step install / batches 1
        when  start / drain / wait 1m / cancel
        then  job finished, cancelled (by user:alice)
              web-1: finished, cancelled  [check ok]
              web-2: finished, cancelled
              count 2, 2 cancelled / batch 1: closed / batch 2: closed
              why web-1: the job was stopped before step install
              why web-2: the job ended before it came to this host
        ",
    );
    check(
        "nothing is in flight: at once",
        "
        given hosts web-1..web-2 / step check / batches 1 bake 1h
        when  start / wait 1m / drain
        then  job held (drained by user:alice)
        when  drain / resume / wait 2h
        then  job finished, succeeded
        ",
    );
}

#[test]
fn a_canary_that_was_overruled_stays_overruled_after_a_drain() {
    check(
        "seen is seen",
        "
        given hosts web-1..web-3 / step install / batches 1
        when  web-1 install: exit 1
              start / wait 1m
        then  job held (canary failed 1 of 1 (at most 0 may))
        when  drain / resume / wait 1m
        then  job finished, partial / saw 0 GateHeld
        ",
    );
}

#[test]
fn a_cancelled_job_brings_hosts_back_and_ends() {
    check(
        "who is out of service goes on until it serves again",
        "
        given hosts web-1..web-5
              step check / step leave: out / step install / step join: back / step note
              batches 5 / max 2
        when  web-2 check: ok in 10s
              start / wait 2s / as bob, cancel wrong version
        then  job cancelling (by user:bob) / may kill
        when  wait 1m
        then  job finished, cancelled (by user:bob)
              web-1: finished, cancelled  [check ok, leave ok, install ok, join ok]
              web-2: finished, cancelled  [check ok]
              web-3..web-5: finished, cancelled
              count 5, 5 cancelled / batch 1: closed
              serving all but nobody / waits for nothing / may retry
        ",
    );
    check(
        "a host that fails on the way back is not forgotten",
        "
        given hosts web-1..web-3 / step leave: out / step install / step join: back / batches 3 / max 1
        when  web-1 join: exit 1
              start / wait 1s / cancel / wait 1m
        then  job settled (by user:alice)
              web-1: finished, step failed; join failed: exit code 1; out of service
              waits for a person: 1 host out of service, 0 in doubt
        when  accept web-1
        then  job finished, cancelled (by user:alice)
        ",
    );
}

#[test]
fn a_cancelled_job_waits_for_no_retry_bake_or_approval() {
    check(
        "a retry",
        "
        given hosts web-1 / step install: retry 3 1h x1 / batches 1
        when  web-1 install: exit 1
              start / wait 1m / cancel
        then  job finished, cancelled (by user:alice) / web-1: finished, cancelled  [install failed]
        ",
    );
    check(
        "a step that fails while it is being cancelled",
        "
        given hosts web-1 / step install: retry 3 1h x1 / batches 1
        when  web-1 install: exit 1 in 1m
              start / wait 1s / cancel / wait 1m
        then  job finished, cancelled (by user:alice)
        ",
    );
    check(
        "a retry of a host out of service",
        "
        given hosts web-1 / step leave: out / step join: back, retry 2 1h x1 / batches 1
        when  web-1 join: exit 1, ok
              start / wait 1m / cancel / wait 10m
        then  job cancelling (by user:alice) / web-1: running, join again at +1h2s; out of service
        when  wait 1h
        then  job finished, cancelled (by user:alice) / web-1: finished, succeeded
        ",
    );
    check(
        "a bake",
        "
        given hosts web-1..web-2 / step install / batches 1 bake 1h
        when  start / wait 1m / cancel / wait 2h
        then  job finished, cancelled (by user:alice) / saw 0 BakeFinished
        ",
    );
    check(
        "an approval",
        "
        given hosts web-1..web-2 / step install / batches 1 approve expires 1h
        when  start / wait 1m / cancel / wait 2h
        then  job finished, cancelled (by user:alice) / saw 0 ApprovalExpired
        when  approve 1
        then  rejected WrongStatus: batch 1 of job patch does not wait for approval | `stagger job show patch` shows what it waits for
        ",
    );
    check(
        "before it was started",
        "
        given hosts web-1 / step install / batches 1
        when  cancel
        then  job finished, cancelled (by user:alice)
        when  start
        then  rejected WrongStatus: job patch cannot be started: it has ended | `stagger job show patch` shows what may be done now
        ",
    );
}

#[test]
fn a_cancelled_job_goes_no_further_when_a_doubt_is_resolved() {
    check(
        "no batch opens",
        "
        given hosts web-1..web-3 / step install / step check / batches 1 bake 1h / gate canary 9 0
        when  web-1 install: vanish rebooted
              start / wait 1m / cancel
        then  job settled (by user:alice)
        when  resolve web-1 succeeded / wait 1h
        then  job finished, cancelled (by user:alice)
              web-1: finished, cancelled  [install ok] / web-2..web-3: finished, cancelled
        ",
    );
}

#[test]
fn a_killed_job_signals_what_runs_and_starts_nothing() {
    check(
        "in the middle",
        "
        given hosts web-1..web-4 / undo
              step leave: out, undo / step install / step tell: always
              batches 4 / max 3
        when  web-1..web-3 install: hang
              start / wait 2s / kill fire
        then  job cancelling (by user:alice)
              web-1: running, install attempt 1 killed until +10m1s; out of service
              waits for 3 hosts in flight / may kill
        when  now web-1: killed / now web-2: ok / now web-3: exit 1 / wait 1m
        then  job settled (by user:alice)
              web-1..web-3: finished, cancelled; out of service
              ran web-1..web-3: leave, install
              web-4: finished, cancelled / why web-4: the job ended before it came to this host
        when  accept all
        then  job finished, killed (by user:alice) / count 4, 4 cancelled
        ",
    );
    check(
        "who is through is through",
        "
        given hosts web-1..web-3 / step install / batches 3
        when  web-1..web-2 install: hang
              web-3 install: exit 1
              start / wait 2s / resume / kill / now web-1: ok / now web-2: killed / wait 1m
        then  job finished, killed (by user:alice)
              web-1: finished, succeeded / web-2: finished, cancelled / web-3: finished, step failed; install failed: exit code 1
        ",
    );
}

#[test]
fn a_killed_job_says_whom_it_lost_and_of_whom_it_is_in_doubt() {
    check(
        "lost, and in doubt",
        "
        given hosts web-1..web-2 / step install: repeatable / batches 2
        when  web-1 install: maybe begun
              web-2 install: hang
              start / wait 2s / kill / now web-2: vanish rebooted / wait 1h
        then  job settled (by user:alice)
              web-1: finished, lost; install failed: connection refused
              web-2: in doubt, install in doubt (rebooted)
              ran web-2: install
        when  resolve web-2 run again / wait 1m
        then  job finished, killed (by user:alice) / web-2: finished, cancelled / ran web-2: install
        ",
    );
    check(
        "while it waits to try again",
        "
        given hosts web-1 / step install: retry 3 1h x1 / batches 1
        when  web-1 install: exit 1
              start / wait 2s / kill
        then  job finished, killed (by user:alice)
        ",
    );
}

#[test]
fn a_full_disk_keeps_room_for_what_is_in_flight() {
    check(
        "first no jobs, then no hosts",
        "
        given hosts web-1..web-3 / step install / batches 3 / max 1
        when  start / room for no new jobs / create second
        then  rejected LimitReached: no job is created while the disk is nearly full | make room on the disk of the data folder
        when  wait 1s / room for no new hosts / wait 1m
        then  job running / flying nobody / count 3, 1 waiting, 2 succeeded
              waits for room on the disk of the data folder: no host is admitted without it / asks for Room
        when  room ample / wait 1m
        then  job finished, succeeded
        ",
    );
}

#[test]
fn nothing_is_done_to_a_job_in_the_wrong_status() {
    check(
        "not started",
        "
        given hosts web-1 / step install / batches 1
        when  hold
        then  rejected WrongStatus: job patch cannot be held: it was not started yet | `stagger job show patch` shows what may be done now
              waits for somebody to start it / may start, cancel, kill / asks for nobody
        when  start / start
        then  rejected WrongStatus: job patch cannot be started: it was started already | `stagger job show patch` shows what may be done now
        when  cancel / cancel
        then  rejected WrongStatus: job patch cannot be cancelled: it is being cancelled already | `stagger job show patch` shows what may be done now
        when  drain
        then  rejected WrongStatus: job patch cannot be drained: it is being cancelled | `stagger job show patch` shows what may be done now
        ",
    );
}
