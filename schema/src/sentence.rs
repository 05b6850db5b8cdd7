//! Sentences: what is said to people, as values and in English.
//!
//! Never found here: a sentence; they are allotted in `jobs::sentence`.

use crate::scalar::Json;
use async_graphql::{Enum, SimpleObject};

macro_rules! present {
    ($($name:ident { $($field:ident : $type:ty),* } $(one($count:ident) $one:literal)? $text:literal)*) => {
        /// What is said. Each has its English beside it, with the names of what is told in it in braces. Where one of
        /// something reads otherwise than several, their number is called `count`.
        #[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
        #[graphql(remote = "jobs::sentence::SentenceKey")]
        pub enum SentenceKey { $(#[doc = $text] $name),* }
    };
}

jobs::each_sentence!(present);

/// Something said to people, to be said in any language.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What is said.
    key: SentenceKey,
    /// What is told in it, by name. Text and numbers are as they are; `{"ms": 1500}` is a length of time,
    /// `{"at": "2026-01-01T00:00:00.000Z"}` a moment, `{"share": 500}` hundredths of a percent, `{"hosts": 5}` a number of
    /// hosts where a share might stand, and `{"key", "values", "text"}` another sentence.
    values: Json,
    /// The whole in English. Errors and reasons in it are as scripts and people wrote them.
    text: String,
}

impl From<&jobs::sentence::Sentence> for Sentence {
    fn from(said: &jobs::sentence::Sentence) -> Sentence {
        Sentence { key: said.key().into(), values: async_graphql::Json(said.values()), text: said.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::resolver_utils::EnumType;

    #[test]
    fn parts_of_sentences_name_their_keys_as_the_schema_does() {
        for (known, presented) in jobs::sentence::SentenceKey::ALL.iter().zip(SentenceKey::items()) {
            assert_eq!((SentenceKey::from(*known), known.name().as_str()), (presented.value, presented.name));
        }
    }
}
