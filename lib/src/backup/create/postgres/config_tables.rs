//! Tables of extensions in which users have rows of their own, and sequences that they move (`pg_extension_config_dump`).

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::{Error, ErrorKind, Result};

use super::survey::{Cells, Kind, Relation};

/// Such a table.
pub(super) struct Config<'a> {
    pub(super) relation: &'a Relation,
    /// Which rows are the user's: `WHERE …`, or nothing for all.
    pub(super) condition: String,
    /// The tables among them that its foreign keys lead to.
    pub(super) after: Vec<u32>,
}

/// The tables, those first that others lead to: their foreign keys are there before the rows.
///
/// # Errors
/// One of them may not be read.
pub(super) async fn list<'a>(session: &mut PostgresSession, relations: &'a [Relation]) -> Result<Vec<Config<'a>>> {
    let rows = session
        .query(
            "SELECT t.oid, COALESCE(t.condition, '') FROM pg_catalog.pg_extension e, \
               ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS t(oid, condition) ORDER BY 1",
        )
        .await?;
    let mut keys = foreign_keys(session).await?;
    let mut open = Vec::new();
    for row in rows {
        let mut cells = Cells(row.into_iter());
        let (oid, condition): (u32, _) = (cells.number()?, cells.text()?);
        let relation = relations.iter().find(|relation| relation.oid == oid && relation.kind == Kind::Table);
        let Some(relation) = relation else { continue };
        if !relation.readable {
            let user = &session.server().user;
            let extension = relation.extension.as_deref().unwrap_or_default();
            let message =
                format!("{user} may not read {}, which the extension {extension} has made", relation.describe());
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("back up as a superuser: mainstay backup create --user postgres"));
        }
        open.push(Config { relation, condition, after: keys.remove(&oid).unwrap_or_default() });
    }
    let known: BTreeSet<u32> = open.iter().map(|config| config.relation.oid).collect();
    for config in &mut open {
        let own = config.relation.oid;
        config.after.retain(|oid| known.contains(oid) && *oid != own);
    }
    Ok(in_order(open))
}

/// The sequences whose positions are the user's.
pub(super) async fn sequences<'a>(
    session: &mut PostgresSession,
    relations: &'a [Relation],
) -> Result<Vec<&'a Relation>> {
    let rows = session.query("SELECT pg_catalog.unnest(extconfig) FROM pg_catalog.pg_extension ORDER BY 1").await?;
    let mut sequences = Vec::new();
    for row in rows {
        let oid: u32 = Cells(row.into_iter()).number()?;
        let of_oid = |relation: &&Relation| relation.oid == oid && relation.kind == Kind::Sequence;
        sequences.extend(relations.iter().find(of_oid));
    }
    Ok(sequences)
}

/// Those first that others come after; tables that lead to each other stay as they are.
fn in_order(mut open: Vec<Config<'_>>) -> Vec<Config<'_>> {
    let (mut ordered, mut done) = (Vec::with_capacity(open.len()), BTreeSet::new());
    while !open.is_empty() {
        let ready = open.iter().position(|config| config.after.iter().all(|oid| done.contains(oid))).unwrap_or(0);
        let config = open.remove(ready);
        done.insert(config.relation.oid);
        ordered.push(config);
    }
    ordered
}

async fn foreign_keys(session: &mut PostgresSession) -> Result<BTreeMap<u32, Vec<u32>>> {
    let rows = session
        .query(
            "SELECT DISTINCT c.conrelid, c.confrelid FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' \
             AND EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.conrelid = ANY (e.extconfig)) ORDER BY 1, 2",
        )
        .await?;
    let mut keys: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in rows {
        let mut cells = Cells(row.into_iter());
        keys.entry(cells.number()?).or_default().push(cells.number()?);
    }
    Ok(keys)
}
