//! Mail as a template sends it: through the pack's action, from a real server process, to a mail server that speaks SMTP.
//!
//! Never found here: TLS to the mail server.

use crate::process::{Process, run};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const TEMPLATE: &str = r#"
template: tell
parameters:
  second: {type: string, default: night@example.org, description: "Who hears of it, too"}
workflow:
  - step: tell
    action: notify.email
    with:
      to: [ops@example.org, "{{ params.second }}"]
      subject: "{{ host.name }} ist zurück"
      body: "All is well.\n.\nA dot alone is no end.\n"
"#;

/// `\0stagger\0s3cret` in base64, and the subject as RFC 2047 has it.
const LOGIN: &str = "AHN0YWdnZXIAczNjcmV0";
const SUBJECT: &str = "Subject: web-1 ist =?utf-8?b?enVyw7xjaw==?=\n";

/// What a client said in one transaction that went through.
#[derive(Clone, Debug, Default)]
struct Letter {
    login: String,
    from: String,
    to: Vec<String>,
    text: String,
}

/// A mail server (RFC 5321) that keeps what it takes, and knows no `nobody`.
struct MailServer {
    address: SocketAddr,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl MailServer {
    fn start() -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let letters = Arc::new(Mutex::new(Vec::new()));
        let kept = letters.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let kept = kept.clone();
                // A client that goes away in the middle is its own affair.
                std::thread::spawn(move || drop(serve(client, &kept)));
            }
        });
        MailServer { address, letters }
    }

    fn letters(&self) -> Vec<Letter> {
        self.letters.lock().expect("nobody panics here").clone()
    }
}

fn serve(client: TcpStream, letters: &Mutex<Vec<Letter>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(client.try_clone()?).lines();
    let say = |text: &str| (&client).write_all(format!("{text}\r\n").as_bytes());
    let mut letter = Letter::default();
    say("220 test ESMTP")?;
    while let Some(line) = lines.next().transpose()? {
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        match (verb.to_uppercase().as_str(), rest) {
            ("EHLO", _) => say("250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
            ("AUTH", proof) if proof == format!("PLAIN {LOGIN}") => {
                letter.login = "stagger".into();
                say("235 2.7.0 welcome")?;
            }
            ("AUTH", _) => say("535 5.7.8 wrong password")?,
            ("MAIL", sender) => {
                letter = Letter { login: letter.login, from: sender.to_owned(), ..Letter::default() };
                say("250 ok")?;
            }
            ("RCPT", whom) if whom.contains("<nobody@") => say("550 5.1.1 no such user here")?,
            ("RCPT", whom) => {
                letter.to.push(whom.to_owned());
                say("250 ok")?;
            }
            ("DATA", _) => {
                say("354 go on")?;
                for line in lines.by_ref() {
                    match line?.as_str() {
                        "." => break,
                        line => letter.text += &format!("{}\n", line.strip_prefix('.').unwrap_or(line)),
                    }
                }
                letters.lock().expect("nobody panics here").push(letter.clone());
                say("250 taken")?;
            }
            ("QUIT", _) => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
    Ok(())
}

/// A server that sends its mail there, with one host and the template.
struct Sender {
    _process: Process,
    _folder: TempDir,
    url: String,
    token: String,
}

impl Sender {
    fn start(mail: &[&str]) -> Sender {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (data, hosts, token, template) = (file("data"), file("hosts.yaml"), file("token"), file("tell.yaml"));
        std::fs::write(&hosts, "hosts:\n  web-1: {address: 127.0.0.9}\n").expect("a file");
        std::fs::write(&template, TEMPLATE).expect("a file");
        let mut args = vec!["server", "--json", "--data", &data, "--listen", "127.0.0.1:0", "--inventory", &hosts];
        args.extend(["--first-token-file", &token]);
        args.extend(mail);
        let mut process = Process::start(&args, &folder.path().join("server.log"));
        let said = process.line("{").unwrap_or_else(|| panic!("{}", process.words()));
        let said: Value = serde_json::from_str(&said).expect("JSON");
        let url = said["url"].as_str().expect("a url").to_owned();
        let sender = Sender { _process: process, _folder: folder, url, token };
        sender.types(&["template", "apply", &template], 0, &["version 1"]);
        sender
    }

    fn types(&self, words: &[&str], exit: i32, says: &[&str]) {
        run(&[&["--server", &self.url, "--token-file", &self.token], words].concat()).expect(exit, says);
    }
}

#[test]
fn a_template_sends_mail_through_the_mail_server_that_was_named() {
    let mail = MailServer::start();
    let secrets = tempfile::tempdir().expect("a folder");
    let password = secrets.path().join("password");
    std::fs::write(&password, "s3cret\n").expect("a file");
    let (address, password) = (mail.address.to_string(), format!("file:{}", password.display()));
    let mut args = vec!["--mail-server", &address, "--mail-from", "Stagger <stagger@example.org>"];
    args.extend(["--mail-security", "none", "--mail-user", "stagger", "--mail-password", &password]);
    let sender = Sender::start(&args);
    sender.types(&["job", "create", "tell", "--targets", "*", "--watch"], 0, &["1 succeeded"]);
    let letters = mail.letters();
    let [letter] = &letters[..] else { panic!("one letter, not {letters:?}") };
    assert_eq!(letter.login, "stagger");
    assert!(letter.from.contains("<stagger@example.org>"), "{letter:?}");
    assert!(letter.to.len() == 2 && letter.to[0].contains("<ops@") && letter.to[1].contains("<night@"), "{letter:?}");
    assert!(letter.text.contains(SUBJECT), "{}", letter.text);
    assert!(letter.text.contains("To: ops@example.org, night@example.org\n"), "{}", letter.text);
    assert!(letter.text.contains("\nAll is well.\n.\nA dot alone is no end.\n"), "{}", letter.text);
    let refused = ["job", "create", "tell", "--targets", "*", "--set", "second=nobody@example.org", "--watch"];
    sender.types(&refused, 6, &["failed"]);
    sender.types(&["job", "why", "last", "web-1"], 0, &["550", "no such user here"]);
    assert_eq!(mail.letters().len(), 1, "a letter that one of them would not get is sent to nobody");
}

#[test]
fn mail_that_cannot_be_sent_says_why() {
    let sender = Sender::start(&[]);
    sender.types(&["job", "create", "tell", "--targets", "*", "--watch"], 6, &["failed"]);
    sender.types(&["job", "why", "last", "web-1"], 0, &["no mail server is set", "--mail-server"]);
    let mail = MailServer::start();
    let address = mail.address.to_string();
    let mut args = vec!["--mail-server", &address, "--mail-from", "stagger@example.org", "--mail-security", "none"];
    args.extend(["--mail-user", "stagger", "--mail-password", "env:STAGGER_NO_SUCH_VARIABLE"]);
    let sender = Sender::start(&args);
    sender.types(&["job", "create", "tell", "--targets", "*", "--watch"], 6, &["failed"]);
    sender.types(&["job", "why", "last", "web-1"], 0, &["STAGGER_NO_SUCH_VARIABLE is not set"]);
    assert!(mail.letters().is_empty());
    run(&["server", "--mail-server", "mail", "--mail-from", "nobody at all"]).expect(2, &["--mail-from", "next:"]);
    run(&["server", "--mail-server", "mail"]).expect(2, &["--mail-from"]);
}
