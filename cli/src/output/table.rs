//! Rows under a header: aligned on a terminal, tab-separated in a pipe.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};

use super::Output;
use super::page::wrap;
use super::width::width as columns_of;
use super::words::printable;

/// With fewer columns of the terminal than this for each of the table's, cells that wrap are shown below each other.
const SQUEEZED: usize = 12;

/// Columns of the terminal without which a column of the table says nothing, the space behind it included.
const LEAST: usize = 8;

/// From this width on numbers are shown whole.
const ROOMY: usize = 50;

/// Rows under a header.
#[derive(Clone, Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
    whole: Vec<usize>,
    wraps: bool,
}

impl Table {
    /// An empty table with these columns, in capitals.
    pub fn new<const N: usize>(header: [&str; N]) -> Self {
        Self { header: header.map(str::to_owned).to_vec(), ..Self::default() }
    }

    /// An empty table with the columns of `header`.
    pub fn with_header(header: impl IntoIterator<Item = String>) -> Self {
        Self { header: header.into_iter().collect(), ..Self::default() }
    }

    /// The columns at these places, from 0, are numbers: they end where their header ends.
    #[must_use]
    pub fn numbers(mut self, columns: &[usize]) -> Self {
        self.right = columns.to_vec();
        self
    }

    /// The columns at these places, from 0, are what other commands are told: they are never cut. The last of the others are left
    /// out where there is no room beside them.
    #[must_use]
    pub fn whole(mut self, columns: &[usize]) -> Self {
        self.whole = columns.to_vec();
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

    /// Aligned in `width` columns, or in as many as it takes; a column but the first that is empty in every row is left out.
    pub(crate) fn aligned(&self, width: Option<usize>) -> String {
        let mut shown: Vec<usize> = (0..self.header.len())
            .filter(|column| {
                *column == 0 || self.rows.is_empty() || self.rows.iter().any(|row| !row[*column].is_empty())
            })
            .collect();
        if let Some(width) = width.filter(|width| self.wraps && *width < shown.len() * SQUEEZED) {
            return self.stacked(&shown, width);
        }
        let width = width.and_then(|width| self.make_room(&mut shown, width));
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
            if self.whole.contains(place) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(self.widest(*place, usize::MAX))));
                continue;
            }
            // Names and numbers are what the table is for: the other columns give way first.
            let kept = if *place == 0 { width.map(|width| width / 2) } else { width.filter(|width| *width >= ROOMY) };
            if let Some(kept) = kept.filter(|_| !self.wraps && (*place == 0 || self.right.contains(place))) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(self.widest(*place, kept))));
            }
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// Leaves the last of the columns `shown` out as long as `width` has no room for all beside those that stay whole; `None` where
    /// even these have none, and lines have to be longer.
    fn make_room(&self, shown: &mut Vec<usize>, width: usize) -> Option<usize> {
        let whole: usize = self.whole.iter().map(|place| usize::from(self.widest(*place, usize::MAX))).sum();
        let is_other = |place: &usize| !self.whole.contains(place);
        while !self.whole.is_empty() && whole + LEAST * shown.iter().filter(|place| is_other(place)).count() > width {
            let Some(last) = shown.iter().rposition(is_other) else { break };
            shown.remove(last);
        }
        let alone = !self.whole.is_empty() && !shown.iter().any(is_other);
        (!alone || whole <= width + 2).then_some(width)
    }

    /// Columns of the widest cell at `place` with the space behind it, at most `most`.
    fn widest(&self, place: usize, most: usize) -> u16 {
        let cells =
            self.rows.iter().chain([&self.header]).map(|row| printable(&row[place]).chars().map(columns_of).sum());
        let widest: usize = cells.max().unwrap_or_default();
        u16::try_from((widest + 2).min(most)).unwrap_or(u16::MAX)
    }

    /// Each row as a paragraph: where columns would have no room beside each other.
    fn stacked(&self, shown: &[usize], width: usize) -> String {
        let mut text = String::new();
        for (at, row) in std::iter::once(&self.header).chain(&self.rows).enumerate() {
            let cells = shown.iter().take(if at == 0 { 1 } else { shown.len() }).map(|place| printable(&row[*place]));
            for (nth, cell) in cells.enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let margin = if nth == 0 { "" } else { "  " };
                for line in wrap(&cell, Some(width.saturating_sub(margin.len()).max(1))) {
                    text.push_str(&format!("{margin}{line}\n"));
                }
            }
        }
        text
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
        for width in [10, 20, 23] {
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
        assert_eq!(table.aligned(Some(80)), "NAME      ROWS\na       ~1,200\nlong        ~7\n");
        assert_eq!(table.separated(), "NAME\tOWNER\tROWS\na\t\t~1,200\nlong\t\t~7\n");
    }

    #[test]
    fn wrapped_cells_lose_nothing() {
        let mut table = Table::new(["COLUMN", "DEFAULT"]).wrapped();
        table.row(["id", "one two three four five"]);
        assert_eq!(table.aligned(Some(24)), "COLUMN  DEFAULT\nid      one two three\n        four five\n");
    }

    #[test]
    fn without_room_beside_each_other_cells_stand_below_each_other() {
        let mut table = Table::new(["COLUMN", "TYPE", "DEFAULT"]).wrapped();
        table.row(["id", "bigint", "generated by default as identity"]);
        table.row(["a_name_that_is_very_long", "text", ""]);
        let stacked = "COLUMN\nid\n  bigint\n  generated by\n  default as\n  identity\n";
        assert_eq!(table.aligned(Some(20)), format!("{stacked}a_name_that_is_very_\nlong\n  text\n"));
        assert!(table.aligned(Some(80)).starts_with("COLUMN                    TYPE    DEFAULT\nid "));
    }

    #[test]
    fn names_and_numbers_are_kept_where_the_rest_gives_way() {
        let mut table = Table::new(["NAME", "KIND", "ROWS", "COMMENT"]).numbers(&[2]);
        table.row(["public.a_long_name_of_it", "partitioned table", "~1,234,567", "words and more words"]);
        let text = table.aligned(Some(60));
        assert!(text.contains("public.a_long_name_of_it") && text.contains(" ~1,234,567"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }

    #[test]
    fn what_other_commands_are_told_is_whole_however_narrow_the_terminal_is() {
        let mut table = Table::new(["ID", "STATE", "DATABASE", "SIZE"]).numbers(&[3]).whole(&[0]);
        table.row(["20261122T154000Z-f3a1", "proven", "a_long_name_of_a_database", "1.2 MB"]);
        for width in [10, 20, 21, 30, 36, 40, 60] {
            let text = table.aligned(Some(width));
            let row = text.lines().nth(1).unwrap_or_default();
            assert!(row.starts_with("20261122T154000Z-f3a1"), "{width}: {text}");
            assert!(row.chars().count() <= width.max(21), "{width}: {text}");
        }
        assert_eq!(table.aligned(Some(34)), "ID                     STATE\n20261122T154000Z-f3a1  proven\n");
    }

    #[test]
    fn tabs_in_a_pipe() {
        assert_eq!(sample().separated(), "NAME\tVALUE\nhost\t/run/postgresql\noptions\ta\\tb\\\\c\\nd\n");
    }
}
