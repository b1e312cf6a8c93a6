//! How large tables are cut up, so that several sessions copy one at once and no stored file grows without bounds.

use crate::archive::manifest::Range;
use crate::backup::create::order::Cut;
use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::Result;
use crate::sql::{ident, literal};

use super::survey::Relation;

/// A part has at least so many bytes of the table, or cutting costs more than it brings.
const LEAST: u64 = 64 << 20;
/// And at most so many: what is stored stays below 64 GB, though text may take more room than the table.
const MOST: u64 = 16 << 30;
/// Parts for each session: so that all are busy until the end.
const SHARES: u64 = 4;
/// The first version that reads the rows of some pages without going through the others (PostgreSQL 14, "TID Range Scan").
const READS_PAGES: u32 = 140_000;
/// Correlation from which on a range of the key lies together on the disk.
const IN_ORDER: f64 = 0.9;

/// What decides how tables are cut.
pub(super) struct Knife {
    /// Sessions that copy.
    pub(super) jobs: usize,
    /// Bytes of all tables.
    pub(super) total: u64,
    /// What was asked for.
    pub(super) cut: Cut,
    /// Bytes of a page.
    pub(super) page: u64,
}

impl Knife {
    /// The parts of `table`: one without a range where it stays whole.
    ///
    /// # Errors
    /// The server cannot be asked for the keys.
    pub(super) async fn cut(&self, session: &mut PostgresSession, table: &Relation) -> Result<Vec<Option<Range>>> {
        let parts = self.count(table);
        let pages = u32::try_from(table.bytes.div_ceil(self.page)).unwrap_or(u32::MAX);
        let by_pages = session.server().version_number >= READS_PAGES;
        if parts < 2 || !table.heap {
            return Ok(vec![None]);
        }
        let key = table.columns.iter().find(|column| column.key).map(|column| column.name.as_str());
        let by_key = match (self.cut, key) {
            (Cut::Key { .. }, Some(key)) => Some(key),
            (Cut::Suitable, Some(key)) if !by_pages && in_order(session, table, key).await? => Some(key),
            _ => None,
        };
        let ranges = match by_key {
            Some(key) => key_ranges(session, table, key, parts).await?,
            // Before, each part would read the whole table.
            None if by_pages || table.all_bytes > MOST => page_ranges(pages, parts),
            None => Vec::new(),
        };
        Ok(if ranges.len() < 2 { vec![None] } else { ranges.into_iter().map(Some).collect() })
    }

    fn count(&self, table: &Relation) -> u64 {
        match self.cut {
            Cut::Key { bytes } | Cut::Pages { bytes } => table.all_bytes.div_ceil(bytes.max(1)),
            Cut::Suitable => {
                let share = match self.jobs {
                    0 | 1 => MOST,
                    jobs => (self.total / (jobs as u64 * SHARES)).clamp(LEAST, MOST),
                };
                // What is hardly more than one share is not worth two.
                (table.all_bytes + share / 2) / share
            }
        }
    }
}

fn page_ranges(pages: u32, parts: u64) -> Vec<Range> {
    let parts = parts.min(pages.into());
    let at = |part: u64| u32::try_from(u64::from(pages) * part / parts.max(1)).unwrap_or(u32::MAX);
    // The last one has no end: the file may have grown.
    (0..parts).map(|part| Range::Pages { from: at(part), to: (part + 1 < parts).then(|| at(part + 1)) }).collect()
}

async fn key_ranges(session: &mut PostgresSession, table: &Relation, key: &str, parts: u64) -> Result<Vec<Range>> {
    let (column, name) = (ident(key), table.sql());
    let rows = session.query(&format!("SELECT min({column}), max({column}) FROM ONLY {name}")).await?;
    let bound = |at: usize| rows.first()?.get(at)?.as_deref()?.parse::<i128>().ok();
    let (Some(lowest), Some(highest)) = (bound(0), bound(1)) else { return Ok(Vec::new()) };
    let parts = i128::from(parts).min(highest - lowest + 1);
    let at = |part: i128| i64::try_from(lowest + (highest - lowest + 1) * part / parts).ok();
    let range = |part: i128| Range::Key {
        column: key.to_owned(),
        from: if part == 0 { None } else { at(part) },
        to: if part + 1 == parts { None } else { at(part + 1).map(|next| next - 1) },
    };
    Ok((0..parts).map(range).collect())
}

async fn in_order(session: &mut PostgresSession, table: &Relation, key: &str) -> Result<bool> {
    let rows = session
        .query(&format!(
            "SELECT abs(correlation) FROM pg_catalog.pg_stats WHERE NOT inherited \
             AND schemaname = {} AND tablename = {} AND attname = {}",
            literal(&table.schema),
            literal(&table.name),
            literal(key)
        ))
        .await?;
    let known = crate::engine::first_cell(&rows).and_then(|text| text.parse::<f64>().ok());
    Ok(known.is_some_and(|correlation| correlation >= IN_ORDER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_cut_without_a_gap() {
        for (pages, parts) in [(10, 3), (1, 5), (2, 2), (u32::MAX, 7)] {
            let ranges = page_ranges(pages, parts);
            let mut next = Some(0);
            for range in ranges {
                let Range::Pages { from, to } = range else { panic!("pages") };
                assert_eq!(Some(from), next, "{pages} {parts}");
                assert!(to.is_none_or(|to| to > from), "{pages} {parts}");
                next = to;
            }
            assert_eq!(next, None, "{pages} {parts}");
        }
        assert_eq!(page_ranges(0, 4), []);
    }
}
