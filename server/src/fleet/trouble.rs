//! What goes wrong in a simulated fleet, and on which of its hosts, written as a person would say it.
//!
//! A trouble text is a list of clauses with commas or semicolons between them:
//!
//! ```text
//! install fails on 2%, 1 host never comes back from reboot, check is slow on 3 hosts
//! 5 hosts are flaky; 1 host has a full disk; 2 hosts have a wrong key; 10% are patched already
//! web-0007 fails ignite with 'connection refused'; install fails once on 5% of role=db
//! ```
//!
//! Each clause names hosts and says what is wrong with them, in either order:
//!
//! | Clause | What happens |
//! |---|---|
//! | `STEP fails [once, twice, N times] [with exit N] [with 'TEXT'] on WHO` | the step ends with exit 1 (or N), TEXT as its last line of stderr |
//! | `WHO fails STEP …` | the same |
//! | `STEP is slow on WHO`, `WHO is slow` | the step, or every step, takes twenty times as long |
//! | `STEP hangs on WHO` | the step never ends by itself |
//! | `STEP crashes on WHO`, `WHO crashes in STEP` | the host loses power in the middle of the step, once |
//! | `WHO never comes back from reboot` | the first reboot is the last |
//! | `WHO is flaky` | connections break off at random |
//! | `WHO is unreachable` | nobody gets in |
//! | `WHO has a full disk` | nothing can be written, so nothing starts |
//! | `WHO has a wrong key` | another host key than the one on record |
//! | `WHO is patched already` | not a trouble, but of use: the update is in place from the start |
//!
//! STEP is a step's name, an action, or the action's last word: `install` means `patch.install`, too. WHO is a share of the fleet
//! (`2%`, rounded down, at least one host), a number of hosts (`3 hosts`), hosts by name (`web-0001, web-0002`), hosts by
//! label (`os=rocky-9`), a share or number of those (`2% of role=db`), or `all hosts`. Which hosts a share or a number
//! hits depends on the seed and the clause alone; hosts without a trouble are hit before hosts that have one.
//!
//! Never found here: how a trouble is carried out.

mod parse;

use jobs::units::BasisPoints;
use std::fmt;
use std::str::FromStr;

/// What goes wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What goes wrong.
    pub ill: Ill,
    /// Whom it hits.
    pub who: Who,
}

/// What goes wrong on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ill {
    /// A step fails.
    Fails(Failure),
    /// A step, or every step, takes far longer than elsewhere.
    Slow(Option<String>),
    /// A step never ends by itself.
    Hangs(String),
    /// The host loses power in the middle of a step, once.
    Crashes(String),
    /// The first reboot is the last.
    NeverBack,
    /// Connections break off at random.
    Flaky,
    /// Nobody gets in.
    Unreachable,
    /// Nothing can be written, so nothing starts.
    FullDisk,
    /// The host shows another host key than the one on record.
    WrongKey,
    /// The update is in place from the start.
    Patched,
}

/// How a step fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step's name, its action, or the action's last word.
    pub step: String,
    /// How often, on each host; always when there is none.
    pub times: Option<u32>,
    /// The exit code.
    pub exit: u8,
    /// The last line on stderr; one that fits the step when there is none.
    pub line: Option<String>,
}

/// The hosts a trouble hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// These, by name.
    Names(Vec<String>),
    /// So many, out of those with a label or out of all.
    Some(Many, Option<Label>),
    /// All with this label.
    Labelled(Label),
    /// All.
    All,
}

/// How many hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    /// A share, rounded down, at least one.
    Share(BasisPoints),
    /// A number, at most all there are.
    Count(u32),
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The label's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// All the troubles of a fleet, in the order they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles(pub Vec<Trouble>);

/// A trouble text that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trouble {text:?}, character {}: {message}; {hint}", offset + 1)]
pub struct InvalidTrouble {
    /// The whole text.
    pub text: String,
    /// Where it goes wrong: characters from the start, from 0.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl FromStr for Troubles {
    type Err = InvalidTrouble;

    fn from_str(text: &str) -> Result<Troubles, InvalidTrouble> {
        parse::troubles(text).map(Troubles)
    }
}

impl fmt::Display for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clauses: Vec<String> = self.0.iter().map(Trouble::to_string).collect();
        f.write_str(&clauses.join("; "))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = &self.who;
        let many = who.is_many();
        let (be, have) = if many { ("are", "have") } else { ("is", "has") };
        match &self.ill {
            Ill::Fails(failure) => write!(f, "{failure} on {who}"),
            Ill::Slow(Some(step)) => write!(f, "{step} is slow on {who}"),
            Ill::Slow(None) => write!(f, "{who} {be} slow"),
            Ill::Hangs(step) => write!(f, "{step} hangs on {who}"),
            Ill::Crashes(step) => write!(f, "{step} crashes on {who}"),
            Ill::NeverBack => write!(f, "{who} never come{} back from reboot", if many { "" } else { "s" }),
            Ill::Flaky => write!(f, "{who} {be} flaky"),
            Ill::Unreachable => write!(f, "{who} {be} unreachable"),
            Ill::FullDisk => write!(f, "{who} {have} a full disk"),
            Ill::WrongKey => write!(f, "{who} {have} a wrong key"),
            Ill::Patched => write!(f, "{who} {be} patched already"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fails", self.step)?;
        match self.times {
            None => {}
            Some(1) => f.write_str(" once")?,
            Some(2) => f.write_str(" twice")?,
            Some(times) => write!(f, " {times} times")?,
        }
        if self.exit != 1 {
            write!(f, " with exit {}", self.exit)?;
        }
        match &self.line {
            None => Ok(()),
            Some(line) if line.contains('\'') => write!(f, " with \"{line}\""),
            Some(line) => write!(f, " with '{line}'"),
        }
    }
}

impl Who {
    fn is_many(&self) -> bool {
        match self {
            Who::Names(names) => names.len() > 1,
            Who::Some(Many::Count(count), _) => *count != 1,
            Who::Some(Many::Share(_), _) | Who::Labelled(_) | Who::All => true,
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Names(names) => f.write_str(&names.join(", ")),
            Who::Some(many, None) => write!(f, "{many}"),
            Who::Some(many, Some(label)) => write!(f, "{many} of {label}"),
            Who::Labelled(label) => write!(f, "{label}"),
            Who::All => f.write_str("all hosts"),
        }
    }
}

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Many::Share(share) => write!(f, "{share}"),
            Many::Count(1) => f.write_str("1 host"),
            Many::Count(count) => write!(f, "{count} hosts"),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text, and the same as it is printed back.
    const GOOD: &[(&str, &str)] = &[
        ("", ""),
        (" ; , ", ""),
        ("install fails on 2%", "install fails on 2%"),
        ("install fails on 0.5% hosts", "install fails on 0.5%"),
        ("install fails once on 5%", "install fails once on 5%"),
        ("install fails on 5% twice", "install fails twice on 5%"),
        ("5% fail install 3 times with exit 100", "install fails 3 times with exit 100 on 5%"),
        ("web-0007 fails ignite with 'connection refused'", "ignite fails with 'connection refused' on web-0007"),
        ("ignite fails on web-0007 with \"it's down\"", "ignite fails with \"it's down\" on web-0007"),
        ("1 host never comes back from reboot", "1 host never comes back from reboot"),
        ("2 hosts never come back", "2 hosts never come back from reboot"),
        ("check is slow on 3 hosts", "check is slow on 3 hosts"),
        ("3 hosts are slow in check", "check is slow on 3 hosts"),
        ("3 hosts are slow", "3 hosts are slow"),
        ("5 hosts are flaky", "5 hosts are flaky"),
        ("1 host has a full disk", "1 host has a full disk"),
        ("2 hosts have a wrong host key", "2 hosts have a wrong key"),
        ("2 hosts have wrong keys", "2 hosts have a wrong key"),
        ("patch.install hangs on all hosts", "patch.install hangs on all hosts"),
        ("every host hangs in install", "install hangs on all hosts"),
        ("1 host crashes during install", "install crashes on 1 host"),
        ("os=rocky-9 is down", "os=rocky-9 are unreachable"),
        ("2% of role=db are unreachable", "2% of role=db are unreachable"),
        ("2% of all hosts are flaky", "2% are flaky"),
        ("10% are already patched", "10% are patched already"),
        ("install fails on hosts web-0001,web-0002", "install fails on web-0001, web-0002"),
        ("install fails on web-0001, web-0002 is flaky", "install fails on web-0001; web-0002 is flaky"),
        ("install fails on 2%, web-0001, web-0002 are flaky", "install fails on 2%; web-0001, web-0002 are flaky"),
        ("web-0001, web-0002 and db-0001 are flaky", "web-0001, web-0002, db-0001 are flaky"),
        (
            "install fails on 2%, 1 host never comes back from reboot, check is slow on 3 hosts, 5 hosts are flaky",
            "install fails on 2%; 1 host never comes back from reboot; check is slow on 3 hosts; 5 hosts are flaky",
        ),
    ];

    #[test]
    fn every_clause_is_read_and_printed_back() {
        for (text, printed) in GOOD {
            let troubles: Troubles = text.parse().unwrap_or_else(|problem| panic!("{problem}"));
            assert_eq!(troubles.to_string(), *printed, "of {text:?}");
            assert_eq!(printed.parse::<Troubles>().unwrap(), troubles, "{printed:?} reads back as the same");
        }
    }

    /// Each text, the place of the error in characters from 0, and what is said about it.
    const BAD: &[(&str, usize, &str)] = &[
        ("install", 7, "expected \"fails\" or \"hangs\" or \"crashes\" or \"is\", the text ends here"),
        ("install fials on 2%", 8, "did you mean \"fails\"?"),
        ("install fails 2%", 14, "expected \"on\", found \"2%\""),
        ("install fails on", 16, "expected hosts, such as"),
        ("install fails on 200%", 17, "is not a share"),
        ("install fails on 2", 18, "expected \"hosts\" or \"host\", the text ends here"),
        ("install fails on 2 hots", 19, "did you mean \"hosts\"?"),
        ("install fails with 'no end", 19, "this text in quotes has no end"),
        ("install fails with exit 0 on 2%", 24, "expected an exit code from 1 to 255"),
        ("install fails with pleasure on 2%", 19, "expected 'exit N' or a text in quotes"),
        ("install fails 0 times on 2%", 14, "is no number of times"),
        ("5 hosts are flacky", 12, "did you mean \"flaky\"?"),
        ("5 hosts have a full disc", 20, "did you mean \"disk\"?"),
        ("5 hosts are flaky 2 hosts are slow", 18, "expected a comma, a semicolon or the end"),
        ("1 host never comes home", 19, "expected \"back\", found \"home\""),
        ("99999999999 hosts are flaky", 0, "is no number of hosts"),
        ("größe fails on 2%", 0, "expected a step, such as install"),
        ("2% of everything are slow", 6, "expected \"hosts\" or \"fleet\""),
    ];

    #[test]
    fn every_mistake_is_answered_with_its_place_and_what_was_meant() {
        for (text, offset, says) in BAD {
            let problem = text.parse::<Troubles>().expect_err(text);
            assert_eq!(problem.offset, *offset, "of {text:?}: {problem}");
            assert!(problem.to_string().contains(says), "{problem} should say {says:?}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_before_it_is_read() {
        let text = "web-0001 is flaky,".repeat(20_000);
        assert!(text.parse::<Troubles>().unwrap_err().message.contains("more than the"));
    }
}
