//! Templates.
//!
//! Never found here: single steps and the policy (see `step`, `policy`).

use super::document::{Document, Limit, Node};
use super::reader::{Fields, Reader};
use crate::diagnostic::Diagnostic;
use crate::selector::Selector;
use crate::template::{OnFailure, Step, Template};
use crate::time::Duration;

/// The most steps a workflow may have.
const MOST_STEPS: usize = 64;

const LIMIT: Limit = Limit { bytes: 256 * 1024, values: 20_000 };

const KEYS: &[&str] = &[
    "template",
    "description",
    "parameters",
    "targets",
    "workflow",
    "on_failure",
    "batches",
    "allow_big_batch",
    "concurrency",
    "gates",
    "stratify_by",
    "unreachable_after",
    "lost_after",
];

const HABITS: &[(&str, &str)] = &[
    ("name", "template"),
    ("vars", "parameters"),
    ("inputs", "parameters"),
    ("hosts", "targets"),
    ("selector", "targets"),
    ("steps", "workflow"),
    ("tasks", "workflow"),
    ("stages", "batches"),
    ("serial", "batches"),
    ("forks", "concurrency"),
];

const ON_FAILURE: &[(&str, OnFailure)] = &[("undo", OnFailure::Undo), ("park", OnFailure::Park)];

/// A template with the text it was read from, so that later problems can be shown in their place.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// The template.
    pub template: Template,
    pub(super) document: Document,
}

/// Reads a template, or tells everything that is wrong with it by itself. Whether its actions exist and take what they
/// are given is for `TemplateFile::check`.
pub fn read_template(file: &str, text: &str) -> Result<TemplateFile, Vec<Diagnostic>> {
    let document = Document::read(file, text, LIMIT).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(&document);
    let template = template(&mut reader);
    let template = reader.finish(template)?;
    Ok(TemplateFile { template, document })
}

fn template(reader: &mut Reader<'_>) -> Option<Template> {
    let root = &reader.document.root;
    let fields = reader.fields(root, "a template", KEYS, HABITS)?;
    let name =
        reader.required(&fields, "template", "write `template: name`").and_then(|node| reader.name(node, "a template"));
    let workflow = reader.workflow(&fields);
    let on_failure = fields.get("on_failure").and_then(|node| reader.word(node, "a way to fail", ON_FAILURE));
    let stratify_by = fields.get("stratify_by").and_then(|node| reader.texts(node, "a label"));
    let template = Template {
        description: fields
            .get("description")
            .and_then(|node| reader.text(node, "the description"))
            .unwrap_or_default(),
        parameters: reader.parameters(&fields, "parameters"),
        targets: fields.get("targets").and_then(|node| reader.selector(node)),
        workflow: workflow.unwrap_or_default(),
        on_failure,
        batches: reader.batches(&fields),
        allow_big_batch: reader.flag(&fields, "allow_big_batch", false),
        concurrency: reader.concurrency(&fields),
        gates: reader.gates(&fields),
        stratify_by: stratify_by.unwrap_or_default(),
        unreachable_after: reader.patience(&fields, "unreachable_after", Duration::minutes(2)),
        lost_after: reader.patience(&fields, "lost_after", Duration::minutes(10)),
        name: name?.into(),
    };
    // What is missing because it could not be read would look like a contradiction.
    if reader.is_clean() {
        reader.contradictions(&template);
    }
    Some(template)
}

impl<'d> Reader<'d> {
    fn patience(&mut self, fields: &Fields<'d>, key: &str, otherwise: Duration) -> Duration {
        fields.get(key).and_then(|node| self.duration(node, Duration::seconds(1))).unwrap_or(otherwise)
    }

    fn workflow(&mut self, fields: &Fields<'d>) -> Option<Vec<Step>> {
        let help = "write `workflow:` and under it `- {step: check, action: patch.check}`";
        let node = self.required(fields, "workflow", help)?;
        let nodes = self.items(node, "steps")?;
        if nodes.is_empty() {
            return self.fail("bad-value", node.place, "the workflow has no steps", help);
        }
        if nodes.len() > MOST_STEPS {
            let message = format!("{} steps; at most {MOST_STEPS} are allowed", nodes.len());
            return self.fail("limit", node.place, message, "let one action do more, or make two templates");
        }
        let steps: Vec<Option<Step>> = nodes.iter().map(|node| self.step(node)).collect();
        steps.into_iter().collect()
    }

    /// A selector, with a problem shown at its very character where the text is written on one line.
    pub(super) fn selector(&mut self, node: &'d Node) -> Option<Selector> {
        let text = self.text(node, "a selector")?;
        Selector::parse(&text)
            .map_err(|error| {
                let mut place = node.place;
                let spelled = self.document.spelled(node);
                if let Some(start) = spelled.find(&text).filter(|_| !text.contains('\n')) {
                    let before = spelled[..start].chars().count() + error.offset;
                    place.column = place.column.saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
                }
                self.fail::<()>("bad-selector", place, format!("targets: {}", error.message), error.hint);
            })
            .ok()
    }
}
