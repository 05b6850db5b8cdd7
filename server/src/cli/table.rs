//! Lists and records as tables for people.
//!
//! Never found here: what is listed.

use super::terminal::plain_line;
use comfy_table::{ContentArrangement, Table};
use std::io::IsTerminal;

/// Columns with a head, without frames, no wider than the terminal. Cells are made harmless.
pub fn list<const COLUMNS: usize>(head: [&str; COLUMNS], rows: Vec<[String; COLUMNS]>) -> String {
    let mut table = bare();
    table.set_header(head);
    for row in rows {
        table.add_row(row.map(|cell| plain_line(&cell)));
    }
    written(table)
}

/// Names and values, one a line; empty values are left out.
pub fn record(fields: Vec<(&str, String)>) -> String {
    let mut table = bare();
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.add_row([name.to_owned(), plain_line(&value)]);
    }
    written(table)
}

fn bare() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if std::io::stdout().is_terminal()
        && let Some((width, _)) = terminal_size::terminal_size()
    {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.0);
    }
    table
}

fn written(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_head_and_harmless_cells() {
        let rows = vec![["web-1".to_owned(), "failed: \u{1b}[31mE:\u{1b}[0m no\nspace".to_owned()]];
        assert_eq!(list(["HOST", "STATE"], rows), "HOST   STATE\nweb-1  failed: E: no space\n");
    }

    #[test]
    fn a_record_leaves_out_what_is_not_there() {
        let fields = vec![("job", "01KB".to_owned()), ("outcome", String::new()), ("hosts", "3".to_owned())];
        assert_eq!(record(fields), "job    01KB\nhosts  3\n");
    }
}
