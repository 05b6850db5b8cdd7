//! The options of `stagger fleet`.
//!
//! Never found here: what they bring about.

use super::listen::Listen;
use super::roster::{MAX_HOSTS, Roles};
use super::speed::Speed;
use super::trouble::Troubles;
use clap::Args;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// How a trouble text is written, for `--help`.
const TROUBLE_HELP: &str = "\
What goes wrong, in clauses with commas or semicolons between; may be given many times:
  install fails on 2%
  install fails once with exit 100 on 3 hosts
  web-0007 fails ignite with 'connection refused'
  check is slow on 3 hosts
  install hangs on os=rocky-9
  1 host crashes in install
  1 host never comes back from reboot
  5 hosts are flaky
  2% of role=db are unreachable
  1 host has a full disk
  2 hosts have a wrong key
  10% are patched already
A step is meant by its name, its action or the action's last word. A share is of the fleet, at least one host; \
the seed says which";

/// Simulates a fleet: one process that is many servers speaking SSH, for demos, tests and benchmarks
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// How many hosts
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_HOSTS)))]
    pub hosts: u32,
    /// Where to listen: a loopback address and port (0: any free one), with +N on N addresses in a row; may be given
    /// many times. Beyond some 5,000 hosts use +16, or a client runs out of ports
    #[arg(long, value_name = "127.0.0.1:PORT[+N]", default_value = "127.0.0.1:2300")]
    pub listen: Vec<Listen>,
    /// Give each host an address of its own, in a row from the first `--listen`, instead of telling hosts apart by user
    /// name. Each needs a file descriptor for listening besides one for each connection
    #[arg(long)]
    pub per_address: bool,
    /// The journal of starts: one synced JSON line for each script, before it runs; added to when it exists
    #[arg(long, value_name = "FILE")]
    pub journal: PathBuf,
    /// Where the fleet remembers its hosts; without it, a fleet that is started again is one of new disks
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Write an inventory of the fleet for `stagger`
    #[arg(long, value_name = "FILE")]
    pub inventory: Option<PathBuf>,
    /// The one public key that may log in; without it, any may. Where the private key lies beside it, the inventory
    /// names that
    #[arg(long, value_name = "FILE")]
    pub authorized_key: Option<PathBuf>,
    /// What the choice of hosts, durations and the like depend on
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    #[arg(long, value_name = "TEXT", help = TROUBLE_HELP)]
    pub trouble: Vec<Troubles>,
    /// Run scripts for real, under /bin/sh, with your rights, on this machine, each host in a folder of its own
    #[arg(long)]
    pub exec: bool,
    /// How fast simulated scripts and reboots are: instant, quick (500 times as fast as real), real, or a number of times
    #[arg(long, default_value = "quick")]
    pub speed: Speed,
    /// The hosts' roles, which begin their names, with weights
    #[arg(long, default_value = "web=8,db=1,cache=1")]
    pub roles: Roles,
    /// End when nobody has been connected for so long, for example 90s, 10m or 2h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub until_idle: Option<Duration>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let problem = || format!("{text:?} is no duration: write for example 90s, 10m or 2h");
    jobs::time::Duration::from_str(text).map(|duration| Duration::from_millis(duration.0)).map_err(|_| problem())
}

impl Options {
    /// All troubles, in the order in which they were given.
    pub fn troubles(&self) -> Troubles {
        Troubles(self.trouble.iter().flat_map(|troubles| troubles.0.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Command, FromArgMatches};

    fn read(line: &str) -> Result<Options, clap::Error> {
        let command = Options::augment_args(Command::new("fleet"));
        command.try_get_matches_from(line.split('|')).and_then(|matches| Options::from_arg_matches(&matches))
    }

    #[test]
    fn a_journal_is_all_that_must_be_given() {
        let options = read("fleet|--journal|j").unwrap();
        assert_eq!((options.hosts, options.speed, options.seed), (100, Speed::Times(500), 1));
        assert_eq!(options.listen, ["127.0.0.1:2300".parse().unwrap()]);
        assert!(read("fleet").is_err());
    }

    #[test]
    fn options_that_may_be_given_many_times_add_up() {
        let line = "fleet|--journal|j|--listen|127.0.0.1:1|--listen|127.0.0.2:1+2|--until-idle|10m\
            |--trouble|install fails on 2%, 1 host is flaky|--trouble|all hosts are patched";
        let options = read(line).unwrap();
        assert_eq!(options.listen.len(), 2);
        assert_eq!(
            options.troubles().to_string(),
            "install fails on 2%; 1 host is flaky; all hosts are patched already"
        );
        assert_eq!(options.until_idle, Some(Duration::from_secs(600)));
    }

    #[test]
    fn a_mistake_is_answered_in_the_words_of_its_part() {
        for (part, says) in [
            ("--trouble|install fials on 2%", "did you mean \"fails\"?"),
            ("--listen|0.0.0.0:22", "loopback addresses only"),
            ("--speed|fast", "write instant, quick"),
            ("--until-idle|soon", "write for example 90s"),
            ("--roles|web=0", "write names with weights"),
            ("--hosts|0", "0 is not in 1..=50000"),
        ] {
            let problem = read(&format!("fleet|--journal|j|{part}")).unwrap_err().to_string();
            assert!(problem.contains(says), "{problem} should say {says:?}");
        }
    }
}
