//! Scalars: instants, lengths of time, and numbers larger than GraphQL's `Int`.
//!
//! Never found here: formatting for people.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use jobs::time::{Duration, Timestamp};

/// Any JSON value.
pub type Json = async_graphql::Json<serde_json::Value>;

/// An instant as RFC 3339 text in UTC with milliseconds, such as `2026-11-23T02:30:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub Timestamp);

/// A length of time in milliseconds, as a JSON number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub Duration);

/// A whole number from 0 to 2^53 − 1, as a JSON number: positions of the log, and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Long(pub u64);

/// The greatest whole number that every JSON reader understands exactly.
const MOST: u64 = (1 << 53) - 1;

/// An instant as RFC 3339 text in UTC with milliseconds, such as `2026-11-23T02:30:00.000Z`.
#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let instant: jiff::Timestamp = text.parse().map_err(|_| {
            InputValueError::custom(format!("{text:?} is not an instant; write it like 2026-11-23T02:30:00Z"))
        })?;
        let ms = u64::try_from(instant.as_millisecond())
            .map_err(|_| InputValueError::custom(format!("{text:?} is before 1970; Stagger's time begins there")))?;
        Ok(DateTime(Timestamp(ms)))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A length of time in milliseconds, as a JSON number.
#[Scalar(name = "Millis")]
impl ScalarType for Millis {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole_number(value).map(|ms| Millis(Duration(ms)))
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.0.min(MOST))
    }
}

/// A whole number from 0 to 2^53 − 1, as a JSON number: positions of the log, and bytes.
#[Scalar(name = "Long")]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole_number(value).map(Long)
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.min(MOST))
    }
}

fn whole_number<T: async_graphql::InputType>(value: Value) -> Result<u64, InputValueError<T>> {
    let Value::Number(number) = &value else {
        return Err(InputValueError::expected_type(value));
    };
    match number.as_u64() {
        Some(number) if number <= MOST => Ok(number),
        _ => Err(InputValueError::custom(format!("{number} is not a whole number from 0 to {MOST}"))),
    }
}
