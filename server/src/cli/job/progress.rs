//! The picture of a job under way: batch rail, counts, what it waits for. And the same as lines, said when they change.
//!
//! Never found here: a terminal.

use super::show::{hosts, pace};
use super::view::{Batch, Cluster, JobView, words};
use crate::cli::clock;
use crate::cli::terminal::plain_line;
use std::fmt;

/// How many batches the rail has room for.
const RAIL: usize = 24;
/// How many clusters of failures are shown.
const CLUSTERS: usize = 4;

/// The picture, no line wider than `width`.
pub fn picture(job: &JobView, width: usize) -> String {
    let mut lines = vec![format!("{}  {}  {}", job.title(), job.state().to_uppercase(), job.ulid)];
    lines.push(rail(job));
    lines.extend(job.current_batch.as_ref().map(|batch| current(batch, planned(job))));
    lines.push(format!("hosts    {} {}", bar(job, 24), hosts(job)));
    lines.extend(Some(pace(job)).filter(|pace| !pace.is_empty()).map(|pace| format!("pace     {pace}")));
    lines.extend(job.hold.as_ref().map(|hold| format!("held     {}", plain_line(&hold.text))));
    lines.extend(job.waiting_for.iter().map(|waiting| {
        let left = waiting.until.as_deref().and_then(clock::until).map(|left| format!(" ({left} left)"));
        format!("waits    for {}{}", plain_line(&waiting.text), left.unwrap_or_default())
    }));
    lines.extend(job.failure_clusters.iter().take(CLUSTERS).map(cluster));
    lines.into_iter().map(|line| cut(&line, width)).collect::<Vec<_>>().join("\n")
}

/// One mark per batch: passed, open, at its gate, waiting; `!` where hosts failed.
fn rail(job: &JobView) -> String {
    let current = job.current_batch.as_ref().map_or(0, |batch| batch.number as usize);
    let from = current.saturating_sub(RAIL / 2).min(job.batches.len().saturating_sub(RAIL));
    let shown = job.batches.iter().skip(from).take(RAIL);
    let marks: Vec<String> = shown.map(mark).collect();
    let before = if from > 0 { "… " } else { "" };
    let after = if job.batches.len() > from + RAIL { " …" } else { "" };
    format!("batches  {before}{}{after}", marks.join(" "))
}

fn mark(batch: &Batch) -> String {
    let state = match batch.status.as_str() {
        "PASSED" => "■",
        "OPEN" => "▶",
        "BAKING" | "BAKED" => "◔",
        "AWAITING_APPROVAL" => "?",
        "APPROVED" => "◕",
        "CLOSED" => "×",
        _ => "·",
    };
    let failed = if batch.counts.failed > 0 { "!" } else { "" };
    format!("{state}{failed}")
}

fn planned(job: &JobView) -> usize {
    job.batches.iter().filter(|batch| batch.kind == "PLANNED").count()
}

/// `batch 3 of 12: open, 340 of 1000 settled, stops at the 6th failure`.
fn current(batch: &Batch, planned: usize) -> String {
    let name = match batch.kind.as_str() {
        "PLANNED" if batch.number == 1 => format!("canary, batch 1 of {planned}"),
        "PLANNED" => format!("batch {} of {planned}", batch.number),
        kind => format!("{} (batch {})", words(kind), batch.number),
    };
    let until = batch.bake_until.as_deref().or(batch.approval_until.as_deref()).and_then(clock::until);
    let left = until.map(|left| format!(", {left} left")).unwrap_or_default();
    let gate = batch.gate.as_ref().map(|gate| format!(", {gate}")).unwrap_or_default();
    let counts = &batch.counts;
    format!("         {name}: {}{left}, {} of {} settled{gate}", words(&batch.status), counts.settled, counts.hosts)
}

/// Succeeded, failed, running and other hosts as a bar. Whatever there is at all gets at least one cell.
fn bar(job: &JobView, cells: usize) -> String {
    let counts = &job.counts;
    let share = |count: u32| match count {
        0 => 0,
        _ => (count as usize * cells / counts.hosts.max(1) as usize).max(1),
    };
    let (failed, running) = (share(counts.failed), share(counts.by_status.running));
    let succeeded = share(counts.succeeded).min(cells.saturating_sub(failed + running));
    let rest = cells.saturating_sub(succeeded + failed + running);
    let parts = [("█", succeeded), ("▓", running), ("×", failed), ("░", rest)];
    parts.map(|(cell, count)| cell.repeat(count)).concat()
}

fn cluster(cluster: &Cluster) -> String {
    let hosts = plain_line(&cluster.hosts.join(","));
    format!("failed   {} × {}  ({hosts})", cluster.count, plain_line(&cluster.sample))
}

/// The first `width` characters, wide ones counted as two.
fn cut(line: &str, width: usize) -> String {
    let mut taken = 0;
    let fits = |c: &char| {
        taken += if (*c as u32) >= 0x1100 && !matches!(*c, '\u{2500}'..='\u{25ff}' | '…' | '×') { 2 } else { 1 };
        taken < width
    };
    line.chars().take_while(fits).collect()
}

/// What a job is doing, as one line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    state: String,
    hold: Option<String>,
    batch: Option<(u32, String)>,
    batches: usize,
    hosts: String,
    /// What makes it worth a line of its own.
    milestone: (u32, u32, u32),
}

impl Line {
    /// As a job is now.
    pub fn of(job: &JobView) -> Line {
        let counts = &job.counts;
        let moving = job.current_batch.as_ref().filter(|_| !job.is_finished());
        let tenth = counts.settled * 10 / counts.hosts.max(1);
        Line {
            state: job.state(),
            hold: job.hold.as_ref().map(|hold| plain_line(&hold.text)),
            batch: moving.map(|batch| (batch.number, words(&batch.status))),
            batches: planned(job),
            hosts: hosts(job),
            milestone: (tenth, counts.failed, counts.needing_a_person),
        }
    }

    /// Whether something happened since that is worth a line.
    pub fn is_news_after(&self, last: &Line) -> bool {
        (&self.state, &self.hold, &self.batch, self.milestone) != (&last.state, &last.hold, &last.batch, last.milestone)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.state)?;
        if let Some((number, status)) = &self.batch {
            write!(f, ", batch {number} of {} {status}", self.batches)?;
        }
        write!(f, ", {}", self.hosts)?;
        match &self.hold {
            Some(hold) => write!(f, "; {hold}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::job::view::{ByStatus, Counts, Text, Waiting};

    fn job() -> JobView {
        let batch = |number, status: &str, counts| Batch {
            number,
            kind: "PLANNED".to_owned(),
            status: status.to_owned(),
            counts,
            gate: Some("stops at the 6th failure".to_owned()),
            ..Batch::default()
        };
        let of = |hosts, settled, succeeded, failed| Counts { hosts, settled, succeeded, failed, ..Counts::default() };
        let batches = vec![
            batch(1, "PASSED", of(100, 100, 100, 0)),
            batch(2, "OPEN", of(500, 340, 338, 2)),
            batch(3, "WAITING", of(9_400, 0, 0, 0)),
        ];
        let by_status = ByStatus { waiting: 9_500, running: 60, ..ByStatus::default() };
        JobView {
            ulid: "01J".into(),
            template: "patch".into(),
            template_version: 3,
            status: "RUNNING".into(),
            counts: Counts { by_status, ..of(10_000, 440, 438, 2) },
            current_batch: Some(batches[1].clone()),
            batches,
            waiting_for: vec![Waiting { text: "60 hosts in flight".into(), until: None }],
            failure_clusters: vec![Cluster {
                count: 2,
                sample: "E: Could not get \u{1b}[31mlock".into(),
                hosts: vec!["web[001-002]".into()],
                step: None,
            }],
            ..JobView::default()
        }
    }

    #[test]
    fn the_picture_shows_rail_counts_and_what_is_waited_for() {
        assert_eq!(
            picture(&job(), 120),
            "patch v3  RUNNING  01J\n\
             batches  ■ ▶! ·\n         \
             batch 2 of 3: open, 340 of 500 settled, stops at the 6th failure\n\
             hosts    █▓×░░░░░░░░░░░░░░░░░░░░░ 440 of 10000 settled: 438 succeeded, 2 failed, 60 running, 9500 waiting\n\
             waits    for 60 hosts in flight\n\
             failed   2 × E: Could not get lock  (web[001-002])"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        assert!(picture(&job(), 40).lines().all(|line| line.chars().count() < 40));
        assert_eq!(cut("中文字", 5), "中文");
    }

    #[test]
    fn a_long_rail_shows_the_batches_around_the_current_one() {
        let mut job = job();
        let one = job.batches[2].clone();
        job.batches = (1..=100).map(|number| Batch { number, ..one.clone() }).collect();
        job.current_batch = Some(job.batches[49].clone());
        let rail = rail(&job);
        assert_eq!(rail.matches('·').count(), RAIL);
        assert!(rail.starts_with("batches  … ") && rail.ends_with(" …"), "{rail}");
    }

    #[test]
    fn a_line_is_said_when_something_happened_and_not_for_every_host() {
        let before = Line::of(&job());
        assert_eq!(
            before.to_string(),
            "running, batch 2 of 3 open, 440 of 10000 settled: 438 succeeded, 2 failed, 60 running, 9500 waiting"
        );
        let mut one_more = job();
        one_more.counts.settled += 1;
        assert!(!Line::of(&one_more).is_news_after(&before));
        one_more.counts.failed += 1;
        assert!(Line::of(&one_more).is_news_after(&before));
        let mut held = job();
        held.status = "HELD".into();
        held.hold = Some(Text { text: "canary failed 1 of 1".into() });
        assert!(Line::of(&held).is_news_after(&before));
        assert!(Line::of(&held).to_string().ends_with("; canary failed 1 of 1"));
    }
}
