//! Schedules against tables of clock changes, of mistakes, of servers that were down, and against another program.

use super::*;
use jiff::civil::DateTime;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().expect(text);
    Timestamp(instant.as_millisecond() as u64)
}

/// `2026-03-29 03:00 +02`, with seconds where there are any, and the note.
fn shown(firing: &Firing, zone: &TimeZone) -> String {
    let zoned = jiff::Timestamp::from_millisecond(firing.nominal.0 as i64).expect("an instant").to_zoned(zone.clone());
    let time = if zoned.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    let moment = zoned.strftime(&format!("%Y-%m-%d {time} %:::z")).to_string();
    match firing.note {
        None => moment,
        Some(DstNote::LeftOut(wall)) => format!("{moment} for {}", wall.strftime("%H:%M")),
        Some(DstNote::ComesTwice(wall)) => format!("{moment} the first {}", wall.strftime("%H:%M")),
    }
}

/// The moments after `from`, which is wall-clock time in `zone`.
fn check(cron: &str, zone: &str, from: &str, expected: &[&str]) {
    let zone = zone_named(zone).expect(zone);
    let start: DateTime = from.parse().expect(from);
    let start = zone.to_timestamp(start).expect(from);
    let cron_read = Cron::parse(cron).unwrap_or_else(|problem| panic!("{problem}"));
    let moments = cron_read.upcoming(Timestamp(start.as_millisecond() as u64), &zone, expected.len());
    let moments: Vec<String> = moments.iter().map(|firing| shown(firing, &zone)).collect();
    assert_eq!(moments, expected, "{cron} from {from}");
}

#[test]
fn a_time_that_is_left_out_fires_right_after_the_gap() {
    let berlin = |cron, expected: &[&str]| check(cron, "Europe/Berlin", "2026-03-28 12:00", expected);
    berlin("30 2 * * *", &["2026-03-29 03:00 +02 for 02:30", "2026-03-30 02:30 +02"]);
    berlin("0 3 * * *", &["2026-03-29 03:00 +02", "2026-03-30 03:00 +02"]);
    berlin("0 2,3 * * *", &["2026-03-29 03:00 +02 for 02:00", "2026-03-30 02:00 +02"]);
    berlin("0,15,30 2 * * *", &["2026-03-29 03:00 +02 for 02:00", "2026-03-30 02:00 +02"]);
    check("0 2 8 3 *", "America/New_York", "2026-03-01 00:00", &["2026-03-08 03:00 -04 for 02:00"]);
    check("0 0 * * *", "Africa/Cairo", "2026-04-23 12:00", &["2026-04-24 01:00 +03 for 00:00", "2026-04-25 00:00 +03"]);
    check("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00", &["2026-10-04 02:30 +11 for 02:15"]);
    // A whole day was left out there.
    let apia = ["2011-12-31 00:00 +14 for 12:00", "2011-12-31 12:00 +14"];
    check("0 12 * * *", "Pacific/Apia", "2011-12-29 13:00", &apia);
}

#[test]
fn a_time_that_comes_twice_fires_the_first_time() {
    let berlin = |cron, expected: &[&str]| check(cron, "Europe/Berlin", "2026-10-24 12:00", expected);
    berlin("30 2 * * *", &["2026-10-25 02:30 +02 the first 02:30", "2026-10-26 02:30 +01"]);
    berlin("15,45 2 * * *", &["2026-10-25 02:15 +02 the first 02:15", "2026-10-25 02:45 +02 the first 02:45"]);
    berlin("0 3 * * *", &["2026-10-25 03:00 +01", "2026-10-26 03:00 +01"]);
    let new_york = ["2026-11-01 01:30 -04 the first 01:30", "2026-11-02 01:30 -05"];
    check("30 1 * * *", "America/New_York", "2026-10-31 12:00", &new_york);
    let lord_howe = ["2026-04-05 01:45 +11 the first 01:45", "2026-04-06 01:45 +10:30"];
    check("45 1 * * *", "Australia/Lord_Howe", "2026-04-04 12:00", &lord_howe);
}

#[test]
fn nothing_fires_again_when_asked_in_the_second_of_two_equal_hours() {
    let zone = zone_named("Europe/Berlin").expect("a zone");
    let cron = Cron::parse("15,45 2 * * *").expect("an expression");
    let second_half_past_two = at("2026-10-25T02:30:00+01:00");
    let next = cron.next_after(second_half_past_two, &zone).expect("a moment");
    assert_eq!(shown(&next, &zone), "2026-10-26 02:15 +01");
}

#[test]
fn open_minutes_and_hours_follow_elapsed_time() {
    let berlin = |cron, from, expected: &[&str]| check(cron, "Europe/Berlin", from, expected);
    let both = ["2026-10-25 01:30 +02", "2026-10-25 02:30 +02", "2026-10-25 02:30 +01", "2026-10-25 03:30 +01"];
    berlin("30 * * * *", "2026-10-25 01:00", &both);
    berlin("30 * * * *", "2026-03-29 01:00", &["2026-03-29 01:30 +01", "2026-03-29 03:30 +02"]);
    berlin("*/30 2 * * *", "2026-03-29 00:00", &["2026-03-30 02:00 +02", "2026-03-30 02:30 +02"]);
    berlin("0 */2 * * *", "2026-03-29 00:00", &["2026-03-29 04:00 +02", "2026-03-29 06:00 +02"]);
    let half_hours = ["2026-11-01 01:00 -04", "2026-11-01 01:30 -04", "2026-11-01 01:00 -05", "2026-11-01 01:30 -05"];
    check("*/30 * * * *", "America/New_York", "2026-11-01 00:30", &half_hours);
    let lord_howe = ["2026-04-05 01:45 +11", "2026-04-05 01:45 +10:30", "2026-04-05 02:45 +10:30"];
    check("45 * * * *", "Australia/Lord_Howe", "2026-04-05 01:00", &lord_howe);
}

#[test]
fn the_rules_of_2026_are_known() {
    let zone = zone_named("america/vancouver").expect("names are read in any case");
    let nine = Cron::parse("0 9 * * *").expect("an expression").next_after(at("2026-12-01T00:00:00Z"), &zone);
    assert_eq!(nine.map(|firing| firing.nominal), Some(at("2026-12-01T16:00:00Z")));
}

#[test]
fn expressions_mean_what_people_type() {
    let utc = |cron, expected: &[&str]| {
        let expected: Vec<String> = expected.iter().map(|moment| format!("{moment} +00")).collect();
        check(cron, "UTC", "2026-11-22 12:00", &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    // 2026-11-22 is a Sunday.
    utc("30 2 * * *", &["2026-11-23 02:30", "2026-11-24 02:30"]);
    utc("*/20 30 2 * * *", &["2026-11-23 02:30", "2026-11-23 02:30:20", "2026-11-23 02:30:40", "2026-11-24 02:30"]);
    utc("0 0 * * 1", &["2026-11-23 00:00", "2026-11-30 00:00"]);
    utc("0 0 * * 0", &["2026-11-29 00:00"]);
    utc("0 0 * * 7", &["2026-11-29 00:00"]);
    utc("0 0 * * 5-7", &["2026-11-27 00:00", "2026-11-28 00:00", "2026-11-29 00:00", "2026-12-04 00:00"]);
    utc("0 0 * * Fri-Mon/2", &["2026-11-27 00:00", "2026-11-29 00:00", "2026-12-04 00:00"]);
    utc("0 0 * * mon,Thursday", &["2026-11-23 00:00", "2026-11-26 00:00"]);
    utc("0 0 * * */2", &["2026-11-24 00:00", "2026-11-26 00:00", "2026-11-28 00:00", "2026-11-29 00:00"]);
    utc("0 0 1 feb,Dec ?", &["2026-12-01 00:00", "2027-02-01 00:00"]);
    utc("0 0 ? * Tue#2", &["2026-12-08 00:00", "2027-01-12 00:00"]);
    utc("0 0 * * Fri#L", &["2026-11-27 00:00", "2026-12-25 00:00"]);
    utc("0 0 * * 5L", &["2026-11-27 00:00", "2026-12-25 00:00"]);
    utc("0 0 * * Mon#5", &["2026-11-30 00:00", "2027-03-29 00:00"]);
    utc("0 0 L * *", &["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-31 00:00", "2027-02-28 00:00"]);
    utc("0 0 L-1 * *", &["2026-11-29 00:00", "2026-12-30 00:00"]);
    utc("0 0 LW * *", &["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-29 00:00", "2027-02-26 00:00"]);
    utc("0 0 15W 8 *", &["2027-08-16 00:00", "2028-08-15 00:00"]);
    utc("0 0 1W 5 *", &["2027-05-03 00:00", "2028-05-01 00:00"]);
    utc("0 0 31W 1,10 *", &["2027-01-29 00:00", "2027-10-29 00:00", "2028-01-31 00:00"]);
    utc("0 0 13 * Fri", &["2026-11-27 00:00", "2026-12-04 00:00", "2026-12-11 00:00", "2026-12-13 00:00"]);
    utc("0 0 */2 * Mon", &["2026-11-23 00:00", "2026-12-07 00:00"]);
    utc("0 0 29 2 *", &["2028-02-29 00:00", "2032-02-29 00:00"]);
    utc("@daily", &["2026-11-23 00:00"]);
    utc("@midnight", &["2026-11-23 00:00"]);
    utc("@hourly", &["2026-11-22 13:00", "2026-11-22 14:00"]);
    utc("@weekly", &["2026-11-29 00:00"]);
    utc("@Monthly", &["2026-12-01 00:00"]);
    utc("@annually", &["2027-01-01 00:00"]);
    utc("@yearly", &["2027-01-01 00:00", "2028-01-01 00:00"]);
}

#[test]
fn mistakes_are_named_with_their_field_and_what_to_write() {
    let check = |cron: &str, expected: &str| {
        assert_eq!(Cron::parse(cron).expect_err(cron).to_string(), expected, "{cron}");
    };
    check("61 * * * *", r#"minute "61" cannot be read: 61 is out of range; write 0 to 59"#);
    check("* 24 * * *", r#"hour "24" cannot be read: 24 is out of range; write 0 to 23"#);
    check("0 0 0 * *", r#"day of month "0" cannot be read: 0 is out of range; write 1 to 31"#);
    check("0 0 * Febr *", r#"month "Febr" cannot be read: there is no month "febr"; did you mean feb?"#);
    check("0 0 * * 8", r#"weekday "8" cannot be read: 8 is out of range; write 0 to 7"#);
    check("0 0 * * Mno", r#"weekday "Mno" cannot be read: there is no weekday "mno"; did you mean mon?"#);
    check(
        "0 0 * * Tue#6",
        r##"weekday "Tue#6" cannot be read: write `#1` to `#5`, or `#L` for the last one of a month"##,
    );
    check("0 0 * * L", r##"weekday "L" cannot be read: write a weekday before it: `Tue#2`, `Fri#L`, `5L`"##);
    check("0 22-2 * * *", r#"hour "22-2" cannot be read: the range runs backwards; write 22-23,0-2"#);
    check("*/0 * * * *", r#"minute "*/0" cannot be read: a step of 0 never gets anywhere; write 1 or more"#);
    check("*/90 * * * *", r#"minute "*/90" cannot be read: a step of 90 is larger than the field; write at most 59"#);
    check("*/x * * * *", r#"minute "*/x" cannot be read: the step after `/` must be a number"#);
    check("1,,2 * * * *", r#"minute "" cannot be read: there is nothing between two commas; remove one"#);
    check("0 0 40W * *", r#"day of month "40W" cannot be read: write `1W` to `31W`, or `LW`"#);
    check("0 0 L-31 * *", r#"day of month "L-31" cannot be read: write `L-1` to `L-30`"#);
    check(
        "a b c d e",
        r#"minute "a" cannot be read: write numbers, ranges `1-5`, steps `*/15`, or lists of them with commas"#,
    );
    check(
        "0 * * *",
        "a cron expression has five fields (minute, hour, day of month, month, weekday), or six with seconds in front; \
         \"0 * * *\" has 4",
    );
    check("@dayly", r#""@dayly" is no nickname of a cron expression: did you mean @daily?"#);
    check(
        "@reboot",
        "\"@reboot\" is no nickname of a cron expression: a schedule has moments, and the start of a server is none; \
         write `@daily` or five fields",
    );
    check(
        "H 2 * * *",
        r#"minute "H" cannot be read: `H` stands for a value drawn from a schedule's name, and there is no name here"#,
    );
    check(
        &format!("{} * * * *", "1,".repeat(600)),
        "the cron expression has 1208 bytes; at most 1000 are read, write ranges and steps instead of lists",
    );
    assert!(Cron::parse("99999999999999999999 * * * *").is_err() && Cron::parse("").is_err());
}

#[test]
fn drawn_values_are_the_same_for_ever_and_spread() {
    let minute = |name: &str| {
        let cron = Cron::named("H 2 * * *", name).expect("an expression");
        cron.next_after(at("2026-11-22T12:00:00Z"), &TimeZone::UTC).expect("a moment").nominal.0 / 60_000 % 60
    };
    assert_eq!(["patch web", "patch db", "clean logs"].map(minute), [53, 3, 19]);
    let all: std::collections::BTreeSet<u64> = (0..200).map(|number| minute(&format!("schedule {number}"))).collect();
    assert!(all.len() > 50, "200 names use {} of 60 minutes", all.len());
}

#[test]
fn drawn_values_keep_to_their_range_and_step() {
    for name in (0..100).map(|number| format!("schedule {number}")) {
        let minutes = |cron: &str| {
            let cron = Cron::named(cron, &name).expect("an expression");
            let moments = cron.upcoming(at("2026-11-22T23:59:59Z"), &TimeZone::UTC, 6);
            moments.iter().map(|firing| firing.nominal.0 / 60_000 % 60).collect::<Vec<_>>()
        };
        assert!(minutes("H(10-19) * * * *").iter().all(|minute| (10..20).contains(minute)));
        let quarters = minutes("H/15 * * * *");
        assert!(quarters[0] < 15 && quarters.windows(2).take(3).all(|pair| pair[1] == pair[0] + 15), "{quarters:?}");
        let cron = Cron::named("0 0 H * *", &name).expect("a day");
        let february = (1..=28).filter(|day| cron.wall.days.contain(jiff::civil::date(2027, 2, *day))).count();
        assert_eq!(february, 1, "every month has the drawn day");
    }
    for bad in ["H/0 * * * *", "H/61 * * * *", "H(5-3) * * * *", "H(0-60) * * * *", "Hx * * * *", "H(1-2 * * * *"] {
        assert!(Cron::named(bad, "any").is_err(), "{bad} was taken");
    }
}

#[test]
fn dates_that_do_not_exist_are_answered_quickly() {
    let started = std::time::Instant::now();
    for cron in ["0 0 30 2 *", "*/5 * 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 * 2 Mon#5"] {
        let next = Cron::parse(cron).expect(cron).next_after(at("2026-11-22T12:00:00Z"), &berlin());
        assert_eq!(next.is_none(), cron != "0 0 * 2 Mon#5", "{cron}: {next:?}");
    }
    assert!(started.elapsed().as_secs() < 2, "took {:?}", started.elapsed());
}

#[test]
fn a_time_so_far_away_that_no_calendar_has_it_is_no_moment() {
    let cron = Cron::parse("0 0 * * *").expect("an expression");
    for far in [u64::MAX, i64::MAX as u64, 253_402_207_200_000] {
        assert_eq!(cron.next_after(Timestamp(far), &berlin()), None);
    }
}

fn berlin() -> TimeZone {
    zone_named("Europe/Berlin").expect("a zone")
}

fn nightly() -> ScheduleSpec {
    ScheduleSpec {
        name: "nightly".to_owned(),
        template: "patch-server".into(),
        parameters: Values::new(),
        targets: None,
        cron: "30 2 * * *".to_owned(),
        zone: "UTC".to_owned(),
        missed: Missed::default(),
        deadline: None,
        overlap: Overlap::default(),
        paused: false,
    }
}

#[test]
fn a_schedule_that_cannot_be_put_in_place_says_why() {
    let check = |spec: ScheduleSpec, expected: &str| {
        assert_eq!(spec.check().expect_err("a problem").to_string(), expected);
    };
    let berlin = |zone: &str| ScheduleSpec { zone: zone.to_owned(), ..nightly() };
    check(berlin("Europe/Berln"), "\"Europe/Berln\" is not a time zone: did you mean Europe/Berlin?");
    check(berlin("shanghai"), "\"shanghai\" is not a time zone: did you mean Asia/Shanghai?");
    check(
        berlin("somewhere over the rainbow"),
        "\"somewhere over the rainbow\" is not a time zone: write an IANA name such as UTC, Europe/Berlin or Asia/Shanghai",
    );
    check(
        ScheduleSpec { cron: "0 0 30 2 *".to_owned(), ..nightly() },
        "cron expression \"0 0 30 2 *\" never fires: no date in a hundred years fits it; check day of month and month",
    );
    check(
        ScheduleSpec { missed: Missed::All { max: 101 }, ..nightly() },
        "`missed: all` wants to catch up on 101 moments: `max` must be from 1 to 100",
    );
    check(
        ScheduleSpec { name: " ".to_owned(), ..nightly() },
        "the schedule has no name: give it one, jobs and messages will show it",
    );
    assert_eq!(nightly().check(), Ok(()));
}

#[test]
fn a_schedule_survives_json() {
    let spec = ScheduleSpec {
        missed: Missed::All { max: 3 },
        overlap: Overlap::Queue,
        deadline: Some(Duration::minutes(10)),
        ..nightly()
    };
    let json = serde_json::to_value(&spec).expect("JSON");
    assert_eq!(serde_json::from_value::<ScheduleSpec>(json).expect("a schedule"), spec);
    let least = serde_json::json!({"name": "nightly", "template": "patch-server", "cron": "30 2 * * *", "zone": "UTC"});
    assert_eq!(serde_json::from_value::<ScheduleSpec>(least).expect("a schedule"), nightly());
}

/// One line for each moment that is due.
fn answers(spec: &ScheduleSpec, last: &str, now: &str) -> Vec<String> {
    let line = |due: &Due| {
        let moment = due.nominal.to_string().replace(":00.000Z", "");
        match due.verdict {
            Verdict::Fire => format!("{moment} fires"),
            Verdict::Missed { why } => format!("{moment} {why}"),
        }
    };
    due(spec, at(last), at(now)).iter().map(line).collect()
}

#[test]
fn a_moment_on_time_fires_whatever_the_policy() {
    for missed in [Missed::Skip, Missed::Once, Missed::All { max: 5 }] {
        let spec = ScheduleSpec { missed, ..nightly() };
        let at_once = answers(&spec, "2026-11-21T02:30:00Z", "2026-11-22T02:30:00Z");
        assert_eq!(at_once, ["2026-11-22T02:30 fires"], "{missed:?}");
        assert_eq!(answers(&spec, "2026-11-21T02:30:00Z", "2026-11-22T02:30:59Z"), ["2026-11-22T02:30 fires"]);
        assert!(answers(&spec, "2026-11-22T02:30:00Z", "2026-11-23T02:29:59Z").is_empty(), "nothing is due twice");
        assert!(answers(&spec, "2026-11-22T02:30:00Z", "2026-11-20T00:00:00Z").is_empty(), "the clock went back");
    }
}

#[test]
fn a_minute_late_is_no_longer_on_time() {
    let spec = ScheduleSpec { missed: Missed::Skip, ..nightly() };
    let late =
        "2026-11-22T02:30 no server was running then (1m ago), and the schedule does not catch up on missed moments";
    assert_eq!(answers(&spec, "2026-11-21T02:30:00Z", "2026-11-22T02:31:00Z"), [late]);
}

#[test]
fn moments_missed_while_no_server_ran_are_answered_by_the_policy() {
    let missed = |missed: Missed, deadline: Option<Duration>, expected: &[&str]| {
        let spec = ScheduleSpec { missed, deadline, ..nightly() };
        assert_eq!(answers(&spec, "2026-11-18T02:30:00Z", "2026-11-21T08:30:00Z"), expected, "{missed:?} {deadline:?}");
    };
    const LATER: &str = "missed; 2026-11-21T02:30:00.000Z, which is due as well, fires in its place";
    let down = "and the schedule does not catch up on missed moments";
    missed(
        Missed::Skip,
        None,
        &[
            &format!("2026-11-19T02:30 no server was running then (2d6h ago), {down}"),
            &format!("2026-11-20T02:30 no server was running then (1d6h ago), {down}"),
            &format!("2026-11-21T02:30 no server was running then (6h ago), {down}"),
        ],
    );
    missed(
        Missed::Once,
        None,
        &[&format!("2026-11-19T02:30 {LATER}"), &format!("2026-11-20T02:30 {LATER}"), "2026-11-21T02:30 fires"],
    );
    missed(
        Missed::All { max: 2 },
        None,
        &[
            "2026-11-19T02:30 missed; 2026-11-20T02:30:00.000Z, which is due as well, fires in its place",
            "2026-11-20T02:30 fires",
            "2026-11-21T02:30 fires",
        ],
    );
    missed(
        Missed::All { max: 9 },
        Some(Duration::minutes(60 * 30)),
        &[
            "2026-11-19T02:30 2d6h late, and the schedule allows 1d6h",
            "2026-11-20T02:30 fires",
            "2026-11-21T02:30 fires",
        ],
    );
    missed(
        Missed::Once,
        Some(Duration::minutes(10)),
        &[
            "2026-11-19T02:30 2d6h late, and the schedule allows 10m",
            "2026-11-20T02:30 1d6h late, and the schedule allows 10m",
            "2026-11-21T02:30 6h late, and the schedule allows 10m",
        ],
    );
}

#[test]
fn a_paused_schedule_answers_its_moments_without_a_job() {
    let paused = ScheduleSpec { paused: true, ..nightly() };
    let answer = answers(&paused, "2026-11-21T02:30:00Z", "2026-11-22T02:30:00Z");
    assert_eq!(answer, ["2026-11-22T02:30 the schedule was paused"]);
}

#[test]
fn years_of_missed_seconds_are_answered_in_a_hundred_lines() {
    let every_second = ScheduleSpec { cron: "* * * * * *".to_owned(), zone: "Europe/Berlin".to_owned(), ..nightly() };
    let (last, now) = (at("2020-01-01T00:00:00Z"), at("2026-11-22T12:00:00.500Z"));
    for milliseconds in 0..10 {
        let first = due(&every_second, last, now + Duration(milliseconds)).first().map(|due| due.nominal);
        assert_eq!(first, Some(at("2026-11-22T11:58:20Z")), "the answer for all earlier moments is itself a moment");
    }
    let answers = due(&every_second, last, now);
    assert_eq!(answers.len(), MOST_DUE + 1);
    let since = at("2026-11-22T11:58:20Z");
    let too_many = Verdict::Missed { why: Skipped::TooMany { since: last } };
    assert_eq!(answers[0], Due { nominal: since, verdict: too_many });
    assert_eq!(answers[1].nominal, at("2026-11-22T11:58:21Z"));
    assert_eq!(answers.last(), Some(&Due { nominal: at("2026-11-22T12:00:00Z"), verdict: Verdict::Fire }));
}

#[test]
fn the_job_before_decides_by_the_overlap_policy() {
    use OverlapVerdict::{Fire, Queue, Skip};
    let table = |overlap| {
        [(false, false), (true, false), (true, true)].map(|(busy, queued)| overlap_verdict(overlap, busy, queued))
    };
    let running = Skip { why: Skipped::StillRunning };
    assert_eq!(table(Overlap::Forbid), [Fire, running, running]);
    assert_eq!(table(Overlap::Queue), [Fire, Queue, Skip { why: Skipped::AlreadyQueued }]);
    assert_eq!(table(Overlap::Allow), [Fire, Fire, Fire]);
}

/// What `croner`, which is written by others and reads the same expressions, says.
fn by_oracle(cron: &str, from: Timestamp, zone: &TimeZone, count: usize) -> Option<Vec<Timestamp>> {
    let parser = croner::parser::CronParser::builder().seconds(croner::parser::Seconds::Optional).build();
    let oracle = parser.parse(cron).ok()?;
    let start = jiff::Timestamp::from_millisecond(from.0 as i64).ok()?.to_zoned(zone.clone());
    let mut moments = Vec::new();
    let mut before = start;
    for _ in 0..count {
        before = oracle.find_next_occurrence(&before, false).ok()?;
        moments.push(Timestamp(before.timestamp().as_millisecond() as u64));
    }
    Some(moments)
}

fn number(least: u32, most: u32) -> impl Strategy<Value = String> {
    (least..=most).prop_map(|number| number.to_string())
}

/// A whole field of numbers from `least` to `most`: open, stepped, a number, a range or a list.
fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
    let range = (least..=most, least..=most).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b)));
    let stepped = (least..=most, 0..=most, 1..=7_u32)
        .prop_map(move |(a, more, step)| format!("{a}-{}/{step}", (a + more).min(most)));
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => (2..=most.min(20)).prop_map(|step| format!("*/{step}")),
        3 => number(least, most),
        1 => range,
        1 => stepped,
        1 => prop::collection::vec(number(least, most), 2..5).prop_map(|numbers| numbers.join(",")),
    ]
}

fn day_of_month() -> impl Strategy<Value = String> {
    // `*/2` is left out: here it is an open field as in Vixie's cron, for the oracle a restricted one.
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => Just("?".to_owned()),
        3 => field(1, 31).prop_filter("restricted", |text| !text.starts_with('*')),
        1 => Just("L".to_owned()),
        1 => number(1, 31).prop_map(|day| format!("{day}W")),
    ]
}

fn weekday() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["SUN", "mon", "Tue", "WED", "thu", "Fri", "SAT"]);
    prop_oneof![
        4 => Just("*".to_owned()),
        2 => field(0, 7).prop_filter("restricted", |text| !text.starts_with('*')),
        1 => name.clone().prop_map(str::to_owned),
        1 => (name.clone(), 1..=5_u32).prop_map(|(name, place)| format!("{name}#{place}")),
        1 => name.prop_map(|name| format!("{name}#L")),
    ]
}

fn start() -> impl Strategy<Value = Timestamp> {
    // 2024 to 2036, to the second.
    (1_704_067_200..2_082_758_400_u64).prop_map(|seconds| Timestamp(seconds * 1_000))
}

fn assert_as_oracle(cron: &str, from: Timestamp, zone: &TimeZone) -> Result<(), TestCaseError> {
    let (Ok(ours), Some(theirs)) = (Cron::parse(cron), by_oracle(cron, from, zone, 6)) else {
        return Err(TestCaseError::reject("only one of the two has six moments of this expression"));
    };
    let ours: Vec<Timestamp> = ours.upcoming(from, zone, 6).iter().map(|firing| firing.nominal).collect();
    prop_assert_eq!(ours, theirs, "{} from {}", cron, from);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, max_global_rejects: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn moments_agree_with_another_program_where_clocks_never_change(
        minute in field(0, 59), hour in field(0, 23), day in day_of_month(), month in field(1, 12), weekday in weekday(),
        from in start(),
    ) {
        assert_as_oracle(&format!("{minute} {hour} {day} {month} {weekday}"), from, &TimeZone::UTC)?;
    }

    #[test]
    fn seconds_agree_with_another_program(
        second in field(0, 59), minute in field(0, 59), hour in field(0, 23), from in start(),
    ) {
        assert_as_oracle(&format!("{second} {minute} {hour} * * *"), from, &TimeZone::UTC)?;
    }

    #[test]
    fn fixed_times_agree_with_another_program_around_changes_of_the_clock(
        minute in number(0, 59), hour in number(0, 3), zone in changing_zone(), change in 0..20_usize, days in 0..3_u64,
    ) {
        let from = before_change(&zone, change, days);
        assert_as_oracle(&format!("{minute} {hour} * * *"), from, &zone)?;
    }

    #[test]
    fn open_times_agree_with_another_program_around_changes_of_the_clock(
        minute in field(0, 59), zone in changing_zone(), change in 0..20_usize, hours in 0..3_u64,
    ) {
        let from = before_change(&zone, change, 0) + Duration::minutes(60 * (22 + hours));
        assert_as_oracle(&format!("{minute} * * * *"), from, &zone)?;
    }

    #[test]
    fn no_text_makes_it_fall_over(text in "[-*/,#?LWH0-9a-z() @]{0,24}") {
        if let Ok(cron) = Cron::named(&text, "any") {
            let zone = berlin();
            let moments = cron.upcoming(at("2026-10-24T12:00:00Z"), &zone, 5);
            prop_assert!(moments.windows(2).all(|pair| pair[0].nominal < pair[1].nominal), "{} {:?}", text, moments);
        }
    }
}

fn changing_zone() -> impl Strategy<Value = TimeZone> {
    let names = vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns"];
    prop::sample::select(names).prop_map(|name| zone_named(name).expect(name))
}

/// One to three days before one of the changes after 2024.
fn before_change(zone: &TimeZone, change: usize, days: u64) -> Timestamp {
    let start: jiff::Timestamp = "2024-01-01T00:00:00Z".parse().expect("an instant");
    let change = zone.following(start).nth(change).expect("clocks that go on changing").timestamp();
    Timestamp(change.as_second() as u64 * 1_000 - 86_400_000 * (days + 1))
}
