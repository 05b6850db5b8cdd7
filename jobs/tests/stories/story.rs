//! Stories: `given` a fleet and a template, `when` people and hosts do something, `then` this is what can be seen.
//!
//! A statement stands on a line of its own, or several with ` / ` between them. `[name]` before a statement speaks of another
//! job than `patch`. What each word means stands in `given`, `when` and `then` below, and in `answers`.

use crate::answers::{Answer, Script, called};
use crate::given::{Given, SEED, names_in};
use crate::world::{World, job_id};
use jobs::command::{Body, CreateJob, Rejection, Room, Which};
use jobs::event::{Event, RetryFrom, Verdict};
use jobs::explain;
use jobs::fleet::Effect;
use jobs::host_run::HostRun;
use jobs::ids::{BatchIndex, HostIndex, HostName, JobId};
use jobs::job::Job;
use jobs::outcome::{HostOutcome, HostStatus};
use jobs::parameter::Values;
use jobs::render;
use jobs::selector::Selector;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Tells a story and panics, with the place and the whole state, where it goes otherwise than told. It is told twice: the
/// second time the controller is killed after every command, and everything must go the same way.
#[track_caller]
pub fn check(title: &str, text: &str) {
    tell(title, text, false);
    tell(title, text, true);
}

/// Tells a story once. Gives back the kinds of all events in it.
#[track_caller]
pub fn tell(title: &str, text: &str, dies: bool) -> BTreeSet<&'static str> {
    let story = told(title, text, dies);
    story.world.log.iter().map(|(_, event)| event.kind()).collect()
}

/// Tells a story. Gives back the job `patch` as it stands at the end of it.
#[track_caller]
pub fn job_after(text: &str) -> Job {
    let story = told("", text, false);
    story.job("patch").clone()
}

/// Tells a story. Gives back how many bytes its longest event about what came of an attempt has.
#[track_caller]
pub fn longest_event(text: &str) -> usize {
    let story = told("", text, false);
    let after_start = story.world.log.iter().skip_while(|(_, event)| event.kind() != "JobStarted");
    after_start.map(|(_, event)| event.payload().len()).max().unwrap_or(0)
}

#[track_caller]
fn told(title: &str, text: &str, dies: bool) -> Story {
    let mut story = Story::new(title);
    story.world.dies = dies;
    let mut mode = "given";
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let line = match word {
            "given" | "when" | "then" => {
                mode = word;
                rest.trim()
            }
            _ => line,
        };
        for statement in line.split(" / ") {
            story.take(mode, statement.trim());
        }
    }
    story.end();
    story
}

struct Story {
    title: String,
    statement: String,
    given: Given,
    begun: bool,
    world: World<Script>,
    jobs: BTreeMap<String, JobId>,
    rejected: Option<Rejection>,
    /// Where in the log the last `when` began.
    since: usize,
    in_when: bool,
}

impl Story {
    fn new(title: &str) -> Story {
        Story {
            title: title.to_owned(),
            statement: String::new(),
            given: Given::nothing(),
            begun: false,
            world: World::new(Script::default()),
            jobs: BTreeMap::new(),
            rejected: None,
            since: 0,
            in_when: false,
        }
    }

    fn take(&mut self, mode: &str, statement: &str) {
        self.statement = statement.to_owned();
        if mode == "given" {
            return self.given.take(statement);
        }
        self.begin();
        let (job, statement) = match statement.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((job, statement)) => (job, statement),
            None => ("patch", statement),
        };
        if mode == "when" && !std::mem::replace(&mut self.in_when, true) {
            self.since = self.world.log.len();
        }
        match mode {
            "when" => self.when(job, statement),
            _ => {
                self.in_when = false;
                self.then(job, statement);
            }
        }
    }

    /// Puts in place what was given, and creates the job `patch`.
    fn begin(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let hosts = self.given.hosts.iter().map(|(_, host)| host.clone()).collect();
        let actions = self.given.actions.clone();
        let template = Arc::new(self.given.template.clone());
        for body in [
            Body::PutInventory { source: "story".into(), hosts },
            Body::InstallPack { pack: "story".into(), version: "1".into(), actions },
            Body::ApplyTemplate { template, source: "one".into(), base: None },
        ] {
            self.world.carry_out("user:author", body).expect("what is given is in order");
        }
        self.create("patch", "user:alice", None);
        assert!(self.rejected.is_none(), "{}: no job: {:?}", self.title, self.rejected);
    }

    fn create(&mut self, name: &str, by: &str, targets: Option<Selector>) {
        let job = job_id(self.jobs.len() as u64 + 1_000);
        self.jobs.insert(name.to_owned(), job);
        let template = self.given.template.name.clone();
        let create = CreateJob {
            job,
            seed: SEED,
            template,
            parameters: Values::new(),
            targets,
            start: false,
            policy: None,
            plan_hash: None,
            template_version: None,
            due: None,
        };
        self.command(by, Body::CreateJob(Box::new(create)));
    }

    fn command(&mut self, by: &str, body: Body) {
        if let Some(before) = self.rejected.take() {
            self.fail(&format!("the command before was rejected: {before} ({})", before.hint));
        }
        self.rejected = self.world.carry_out(by, body).err();
    }

    fn end(&mut self) {
        self.begin();
        if let Some(rejection) = self.rejected.clone() {
            self.fail(&format!("rejected: {rejection} ({})", rejection.hint));
        }
        self.world.check_fold();
    }

    /// Something is not as told.
    fn fail(&self, why: &str) -> ! {
        let jobs = self.jobs.iter().filter_map(|(name, id)| Some((name, self.world.fleet.jobs.get(id)?)));
        let shown: Vec<String> = jobs.map(|(name, job)| format!("[{name}] {}", render::render(job))).collect();
        let events: Vec<String> = self.world.log[self.since..]
            .iter()
            .filter_map(|(at, event)| match event {
                Event::Job(_, event) => Some(format!("{} {event:?}", at.0 % 1_000_000_000)),
                _ => None,
            })
            .collect();
        let told = format!("{}\n  {}\n  {why}", self.title, self.statement);
        panic!("{told}\n\n{}\n\n{}", self.as_told(&shown.join("\n")), self.as_told(&events.join("\n")));
    }

    #[track_caller]
    fn same(&self, found: &str, told: &str) {
        let found = self.as_told(found);
        if found != told {
            self.fail(&format!("told:  {told}\n  found: {found}"));
        }
    }

    /// Names of hosts and jobs as the story calls them.
    fn as_told(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (alias, host) in &self.given.hosts {
            text = text.replace(host.name.as_str(), alias);
        }
        for (name, id) in &self.jobs {
            text = text.replace(&id.to_string(), name);
        }
        text
    }

    fn job(&self, name: &str) -> &Job {
        let id = self.jobs.get(name).unwrap_or_else(|| self.fail("no such job was created"));
        self.world.fleet.jobs.get(id).unwrap_or_else(|| self.fail("no such job was created"))
    }

    fn name(&self, alias: &str) -> HostName {
        let known = self.given.hosts.iter().find(|(known, _)| known == alias);
        known.map(|(_, host)| host.name.clone()).unwrap_or_else(|| self.fail(&format!("no host {alias}")))
    }

    fn index(&self, job: &str, alias: &str) -> HostIndex {
        let name = self.name(alias);
        let place = self.job(job).plan.hosts.iter().position(|host| host.name == name);
        HostIndex(place.unwrap_or_else(|| self.fail(&format!("{alias} is not in the plan"))) as u32)
    }

    fn which(&self, text: &str) -> Which {
        let mut which = Which::default();
        for part in text.split(" and ") {
            let outcome = HostOutcome::ALL.into_iter().find(|outcome| render::host_outcome_word(*outcome) == part);
            match (part, outcome) {
                ("all", _) => {}
                ("not started", _) => which.not_started = true,
                (_, Some(outcome)) => which.outcomes.push(outcome),
                (hosts, None) => which.hosts.extend(names_in(hosts).iter().map(|alias| self.name(alias))),
            }
        }
        which
    }

    fn when(&mut self, job: &str, statement: &str) {
        if let Some((hosts, answers)) = statement.split_once(": ") {
            return self.answer(job, hosts, answers);
        }
        let (by, statement) = match statement.strip_prefix("as ").and_then(|rest| rest.split_once(", ")) {
            Some((by, statement)) if by.contains(':') => (by.to_owned(), statement),
            Some((by, statement)) => (format!("user:{by}"), statement),
            None => ("user:alice".to_owned(), statement),
        };
        let (word, rest) = statement.split_once(' ').unwrap_or((statement, ""));
        match word {
            "wait" => self.world.wait(rest.parse().expect(statement)),
            "restart" => self.world.restart(rest.trim_start_matches("after ").parse().expect(statement)),
            "create" => {
                let (name, hosts) = rest.split_once(" on ").unwrap_or((rest, ""));
                let names: Vec<HostName> = names_in(hosts).iter().map(|alias| self.name(alias)).collect();
                let targets = (!names.is_empty()).then(|| Selector::names(&names));
                self.create(name, &by, targets);
            }
            _ => {
                let body = self.body(job, word, rest);
                self.command(&by, body);
            }
        }
    }

    fn body(&self, name: &str, word: &str, rest: &str) -> Body {
        let (job, reason): (JobId, Arc<str>) = (self.job(name).id, rest.into());
        match word {
            "start" => Body::StartJob { job },
            "hold" => Body::HoldJob { job, reason },
            "resume" => Body::ResumeJob { job, reason: "".into() },
            "drain" => Body::DrainJob { job, reason },
            "cancel" => Body::CancelJob { job, reason },
            "kill" => Body::KillJob { job, reason },
            "approve" => {
                let (number, hash) = rest.split_once(" with ").unwrap_or((rest, ""));
                let known = self.job(name).plan.hash.to_string();
                let plan_hash = if hash.is_empty() { known.into() } else { hash.into() };
                Body::ApproveBatch {
                    job,
                    batch: BatchIndex(number.parse::<u32>().expect(rest) - 1),
                    plan_hash,
                    reason: "".into(),
                }
            }
            "retry" => {
                let (which, from) = match rest.strip_suffix(" from start") {
                    Some(which) => (which, RetryFrom::Start),
                    None => (rest, RetryFrom::FailedStep),
                };
                Body::RetryHosts { job, which: self.which(which), from, reason: "".into() }
            }
            "room" => Body::NoteRoom { room: room(rest), free_percent: 1 },
            "accept" => Body::AcceptHosts { job, which: self.which(rest), reason: "".into() },
            "resolve" => {
                let (host, verdict) = rest.split_once(' ').unwrap_or((rest, ""));
                let verdict = match verdict {
                    "succeeded" => Verdict::Succeeded,
                    "failed" => Verdict::Failed,
                    "run again" => Verdict::RunAgain,
                    _ => self.fail("not a verdict"),
                };
                Body::ResolveInDoubt { job, host: self.index(name, host), verdict, reason: "looked".into() }
            }
            _ => self.fail("not in the language of `when`"),
        }
    }

    /// `HOSTS STEP: ANSWER, ANSWER`, or `now HOSTS: ANSWER` about the attempt that is open.
    fn answer(&mut self, job: &str, hosts: &str, answers: &str) {
        let answers: Vec<Answer> = answers.split(", ").map(Answer::parse).collect();
        if let Some(hosts) = hosts.strip_prefix("now ") {
            for alias in names_in(hosts) {
                self.answer_now(job, &alias, &answers[0]);
            }
            return;
        }
        let (hosts, step) = hosts.split_once(' ').unwrap_or_else(|| self.fail("HOSTS STEP: ANSWER"));
        for alias in names_in(hosts) {
            let name = self.name(&alias);
            self.world.hosts.say(name.as_str(), step, answers.clone());
        }
    }

    fn answer_now(&mut self, job: &str, alias: &str, answer: &Answer) {
        let (id, host) = (self.job(job).id, self.index(job, alias));
        let asked = self.world.asked.iter().rev().find(|(job, attempt)| *job == id && attempt.host == host);
        let Some((_, attempt)) = asked.copied() else { self.fail("nothing was asked of the host") };
        let Some(report) = answer.report.clone() else { return };
        self.world.arrive(jobs::time::Duration::ZERO, Effect { job: id, attempt }, report);
        self.world.step();
    }

    fn then(&mut self, job: &str, statement: &str) {
        if let Some(told) = statement.strip_prefix("rejected ") {
            let Some(rejection) = self.rejected.take() else { self.fail("it was not rejected") };
            return self.same(&format!("{:?}: {} | {}", rejection.code, rejection.message, rejection.hint), told);
        }
        if let Some(rejection) = &self.rejected {
            self.fail(&format!("rejected: {rejection} ({})", rejection.hint));
        }
        let (word, rest) = statement.split_once(' ').unwrap_or((statement, ""));
        match word {
            "job" => self.same(&self.shown(job, &format!("job patch v{}: ", self.job(job).template_version)), rest),
            "count" => self.same(&self.shown(job, "hosts "), rest),
            "batch" => self.then_batch(job, rest),
            "waits" => self
                .same(&texts(explain::waiting_for(&self.world.fleet, self.job(job))), rest.trim_start_matches("for ")),
            "may" => self.same(&allowed(self.job(job)), rest),
            "why" => {
                let (alias, told) = rest.split_once(": ").unwrap_or((rest, ""));
                let why = explain::why_host(&self.world.fleet, self.job(job), self.index(job, alias), self.world.now);
                self.same(&why.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "), told);
            }
            "asks" => {
                let attention = explain::attention(&self.world.fleet, self.job(job));
                let asks = attention.map_or_else(|| "nobody".to_owned(), |attention| format!("{attention:?}"));
                self.same(&asks, rest.trim_start_matches("for "));
            }
            "out" => {
                let since = self.job(job).out_of_service_since().map(|since| since - self.job(job).created_at);
                self.same(
                    &since.map_or_else(|| "never".to_owned(), |since| format!("+{since}")),
                    rest.trim_start_matches("since "),
                );
            }
            "ran" => self.then_ran(job, rest),
            "saw" => self.then_saw(job, rest),
            "serving" => self.same(&self.listed(job, |run| run.out_of_service), rest.trim_start_matches("all but ")),
            "flying" => self.same(&self.listed(job, |run| run.status == HostStatus::Running), rest),
            "failure" => self.same(&format!("failure {}", self.shown(job, "failure ")), statement),
            _ => self.then_hosts(job, statement),
        }
    }

    /// The rest of the first line of the rendered job that starts so.
    fn shown(&self, job: &str, start: &str) -> String {
        let text = render::render(self.job(job)).to_string();
        let line = text.lines().find_map(|line| line.strip_prefix(start));
        line.map(str::to_owned).unwrap_or_else(|| self.fail(&format!("nothing is shown that starts with {start:?}")))
    }

    fn then_batch(&self, job: &str, told: &str) {
        let (number, told) = told.split_once(": ").unwrap_or_else(|| self.fail("batch N: TEXT"));
        let text = render::render(self.job(job)).to_string();
        let of_number = |line: &&str| {
            let head = line.split(':').next().unwrap_or_default();
            !line.starts_with(' ') && head.split(' ').next_back() == Some(number)
        };
        let line = text.lines().skip(2).find(of_number).unwrap_or_else(|| self.fail("no such batch"));
        self.same(line.split_once(": ").map_or("", |(_, rest)| rest), told);
    }

    /// `HOSTS: TEXT`; the steps between brackets may be left out.
    fn then_hosts(&self, job: &str, statement: &str) {
        let (hosts, told) = statement.split_once(": ").unwrap_or_else(|| self.fail("not in the language of `then`"));
        for alias in names_in(hosts) {
            let line = self.shown(job, &format!("  {}: ", self.name(&alias)));
            let found = if told.contains('[') { &line } else { line.split("  [").next().unwrap_or_default() };
            self.same(found, told);
        }
    }

    /// `HOST: leave, install, undo leave`: what was asked of the host, in order.
    fn then_ran(&self, job: &str, told: &str) {
        let (hosts, told) = told.split_once(": ").unwrap_or_else(|| self.fail("ran HOST: STEPS"));
        let entry = self.job(job);
        for alias in names_in(hosts) {
            let host = self.index(job, &alias);
            let asked = self.world.asked.iter().filter(|(id, attempt)| *id == entry.id && attempt.host == host);
            let name = |step| entry.step(step).map_or("?", |step| step.step.as_str());
            let ran: Vec<String> = asked.map(|(_, attempt)| called(name(attempt.step), attempt.phase)).collect();
            let ran = if ran.is_empty() { "nothing".to_owned() } else { ran.join(", ") };
            self.same(&ran, told);
        }
    }

    /// `2 GateHeld`: so many events of this kind since the last `when` began.
    fn then_saw(&self, job: &str, told: &str) {
        let id = self.job(job).id;
        let (_, kind) = told.split_once(' ').unwrap_or_else(|| self.fail("saw COUNT KIND"));
        let of_kind = |event: &Event| matches!(event, Event::Job(job, event) if *job == id && event.kind() == kind);
        let count = self.world.log[self.since..].iter().filter(|(_, event)| of_kind(event)).count();
        self.same(&format!("{count} {kind}"), told);
    }

    fn listed(&self, job: &str, is: impl Fn(&HostRun) -> bool) -> String {
        let job = self.job(job);
        let names = job.runs.iter().zip(&job.plan.hosts).filter(|(run, _)| is(run)).map(|(_, host)| host.name.as_str());
        let names: Vec<&str> = names.collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    }
}

fn room(text: &str) -> Room {
    match text {
        "ample" => Room::Ample,
        "for no new jobs" => Room::NoNewJobs,
        "for no new hosts" => Room::NoNewHosts,
        _ => panic!("{text:?} is no room"),
    }
}

fn texts(waiting: Vec<explain::Waiting>) -> String {
    let texts: Vec<String> = waiting.into_iter().map(|waiting| waiting.sentence.to_string()).collect();
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(" | ") }
}

fn allowed(job: &Job) -> String {
    let allowed = explain::actions(job).into_iter().filter(|action| action.refused.is_none());
    let words: Vec<String> = allowed.map(|action| format!("{:?}", action.steer).to_lowercase()).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}
