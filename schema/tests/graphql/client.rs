//! A client of the API over Stagger in memory.

use async_graphql::{Request, Response, Variables};
use futures_util::{Stream, StreamExt};
use schema::testing::MemoryBackend;
use schema::{ActorContext, Limits, Schema};
use serde_json::{Value, json};
use std::sync::Arc;

pub struct Client {
    pub backend: Arc<MemoryBackend>,
    pub schema: Schema,
}

impl Client {
    /// A client of a fleet of `hosts` servers.
    pub fn of(hosts: u32) -> Client {
        let backend = Arc::new(MemoryBackend::demo(hosts));
        Client { schema: schema::build(backend.clone(), Limits::default()), backend }
    }

    pub fn request(&self, document: &str, variables: Value) -> Request {
        let actor = jobs::command::Actor("user:alice".into());
        Request::new(document)
            .variables(Variables::from_json(variables))
            .data(ActorContext { actor, origin: "127.0.0.1".into() })
    }

    /// The whole response.
    pub async fn respond(&self, document: &str, variables: Value) -> Response {
        self.schema.execute(self.request(document, variables)).await
    }

    /// The data of a request that must not have errors.
    pub async fn ask(&self, document: &str, variables: Value) -> Value {
        data(self.respond(document, variables).await)
    }

    /// The only error of a request: its message and its code.
    pub async fn error(&self, document: &str, variables: Value) -> (String, String) {
        let response = serde_json::to_value(self.respond(document, variables).await).expect("JSON");
        let errors = response["errors"].as_array().cloned().unwrap_or_default();
        assert_eq!(errors.len(), 1, "{response}");
        (text(&errors[0]["message"]), errors[0]["extensions"]["code"].as_str().unwrap_or_default().to_owned())
    }

    pub fn watch(&self, document: &str, variables: Value) -> impl Stream<Item = Value> + Unpin + use<> {
        self.schema.execute_stream(self.request(document, variables)).map(data).boxed()
    }

    /// Creates a job of the demo template and returns its id.
    pub async fn job(&self, input: Value) -> String {
        let mut whole = json!({"template": "patch", "start": true});
        if let (Some(whole), Some(input)) = (whole.as_object_mut(), input.as_object()) {
            whole.extend(input.clone());
        }
        let created = self.ask(CREATE, json!({ "input": whole })).await;
        assert_eq!(created["createJob"]["userErrors"], json!([]));
        text(&created["createJob"]["job"]["id"])
    }
}

const CREATE: &str = "mutation($input: CreateJobInput!) {
    createJob(input: $input) { duplicate job { id } userErrors { code message hint path } }
}";

pub fn data(response: Response) -> Value {
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().expect("JSON")
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
