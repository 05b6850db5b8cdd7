use super::{table, with};
use crate::diagnostic::Diagnostic;
use crate::inventory::Host;
use crate::selector::Selector;
use crate::yaml::read_inventory;

pub(super) const GOOD: &str = r#"defaults: {user: deploy, port: 22, key: ~/.ssh/id_ed25519, labels: {env: prod, tier: 1}}
groups:
  web: {labels: {role: web, tier: 2}, user: patcher, hosts: ["web-[001-003]", db-1]}
  late: {user: late, hosts: ["web-*"], password: "env:LATE"}
hosts:
  web-001: {address: 127.0.0.1, port: 2222, labels: {dc: sh, rack: 007, version: 1.10}, groups: [canaries]}
  "web-[002-004]": {labels: {dc: bj}, host_key_check: accept-new, jump: gate, connect_timeout: 90s}
  gate:
  db-2: {host_key: "SHA256:uNiVztksCsDhcc0u9e8BrVXR6PC3Rm0c4oJtQ0tXc2E", agent: true, sudo_password: "file:/etc/stagger/sudo"}
"#;

fn hosts(text: &str) -> Vec<Host> {
    read_inventory("inventory.yaml", text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems(text: &str) -> Vec<Diagnostic> {
    read_inventory("inventory.yaml", text).err().unwrap_or_default()
}

#[test]
fn an_inventory_is_read_as_written() {
    let lines: Vec<String> = hosts(GOOD)
        .iter()
        .map(|host| {
            let labels: Vec<String> = host.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{} [{}] {:?} {}", host.name, labels.join(" "), host.groups, host.connection)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn selectors_find_what_the_inventory_says() {
    let all = hosts(GOOD);
    let find = |text: &str| {
        let selector = Selector::parse(text).expect(text);
        all.iter().filter(|host| selector.matches(host)).map(|host| host.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(find("role=web"), "db-1 web-001 web-002 web-003");
    assert_eq!(find("canaries or dc=bj and group=web"), "web-001 web-002 web-003");
    assert_eq!(find("rack=007 and version=1.10"), "web-001");
}

#[test]
fn an_empty_inventory_has_no_hosts() {
    assert!(hosts("").is_empty() && hosts("hosts:\n").is_empty());
    assert_eq!(hosts("hosts: [a, \"b[1-2]\"]\n").len(), 3);
}

#[test]
fn inventories_that_cannot_work_are_refused() {
    let cases = [
        ("a list", "- web-1\n".to_owned()),
        ("an Ansible inventory", "all:\n  hosts:\n    web-1:\n      ansible_host: 10.0.0.1\n".to_owned()),
        ("an Ansible variable", with(GOOD, "{address: 127.0.0.1", "{ansible_host: 127.0.0.1")),
        ("a misspelt key", with(GOOD, "address:", "adress:")),
        ("a port out of range", with(GOOD, "port: 2222", "port: 70000")),
        ("a password in the open", with(GOOD, "\"env:LATE\"", "hunter2")),
        ("a fingerprint cut short", with(GOOD, "uNiVztksCsDhcc0u9e8BrVXR6PC3Rm0c4oJtQ0tXc2E", "uNiV")),
        ("a wrong check of keys", with(GOOD, "accept-new", "ask")),
        ("an unknown jump host", with(GOOD, "jump: gate", "jump: gat")),
        ("a host twice", with(GOOD, "\"web-[002-004]\"", "\"web-[001-004]\"")),
        ("a key twice", with(GOOD, "  gate:\n", "  gate:\n  gate:\n")),
        ("a range without end", with(GOOD, "\"web-[002-004]\"", "\"web-*\"")),
        ("a range that runs backwards", with(GOOD, "\"web-[002-004]\"", "\"web-[004-002]\"")),
        ("too many hosts", with(GOOD, "\"web-[002-004]\"", "\"web-[1-200000]\"")),
        ("a pattern nobody is like", with(GOOD, "\"web-*\"", "\"app-*\"")),
        ("a name with a space", with(GOOD, "  gate:", "  \"the gate\":")),
        ("a group called like a host", with(GOOD, "  late:", "  gate:")),
        ("a label selectors cannot ask for", with(GOOD, "dc: sh", "name: sh")),
        ("a label that is a list", with(GOOD, "dc: sh", "dc: [sh]")),
        ("a time without unit", with(GOOD, "connect_timeout: 90s", "connect_timeout: 90")),
    ];
    let shown = table(&cases, problems);
    assert_eq!(shown.matches("hunter2").count(), 1, "the password is shown beyond the line it stands in");
    insta::assert_snapshot!(shown);
}

#[test]
fn ten_thousand_hosts_are_read_in_no_time_to_speak_of() {
    let mut text =
        "defaults: {user: deploy}\ngroups:\n  all-web: {labels: {env: prod}, hosts: [\"web-*\"]}\nhosts:\n".to_owned();
    for n in 0..10_000 {
        text.push_str(&format!(
            "  web-{n:05}: {{address: 10.0.{}.{}, labels: {{role: web, cluster: c{}}}}}\n",
            n / 256,
            n % 256,
            n % 40
        ));
    }
    let start = std::time::Instant::now();
    assert_eq!(hosts(&text).len(), 10_000);
    println!("10,000 hosts are read in {:?}", start.elapsed());
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_hundred_thousand_hosts_fit_in_two_lines() {
    assert_eq!(hosts("hosts:\n  \"web-[00001-99999]\": {labels: {role: web}}\n  last:\n").len(), 100_000);
    assert!(!problems("hosts:\n  \"web-[00001-99999]\":\n  \"last[1-2]\":\n").is_empty());
}
