//! What hosts say about attempts: any word at any moment, with outputs and errors of any shape.

use crate::chance::Chance;
use crate::hunt::{hunt, promise};
use crate::mutation;
use crate::written::{NOW, look, started};
use jobs::attempt::{Ending, How, Report, Vanished};
use jobs::command::{Actor, Body, Code, Command};
use jobs::event::Event;
use jobs::fleet::Fleet;
use jobs::ids::{AttemptId, HostIndex, Phase, StepIndex};
use jobs::parameter::Values;
use jobs::template::Template;
use jobs::time::Duration;
use jobs::{carry_out, effects, yaml};
use std::sync::LazyLock;

/// Conditions and parameters that look at what hosts gave back.
const TEMPLATE: &str = r#"template: look
workflow:
  - {step: check, action: script.run, with: {script: "true"}, done_if: "steps.check.output.installed == '1.3'"}
  - step: leave
    action: script.run
    with: {script: "echo {{ steps.check.output.version }} {{ steps.check.output.a | default('none') }}"}
    when: "steps.check.output.version is defined and steps.check.output.version > '1'"
    takes_out_of_service: true
  - {step: install, action: script.run, with: {script: "echo {{ steps.check.output }}"}, retry: {attempts: 2, delay: 1s}}
  - {step: join, action: script.run, with: {script: "true"}, returns_to_service: true, always: true}
batches: [{size: 10}]
gates: {canary: {max_failed: 9, min_succeeded: 0}, total: {cap: 99}}
"#;

static GOOD: LazyLock<Template> = LazyLock::new(|| {
    let read = yaml::read_template("look.yaml", TEMPLATE);
    read.unwrap_or_else(|problems| panic!("{problems:?}")).template
});

fn report(chance: &mut Chance) -> Report {
    let number = |chance: &mut Chance| chance.pick(&[0, 1, 2, 255, 1 << 40, u64::MAX]);
    match chance.between(0, 10) {
        0 => Report::Begun,
        1 => Report::OutOfReach { why: text(chance).into(), may_have_begun: chance.once_in(500) },
        2 => Report::Refused { why: text(chance).into() },
        3 => Report::Vanished(chance.pick(&[Vanished::Rebooted, Vanished::Forgotten, Vanished::NotBack])),
        _ => Report::Ended(Ending {
            how: chance.pick(&[
                How::Exited(0),
                How::Exited(0),
                How::Exited(i32::MIN),
                How::Signalled(i32::MAX),
                How::TimedOut,
                How::Killed,
            ]),
            output: output(chance),
            error: chance.once_in(500).then(|| text(chance).into()),
            took: Duration(number(chance)),
            out_bytes: number(chance),
            err_bytes: number(chance),
        }),
    }
}

/// Values by names that the template looks at, and others.
fn output(chance: &mut Chance) -> Values {
    let name = |chance: &mut Chance| chance.pick(&["a", "version", "installed", "", "x y"]).to_owned();
    (0..chance.between(0, 5)).map(|_| (name(chance), mutation::any(chance))).collect()
}

fn text(chance: &mut Chance) -> String {
    mutation::text(&["E: web-1 could not lock /var/lib/dpkg: deadbeef01".to_owned(), String::new()], chance)
}

/// An attempt: mostly one in force, sometimes one that never was.
fn attempt(fleet: &Fleet, chance: &mut Chance) -> AttemptId {
    let open = effects(fleet);
    if open.is_empty() || chance.once_in(100) {
        let far = |chance: &mut Chance| chance.pick(&[0, 1, 5, u16::MAX]);
        let host = HostIndex(chance.pick(&[0, 1, 29, 30, u32::MAX]));
        let phase = chance.pick(&[Phase::Run, Phase::Undo, Phase::Verify]);
        return AttemptId { host, step: StepIndex(far(chance)), phase, number: far(chance) };
    }
    open[chance.between(0, open.len() as u64) as usize].attempt
}

fn hosts(chance: &mut Chance) -> Result<(), String> {
    let (mut fleet, job) = started(GOOD.clone()).ok_or("no job was made of a good template")?;
    let mut now = NOW;
    for _ in 0..chance.between(5, 60) {
        now = now + Duration::seconds(chance.between(0, 90));
        let body = match chance.between(0, 8) {
            0 => Body::Tick { fresh: Vec::new() },
            _ => Body::Report { job, attempt: attempt(&fleet, chance), report: report(chance) },
        };
        let shown = format!("{body:?}");
        let command = Command { actor: Actor::system(), body };
        match carry_out(&mut fleet, &command, now) {
            Ok(events) => {
                let read = |event: &Event| Event::decode(&event.stream(), event.kind(), 1, &event.payload());
                let lost = events.iter().find(|event| read(event).as_ref() != Ok(event));
                promise(lost.is_none(), &format!("another event came back: {lost:?}"), &shown)?;
            }
            Err(rejection) => promise(rejection.code == Code::StaleAttempt, &rejection.to_string(), &shown)?,
        }
    }
    look(&fleet, job);
    Ok(())
}

#[test]
fn reports() {
    hunt("reports", 400, hosts);
}
