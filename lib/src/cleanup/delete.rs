//! What is done to the rows of one batch: those that stay are pointed at nothing, then rows go, what refers first.

use super::gather::Found;
use super::keys::{DEEP, Extent, Keys};
use super::references::{Edge, Rule};
use super::statements::Statements;
use crate::engine::first_cell;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, ident};

impl Keys<'_> {
    /// The statements of one batch, for the reader of a plan.
    pub(super) fn shown_statements(&self) -> Vec<String> {
        let keys = Keys { extent: Extent::Batch, ..*self };
        let emptied = keys.graph.edges.iter().filter_map(|edge| keys.empty(edge));
        let deleted = keys.graph.order.iter().map(|group| match (keys.flavor, group.as_slice()) {
            (Flavor::Postgres, [_, _, ..]) => keys.delete_ring(group),
            (_, tables) => tables.iter().map(|at| keys.delete(*at)).collect::<Vec<_>>().join(";\n"),
        });
        emptied.chain(deleted).collect()
    }

    /// Points the rows at nothing that refer along `edge` and stay; `None` where they do not stay, or the database does it.
    pub(super) fn empty(&self, edge: &Edge) -> Option<String> {
        let (Rule::Null(columns), Some(to)) = (&edge.rule, self.graph.place(&edge.to)) else { return None };
        let set: Vec<String> = columns.iter().map(|column| format!("{} = NULL", ident(column))).collect();
        Some(format!(
            "UPDATE {} SET {} WHERE {}",
            self.referring_table(edge),
            set.join(", "),
            self.left_behind(edge, to)
        ))
    }

    /// Counts the rows that [`Keys::empty`] changes.
    pub(super) fn count_emptied(&self, edge: &Edge) -> Option<String> {
        let to = self.graph.place(&edge.to)?;
        matches!(edge.rule, Rule::Null(_) | Rule::Default(_)).then(|| {
            format!("SELECT count(*) FROM {} WHERE {}", self.referring_table(edge), self.left_behind(edge, to))
        })
    }

    fn delete(&self, at: usize) -> String {
        format!("DELETE FROM {} WHERE {}", self.table(at), self.goes(at))
    }

    /// In PostgreSQL, references are looked at when the whole statement is through.
    fn delete_ring(&self, group: &[usize]) -> String {
        let parts = group.iter().map(|at| format!("d{at} AS ({} RETURNING 1)", self.delete(*at)));
        let counts = group.iter().map(|at| format!("(SELECT count(*) FROM d{at})"));
        format!("WITH {} SELECT {}", parts.collect::<Vec<_>>().join(", "), counts.collect::<Vec<_>>().join(", "))
    }

    /// The rows of table `at` that go and that no row that goes refers to: in SQLite, RESTRICT is looked at row by row.
    fn delete_outermost(&self, at: usize, group: &[usize]) -> String {
        let inner = self.graph.references_to(at).filter(|(_, edge)| edge.restricts);
        let referred: Vec<String> = inner
            .filter(|(_, edge)| self.graph.place(&edge.from).is_some_and(|from| group.contains(&from)))
            .map(|(_, edge)| {
                let columns: Vec<String> = edge.columns.iter().map(|column| ident(column)).collect();
                let keys: Vec<String> = edge.keys.iter().map(|key| ident(key)).collect();
                let some: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
                let (list, some) = (columns.join(", "), some.join(" AND "));
                // A key that is NULL is referred to by nobody.
                format!("(({}) NOT IN (SELECT {list} FROM {} WHERE {some})) IS NOT FALSE", keys.join(", "), edge.from)
            })
            .collect();
        format!("{}{}", self.delete(at), referred.iter().map(|one| format!(" AND {one}")).collect::<String>())
    }
}

/// Deletes the rows of a batch that `found` has counted, and returns how many rows were pointed at nothing, by reference.
///
/// # Errors
/// The server's own; [`ErrorKind::Verification`]: other rows went than those that were found.
pub(super) async fn delete(
    statements: &mut Statements<'_>,
    keys: &Keys<'_>,
    found: &Found,
) -> Result<Vec<(usize, u64)>> {
    let mut emptied = Vec::new();
    for (number, edge) in keys.graph.edges.iter().enumerate() {
        let touches = keys.graph.place(&edge.to).is_some_and(|to| found.going[to] > 0);
        if let Some(sql) = keys.empty(edge).filter(|_| touches) {
            emptied.push((number, statements.changed(&sql).await?));
            let left = match keys.count_emptied(edge) {
                Some(sql) => number_of(&statements.query(&sql).await?),
                None => 0,
            };
            if left > 0 {
                return Err(still_refer(edge, left));
            }
        } else if let Some(sql) = keys.count_emptied(edge).filter(|_| touches) {
            emptied.push((number, number_of(&statements.query(&sql).await?)));
        }
    }
    for group in &keys.graph.order {
        let group: Vec<usize> = group.iter().copied().filter(|at| found.going[*at] > 0).collect();
        match keys.flavor {
            Flavor::Postgres => delete_group(statements, keys, &group, found).await?,
            Flavor::Sqlite => delete_in_sqlite(statements, keys, &group, found).await?,
        }
    }
    Ok(emptied)
}

async fn delete_group(statements: &mut Statements<'_>, keys: &Keys<'_>, group: &[usize], found: &Found) -> Result<()> {
    let gone: Vec<u64> = match group {
        [] => return Ok(()),
        [at] => vec![statements.changed(&keys.delete(*at)).await?],
        ring => {
            let rows = statements.query(&keys.delete_ring(ring)).await?;
            let cells = rows.into_iter().next().unwrap_or_default();
            cells.iter().map(|cell| cell.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default()).collect()
        }
    };
    for (at, gone) in group.iter().zip(gone).filter(|(at, gone)| found.going[**at] != *gone) {
        // What a trigger has deleted before us is gone all the same.
        let gone = if keys.is_by_place(*at) {
            gone
        } else {
            found.going[*at].saturating_sub(left(statements, keys, *at).await?)
        };
        if gone != found.going[*at] {
            return Err(others_went(keys, *at, found.going[*at], gone));
        }
    }
    Ok(())
}

/// Rows of table `at` that were to go and are there.
async fn left(statements: &mut Statements<'_>, keys: &Keys<'_>, at: usize) -> Result<u64> {
    let left = format!("SELECT count(*) FROM {} WHERE {}", keys.table(at), keys.goes(at));
    Ok(number_of(&statements.query(&left).await?))
}

async fn delete_in_sqlite(
    statements: &mut Statements<'_>,
    keys: &Keys<'_>,
    group: &[usize],
    found: &Found,
) -> Result<()> {
    let in_ring = |edge: &&Edge| {
        let inside = |name| keys.graph.place(name).is_some_and(|at| group.contains(&at));
        edge.restricts && inside(&edge.from) && inside(&edge.to)
    };
    if !keys.graph.edges.iter().any(|edge| in_ring(&edge)) {
        for at in group {
            if let Some(edge) = keys.chain(*at).filter(|_| found.going[*at] > DEEP) {
                delete_chains(statements, keys, *at, edge).await?;
            }
            statements.changed(&keys.delete(*at)).await?;
        }
    } else {
        // The outermost first, ring after ring, until none is left that could go.
        loop {
            let mut gone = 0;
            for at in group {
                gone += statements.changed(&keys.delete_outermost(*at, group)).await?;
            }
            if gone == 0 {
                break;
            }
        }
    }
    for at in group {
        let left = left(statements, keys, *at).await?;
        if left > 0 {
            return Err(others_went(keys, *at, left, 0));
        }
    }
    Ok(())
}

/// Deletes what is far down in chains, so that no CASCADE goes deep.
async fn delete_chains(statements: &mut Statements<'_>, keys: &Keys<'_>, at: usize, edge: &Edge) -> Result<()> {
    for sql in keys.note_depths(at, edge) {
        statements.query(&sql).await?;
    }
    let depth = number_of(&statements.query(&keys.depth()).await?);
    for steps in (1..=depth / DEEP).rev() {
        statements.changed(&keys.delete_from_depth(at, steps * DEEP)).await?;
    }
    statements.query(&keys.forget_depths()).await.map(drop)
}

/// The database's own ON DELETE would take them along.
fn still_refer(edge: &Edge, left: u64) -> Error {
    let message = format!("{left} rows of {} still refer to what was to go: the batch was taken back", edge.title());
    Error::new(ErrorKind::Verification, message)
        .hint("a trigger or a rule keeps them from changing; look at the table: mainstay describe")
}

fn others_went(keys: &Keys<'_>, at: usize, found: u64, gone: u64) -> Error {
    let name = super::references::shown(&keys.graph.tables[at].name);
    let message = format!("{found} rows of `{name}` were to go and {gone} did: the batch was taken back");
    let error = Error::new(ErrorKind::Verification, message)
        .hint("a trigger, a rule or a ring of RESTRICT keeps them; look at the table: mainstay describe");
    match keys.is_by_place(at) {
        true => error
            .hint("or a trigger changes them, and without a primary key they are not found again: give the table one"),
        false => error,
    }
}

/// The one number that a query returns.
pub(super) fn number_of(rows: &[crate::engine::Row]) -> u64 {
    first_cell(rows).and_then(|text| text.parse().ok()).unwrap_or_default()
}
