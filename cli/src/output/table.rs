//! Rows under a header: aligned on a terminal, tab-separated in a pipe.

use comfy_table::{ContentArrangement, presets};

use super::Output;
use super::words::printable;

/// Rows under a header.
#[derive(Clone, Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns, in capitals.
    pub fn new<const N: usize>(header: [&str; N]) -> Self {
        Self { header: header.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    /// Adds a row; a cell that has nothing to say is empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Has it no row?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table for `output`: aligned and cut to the terminal's width, or whole and separated by tabs.
    pub fn render(&self, output: &Output) -> String {
        if output.terminal { self.aligned(output.width) } else { self.separated() }
    }

    /// Aligned and cut to `width` columns, whatever the output is.
    pub(crate) fn aligned(&self, width: Option<usize>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_truncation_indicator("…");
        if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        table.set_header(one_line(&self.header));
        table.add_rows(self.rows.iter().map(|row| one_line(row)));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// Every cell on one line: a backslash, tab or line end in it is written as PostgreSQL's COPY writes it.
    fn separated(&self) -> String {
        let line = |cells: &Vec<String>| {
            let cells: Vec<String> = cells
                .iter()
                .map(|cell| cell.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"))
                .collect();
            cells.join("\t") + "\n"
        };
        std::iter::once(&self.header).chain(&self.rows).map(line).collect()
    }
}

/// A row that takes one line however long its cells are.
fn one_line(cells: &[String]) -> comfy_table::Row {
    let mut row = comfy_table::Row::from(cells.iter().map(|cell| printable(cell)).collect::<Vec<_>>());
    row.max_height(1);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(["NAME", "VALUE"]);
        table.row(["host", "/run/postgresql"]);
        table.row(["options", "a\tb\\c\nd"]);
        table
    }

    #[test]
    fn aligned_on_a_terminal() {
        assert_eq!(sample().aligned(Some(80)), "NAME     VALUE\nhost     /run/postgresql\noptions  a\\tb\\c\\nd\n");
        assert_eq!(sample().aligned(None), sample().aligned(Some(80)));
    }

    #[test]
    fn cut_to_a_narrow_terminal() {
        for width in [10, 20, 24] {
            let text = sample().aligned(Some(width));
            assert_eq!(text.lines().count(), 3, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}: {text}");
            assert!(text.contains('…'), "{text}");
        }
    }

    #[test]
    fn tabs_in_a_pipe() {
        assert_eq!(sample().separated(), "NAME\tVALUE\nhost\t/run/postgresql\noptions\ta\\tb\\\\c\\nd\n");
    }
}
