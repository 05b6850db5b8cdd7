mod actions;
mod inventories;
mod json_schema;
mod templates;

use crate::diagnostic::{Diagnostic, render_all};
use proptest::prelude::*;

/// The rendered problems of each text under its title; a text that is taken is a failed test.
fn table(cases: &[(&str, String)], read: impl Fn(&str) -> Vec<Diagnostic>) -> String {
    let mut shown = String::new();
    for (title, text) in cases {
        let diagnostics = read(text);
        assert!(!diagnostics.is_empty(), "taken: {title}\n{text}");
        for diagnostic in &diagnostics {
            assert!(!diagnostic.help.is_empty(), "no help: {diagnostic}");
            assert!(diagnostic.line >= 1 && diagnostic.column >= 1, "no place: {diagnostic}");
        }
        shown.push_str(&format!("# {title}\n{}\n\n", render_all(&diagnostics, text)));
    }
    shown
}

/// A good text with one passage replaced; the passage has to be there.
fn with(good: &str, passage: &str, replacement: &str) -> String {
    assert!(good.contains(passage), "{passage} is not in the text");
    good.replacen(passage, replacement, 1)
}

fn read_everything(text: &str) {
    let problems = [
        super::read_template("t.yaml", text).map(|file| drop(file.check(&actions::all()))).err(),
        super::read_action("a.yaml", text, |_| Some("true".to_owned())).map(drop).err(),
        super::read_inventory("i.yaml", text).map(drop).err(),
        super::read_pack("pack.yaml", text).map(drop).err(),
    ];
    for problem in problems.into_iter().flatten().flatten() {
        let _ = problem.render(text);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9 \n\t:{}\\[\\],\"'&*|>#!%@?-]{0,200}") {
        read_everything(&text);
    }

    #[test]
    fn any_unicode_is_read_or_refused(text in "\\PC{0,60}") {
        read_everything(&text);
    }

    #[test]
    fn a_good_text_with_letters_changed_is_read_or_refused(
        which in 0usize..3,
        changes in proptest::collection::vec((0usize..4_000, "[ -~\n]|[{}:\\[\\]-]"), 1..4),
    ) {
        let good = [templates::GOOD, actions::GOOD, inventories::GOOD][which];
        let mut letters: Vec<char> = good.chars().collect();
        for (at, letter) in changes {
            let at = at % letters.len();
            letters.splice(at..=at, letter.chars());
        }
        read_everything(&letters.into_iter().collect::<String>());
    }

    #[test]
    fn a_good_text_cut_short_is_read_or_refused(which in 0usize..3, at in 0usize..4_000) {
        let good = [templates::GOOD, actions::GOOD, inventories::GOOD][which];
        read_everything(&good.chars().take(at % good.len()).collect::<String>());
    }

    #[test]
    fn a_good_text_with_lines_dropped_and_doubled_is_read_or_refused(
        which in 0usize..3, drop_at in 0usize..60, double_at in 0usize..60,
    ) {
        let good = [templates::GOOD, actions::GOOD, inventories::GOOD][which];
        let mut lines: Vec<&str> = good.lines().collect();
        lines.insert(double_at % lines.len(), lines[double_at % lines.len()]);
        lines.remove(drop_at % lines.len());
        read_everything(&lines.join("\n"));
    }
}
