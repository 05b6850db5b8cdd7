//! The mail server that steps send their mail through, as it is named when the server is started.
//!
//! Never found here: a password, only where it is; or a letter (`remote`).

use super::error::CliError;
use crate::connection::SecretReference;
use crate::remote::{Mail, Security};
use clap::ValueEnum;
use lettre::message::Mailbox;

/// The mail server for steps that send mail.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Mail")]
pub struct MailArgs {
    /// The mail server for steps that send mail
    #[arg(long, env = "STAGGER_MAIL_SERVER", value_name = "HOST[:PORT]", requires = "mail_from")]
    mail_server: Option<String>,
    /// Who the mail is from, for example: "Stagger <stagger@example.org>"
    #[arg(long, env = "STAGGER_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// How the connection to the mail server is protected
    #[arg(long, env = "STAGGER_MAIL_SECURITY", value_enum, default_value_t)]
    mail_security: MailSecurity,
    /// Who logs in at the mail server
    #[arg(long, env = "STAGGER_MAIL_USER", value_name = "NAME", requires = "mail_password")]
    mail_user: Option<String>,
    /// Where the password for that is: env:NAME or file:PATH, never itself
    #[arg(long, env = "STAGGER_MAIL_PASSWORD", value_name = "REFERENCE")]
    mail_password: Option<SecretReference>,
}

/// How the connection to the mail server is protected.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum MailSecurity {
    /// Upgraded to TLS before anything is said; port 587 unless another is named
    #[default]
    Starttls,
    /// TLS from the first byte; port 465
    Tls,
    /// Not at all; port 25. For a mail server on this machine
    None,
}

impl MailSecurity {
    fn usual_port(self) -> u16 {
        match self {
            MailSecurity::Starttls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        }
    }
}

impl From<MailSecurity> for Security {
    fn from(security: MailSecurity) -> Security {
        match security {
            MailSecurity::Starttls => Security::StartTls,
            MailSecurity::Tls => Security::Tls,
            MailSecurity::None => Security::None,
        }
    }
}

impl MailArgs {
    /// The mail server, if one was named.
    pub fn mail(&self) -> Result<Option<Mail>, CliError> {
        let (Some(server), Some(from)) = (&self.mail_server, &self.mail_from) else { return Ok(None) };
        from.parse::<Mailbox>().map_err(|why| {
            CliError::usage(format!("--mail-from {from:?} is no address"), "write: Stagger <stagger@example.org>")
                .because(why)
        })?;
        let (server, port) = address(server, self.mail_security.usual_port())?;
        let login = self.mail_user.clone().zip(self.mail_password.clone());
        Ok(Some(Mail { server, port, security: self.mail_security.into(), from: from.clone(), login }))
    }
}

/// `mail`, `mail:587`, `192.0.2.1:25` or `[2001:db8::1]:25`.
fn address(text: &str, usual_port: u16) -> Result<(String, u16), CliError> {
    let plain = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            let wrong = || {
                CliError::usage(
                    format!("--mail-server {text:?} has no port after its colon"),
                    "write HOST or HOST:PORT",
                )
            };
            Ok((plain(host), port.parse().map_err(|_| wrong())?))
        }
        _ => Ok((plain(text), usual_port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_named_with_or_without_a_port() {
        for (text, host, port) in [
            ("mail", "mail", 587),
            ("mail.example.org:2525", "mail.example.org", 2525),
            ("192.0.2.1:25", "192.0.2.1", 25),
            ("[2001:db8::1]:25", "2001:db8::1", 25),
            ("2001:db8::1", "2001:db8::1", 587),
            ("[2001:db8::1]", "2001:db8::1", 587),
        ] {
            assert_eq!(address(text, 587).expect(text), (host.to_owned(), port));
        }
        assert!(address("mail:smtp", 587).is_err_and(|error| error.to_string().contains("HOST:PORT")));
    }
}
