//! What clients send: GraphQL documents and variables. An error says what is wrong, a document that cannot be read is
//! refused at its place, and no request reads more than its limits allow.

use crate::chance::Chance;
use crate::hunt::{hunt, promise};
use crate::mutation;
use async_graphql::{Request, Response, Variables};
use jobs::command::Actor;
use schema::testing::MemoryBackend;
use schema::{ActorContext, Limits, Schema};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, LazyLock};

static OPERATIONS: LazyLock<Vec<String>> = LazyLock::new(operations);

/// The documents that the command line sends.
fn operations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src/cli/operations");
    let paths = std::fs::read_dir(folder).expect("operations").map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "graphql")).collect();
    paths.sort();
    let texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect();
    let fragments: Vec<&String> = texts.iter().filter(|text| text.trim_start().starts_with("fragment")).collect();
    let whole = |text: &String| {
        let used = fragments.iter().filter(|fragment| {
            let name = fragment.split_whitespace().nth(1).unwrap_or_default();
            text.contains(&format!("...{name}"))
        });
        std::iter::once(text.as_str()).chain(used.map(|fragment| fragment.as_str())).collect::<Vec<_>>().join("\n")
    };
    texts.iter().filter(|text| !text.trim_start().starts_with("fragment")).map(whole).collect()
}

thread_local! {
    static SERVER: Server = Server::new();
}

/// The API over a small fleet with a job; requests may change it.
struct Server {
    schema: Schema,
    runtime: tokio::runtime::Runtime,
    ids: Vec<Value>,
}

impl Server {
    fn new() -> Server {
        let backend = Arc::new(MemoryBackend::demo(40));
        let schema = schema::build(backend, Limits::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut server = Server { schema, runtime, ids: Vec::new() };
        let create = "mutation { createJob(input: {template: \"patch\", start: true}) { job { id } } }";
        let made = server.respond(create, Value::Null).data.into_json().expect("JSON");
        server.ids =
            vec![made["createJob"]["job"]["id"].clone(), json!("patch"), json!("web-00001"), json!(7), json!([])];
        server
    }

    fn respond(&self, document: &str, variables: Value) -> Response {
        let actor = ActorContext { actor: Actor("user:alice".into()), origin: "127.0.0.1".into() };
        let request = Request::new(document).variables(Variables::from_json(variables)).data(actor);
        self.runtime.block_on(self.schema.execute(request))
    }
}

fn variables(ids: &[Value], chance: &mut Chance) -> Value {
    let good = json!({
        "id": ids[0], "job": ids[0], "first": 10, "last": 5, "after": null, "name": "patch", "template": "patch",
        "host": "web-00001", "input": {"job": ids[0], "reason": "x", "template": "patch", "hosts": ["web-00001"]},
        "which": {"hosts": ["web-00001"], "outcomes": []}, "cron": "0 3 * * *", "zone": "UTC", "count": 3,
        "text": "template: x", "file": "x.yaml", "from": "0", "position": "0", "batch": 1,
    });
    if chance.once_in(200) { good } else { mutation::json(&good, ids, chance) }
}

fn is_subscription(document: &str) -> bool {
    document.contains("subscription")
}

fn a_request(chance: &mut Chance) -> Result<(), String> {
    let document = match chance.once_in(250) {
        true => OPERATIONS[chance.between(0, OPERATIONS.len() as u64) as usize].clone(),
        false => mutation::text(&OPERATIONS, chance),
    };
    SERVER.with(|server| {
        let variables = variables(&server.ids, chance);
        let input = format!("{document}\n{variables}");
        let response = server.respond(&document, variables);
        for error in &response.errors {
            promise(!error.message.is_empty(), &format!("said badly: {error:?}"), &input)?;
        }
        let answered = !response.errors.is_empty() || response.data != async_graphql::Value::Null;
        promise(answered || is_subscription(&document), "neither data nor an error", &input)?;
        let bytes = serde_json::to_vec(&response).map_err(|why| format!("the answer is no JSON: {why}"))?;
        promise(bytes.len() < 8 << 20, &format!("{} bytes of answer", bytes.len()), &input)
    })
}

#[test]
fn requests() {
    hunt("requests", 1_500, a_request);
}

#[test]
fn a_document_that_cannot_be_read_is_refused_at_its_place() {
    let server = Server::new();
    for document in ["{", "query { jobs( }", "{ jobs { nodes { id } }", "mutation {{}}", "{ a \u{0} }"] {
        let response = server.respond(document, Value::Null);
        let error = response.errors.first().unwrap_or_else(|| panic!("{document:?} was read"));
        assert!(!error.locations.is_empty(), "{document:?}: {error:?}");
    }
}
