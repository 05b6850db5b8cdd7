//! The job that benches run: the built-in `patch-server` template on a made-up inventory, without bakes and reboots, so
//! that every host goes through six steps and one is skipped.

use jobs::attempt::{Ending, How, Order, Report};
use jobs::command::{Actor, Body, Command, CreateJob};
use jobs::ids::JobId;
use jobs::inventory::Host;
use jobs::parameter::Values;
use jobs::selector::Selector;
use jobs::template::{Concurrency, Ramp, StageSize, Template};
use jobs::time::Duration;
use jobs::units::{Amount, BasisPoints};
use serde_json::json;
use std::sync::Arc;

/// Attempts that each host goes through.
pub const STEPS: u32 = 6;

/// The commands that put pack, template, inventory and job in place; the job does not start yet. Where all hosts may be
/// in flight at the same time, they are one batch.
pub fn commands(hosts: u32, in_flight: u32, job: JobId) -> Vec<Command> {
    let mut bodies = library(in_flight, in_flight >= hosts);
    bodies.push(Body::PutInventory { source: "bench".into(), hosts: (0..hosts).map(host).collect() });
    let parameters: Values = [("cluster".to_owned(), json!("none")), ("reboot".to_owned(), json!("never"))].into();
    bodies.push(Body::CreateJob(Box::new(CreateJob {
        job,
        seed: 1,
        template: "patch-server".into(),
        parameters,
        targets: Some(Selector::parse("*").expect("a selector")),
        start: false,
        policy: None,
        plan_hash: None,
        template_version: None,
        due: None,
    })));
    bodies.into_iter().map(command).collect()
}

/// As a person would send it.
pub fn command(body: Body) -> Command {
    Command { actor: Actor("user:bench".into()), body }
}

fn library(in_flight: u32, in_one_batch: bool) -> Vec<Body> {
    let pack = server::library::builtin_pack().expect("the built-in pack is right");
    let mut bodies = pack.commands();
    for body in &mut bodies {
        if let Body::InstallTemplate { template, .. } = body {
            let mut quick = Template::clone(template);
            quick.concurrency = Concurrency { max: in_flight, ramp: Ramp::None };
            if in_one_batch {
                quick.allow_big_batch = true;
                quick.batches.drain(1..);
                quick.batches[0].size = StageSize::Size(Amount::Share(BasisPoints::ALL));
            }
            quick.batches.iter_mut().for_each(|stage| stage.bake = Duration::ZERO);
            *template = Arc::new(quick);
        }
    }
    bodies
}

fn host(number: u32) -> Arc<Host> {
    let labels =
        [("role", ["web", "db", "cache"][number as usize % 3]), ("os", ["debian-12", "rocky-9"][number as usize % 2])];
    Arc::new(Host {
        name: format!("host-{number:06}").into(),
        labels: Arc::new(labels.map(|(label, value)| (label.to_owned(), value.to_owned())).into()),
        groups: [format!("cluster-{:04}", number / 50)].into(),
        connection: json!({"address": "127.0.0.1", "port": 2222, "user": "root"}),
    })
}

/// What a host says at once to an order: it worked, and updates were waiting.
pub fn success(order: &Order) -> Report {
    let output = match order.step.as_str() {
        "check" => json!({"installed": false, "updates": 3, "reboot_required": false}),
        "install" => json!({"installed": 3, "reboot_required": false}),
        _ => json!({}),
    };
    let output = output.as_object().map(|fields| fields.clone().into_iter().collect()).unwrap_or_default();
    let took = Duration(200 + u64::from(order.attempt.host.0 % 97));
    Report::Ended(Ending { how: How::Exited(0), output, error: None, took, out_bytes: 120, err_bytes: 0 })
}
