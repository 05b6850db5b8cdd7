//! The command line as a client of the GraphQL API, like any other.
//!
//! Never found here: what is asked (`operations`), or how it is shown.

use super::error::CliError;
use super::exit::Exit;
use super::operations::Operation;
use crate::access::Secret;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// How long an answer may take. The server gives up earlier.
const ANSWER: Duration = Duration::from_secs(90);
const CONNECT: Duration = Duration::from_secs(5);
/// How long a download may stand still. A backup is read whole by the server before its first byte comes.
const SILENCE: Duration = Duration::from_secs(1_800);

/// Where the server is, and who asks.
#[derive(Args, Clone, Debug)]
pub struct Where {
    /// The server to talk to
    #[arg(long, global = true, env = "STAGGER_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    #[arg(help_heading = "Server")]
    pub server: String,
    /// The access token; better give a file, because others see arguments
    #[arg(long, global = true, env = "STAGGER_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    #[arg(help_heading = "Server")]
    pub token: Option<String>,
    /// A file that holds the access token
    #[arg(long, global = true, env = "STAGGER_TOKEN_FILE", value_name = "FILE", help_heading = "Server")]
    pub token_file: Option<PathBuf>,
}

impl Where {
    /// The secret that was given, if one was. A token in the environment does not hide a file that was named.
    pub fn secret(&self) -> Result<Option<Secret>, CliError> {
        let (text, from) = match (&self.token, &self.token_file) {
            (Some(token), _) => (token.clone(), "the access token".to_owned()),
            (None, Some(file)) => (read_token(file)?, format!("the access token in {}", file.display())),
            (None, None) => return Ok(None),
        };
        let hint = "copy it whole, with its stg_, or make another with `stagger token create NAME`";
        let parsed = Secret::parse(&text);
        parsed.map(Some).map_err(|why| CliError::new(Exit::NotAuthorised, format!("{from} is none"), hint).because(why))
    }
}

fn read_token(file: &std::path::Path) -> Result<String, CliError> {
    let unreadable = |error| {
        let message = format!("the access token cannot be read from {}", file.display());
        CliError::new(Exit::NotAuthorised, message, "name a file that holds one").because(error)
    };
    std::fs::read_to_string(file).map_err(unreadable)
}

/// Talks to one server.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    secret: Option<Secret>,
}

impl Client {
    /// For a server; nothing is sent yet.
    pub fn new(place: &Where) -> Result<Client, CliError> {
        let base = place.server.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            let hint = "write it like http://127.0.0.1:8080";
            return Err(CliError::usage(format!("{base:?} is not the address of a server"), hint));
        }
        let http = reqwest::Client::builder().connect_timeout(CONNECT).timeout(ANSWER).no_proxy().build();
        let http = http.map_err(|error| CliError::unexpected("the HTTP client cannot be made").because(error))?;
        Ok(Client { http, base, secret: place.secret()? })
    }

    /// The server's address, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The access token, where one was given.
    pub fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// Asks for an operation and returns its data. Rejections are errors, too.
    pub async fn ask(&self, operation: &Operation, variables: Value) -> Result<Value, CliError> {
        let data = self.ask_openly(operation, variables).await?;
        refuse_rejections(&data)?;
        Ok(data)
    }

    /// Asks for an operation and returns its data, rejections included.
    pub async fn ask_openly(&self, operation: &Operation, variables: Value) -> Result<Value, CliError> {
        let body = json!({ "query": operation.text, "operationName": operation.name, "variables": variables });
        let mut request = self.http.post(format!("{}/graphql", self.base)).json(&body);
        request = request.header("accept", "application/graphql-response+json, application/json;q=0.9");
        let response =
            self.as_whom(request).send().await.map_err(|error| unreachable_server(&self.base).because(error))?;
        data_of(self.read(response).await?)
    }
}

impl Client {
    /// Asks for bytes, by POST, for as long as they come. What is not a success is an error with the server's words.
    pub async fn download(&self, path: &str) -> Result<reqwest::Response, CliError> {
        let http = reqwest::Client::builder().connect_timeout(CONNECT).read_timeout(SILENCE).no_proxy().build();
        let http = http.map_err(|error| CliError::unexpected("the HTTP client cannot be made").because(error))?;
        let request = self.as_whom(http.post(format!("{}{path}", self.base)));
        let response = request.send().await.map_err(|error| unreachable_server(&self.base).because(error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let answer = self.read(response).await?;
        Err(data_of(answer).err().unwrap_or_else(|| CliError::unexpected("the server refused without a reason")))
    }

    fn as_whom(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.secret {
            Some(secret) => request.bearer_auth(secret.reveal()),
            None => request,
        }
    }

    async fn read(&self, response: reqwest::Response) -> Result<Value, CliError> {
        let status = response.status();
        response.json().await.map_err(|error| {
            let message = format!("what answers at {} (HTTP {status}) is not a Stagger server", self.base);
            CliError::new(Exit::NoServer, message, "check --server").because(error)
        })
    }
}

/// The server cannot be reached.
pub fn unreachable_server(base: &str) -> CliError {
    let hint = "start it with `stagger server`, or say where it is with --server or STAGGER_SERVER";
    CliError::new(Exit::NoServer, format!("the server at {base} cannot be reached"), hint)
}

/// The data of an answer, or its errors as one error.
pub fn data_of(mut answer: Value) -> Result<Value, CliError> {
    if let Some(errors) = answer["errors"].as_array().filter(|errors| !errors.is_empty()) {
        return Err(of_errors(errors));
    }
    Ok(answer["data"].take())
}

fn of_errors(errors: &[Value]) -> CliError {
    let first = &errors[0];
    let code = first["extensions"]["code"].as_str().unwrap_or_default();
    let exit = match code {
        "UNAUTHENTICATED" | "TOO_MANY_FAILURES" => Exit::NotAuthorised,
        "BAD_ARGUMENT" | "BAD_REQUEST" | "TOO_LARGE" => Exit::Usage,
        "FAULT" | "CURSOR_GONE" => Exit::NoServer,
        "BUSY" => Exit::Rejected,
        _ => Exit::Bug,
    };
    let hint = match (first["extensions"]["hint"].as_str(), exit) {
        (Some(hint), _) => hint,
        (None, Exit::NotAuthorised) => "give a token with --token, --token-file, STAGGER_TOKEN or STAGGER_TOKEN_FILE",
        (None, Exit::Bug) => "use the same version of stagger on both sides; otherwise this is a bug, please report it",
        (None, _) => "",
    };
    let messages: Vec<&str> = errors.iter().filter_map(|error| error["message"].as_str()).collect();
    CliError::new(exit, messages.join("; "), hint)
}

/// Makes an error of the `userErrors` of a payload.
pub fn refuse_rejections(data: &Value) -> Result<(), CliError> {
    let payloads = data.as_object().into_iter().flat_map(|data| data.values());
    let mut refused =
        payloads.filter_map(|payload| payload["userErrors"].as_array()).filter(|errors| !errors.is_empty());
    let Some(errors) = refused.next() else { return Ok(()) };
    let messages: Vec<&str> = errors.iter().filter_map(|error| error["message"].as_str()).collect();
    let hints: Vec<&str> = errors.iter().filter_map(|error| error["hint"].as_str()).filter(|h| !h.is_empty()).collect();
    Err(CliError::new(Exit::Rejected, messages.join("\n  "), hints.join("\n  ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_keeps_its_hint_and_its_exit_code() {
        let rejected = json!({ "holdJob": { "job": null, "userErrors": [
            { "code": "WRONG_STATUS", "message": "job X has ended", "hint": "look at it with job show" } ] } });
        let error = refuse_rejections(&rejected).expect_err("rejected");
        assert_eq!(error.exit, Exit::Rejected);
        assert_eq!(error.to_string(), "error: job X has ended\n  next: look at it with job show");
    }

    #[test]
    fn errors_of_the_request_have_exit_codes_by_their_code() {
        for (code, exit) in [
            ("UNAUTHENTICATED", Exit::NotAuthorised),
            ("BAD_ARGUMENT", Exit::Usage),
            ("FAULT", Exit::NoServer),
            ("SOMETHING_NEW", Exit::Bug),
        ] {
            let answer = json!({ "errors": [{ "message": "no", "extensions": { "code": code } }] });
            assert_eq!(data_of(answer).expect_err("an error").exit, exit, "{code}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused_before_anything_is_sent() {
        let place = Where { server: "127.0.0.1:8080".to_owned(), token: None, token_file: None };
        let error = Client::new(&place).expect_err("no scheme");
        assert_eq!(error.exit, Exit::Usage);
    }
}
