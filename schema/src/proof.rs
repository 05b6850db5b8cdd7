//! Proofs: that a record is in the log, and that the log is as it was written. Whoever makes the hashes again need not believe
//! the server.
//!
//! Never found here: making a hash.

use crate::backend::{self, Damage, Hash};
use crate::scalar::{Long, Millis};
use async_graphql::SimpleObject;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What proves that a record is in the log: an audit path as in RFC 6962, section 2.1.1. Hashes are SHA-256 in hex.
#[derive(SimpleObject, Clone, Debug)]
pub struct EventProof {
    /// The record's bytes as they are in the log, in base 64: a header of 62 bytes, the names of stream, kind, actor and
    /// origin, the payload, and a CRC-32 of all of it in four bytes. Bytes 2 and 3 say how long the header is, bytes 6 to 9
    /// how long each name is, and bytes 10 to 13 how long the payload is; numbers are big-endian.
    record: String,
    /// The hash of its leaf: of a zero byte and the record's bytes.
    leaf_hash: String,
    /// Its leaf, counted from 0.
    leaf_index: Long,
    /// The hashes beside the way from the leaf to the root, the lowest first.
    path: Vec<String>,
    /// How many leaves the tree has.
    tree_size: Long,
    /// The root they lead to. An inner node is the hash of a byte 1 and its two children.
    root: String,
}

impl From<backend::Proof> for EventProof {
    fn from(proof: backend::Proof) -> EventProof {
        EventProof {
            record: STANDARD.encode(&proof.bytes),
            leaf_hash: hex(&proof.leaf),
            leaf_index: Long(proof.index),
            path: proof.path.iter().map(hex).collect(),
            tree_size: Long(proof.size),
            root: hex(&proof.root),
        }
    }
}

/// How far a verification of the whole log is, and what came of it.
#[derive(SimpleObject, Clone, Debug)]
pub struct LogVerification {
    /// How many records were found good so far.
    checked: Long,
    /// How many there were when it began: all of them are checked, and none that came later.
    of: Long,
    /// Whether every record is as it was written, and none is missing or out of its place; null while that is not known.
    verified: Option<bool>,
    /// The root of the tree over the bytes of all these records: SHA-256 in hex, as in RFC 6962. Only where it holds.
    root: Option<String>,
    /// How long it took, once it has ended.
    took: Option<Millis>,
    /// What is not as it was written.
    problem: Option<LogProblem>,
}

/// What of the log is not as it was written.
#[derive(SimpleObject, Clone, Debug)]
pub struct LogProblem {
    /// Where, as narrowly as the bytes tell.
    place: String,
    /// What is wrong there.
    what: String,
}

impl From<&backend::Verification> for LogVerification {
    fn from(verification: &backend::Verification) -> LogVerification {
        let root = verification.verdict.as_ref().map(|verdict| &verdict.root);
        LogVerification {
            checked: Long(verification.checked),
            of: Long(verification.of),
            verified: root.map(Result::is_ok),
            root: root.and_then(|root| root.as_ref().ok()).map(hex),
            took: verification.verdict.as_ref().map(|verdict| Millis(verdict.took)),
            problem: root.and_then(|root| root.as_ref().err()).map(LogProblem::from),
        }
    }
}

impl From<&Damage> for LogProblem {
    fn from(damage: &Damage) -> LogProblem {
        LogProblem { place: damage.place.clone(), what: damage.why.clone() }
    }
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
