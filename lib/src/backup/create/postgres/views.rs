//! Materialised views, in the order in which they can be filled.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::Result;

use super::survey::{Cells, Kind, Relation};

/// A view to fill, and the views that it reads from.
pub(super) struct Filling {
    pub(super) oid: u32,
    pub(super) reads: Vec<u32>,
}

/// The views that are to be filled, those first that others read from; and those that cannot be, since they read from one that
/// is empty.
///
/// # Errors
/// The connection broke.
pub(super) async fn fillings<'a>(
    session: &mut PostgresSession,
    relations: &'a [Relation],
) -> Result<(Vec<Filling>, Vec<&'a Relation>)> {
    let views: Vec<&Relation> = relations
        .iter()
        .filter(|relation| relation.kind == Kind::MaterializedView && relation.extension.is_none())
        .collect();
    if views.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut reads = reads(session).await?;
    let known: BTreeSet<u32> = views.iter().map(|view| view.oid).collect();
    let mut open: Vec<&Relation> = views.iter().copied().filter(|view| view.filled).collect();
    let (mut fillings, mut filled) = (Vec::new(), BTreeSet::new());
    loop {
        let waits = |view: &&Relation| {
            let reads = reads.get(&view.oid);
            reads.is_some_and(|reads| reads.iter().any(|read| known.contains(read) && !filled.contains(read)))
        };
        let (waiting, ready): (Vec<&Relation>, Vec<&Relation>) = open.into_iter().partition(waits);
        open = waiting;
        if ready.is_empty() {
            return Ok((fillings, open));
        }
        for view in ready {
            let reads = reads.remove(&view.oid).unwrap_or_default();
            let reads = reads.into_iter().filter(|read| known.contains(read)).collect();
            fillings.push(Filling { oid: view.oid, reads });
            filled.insert(view.oid);
        }
    }
}

/// The materialised views that each reads from, through ordinary views too.
async fn reads(session: &mut PostgresSession) -> Result<BTreeMap<u32, Vec<u32>>> {
    let rows = session
        .query(
            "WITH RECURSIVE direct AS ( \
               SELECT DISTINCT r.ev_class AS reader, d.refobjid AS read, c.relkind FROM pg_catalog.pg_depend d \
               JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid JOIN pg_catalog.pg_class c ON c.oid = d.refobjid \
               WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
                 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                 AND c.relkind IN ('m', 'v') AND r.ev_class <> d.refobjid), \
             reaches AS (SELECT reader, read, relkind FROM direct \
               UNION SELECT a.reader, b.read, b.relkind FROM reaches a JOIN direct b ON b.reader = a.read AND a.relkind = 'v') \
             SELECT reader, read FROM reaches WHERE relkind = 'm' ORDER BY 1, 2",
        )
        .await?;
    let mut reads: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in rows {
        let mut cells = Cells(row.into_iter());
        reads.entry(cells.number()?).or_default().push(cells.number()?);
    }
    Ok(reads)
}
