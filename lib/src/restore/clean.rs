//! Restoring in place: what the database has already.

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::ident;

use super::outside;
use super::text::argument;

/// Schemas that are not the server's own, with what is in them; of an extension's things only the extension counts.
const CONTENTS: &str = "
SELECT n.nspname::text, pg_catalog.count(c.oid)::text,
  pg_catalog.min(CASE WHEN c.oid IS NOT NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname) END)
FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.objid = c.oid AND d.deptype IN ('e', 'i'))
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
    AND d.objid = n.oid AND d.deptype = 'e')
GROUP BY n.nspname ORDER BY n.nspname = 'public', 1";

/// Refuses a database that has something, or empties it where that is wanted; the session's transaction decides.
pub(super) async fn clean(session: &mut dyn Session, wanted: bool, archive: &str) -> Result<()> {
    let schemas = session.query(CONTENTS).await?;
    let cell = |row: &[Option<String>], at: usize| row.get(at).and_then(Clone::clone).unwrap_or_default();
    let held = |row: &&Vec<Option<String>>| cell(row, 0) != "public" || cell(row, 1) != "0";
    let Some(first) = schemas.iter().find(held) else { return Ok(()) };
    let (database, archive) = (session.server().database.clone(), argument(archive));
    if !wanted {
        let count: u64 = schemas.iter().filter_map(|row| cell(row, 1).parse::<u64>().ok()).sum();
        let example = cell(first, 2);
        let what = if example.is_empty() { format!("the schema {}", cell(first, 0)) } else { example };
        let message =
            format!("database {database} is not empty: it has {what}, {count} tables, views and sequences in all");
        return Err(Error::new(ErrorKind::Refused, message)
            .hint(format!(
                "into a new database, which takes its place when it is proven whole: mainstay restore {archive} -d {database}"
            ))
            .hint(format!("or drop all of it first: mainstay restore {archive} --in-place --clean --confirm {database}")));
    }
    outside::refuse_subscriptions(session).await?;
    outside::drop_listeners(session).await?;
    let extensions =
        session.query("SELECT extname::text FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'").await?;
    for row in extensions {
        session.query(&format!("DROP EXTENSION IF EXISTS {} CASCADE", ident(&cell(&row, 0)))).await?;
    }
    for row in &schemas {
        let name = cell(row, 0);
        session.query(&format!("DROP SCHEMA IF EXISTS {} CASCADE", ident(&name))).await?;
        if name == "public" {
            session.query("CREATE SCHEMA public").await?;
            session.query(&public(session.server().version_number)).await?;
        }
    }
    outside::drop_others(session).await?;
    session.query("SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata").await.map(drop)
}

/// What initdb gives the schema public.
fn public(version: u32) -> String {
    let everybody = if version >= 150_000 { "USAGE" } else { "ALL" };
    let owner = if version >= 150_000 { "ALTER SCHEMA public OWNER TO pg_database_owner; " } else { "" };
    format!("{owner}GRANT {everybody} ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'standard public schema'")
}
