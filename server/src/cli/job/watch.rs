//! `stagger job watch`: follows a job until it ends, also while the server is killed and started again.
//!
//! Never found here: how the picture is drawn (`progress`).

use super::progress::{Line, picture};
use super::view::JobView;
use super::{JobRef, id_of};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::operations::WATCH_JOB;
use crate::cli::session::{Session, read};
use crate::cli::subscription::Subscription;
use crate::cli::{clock, terminal};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::time::Duration;

/// The first wait before connecting again, and the longest.
const AWAY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Which job is followed.
#[derive(clap::Args, Debug)]
pub struct Watch {
    #[command(flatten)]
    job: JobRef,
    /// Go on while the job is held or hosts need a person (the usual in a terminal; otherwise watching ends with exit code 6)
    #[arg(long)]
    while_held: bool,
}

/// Follows a job.
pub async fn run(session: &Session, watch: &Watch) -> Result<Exit, CliError> {
    let id = id_of(session, &watch.job).await?;
    until_interrupted(session, &id, watch.while_held).await
}

/// Follows a job that was just created or steered.
pub async fn follow(session: &Session, id: &str) -> Result<Exit, CliError> {
    until_interrupted(session, id, false).await
}

async fn until_interrupted(session: &Session, id: &str, while_held: bool) -> Result<Exit, CliError> {
    let screen = Screen::new(session.json);
    let stay = while_held || screen.is_live();
    let mut watching = Watching { session, id, stay, screen, connected: false };
    tokio::select! {
        ended = watching.follow_to_end() => ended,
        Ok(()) = tokio::signal::ctrl_c() => {
            eprintln!("the job goes on; follow it again with: stagger job watch {id}");
            Ok(Exit::Interrupted)
        }
    }
}

/// One job being followed.
struct Watching<'a> {
    session: &'a Session,
    id: &'a str,
    stay: bool,
    screen: Screen,
    connected: bool,
}

impl Watching<'_> {
    async fn follow_to_end(&mut self) -> Result<Exit, CliError> {
        let mut wait = AWAY.0;
        loop {
            let was_connected = std::mem::take(&mut self.connected);
            match self.while_connected().await {
                Ok(Some(exit)) => return Ok(exit),
                // An operation may also be completed by a server that stops.
                Ok(None) => {}
                Err(error) if error.exit == Exit::NoServer && (was_connected || self.screen.has_shown()) => {}
                Err(error) => return Err(error),
            }
            wait = if self.connected { AWAY.0 } else { (wait * 2).min(AWAY.1) };
            self.screen.away()?;
            tokio::time::sleep(wait).await;
        }
    }

    /// Until the job ended, `None` when the connection did.
    async fn while_connected(&mut self) -> Result<Option<Exit>, CliError> {
        let mut answers = Subscription::open(&self.session.client, &WATCH_JOB, json!({ "id": self.id })).await?;
        while let Some(mut answer) = answers.next().await? {
            self.connected = true;
            let job = answer["jobProgress"].take();
            let view: JobView = read(&job)?;
            self.screen.show(&job, &view)?;
            if let Some(exit) = ending(&view, self.stay) {
                self.screen.end(&view)?;
                return Ok(Some(exit));
            }
        }
        Ok(None)
    }
}

/// What watching ends with, where it ends.
fn ending(job: &JobView, stay: bool) -> Option<Exit> {
    match (job.status.as_str(), job.outcome.as_deref()) {
        ("FINISHED", Some("SUCCEEDED")) => Some(Exit::Ok),
        ("FINISHED", _) => Some(Exit::Failed),
        ("HELD" | "SETTLED", _) if !stay && job.counts.by_status.running == 0 => Some(Exit::NeedsPerson),
        _ => None,
    }
}

/// Where a job is shown: as a live picture, as lines, or as JSON lines.
enum Screen {
    Live { bar: ProgressBar, has_shown: bool },
    Lines { last: Option<Line>, is_away: bool },
    Json { has_shown: bool },
}

impl Screen {
    fn new(json: bool) -> Screen {
        if json {
            return Screen::Json { has_shown: false };
        }
        if !std::io::stdout().is_terminal() || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Screen::Lines { last: None, is_away: false };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Screen::Live { bar, has_shown: false }
    }

    fn is_live(&self) -> bool {
        matches!(self, Screen::Live { .. })
    }

    fn has_shown(&self) -> bool {
        match self {
            Screen::Live { has_shown, .. } | Screen::Json { has_shown } => *has_shown,
            Screen::Lines { last, .. } => last.is_some(),
        }
    }

    fn show(&mut self, raw: &Value, job: &JobView) -> Result<(), CliError> {
        match self {
            Screen::Live { bar, has_shown } => {
                *has_shown = true;
                bar.set_message(picture(job, width()));
                Ok(())
            }
            Screen::Lines { last, is_away } => {
                let line = Line::of(job);
                let is_news = std::mem::take(is_away) || last.as_ref().is_none_or(|last| line.is_news_after(last));
                if !is_news {
                    return Ok(());
                }
                let text = format!("{} {line}\n", now());
                *last = Some(line);
                terminal::print(&text)
            }
            Screen::Json { has_shown } => {
                *has_shown = true;
                terminal::print(&format!("{raw}\n"))
            }
        }
    }

    /// The server is away; said once in lines.
    fn away(&mut self) -> Result<(), CliError> {
        const AWAY: &str = "the server is away; the hosts' scripts go on, and watching goes on when it is back";
        match self {
            Screen::Live { bar, .. } => {
                let shown = bar.message();
                if !shown.ends_with(AWAY) {
                    bar.set_message(format!("{shown}\n{AWAY}"));
                }
                Ok(())
            }
            Screen::Lines { is_away, .. } => {
                if std::mem::replace(is_away, true) {
                    Ok(())
                } else {
                    terminal::print(&format!("{} {AWAY}\n", now()))
                }
            }
            Screen::Json { .. } => Ok(()),
        }
    }

    /// The last word.
    fn end(&mut self, job: &JobView) -> Result<(), CliError> {
        match self {
            Screen::Live { bar, .. } => {
                bar.finish();
                terminal::print("\n")
            }
            Screen::Lines { .. } if job.is_finished() => Ok(()),
            Screen::Lines { .. } => {
                terminal::print(&format!("{} it needs a person: stagger job why {}\n", now(), job.ulid))
            }
            Screen::Json { .. } => Ok(()),
        }
    }
}

fn width() -> usize {
    terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0))
}

fn now() -> String {
    clock::time_of_day(&jiff::Timestamp::now().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::job::view::{ByStatus, Counts};

    fn job(status: &str, outcome: Option<&str>, running: u32) -> JobView {
        let by_status = ByStatus { running, ..ByStatus::default() };
        let counts = Counts { by_status, ..Counts::default() };
        JobView { status: status.to_owned(), outcome: outcome.map(str::to_owned), counts, ..JobView::default() }
    }

    #[test]
    fn watching_ends_with_the_job_or_when_only_a_person_can_go_on() {
        for (status, outcome, running, stay, exit) in [
            ("RUNNING", None, 3, false, None),
            ("FINISHED", Some("SUCCEEDED"), 0, false, Some(Exit::Ok)),
            ("FINISHED", Some("PARTIAL"), 0, false, Some(Exit::Failed)),
            ("FINISHED", Some("NO_TARGETS"), 0, true, Some(Exit::Failed)),
            ("HELD", None, 2, false, None),
            ("HELD", None, 0, false, Some(Exit::NeedsPerson)),
            ("HELD", None, 0, true, None),
            ("SETTLED", None, 0, false, Some(Exit::NeedsPerson)),
            ("DRAINING", None, 0, false, None),
        ] {
            assert_eq!(ending(&job(status, outcome, running), stay), exit, "{status} {outcome:?} {running} {stay}");
        }
    }
}
