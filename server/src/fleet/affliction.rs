//! Deals troubles to hosts. Pure: the same seed, troubles and hosts always give the same afflictions.
//!
//! Never found here: how an affliction shows.

use super::dice::Dice;
use super::roster::Profile;
use super::trouble::{Failure, Ill, Label, Many, Trouble, Troubles, Who};
use std::collections::{HashMap, HashSet};

/// All that is wrong with one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affliction {
    /// Steps that fail, in the order they were written; the first that fits counts.
    pub failures: Vec<Failure>,
    /// Steps that are slow; `None` is every step.
    pub slow: Vec<Option<String>>,
    /// Steps that never end by themselves.
    pub hangs: Vec<String>,
    /// Steps in which the host loses power.
    pub crashes: Vec<String>,
    /// The first reboot is the last.
    pub never_back: bool,
    /// Connections break off at random.
    pub flaky: bool,
    /// Nobody gets in.
    pub unreachable: bool,
    /// Nothing can be written.
    pub full_disk: bool,
    /// The host shows another host key than the one on record.
    pub wrong_key: bool,
    /// The update is in place from the start.
    pub patched: bool,
}

impl Affliction {
    fn add(&mut self, ill: &Ill) {
        match ill {
            Ill::Fails(failure) => self.failures.push(failure.clone()),
            Ill::Slow(step) => self.slow.push(step.clone()),
            Ill::Hangs(step) => self.hangs.push(step.clone()),
            Ill::Crashes(step) => self.crashes.push(step.clone()),
            Ill::NeverBack => self.never_back = true,
            Ill::Flaky => self.flaky = true,
            Ill::Unreachable => self.unreachable = true,
            Ill::FullDisk => self.full_disk = true,
            Ill::WrongKey => self.wrong_key = true,
            Ill::Patched => self.patched = true,
        }
    }
}

/// A clause that hits nobody, which is a mistake in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NobodyHit {
    /// A name that no host has.
    #[error("trouble \"{trouble}\": the fleet has no host {name:?}; its hosts are {first} to {last}")]
    NoSuchHost {
        /// The clause.
        trouble: String,
        /// The name.
        name: String,
        /// The first host of the fleet.
        first: String,
        /// The last host of the fleet.
        last: String,
    },
    /// A label that no host has.
    #[error("trouble \"{trouble}\": no host has the label {label}; labels are role, dc, os and cluster")]
    NoSuchLabel {
        /// The clause.
        trouble: String,
        /// The label.
        label: String,
    },
}

/// What is wrong with each host, in the order of the profiles.
///
/// # Errors
/// When a clause names a host or a label that the fleet does not have.
pub fn afflictions(troubles: &Troubles, profiles: &[Profile], seed: u64) -> Result<Vec<Affliction>, NobodyHit> {
    let mut dealt = vec![Affliction::default(); profiles.len()];
    let mut hit = HashSet::new();
    for trouble in &troubles.0 {
        let chosen = choose(trouble, profiles, seed, &hit)?;
        chosen.iter().for_each(|place| dealt[*place].add(&trouble.ill));
        hit.extend(chosen);
    }
    Ok(dealt)
}

fn choose(trouble: &Trouble, profiles: &[Profile], seed: u64, hit: &HashSet<usize>) -> Result<Vec<usize>, NobodyHit> {
    let everyone = || (0..profiles.len()).collect::<Vec<_>>();
    match &trouble.who {
        Who::All => Ok(everyone()),
        Who::Names(names) => named(trouble, names, profiles),
        Who::Labelled(label) => labelled(trouble, label, profiles),
        Who::Some(many, None) => Ok(some_of(everyone(), *many, trouble, profiles, seed, hit)),
        Who::Some(many, Some(label)) => {
            Ok(some_of(labelled(trouble, label, profiles)?, *many, trouble, profiles, seed, hit))
        }
    }
}

fn named(trouble: &Trouble, names: &[String], profiles: &[Profile]) -> Result<Vec<usize>, NobodyHit> {
    let places: HashMap<&str, usize> =
        profiles.iter().enumerate().map(|(place, profile)| (profile.name.as_str(), place)).collect();
    let edge = |profile: Option<&Profile>| profile.map_or_else(|| "none".to_owned(), |profile| profile.name.clone());
    let find = |name: &String| {
        places.get(name.as_str()).copied().ok_or_else(|| NobodyHit::NoSuchHost {
            trouble: trouble.to_string(),
            name: name.clone(),
            first: edge(profiles.first()),
            last: edge(profiles.last()),
        })
    };
    names.iter().map(find).collect()
}

fn labelled(trouble: &Trouble, label: &Label, profiles: &[Profile]) -> Result<Vec<usize>, NobodyHit> {
    let has = |place: &usize| profiles[*place].label(&label.name) == Some(label.value.as_str());
    let found: Vec<usize> = (0..profiles.len()).filter(has).collect();
    if found.is_empty() && !profiles.is_empty() {
        return Err(NobodyHit::NoSuchLabel { trouble: trouble.to_string(), label: label.to_string() });
    }
    Ok(found)
}

/// The first of these hosts in a shuffled order, those without a trouble before those that have one: a host that
/// nobody can reach would hide what else is wrong with it.
fn some_of(
    mut places: Vec<usize>,
    many: Many,
    trouble: &Trouble,
    profiles: &[Profile],
    seed: u64,
    hit: &HashSet<usize>,
) -> Vec<usize> {
    let dice = Dice::new(seed).with(&trouble.to_string());
    places.sort_by_cached_key(|place| (hit.contains(place), dice.with(&profiles[*place].name).number()));
    places.truncate(number(many, places.len() as u32) as usize);
    places
}

fn number(many: Many, hosts: u32) -> u32 {
    match many {
        Many::Share(share) => share.of(hosts).max(1),
        Many::Count(count) => count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::roster::profiles;

    fn deal(text: &str, hosts: u32, seed: u64) -> Vec<Affliction> {
        afflictions(&text.parse().unwrap(), &profiles(hosts, &"web=3,db=1".parse().unwrap()), seed).unwrap()
    }

    fn count(dealt: &[Affliction], has: impl Fn(&Affliction) -> bool) -> usize {
        dealt.iter().filter(|affliction| has(affliction)).count()
    }

    #[test]
    fn a_share_is_of_the_fleet_rounded_down_and_at_least_one_host() {
        let hit = |hosts| count(&deal("install fails on 2%", hosts, 1), |a| !a.failures.is_empty());
        assert_eq!([hit(0), hit(1), hit(99), hit(100), hit(1_000), hit(1_049)], [0, 1, 1, 2, 20, 20]);
    }

    #[test]
    fn numbers_names_labels_and_everybody_are_hit_as_written() {
        let dealt = deal(
            "3 hosts are flaky, web-0002 and db-0001 have a full disk; 50% of role=db are slow; all hosts are patched",
            40,
            7,
        );
        assert_eq!(count(&dealt, |a| a.flaky), 3);
        assert_eq!((0..40).filter(|place| dealt[*place].full_disk).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(count(&dealt, |a| a.slow == [None]), 5);
        assert!((0..40).all(|place| dealt[place].slow.is_empty() || place % 4 == 3), "only each fourth is a db");
        assert_eq!(count(&dealt, |a| a.patched), 40);
        assert_eq!(count(&deal("50 hosts are flaky", 20, 7), |a| a.flaky), 20);
    }

    #[test]
    fn the_seed_decides_who_is_hit() {
        let text = "install fails on 5%, 5 hosts are flaky";
        assert_eq!(deal(text, 400, 3), deal(text, 400, 3));
        assert_ne!(deal(text, 400, 3), deal(text, 400, 4));
    }

    #[test]
    fn a_host_with_a_trouble_gets_another_only_when_no_other_is_left() {
        let dealt = deal("10 hosts are flaky; 10 hosts have a wrong key", 20, 5);
        assert_eq!(count(&dealt, |a| a.flaky && a.wrong_key), 0);
        let dealt = deal("15 hosts are flaky; 10 hosts have a wrong key", 20, 5);
        assert_eq!(count(&dealt, |a| a.flaky && a.wrong_key), 5);
    }

    #[test]
    fn names_and_labels_that_nobody_has_are_refused() {
        let refusal = |text: &str| {
            let profiles = profiles(4, &"web".parse().unwrap());
            afflictions(&text.parse().unwrap(), &profiles, 1).unwrap_err().to_string()
        };
        assert_eq!(
            refusal("web-0009 is flaky"),
            "trouble \"web-0009 is flaky\": the fleet has no host \"web-0009\"; its hosts are web-0001 to web-0004"
        );
        assert_eq!(
            refusal("install fails on os=windows"),
            "trouble \"install fails on os=windows\": no host has the label os=windows; labels are role, dc, os and cluster"
        );
    }
}
