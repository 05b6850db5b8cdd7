//! One e-mail from the controller.
//!
//! Never found here: a second try. A server that took the letter and did not say so in time may have sent it.

use super::Came;
use crate::connection::SecretReference;
use jobs::parameter::Values;
use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde_json::Value;
use std::time::Duration;

/// The mail server.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its name or address.
    pub server: String,
    /// Its TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Who sends: `Stagger <stagger@example.org>`.
    pub from: String,
    /// Who logs in, and with which password; nobody where the server asks for none.
    pub login: Option<(String, SecretReference)>,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all; for a server on the same machine.
    None,
    /// Upgraded to TLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// A letter that can be sent.
pub(super) struct Letter {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    message: Message,
}

/// Reads the parameters `to`, `subject` and `body`.
pub(super) fn prepare(mail: Option<&Mail>, values: &Values) -> Result<Letter, String> {
    let mail = mail.ok_or("no mail server is set; start the server with --mail-server and --mail-from")?;
    let mut message = Message::builder().from(mailbox(&mail.from)?).subject(text(values, "subject"));
    let to = recipients(values.get("to"));
    if to.is_empty() {
        return Err("`to` is missing".to_owned());
    }
    for address in &to {
        message = message.to(mailbox(address)?);
    }
    let message = message.header(ContentType::TEXT_PLAIN).body(text(values, "body"));
    let message = message.map_err(|error| format!("the letter: {error}"))?;
    Ok(Letter { transport: transport(mail)?, message })
}

fn transport(mail: &Mail) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let builder = match mail.security {
        Security::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.server)),
        Security::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&mail.server),
        Security::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&mail.server),
    };
    let mut builder = builder.map_err(|error| format!("mail server {}: {error}", mail.server))?.port(mail.port);
    if let Some((user, password)) = &mail.login {
        let password = password.resolve().map_err(|error| format!("password of the mail server: {error}"))?;
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    Ok(builder.build())
}

impl Letter {
    pub(super) async fn send(self, limit: Duration) -> Came {
        let sending = self.transport.send(self.message);
        let sent = if limit == Duration::ZERO { Ok(sending.await) } else { tokio::time::timeout(limit, sending).await };
        match sent {
            Ok(Ok(_)) => Came::Well(Values::new()),
            Ok(Err(error)) => Came::Badly(format!("the mail server: {error}"), Values::new()),
            Err(_) => Came::TimedOut,
        }
    }
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|error| format!("{text:?} is no mail address: {error}"))
}

fn text(values: &Values, name: &str) -> String {
    values.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn recipients(to: Option<&Value>) -> Vec<String> {
    match to {
        Some(Value::String(text)) => text.split(',').map(|part| part.trim().to_owned()).collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
