//! What is known of the tables: the live database's, and those that the run itself makes.

use crate::catalog::{Catalog, Table};

use super::read::{Does, Named, Statement};
use super::{About, Facts, Measured, Settings};

/// How a table stands when a statement comes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The run makes it.
    New,
    /// It has no rows.
    Empty,
    /// It has few.
    Small,
    /// It has many.
    Big,
    /// Nobody has asked the database, or it does not have it.
    Unknown,
}

/// What is known of the tables.
pub(super) struct World<'a> {
    pub facts: Option<&'a Facts>,
    settings: &'a Settings,
    made: Vec<(&'a Named, bool)>,
    renamed: Vec<(Named, &'a Named)>,
    indexes: Vec<(&'a Named, &'a [String])>,
}

impl<'a> World<'a> {
    /// The world of one run, `statements` being all that it does.
    pub(super) fn new(
        facts: Option<&'a Facts>,
        settings: &'a Settings,
        statements: impl Iterator<Item = &'a Statement<'a>>,
    ) -> Self {
        let mut world = Self { facts, settings, made: Vec::new(), renamed: Vec::new(), indexes: Vec::new() };
        for act in statements.flat_map(|statement| &statement.acts) {
            match &act.does {
                Does::CreateTable { table, if_not_exists } => world.made.push((table, *if_not_exists)),
                Does::RenameTable { table, to } => world.renamed.push((table.renamed(to), table)),
                Does::CreateIndex { table, columns, .. } => world.indexes.push((table, columns)),
                _ => {}
            }
        }
        world
    }

    /// The live database, where it was asked.
    pub(super) fn catalog(&self) -> Option<&'a Catalog> {
        self.facts.map(|facts| &facts.catalog)
    }

    /// The table in the live database, under the name that it has there.
    pub(super) fn table(&self, named: &Named) -> Option<&'a Table> {
        let catalog = self.catalog()?;
        let before = || self.renamed.iter().find(|(to, _)| to.is(named)).map(|(_, from)| &from.text);
        catalog.table(&named.text).or_else(|| catalog.table(before()?))
    }

    /// Whether the run makes it.
    pub(super) fn is_new(&self, named: &Named) -> bool {
        let made = |named: &Named| {
            let there = || self.table(named).is_some();
            self.made.iter().any(|(table, if_not_exists)| table.is(named) && !(*if_not_exists && there()))
        };
        made(named) || self.renamed.iter().any(|(to, from)| to.is(named) && made(from))
    }

    /// The first columns of every index that a table has or gets; the whole of its columns in order.
    pub(super) fn indexes(&self, named: &Named) -> Vec<&'a [String]> {
        let made = self.indexes.iter().filter(|(table, _)| table.is(named)).map(|(_, columns)| *columns);
        let live = self.table(named).into_iter().flat_map(|table| &table.indexes);
        // A partial index serves only some of the rows.
        made.chain(live.filter(|index| index.predicate.is_none()).map(|index| index.columns.as_slice())).collect()
    }

    pub(super) fn standing(&self, named: &Named) -> Standing {
        if self.is_new(named) {
            return Standing::New;
        }
        let Some(Measured { rows, bytes, .. }) = self.measured(named) else { return Standing::Unknown };
        let (few, short) = (self.settings.small_rows, self.settings.small_size);
        match (rows, bytes) {
            (None, None) => Standing::Unknown,
            (Some(0), _) | (None, Some(0)) => Standing::Empty,
            (rows, bytes) if rows.is_none_or(|rows| rows < few) && bytes.is_none_or(|bytes| bytes < short) => {
                Standing::Small
            }
            _ => Standing::Big,
        }
    }

    /// The live table that an index is of.
    pub(super) fn table_of_index(&self, index: &Named) -> Option<Named> {
        let has = |table: &&Table| table.indexes.iter().any(|one| one.name == index.bare());
        self.catalog()?.tables.iter().find(has).map(|table| Named::of(&table.name))
    }

    /// How large the live database's table is.
    pub(super) fn measured(&self, named: &Named) -> Option<Measured> {
        let table = self.table(named)?;
        let parts = self.parts(table);
        let rows = parts.iter().map(|part| rows(part)).reduce(add).flatten();
        let bytes = parts.iter().map(|part| part.size.total).reduce(add).flatten();
        Some(Measured { name: named.text.clone(), rows, bytes })
    }

    /// The tables that hold a table's rows: itself, or its partitions and theirs.
    fn parts(&self, table: &'a Table) -> Vec<&'a Table> {
        let partitions = self.catalog().into_iter().flat_map(|catalog| catalog.partitions_of(&table.name));
        let parts: Vec<&Table> = partitions.flat_map(|part| self.parts(part)).collect();
        if parts.is_empty() { vec![table] } else { parts }
    }

    /// Whether a rule about `about` has anything to say of a table.
    pub(super) fn matters(&self, about: About, named: &Named) -> bool {
        match (about, self.standing(named)) {
            (About::Text, _) => true,
            (_, Standing::New) => false,
            (About::Rows | About::Locks, Standing::Empty) => false,
            (About::Locks, Standing::Small) => false,
            _ => true,
        }
    }
}

/// A table that was never analysed and has no block on disk has no rows.
fn rows(table: &Table) -> Option<u64> {
    table.rows.or_else(|| (table.size.table == Some(0)).then_some(0))
}

fn add(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
    }
}

impl Measured {
    /// `devices: about 50 million rows, 7.0 GB`.
    pub fn told(&self) -> String {
        let rows = self.rows.map(about);
        let bytes = self.bytes.map(bytes);
        let size: Vec<String> = rows.into_iter().chain(bytes).collect();
        if size.is_empty() { self.name.clone() } else { format!("{}: {}", self.name, size.join(", ")) }
    }
}

/// An estimate of the server's, in two digits.
fn about(rows: u64) -> String {
    let rounded = match rows.checked_ilog10() {
        None => return "no rows".to_owned(),
        Some(digits) if digits < 2 => rows,
        Some(digits) => {
            let unit = 10_u64.pow(digits - 1);
            rows.saturating_add(unit / 2) / unit * unit
        }
    };
    let scaled = |unit: u64, word: &str| {
        let tenths = rounded / (unit / 10);
        match tenths % 10 {
            0 => format!("about {} {word} rows", tenths / 10),
            tenth => format!("about {}.{tenth} {word} rows", tenths / 10),
        }
    };
    match rounded {
        1 => "about 1 row".to_owned(),
        0..1_000 => format!("about {rounded} rows"),
        1_000..1_000_000 => format!("about {},{:03} rows", rounded / 1000, rounded % 1000),
        1_000_000..1_000_000_000 => scaled(1_000_000, "million"),
        _ => scaled(1_000_000_000, "billion"),
    }
}

/// Powers of 1000, as disks are sold.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut scaled = count as f64;
    let mut unit = "B";
    for next in UNITS {
        if scaled < 1000.0 {
            break;
        }
        scaled /= 1000.0;
        unit = next;
    }
    if scaled < 10.0 && unit != "B" { format!("{scaled:.1} {unit}") } else { format!("{scaled:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_in_words() {
        let check = |rows, bytes, told: &str| {
            assert_eq!(Measured { name: "t".into(), rows, bytes }.told(), told);
        };
        check(None, None, "t");
        check(Some(0), Some(0), "t: no rows, 0 B");
        check(Some(1), Some(8192), "t: about 1 row, 8.2 kB");
        check(Some(987), None, "t: about 990 rows");
        check(Some(12_345), Some(16_000_000), "t: about 12,000 rows, 16 MB");
        check(Some(49_876_543), Some(7_000_000_000), "t: about 50 million rows, 7.0 GB");
        check(Some(1_520_000_000), None, "t: about 1.5 billion rows");
    }
}
