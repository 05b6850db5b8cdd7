//! The life of a job through the API.

use crate::client::{Client, text};
use jobs::time::Duration;
use serde_json::{Value, json};

const JOB: &str = "query($id: ID!) { job(id: $id) {
    id ulid position template templateVersion parameters status outcome requestedBy createdAt startedAt finishedAt
    definition { name description parameters targets workflow { index step action takesOutOfService returnsToService }
        batches { size repeat bake approve } concurrency ramp gates { canaryMaxFailed signature } unreachableAfter }
    hold { kind text } stopping { by reason kill } due { schedule nominal }
    plan { hash seed hosts stratifyBy stages { size repeat } batches { number first size stopsAt gate firstHosts
        strata { values hosts } } hostNames(from: 1, limit: 2) review labelCells(label: \"dc\") { label values cells } }
    batches { number kind status canary size first notAdmitted gate stopsAt bake bakeUntil openedAt passedAt
        counts { hosts settled succeeded failed } }
    currentBatch { number status }
    counts { hosts settled succeeded failed outOfService needingAPerson
        byStatus { waiting deferred running inDoubt finished }
        byOutcome { succeeded alreadyDone stepFailed verificationFailed timedOut lost unreachable inDoubt cancelled } }
    steps { index step action waiting running succeeded failed skipped p50 p95 slowest { host index since } }
    failureClusters { error count firstHost hosts sample outcome step }
    throughput estimatedEnd
    actions { action allowed reason }
    waitingFor { kind text until }
} }";

#[tokio::test]
async fn a_job_tells_all_about_itself_while_it_runs() {
    let client = Client::of(100);
    let id = client.job(json!({"parameters": {"kernel": "6.12"}, "targets": "web-000[01-50]"})).await;
    let job = client.ask(JOB, json!({ "id": id })).await["job"].clone();

    assert_eq!(job["status"], "RUNNING");
    assert_eq!(job["parameters"], json!({"kernel": "6.12"}));
    assert_eq!(job["requestedBy"], "user:alice");
    assert_eq!(job["createdAt"], "2026-01-01T00:00:00.000Z");
    assert_eq!(job["plan"]["hosts"], 50);
    assert_eq!(text(&job["plan"]["hash"]).len(), 64);
    assert_eq!(job["plan"]["batches"][0]["gate"], "stops at the 1st failure");
    assert_eq!(job["plan"]["hostNames"].as_array().map(Vec::len), Some(2));
    let labels = &job["plan"]["labelCells"];
    assert_eq!(labels["values"], json!(["", "bj", "fra", "sh"]), "the empty one stands for hosts without the label");
    assert_eq!(text(&labels["cells"]).len(), (50usize * 2).div_ceil(3) * 4);
    assert_eq!(job["definition"]["parameters"]["properties"]["kernel"]["default"], "6.1");
    assert_eq!(job["definition"]["workflow"][1]["takesOutOfService"], true);

    assert_eq!(job["batches"][0]["canary"], true);
    assert_eq!(job["batches"][0]["status"], "OPEN");
    assert_eq!(job["currentBatch"], json!({"number": 1, "status": "OPEN"}));
    assert_eq!(
        job["counts"]["byStatus"],
        json!({
            "waiting": 49, "deferred": 0, "running": 1, "inDoubt": 0, "finished": 0
        })
    );
    let step = |index: usize, name: &str| job["steps"][index][name].clone();
    assert_eq!((step(0, "running"), step(0, "waiting"), step(2, "waiting")), (json!(1), json!(49), json!(50)));
    assert_eq!(step(0, "slowest")["since"], "2026-01-01T00:00:00.000Z");
    assert_eq!(step(1, "slowest"), Value::Null);

    let allowed = |job: &Value, action: &str| {
        let actions = job["actions"].as_array().expect("actions").clone();
        actions.into_iter().find(|it| it["action"] == action).map(|it| it["allowed"] == true)
    };
    assert_eq!((allowed(&job, "HOLD"), allowed(&job, "RESUME")), (Some(true), Some(false)));
    assert_eq!(job["waitingFor"][0]["kind"], "HOSTS");

    client.backend.advance(Duration::minutes(2));
    client.backend.finish_all();
    let job = client.ask(JOB, json!({ "id": job["ulid"] })).await["job"].clone();
    assert_eq!((&job["status"], &job["outcome"]), (&json!("FINISHED"), &json!("SUCCEEDED")));
    assert_eq!(job["counts"]["byOutcome"]["succeeded"], 50);
    assert_eq!(job["throughput"], 25.0);
    assert_eq!(job["steps"][1]["succeeded"], 50);
    assert!(job["steps"][1]["p95"].as_u64().is_some_and(|p95| (1_300..1_700).contains(&p95)), "{}", job["steps"][1]);
    assert_eq!(job["waitingFor"], json!([]));
    assert!(job["position"].as_u64() > Some(400));
}

#[tokio::test]
async fn a_failed_canary_shows_its_error_folded_and_whom_to_ask() {
    let client = Client::of(1_000);
    let id = client.job(json!({})).await;
    for effect in client.backend.in_force().into_iter().take(2) {
        client.backend.exit(effect, 0, "");
    }
    for effect in client.backend.in_force() {
        let host = format!("E: lock held by pid {} on {}", effect.attempt.host.0 + 4_000, effect.attempt.host.0);
        client.backend.exit(effect, 100, &host);
    }
    let job = client.ask(JOB, json!({ "id": id })).await["job"].clone();
    assert_eq!((&job["status"], &job["hold"]["kind"]), (&json!("HELD"), &json!("BREACH")));
    assert_eq!(text(&job["hold"]["text"]).split(" failed").next(), Some("canary"));
    let cluster = &job["failureClusters"][0];
    assert_eq!(cluster["error"], "E: lock held by pid # on #");
    assert_eq!(cluster["count"], job["counts"]["failed"]);
    assert_eq!(cluster["outcome"], "STEP_FAILED");
    let hosts: Vec<String> = cluster["hosts"].as_array().expect("hosts").iter().map(text).collect();
    let chosen = client.ask(
        "query($s: String!) { countHosts(selector: $s) { count problem { message } } }",
        json!({
            "s": format!("name in ({})", hosts.join(", "))
        }),
    );
    assert_eq!(chosen.await["countHosts"], json!({"count": cluster["count"], "problem": null}));
}

const RUN: &str = "query($id: ID!, $host: String!) { job(id: $id) { hostRun(host: $host) {
    id host index batch status outcome step state error outOfService needsAPerson acceptedBy outOfReach startedAt
    finishedAt why labels { name value } managed { name address leasedTo { id } outOfService }
    steps { index step action result attempts took error output }
    attempts { token step phase number status outcome exitCode signal startedAt finishedAt took error output outBytes
        errBytes text(stream: ERR) { text offset next total complete } }
    output(step: \"check\", stream: OUT) { text base64 offset next total complete cut { from to } }
    events(first: 3) { nodes { kind actor origin version payload } continueAfter pageInfo { hasNextPage } }
    job { status }
} } }";

#[tokio::test]
async fn a_host_run_tells_what_it_did_and_what_its_scripts_wrote() {
    let client = Client::of(10);
    let id = client.job(json!({})).await;
    let effect = client.backend.in_force()[0];
    client.backend.write(effect, schema::OutputStream::Out, "kernel 6.1 ✓\n".as_bytes(), true);
    client.backend.exit(effect, 0, "");
    let second = client.backend.in_force()[0];
    client.backend.exit(second, 3, "E: no space left");

    let names = client.ask("query($id: ID!) { job(id: $id) { hostRunAt(index: 0) { host } } }", json!({ "id": id }));
    let host = text(&names.await["job"]["hostRunAt"]["host"]);
    let run = client.ask(RUN, json!({ "id": id, "host": host })).await["job"]["hostRun"].clone();
    assert_eq!((&run["status"], &run["outcome"]), (&json!("FINISHED"), &json!("STEP_FAILED")));
    assert_eq!((&run["step"], &run["error"]), (&json!("install"), &json!("E: no space left")));
    assert_eq!((&run["outOfService"], &run["needsAPerson"]), (&json!(true), &json!(true)));
    assert_eq!(run["managed"]["outOfService"], true);
    assert_eq!(run["steps"][0]["output"], json!({"changed": true}));
    assert_eq!(run["output"]["text"], "kernel 6.1 ✓\n");
    assert_eq!(run["output"]["base64"], "a2VybmVsIDYuMSDinJMK");
    assert_eq!((&run["output"]["next"], &run["output"]["complete"]), (&json!(15), &json!(true)));

    let attempts = run["attempts"].as_array().expect("attempts");
    assert_eq!(attempts.len(), 2);
    assert_eq!((&attempts[0]["outcome"], &attempts[0]["exitCode"]), (&json!("SUCCEEDED"), &json!(0)));
    assert_eq!((&attempts[1]["outcome"], &attempts[1]["exitCode"]), (&json!("FAILED"), &json!(3)));
    assert_eq!((&attempts[1]["took"], &attempts[1]["error"]), (&json!(1_500), &json!("E: no space left")));
    assert_eq!(run["events"]["nodes"][0]["kind"], "HostAdmitted");
    assert_eq!(run["events"]["pageInfo"]["hasNextPage"], true);
    let why = "query($id: ID!, $host: String!) { why(job: $id, host: $host) }";
    assert_eq!(client.ask(why, json!({ "id": id, "host": host })).await["why"], run["why"]);
    assert_eq!(run["why"][0], "step install failed: E: no space left");
}

#[tokio::test]
async fn people_hold_resume_retry_accept_and_cancel() {
    let client = Client::of(3);
    let id = client.job(json!({"start": false})).await;
    let steer = async |mutation: &str, input: &str, more: Value| {
        let document = format!(
            "mutation($input: {input}!) {{ it: {mutation}(input: $input) {{ job {{ status outcome hold {{ kind text }} }}
             userErrors {{ code message hint path }} }} }}"
        );
        let mut whole = json!({ "job": id });
        whole.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
        client.ask(&document, json!({ "input": whole })).await["it"].clone()
    };
    let status = |payload: &Value| text(&payload["job"]["status"]);

    assert_eq!(status(&steer("startJob", "JobInput", json!({})).await), "RUNNING");
    let held = steer("holdJob", "JobReasonInput", json!({"reason": "lunch"})).await;
    assert_eq!(held["job"]["hold"], json!({"kind": "PERSON", "text": "held by user:alice: lunch"}));
    let again = steer("holdJob", "JobReasonInput", json!({})).await;
    assert_eq!(again["userErrors"][0]["code"], "WRONG_STATUS");
    assert_eq!(status(&again), "HELD", "the job is shown as it is even where nothing was done");
    assert_eq!(status(&steer("resumeJob", "JobInput", json!({})).await), "RUNNING");
    assert_eq!(status(&steer("drainJob", "JobReasonInput", json!({})).await), "DRAINING");
    client.backend.finish_all();
    assert_eq!(status(&steer("resumeJob", "JobInput", json!({})).await), "RUNNING");

    // The first host fails in `install`, out of service: a person retries it, then takes it over.
    let fail = || loop {
        let Some(effect) = client.backend.in_force().into_iter().next() else { return };
        let code = if effect.attempt.step.0 == 1 { 9 } else { 0 };
        client.backend.exit(effect, code, if code == 9 { "broken" } else { "" });
        if code == 9 {
            return;
        }
    };
    fail();
    let retry = json!({"which": {"outcomes": ["STEP_FAILED"]}, "from": "START"});
    let retried = steer("retryHosts", "RetryHostsInput", retry).await;
    assert_eq!(retried["userErrors"], json!([]));
    assert_eq!(status(&retried), "HELD", "the gate still holds what the failed canary stopped");
    assert_eq!(status(&steer("resumeJob", "JobInput", json!({})).await), "RUNNING");
    fail();
    let accepted = steer("acceptHosts", "AcceptHostsInput", json!({"reason": "rebuilt by hand"})).await;
    assert_eq!(accepted["userErrors"], json!([]));
    let cancelled = steer("cancelJob", "JobReasonInput", json!({"reason": "enough"})).await;
    assert_eq!(cancelled["userErrors"], json!([]), "{cancelled}");
    client.backend.finish_all();
    let killed = steer("killJob", "JobReasonInput", json!({})).await;
    assert_eq!(killed["userErrors"][0]["code"], "WRONG_STATUS");
    assert_eq!(killed["job"]["outcome"], "CANCELLED");
}

#[tokio::test]
async fn an_approval_names_the_batch_and_the_plan_that_was_looked_at() {
    let client = Client::of(3);
    let id = client.job(json!({})).await;
    let approve =
        "mutation($input: ApproveBatchInput!) { approveBatch(input: $input) { job { id } userErrors { code path } } }";
    let input = |batch: u32| json!({ "input": {"job": id, "batch": batch, "planHash": "0".repeat(64)} });
    let refused = client.ask(approve, input(1)).await["approveBatch"].clone();
    assert_ne!(refused["userErrors"], json!([]));
    let zero = client.ask(approve, input(0)).await["approveBatch"].clone();
    assert_eq!(zero["userErrors"][0]["path"], json!(["input", "batch"]));
}

#[tokio::test]
async fn an_attempt_in_doubt_is_resolved_by_the_name_of_its_host() {
    let client = Client::of(3);
    let id = client.job(json!({})).await;
    let effect = client.backend.in_force()[0];
    client.backend.report(effect, jobs::attempt::Report::Vanished(jobs::attempt::Vanished::SupervisorKilled));
    let runs = "query($id: ID!) { job(id: $id) { counts { byStatus { inDoubt } }
        hostRuns(filter: {status: [IN_DOUBT]}) { totalCount nodes { host state needsAPerson } } } }";
    let found = client.ask(runs, json!({ "id": id })).await["job"].clone();
    assert_eq!((&found["counts"]["byStatus"]["inDoubt"], &found["hostRuns"]["totalCount"]), (&json!(1), &json!(1)));
    let run = &found["hostRuns"]["nodes"][0];
    assert_eq!(run["state"], "check: in doubt: its supervisor on the host was killed");

    let resolve = "mutation($input: ResolveInDoubtInput!) { resolveInDoubt(input: $input) {
        job { counts { byStatus { inDoubt running } } } userErrors { code message path } } }";
    let input = |host: &Value| json!({"input": {"job": id, "host": host, "verdict": "RUN_AGAIN", "reason": "looked"}});
    let unknown = client.ask(resolve, input(&json!("db-1"))).await["resolveInDoubt"].clone();
    assert_eq!(unknown["userErrors"][0]["path"], json!(["input", "host"]));
    let resolved = client.ask(resolve, input(&run["host"])).await["resolveInDoubt"].clone();
    assert_eq!(resolved["userErrors"], json!([]));
    assert_eq!(resolved["job"]["counts"]["byStatus"]["inDoubt"], 0);
}

#[tokio::test]
async fn the_same_key_creates_one_job() {
    let client = Client::of(3);
    let create = "mutation { createJob(input: {template: \"patch\", idempotencyKey: \"monday\"}) {
        duplicate job { id status } userErrors { code } } }";
    let first = client.ask(create, json!({})).await["createJob"].clone();
    let second = client.ask(create, json!({})).await["createJob"].clone();
    assert_eq!((&first["duplicate"], &second["duplicate"]), (&json!(false), &json!(true)));
    assert_eq!(first["job"], second["job"]);
    assert_eq!(client.ask("{ jobs { totalCount } }", json!({})).await["jobs"]["totalCount"], 1);
}

#[tokio::test]
async fn a_previewed_plan_is_the_plan_of_the_job_created_with_its_seed() {
    let client = Client::of(250);
    let preview = "query($input: CreateJobInput!) { previewPlan(input: $input) {
        plan { hash seed hosts review batches { number size firstHosts gate stage { size } } } userErrors { code message path } } }";
    let input = json!({"template": "patch", "targets": "dc=sh"});
    let plan = client.ask(preview, json!({ "input": input })).await["previewPlan"]["plan"].clone();
    assert_eq!(plan["hosts"], 83);
    assert_eq!(plan["batches"][1]["size"], 8);
    assert_eq!(client.ask("{ jobs { totalCount } }", json!({})).await["jobs"]["totalCount"], 0);

    let id = client.job(json!({"targets": "dc=sh", "seed": plan["seed"], "start": false})).await;
    let sealed = "query($id: ID!) { job(id: $id) { plan { hash } } }";
    assert_eq!(client.ask(sealed, json!({ "id": id })).await["job"]["plan"]["hash"], plan["hash"]);

    for (input, code, path) in [
        (json!({"template": "nope"}), "NOT_FOUND", json!([])),
        (json!({"template": "patch", "targets": "role=("}), "INVALID", json!(["input", "targets"])),
        (json!({"template": "patch", "parameters": [1]}), "INVALID", json!(["input", "parameters"])),
        (
            json!({"template": "patch", "parameters": {"kernl": "6"}}),
            "INVALID",
            json!(["input", "parameters", "kernl"]),
        ),
        (
            json!({"template": "patch", "policy": {"batches": [{"size": "1"}, {"size": "lots"}]}}),
            "INVALID",
            json!(["input", "policy", "batches", "1", "size"]),
        ),
        (
            json!({"template": "patch", "policy": {"batches": [{"size": "1", "repeat": true}, {"size": "5%"}]}}),
            "INVALID",
            json!(["input", "policy", "batches", "1", "size"]),
        ),
        (
            json!({"template": "patch", "policy": {"batches": [{"size": "60%"}]}}),
            "INVALID",
            json!(["input", "policy", "allowBigBatch"]),
        ),
        (json!({"template": "patch", "planHash": "00", "seed": "7"}), "CONFLICT", json!(["input", "planHash"])),
        (json!({"template": "patch", "planHash": "00"}), "INVALID", json!(["input", "seed"])),
        (json!({"template": "patch", "templateVersion": 7}), "CONFLICT", json!(["input", "templateVersion"])),
    ] {
        let refused = client.ask(preview, json!({ "input": input })).await["previewPlan"].clone();
        assert_eq!(refused["plan"], Value::Null);
        assert_eq!((&refused["userErrors"][0]["code"], &refused["userErrors"][0]["path"]), (&json!(code), &path));
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once_each_at_its_field() {
    let client = Client::of(20);
    let preview = "query($input: CreateJobInput!) { previewPlan(input: $input) { userErrors { path } } }";
    let paths = async |input: Value| -> Vec<String> {
        let errors = client.ask(preview, json!({ "input": input })).await["previewPlan"]["userErrors"].clone();
        let path =
            |error: &Value| error["path"].as_array().expect("a path").iter().map(text).collect::<Vec<_>>().join(".");
        errors.as_array().expect("errors").iter().map(path).collect()
    };
    let unreadable = json!({"template": "patch", "targets": "role=(", "seed": "x",
        "policy": {"batches": [{"size": "0"}, {"size": "5%"}, {"size": "up to"}], "gates": {"batch": "many"}}});
    let expected = ["targets", "seed", "policy.batches.0.size", "policy.batches.2.size", "policy.gates.batch"]
        .map(|at| format!("input.{at}"));
    assert_eq!(paths(unreadable).await, expected);
    let wrong = json!({"template": "patch", "parameters": {"kernel": 6, "kernl": "6"}});
    assert_eq!(paths(wrong).await, ["input.parameters.kernel", "input.parameters.kernl"]);
}

#[tokio::test]
async fn a_job_goes_by_a_policy_of_its_own() {
    let client = Client::of(40);
    let policy = json!({
        "batches": [{"size": "2", "bake": 60_000, "approvedBy": "release"}, {"size": "25%"}],
        "concurrency": 7, "ramp": "DOUBLING", "gates": {"totalCap": 2, "batch": "10%"},
    });
    let id = client.job(json!({"policy": policy, "start": false})).await;
    let job = "query($id: ID!) { job(id: $id) { definition { concurrency ramp gates { totalCap batch } }
        plan { batchCount stopsAt batches(first: 2) { size stopsAt stage { size bake approve approvedBy } } } } }";
    let job = client.ask(job, json!({ "id": id })).await["job"].clone();
    let gates = json!({"totalCap": 2, "batch": "10%"});
    assert_eq!(job["definition"], json!({"concurrency": 7, "ramp": "DOUBLING", "gates": gates}));
    let stages = [
        json!({"size": "2", "bake": 60_000, "approve": true, "approvedBy": "release"}),
        json!({"size": "25%", "bake": 0, "approve": false, "approvedBy": null}),
    ];
    let batches = json!([
        {"size": 2, "stopsAt": 1, "stage": stages[0]}, {"size": 10, "stopsAt": 2, "stage": stages[1]},
    ]);
    assert_eq!(job["plan"], json!({"batchCount": 5, "stopsAt": 3, "batches": batches}));
    let asked = "query($id: ID!) { job(id: $id) { batches { number whyNotApprover } } }";
    let asked = client.ask(asked, json!({ "id": id })).await["job"]["batches"].clone();
    assert_eq!(asked[0], json!({"number": 1, "whyNotApprover": "OTHER_TOKEN"}), "alice is not the token release");
    assert_eq!(asked[1], json!({"number": 2, "whyNotApprover": null}), "nobody is asked");
    let by_size = client.job(json!({"policy": {"batches": []}, "start": false})).await;
    let plan = "query($id: ID!) { job(id: $id) { plan { batches { size } } } }";
    let batches = client.ask(plan, json!({ "id": by_size })).await["job"]["plan"]["batches"].clone();
    assert_eq!((batches.as_array().map(Vec::len), &batches[1]["size"]), (Some(21), &json!(2)), "40 hosts: 1, then 5 %");
}

#[tokio::test]
async fn a_preview_says_how_long_it_will_take_and_who_is_in_the_way() {
    let client = Client::of(250);
    let preview = "query($input: CreateJobInput!) { previewPlan(input: $input) {
        prediction { takes bakes finishesAt earlierJobs }
        deferredNow { hosts outOfService names job { id template } }
        plan { strata { values hosts } batches { strata { values hosts } lacks lacking } } } }";
    let ask = async |input: Value| client.ask(preview, json!({ "input": input })).await["previewPlan"].clone();
    let nothing = ask(json!({"template": "patch"})).await;
    assert_eq!((&nothing["prediction"], &nothing["deferredNow"]), (&Value::Null, &json!([])));

    client.job(json!({"targets": "web-00001"})).await;
    client.backend.advance(jobs::time::Duration::minutes(1));
    client.backend.finish_all();
    let policy = json!({"batches": [{"size": "1", "bake": 600_000}, {"size": "50%"}], "concurrency": 1});
    let predicted =
        ask(json!({"template": "patch", "targets": "web-0000[1-5]", "policy": policy})).await["prediction"].clone();
    let (takes, five_hosts) = (predicted["takes"].as_u64().expect("a length"), 5 * 60_000);
    assert_eq!((&predicted["bakes"], &predicted["earlierJobs"]), (&json!(600_000), &json!(1)));
    assert!((takes - 600_000).abs_diff(five_hosts) < five_hosts / 8, "{predicted}");
    assert!(text(&predicted["finishesAt"]).starts_with("2026-01-01T00:1"), "{predicted}");

    let holder = client.job(json!({"targets": "web-0000[1-3]", "policy": {"batches": [{"size": "1"}]}})).await;
    client.backend.in_force().into_iter().for_each(|effect| client.backend.exit(effect, 0, ""));
    let taken = ask(json!({"template": "patch"})).await["deferredNow"].clone();
    let job = json!({"id": holder, "template": "patch"});
    let one = taken[0]["names"][0].clone();
    assert_eq!(taken, json!([{"hosts": 1, "outOfService": 1, "names": [one], "job": job}]));
}

#[tokio::test]
async fn a_batch_says_which_strata_it_lacks() {
    let client = Client::of(1_200);
    let preview =
        "query($input: CreateJobInput!) { previewPlan(input: $input) { plan { stratifyBy strata { values hosts }
        batches(first: 1) { size strata { values hosts } lacks lacking } } } }";
    let policy = json!({"batches": []});
    let ask = async |targets: &str| {
        let input = json!({"template": "patch", "policy": policy, "targets": targets});
        client.ask(preview, json!({ "input": input })).await["previewPlan"]["plan"].clone()
    };
    let plan = ask("role=web").await;
    let all = json!([{"values": "debian-12", "hosts": 600}, {"values": "rocky-9", "hosts": 600}]);
    assert_eq!((&plan["stratifyBy"], &plan["strata"]), (&json!(["os"]), &all));
    assert_eq!((&plan["batches"][0]["lacking"], &plan["batches"][0]["lacks"]), (&json!(0), &json!([])));
}
