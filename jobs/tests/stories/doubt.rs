//! Attempts that started and whose end cannot be known.

use crate::story::check;

#[test]
fn what_may_be_repeated_is_repeated() {
    check(
        "safe",
        "
        given hosts web-1 / step install: repeatable / batches 1
        when  web-1 install: vanish rebooted, vanish killed, ok
              start / wait 1m
        then  job finished, succeeded / ran web-1: install, install, install
              web-1: finished, succeeded  [install ok x3]
        ",
    );
    check(
        "safe, but not for ever",
        "
        given hosts web-1 / step install: repeatable / batches 1
        when  web-1 install: vanish rebooted
              start / wait 1m
        then  ran web-1: install, install, install
              web-1: in doubt, install in doubt (rebooted)
        ",
    );
}

#[test]
fn a_person_is_asked_where_nothing_may_be_repeated() {
    check(
        "it took effect",
        "
        given hosts web-1..web-3 / step install / step check / batches 2
        when  web-1 install: vanish rebooted
              start / wait 1m
        then  job held (canary failed 1 of 2 (at most 0 may))
              web-1: in doubt, install in doubt (rebooted)
              waits for somebody to resume it: canary failed 1 of 2 (at most 0 may) | a person: 0 hosts out of service, 1 in doubt
              why web-1: step install started, and the host was rebooted in the middle of it | its action may not simply be repeated; a person says whether it took effect (`stagger job resolve`)
        when  retry web-1
        then  rejected Invalid: none of the chosen hosts can be retried (job patch) | `stagger job show patch` shows how its hosts ended
        when  resolve web-2 succeeded
        then  rejected WrongStatus: host web-2 of job patch is not in doubt | `stagger job why patch HOST` says where it is
        when  resolve web-1 succeeded / wait 1m
        then  web-1: finished, succeeded  [install ok, check ok]
              job held (canary failed 1 of 2 (at most 0 may))
        when  resume / wait 1m
        then  job finished, succeeded
        ",
    );
    check(
        "it failed",
        "
        given hosts web-1 / undo / step stop: undo / step install / step tell: always / batches 1
        when  web-1 install: vanish killed
              start / wait 1m / as bob, resolve web-1 failed / wait 1m
        then  ran web-1: stop, install, undo stop, tell
              web-1: finished, step failed; install failed: user:bob said it failed: looked
        ",
    );
    check(
        "again",
        "
        given hosts web-1 / step install / batches 1
        when  web-1 install: vanish forgotten, ok
              start / wait 1m / resolve web-1 run again / wait 1m / resume
        then  job finished, succeeded / ran web-1: install, install
        ",
    );
}

#[test]
fn a_result_that_the_host_put_away_and_nobody_has_is_never_made_up() {
    check(
        "a person is asked, and told why",
        "
        given hosts web-1 / step install / batches 1
        when  web-1 install: vanish cleared, ok
              start / wait 1m
        then  ran web-1: install / web-1: in doubt, install in doubt (cleared)
              why web-1: step install started, and the host has put its result away, which is not on record here (was a backup restored?) | its action may not simply be repeated; a person says whether it took effect (`stagger job resolve`)
        when  resolve web-1 run again / wait 1m / resume
        then  job finished, succeeded / ran web-1: install, install
        ",
    );
    check(
        "what may be repeated is repeated",
        "
        given hosts web-1 / step install: repeatable / batches 1
        when  web-1 install: vanish cleared, ok
              start / wait 1m
        then  job finished, succeeded / ran web-1: install, install
        ",
    );
    check(
        "an answer that was put away is no answer",
        "
        given hosts web-1 / step install: verify / batches 1
        when  web-1 install: vanish rebooted
              web-1 verify install: vanish cleared
              start / wait 1m
        then  ran web-1: install, verify install / count 1, 1 in doubt
        ",
    );
}

#[test]
fn the_host_is_asked_where_it_can_be() {
    check(
        "yes",
        "
        given hosts web-1 / step install: verify / step check / batches 1
        when  web-1 install: vanish rebooted
              start / wait 1m
        then  job finished, succeeded / ran web-1: install, verify install, check
        ",
    );
    check(
        "no: it runs again",
        "
        given hosts web-1 / step install: verify / batches 1
        when  web-1 install: vanish rebooted, ok
              web-1 verify install: exit 1
              start / wait 1m
        then  job finished, succeeded / ran web-1: install, verify install, install
        ",
    );
    check(
        "its disk is another one: nobody can say",
        "
        given hosts web-1 / step install: verify / batches 1
        when  web-1 install: vanish forgotten
              start / wait 1m
        then  ran web-1: install / web-1: in doubt, install in doubt (forgotten)
        ",
    );
    check(
        "its result was put away: the disk is the one that it was, so it can say",
        "
        given hosts web-1 / step install: verify / step check / batches 1
        when  web-1 install: vanish cleared
              start / wait 1m
        then  job finished, succeeded / ran web-1: install, verify install, check
        ",
    );
    for answer in ["vanish rebooted", "timeout", "signal 9", "refuse", "hang", "maybe begun"] {
        check(
            "anything but an exit is no answer: a person is asked",
            &format!(
                "
                given hosts web-1 / step install: verify / batches 1
                when  web-1 install: vanish rebooted
                      web-1 verify install: {answer}
                      start / wait 1h
                then  ran web-1: install, verify install
                      count 1, 1 in doubt
                "
            ),
        );
    }
}

#[test]
fn a_job_settles_until_the_last_doubt_is_gone() {
    let settled = "
        given hosts web-1..web-3 / step install / step check / batches 1 / gate canary 9 0
        when  web-3 install: vanish rebooted, ok
              start / wait 1m
        then  job settled / web-1..web-2: finished, succeeded
              waits for a person: 0 hosts out of service, 1 in doubt
              may accept, resolve
        ";
    check("resolved", &format!("{settled}\nwhen resolve web-3 succeeded / wait 1m\nthen job finished, succeeded"));
    check("again", &format!("{settled}\nwhen resolve web-3 run again / wait 1m\nthen job finished, succeeded"));
    check("failed", &format!("{settled}\nwhen resolve web-3 failed / wait 1m\nthen job finished, partial"));
    check(
        "taken over",
        &format!(
            "{settled}
            when  accept web-3
            then  job finished, partial
                  web-3: finished, left in doubt; accepted by user:alice
                  why web-3: it is not known what became of step install
            "
        ),
    );
}

#[test]
fn a_failure_after_a_doubt_is_a_new_one() {
    check(
        "the threshold counts anew",
        "
        given hosts web-1..web-4 / step install / step check / batches 1 / gate cap 0 / gate canary 9 0
        when  web-2 install: vanish rebooted
              start / wait 1m
        then  job held (1 host failed (at most 0 may))
        when  resume / resolve web-2 succeeded / wait 1m
        then  job finished, succeeded
        ",
    );
    check(
        "and trips again",
        "
        given hosts web-1..web-4 / step install / step check / batches 1 / gate cap 0 / gate canary 9 0
        when  web-2 install: vanish rebooted
              web-2 check: exit 1
              start / wait 1m / resume / resolve web-2 succeeded / wait 1m
        then  job held (1 host failed (at most 0 may)) / web-4: waiting
        ",
    );
}

#[test]
fn time_without_a_server_is_held_against_no_host() {
    check(
        "what ended meanwhile is taken in",
        "
        given hosts web-1 / step leave: out / step install / step join: back / batches 1
        when  web-1 install: hang, ok
              start / wait 1m / restart after 1d / wait 1m
        then  job finished, succeeded / ran web-1: leave, install, join
        ",
    );
    check(
        "what runs still has all its time",
        "
        given hosts web-1 / step leave: out / step install / step join: back / batches 1
        when  web-1 install: hang, ok in 9m
              start / wait 1m / restart after 1d / wait 10m
        then  job finished, succeeded / ran web-1: leave, install, join
        ",
    );
    check(
        "but not for ever",
        "
        given hosts web-1 / step leave: out / step install / step join: back / batches 1
        when  web-1 install: hang
              start / wait 1m / restart after 1d / wait 9m
        then  job running
        when  wait 2m
        then  job held (canary failed 1 of 1 (at most 0 may)) / web-1: finished, lost; install failed: nothing was heard of the host within the step's time; out of service
        ",
    );
}

#[test]
fn a_host_that_is_back_in_reach_has_all_its_time_again() {
    check(
        "it may have begun only now",
        "
        given hosts web-1 / step leave: out / step install / step join: back / batches 1
        when  web-1 install: maybe begun
              start / wait 9m / now web-1: begun / wait 8m / now web-1: ok / wait 1m
        then  job finished, succeeded / ran web-1: leave, install, join
        ",
    );
}

#[test]
fn a_host_that_cannot_be_asked_is_left_in_doubt() {
    check(
        "what the question needs cannot be worked out",
        "
        given hosts web-1 / step check / step install: verify takes 2.0 / batches 1
        when  web-1 check: ok gives version=\"1.0\"
              web-1 install: vanish rebooted
              start / wait 1m
        then  ran web-1: check, install / web-1: in doubt, install in doubt (rebooted)
        ",
    );
    check(
        "and is asked where it can be",
        "
        given hosts web-1 / step check / step install: verify takes 2.0 / batches 1
        when  web-1 check: ok gives version=\"2.0\"
              web-1 install: vanish rebooted
              start / wait 1m
        then  ran web-1: check, install, verify install / job finished, succeeded
        ",
    );
}
