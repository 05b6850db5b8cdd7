use super::*;
use crate::parameter::Values;
use crate::statistics::Histogram;
use serde_json::json;

/// 2026-01-05T00:00:00Z, a Monday.
const MONDAY: Timestamp = Timestamp(1_767_571_200_000);

fn hours(count: u64) -> Duration {
    Duration::minutes(count * 60)
}

fn host(number: u32) -> Arc<Host> {
    let role = if number < 40 { "web" } else { "db" };
    let host = json!({"name": format!("h-{number:03}"), "labels": {"role": role, "dc": if number.is_multiple_of(2) { "sh" } else { "fra" }}});
    Arc::new(serde_json::from_value(host).expect("a host"))
}

fn fleet() -> Vec<Arc<Host>> {
    (0..100).map(host).collect()
}

fn template() -> Arc<Template> {
    let template = json!({
        "name": "patch", "targets": "role=web", "workflow": [{"step": "do", "action": "do"}],
        "batches": [{"size": {"size": {"hosts": 10}}, "repeat": true}],
        "unreachableAfter": 60_000, "lostAfter": 60_000,
    });
    Arc::new(serde_json::from_value(template).expect("a template"))
}

/// What a job teaches whose hosts took `length` divided by four, as near as that is kept: forty hosts take four batches.
fn experience(length: Duration) -> Experience {
    let mut durations = Histogram::default();
    durations.record(Duration(length.0 / 4));
    Experience::of(&[durations])
}

/// A schedule that chooses `targets`, and whose job takes `length` on forty hosts.
fn planned(id: u128, cron: &str, targets: &str, length: Duration) -> Planned {
    let spec = ScheduleSpec {
        name: format!("s{id}"),
        template: "patch".into(),
        parameters: Values::new(),
        targets: Some(Selector::parse(targets).expect(targets)),
        cron: cron.to_owned(),
        zone: "UTC".to_owned(),
        missed: Default::default(),
        deadline: None,
        overlap: Overlap::Forbid,
        paused: false,
    };
    Planned {
        id: ScheduleId(ulid::Ulid(id)),
        spec: Arc::new(spec),
        handled_until: MONDAY,
        template: Some(template()),
        experience: experience(length),
    }
}

fn with(mut planned: Planned, change: impl FnOnce(&mut ScheduleSpec)) -> Planned {
    let mut spec = (*planned.spec).clone();
    change(&mut spec);
    planned.spec = Arc::new(spec);
    planned
}

fn week(schedules: &[Planned]) -> Vec<Occurrence> {
    forecast(schedules, &fleet(), MONDAY, MONDAY + hours(7 * 24), MOST_OCCURRENCES).occurrences
}

/// A length of time to the nearest half hour.
fn half_hours(length: Duration) -> String {
    let half = Duration::minutes(30).0;
    Duration((length.0 + half / 2) / half * half).to_string()
}

/// What a day looks like: when, whose, and what of it, one line each.
fn told(schedules: &[Planned]) -> Vec<String> {
    let occurrences = forecast(schedules, &fleet(), MONDAY, MONDAY + hours(24), MOST_OCCURRENCES).occurrences;
    let name = |at: usize| &schedules[occurrences[at].schedule].spec.name;
    let line = |(at, found): (usize, &Occurrence)| {
        let length = found.prediction.map_or("unknown".to_owned(), |prediction| half_hours(prediction.takes));
        let collisions: Vec<String> = found
            .collisions
            .iter()
            .map(|it| format!("{} {} {}", if it.waits { "waits for" } else { "defers" }, name(it.with), it.hosts))
            .collect();
        let start = (found.at - MONDAY).to_string();
        format!("{start} {} {:?} {length} [{}]", name(at), found.expected, collisions.join(", "))
    };
    occurrences.iter().enumerate().map(line).collect()
}

#[test]
fn jobs_that_want_the_same_hosts_at_the_same_time_collide() {
    let night = [
        planned(1, "0 1 * * *", "role=web", hours(2)),
        planned(2, "0 2 * * *", "role=web and dc=sh", hours(1)),
        planned(3, "30 2 * * *", "role=db", hours(9)),
        planned(4, "0 4 * * *", "role=web", hours(1)),
    ];
    assert_eq!(
        told(&night),
        [
            "1h s1 Job 2h [defers s2 20]",
            // Two rounds of ten hosts, where the earlier job had four.
            "2h s2 Job 30m [waits for s1 20]",
            "2h30m s3 Job 13h []",
            "4h s4 Job 1h []",
        ]
    );
}

#[test]
fn jobs_of_one_moment_collide_even_where_their_length_is_not_known() {
    let mut night = [planned(1, "0 1 * * *", "all", hours(1)), planned(2, "0 1 * * *", "role=db", hours(1))];
    night.iter_mut().for_each(|planned| planned.experience = Experience::default());
    assert_eq!(told(&night), ["1h s1 Job unknown [defers s2 60]", "1h s2 Job unknown [waits for s1 60]"]);
    assert_eq!(week(&night)[0].hosts, 100);
}

#[test]
fn a_job_that_ends_when_another_begins_is_no_collision() {
    let night = [planned(1, "0 1 * * *", "role=web", hours(1)), planned(2, "0 2 * * *", "role=web", hours(1))];
    assert_eq!(told(&night), ["1h s1 Job 1h []", "2h s2 Job 1h []"]);
}

#[test]
fn a_schedule_whose_job_before_still_runs_does_what_its_overlap_says() {
    let with_overlap = |overlap| {
        let night = [with(planned(1, "0 1,2,4 * * *", "role=web", hours(2)), |spec| spec.overlap = overlap)];
        told(&night)
    };
    assert_eq!(with_overlap(Overlap::Forbid), ["1h s1 Job 2h []", "2h s1 Skipped unknown []", "4h s1 Job 2h []"]);
    assert_eq!(with_overlap(Overlap::Queue)[1], "2h s1 Queued 2h []");
    assert_eq!(with_overlap(Overlap::Allow)[..2], ["1h s1 Job 2h [defers s1 40]", "2h s1 Job 2h [waits for s1 40]"]);
}

#[test]
fn what_creates_no_job_collides_with_nobody() {
    let gone = Planned { template: None, ..planned(3, "0 1 * * *", "all", hours(2)) };
    let night = [
        planned(1, "0 1 * * *", "all", hours(2)),
        with(planned(2, "0 1 * * *", "all", hours(2)), |spec| spec.paused = true),
        gone,
    ];
    assert_eq!(told(&night), ["1h s1 Job 4h30m []", "1h s2 Paused unknown []", "1h s3 NoTemplate unknown []"]);
}

#[test]
fn moments_that_were_answered_are_not_to_come() {
    let handled = Planned { handled_until: MONDAY + hours(24), ..planned(1, "0 1 * * *", "all", hours(2)) };
    assert_eq!(week(&[handled]).len(), 6);
    let at_once = Planned { handled_until: Timestamp(0), ..planned(1, "0 0 * * *", "all", hours(2)) };
    assert_eq!(week(&[at_once])[0].at, MONDAY, "the first moment of the range is in it, the last is not");
}

#[test]
fn clocks_that_are_put_forward_are_told_of() {
    let berlin = with(planned(1, "30 2 * * *", "all", hours(1)), |spec| spec.zone = "Europe/Berlin".to_owned());
    let spring = Timestamp(1_774_659_600_000); // 2026-03-28T01:00:00Z
    let days = forecast(&[berlin], &fleet(), spring, spring + hours(47), 10).occurrences;
    let shown: Vec<_> = days.iter().map(|day| (day.at.to_string(), day.note.is_some())).collect();
    let expected = [("2026-03-28T01:30:00.000Z", false), ("2026-03-29T01:00:00.000Z", true)];
    assert_eq!(shown, expected.map(|(at, noted)| (at.to_owned(), noted)));
}

#[test]
fn what_does_not_fit_is_said_and_the_soonest_are_kept() {
    let busy: Vec<Planned> = (0..300).map(|id| planned(id, "* * * * *", "all", hours(1))).collect();
    let found = forecast(&busy, &fleet(), MONDAY, MONDAY + LONGEST, MOST_OCCURRENCES);
    assert_eq!(found.occurrences.len(), MOST_OCCURRENCES);
    assert_eq!(found.cut_at, Some(MONDAY + Duration::minutes(17)));
    let first = &found.occurrences[0];
    assert_eq!((first.collisions.len(), first.colliding), (MOST_COLLISIONS, 299));
}
