//! Expressions that the server prints in two ways.
//!
//! `CHECK (kind IN ('a', 'b'))` over a varchar column is printed as `ANY ((ARRAY['a'::character varying, …])::text[])`. Read in
//! again, as after a dump and a restore, the casts have moved inside: `ANY (ARRAY[('a'::character varying)::text, …])`. Both
//! mean the same, so a scratch database's conditions are made again from their own words before they count as different.

use crate::catalog::{Catalog, ConstraintKind, Index, Scope, Table};
use crate::engine::Session;
use crate::error::Result;
use crate::sql::{ident, qualified};

/// The catalog once every check and every condition of an index has been made again as it is printed.
pub(super) async fn settled(session: &mut dyn Session, made: &Catalog) -> Result<Catalog> {
    for statement in made.tables.iter().flat_map(again) {
        // What cannot be made again, such as a partition's share, stays as it is, and is compared so.
        let _ = session.query(&statement).await;
    }
    session.catalog(Scope::Structure).await
}

/// The statements for one table.
fn again(table: &Table) -> Vec<String> {
    let checks = table.constraints.iter().filter(|one| one.kind == ConstraintKind::Check);
    let mut statements: Vec<String> = checks
        .map(|check| {
            let name = ident(&check.name);
            format!("ALTER TABLE {} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {}", table.name, check.definition)
        })
        .collect();
    let is_partial = |index: &&Index| index.predicate.is_some() && index.constraint.is_none();
    statements.extend(
        table
            .indexes
            .iter()
            .filter(is_partial)
            .map(|index| format!("DROP INDEX {}; {}", qualified(&table.name.schema, &index.name), index.definition)),
    );
    statements
}
