//! Deals hosts into batches so that every batch is like the fleet.
//!
//! Hosts with the same values of the labels in question are one stratum. A stratum of n out of N hosts has, after a
//! batch that makes d hosts dealt in all, a share of d·n/N hosts. What is guaranteed after *every* batch:
//!
//! 1. Every batch has exactly its planned size.
//! 2. The number of hosts of every stratum dealt so far is its share rounded down or rounded up: less than one host away.
//! 3. As far as 2. allows, every stratum has a host in the canary, the larger strata first.
//! 4. If the policy wants every stratum in the canary, the canary has room for one of each, and 2. does not allow it (many
//!    strata much smaller than their part of a canary), one host of each stratum goes into the canary first, and 2.
//!    holds for the other hosts among themselves.
//!
//! How: by 2. the j-th host of a stratum must not come before the batch in which the share exceeds j-1, nor after the
//! batch in which the share reaches j. These windows can always be met together: giving each stratum exactly its share of
//! every batch meets them in fractions, and where unit pieces fit windows in fractions, they fit whole. Always taking
//! the host that is due earliest among those that may come finds such an order whenever there is one (the theorem
//! of Tijdeman on chairman assignments, and of Still on apportionment by quota). For 3. the first hosts of small
//! strata are due in the canary; whether that can be met, dealing shows.
//!
//! Within a stratum hosts come in the order of SHA-256(seed, host name): nobody can choose who is the canary, and
//! anybody can check who had to be.
//!
//! Never found here: the sizes of batches (that is `policy`).

use super::PlannedBatch;
use crate::inventory::Host;
use crate::policy::Spread;
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// The hosts in the order in which the batches take them.
pub(super) fn deal<'h>(hosts: &[&'h Host], batches: &[PlannedBatch], spread: &Spread, seed: u64) -> Vec<&'h Host> {
    let strata = strata(hosts, &spread.labels, seed);
    let sizes: Vec<u64> = strata.iter().map(|stratum| stratum.len() as u64).collect();
    let ends: Vec<u64> = batches.iter().map(|batch| u64::from(batch.end())).collect();
    let mut strata: Vec<_> = strata.into_iter().map(Vec::into_iter).collect();
    let order = order(&sizes, &ends, spread.all_in_canary);
    order.into_iter().filter_map(|stratum| strata[stratum].next()).collect()
}

type Draw = [u8; 32];

/// The strata in drawn order, each with its hosts in drawn order.
fn strata<'h>(hosts: &[&'h Host], labels: &[String], seed: u64) -> Vec<Vec<&'h Host>> {
    let mut by_values: BTreeMap<Vec<Option<&str>>, Vec<(Draw, &'h Host)>> = BTreeMap::new();
    for host in hosts {
        let values = labels.iter().map(|label| host.labels.get(label).map(String::as_str)).collect();
        by_values.entry(values).or_default().push((draw(seed, host), host));
    }
    let mut strata: Vec<_> = by_values.into_values().collect();
    for stratum in &mut strata {
        stratum.sort_unstable_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.name.cmp(&b.name)));
    }
    strata.sort_unstable_by_key(|stratum| stratum.first().map(|(draw, host)| (*draw, &host.name)));
    strata.into_iter().map(|stratum| stratum.into_iter().map(|(_, host)| host).collect()).collect()
}

/// SHA-256 over the seed as eight bytes, big-endian, and the name.
fn draw(seed: u64, host: &Host) -> Draw {
    Sha256::new().chain_update(seed.to_be_bytes()).chain_update(host.name.as_str()).finalize().into()
}

/// The stratum of the first host, of the second, and so on, for strata of these sizes and batches that end there.
fn order(sizes: &[u64], ends: &[u64], all_in_canary: bool) -> Vec<usize> {
    let canary = ends.first().copied().unwrap_or(0);
    let small = small_strata(sizes, canary);
    let early = most(small.len().min(canary as usize), |count| in_turn(sizes, ends, &small[..count]).is_some());
    if early < small.len() && all_in_canary && sizes.len() as u64 <= canary {
        return one_of_each_first(sizes, ends);
    }
    in_turn(sizes, ends, &small[..early]).expect("windows drawn by quota can always be met (see above)")
}

/// The strata whose share of the canary is less than one host, larger ones first.
fn small_strata(sizes: &[u64], canary: u64) -> Vec<usize> {
    let total: u64 = sizes.iter().sum();
    let mut small: Vec<usize> = (0..sizes.len()).filter(|stratum| sizes[*stratum] * canary < total).collect();
    small.sort_by_key(|stratum| Reverse(sizes[*stratum]));
    small
}

/// The greatest count up to `limit` that fits, where 0 always fits and what fits for many fits for fewer.
fn most(limit: usize, fits: impl Fn(usize) -> bool) -> usize {
    if limit == 0 || fits(limit) {
        return limit;
    }
    let (mut fitting, mut too_many) = (0, limit);
    while fitting + 1 < too_many {
        let middle = fitting.midpoint(too_many);
        if fits(middle) { fitting = middle } else { too_many = middle }
    }
    fitting
}

/// One host of each stratum, then the others by their shares among themselves.
fn one_of_each_first(sizes: &[u64], ends: &[u64]) -> Vec<usize> {
    let others: Vec<u64> = sizes.iter().map(|size| size - 1).collect();
    let ends: Vec<u64> = ends.iter().map(|end| end - sizes.len() as u64).collect();
    let rest = in_turn(&others, &ends, &[]).expect("windows drawn by quota can always be met (see above)");
    (0..sizes.len()).chain(rest).collect()
}

/// Takes, again and again, the host due earliest among those that may come. The first hosts of the strata `early` are
/// due in the canary. None if some host could not come by when it was due.
fn in_turn(sizes: &[u64], ends: &[u64], early: &[usize]) -> Option<Vec<usize>> {
    let mut strata = Strata::of(sizes, ends.first().copied().unwrap_or(0), early);
    let mut order = Vec::with_capacity(strata.total as usize);
    let mut start = 0;
    for &end in ends {
        for _ in start..end {
            strata.open(end);
            let (due, stratum) = strata.take()?;
            if due <= start {
                return None;
            }
            order.push(stratum);
        }
        start = end;
    }
    Some(order)
}

/// Least place first.
type Queue = BinaryHeap<Reverse<(u64, usize)>>;

/// The next host of every stratum that has one: waiting for its window to open, or open and due by a place.
/// Places count the hosts dealt, from 1.
struct Strata<'s> {
    sizes: &'s [u64],
    total: u64,
    canary: u64,
    early: Vec<bool>,
    dealt: Vec<u64>,
    waiting: Queue,
    due: Queue,
}

impl<'s> Strata<'s> {
    fn of(sizes: &'s [u64], canary: u64, early: &[usize]) -> Self {
        let (total, count) = (sizes.iter().sum(), sizes.len());
        let waiting = (0..count).filter(|stratum| sizes[*stratum] > 0).map(|stratum| Reverse((1, stratum))).collect();
        let due = Queue::with_capacity(count);
        let mut strata =
            Strata { sizes, total, canary, early: vec![false; count], dealt: vec![0; count], waiting, due };
        early.iter().for_each(|stratum| strata.early[*stratum] = true);
        strata
    }

    /// Lets those come whose window opens in a batch that ends at this place.
    fn open(&mut self, end: u64) {
        while let Some(&Reverse((opens, stratum))) = self.waiting.peek()
            && opens <= end
        {
            self.waiting.pop();
            self.due.push(Reverse((self.due_by(stratum), stratum)));
        }
    }

    /// The place at which the share of the stratum reaches its next host.
    fn due_by(&self, stratum: usize) -> u64 {
        let due = ((self.dealt[stratum] + 1) * self.total).div_ceil(self.sizes[stratum]);
        if self.early[stratum] && self.dealt[stratum] == 0 { due.min(self.canary) } else { due }
    }

    /// The stratum whose host is due earliest, and by which place; its next host then waits until its share exceeds
    /// what is dealt of it.
    fn take(&mut self) -> Option<(u64, usize)> {
        let Reverse((due, stratum)) = self.due.pop()?;
        self.dealt[stratum] += 1;
        if self.dealt[stratum] < self.sizes[stratum] {
            let opens = self.dealt[stratum] * self.total / self.sizes[stratum] + 1;
            self.waiting.push(Reverse((opens, stratum)));
        }
        Some((due, stratum))
    }
}
