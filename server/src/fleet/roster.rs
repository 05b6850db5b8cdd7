//! The hosts of a fleet: their names and labels, which are the same in every run.
//!
//! Never found here: what is wrong with a host, or what it is doing.

use super::dice::Dice;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// Hosts per cluster label.
const CLUSTER_SIZE: u32 = 50;
/// Most hosts in one fleet: names keep sorting, and one process has file descriptors for no more.
pub const MAX_HOSTS: u32 = 50_000;

/// One host as the inventory sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `web-0001`.
    pub name: String,
    /// `web`, `db` or `cache`, unless other roles were asked for.
    pub role: String,
    /// The data centre: `sh`, `bj` or `fra`.
    pub dc: &'static str,
    /// `debian-12`, `ubuntu-24.04` or `rocky-9`.
    pub os: &'static str,
    /// `c01`, `c02` and so on, fifty hosts each.
    pub cluster: String,
}

impl Profile {
    /// The value of a label, if the host has it.
    pub fn label(&self, name: &str) -> Option<&str> {
        match name {
            "role" => Some(&self.role),
            "dc" => Some(self.dc),
            "os" => Some(self.os),
            "cluster" => Some(&self.cluster),
            _ => None,
        }
    }
}

/// How hosts are shared out among roles, by weight: `web=8,db=1,cache=1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles(Vec<(String, u32)>);

/// A text that was to be roles and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} are no roles: write names with weights, for example web=8,db=1,cache=1, or one name, for example web")]
pub struct InvalidRoles(pub String);

impl FromStr for Roles {
    type Err = InvalidRoles;

    fn from_str(text: &str) -> Result<Roles, InvalidRoles> {
        let roles: Option<Vec<_>> = text.split(',').map(|part| weighted(part.trim())).collect();
        roles.filter(|roles| roles.len() <= 100).map(Roles).ok_or_else(|| InvalidRoles(text.to_owned()))
    }
}

fn weighted(part: &str) -> Option<(String, u32)> {
    let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
    let legal = !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase());
    let weight = weight.parse().ok().filter(|weight| (1..=1_000).contains(weight))?;
    legal.then(|| (name.to_owned(), weight))
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(name, weight)| format!("{name}={weight}")).collect();
        f.write_str(&parts.join(","))
    }
}

impl Roles {
    /// The role of the host at this place, so that any run of hosts has every role by its weight.
    fn at(&self, index: u32) -> &str {
        let round: u32 = self.0.iter().map(|(_, weight)| weight).sum();
        let mut rest = index % round;
        for (name, weight) in &self.0 {
            match rest.checked_sub(*weight) {
                Some(left) => rest = left,
                None => return name,
            }
        }
        unreachable!("the remainder of a division by the sum of the weights is below that sum")
    }
}

/// So many hosts. A larger fleet begins with the hosts of a smaller one.
pub fn profiles(hosts: u32, roles: &Roles) -> Vec<Profile> {
    let mut numbers = HashMap::new();
    (0..hosts).map(|index| profile(index, roles.at(index), &mut numbers)).collect()
}

fn profile<'a>(index: u32, role: &'a str, numbers: &mut HashMap<&'a str, u32>) -> Profile {
    let number = numbers.entry(role).or_insert(0);
    *number += 1;
    let name = format!("{role}-{number:04}");
    let dice = Dice::new(0).with(&name);
    Profile {
        dc: ["sh", "bj", "fra"][dice.with("dc").below(3) as usize],
        os: ["debian-12", "ubuntu-24.04", "rocky-9"][dice.with("os").below(3) as usize],
        cluster: format!("c{:02}", index / CLUSTER_SIZE + 1),
        role: role.to_owned(),
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_numbered_by_role_and_a_larger_fleet_begins_with_a_smaller_one() {
        let roles: Roles = "web=2,db=1".parse().unwrap();
        let names: Vec<String> = profiles(7, &roles).into_iter().map(|profile| profile.name).collect();
        assert_eq!(names, ["web-0001", "web-0002", "db-0001", "web-0003", "web-0004", "db-0002", "web-0005"]);
        assert_eq!(profiles(1_000, &roles)[..7], profiles(7, &roles)[..]);
    }

    #[test]
    fn labels_are_spread_over_the_fleet() {
        let all = profiles(900, &"web".parse().unwrap());
        let rocky = all.iter().filter(|profile| profile.os == "rocky-9").count();
        assert!((250..350).contains(&rocky), "{rocky} of 900");
        assert_eq!(all[49].label("cluster"), Some("c01"));
        assert_eq!(all[50].label("cluster"), Some("c02"));
        assert_eq!(all[0].label("rack"), None);
    }

    #[test]
    fn roles_read_back_as_written_and_nonsense_is_refused() {
        assert_eq!("web=8,db=1".parse::<Roles>().unwrap().to_string(), "web=8,db=1");
        assert_eq!("web".parse::<Roles>().unwrap().to_string(), "web=1");
        for bad in ["", "web=0", "Web", "web=,db", "web=1001", "w b"] {
            assert!(bad.parse::<Roles>().is_err(), "{bad:?} was taken");
        }
    }
}
