//! What a simulated script says and does: decided when it starts, from what the host is and what is wrong with it.
//!
//! A script is told apart by its environment: by `STAGGER_ACTION`, where the pack says the action; else by
//! `STAGGER_PARAM_VERB`, which the built-in pack's scripts get; else by the name of the step. Anything else says one
//! line and succeeds.
//!
//! Never found here: a clock, or the script's own text: a simulated host does not read it.

use super::affliction::Affliction;
use super::dice::Dice;
use super::trouble::Failure;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many times as long a step takes on a slow host.
const SLOWNESS: u64 = 20;

/// What the world of a host looks like, as far as scripts change it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The update is in place.
    pub patched: bool,
    /// The host runs older code than it has installed.
    pub reboot_required: bool,
    /// The host has left its cluster.
    pub out_of_cluster: bool,
    /// The application is warm.
    pub warm: bool,
    /// Services that were stopped.
    pub stopped: BTreeSet<String>,
    /// Packages that were installed by name.
    pub packages: BTreeSet<String>,
    /// How often troubles that wear off have struck, by trouble.
    pub struck: BTreeMap<String, u32>,
}

/// What a script changes when it has ended well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// The update is in place, and wants a reboot.
    Patched,
    /// The host has left its cluster.
    Left,
    /// The host is in its cluster again.
    Joined,
    /// The application is warm.
    Warm,
    /// A service runs.
    ServiceUp(String),
    /// A service stands still.
    ServiceDown(String),
    /// Packages are there.
    Packages(Vec<String>),
}

/// How a scene ends when nobody interferes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// With this exit code.
    Exits(u8),
    /// Never.
    Hangs,
    /// The host goes down: it reboots as it was asked to, or loses power.
    GoesDown,
}

/// One run of a simulated script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// How it ends.
    pub fate: Fate,
    /// When it ends: milliseconds after its start.
    pub took: u64,
    /// All it says on stdout; its lines are spread evenly over its time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub out: String,
    /// All it says on stderr, at its end.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub err: String,
    /// What it writes to `$STAGGER_OUTPUT`, at its end.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub result: String,
    /// What it changes, when it exits with 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// A trouble that strikes with it and may wear off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strikes: Option<String>,
}

impl Scene {
    /// How much of stdout has been said `elapsed` milliseconds after the start: whole lines.
    pub fn said(&self, elapsed: u64) -> usize {
        if elapsed >= self.took {
            return self.out.len();
        }
        let lines = self.out.matches('\n').count() as u64;
        let due = elapsed * (lines + 1) / self.took.max(1);
        match (due as usize).checked_sub(1) {
            None => 0,
            Some(last) => self.out.match_indices('\n').nth(last).map_or(self.out.len(), |(end, _)| end + 1),
        }
    }

    /// Milliseconds after the start at which more will have been said than at `elapsed`; none when nothing will.
    pub fn says_more_at(&self, elapsed: u64) -> Option<u64> {
        let lines = self.out.matches('\n').count() as u64;
        let due = elapsed * (lines + 1) / self.took.max(1);
        (due < lines).then(|| ((due + 1) * self.took).div_ceil(lines + 1).max(elapsed + 1))
    }
}

/// What is known of a script before it runs.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// `STAGGER_ACTION`, or what takes its place.
    pub action: String,
    /// `STAGGER_STEP`.
    pub step: String,
    /// `STAGGER_PARAM_…`, without that and in small letters.
    pub parameters: BTreeMap<String, String>,
    /// Losing the host is what it is for.
    pub reboots: bool,
}

impl Script {
    /// From the environment that comes with the script, and the flag that comes with `begin`.
    pub fn new(environment: &[(String, String)], reboots: bool) -> Script {
        let value = |name: &str| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let parameter = |(name, value): &(String, String)| {
            Some((name.strip_prefix("STAGGER_PARAM_")?.to_ascii_lowercase(), value.clone()))
        };
        let parameters: BTreeMap<_, _> = environment.iter().filter_map(parameter).collect();
        let step = value("STAGGER_STEP").unwrap_or_default();
        let verb = parameters.get("verb").map(String::as_str);
        let action = match value("STAGGER_ACTION") {
            _ if reboots => "host.reboot".to_owned(),
            Some(action) => action,
            None => by_verb(verb).or_else(|| by_step(&step)).unwrap_or(&step).to_owned(),
        };
        Script { action, step, parameters, reboots }
    }

    /// Whether a trouble that names a step means this script.
    pub fn is(&self, step: &str) -> bool {
        let last_word = self.action.rsplit('.').next();
        step == self.step || step == self.action || last_word == Some(step)
    }

    fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// The plain strings of a parameter that is a JSON list.
    fn list(&self, name: &str) -> Vec<String> {
        serde_json::from_str(self.parameter(name)).unwrap_or_default()
    }
}

/// What the built-in pack's scripts are asked to do.
fn by_verb(verb: Option<&str>) -> Option<&'static str> {
    Some(match verb? {
        "check" => "patch.check",
        "upgrade" => "patch.install",
        "install" => "package.install",
        "leave" => "cluster.leave",
        "join" => "cluster.join",
        "start" => "service.start",
        "stop" => "service.stop",
        "restart" => "service.restart",
        "status" => "service.status",
        _ => return None,
    })
}

/// What steps are usually called.
fn by_step(step: &str) -> Option<&'static str> {
    Some(match step {
        "check" | "verify" => "patch.check",
        "install" | "patch" => "patch.install",
        "leave" => "cluster.leave",
        "join" => "cluster.join",
        "reboot" => "host.reboot",
        "ignite" => "app.ignite",
        _ => return None,
    })
}

/// Decides what a script will do. `pace` turns milliseconds of a real host into the fleet's.
pub fn play(script: &Script, condition: &Condition, ill: &Affliction, dice: Dice, pace: impl Fn(u64) -> u64) -> Scene {
    let act = act(script, condition, dice);
    let (low, high) = act.lasts;
    let slow = ill.slow.iter().any(|step| step.as_ref().is_none_or(|step| script.is(step)));
    let took = pace(dice.with("took").between(low, high) * if slow { SLOWNESS } else { 1 });
    let scene = Scene {
        fate: if script.reboots { Fate::GoesDown } else { Fate::Exits(act.exit) },
        took,
        out: act.out,
        err: act.err,
        result: act.result,
        change: act.change,
        strikes: None,
    };
    strike(scene, script, condition, ill)
}

/// Lets the first trouble that means this script, and has not worn off, have its way.
fn strike(scene: Scene, script: &Script, condition: &Condition, ill: &Affliction) -> Scene {
    let struck = |trouble: &str| condition.struck.get(trouble).copied().unwrap_or(0);
    let crash = ill.crashes.iter().find(|step| script.is(step)).map(|step| format!("{step} crashes"));
    if let Some(trouble) = crash.filter(|trouble| struck(trouble) == 0) {
        return Scene { fate: Fate::GoesDown, took: scene.took / 2, strikes: Some(trouble), ..scene };
    }
    if ill.hangs.iter().any(|step| script.is(step)) {
        return Scene { fate: Fate::Hangs, ..scene };
    }
    let goes_on = |failure: &&Failure| failure.times.is_none_or(|times| struck(&failure.to_string()) < times);
    match ill.failures.iter().filter(|failure| script.is(&failure.step)).find(goes_on) {
        None => scene,
        Some(failure) => failed(scene, script, failure),
    }
}

fn failed(scene: Scene, script: &Script, failure: &Failure) -> Scene {
    let line = failure.line.clone().unwrap_or_else(|| usual_error(&script.action).to_owned());
    let half = scene.out.match_indices('\n').nth(scene.out.matches('\n').count() / 2).map_or(0, |(end, _)| end + 1);
    Scene {
        fate: Fate::Exits(failure.exit),
        took: scene.took,
        out: scene.out[..half].to_owned(),
        err: line + "\n",
        result: String::new(),
        change: None,
        strikes: failure.times.map(|_| failure.to_string()),
    }
}

/// What such a step usually says when it fails: the same words every time, so that equal failures look equal.
fn usual_error(action: &str) -> &'static str {
    match action {
        "patch.check" => {
            "E: The repository 'http://deb.debian.org/debian-security stable-security Release' is not signed."
        }
        "patch.install" | "package.install" => {
            "E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)"
        }
        "cluster.leave" | "cluster.join" => "curl: (22) The requested URL returned error: 503",
        "app.ignite" => "health check http://127.0.0.1:8080/healthz answered 503 for 60 s",
        "host.reboot" => "Failed to reboot system via logind: Operation inhibited by another process",
        _ if action.starts_with("service.") => {
            "Job for app.service failed because the control process exited with error code."
        }
        _ => "the script failed: no more is known about a simulated one",
    }
}

/// What an action does on a healthy host.
struct Act {
    /// Shortest and longest time on a real host, in milliseconds.
    lasts: (u64, u64),
    exit: u8,
    out: String,
    err: String,
    result: String,
    change: Option<Change>,
}

impl Act {
    fn new(lasts: (u64, u64), out: impl Into<String>) -> Act {
        Act { lasts, exit: 0, out: out.into(), err: String::new(), result: String::new(), change: None }
    }

    fn result(self, result: impl Into<String>) -> Act {
        Act { result: result.into(), ..self }
    }

    fn change(self, change: Change) -> Act {
        Act { change: Some(change), ..self }
    }
}

fn act(script: &Script, condition: &Condition, dice: Dice) -> Act {
    match script.action.as_str() {
        "patch.check" => check(script, condition, dice),
        "patch.install" => install(condition, dice),
        "package.install" => install_packages(script, condition),
        "cluster.leave" => Act::new((1_000, 8_000), "draining connections\nout of the cluster\n")
            .result(format!("changed={}\n", !condition.out_of_cluster))
            .change(Change::Left),
        "cluster.join" => Act::new((500, 3_000), "in the cluster again\n")
            .result(format!("changed={}\n", condition.out_of_cluster))
            .change(Change::Joined),
        "host.reboot" => Act::new((200, 1_000), "The system will reboot now!\n"),
        "app.ignite" => ignite(condition, dice),
        action if action.starts_with("service.") => service(action, script, condition),
        _ => Act::new((100, 2_000), format!("{} ran on a simulated host\n", script.step)),
    }
}

/// Packages that wait on a host: always the same on the same host.
fn waiting(dice: Dice) -> Vec<&'static str> {
    const KNOWN: [&str; 8] =
        ["linux-image-amd64", "openssl", "libssl3", "openssh-server", "libc6", "curl", "systemd", "tzdata"];
    KNOWN[..dice.with("waiting").between(3, KNOWN.len() as u64) as usize].to_vec()
}

fn check(script: &Script, condition: &Condition, dice: Dice) -> Act {
    let packages = if condition.patched { vec![] } else { waiting(dice) };
    let result = format!(
        "installed={}\nupdates={}\npackages={}\nreboot_required={}\n",
        condition.patched,
        packages.len(),
        serde_json::json!(packages),
        condition.reboot_required,
    );
    let act = Act::new((3_000, 12_000), format!("{} updates are waiting\n", packages.len())).result(result);
    if script.parameter("expect") == "installed" && !condition.patched {
        return Act { exit: 1, err: format!("updates are still waiting: {}\n", packages.join(" ")), ..act };
    }
    act
}

fn install(condition: &Condition, dice: Dice) -> Act {
    if condition.patched {
        let result = format!("changed=false\nupdates=0\npackages=[]\nreboot_required={}\n", condition.reboot_required);
        return Act::new((1_000, 3_000), "nothing is waiting\n").result(result);
    }
    let packages = waiting(dice);
    let mut out = String::from("Reading package lists...\nBuilding dependency tree...\n");
    packages.iter().for_each(|package| out += &format!("Unpacking {package} ...\n"));
    packages.iter().for_each(|package| out += &format!("Setting up {package} ...\n"));
    let list = serde_json::json!(packages);
    let result = format!("changed=true\nupdates={}\npackages={list}\nreboot_required=true\n", packages.len());
    Act::new((20_000, 120_000), out).result(result).change(Change::Patched)
}

fn install_packages(script: &Script, condition: &Condition) -> Act {
    let mut missing = script.list("packages");
    missing.retain(|package| !condition.packages.contains(package));
    let out: String = missing.iter().map(|package| format!("Setting up {package} ...\n")).collect();
    let result = format!("changed={}\npackages={}\n", !missing.is_empty(), serde_json::json!(missing));
    Act::new((5_000, 30_000), out).result(result).change(Change::Packages(missing))
}

fn ignite(condition: &Condition, dice: Dice) -> Act {
    let answers = if condition.warm { 3 } else { dice.with("answers").between(4, 12) };
    let result = format!("answers={answers}\nseconds={}\n", answers * 2);
    Act::new((4_000, 25_000), "warming up\nhealth check is good\n").result(result).change(Change::Warm)
}

fn service(action: &str, script: &Script, condition: &Condition) -> Act {
    let name = script.parameter("name").to_owned();
    let runs = !condition.stopped.contains(&name);
    let says = |active: bool, changed: bool| format!("active={active}\nchanged={changed}\n");
    let act = Act::new((300, 3_000), format!("{} {name}\n", action.trim_start_matches("service.")));
    match action {
        "service.start" => act.result(says(true, !runs)).change(Change::ServiceUp(name)),
        "service.restart" => act.result(says(true, true)).change(Change::ServiceUp(name)),
        "service.stop" => act.result(says(false, runs)).change(Change::ServiceDown(name)),
        _ => act.result(says(runs, false)),
    }
}

impl Condition {
    /// What a host is when nobody has done anything to it yet.
    pub fn fresh(ill: &Affliction) -> Condition {
        Condition { patched: ill.patched, warm: true, ..Condition::default() }
    }

    /// A script has started: a trouble that wears off has struck once more.
    pub fn struck_by(&mut self, scene: &Scene) {
        if let Some(trouble) = &scene.strikes {
            *self.struck.entry(trouble.clone()).or_default() += 1;
        }
    }

    /// A script has ended well.
    pub fn change(&mut self, change: &Change) {
        match change {
            Change::Patched => (self.patched, self.reboot_required) = (true, true),
            Change::Left => self.out_of_cluster = true,
            Change::Joined => self.out_of_cluster = false,
            Change::Warm => self.warm = true,
            Change::ServiceUp(name) => drop(self.stopped.remove(name)),
            Change::ServiceDown(name) => drop(self.stopped.insert(name.clone())),
            Change::Packages(names) => self.packages.extend(names.iter().cloned()),
        }
    }

    /// The host has booted: it runs what it has installed, every service is up and nothing is warm.
    pub fn booted(&mut self) {
        self.reboot_required = false;
        self.warm = false;
        self.stopped.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::affliction::afflictions;
    use crate::fleet::roster::profiles;

    fn script(variables: &[(&str, &str)]) -> Script {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Script::new(&variables.iter().map(owned).collect::<Vec<_>>(), false)
    }

    fn ill(text: &str) -> Affliction {
        let profiles = profiles(1, &"web".parse().unwrap());
        afflictions(&text.parse().unwrap(), &profiles, 1).unwrap().remove(0)
    }

    fn play_on(condition: &Condition, step: &str, trouble: &str) -> Scene {
        play(&script(&[("STAGGER_STEP", step)]), condition, &ill(trouble), Dice::new(1), |ms| ms)
    }

    #[test]
    fn a_script_is_known_by_its_action_or_its_verb_or_its_step() {
        let action = |variables: &[(&str, &str)]| script(variables).action;
        assert_eq!(action(&[("STAGGER_STEP", "leave")]), "cluster.leave");
        assert_eq!(action(&[("STAGGER_STEP", "leave"), ("STAGGER_PARAM_VERB", "join")]), "cluster.join");
        assert_eq!(action(&[("STAGGER_STEP", "leave"), ("STAGGER_ACTION", "app.ignite")]), "app.ignite");
        assert_eq!(action(&[("STAGGER_STEP", "dance")]), "dance");
        assert_eq!(Script::new(&[], true).action, "host.reboot");
        let upgrade = script(&[("STAGGER_STEP", "update"), ("STAGGER_PARAM_VERB", "upgrade")]);
        assert!(["update", "install", "patch.install"].iter().all(|step| upgrade.is(step)));
        assert!(!upgrade.is("patch"));
    }

    #[test]
    fn a_host_is_patched_from_check_to_check() {
        let mut host = Condition::fresh(&Affliction::default());
        assert!(play_on(&host, "check", "").result.starts_with("installed=false\nupdates="));
        let install = play_on(&host, "install", "");
        assert!(install.out.contains("Setting up openssl") && install.result.contains("reboot_required=true"));
        host.change(&install.change.unwrap());
        assert!(play_on(&host, "check", "").result.contains("reboot_required=true"));
        host.booted();
        assert_eq!(
            play_on(&host, "check", "").result,
            "installed=true\nupdates=0\npackages=[]\nreboot_required=false\n"
        );
    }

    #[test]
    fn a_check_that_expects_updates_to_be_installed_fails_while_they_wait() {
        let expects = script(&[("STAGGER_STEP", "verify"), ("STAGGER_PARAM_EXPECT", "installed")]);
        let on = |condition: &Condition| play(&expects, condition, &Affliction::default(), Dice::new(1), |ms| ms);
        let waiting = on(&Condition::default());
        assert_eq!(waiting.fate, Fate::Exits(1));
        assert!(waiting.err.starts_with("updates are still waiting: linux-image-amd64 "), "{}", waiting.err);
        assert_eq!(on(&Condition { patched: true, ..Condition::default() }).fate, Fate::Exits(0));
    }

    #[test]
    fn a_service_that_was_stopped_is_down_until_it_is_started_or_the_host_boots() {
        let mut host = Condition::default();
        let nginx = |action| script(&[("STAGGER_ACTION", action), ("STAGGER_PARAM_NAME", "nginx")]);
        let on = |host: &Condition, action| play(&nginx(action), host, &Affliction::default(), Dice::new(1), |ms| ms);
        host.change(&on(&host, "service.stop").change.unwrap());
        assert_eq!(on(&host, "service.status").result, "active=false\nchanged=false\n");
        host.booted();
        assert_eq!(on(&host, "service.status").result, "active=true\nchanged=false\n");
        assert_eq!(on(&host, "service.start").result, "active=true\nchanged=false\n");
    }

    #[test]
    fn a_failing_step_says_the_same_last_line_everywhere_and_changes_nothing() {
        let scene = play_on(&Condition::default(), "install", "install fails with exit 100 on all hosts");
        assert_eq!(scene.fate, Fate::Exits(100));
        assert!(scene.err.starts_with("E: Could not get lock /var/lib/dpkg/lock-frontend"), "{}", scene.err);
        assert_eq!((scene.change, scene.result.as_str()), (None, ""));
        let scene = play_on(&Condition::default(), "ignite", "ignite fails with 'connection refused' on web-0001");
        assert_eq!(scene.err, "connection refused\n");
        assert_eq!(play_on(&Condition::default(), "check", "install fails on all hosts").fate, Fate::Exits(0));
    }

    #[test]
    fn a_trouble_with_a_number_of_times_wears_off() {
        let mut host = Condition::default();
        let mut fates = vec![];
        for _ in 0..4 {
            let scene = play_on(&host, "install", "install fails twice on 1 host");
            host.struck_by(&scene);
            fates.push(scene.fate);
        }
        assert_eq!(fates, [Fate::Exits(1), Fate::Exits(1), Fate::Exits(0), Fate::Exits(0)]);
        let crash = play_on(&host, "install", "install crashes on 1 host");
        host.struck_by(&crash);
        assert_eq!(crash.fate, Fate::GoesDown);
        assert_eq!(play_on(&host, "install", "install crashes on 1 host").fate, Fate::Exits(0));
    }

    #[test]
    fn slow_hosts_take_twenty_times_as_long_and_hanging_ones_never_end() {
        let took = |trouble| play_on(&Condition::default(), "check", trouble).took;
        assert_eq!(took("check is slow on 1 host"), 20 * took(""));
        assert_eq!(took("1 host is slow"), 20 * took(""));
        assert_eq!(took("install is slow on 1 host"), took(""));
        assert_eq!(play_on(&Condition::default(), "check", "check hangs on 1 host").fate, Fate::Hangs);
    }

    #[test]
    fn what_is_said_comes_line_by_line() {
        let scene = Scene {
            fate: Fate::Exits(0),
            took: 300,
            out: "one\ntwo\n".into(),
            err: String::new(),
            result: String::new(),
            change: None,
            strikes: None,
        };
        let said: Vec<usize> = [0, 99, 100, 199, 200, 299, 300, 900].map(|elapsed| scene.said(elapsed)).to_vec();
        assert_eq!(said, [0, 0, 4, 4, 8, 8, 8, 8]);
        assert_eq!(
            [0, 99, 100, 200].map(|elapsed| scene.says_more_at(elapsed)),
            [Some(100), Some(100), Some(200), None]
        );
    }
}
