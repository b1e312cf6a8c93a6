//! Rows for people: columns as wide as the first rows need, the rest in the same columns as it comes.

use std::io::{Result, Write};

use mainstay::engine::{Cell, Kind};

use crate::output::width::width_of as width;
use crate::output::words::printable;

/// Rows that decide how wide the columns are.
const DECISIVE: usize = 500;

/// Space between two columns.
const GAP: usize = 2;

/// When a row's values stand below each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expanded {
    /// Where they have no room beside each other.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never: the terminal breaks long lines.
    Off,
}

/// Where the rows of one statement are printed.
pub(super) struct Aligned {
    /// Columns of the terminal.
    pub(super) room: Option<usize>,
    pub(super) expanded: Expanded,
    names: Vec<String>,
    /// The rows that decide, until they have.
    waiting: Vec<Vec<String>>,
    /// Columns whose values are numbers: they end together.
    numbers: Vec<bool>,
    layout: Option<Layout>,
    rows: u64,
}

enum Layout {
    /// Beside each other, each as wide as this.
    Beside(Vec<usize>),
    /// Below each other, behind names as wide as this.
    Below(usize),
}

impl Aligned {
    pub(super) fn new(room: Option<usize>) -> Self {
        Self { room, expanded: Expanded::Auto, names: vec![], waiting: vec![], numbers: vec![], layout: None, rows: 0 }
    }

    pub(super) fn begin(&mut self, names: &[String]) {
        self.names = names.iter().map(|name| printable(name)).collect();
        self.numbers = vec![true; names.len()];
        self.waiting.clear();
        self.layout = None;
        self.rows = 0;
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>], out: &mut impl Write) -> Result<()> {
        let shown = |cell: &Cell<'_>| printable(&String::from_utf8_lossy(cell.text.unwrap_or_default()));
        let row: Vec<String> = cells.iter().map(shown).collect();
        if self.layout.is_some() {
            return self.print(&row, out);
        }
        for (number, cell) in self.numbers.iter_mut().zip(cells) {
            *number &= cell.text.is_none() || cell.kind == Kind::Number;
        }
        self.waiting.push(row);
        if self.waiting.len() >= DECISIVE { self.decide(out) } else { Ok(()) }
    }

    pub(super) fn end(&mut self, out: &mut impl Write) -> Result<()> {
        if self.layout.is_none() { self.decide(out) } else { Ok(()) }
    }

    fn decide(&mut self, out: &mut impl Write) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        let widest = |at: usize| {
            waiting.iter().map(|row| &row[at]).chain([&self.names[at]]).map(|cell| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.names.len()).map(widest).collect();
        let whole = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        let below = match self.expanded {
            Expanded::Auto => self.room.is_some_and(|room| whole > room),
            Expanded::On => true,
            Expanded::Off => false,
        };
        if below {
            self.layout = Some(Layout::Below(self.names.iter().map(|name| width(name)).max().unwrap_or(0)));
        } else {
            self.layout = Some(Layout::Beside(widths));
            let names = self.names.clone();
            self.print(&names, out)?;
        }
        self.rows = 0;
        waiting.iter().try_for_each(|row| self.print(row, out))
    }

    fn print(&mut self, row: &[String], out: &mut impl Write) -> Result<()> {
        match &self.layout {
            Some(Layout::Beside(widths)) => {
                let mut line = String::new();
                for (at, (cell, wide)) in row.iter().zip(widths).enumerate() {
                    let space = " ".repeat(wide.saturating_sub(width(cell)));
                    let (before, after) = if self.numbers[at] { (space.as_str(), "") } else { ("", space.as_str()) };
                    line.push_str(&format!("{before}{cell}{after}{}", " ".repeat(GAP)));
                }
                writeln!(out, "{}", line.trim_end())
            }
            Some(Layout::Below(wide)) => {
                if self.rows > 0 {
                    writeln!(out)?;
                }
                self.rows += 1;
                for (name, cell) in self.names.iter().zip(row) {
                    let space = " ".repeat(wide.saturating_sub(width(name)) + GAP);
                    writeln!(out, "{}", format!("{name}{space}{cell}").trim_end())?;
                }
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(room: usize, rows: &[[Option<&'static str>; 2]]) -> String {
        let mut aligned = Aligned::new(Some(room));
        let mut out = Vec::new();
        aligned.begin(&["id".to_owned(), "name".to_owned()]);
        for [id, name] in rows {
            let cell = |kind, text: &Option<&'static str>| Cell { kind, text: text.map(str::as_bytes) };
            aligned.row(&[cell(Kind::Number, id), cell(Kind::Text, name)], &mut out).unwrap();
        }
        aligned.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn beside_each_other_where_there_is_room() {
        let rows = [[Some("1"), Some("名前\u{1b}[2J")], [Some("200"), None]];
        assert_eq!(printed(80, &rows), " id  name\n  1  名前\\u{1b}[2J\n200\n");
    }

    #[test]
    fn below_each_other_in_a_narrow_terminal_and_nothing_is_lost() {
        let rows = [[Some("1"), Some("a text that is too long")], [Some("2"), Some("b")]];
        assert_eq!(printed(20, &rows), "id    1\nname  a text that is too long\n\nid    2\nname  b\n");
    }

    #[test]
    fn rows_beyond_the_decisive_ones_follow() {
        let rows = vec![[Some("1"), Some("a")]; DECISIVE + 3];
        assert_eq!(printed(80, &rows).lines().count(), DECISIVE + 4);
    }
}
