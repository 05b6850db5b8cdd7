//! One run of a client command: whom it talks to, and whether it answers people or programs.
//!
//! Never found here: a command.

use super::client::{Client, Where};
use super::error::CliError;
use super::exit::Exit;
use super::operations::Operation;
use super::terminal;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The most objects the API gives at once.
const PAGE: usize = 200;

/// One run of a client command.
#[derive(Debug)]
pub struct Session {
    /// The server.
    pub client: Client,
    /// Whether the answer is for programs.
    pub json: bool,
}

impl Session {
    /// For a server.
    pub fn new(place: &Where, json: bool) -> Result<Session, CliError> {
        Ok(Session { client: Client::new(place)?, json })
    }

    /// Asks, and takes one field out of the answer.
    pub async fn ask(&self, operation: &Operation, variables: Value, field: &str) -> Result<Value, CliError> {
        Ok(self.client.ask(operation, variables).await?[field].take())
    }

    /// Prints an answer: as JSON, or as text for people.
    pub fn show(&self, answer: &Value, text: impl FnOnce() -> Result<String, CliError>) -> Result<Exit, CliError> {
        if self.json {
            self.show_json(answer)?
        } else {
            terminal::print(&text()?)?
        }
        Ok(Exit::Ok)
    }

    /// Prints an answer as JSON.
    pub fn show_json(&self, answer: &Value) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(answer);
        let text = text.map_err(|error| CliError::unexpected("the answer cannot be written").because(error))?;
        terminal::print(&(text + "\n"))
    }

    /// The first `limit` objects of a connection, page by page.
    pub async fn list(
        &self,
        operation: &Operation,
        variables: Value,
        field: &str,
        limit: usize,
    ) -> Result<List, CliError> {
        self.list_until(operation, variables, field, limit, |_| false).await
    }

    /// The same, up to and without the first one that is `beyond`.
    pub async fn list_until(
        &self,
        operation: &Operation,
        mut variables: Value,
        field: &str,
        limit: usize,
        beyond: impl Fn(&Value) -> bool,
    ) -> Result<List, CliError> {
        let mut list = List::default();
        loop {
            let left = limit.saturating_sub(list.nodes.len()).min(PAGE);
            variables["first"] = json!(left.max(1));
            let mut page = self.ask(operation, variables.clone(), field).await?;
            refuse_problem(&page["problem"])?;
            let nodes = page["nodes"].as_array_mut().map(std::mem::take).unwrap_or_default();
            let with_all = list.nodes.len() + nodes.len();
            list.nodes.extend(nodes.into_iter().take_while(|node| !beyond(node)));
            list.total = page["totalCount"].as_u64();
            list.more = page["pageInfo"]["hasNextPage"] == true && list.nodes.len() == with_all;
            if !list.more || list.nodes.len() >= limit {
                return Ok(list);
            }
            let next = if page["continueAfter"].is_null() {
                &mut page["pageInfo"]["endCursor"]
            } else {
                &mut page["continueAfter"]
            };
            variables["after"] = next.take();
        }
    }
}

/// A list may say that a selector cannot be read, and where.
fn refuse_problem(problem: &Value) -> Result<(), CliError> {
    let Some(message) = problem["message"].as_str() else { return Ok(()) };
    let place = problem["offset"].as_u64().unwrap_or_default() + 1;
    let hint = problem["hint"].as_str().unwrap_or_default();
    Err(CliError::usage(format!("the selector cannot be read at character {place}: {message}"), hint))
}

/// Objects of a connection.
#[derive(Debug, Default)]
pub struct List {
    /// As the API gave them.
    pub nodes: Vec<Value>,
    /// Whether there are more than were asked for.
    pub more: bool,
    /// How many there are in all, where the API says so.
    pub total: Option<u64>,
}

impl List {
    /// The objects, typed.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, CliError> {
        self.nodes.iter().map(read).collect()
    }

    /// A line for people who do not see all; empty when they do.
    pub fn rest(&self) -> String {
        match (self.more, self.total) {
            (false, _) => String::new(),
            (true, Some(total)) => format!("… {} of {total} shown; --limit shows more\n", self.nodes.len()),
            (true, None) => format!("… the first {} are shown; --limit shows more\n", self.nodes.len()),
        }
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({ "nodes": self.nodes, "hasMore": self.more })
    }
}

/// A part of an answer, typed.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, CliError> {
    T::deserialize(value)
        .map_err(|error| CliError::unexpected("the server's answer is not what this version expects").because(error))
}

/// An object that was asked for by name; `None` in the answer means that it does not exist.
pub fn found<'a>(value: &'a Value, kind: &str, name: &str, hint: &str) -> Result<&'a Value, CliError> {
    if value.is_null() {
        return Err(CliError::new(Exit::Rejected, format!("there is no {kind} {name}"), hint));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_that_cannot_be_read_makes_no_sense_of_the_request() {
        assert!(refuse_problem(&Value::Null).is_ok());
        let problem = json!({"offset": 5, "message": "a value is missing", "hint": "write role=web"});
        let error = refuse_problem(&problem).expect_err("a problem");
        assert_eq!(error.exit, Exit::Usage);
        assert!(error.to_string().contains("at character 6: a value is missing"), "{error}");
    }
}
