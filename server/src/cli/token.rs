//! `stagger token`: access tokens.
//!
//! Never found here: what a secret is made of (`access`).

use super::clock;
use super::error::CliError;
use super::exit::Exit;
use super::operations::{CREATE_TOKEN, LIST_TOKENS, REVOKE_TOKEN};
use super::session::{Session, read};
use super::table;
use serde::Deserialize;
use serde_json::{Value, json};

/// What to do with tokens.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Make a token and show its secret, this once
    Create {
        /// What to call it; the log names it as token:NAME
        name: String,
    },
    /// List tokens; secrets are not kept and not shown
    List,
    /// Take a token back; it is refused within a second
    Revoke {
        /// Its id, from `token list`
        id: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    id: String,
    name: String,
    created_at: String,
    revoked: bool,
}

/// Carries a verb out.
pub async fn run(session: &Session, verb: &Verb) -> Result<Exit, CliError> {
    match verb {
        Verb::Create { name } => create(session, name).await,
        Verb::List => list(session).await,
        Verb::Revoke { id } => revoke(session, id).await,
    }
}

async fn create(session: &Session, name: &str) -> Result<Exit, CliError> {
    let payload = session.ask(&CREATE_TOKEN, json!({ "input": { "name": name } }), "createToken").await?;
    session.show(&payload, || {
        let secret: String = read(&payload["secret"])?;
        Ok(format!("{secret}\nThis is the only time it is shown. Keep it in a file and name it with --token-file.\n"))
    })
}

async fn list(session: &Session) -> Result<Exit, CliError> {
    let tokens = session.ask(&LIST_TOKENS, Value::Null, "tokens").await?;
    session.show(&tokens, || {
        let tokens: Vec<Token> = read(&tokens)?;
        let row = |token: Token| {
            let state = if token.revoked { "revoked" } else { "live" };
            [token.id, token.name, state.to_owned(), clock::local(&token.created_at)]
        };
        Ok(table::list(["ID", "NAME", "STATE", "CREATED"], tokens.into_iter().map(row).collect()))
    })
}

async fn revoke(session: &Session, id: &str) -> Result<Exit, CliError> {
    let payload = session.ask(&REVOKE_TOKEN, json!({ "input": { "token": id } }), "revokeToken").await?;
    session.show(&payload, || Ok(format!("token {id} is revoked\n")))
}
