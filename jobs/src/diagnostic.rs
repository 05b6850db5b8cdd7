//! What is wrong with something a person wrote: where, why, and what to write instead.
//!
//! Never found here: the reading of files, or colours.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::{self, Write};

/// The longest piece of a source line that is shown, in characters.
const WIDEST: usize = 160;

/// One problem in a text, at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// What kind of problem it is; stable, for programs: `unknown-key`, `wrong-type` …
    pub code: Cow<'static, str>,
    /// Whether the text can be used in spite of it.
    pub severity: Severity,
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The problem, as a sentence without a full stop.
    pub message: String,
    /// The next step; empty only where there is none to give.
    pub help: String,
}

/// Whether a text can be used in spite of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// It can; the author should look.
    Warning,
    /// It cannot.
    Error,
}

impl Diagnostic {
    /// Whether the text cannot be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The problem with the line of `source` it is in, and a caret under the place.
    pub fn render(&self, source: &str) -> String {
        let mut shown = self.headline();
        let line = (self.line as usize).checked_sub(1).and_then(|at| source.lines().nth(at)).unwrap_or_default();
        let before = self.column.saturating_sub(1) as usize;
        let skipped = (before + 20).saturating_sub(WIDEST);
        let visible: String = line.chars().skip(skipped).take(WIDEST).collect();
        if !visible.trim().is_empty() {
            let padding: String = line.chars().skip(skipped).take(before - skipped).map(blank).collect();
            let number = self.line.to_string();
            // Writing to a string cannot fail.
            let _ = write!(shown, "\n  {number} | {visible}\n  {:width$} | {padding}^", "", width = number.len());
        }
        if !self.help.is_empty() {
            let _ = write!(shown, "\n  help: {}", self.help);
        }
        shown
    }

    fn headline(&self) -> String {
        format!("{}:{}:{}: {}: {}", self.file, self.line, self.column, self.severity, self.message)
    }
}

/// As wide as the character, and empty.
fn blank(letter: char) -> char {
    match letter {
        '\t' => '\t',
        // Chinese, Japanese and Korean characters take two columns, and so does this space.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}' => '\u{3000}',
        _ => ' ',
    }
}

/// All problems of one text, each with its line, and a last line that counts them.
pub fn render_all(diagnostics: &[Diagnostic], source: &str) -> String {
    let mut shown: String = diagnostics.iter().map(|one| one.render(source) + "\n\n").collect();
    let errors = diagnostics.iter().filter(|one| one.is_error()).count();
    let count = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let summary = [(errors, "error"), (diagnostics.len() - errors, "warning")];
    let said: Vec<String> = summary.iter().filter(|(n, _)| *n > 0).map(|(n, noun)| count(*n, noun)).collect();
    shown.push_str(&said.join(", "));
    shown
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\n  help: {}", self.help) }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// The most characters that a message or a hint has.
const LONGEST: usize = 600;

/// A message in which somebody's text may be repeated, with its middle left out where that text is very long: what is
/// said about it stands at both ends.
pub fn shortened(message: String) -> String {
    let characters = message.chars().count();
    if characters <= LONGEST {
        return message;
    }
    let head = message.chars().take(LONGEST / 2);
    head.chain(['…']).chain(message.chars().skip(characters - LONGEST / 2)).collect()
}

/// The candidate most like `word`, if one is close enough to have been meant.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (edits(word, candidate, most), candidate))
        .filter(|(edits, candidate)| *edits <= most && *edits < candidate.chars().count().max(2))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed, changed or swapped with their neighbour (optimal string alignment), not
/// counting case and `-` against `_`; more than `most` may be any number above it.
fn edits(word: &str, other: &str, most: usize) -> usize {
    let plain = |text: &str| -> Vec<char> { text.to_lowercase().replace('-', "_").chars().collect() };
    let (word, other) = (plain(word), plain(other));
    if word.len().abs_diff(other.len()) > most || word.len() > 200 {
        return most + 1;
    }
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (i, letter) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other_letter) in other.iter().enumerate() {
            let changed = rows[i][j] + usize::from(letter != other_letter);
            let mut least = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            let is_swap = i > 0 && j > 0 && *letter == other[j - 1] && word[i - 1] == *other_letter;
            if is_swap {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[word.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_very_long_text_does_not_hide_what_is_said_about_it() {
        let said = shortened(format!("`{}` is not a host", "ä".repeat(100_000)));
        assert!(said.starts_with("`ää") && said.contains('…') && said.ends_with("` is not a host"));
        assert_eq!(said.chars().count(), LONGEST + 1);
        assert_eq!(shortened("short".to_owned()), "short");
    }

    fn at(line: u32, column: u32) -> Diagnostic {
        Diagnostic {
            code: "unknown-key".into(),
            severity: Severity::Error,
            file: "patch.yaml".into(),
            line,
            column,
            message: "unknown key `sise`".into(),
            help: "did you mean `size`?".into(),
        }
    }

    #[test]
    fn a_caret_stands_under_the_place() {
        let source = "batches:\n  - {sise: 1}\n\t说明: 补丁 sise\n";
        insta::assert_snapshot!(render_all(&[at(2, 6), at(3, 9), at(9, 1), at(0, 0)], source));
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let source = format!("{}sise{}", " ".repeat(500), "x".repeat(500));
        let shown = at(1, 501).render(&source);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1].find("sise"), lines[2].find('^'));
        assert!(lines.iter().all(|line| line.len() < 200), "{shown}");
    }

    #[test]
    fn json_is_what_an_editor_reads() {
        let json = serde_json::to_string(&at(2, 6)).expect("plain values");
        assert_eq!(
            json,
            r#"{"code":"unknown-key","severity":"error","file":"patch.yaml","line":2,"column":6,"message":"unknown key `sise`","help":"did you mean `size`?"}"#
        );
        assert_eq!(serde_json::from_str::<Diagnostic>(&json).expect("its own"), at(2, 6));
    }

    #[test]
    fn suggestions_are_close_or_none() {
        let keys = ["size", "bake", "approve", "takes_out_of_service"];
        for (word, meant) in [
            ("sise", Some("size")),
            ("Size", Some("size")),
            ("bkae", Some("bake")),
            ("takes-out-of-service", Some("takes_out_of_service")),
            ("aprove", Some("approve")),
            ("x", None),
            ("window", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(word, keys), meant, "{word}");
        }
    }
}
