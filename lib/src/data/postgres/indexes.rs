//! Indexes of empty tables, built when the rows are there: sorted at once, they cost the server half of what they cost row by row.
//!
//! Only those that a `CREATE INDEX` brings back just as they were, and that no row is checked against. Where somebody is in the
//! table, or rows are, or the role may not, they stay.

use crate::catalog::Name;
use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::Result;
use crate::observer::{Event, Observer};
use crate::sql::literal;

/// One that comes back before COMMIT.
pub(super) struct LateIndex {
    /// Its name, as SQL.
    name: String,
    /// What brings it back.
    statement: String,
}

/// The indexes that can be built late: the table's name and their own as SQL, and what brings them back.
const CANDIDATES: &str = "
SELECT t.oid::pg_catalog.regclass, x.oid::pg_catalog.regclass, pg_catalog.pg_get_indexdef(x.oid)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
WHERE t.oid = ANY ($TABLES::pg_catalog.regclass[]) AND t.relkind = 'r' AND NOT t.relispartition AND pg_catalog.pg_relation_size(t.oid) = 0
  AND pg_catalog.pg_has_role(t.relowner, 'USAGE') AND pg_catalog.has_schema_privilege(t.relnamespace, 'CREATE')
  AND NOT (i.indisunique OR i.indisexclusion OR i.indisclustered OR i.indisreplident) AND i.indisvalid AND i.indislive
  AND i.indexprs IS NULL AND i.indpred IS NULL
  AND x.reltablespace = 0 AND pg_catalog.current_setting('default_tablespace') = ''
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.oid AND coalesce(a.attstattarget, -1) >= 0)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_description d WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = x.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_seclabel s WHERE s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.objoid = x.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype IN ('e', 'x')
    AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = x.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = x.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D')
ORDER BY 1, 2";

/// Drops those of `tables` that can be built late, in the open transaction, which has these tables locked against changes.
pub(super) async fn set_aside(session: &mut PostgresSession, tables: &[Name]) -> Result<Vec<LateIndex>> {
    let names: Vec<String> = tables.iter().map(|table| literal(&table.to_string())).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let found = session.query(&CANDIDATES.replace("$TABLES", &format!("ARRAY[{}]", names.join(", ")))).await?;
    let mut late = Vec::new();
    let mut decided: Option<(String, bool)> = None;
    for row in found {
        let Ok([Some(table), Some(name), Some(statement)]) = <[Option<String>; 3]>::try_from(row) else { continue };
        let ours = match &decided {
            Some((last, ours)) if *last == table => *ours,
            _ => is_ours_alone(session, &table).await?,
        };
        decided = Some((table, ours));
        if ours {
            session.query(&format!("DROP INDEX {name}")).await?;
            late.push(LateIndex { name, statement });
        }
    }
    Ok(late)
}

/// Whether nobody else is in the table, and it is still empty; nobody gets in from then on.
async fn is_ours_alone(session: &mut PostgresSession, table: &str) -> Result<bool> {
    session.query("SAVEPOINT alone").await?;
    let locked = session.query(&format!("LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE NOWAIT")).await;
    let empty = match locked {
        Ok(_) => session.query(&format!("SELECT 1 FROM ONLY {table} LIMIT 1")).await?.is_empty(),
        Err(error) if error.sqlstate() == Some("55P03") => false,
        Err(error) => return Err(error),
    };
    let end = if empty { "RELEASE SAVEPOINT alone" } else { "ROLLBACK TO SAVEPOINT alone" };
    session.query(end).await?;
    Ok(empty)
}

/// Builds them.
pub(super) async fn build(session: &mut PostgresSession, late: &[LateIndex], observer: &dyn Observer) -> Result<()> {
    for (at, index) in late.iter().enumerate() {
        observer.event(Event::Progress { what: "build indexes", done: at as u64, total: Some(late.len() as u64) });
        let built = session.query(&index.statement).await;
        built.map_err(|error| error.context(format!("the index {} cannot be built of these rows", index.name)))?;
    }
    Ok(())
}
