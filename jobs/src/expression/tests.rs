use super::*;
use crate::action::{Place, Repeat, Run};
use crate::parameter::Parameter;
use crate::template::{Call, Concurrency, Gates, Retry, Step};
use crate::time::Duration;
use serde_json::json;

fn action(name: &str, parameters: Value, output: Value) -> (ActionName, Arc<Action>) {
    let read = |json: Value| -> BTreeMap<String, Parameter> { serde_json::from_value(json).expect("a schema") };
    let action = Action {
        name: name.into(),
        description: String::new(),
        parameters: read(parameters),
        output: read(output),
        timeout: Duration::minutes(1),
        repeat: if name == "patch.install" { Repeat::Verify("patch.check".into()) } else { Repeat::Safe },
        on: Place::Host,
        sudo: false,
        run: Run::Script("true".into()),
    };
    (name.into(), Arc::new(action))
}

fn actions() -> BTreeMap<ActionName, Arc<Action>> {
    BTreeMap::from([
        action(
            "patch.check",
            json!({"security_only": {"type": "boolean", "default": true}}),
            json!({"installed": {"type": "boolean"}, "count": {"type": "integer"}}),
        ),
        action(
            "patch.install",
            json!({
                "user": {"type": "string"}, "packages": {"type": "array"}, "attempts": {"type": "integer", "default": 2, "minimum": 1},
                "token": {"type": "string", "secret": true}, "note": {"type": "string", "required": true},
                "extra": {"type": "object"}, "security_only": {"type": "boolean"},
            }),
            json!({}),
        ),
        action("patch.remove", json!({"user": {"type": "string", "required": true}}), json!({})),
    ])
}

fn step(name: &str, action: &str, with: Value) -> Step {
    Step {
        step: name.into(),
        action: action.into(),
        with: serde_json::from_value(with).expect("a map"),
        when: None,
        done_if: None,
        retry: Retry::default(),
        timeout: None,
        undo: None,
        always: false,
        takes_out_of_service: false,
        returns_to_service: false,
        safe_point: true,
        verifies: false,
    }
}

fn template(workflow: Vec<Step>) -> Template {
    Template {
        name: "patch".into(),
        description: String::new(),
        parameters: serde_json::from_value(json!({
            "user": {"type": "string"}, "packages": {"type": "array"}, "token": {"type": "string", "secret": true},
            "reboot": {"type": "boolean"}, "limit": {"type": "integer"},
        }))
        .expect("a schema"),
        targets: None,
        workflow,
        on_failure: None,
        batches: Vec::new(),
        allow_big_batch: false,
        concurrency: Concurrency::default(),
        gates: Gates::default(),
        stratify_by: Vec::new(),
        unreachable_after: Duration::minutes(2),
        lost_after: Duration::minutes(10),
    }
}

/// Runs something in the scope of host web-1, after step `check` (0) succeeded and before `install` (1).
fn in_scope<T>(run: impl FnOnce(&Scope<'_>) -> T) -> T {
    let params = Values::from([
        ("user".into(), json!("deploy")),
        ("packages".into(), json!(["a", "b"])),
        ("token".into(), json!("env:TOKEN")),
        ("reboot".into(), json!(false)),
        ("limit".into(), json!(5)),
    ]);
    let output =
        Values::from([("installed".into(), json!("true")), ("count".into(), json!("12")), ("note".into(), json!("x"))]);
    let check = StepRun { result: StepResult::Succeeded, output: Some(Arc::new(output)), ..StepRun::default() };
    let host = PlannedHost {
        name: "web-1".into(),
        labels: Arc::new([("role".to_owned(), "web".to_owned())].into()),
        groups: ["canaries".to_owned()].into(),
    };
    let job = "01KB2Q6V7V4J8QZ0M6T3N5R9XA".parse().expect("an id");
    run(&Scope { job, params: &params, host: &host, steps: &[check], own: None })
}

fn two_steps() -> Vec<Step> {
    vec![step("check", "patch.check", json!({})), step("install", "patch.install", json!({"note": "x"}))]
}

fn when(expression: &str) -> Result<bool, String> {
    let mut steps = two_steps();
    steps[1].when = Some(expression.to_owned());
    let program = Program::compile(&template(steps), &actions()).map_err(|problems| problems[0].to_string())?;
    in_scope(|scope| program.condition(StepIndex(1), Which::When, scope)).map_err(|error| error.to_string())
}

#[test]
fn conditions_see_parameters_host_job_and_earlier_results() {
    for (expression, holds) in [
        ("params.reboot", false),
        ("not params.reboot", true),
        ("{{ not params.reboot }}", true),
        ("true", true),
        ("steps.check.output.installed", true),
        ("steps.check.output.installed == true", true),
        ("steps.check.output.count > params.limit", true),
        ("steps['check'].output.count == 12", true),
        ("steps.check.succeeded and not steps.check.skipped and not steps.check.failed", true),
        ("host.labels.role in ('web', 'api')", true),
        ("host.labels.dc is defined", false),
        ("host.labels.dc | default('sh') == 'sh'", true),
        ("'canaries' in host.groups", true),
        ("host.name == 'web-1' and job.id == '01KB2Q6V7V4J8QZ0M6T3N5R9XA'", true),
        ("params.packages | length == 2", true),
        ("host.labels | length == 1 and host.labels.role == 'web'", true),
        ("'%}' == '}}'", false),
    ] {
        assert_eq!(when(expression), Ok(holds), "{expression}");
    }
}

#[test]
fn conditions_that_are_not_written_let_the_step_run_once() {
    let program = Program::compile(&template(two_steps()), &actions()).expect("valid");
    in_scope(|scope| {
        assert_eq!(program.condition(StepIndex(1), Which::When, scope), Ok(true));
        assert_eq!(program.condition(StepIndex(1), Which::DoneIf, scope), Ok(false));
    });
}

#[test]
fn errors_name_step_field_expression_and_next_step() {
    let table: String = [
        "host.labels.dc == 'sh'",
        "host.labels.dc",
        "steps.check.output.missing",
        "steps.check.output.count",
        "params.user",
        "params.limit / 0 > 1",
        "range(100000) | list | length > 5",
        "('x' * 1000000000) == 'y'",
        "params.limit",
        "params.user.upper() == 'X'",
        "params.nope",
        "params.rebot == true",
        "param.reboot",
        "reboot",
        "check.succeeded",
        "steps.install.succeeded",
        "steps.chekc.succeeded",
        "steps.check.result",
        "steps.check.installed",
        "steps.check.output.instaled",
        "host.role == 'web'",
        "job.name",
        "params.reboot = true",
        "params.reboot && true",
        "params.reboot === true",
        "!params.reboot",
        "",
        "(params.reboot",
        "params.user | lowr == 'x'",
        "params.user is define",
        "unknown(1)",
        "params.reboot %} x",
        "yes",
        "{% if true %}",
    ]
    .iter()
    .map(|expression| match when(expression) {
        Ok(holds) => panic!("{expression} is {holds}"),
        Err(error) => format!("{expression}\n  {error}\n"),
    })
    .collect();
    insta::assert_snapshot!(table);
}

fn install(with: Value) -> Result<Value, String> {
    let mut steps = two_steps();
    steps[1] = step("install", "patch.install", with);
    let list = |problems: Vec<Problem>| problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n  ");
    let program = Program::compile(&template(steps), &actions()).map_err(list)?;
    in_scope(|scope| program.parameters(StepIndex(1), CallKind::Step, scope))
        .map(|values| {
            values.iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect()
        })
        .map_err(|error| error.to_string())
}

#[test]
fn parameters_keep_their_types_and_texts_are_filled_in() {
    for (with, result) in [
        (json!({"note": "plain"}), json!({"note": "plain", "attempts": 2})),
        (json!({"note": "{{ params.user }}"}), json!({"note": "deploy", "attempts": 2})),
        (
            json!({"note": "x", "packages": "{{ params.packages }}"}),
            json!({"note": "x", "attempts": 2, "packages": ["a", "b"]}),
        ),
        (
            json!({"note": "x", "packages": ["{{ host.name }}", "c"]}),
            json!({"note": "x", "attempts": 2, "packages": ["web-1", "c"]}),
        ),
        (json!({"note": "x", "attempts": "{{ params.limit + 1 }}"}), json!({"note": "x", "attempts": 6})),
        (
            json!({"note": "x", "security_only": "{{ steps.check.output.installed }}"}),
            json!({"note": "x", "attempts": 2, "security_only": true}),
        ),
        (
            json!({"note": "{{ host.name }}: {{ params.packages }} {{ params.reboot }} {{ none }}"}),
            json!({"note": "web-1: [\"a\",\"b\"] false ", "attempts": 2}),
        ),
        (
            json!({"note": "{% if params.reboot %}reboot{% else %}stay{% endif %}"}),
            json!({"note": "stay", "attempts": 2}),
        ),
        (
            json!({"note": "x", "token": "{{ params.token }}"}),
            json!({"note": "x", "attempts": 2, "token": "env:TOKEN"}),
        ),
        (
            json!({"note": "x", "extra": {"who": {"name": "{{ params.user }}"}, "n": 1}}),
            json!({"note": "x", "attempts": 2, "extra": {"who": {"name": "deploy"}, "n": 1}}),
        ),
        (json!({"note": "{{ params.user }}\n"}), json!({"note": "deploy", "attempts": 2})),
        (json!({"note": "a {{ params.user }}\n"}), json!({"note": "a deploy\n", "attempts": 2})),
    ] {
        assert_eq!(install(with.clone()), Ok(result), "{with}");
    }
}

#[test]
fn calls_that_cannot_work_are_refused_before_any_host_is_touched() {
    let table: String = [
        json!({}),
        json!({"note": 5}),
        json!({"note": "x", "usr": "y"}),
        json!({"note": "x", "usr": "{{ params.user }}"}),
        json!({"note": "x", "packages": "{{ params.user }}"}),
        json!({"note": "x", "attempts": "{{ params.user }}{{ params.user }}"}),
        json!({"note": "x", "attempts": 0}),
        json!({"note": "{{ params.token }}"}),
        json!({"note": "Bearer {{ params.token }}"}),
        json!({"note": "x", "token": "hunter2"}),
        json!({"note": "{{ params.nope }} and {{ steps.nope.output.x }}"}),
        json!({"note": "{{ params.user"}),
        json!({"note": "x", "attempts": "{{ params.limit - 5 }}"}),
        json!({"note": "x", "packages": "{{ steps.check.output.note }}"}),
        json!({"note": "{{ steps.check.output.nope }}"}),
        json!({"note": "{{ 'x' * 200000 }}"}),
        json!({"note": "x", "token": "{{ host.name }}"}),
    ]
    .into_iter()
    .map(|with| match install(with.clone()) {
        Ok(values) => panic!("{with} gives {values}"),
        Err(error) => format!("{with}\n  {error}\n"),
    })
    .collect();
    assert!(!table.contains("secret hunter2"), "a secret is shown");
    insta::assert_snapshot!(table);
}

#[test]
fn undo_and_verification_have_their_own_parameters() {
    let mut steps = two_steps();
    steps[1].with.insert("security_only".into(), json!("{{ params.reboot }}"));
    steps[1].undo = Some(Call {
        action: "patch.remove".into(),
        with: Values::from([("user".into(), json!("{{ params.user }} {{ steps.install.succeeded }}"))]),
    });
    let program = Program::compile(&template(steps), &actions()).expect("valid");
    in_scope(|scope| {
        let values = |step, kind| json!(*program.parameters(step, kind, scope).expect("valid"));
        assert_eq!(values(StepIndex(1), CallKind::Undo), json!({"user": "deploy false"}));
        assert_eq!(values(StepIndex(1), CallKind::Verify), json!({"security_only": false}));
        assert_eq!(values(StepIndex(0), CallKind::Undo), json!({}));
    });
}

#[test]
fn what_is_the_same_for_all_hosts_is_shared() {
    let program = Program::compile(&template(two_steps()), &actions()).expect("valid");
    in_scope(|scope| {
        let values = || program.parameters(StepIndex(1), CallKind::Step, scope).expect("valid");
        assert!(Arc::ptr_eq(&values(), &values()));
    });
}

#[test]
fn done_if_sees_the_results_of_its_own_step() {
    let mut steps = two_steps();
    steps[0].done_if = Some("steps.check.output.installed".into());
    let program = Program::compile(&template(steps), &actions()).expect("valid");
    assert_eq!(in_scope(|scope| program.condition(StepIndex(0), Which::DoneIf, scope)), Ok(true));
    let newer = Values::from([("installed".into(), json!(false))]);
    let holds = |own| in_scope(|scope| program.condition(StepIndex(0), Which::DoneIf, &Scope { own, ..*scope }));
    assert_eq!(holds(Some((StepIndex(0), &newer))), Ok(false), "what it gave just now is not looked at");
}

#[test]
fn programs_are_shared_between_threads() {
    fn is_shared<T: Send + Sync + fmt::Debug + 'static>() {}
    is_shared::<Program>();
}

/// Not a benchmark, only a fence: it takes some microseconds, and a hundred would be felt.
#[test]
fn a_condition_takes_far_less_than_a_tenth_of_a_millisecond() {
    let mut steps = two_steps();
    steps[1].when = Some("steps.check.output.installed == true and params.limit > 3".into());
    let program = Program::compile(&template(steps), &actions()).expect("valid");
    let start = std::time::Instant::now();
    in_scope(|scope| {
        (0..20_000).for_each(|_| assert_eq!(program.condition(StepIndex(1), Which::When, scope), Ok(true)))
    });
    let each = start.elapsed() / 20_000;
    println!("a condition takes {each:?}");
    assert!(each < std::time::Duration::from_micros(100), "{each:?}");
}

proptest::proptest! {
    #[test]
    fn any_condition_is_evaluated_or_refused(text in "[a-z0-9 .=<>(){}%|'\"\\[\\]+*-]{0,40}") {
        let _ = when(&text);
    }

    #[test]
    fn mutated_expressions_never_panic(at in 0usize..60, letter in "[ -~]") {
        let good = "steps.check.output.count > params.limit and host.labels.role in ('web', \"api\") | default(true)";
        let mut text: Vec<char> = good.chars().collect();
        text.splice(at..at + 1, letter.chars());
        let text: String = text.into_iter().collect();
        let _ = when(&text);
        let _ = install(json!({"note": format!("{{{{ {text} }}}} x {{% {text} %}}")}));
    }
}
