//! GraphQL over HTTP: one operation a request, by POST as JSON, or by GET when it is a query.
//!
//! A request that cannot be carried out is answered 4xx without a `data` key; once execution began the answer is 200.
//! Never found here: batches, uploads, or what an operation does.

use super::Front;
use super::negotiation::{Answer, sends_json};
use async_graphql::parser::types::{DocumentOperations, OperationDefinition, OperationType};
use async_graphql::{Name, Pos, Request, Response as Answered, ServerError, Value, Variables};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schema::ActorContext;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use std::sync::Arc;

/// An operation, as sent in a body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    query: String,
    operation_name: Option<String>,
    variables: Option<Map<String, serde_json::Value>>,
    #[serde(rename = "extensions")]
    _extensions: Option<Map<String, serde_json::Value>>,
}

/// An operation, as sent in an address.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedByAddress {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
}

/// Why nothing was executed.
pub struct RequestError {
    status: StatusCode,
    body: serde_json::Value,
}

/// A request error with one message.
pub fn request_error(status: StatusCode, code: &str, message: &str, hint: &str) -> RequestError {
    let extensions = json!({ "code": code, "hint": hint });
    RequestError { status, body: json!({ "errors": [{ "message": message, "extensions": extensions }] }) }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        write(self.status, Answer::GraphQl, &self.body)
    }
}

/// `POST /graphql`.
pub async fn post(
    State(front): State<Arc<Front>>,
    Extension(actor): Extension<ActorContext>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(answer) = Answer::wanted(&headers) else { return not_acceptable().into_response() };
    if !sends_json(&headers) {
        let hint = "send the operation as application/json in UTF-8";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return request_error(status, "UNSUPPORTED_MEDIA_TYPE", "the body is not JSON", hint).with(answer);
    }
    match body.map_err(unreadable).and_then(|body| read_body(&body)) {
        Ok(request) => respond(answer, execute(&front, request.data(actor)).await),
        Err(error) => error.with(answer),
    }
}

/// `GET /graphql`.
pub async fn get(
    State(front): State<Arc<Front>>,
    Extension(actor): Extension<ActorContext>,
    headers: HeaderMap,
    asked: Result<Query<AskedByAddress>, QueryRejection>,
) -> Response {
    let Some(answer) = Answer::wanted(&headers) else { return not_acceptable().into_response() };
    let asked = asked.map_err(|error| bad_request(&error.body_text(), "percent-encode the parameters"));
    match asked.and_then(|Query(asked)| read_address(asked)).and_then(only_a_query) {
        Ok(request) => respond(answer, execute(&front, request.data(actor)).await),
        Err(error) => error.with(answer),
    }
}

/// Any other method on `/graphql`.
pub async fn other_method() -> Response {
    let hint = "POST an operation, or GET a query";
    method_not_allowed("this method is not for GraphQL", hint, "GET, POST")
}

fn read_body(body: &[u8]) -> Result<Request, RequestError> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {}
        Some(b'[') => return Err(bad_request("a batch was sent", "send one operation a request")),
        _ => return Err(bad_request("the body is not a JSON object", "send {\"query\": …, \"variables\": …}")),
    }
    let asked: Asked = serde_json::from_slice(body).map_err(|error| {
        bad_request(&format!("the body cannot be read: {error}"), "send {\"query\": …, \"variables\": …}")
    })?;
    Ok(request(asked.query, asked.operation_name, asked.variables))
}

fn read_address(asked: AskedByAddress) -> Result<Request, RequestError> {
    let query = asked.query.ok_or_else(|| bad_request("there is no query", "add ?query=… to the address"))?;
    let variables = match asked.variables.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(serde_json::from_str(text).map_err(|error| {
            bad_request(&format!("the variables cannot be read: {error}"), "give them as one JSON object")
        })?),
    };
    Ok(request(query, asked.operation_name, variables))
}

fn request(query: String, name: Option<String>, variables: Option<Map<String, serde_json::Value>>) -> Request {
    let variables = Variables::from_json(serde_json::Value::Object(variables.unwrap_or_default()));
    let request = Request::new(query).variables(variables);
    match name.filter(|name| !name.is_empty()) {
        Some(name) => request.operation_name(name),
        None => request,
    }
}

/// A request whose operation is a query, or cannot be found out and will be refused for that anyway.
fn only_a_query(mut request: Request) -> Result<Request, RequestError> {
    match operation_of(&mut request).map(|operation| operation.ty) {
        None | Some(OperationType::Query) => Ok(request),
        Some(OperationType::Mutation | OperationType::Subscription) => Err(only_queries()),
    }
}

/// The operation that is asked for, where it can be found out.
fn operation_of(request: &mut Request) -> Option<&OperationDefinition> {
    let name = request.operation_name.clone();
    let operation = match (&request.parsed_query().ok()?.operations, name) {
        (DocumentOperations::Single(operation), _) => operation,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name.as_str())?,
        // A lone operation with a name counts as one of several.
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next()?,
        (DocumentOperations::Multiple(_), None) => return None,
    };
    Some(&operation.node)
}

/// The error of a request that leaves out a variable its operation cannot do without. The library notices only when it
/// comes to the field, in the middle of executing.
pub fn missing_variable(request: &mut Request) -> Option<ServerError> {
    let needed: Vec<_> =
        operation_of(request)?.variable_definitions.iter().map(|definition| &definition.node).collect();
    let needed = needed.into_iter().filter(|one| !one.var_type.node.nullable && one.default_value.is_none());
    let needed: Vec<(Name, Pos)> = needed.map(|one| (one.name.node.clone(), one.name.pos)).collect();
    let is_missing = |name: &Name| request.variables.get(name).is_none_or(|value| *value == Value::Null);
    let (name, place) = needed.into_iter().find(|(name, _)| is_missing(name))?;
    Some(ServerError::new(format!("the variable ${name} has no value, and the operation needs one"), Some(place)))
}

/// Executes a request, or refuses it.
async fn execute(front: &Front, mut request: Request) -> Answered {
    match missing_variable(&mut request) {
        Some(error) => Answered::from_errors(vec![error]),
        None => front.state.schema.execute(request).await,
    }
}

/// Whether nothing was executed: an error of a field has a path, one of the request has none.
pub fn is_refused(answered: &Answered) -> bool {
    let of_request = |error: &ServerError| error.path.is_empty();
    answered.data == Value::Null && !answered.errors.is_empty() && answered.errors.iter().all(of_request)
}

fn respond(answer: Answer, answered: Answered) -> Response {
    if is_refused(&answered) {
        return write(StatusCode::BAD_REQUEST, answer, &json!({ "errors": answered.errors }));
    }
    write(StatusCode::OK, answer, &answered)
}

fn write(status: StatusCode, answer: Answer, body: &impl Serialize) -> Response {
    let headers = [(header::CONTENT_TYPE, answer.content_type()), (header::CACHE_CONTROL, "no-store")];
    match serde_json::to_vec(body) {
        Ok(bytes) => (status, headers, bytes).into_response(),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("the answer cannot be written: {error}\n")).into_response()
        }
    }
}

impl RequestError {
    fn with(self, answer: Answer) -> Response {
        let mut response = write(self.status, answer, &self.body);
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        }
        response
    }
}

fn bad_request(message: &str, hint: &str) -> RequestError {
    request_error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message, hint)
}

fn unreadable(error: BytesRejection) -> RequestError {
    let status = error.status();
    let code = if status == StatusCode::PAYLOAD_TOO_LARGE { "TOO_LARGE" } else { "BAD_REQUEST" };
    let hint = format!("a body may have {} MiB", super::BODY_LIMIT / 1024 / 1024);
    request_error(status, code, &error.body_text(), &hint)
}

fn not_acceptable() -> RequestError {
    let hint = "accept application/graphql-response+json or application/json";
    request_error(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", "no media type of the answer is accepted", hint)
}

fn only_queries() -> RequestError {
    let message = "only queries are carried out by GET";
    request_error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message, "send this operation by POST")
}

fn method_not_allowed(message: &str, hint: &str, allowed: &'static str) -> Response {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = request_error(status, "METHOD_NOT_ALLOWED", message, hint).into_response();
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}
