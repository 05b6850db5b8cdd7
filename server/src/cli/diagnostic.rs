//! What is wrong in a text a person wrote, shown with its line.
//!
//! Never found here: reading such a text; the server does that.

use super::error::CliError;
use super::exit::Exit;
use super::terminal::{plain, plain_line};
use serde::Deserialize;
use std::io::Read;
use std::path::Path;

/// What is wrong in a text, and where.
#[derive(Deserialize, Debug, Clone)]
pub struct Diagnostic {
    severity: String,
    /// From 1.
    line: u32,
    /// In characters, from 1.
    column: u32,
    message: String,
    help: Option<String>,
}

impl Diagnostic {
    /// Whether it has to be put right.
    pub fn is_error(&self) -> bool {
        self.severity == "ERROR"
    }

    /// `file:line:column: error: message`, the line with a caret under the place, and help.
    pub fn rendered(&self, file: &Path, text: &str) -> String {
        let Diagnostic { line, column, .. } = *self;
        let severity = self.severity.to_lowercase();
        let mut shown = format!("{}:{line}:{column}: {severity}: {}\n", file.display(), plain(&self.message));
        if let Some(source) = text.lines().nth((line as usize).saturating_sub(1)) {
            let indent = caret_indent(source, column);
            shown += &format!("{line:>5} | {}\n      | {indent}^\n", plain_line(source));
        }
        if let Some(help) = self.help.as_deref().filter(|help| !help.is_empty()) {
            shown += &format!("      = help: {}\n", plain(help));
        }
        shown
    }
}

/// Refuses a text with errors in it.
pub fn refuse_errors(file: &Path, diagnostics: &[Diagnostic]) -> Result<(), CliError> {
    let what = match diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count() {
        0 => return Ok(()),
        1 => "1 error".to_owned(),
        errors => format!("{errors} errors"),
    };
    Err(CliError::new(Exit::Usage, format!("{} has {what}", file.display()), "mend the lines above, then try again"))
}

/// What stands before a column. Characters that take two places, such as 中, push the caret by two.
fn caret_indent(source: &str, column: u32) -> String {
    let before = source.chars().take((column as usize).saturating_sub(1));
    before.map(|c| if is_wide(c) { "  " } else { " " }).collect()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}')
}

/// A file's text, or standard input for `-`.
pub fn read_text(file: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().read_to_string(&mut text).map(drop),
        false => std::fs::read_to_string(file).map(|read| text = read),
    };
    read.map_err(|error| {
        let hint = "name a text file in UTF-8, or - for standard input";
        CliError::usage(format!("{} cannot be read", file.display()), hint).because(error)
    })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_the_place() {
        let text = "template: patch\nbatchh:\n  - {size: 1}\n";
        let diagnostic = Diagnostic {
            severity: "ERROR".to_owned(),
            line: 2,
            column: 1,
            message: "unknown key batchh".to_owned(),
            help: Some("did you mean batches?".to_owned()),
        };
        assert_eq!(
            diagnostic.rendered(Path::new("patch.yaml"), text),
            "patch.yaml:2:1: error: unknown key batchh\n    2 | batchh:\n      | ^\n      = help: did you mean batches?\n"
        );
        assert_eq!(refuse_errors(Path::new("patch.yaml"), &[diagnostic]).expect_err("an error").exit, Exit::Usage);
    }

    #[test]
    fn the_caret_stands_under_its_column_after_wide_characters() {
        assert_eq!(caret_indent("补丁: x", 5), "      ");
    }
}
