//! Actions.
//!
//! Never found here: a script file that is opened; the caller says what stands in it.

use super::document::{Content, Document, Limit, Node};
use super::reader::{Fields, Reader};
use crate::action::{Action, Builtin, Place, Repeat, Run};
use crate::diagnostic::Diagnostic;
use crate::time::Duration;

const LIMIT: Limit = Limit { bytes: 1024 * 1024, values: 20_000 };

/// The longest script, in bytes.
const LONGEST_SCRIPT: usize = 512 * 1024;

/// How long an attempt may last where the action does not say.
const TIMEOUT: Duration = Duration::minutes(10);

const KEYS: &[&str] =
    &["action", "description", "parameters", "output", "timeout", "repeat", "on", "sudo", "run", "script", "builtin"];

const HABITS: &[(&str, &str)] = &[
    ("name", "action"),
    ("inputs", "parameters"),
    ("outputs", "output"),
    ("output_schema", "output"),
    ("become", "sudo"),
    ("entry_point", "script"),
    ("runner_type", "run"),
    ("idempotent", "repeat"),
];

const BUILTINS: &[(&str, Builtin)] = &[
    ("reboot", Builtin::Reboot),
    ("wait", Builtin::Wait),
    ("http", Builtin::Http),
    ("assert", Builtin::Assert),
    ("email", Builtin::Email),
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Script,
    Builtin,
    Http,
}

/// Reads an action. `resolve_script` gives the text of a script by its file name, or `None` where there is no such file.
pub fn read_action(
    file: &str,
    text: &str,
    resolve_script: impl Fn(&str) -> Option<String>,
) -> Result<Action, Vec<Diagnostic>> {
    let document = Document::read(file, text, LIMIT).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(&document);
    let action = action(&mut reader, &resolve_script);
    reader.finish(action)
}

fn action(reader: &mut Reader<'_>, resolve_script: &dyn Fn(&str) -> Option<String>) -> Option<Action> {
    let root = &reader.document.root;
    let fields = reader.fields(root, "an action", KEYS, HABITS)?;
    let name =
        reader.required(&fields, "action", "write `action: pack.verb`").and_then(|node| reader.name(node, "an action"));
    let places = [("host", Place::Host), ("controller", Place::Controller)];
    let on = fields.get("on").and_then(|node| reader.word(node, "a place", &places));
    let timeout = fields.get("timeout").and_then(|node| reader.duration(node, Duration::seconds(1)));
    let repeat = fields.get("repeat").and_then(|node| reader.repeat(node));
    let run = reader.run(&fields, resolve_script);
    let action = Action {
        description: fields
            .get("description")
            .and_then(|node| reader.text(node, "the description"))
            .unwrap_or_default(),
        parameters: reader.parameters(&fields, "parameters"),
        output: reader.parameters(&fields, "output"),
        timeout: timeout.unwrap_or(TIMEOUT),
        repeat: repeat.unwrap_or_default(),
        on: on.unwrap_or_default(),
        sudo: reader.flag(&fields, "sudo", false),
        name: name?.into(),
        run: run?,
    };
    reader.check_action(&action, &fields);
    Some(action)
}

impl<'d> Reader<'d> {
    /// `safe`, `never`, or the action that asks the host.
    fn repeat(&mut self, node: &'d Node) -> Option<Repeat> {
        if let Content::Map(_) = node.content {
            let fields = self.fields(node, "repeat", &["verify"], &[("action", "verify")])?;
            let verify = self.required(&fields, "verify", "write `repeat: {verify: pack.verb}`")?;
            return self.name(verify, "an action").map(|name| Repeat::Verify(name.into()));
        }
        let repeat = match &node.content {
            Content::Text(word) if word == "safe" => Some(Repeat::Safe),
            Content::Text(word) if word == "never" => Some(Repeat::Never),
            _ => None,
        };
        repeat.or_else(|| {
            let message = format!("{} does not say what to do about an attempt in doubt", node.shown());
            self.fail("bad-value", node.place, message, "write `safe`, `never` or `{verify: pack.verb}`")
        })
    }

    fn run(&mut self, fields: &Fields<'d>, resolve_script: &dyn Fn(&str) -> Option<String>) -> Option<Run> {
        let kinds = [("script", Kind::Script), ("builtin", Kind::Builtin), ("http", Kind::Http)];
        let kind = match (fields.get("run"), fields.has("builtin")) {
            (Some(node), _) => self.word(node, "a way to run", &kinds)?,
            (None, true) => Kind::Builtin,
            (None, false) => Kind::Script,
        };
        let foreign = if kind == Kind::Script { "builtin" } else { "script" };
        if fields.has(foreign) {
            let help = "an action is a script or a built-in: keep one of them";
            self.contradiction(fields.place_of(foreign), format!("`{foreign}` means nothing here"), help);
        }
        match kind {
            Kind::Script => self.script(fields, resolve_script),
            Kind::Http => Some(Run::Builtin(Builtin::Http)),
            Kind::Builtin => {
                let node = self.required(fields, "builtin", "write `builtin: wait` or another built-in")?;
                self.word(node, "a built-in", BUILTINS).map(Run::Builtin)
            }
        }
    }

    /// A script is written in place where it has several lines; otherwise it is the name of a file beside the action.
    fn script(&mut self, fields: &Fields<'d>, resolve_script: &dyn Fn(&str) -> Option<String>) -> Option<Run> {
        let help = "write `script: file.sh` for a file beside this one, or `script: |` and the script under it";
        let node = self.required(fields, "script", help)?;
        let text = self.text(node, "a script")?;
        let is_in_place = text.contains('\n') || text.is_empty();
        let script = if is_in_place { text } else { self.script_file(node, &text, resolve_script)? };
        if script.trim().is_empty() {
            return self.fail("bad-value", node.place, "the script is empty", help);
        }
        if script.len() > LONGEST_SCRIPT {
            let message = format!("the script is {} bytes long; at most {LONGEST_SCRIPT} are allowed", script.len());
            return self.fail("limit", node.place, message, "let it fetch what it needs");
        }
        Some(Run::Script(script.into()))
    }

    fn script_file(&mut self, node: &'d Node, name: &str, resolve: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let leaves_folder = name.starts_with(['/', '~']) || name.split('/').any(|part| part == "..");
        if leaves_folder {
            let help = "put the script beside the action, and write its file name";
            return self.fail("bad-value", node.place, format!("`{name}` is outside of the action's folder"), help);
        }
        resolve(name).or_else(|| {
            let help = match name.contains(char::is_whitespace) {
                true => "to write a script in place, write `script: |` and the script under it",
                false => "create it beside the action, or write `script: |` and the script under it",
            };
            self.fail("missing-file", node.place, format!("there is no file `{name}`"), help)
        })
    }

    /// Settings that contradict each other, and what built-ins need.
    fn check_action(&mut self, action: &Action, fields: &Fields<'d>) {
        if action.sudo && action.on == Place::Controller {
            let help = "the controller runs actions as the user Stagger runs as: remove `sudo`";
            self.contradiction(fields.place_of("sudo"), "`sudo` means nothing on the controller".into(), help);
        }
        let Run::Builtin(builtin) = action.run else { return };
        let (name, needs): (&str, &[&str]) = match builtin {
            Builtin::Reboot => ("reboot", &[]),
            Builtin::Wait => ("wait", &["for"]),
            Builtin::Http => ("http", &["url"]),
            Builtin::Assert => ("assert", &["that"]),
            Builtin::Email => ("email", &["to", "subject"]),
        };
        for parameter in needs.iter().filter(|parameter| !action.parameters.contains_key(**parameter)) {
            let message = format!("built-in `{name}` needs a parameter `{parameter}`");
            let help = format!("declare it under `parameters`: `{parameter}: {{required: true}}`");
            self.fail::<()>("missing-key", fields.place_of("builtin"), message, help);
        }
        if builtin == Builtin::Reboot && action.on == Place::Controller {
            let help = "write `on: host`, or remove `on`";
            self.contradiction(fields.place_of("on"), "a reboot is for the host, not the controller".into(), help);
        }
        if let Repeat::Verify(verify) = &action.repeat
            && verify == &action.name
        {
            let help = "name an action that only looks, and changes nothing";
            self.contradiction(fields.place_of("repeat"), "an action cannot verify itself".into(), help);
        }
    }
}
