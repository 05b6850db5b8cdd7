//! How long a job will take.
//!
//! Never found here: how that is told (`jobs::prediction`).

use crate::scalar::Millis;
use async_graphql::SimpleObject;
use jobs::prediction as rule;

/// How long a job will take, told from earlier ones.
#[derive(SimpleObject, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// From its start to its end.
    length: Millis,
    /// How many earlier jobs that rests on.
    jobs: u32,
}

impl From<rule::Prediction> for Prediction {
    fn from(prediction: rule::Prediction) -> Prediction {
        Prediction { length: Millis(prediction.length), jobs: prediction.jobs }
    }
}
