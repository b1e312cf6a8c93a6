//! The rows that a statement fails on, found on the clone in the state just before it.
//!
//! What a new constraint or index says is not read from the statement: in a transaction that is rolled back the table is emptied,
//! the statement then succeeds, and the catalog has the expressions as the server understood them.

mod conversion;
mod definition;
mod rows;

use std::collections::BTreeSet;

use crate::catalog::Name;
use crate::engine::{Session, first_cell};
use crate::error::{Error, Result, SqlError};
use crate::sql::{Flavor, Statement, ident, literal, words};

use super::Offence;
use definition::Definition;

/// How long one search may take: beyond it the failure is told without its rows.
const PATIENCE: &str = "SET LOCAL statement_timeout = '60s'";

/// The rows that `failing` fails on with `error`, once `before` has run in the same transaction; `None` where it is not rows that
/// are in the way, or where they cannot be found. `failing` is `None` for what is found out at COMMIT.
pub(super) async fn find(
    session: &mut dyn Session,
    before: &[Statement<'_>],
    failing: Option<&Statement<'_>>,
    error: &Error,
) -> Option<Offence> {
    let refused = error.sql()?;
    session.query("BEGIN").await.ok()?;
    let found = search(session, before, failing, refused).await;
    // Whether it works or not: the clone is not needed any more.
    let _ = session.query("ROLLBACK").await;
    found.ok().flatten()
}

async fn search(
    session: &mut dyn Session,
    before: &[Statement<'_>],
    failing: Option<&Statement<'_>>,
    refused: &SqlError,
) -> Result<Option<Offence>> {
    for statement in before {
        session.run(statement).await?;
    }
    session.query(PATIENCE).await?;
    let table = refused.schema.as_ref().zip(refused.table.as_ref()).map(|(schema, table)| Name::new(schema, table));
    match (refused.sqlstate.as_str(), table, &refused.column, &refused.constraint) {
        ("23502", Some(table), Some(column), _) => nulls(session, &table, column, failing).await,
        (_, Some(table), _, Some(constraint)) => of_constraint(session, &table, constraint, failing).await,
        ("23514", Some(table), None, None) => of_partition(session, &table, failing).await,
        (code, ..) if code.starts_with("22") || code == "23514" => match failing {
            Some(failing) => conversion::find(session, failing).await,
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// NULLs in a column that is to have none; every row, where the column is new.
async fn nulls(
    session: &mut dyn Session,
    table: &Name,
    column: &str,
    failing: Option<&Statement<'_>>,
) -> Result<Option<Offence>> {
    let known = session
        .query(&format!(
            "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = {} AND attname = {} AND NOT attisdropped",
            regclass(table),
            literal(column)
        ))
        .await?;
    if !known.is_empty() {
        let condition = format!("{} IS NULL", ident(column));
        return rows::that(session, table, &condition, &[], format!("NOT NULL of {}", ident(column))).await;
    }
    let alters = failing.is_some_and(|one| words(one.text, Flavor::Postgres, 2) == ["ALTER", "TABLE"]);
    if !alters {
        return Ok(None);
    }
    let breaks = format!("NOT NULL of {}, which is new and has no default", ident(column));
    rows::that(session, table, "true", &[], breaks).await
}

/// Rows that break a constraint or unique index that is there, or that `failing` makes.
async fn of_constraint(
    session: &mut dyn Session,
    table: &Name,
    constraint: &str,
    failing: Option<&Statement<'_>>,
) -> Result<Option<Offence>> {
    let mut definition = Definition::read(session, table, constraint).await?;
    if let (None, Some(failing)) = (&definition, failing)
        && let Some(emptied) = Emptied::make(session, table, failing).await?
    {
        definition = Definition::read(session, table, constraint).await?;
        emptied.undo(session).await?;
    }
    match definition {
        Some(definition) => definition.broken_by(session, table).await,
        None => Ok(None),
    }
}

/// Rows that do not belong into the partition that `failing` makes of their table.
async fn of_partition(
    session: &mut dyn Session,
    table: &Name,
    failing: Option<&Statement<'_>>,
) -> Result<Option<Offence>> {
    let Some(failing) = failing else { return Ok(None) };
    let Some(emptied) = Emptied::make(session, table, failing).await? else { return Ok(None) };
    let bound =
        session.query(&format!("SELECT pg_catalog.pg_get_partition_constraintdef({})", regclass(table))).await?;
    emptied.undo(session).await?;
    let Some(bound) = first_cell(&bound) else { return Ok(None) };
    rows::that(session, table, &format!("({bound}) IS NOT TRUE"), &[], format!("the partition's bounds: {bound}")).await
}

/// A moment in which a table is empty and a statement has succeeded on it.
struct Emptied;

impl Emptied {
    /// `None` where the statement fails on an empty table too, or where emptying would reach another server.
    async fn make(session: &mut dyn Session, table: &Name, statement: &Statement<'_>) -> Result<Option<Self>> {
        let far = session
            .query(
                "SELECT 1 FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = i.inhrelid LIMIT 1",
            )
            .await?;
        if !far.is_empty() {
            return Ok(None);
        }
        session.query("SAVEPOINT mainstay_rows").await?;
        let truncated = session.query(&format!("TRUNCATE {table} CASCADE")).await;
        let ran = match truncated {
            Ok(_) => session.run(statement).await,
            Err(error) => Err(error),
        };
        if ran.is_err() {
            Self.undo(session).await?;
            return Ok(None);
        }
        Ok(Some(Self))
    }

    /// The rows are back, and the statement has not run.
    async fn undo(self, session: &mut dyn Session) -> Result<()> {
        session.query("ROLLBACK TO SAVEPOINT mainstay_rows").await.map(drop)
    }
}

/// Constraints that do not hold for the rows that were there before them, by number, table and name.
pub(super) type Unproven = BTreeSet<(String, Name, String)>;

/// The constraints that are NOT VALID now.
pub(super) async fn unproven(session: &mut dyn Session) -> Result<Unproven> {
    let rows = session
        .query(
            "SELECT k.oid, n.nspname, c.relname, k.conname FROM pg_catalog.pg_constraint k \
             JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE NOT k.convalidated",
        )
        .await?;
    let constraint = |row: crate::engine::Row| match row.as_slice() {
        [Some(oid), Some(schema), Some(table), Some(name)] => {
            Some((oid.clone(), Name::new(schema, table), name.clone()))
        }
        _ => None,
    };
    Ok(rows.into_iter().filter_map(constraint).collect())
}

/// What breaks the constraints among `now` that were not there `before`.
pub(super) async fn breaking(session: &mut dyn Session, before: &Unproven, now: &Unproven) -> Vec<Offence> {
    let mut found = Vec::new();
    for (_, table, name) in now.difference(before) {
        if session.query("BEGIN").await.is_err() {
            break;
        }
        let offence = match session.query(PATIENCE).await {
            Ok(_) => of_constraint(session, table, name, None).await,
            Err(error) => Err(error),
        };
        // A search that was given up leaves nothing to be told.
        let _ = session.query("ROLLBACK").await;
        found.extend(offence.ok().flatten());
    }
    found
}

fn regclass(table: &Name) -> String {
    format!("pg_catalog.to_regclass({})", literal(&table.to_string()))
}
