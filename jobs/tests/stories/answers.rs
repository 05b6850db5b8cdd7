//! Hosts that answer as a story tells them to.
//!
//! ```text
//! ok · exit 3 · exit 3 "disk full" · signal 9 · timeout · hang · vanish rebooted · out of reach · maybe begun · refuse "why"
//! each followed by: in 10m · gives key=value
//! ```

use crate::world::Hosts;
use jobs::attempt::{Ending, How, Order, Report, Vanished};
use jobs::ids::Phase;
use jobs::parameter::Values;
use jobs::time::Duration;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// One answer of a host: nothing, or a report some time after it was asked.
#[derive(Clone, Debug)]
pub struct Answer {
    pub after: Duration,
    pub report: Option<Report>,
}

impl Answer {
    /// Success after a second, which is what hosts answer that nothing was said about.
    fn ok() -> Answer {
        Answer { after: Duration::seconds(1), report: Some(ended(How::Exited(0), None)) }
    }

    /// Reads an answer; panics on one that is not in the language.
    pub fn parse(text: &str) -> Answer {
        let (text, given) = text.split_once(" gives ").unwrap_or((text, ""));
        let (given, late) = given.split_once(" in ").unwrap_or((given, ""));
        let (text, soon) = text.split_once(" in ").unwrap_or((text, ""));
        let after = [late, soon].into_iter().find(|after| !after.is_empty()).unwrap_or("1s");
        let mut report = report(text.trim());
        if let Some(Report::Ended(ending)) = &mut report {
            ending.output = values(given);
        }
        Answer { after: after.trim().parse().unwrap_or_else(|error| panic!("{error}")), report }
    }
}

fn report(text: &str) -> Option<Report> {
    let (words, quoted) = text.split_once('"').unwrap_or((text, ""));
    let said = Some(quoted.trim_end_matches('"')).filter(|said| !said.is_empty());
    let why = || said.unwrap_or("connection refused").into();
    Some(match words.split_whitespace().collect::<Vec<_>>()[..] {
        ["hang"] => return None,
        ["ok"] => ended(How::Exited(0), None),
        ["exit", code] => ended(How::Exited(code.parse().expect(text)), said),
        ["signal", signal] => ended(How::Signalled(signal.parse().expect(text)), said),
        ["timeout"] => ended(How::TimedOut, said),
        ["killed"] => ended(How::Killed, said),
        ["vanish", "rebooted"] => Report::Vanished(Vanished::Rebooted),
        ["vanish", "killed"] => Report::Vanished(Vanished::SupervisorKilled),
        ["vanish", "forgotten"] => Report::Vanished(Vanished::Forgotten),
        ["vanish", "cleared"] => Report::Vanished(Vanished::Cleared),
        ["out", "of", "reach"] => Report::OutOfReach { why: why(), may_have_begun: false },
        ["maybe", "begun"] => Report::OutOfReach { why: why(), may_have_begun: true },
        ["begun"] => Report::Begun,
        ["refuse"] => Report::Refused { why: why() },
        _ => panic!("{text:?} is not an answer"),
    })
}

fn ended(how: How, error: Option<&str>) -> Report {
    let took = Duration::seconds(1);
    Report::Ended(Ending { how, output: Values::new(), error: error.map(Into::into), took, out_bytes: 0, err_bytes: 0 })
}

fn values(text: &str) -> Values {
    let pairs = text.split_whitespace().map(|pair| pair.split_once('=').expect("key=value"));
    let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    pairs.map(|(key, text)| (key.to_owned(), value(text))).collect()
}

/// Answers by host and step; the last one of a list is repeated.
#[derive(Default)]
pub struct Script {
    answers: BTreeMap<(String, String), VecDeque<Answer>>,
}

impl Script {
    /// What a host answers to a step from now on.
    pub fn say(&mut self, host: &str, step: &str, answers: Vec<Answer>) {
        self.answers.insert((host.to_owned(), step.to_owned()), answers.into());
    }
}

/// A step in a phase, as stories call it.
pub fn called(step: &str, phase: Phase) -> String {
    match phase {
        Phase::Run => step.to_owned(),
        Phase::Verify => format!("verify {step}"),
        Phase::Undo => format!("undo {step}"),
    }
}

impl Hosts for Script {
    fn begin(&mut self, order: &Order) -> Vec<(Duration, Report)> {
        let key = (order.host.to_string(), called(order.step.as_str(), order.attempt.phase));
        let answer = match self.answers.get_mut(&key) {
            Some(answers) if answers.len() > 1 => answers.pop_front(),
            Some(answers) => answers.front().cloned(),
            None => None,
        };
        let answer = answer.unwrap_or_else(Answer::ok);
        answer.report.into_iter().map(|report| (answer.after, report)).collect()
    }

    /// Stories say themselves what a signal leads to.
    fn signal(&mut self, _order: &Order) -> Vec<(Duration, Report)> {
        Vec::new()
    }
}
