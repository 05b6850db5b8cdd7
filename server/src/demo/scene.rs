//! What is played: the template with short bakes, the job, and the trouble on the hosts.

use super::{Options, Summary};
use crate::library;
use clap::ValueEnum;
use jobs::command::{Body, CreateJob, Fresh};
use jobs::ids::ScheduleId;
use jobs::parameter::Values;
use jobs::schedule::{Missed, Overlap, ScheduleSpec};
use jobs::selector::Selector;
use serde_json::json;
use std::sync::Arc;

/// What is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Scene {
    /// A usual night: nearly all goes well, and a few hosts fail, each in its own way
    #[default]
    Night,
    /// Everything goes well
    Patch,
    /// The patch is bad: the canary fails, the job is held, and nothing beyond the canary is touched
    BadPatch,
}

impl Scene {
    /// The trouble the scene brings.
    pub(super) fn trouble(self) -> Option<&'static str> {
        match self {
            Scene::Night => Some("install fails on 3 hosts; 1 host has a full disk; ignite fails on 2 hosts"),
            Scene::Patch => None,
            Scene::BadPatch => Some("install fails on 100%"),
        }
    }

    /// Whether every host ended as the scene wants it.
    pub fn ended_well(self, summary: &Summary) -> bool {
        let nothing_twice = summary.scripts_started_twice == 0;
        match self {
            // Where the plan puts them decides whether the failures are too many for a batch.
            Scene::Night => nothing_twice && summary.failed > 0 && ["settled", "held"].contains(&summary.status),
            Scene::Patch => nothing_twice && summary.succeeded == summary.hosts,
            Scene::BadPatch => {
                nothing_twice && summary.status == "held" && summary.failed == summary.touched && summary.failed > 0
            }
        }
    }
}

/// What puts the scene in place: the demo's version of the built-in template, and its job.
pub(super) fn commands(options: &Options, fresh: Fresh) -> Vec<Body> {
    let Ok(pack) = library::builtin_pack() else { return Vec::new() };
    let mut bodies = Vec::new();
    for (template, source) in &pack.templates {
        if template.name.as_str() == "patch-server" {
            let source = for_demo(source, options);
            if let Ok(file) = jobs::yaml::read_template("patch-server.yaml", &source) {
                bodies.push(Body::ApplyTemplate {
                    template: Arc::new(file.template),
                    source: source.into(),
                    base: None,
                });
            }
        }
    }
    let create = CreateJob {
        job: fresh.job,
        seed: options.seed,
        template: "patch-server".into(),
        parameters: parameters(),
        targets: Selector::parse("*").ok(),
        start: true,
        policy: None,
        plan_hash: None,
        template_version: None,
        due: None,
    };
    bodies.push(Body::CreateJob(Box::new(create)));
    if options.scene == Scene::Night {
        bodies.extend(schedules(fresh));
    }
    bodies
}

/// What a usual night has planned besides.
fn schedules(fresh: Fresh) -> impl Iterator<Item = Body> {
    let nights = [
        ("databases-nightly", "role=db", "30 2 * * *", "Europe/Berlin"),
        ("caches-weekly", "role=cache", "0 4 * * SAT", "Asia/Shanghai"),
    ];
    nights.into_iter().zip(1..).map(move |((name, targets, cron, zone), place)| {
        let spec = ScheduleSpec {
            name: name.to_owned(),
            template: "patch-server".into(),
            parameters: parameters(),
            targets: Selector::parse(targets).ok(),
            cron: cron.to_owned(),
            zone: zone.to_owned(),
            missed: Missed::Skip,
            deadline: None,
            overlap: Overlap::Forbid,
            paused: false,
        };
        let id = ulid::Ulid::from_parts(fresh.job.0.timestamp_ms(), u128::from(fresh.seed) + place);
        Body::CreateSchedule { schedule: ScheduleId(id), spec: Arc::new(spec) }
    })
}

fn parameters() -> Values {
    [("cluster".to_owned(), json!("command")), ("reboot".to_owned(), json!("always"))].into()
}

/// The built-in template's text with batches, concurrency and waits before another try for a demo.
fn for_demo(source: &str, options: &Options) -> String {
    let bake = options.bake;
    let batches = format!(
        "batches:\n  - {{size: 1, bake: {bake}}}\n  - {{size: 1%, bake: {bake}}}\n  - {{size: 5%, bake: {bake}}}\n  \
         - {{size: 10%, bake: {bake}, repeat: true}}\nconcurrency: {{max: {}}}\n",
        options.concurrency
    );
    let mut kept = String::new();
    let mut dropping = false;
    for line in source.lines() {
        if !line.starts_with([' ', '#']) && !line.is_empty() {
            dropping = line.starts_with("batches:") || line.starts_with("concurrency:");
        }
        if !dropping {
            kept.push_str(&hurried(line));
            kept.push('\n');
        }
    }
    kept + &batches
}

/// A line with a `retry` in it, whose next try comes after a second: nobody wants to watch half a minute of waiting.
fn hurried(line: &str) -> String {
    let Some((before, after)) = line.split_once("delay: ").filter(|_| line.trim_start().starts_with("retry:")) else {
        return line.to_owned();
    };
    let end = after.find([',', '}']).unwrap_or(after.len());
    format!("{before}delay: 1s{}", &after[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args as _, FromArgMatches as _};

    fn options() -> Options {
        let matches = Options::augment_args(clap::Command::new("demo")).get_matches_from(["demo", "--bake", "3s"]);
        Options::from_arg_matches(&matches).unwrap_or_else(|why| panic!("{why}"))
    }

    #[test]
    fn the_demo_plays_the_built_in_template_with_short_bakes() {
        let fresh = Fresh { job: jobs::ids::JobId(ulid::Ulid::from_parts(1, 1)), seed: 1 };
        let bodies = commands(&options(), fresh);
        let [Body::ApplyTemplate { template, .. }, Body::CreateJob(create), schedules @ ..] = bodies.as_slice() else {
            panic!("a template, a job and schedules were expected: {bodies:?}")
        };
        assert_eq!(template.batches.len(), 4);
        assert!(template.batches.iter().all(|stage| stage.bake == jobs::time::Duration::seconds(3)));
        assert_eq!(template.workflow.len(), 7);
        let mut retried = template.workflow.iter().filter(|step| step.retry.attempts > 1);
        assert!(retried.all(|step| step.retry.delay == jobs::time::Duration::seconds(1)));
        assert!(create.start);
        let specs = schedules.iter().map(|body| match body {
            Body::CreateSchedule { spec, .. } => spec.check(),
            other => panic!("a schedule was expected: {other:?}"),
        });
        assert_eq!(specs.collect::<Vec<_>>(), [Ok(()), Ok(())]);
    }
}
