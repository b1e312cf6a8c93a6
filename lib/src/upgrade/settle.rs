//! What the new cluster needs before anybody may use it: extensions, what a changed collation touches, statistics.

use serde::{Deserialize, Serialize};

use super::Order;
use super::servers::{Private, databases_of, open};
use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::Result;
use crate::observer::Event;
use crate::sql::ident;

/// What was done to the new cluster, and compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Extensions brought up to the version that comes with the new programs.
    pub extensions: Vec<String>,
    /// Those that stayed as they are, each with the reason.
    pub extensions_left: Vec<String>,
    /// Indexes that were rebuilt, for text is sorted otherwise now.
    pub indexes: Vec<String>,
    /// Collations and databases whose version was noted anew.
    pub collations: Vec<String>,
    /// Tables and sequences whose rows were compared.
    pub tables: usize,
    /// Rows that were compared.
    pub rows: u64,
    /// Databases whose schema was compared.
    pub databases: usize,
}

/// Does it in every database of the running private server.
pub(super) async fn settle(server: &Private<'_>, order: &Order<'_>) -> Result<Settled> {
    let mut session = open(&server.target("template1"), order).await?;
    let databases = databases_of(&mut session).await?;
    Box::new(session).close().await;
    let mut settled = Settled::default();
    for name in databases {
        let mut session = open(&server.target(&name), order).await?;
        extensions(&mut session, order, &name, &mut settled).await?;
        let changed = refresh_collations(&mut session).await?;
        settled.indexes.extend(changed.indexes.into_iter().map(|index| format!("{index} in {name}")));
        settled.collations.extend(changed.collations.into_iter().map(|collation| match collation.as_str() {
            "default" => name.clone(),
            _ => format!("{collation} in {name}"),
        }));
        if order.to.major < 18 {
            // 18 keeps the statistics. Before, a plan without any is worse than one by a rough look, which takes little.
            session.query("SET default_statistics_target = 1; ANALYZE").await?;
        }
        Box::new(session).close().await;
    }
    Ok(settled)
}

const OUTDATED: &str = "
SELECT e.extname, e.extversion, a.default_version FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname
WHERE a.default_version IS DISTINCT FROM e.extversion ORDER BY 1";

async fn extensions(
    session: &mut PostgresSession,
    order: &Order<'_>,
    database: &str,
    settled: &mut Settled,
) -> Result<()> {
    for row in session.query(OUTDATED).await? {
        let [Some(name), Some(old), Some(new)] = row.as_slice() else { continue };
        match session.query(&format!("ALTER EXTENSION {} UPDATE", ident(name))).await {
            Ok(_) => settled.extensions.push(format!("{name} in {database}: {old} to {new}")),
            // It works as it did before; there may be no way from its version to the new one.
            Err(error) => {
                let left = format!("{name} in {database} stays at {old}: {}", error.one_line());
                order.context.observer.event(Event::Warning { message: &left });
                settled.extensions_left.push(left);
            }
        }
    }
    Ok(())
}

/// The collations whose version is another one than was noted, 100 (`default`) for the database's own. Those before 15 noted none
/// for the database.
const CHANGED: &str = "
SELECT c.oid::text, c.oid::regcollation::text FROM pg_catalog.pg_collation c
WHERE c.collversion IS NOT NULL AND c.collversion IS DISTINCT FROM pg_catalog.pg_collation_actual_version(c.oid)
  AND c.collencoding IN (-1, (SELECT encoding FROM pg_catalog.pg_database WHERE datname = current_database()))
UNION ALL
SELECT '100', NULL FROM pg_catalog.pg_database d
WHERE d.datname = current_database() AND pg_catalog.to_jsonb(d) ->> 'datcollversion' IS NOT NULL
  AND pg_catalog.to_jsonb(d) ->> 'datcollversion' IS DISTINCT FROM pg_catalog.pg_database_collation_actual_version(d.oid)";

/// What was done since text is sorted otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Indexes that were rebuilt.
    pub indexes: Vec<String>,
    /// Collations whose version was noted anew; `default` is the database's own.
    pub collations: Vec<String>,
}

/// Rebuilds the indexes of a database that a collation orders whose version is not the one that was noted, and then notes the new
/// one. Nothing is done before 15.
///
/// # Errors
/// An index cannot be rebuilt: what was noted stays as it was, and the next call does it again.
pub async fn refresh_collations(session: &mut dyn Session) -> Result<Refreshed> {
    let mut refreshed = Refreshed::default();
    if session.server().version_number < 150_000 {
        return Ok(refreshed);
    }
    let changed = session.query(CHANGED).await?;
    let oids: Vec<String> = changed.iter().filter_map(|row| row.first()?.clone()).collect();
    if oids.is_empty() {
        return Ok(refreshed);
    }
    // By its columns, or by what an expression or a condition of it names.
    let indexes = session
        .query(&format!(
            "SELECT DISTINCT i.indexrelid::regclass::text FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' \
             WHERE i.indcollation::oid[] && ARRAY[{0}]::oid[] OR EXISTS (SELECT FROM pg_catalog.pg_depend d \
               WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid \
               AND d.refclassid = 'pg_catalog.pg_collation'::regclass AND d.refobjid IN ({0})) ORDER BY 1",
            oids.join(", ")
        ))
        .await?;
    for index in indexes.into_iter().flatten().flatten() {
        session.query(&format!("REINDEX INDEX {index}")).await?;
        refreshed.indexes.push(index);
    }
    // Only now: whoever is killed before finds them as they were.
    for row in changed {
        let named = row.into_iter().nth(1).flatten();
        let database = ident(&session.server().database);
        let statement = match &named {
            Some(collation) => format!("ALTER COLLATION {collation} REFRESH VERSION"),
            None => format!("ALTER DATABASE {database} REFRESH COLLATION VERSION"),
        };
        session.query(&statement).await?;
        refreshed.collations.push(named.unwrap_or_else(|| "default".to_owned()));
    }
    Ok(refreshed)
}
