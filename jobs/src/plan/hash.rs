//! The hash of a plan: what an approval is bound to, and what an auditor checks.
//!
//! SHA-256 over one unambiguous sequence of bytes. A number is eight bytes, big-endian. A text is the number of its
//! bytes, then its UTF-8 bytes. A list is the number of its items, then the items; a map is the number of its entries,
//! then key and value of each in byte order of the keys. What may be absent is the number 0, or 1 and then the thing.
//! The sequence is:
//!
//! ```text
//! plan    text "stagger plan 1" · seed · list of texts stratify_by · list of stages · list of batches · list of hosts
//! stage   0 size | 1 up_to · amount · 0 | 1 repeat · bake in ms · optional approval
//! amount  0 hosts | 1 share · count, or share in hundredths of a percent
//! approval  0 | 1 not_requester · optional expiry in ms
//! batch   stage · first · size
//! host    text name · map of texts labels · list of texts groups, in byte order
//! ```
//!
//! Never found here: JSON. Its bytes may change with a library; these do not. A plan sealed once must verify for ever,
//! so whoever adds a field appends it in such a way that plans without it keep their bytes.

use super::{Plan, PlannedBatch, PlannedHost};
use crate::template::{Approval, Stage, StageSize};
use crate::units::Amount;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The SHA-256 of a plan. Its text form is 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanHash(pub [u8; 32]);

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlanHash({self})")
    }
}

/// A text that was to be the hash of a plan and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the hash of a plan: expected 64 digits from 0-9 and a-f")]
pub struct InvalidPlanHash(pub String);

impl FromStr for PlanHash {
    type Err = InvalidPlanHash;

    fn from_str(text: &str) -> Result<PlanHash, InvalidPlanHash> {
        let invalid = || InvalidPlanHash(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        let mut hash = [0; 32];
        for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| invalid())?;
        }
        Ok(PlanHash(hash))
    }
}

impl Serialize for PlanHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlanHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PlanHash, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The hash of everything in the plan but its own field `hash`.
pub(super) fn hash(plan: &Plan) -> PlanHash {
    // Taken apart by name, here and below, so that a new field does not compile before it is hashed.
    let Plan { hosts, batches, stages, stratify_by, seed, hash: _ } = plan;
    let mut bytes = Bytes(Sha256::new());
    bytes.text("stagger plan 1");
    bytes.number(*seed);
    bytes.list(stratify_by, |bytes, label| bytes.text(label));
    bytes.list(stages, Bytes::stage);
    bytes.list(batches, Bytes::batch);
    bytes.list(hosts, Bytes::host);
    PlanHash(bytes.0.finalize().into())
}

struct Bytes(Sha256);

impl Bytes {
    fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>, each: fn(&mut Bytes, T)) {
        let items = items.into_iter();
        self.number(items.len() as u64);
        items.for_each(|item| each(self, item));
    }

    fn optional<T>(&mut self, item: Option<T>, each: fn(&mut Bytes, T)) {
        self.number(u64::from(item.is_some()));
        item.into_iter().for_each(|item| each(self, item));
    }

    fn stage(&mut self, stage: &Stage) {
        let Stage { size, repeat, bake, approve } = stage;
        let (kind, amount) = match size {
            StageSize::Size(amount) => (0, amount),
            StageSize::UpTo(amount) => (1, amount),
        };
        self.number(kind);
        self.amount(amount);
        self.number(u64::from(*repeat));
        self.number(bake.0);
        self.optional(approve.as_ref(), Bytes::approval);
    }

    fn amount(&mut self, amount: &Amount) {
        let (kind, count) = match amount {
            Amount::Hosts(hosts) => (0, *hosts),
            Amount::Share(share) => (1, share.0),
        };
        self.number(kind);
        self.number(u64::from(count));
    }

    fn approval(&mut self, approval: &Approval) {
        let Approval { by, not_requester, expires } = approval;
        self.optional(by.as_deref(), Bytes::text);
        self.number(u64::from(*not_requester));
        self.optional(*expires, |bytes, expires| bytes.number(expires.0));
    }

    fn batch(&mut self, batch: &PlannedBatch) {
        let PlannedBatch { stage, first, size } = *batch;
        self.number(stage as u64);
        self.number(u64::from(first));
        self.number(u64::from(size));
    }

    fn host(&mut self, host: &PlannedHost) {
        let PlannedHost { name, labels, groups } = host;
        self.text(name.as_str());
        self.list(labels.iter(), |bytes, (label, value)| {
            bytes.text(label);
            bytes.text(value);
        });
        self.list(groups, |bytes, group| bytes.text(group));
    }
}
