//! Rows under a header: aligned on a terminal, tab-separated in a pipe.

use comfy_table::{CellAlignment, ContentArrangement, presets};

use super::Output;
use super::words::printable;

/// Rows under a header.
#[derive(Clone, Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
    wraps: bool,
}

impl Table {
    /// An empty table with these columns, in capitals.
    pub fn new<const N: usize>(header: [&str; N]) -> Self {
        Self { header: header.map(str::to_owned).to_vec(), ..Self::default() }
    }

    /// The columns at these places, from 0, are numbers: they end where their header ends.
    #[must_use]
    pub fn numbers(mut self, columns: &[usize]) -> Self {
        self.right = columns.to_vec();
        self
    }

    /// Cells that do not fit go on below instead of being cut.
    #[must_use]
    pub fn wrapped(mut self) -> Self {
        self.wraps = true;
        self
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

    /// Aligned in `width` columns, or in as many as it takes; columns that are empty in every row are left out.
    pub(super) fn aligned(&self, width: Option<usize>) -> String {
        let shown: Vec<usize> = (0..self.header.len())
            .filter(|column| self.rows.is_empty() || self.rows.iter().any(|row| !row[*column].is_empty()))
            .collect();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_truncation_indicator("…");
        if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        table.set_header(self.line(&self.header, &shown));
        table.add_rows(self.rows.iter().map(|row| self.line(row, &shown)));
        for (column, place) in table.column_iter_mut().zip(&shown) {
            column.set_padding((0, if Some(place) == shown.last() { 0 } else { 2 }));
            if self.right.contains(place) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// A row of the columns that are shown; one line however long its cells are, unless they wrap.
    fn line(&self, cells: &[String], shown: &[usize]) -> comfy_table::Row {
        let mut row = comfy_table::Row::from(shown.iter().map(|place| printable(&cells[*place])).collect::<Vec<_>>());
        if !self.wraps {
            row.max_height(1);
        }
        row
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
    fn numbers_end_together_and_empty_columns_go() {
        let mut table = Table::new(["NAME", "OWNER", "ROWS"]).numbers(&[2]);
        table.row(["a", "", "~1,200"]);
        table.row(["long", "", "~7"]);
        assert_eq!(table.aligned(Some(80)), "NAME    ROWS\na     ~1,200\nlong      ~7\n");
        assert_eq!(table.separated(), "NAME\tOWNER\tROWS\na\t\t~1,200\nlong\t\t~7\n");
    }

    #[test]
    fn wrapped_cells_lose_nothing() {
        let mut table = Table::new(["COLUMN", "DEFAULT"]).wrapped();
        table.row(["id", "one two three four"]);
        assert_eq!(table.aligned(Some(18)), "COLUMN  DEFAULT\nid      one two\n        three four\n");
    }

    #[test]
    fn tabs_in_a_pipe() {
        assert_eq!(sample().separated(), "NAME\tVALUE\nhost\t/run/postgresql\noptions\ta\\tb\\\\c\\nd\n");
    }
}
