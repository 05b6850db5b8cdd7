//! The fleet's inventory file, in the form in which Stagger reads inventories.
//!
//! Never found here: YAML that needs quoting; every value is one that a fleet made up, except paths, which are quoted.

use super::roster::Profile;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

/// What all hosts have in common.
#[derive(Clone, Debug)]
pub struct Common<'a> {
    /// The fingerprint of the host key.
    pub pin: &'a str,
    /// The private key to log in with, where it is known.
    pub key: Option<&'a Path>,
}

/// One host: its profile and where to find it.
pub type Entry<'a> = (&'a Profile, SocketAddr);

/// The file's text. Each host is reached as the user of its own name.
pub fn inventory<'a>(common: &Common<'_>, entries: impl IntoIterator<Item = Entry<'a>>) -> String {
    let mut text = String::from("# A simulated fleet, written by `stagger fleet`.\ndefaults:\n");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  host_key: \"{}\"", common.pin);
    if let Some(key) = common.key {
        let _ = writeln!(text, "  key: {}", quoted(&key.display().to_string()));
    }
    text.push_str("hosts:\n");
    for (Profile { name, role, dc, os, cluster }, address) in entries {
        let (ip, port) = (address.ip(), address.port());
        let _ = writeln!(
            text,
            "  {name}: {{address: {ip}, port: {port}, user: {name}, labels: {{role: {role}, dc: {dc}, os: {os}, cluster: {cluster}}}}}"
        );
    }
    text
}

/// A YAML text in double quotes, which takes the escapes of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::roster::profiles;

    #[test]
    fn an_inventory_reads_as_promised() {
        let profiles = profiles(2, &"web".parse().unwrap());
        let common = Common { pin: "SHA256:abc", key: Some(Path::new("/tmp/a \"key\"")) };
        let address: SocketAddr = "127.0.0.1:2300".parse().unwrap();
        let text = inventory(&common, profiles.iter().map(|profile| (profile, address)));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1..5], ["defaults:", "  host_key: \"SHA256:abc\"", "  key: \"/tmp/a \\\"key\\\"\"", "hosts:"]);
        let Profile { dc, os, .. } = &profiles[0];
        let expected = format!(
            "  web-0001: {{address: 127.0.0.1, port: 2300, user: web-0001, labels: {{role: web, dc: {dc}, os: {os}, cluster: c01}}}}"
        );
        assert_eq!(lines[5], expected);
    }
}
