//! Schedules as their clients see them: the calendar, the history, and what may be asked of one.

use crate::client::{Client, text};
use jobs::archive::MOST_ENDED;
use jobs::time::Duration;
use serde_json::{Value, json};

const CALENDAR: &str = "query($from: DateTime!, $to: DateTime!) { calendar(from: $from, to: $to) {
    truncated completeUntil
    occurrences { schedule { name } at fate why note answeredAt hosts colliding predictedFrom
        job { status outcome startedAt finishedAt } prediction { takes bakes earlierJobs finishesAt }
        collisions { schedule { name } at hosts waits } } } }";

async fn schedule(client: &Client, name: &str, cron: &str, targets: Option<&str>) -> String {
    let create = "mutation($input: CreateScheduleInput!) { createSchedule(input: $input) { schedule { id }
        userErrors { message } } }";
    let input = json!({"name": name, "template": "patch", "cron": cron, "targets": targets, "overlap": "FORBID"});
    let created = client.ask(create, json!({ "input": input })).await["createSchedule"].clone();
    assert_eq!(created["userErrors"], json!([]));
    text(&created["schedule"]["id"])
}

async fn calendar(client: &Client, from: &str, to: &str) -> Value {
    let day = |time: &str| format!("2026-01-01T{time}:00Z");
    client.ask(CALENDAR, json!({"from": day(from), "to": day(to)})).await["calendar"].clone()
}

/// Asks something of a schedule, and gives back the schedule and the errors.
async fn ask(client: &Client, mutation: &str, input: Value) -> (Value, Value) {
    let kind = match mutation {
        "updateSchedule" => "UpdateScheduleInput",
        _ => "ScheduleReasonInput",
    };
    let document = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ schedule {{ id cron paused createdBy
            pause {{ by reason at }} upcoming(count: 1) {{ at }} lastJob {{ id }} }} userErrors {{ code message hint path }} }} }}"
    );
    let answer = client.ask(&document, json!({ "input": input })).await[mutation].clone();
    (answer["schedule"].clone(), answer["userErrors"].clone())
}

/// The schedule fires at one o'clock, and its job takes ten minutes.
async fn fire_once(client: &Client) {
    client.backend.advance(Duration::minutes(60));
    client.backend.advance(Duration::minutes(10));
    client.backend.finish_all();
}

#[tokio::test]
async fn the_calendar_tells_what_was_and_what_will_be() {
    let client = Client::of(30);
    let hourly = schedule(&client, "hourly", "0 * * * *", None).await;
    fire_once(&client).await;
    ask(&client, "pauseSchedule", json!({"schedule": hourly, "reason": "audit"})).await;
    client.backend.advance(Duration::minutes(51));
    ask(&client, "resumeSchedule", json!({ "schedule": hourly })).await;
    schedule(&client, "shanghai", "1 4 * * *", Some("dc=sh")).await;

    let shown = calendar(&client, "00:00", "05:00").await;
    assert_eq!((&shown["truncated"], &shown["completeUntil"]), (&json!(false), &json!("2026-01-01T05:00:00.000Z")));
    let all = shown["occurrences"].as_array().expect("occurrences").clone();
    let told: Vec<_> = all
        .iter()
        .map(|one| (text(&one["schedule"]["name"]), text(&one["at"])[11..16].to_owned(), text(&one["fate"])))
        .collect();
    let expected = [
        ("hourly", "01:00", "FIRED"),
        ("hourly", "02:00", "SKIPPED"),
        ("hourly", "03:00", "EXPECTED"),
        ("hourly", "04:00", "EXPECTED"),
        ("shanghai", "04:01", "EXPECTED"),
    ];
    assert_eq!(told, expected.map(|(name, at, fate)| (name.to_owned(), at.to_owned(), fate.to_owned())));
    let at = |time: &str| json!(format!("2026-01-01T{time}:00.000Z"));
    let fired =
        json!({"status": "FINISHED", "outcome": "SUCCEEDED", "startedAt": at("01:00"), "finishedAt": at("01:10")});
    assert_eq!((&all[0]["job"], &all[0]["hosts"], &all[0]["prediction"]), (&fired, &Value::Null, &Value::Null));
    assert_eq!((&all[1]["why"], &all[1]["answeredAt"]), (&json!("the schedule was paused"), &at("02:01")));
    let predicted = &all[2]["prediction"];
    let takes = predicted["takes"].as_u64().expect("a length");
    assert!((120_000..600_000).contains(&takes), "one host took ten minutes, the others no time: {predicted}");
    assert_eq!((&predicted["earlierJobs"], &all[2]["hosts"]), (&json!(1), &json!(30)));
    assert!(text(&predicted["finishesAt"]).starts_with("2026-01-01T03:0"), "{predicted}");
    assert_eq!((&all[2]["predictedFrom"], &all[4]["predictedFrom"]), (&json!("SCHEDULE"), &json!("TEMPLATE")));
    assert_eq!((&all[2]["colliding"], &all[3]["colliding"]), (&json!(0), &json!(1)));
    let collision = |name: &str, time: &str, waits: bool| json!([{"schedule": {"name": name}, "at": at(time), "hosts": 10, "waits": waits}]);
    assert_eq!(all[3]["collisions"], collision("shanghai", "04:01", false));
    assert_eq!(all[4]["collisions"], collision("hourly", "04:00", true));

    let part = calendar(&client, "01:30", "03:00").await["occurrences"].clone();
    assert_eq!(part.as_array().map(Vec::len), Some(1), "the first moment is in it, the last is not");
}

#[tokio::test]
async fn a_schedule_that_was_changed_meanwhile_is_not_changed_back() {
    let client = Client::of(3);
    let id = schedule(&client, "hourly", "0 * * * *", None).await;
    let input =
        |cron: &str| json!({"schedule": id, "name": "hourly", "template": "patch", "cron": cron, "baseVersion": 1});
    let (changed, errors) = ask(&client, "updateSchedule", input("5 * * * *")).await;
    assert_eq!((&changed["cron"], &errors), (&json!("5 * * * *"), &json!([])));
    let (kept, errors) = ask(&client, "updateSchedule", input("9 * * * *")).await;
    assert_eq!((&kept["cron"], &errors[0]["code"]), (&json!("5 * * * *"), &json!("CONFLICT")));
    let read = client.ask("query($id: ID!) { schedule(id: $id) { version changedBy } }", json!({ "id": id })).await;
    assert_eq!(read["schedule"], json!({"version": 2, "changedBy": "user:alice"}));
}

#[tokio::test]
async fn jobs_in_the_archive_are_in_the_calendar_and_predictions_rest_on_them() {
    let client = Client::of(5);
    let hourly = schedule(&client, "hourly", "0 * * * *", None).await;
    fire_once(&client).await;
    for _ in 0..=MOST_ENDED {
        client.job(json!({"targets": "web-00001"})).await;
        client.backend.finish_all();
    }
    let all = calendar(&client, "00:00", "03:00").await["occurrences"].clone();
    assert_eq!((&all[0]["fate"], &all[0]["job"]["outcome"]), (&json!("FIRED"), &json!("SUCCEEDED")));
    assert_eq!((&all[1]["predictedFrom"], &all[1]["prediction"]["earlierJobs"]), (&json!("SCHEDULE"), &json!(1)));
    let history =
        "query($id: ID!) { schedule(id: $id) { history(first: 5) { nodes { job { outcome counts { hosts } } } } } }";
    let history = client.ask(history, json!({ "id": hourly })).await["schedule"]["history"]["nodes"].clone();
    assert_eq!(history, json!([{"job": {"outcome": "SUCCEEDED", "counts": {"hosts": 5}}}]));
}

#[tokio::test]
async fn a_calendar_has_bounds_and_says_what_it_left_out() {
    let client = Client::of(2);
    let ranges = [("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z"), ("2026-01-01T00:00:00Z", "2026-03-04T00:00:01Z")];
    for (from, to) in ranges {
        let (message, code) = client.error(CALENDAR, json!({"from": from, "to": to})).await;
        assert!(code == "BAD_ARGUMENT" && message.contains("ask for less"), "{message}");
    }
    for name in ["one", "two", "three"] {
        schedule(&client, name, "* * * * *", None).await;
    }
    let range = json!({"from": "2026-01-01T00:00:00Z", "to": "2026-03-04T00:00:00Z"});
    let whole = client.ask(CALENDAR, range).await["calendar"].clone();
    assert_eq!((&whole["truncated"], whole["occurrences"].as_array().map(Vec::len)), (&json!(true), Some(4_998)));
    assert_eq!(whole["completeUntil"], "2026-01-02T03:47:00.000Z");
}

#[tokio::test]
async fn the_history_goes_back_page_by_page() {
    let client = Client::of(2);
    let hourly = schedule(&client, "hourly", "0 * * * *", None).await;
    for _ in 0..7 {
        client.backend.advance(Duration::minutes(60));
    }
    client.backend.finish_all();
    const HISTORY: &str = "query($id: ID!, $after: String) { schedule(id: $id) { history(first: 3, after: $after) {
        nodes { at fate why job { requestedBy } } pageInfo { hasNextPage endCursor } } } }";
    let (mut told, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client.ask(HISTORY, json!({"id": hourly, "after": after})).await["schedule"]["history"].clone();
        let nodes = page["nodes"].as_array().expect("nodes").clone();
        told.extend(nodes.iter().map(|one| format!("{} {}", &text(&one["at"])[11..16], text(&one["fate"]))));
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(nodes[0]["job"]["requestedBy"], "schedule:hourly");
            break;
        }
        assert_eq!(nodes[0]["why"], "the job before has not ended, and the schedule forbids overlap");
        after = page["pageInfo"]["endCursor"].clone();
    }
    let skipped = (2..8).rev().map(|hour| format!("0{hour}:00 SKIPPED"));
    assert_eq!(told, skipped.chain(["01:00 FIRED".to_owned()]).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_schedule_is_paused_resumed_and_changed() {
    let client = Client::of(2);
    let id = schedule(&client, "hourly", "0 * * * *", None).await;
    let (paused, errors) = ask(&client, "pauseSchedule", json!({"schedule": id, "reason": "audit"})).await;
    assert_eq!((&errors, &paused["paused"]), (&json!([]), &json!(true)));
    assert_eq!(paused["pause"], json!({"by": "user:alice", "reason": "audit", "at": "2026-01-01T00:00:00.000Z"}));
    let (_, errors) = ask(&client, "pauseSchedule", json!({ "schedule": id })).await;
    assert_eq!(errors[0]["code"], "WRONG_STATUS");

    let spec =
        json!({"schedule": id, "name": "half past", "template": "patch", "cron": "30 * * * *", "reason": "backup"});
    let (changed, errors) = ask(&client, "updateSchedule", spec.clone()).await;
    assert_eq!((&errors, &changed["id"], &changed["createdBy"]), (&json!([]), &json!(id), &json!("user:alice")));
    assert_eq!((&changed["paused"], &changed["cron"]), (&json!(true), &json!("30 * * * *")));
    assert_eq!(changed["upcoming"][0]["at"], "2026-01-01T00:30:00.000Z");

    let (resumed, errors) = ask(&client, "resumeSchedule", json!({ "schedule": id })).await;
    assert_eq!((&errors, &resumed["paused"], &resumed["pause"]), (&json!([]), &json!(false), &Value::Null));
    let wrong = |key: &str, value: &str| {
        let mut input = spec.clone();
        input[key] = json!(value);
        input
    };
    let (kept, errors) = ask(&client, "updateSchedule", wrong("cron", "61 * * * *")).await;
    assert_eq!((&errors[0]["code"], &kept["cron"]), (&json!("INVALID"), &json!("30 * * * *")));
    let (_, errors) = ask(&client, "updateSchedule", wrong("targets", "role=")).await;
    assert_eq!(errors[0]["path"], json!(["input", "targets"]));
    let (_, errors) = ask(&client, "updateSchedule", wrong("schedule", "job:x")).await;
    assert_eq!(errors[0]["path"], json!(["input", "schedule"]));
}

#[tokio::test]
async fn the_job_of_a_schedule_is_created_at_once_by_whoever_asks() {
    let client = Client::of(30);
    let id = schedule(&client, "yearly", "@yearly", Some("dc=sh")).await;
    const RUN: &str =
        "mutation($id: ID!, $key: String) { runScheduleNow(input: {schedule: $id, idempotencyKey: $key}) {
        job { status requestedBy due { nominal } counts { hosts } } userErrors { code } } }";
    let run = client.ask(RUN, json!({ "id": id })).await["runScheduleNow"].clone();
    let job = json!({"status": "RUNNING", "requestedBy": "user:alice", "due": null, "counts": {"hosts": 10}});
    assert_eq!(run, json!({"job": job, "userErrors": []}));
    client.ask(RUN, json!({"id": id, "key": "one"})).await;
    let jobs = |client: &Client| client.backend.live(|fleet| fleet.jobs.len());
    assert_eq!(jobs(&client), 2);
    let again = client.ask(RUN, json!({"id": id, "key": "one"})).await["runScheduleNow"].clone();
    assert_eq!((&again["userErrors"], &again["job"]["counts"]["hosts"]), (&json!([]), &json!(10)));
    assert_eq!(jobs(&client), 2, "who did not hear the answer asks again, and gets the job of the first time");
    let gone = client.ask(RUN, json!({"id": "01KDVDNA000000000000000009"})).await["runScheduleNow"].clone();
    assert_eq!(gone, json!({"job": null, "userErrors": [{"code": "NOT_FOUND"}]}));
}

#[tokio::test]
async fn a_moment_that_fires_while_the_calendar_is_made_is_in_it_once() {
    let client = Client::of(3);
    schedule(&client, "hourly", "0 * * * *", None).await;
    client.backend.after_the_next_look(|backend| backend.advance(Duration::minutes(60)));
    let shown = calendar(&client, "00:30", "02:30").await;
    let fates = shown["occurrences"].as_array().expect("a list").iter().map(|it| (text(&it["at"]), text(&it["fate"])));
    let told = |(time, fate): (&str, &str)| (format!("2026-01-01T{time}:00.000Z"), fate.to_owned());
    assert_eq!(fates.collect::<Vec<_>>(), [("01:00", "FIRED"), ("02:00", "EXPECTED")].map(told));
}

#[tokio::test]
async fn no_more_of_the_past_is_read_than_fits_into_a_calendar() {
    let client = Client::of(1);
    for name in ["first", "second", "third", "fourth"] {
        let id = schedule(&client, name, "* * * * *", None).await;
        ask(&client, "pauseSchedule", json!({"schedule": id, "reason": "audit"})).await;
    }
    for _ in 0..2_600 {
        client.backend.advance(Duration::minutes(1));
    }
    let before = client.backend.streamed();
    let document = "query($from: DateTime!, $to: DateTime!) { calendar(from: $from, to: $to) { truncated completeUntil
        occurrences { at fate } } }";
    let asked = json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-03T00:00:00Z"});
    let shown = client.ask(document, asked).await["calendar"].clone();
    // A quarter of five thousand moments of each of them.
    assert_eq!((&shown["truncated"], &shown["completeUntil"]), (&json!(true), &json!("2026-01-01T20:51:00.000Z")));
    assert_eq!(shown["occurrences"].as_array().map(Vec::len), Some(5_000));
    let read = client.backend.streamed() - before;
    assert!(read < 4 * 2_600 - 500, "{read} events were read");
}
