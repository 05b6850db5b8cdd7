//! What goes to a person's terminal: text from elsewhere made harmless, questions, and whether anybody is there.
//!
//! Never found here: what is said.

use super::error::CliError;
use std::io::{BufRead, IsTerminal, Write};

/// Text that came from a host or another person, with everything taken out that would command a terminal: escape
/// sequences, control characters, and characters that turn the direction of writing. Line ends and tabs stay.
pub fn plain(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' | '\u{9b}' | '\u{9d}' | '\u{90}' => skip_sequence(c, &mut rest),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\t' => kept.push(c),
            c if c.is_control() || turns_direction(c) => kept.push('\u{fffd}'),
            c => kept.push(c),
        }
    }
    kept
}

/// The same on one line.
pub fn plain_line(text: &str) -> String {
    plain(text).replace(['\n', '\t'], " ")
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Skips what follows an introducer (ECMA-48, section 5.4 and 8.3.89).
fn skip_sequence(introducer: char, rest: &mut std::iter::Peekable<std::str::Chars>) {
    let kind = match introducer {
        '\u{1b}' => rest.next(),
        '\u{9b}' => Some('['),
        _ => Some(']'),
    };
    match kind {
        Some('[') => while rest.next().is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c)) {},
        Some(']' | 'P' | 'X' | '^' | '_') => skip_string(rest),
        Some(c) if ('\u{20}'..='\u{2f}').contains(&c) => {
            rest.next();
        }
        _ => {}
    }
}

/// Skips to the end of a string that commands a terminal; a line's end ends it, too, so that little is lost where the
/// end is missing.
fn skip_string(rest: &mut std::iter::Peekable<std::str::Chars>) {
    while let Some(c) = rest.peek().copied() {
        if c == '\n' {
            return;
        }
        rest.next();
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                rest.next();
                return;
            }
            _ => {}
        }
    }
}

/// Whether a person sits at standard input and sees standard error.
pub fn is_attended() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a dangerous thing to be confirmed by typing `word`. `what` says what will happen to how many hosts.
/// With `yes` nothing is asked; where nobody can answer, it is an error that says so.
pub fn confirm(what: &str, word: &str, yes: bool) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !is_attended() {
        return Err(CliError::usage(format!("{what}\n  nobody is there to confirm this"), "add --yes if it is meant"));
    }
    let mut screen = std::io::stderr().lock();
    let asked = write!(screen, "{what}\nType {word} to confirm: ").and_then(|()| screen.flush());
    let mut typed = String::new();
    let read = asked.and_then(|()| std::io::stdin().lock().read_line(&mut typed));
    read.map_err(|error| CliError::usage("the answer cannot be read", "add --yes if it is meant").because(error))?;
    if typed.trim() == word {
        return Ok(());
    }
    Err(CliError::usage("not confirmed, nothing was done", format!("type {word} exactly, or add --yes")))
}

/// Writes to standard output. A reader that went away (`| head`) is not an error.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError::usage("the output cannot be written", "look where standard output goes").because(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_host_cannot_command_the_terminal() {
        for (said, shown) in [
            ("plain text\n\tindented", "plain text\n\tindented"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;new title\u{7}after", "after"),
            ("\u{1b}]8;;http://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}Pq device control\u{1b}\\done", "done"),
            ("unfinished \u{1b}]52;c;AAAA\nnext line", "unfinished \nnext line"),
            ("\u{9b}2Jcleared", "cleared"),
            ("bell\u{7} and back\u{8}", "bell\u{fffd} and back\u{fffd}"),
            ("windows\r\nlines, progress\roverwritten", "windows\nlines, progress\u{fffd}overwritten"),
            ("turned \u{202e}txet", "turned \u{fffd}txet"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
            ("\u{1b}(Bcharset", "charset"),
            ("中文 stays", "中文 stays"),
        ] {
            assert_eq!(plain(said), shown, "{said:?}");
        }
    }

    #[test]
    fn nobody_there_means_no_dangerous_thing_unless_yes_is_said() {
        assert!(confirm("This kills 3 scripts.", "patch-server", true).is_ok());
        if !is_attended() {
            let error = confirm("This kills 3 scripts.", "patch-server", false).expect_err("nobody is there");
            assert!(error.to_string().contains("--yes"), "{error}");
        }
    }
}
