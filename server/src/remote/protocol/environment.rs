//! The environment of a script on its way to the host: lines of `export NAME='value'` for a POSIX shell.
//!
//! Never found here: which variables there are, and the values of secrets.

use super::Garbled;

/// Writes the variables as a shell reads them. A name must be one a shell takes; a value may hold anything but NUL,
/// which no environment can carry.
pub fn encode_environment<'a>(
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<String, InvalidVariable> {
    let mut text = String::new();
    for (name, value) in variables {
        if !is_name(name) {
            return Err(InvalidVariable::Name(name.to_owned()));
        }
        if value.contains('\0') {
            return Err(InvalidVariable::Nul(name.to_owned()));
        }
        text.push_str("export ");
        text.push_str(name);
        text.push_str("='");
        text.push_str(&value.replace('\'', r"'\''"));
        text.push_str("'\n");
    }
    Ok(text)
}

/// A variable that no shell could take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVariable {
    /// Its name.
    #[error("{0:?} cannot be the name of a variable: use letters, digits and underscores")]
    Name(String),
    /// Its value; shown is the name, for the value may be a secret.
    #[error("the value of {0} holds a NUL byte, which no environment can carry")]
    Nul(String),
}

/// Reads what [`encode_environment`] writes, in order.
pub fn decode_environment(text: &str) -> Result<Vec<(String, String)>, Garbled> {
    let mut variables = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (variable, after) = one_variable(rest).ok_or_else(|| Garbled::new("an environment", rest))?;
        variables.push(variable);
        rest = after;
    }
    Ok(variables)
}

fn one_variable(text: &str) -> Option<((String, String), &str)> {
    let (name, mut rest) = text.strip_prefix("export ")?.split_once("='")?;
    let mut value = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        if let Some(after) = after.strip_prefix('\n') {
            return is_name(name).then(|| ((name.to_owned(), value), after));
        }
        value.push('\'');
        rest = after.strip_prefix(r"\''")?;
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first == b'_' || first.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRUEL: [(&str, &str); 7] = [
        ("PLAIN", "nginx"),
        ("EMPTY", ""),
        ("QUOTES", "it's \"so\" `now` $HOME \\ '' '\\'"),
        ("LINES", "one\ntwo\n\n"),
        ("LOOKALIKE", "x'\nexport Y='z"),
        ("WIDE", "服务器 ☂ é"),
        ("_9", "'"),
    ];

    #[test]
    fn every_value_reads_back_as_it_was() {
        let text = encode_environment(CRUEL).expect("valid");
        let read = decode_environment(&text).expect("readable");
        assert_eq!(read, CRUEL.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_shell_reads_the_same() {
        let text = encode_environment(CRUEL).expect("valid");
        let script = format!("{text}\nprintf '%s|' \"$QUOTES\" \"$LINES\" \"$LOOKALIKE\" \"$WIDE\" \"$_9\"");
        let ran = std::process::Command::new("sh").arg("-c").arg(script).output().expect("sh runs");
        let expected = format!("{}|{}|{}|{}|{}|", CRUEL[2].1, CRUEL[3].1, CRUEL[4].1, CRUEL[5].1, CRUEL[6].1);
        assert_eq!(String::from_utf8_lossy(&ran.stdout), expected);
    }

    #[test]
    fn what_no_shell_could_take_is_refused() {
        for name in ["", "1A", "A-B", "A=B", "A B", "é"] {
            assert_eq!(encode_environment([(name, "x")]), Err(InvalidVariable::Name(name.to_owned())));
        }
        assert_eq!(encode_environment([("A", "a\0b")]), Err(InvalidVariable::Nul("A".to_owned())));
    }

    #[test]
    fn a_torn_environment_is_an_error() {
        for text in ["export A='x", "export A=x\n", "A='x'\n", "export A='x' \n", "export 1='x'\n"] {
            assert!(decode_environment(text).is_err(), "{text:?} was taken");
        }
    }
}
