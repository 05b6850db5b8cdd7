//! `stagger events`: what happened, from the log.
//!
//! Never found here: the log files themselves (`inspect`, `replay`).

use super::error::CliError;
use super::exit::Exit;
use super::operations::{FOLLOW_EVENTS, LIST_EVENTS};
use super::session::{Session, read};
use super::subscription::Subscription;
use super::terminal::{self, plain_line};
use super::{clock, table};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// How long to wait before connecting again.
const AWAY: Duration = Duration::from_secs(1);

/// Which events.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Go on with what happens from now; reconnects while the server is away
    #[arg(long, short)]
    follow: bool,
    /// Only events after this position of the log
    #[arg(long, value_name = "POSITION")]
    from: Option<u64>,
    /// Only events of streams whose name begins so, for example: job/
    #[arg(long)]
    stream: Option<String>,
    /// Only events of this job
    #[arg(long, conflicts_with = "stream")]
    job: Option<String>,
    /// Only events called so, for example: GateHeld
    #[arg(long = "kind")]
    kinds: Vec<String>,
    /// Only what this actor caused, for example: token:ci
    #[arg(long)]
    actor: Option<String>,
    /// Only what is about this host
    #[arg(long)]
    host: Option<String>,
    /// At most so many; has no meaning with --follow
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

impl Args {
    fn filter(&self) -> Value {
        let stream = self.stream.clone().or_else(|| self.job.as_ref().map(|job| format!("job/{job}")));
        let kinds = if self.kinds.is_empty() { Value::Null } else { json!(self.kinds) };
        json!({ "stream": stream, "kinds": kinds, "actor": self.actor, "host": self.host })
    }
}

#[derive(Deserialize)]
struct Event {
    position: u64,
    stream: String,
    at: String,
    actor: String,
    kind: String,
    text: String,
}

/// Lists or follows events.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    if args.follow { follow(session, args).await } else { list(session, args).await }
}

async fn list(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let from = args.from.unwrap_or(0);
    let variables = json!({ "filter": args.filter() });
    let is_old = |event: &Value| event["position"].as_u64().is_some_and(|position| position <= from);
    let mut events = session.list_until(&LIST_EVENTS, variables, "events", args.limit, is_old).await?;
    events.nodes.reverse();
    session.show(&events.to_json(), || {
        let rows = events.read::<Event>()?.iter().map(row).collect();
        let older = if events.more { "… there are older ones; --limit shows more\n" } else { "" };
        Ok(older.to_owned() + &table::list(["POSITION", "TIME", "EVENT", "STREAM", "BY", "SAYS"], rows))
    })
}

fn row(event: &Event) -> [String; 6] {
    let time = clock::local(&event.at);
    [event.position.to_string(), time, event.kind.clone(), event.stream.clone(), event.actor.clone(), says(&event.text)]
}

/// A sentence on one line, cut where it is long.
fn says(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

async fn follow(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let mut position = args.from;
    let mut has_connected = false;
    loop {
        match pages(session, args, &mut position, &mut has_connected).await {
            Ok(()) => {}
            Err(error) if error.exit == Exit::NoServer && has_connected => {}
            Err(error) => return Err(error),
        }
        tokio::time::sleep(AWAY).await;
    }
}

/// Prints pages until the connection ends; `position` is where to go on from.
async fn pages(
    session: &Session,
    args: &Args,
    position: &mut Option<u64>,
    has_connected: &mut bool,
) -> Result<(), CliError> {
    let variables = json!({ "filter": args.filter(), "afterPosition": position });
    let mut answers = Subscription::open(&session.client, &FOLLOW_EVENTS, variables).await?;
    *has_connected = true;
    while let Some(mut answer) = answers.next().await? {
        let page = answer["events"].take();
        for event in page["events"].as_array().into_iter().flatten() {
            let line = if session.json { event.to_string() } else { line(&read(event)?) };
            terminal::print(&(line + "\n"))?;
        }
        *position = page["position"].as_u64().or(*position);
    }
    Ok(())
}

fn line(event: &Event) -> String {
    let Event { position, stream, at, actor, kind, text } = event;
    plain_line(&format!("{position} {} {kind} {stream} by {actor} {}", clock::local(at), says(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_is_cut_and_cannot_command_the_terminal() {
        assert_eq!(says("web-1 was admitted"), "web-1 was admitted");
        assert_eq!(says(&"é".repeat(200)).chars().count(), 161);
        let event = Event {
            position: 7,
            stream: "job/01J".into(),
            at: "soon".into(),
            actor: "token:ci\u{1b}[2J".into(),
            kind: "JobHeld".into(),
            text: "held by ci\u{7}".into(),
        };
        assert_eq!(line(&event), "7 soon JobHeld job/01J by token:ci held by ci\u{fffd}");
    }
}
