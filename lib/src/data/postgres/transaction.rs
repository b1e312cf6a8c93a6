//! What is otherwise while tables are filled, and is put back before COMMIT: triggers are silent, keys wait that cannot hold yet,
//! and indexes wait for the rows.

use super::indexes::{LateIndex, build, set_aside};
use crate::catalog::Name;
use crate::data::load::{Counter, LateKey, Plan, PlannedTable, Silenced};
use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::{Error, Result};
use crate::observer::Observer;
use crate::sql::ident;

/// One transaction that fills tables.
pub(super) struct Transaction {
    tables: Vec<Name>,
    silenced: Vec<Silenced>,
    late: Vec<LateKey>,
    indexes: Vec<LateIndex>,
}

impl Transaction {
    /// One for `tables` of `plan`.
    pub(super) fn of(plan: &Plan, tables: &[&PlannedTable]) -> Self {
        let names: Vec<Name> = tables.iter().map(|table| table.full_name()).collect();
        // A table that refers to itself alone is checked at the end of its COPY.
        let late = plan.late_keys.iter().filter(|key| names.contains(&key.table) && !key.to_itself).cloned().collect();
        let silenced = plan.silenced.iter().filter(|one| names.contains(&one.filled));
        Self { silenced: silenced.cloned().collect(), late, tables: names, indexes: Vec::new() }
    }

    /// `whole` tables are filled, so that their indexes may wait for all of their rows.
    pub(super) async fn begin(&mut self, session: &mut PostgresSession, whole: bool) -> Result<()> {
        if whole {
            self.indexes = set_aside(session, &self.tables).await?;
        }
        for one in &self.silenced {
            let sql = format!("ALTER TABLE ONLY {} DISABLE TRIGGER {}", one.table, ident(&one.name));
            session
                .query(&sql)
                .await
                .map_err(|error| not_owner(error, &one.table, "its triggers fire and change rows"))?;
        }
        for key in &self.late {
            let sql = match key.deferrable {
                true => format!("SET CONSTRAINTS {}.{} DEFERRED", ident(&key.table.schema), ident(&key.name)),
                false => format!(
                    "ALTER TABLE {} ALTER CONSTRAINT {} DEFERRABLE INITIALLY DEFERRED",
                    key.table,
                    ident(&key.name)
                ),
            };
            let why = "its key to a table that is filled later cannot be put off";
            session.query(&sql).await.map_err(|error| not_owner(error, &key.table, why))?;
        }
        Ok(())
    }

    /// Puts everything back; what was put off is checked by now.
    pub(super) async fn end(&self, session: &mut PostgresSession, observer: &dyn Observer) -> Result<()> {
        build(session, &self.indexes, observer).await?;
        for key in self.late.iter().filter(|key| !key.deferrable) {
            let sql = format!("ALTER TABLE {} ALTER CONSTRAINT {} NOT DEFERRABLE", key.table, ident(&key.name));
            session.query(&sql).await?;
        }
        for one in &self.silenced {
            let always = if one.always { "ALWAYS " } else { "" };
            let sql = format!("ALTER TABLE ONLY {} ENABLE {always}TRIGGER {}", one.table, ident(&one.name));
            session.query(&sql).await?;
        }
        Ok(())
    }
}

fn not_owner(error: Error, table: &Name, why: &str) -> Error {
    match error.sqlstate() {
        Some("42501") => error
            .context(format!("{table} is somebody else's, so {why}"))
            .hint("load as the owner of the tables or as a superuser: mainstay data load DUMP --user NAME"),
        _ => error,
    }
}

/// The statement that moves a counter on, never back: past the highest number in its column, and to where it was in the source.
pub(super) fn advance(table: &PlannedTable, counter: &Counter) -> Option<String> {
    let sequence = counter.sequence.as_ref()?;
    let (extreme, choose) = if counter.ascending { ("max", "GREATEST") } else { ("min", "LEAST") };
    let (column, name) = (ident(&counter.column), table.full_name());
    let last = counter.last.map_or_else(|| "NULL".to_owned(), |last| last.to_string());
    let text = crate::sql::literal(&sequence.to_string());
    Some(format!(
        "SELECT pg_catalog.setval({text}, n) FROM (SELECT {choose}((SELECT pg_catalog.{extreme}({column})::bigint FROM {name}), \
         (SELECT last_value FROM {sequence} WHERE is_called), {last}::bigint) AS n) AS found \
         WHERE n BETWEEN {} AND {}",
        counter.lowest, counter.highest
    ))
}
