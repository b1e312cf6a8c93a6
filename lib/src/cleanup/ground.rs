//! What a clean-up stands on: the catalog, the graph, and which rows are old.

use std::sync::Arc;

use jiff::Timestamp;

use super::advice;
use super::defaults::refuse_one;
use super::graph::Graph;
use super::keys::{Extent, Keys};
use super::old::old;
use super::partitions::{OldPartition, elsewhere, old_partitions};
use super::plan::explained;
use super::references::no_table;
use crate::catalog::{Catalog, ContentHash, Scope, Table};
use crate::config::CleanupConfig;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Rules;
use crate::observer::{Event, Observer};
use crate::sql::{Flavor, ident, literal};

/// What is cleaned up, and how.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The policy's name.
    pub name: &'a str,
    /// The policy.
    pub policy: &'a CleanupConfig,
    /// How long locks are waited for, and what this machine is called.
    pub rules: &'a Rules,
    /// Hears of the progress.
    pub observer: &'a Arc<dyn Observer>,
    /// The moment that ages are counted from.
    pub now: Timestamp,
}

/// What a clean-up stands on.
pub(super) struct Ground {
    pub(super) catalog: Catalog,
    pub(super) graph: Graph,
    pub(super) flavor: Flavor,
    /// The condition that a row is old and not in a partition that goes with its rows.
    pub(super) old: String,
    /// The moment that the age ends at.
    pub(super) before: Option<Timestamp>,
    pub(super) partitions: Vec<OldPartition>,
    /// The condition that a row is in none of those that go with their rows.
    pub(super) elsewhere: Option<String>,
    /// Hash of the policy and of the tables that it touches.
    pub(super) state: String,
}

impl Ground {
    /// Reads the catalog and works out the rest; `before` is the moment that a plan has fixed.
    pub(super) async fn read(session: &mut dyn Session, order: &Order<'_>, before: Option<Timestamp>) -> Result<Self> {
        for setting in settings(session.flavor(), order.rules) {
            session.query(&setting).await?;
        }
        may_keep_keys(session).await?;
        let flavor = session.flavor();
        let mut catalog = session.catalog(Scope::Relations).await?;
        let policy = order.policy;
        let mut graph = Graph::new(&catalog, policy, flavor)?;
        while let Some(message) = refuse_one(session, &mut catalog, &graph).await? {
            order.observer.event(Event::Warning { message: &message });
            graph = Graph::new(&catalog, policy, flavor)?;
        }
        match flavor {
            Flavor::Postgres => nothing_hidden(session, &graph).await?,
            Flavor::Sqlite => keys_compare(&catalog, &graph)?,
        }
        let before = match (&policy.older_than, before) {
            (Some(age), None) => Some(age.before(order.now).map_err(|error| error.at(policy.place.clone()))?),
            (_, before) => before,
        };
        let table = own(&catalog, &graph, policy)?;
        let mut condition = old(table, policy, before, flavor)?;
        let partitions = old_partitions(session, &catalog, table, &graph, policy, before).await?;
        let elsewhere = elsewhere(&catalog, &partitions);
        if let Some(elsewhere) = &elsewhere {
            condition = format!("{condition} AND {elsewhere}");
        }
        let state = state(&catalog, &graph, policy);
        let ground = Self { graph, flavor, old: condition, before, partitions, elsewhere, state, catalog };
        ground.try_conditions(session).await.map_err(|error| explained(error, order))?;
        Ok(ground)
    }

    /// Has the server read each condition, on no row.
    async fn try_conditions(&self, session: &mut dyn Session) -> Result<()> {
        let keys = self.keys(Extent::Whole);
        let links = self.graph.edges.iter().filter(|edge| edge.condition.is_some());
        let links = links.map(|edge| format!("SELECT 1 FROM {} r LIMIT 0", keys.referring(edge)));
        for asked in std::iter::once(format!("{} LIMIT 0", keys.rows(0, Some(&self.old)))).chain(links) {
            session.query(&asked).await?;
        }
        Ok(())
    }

    /// The SQL of one extent.
    pub(super) fn keys(&self, extent: Extent) -> Keys<'_> {
        Keys { graph: &self.graph, flavor: self.flavor, extent, old: &self.old }
    }

    /// Rows of table `at`, as far as they were counted.
    pub(super) fn rows(&self, at: usize) -> u64 {
        let name = &self.graph.tables[at].name;
        let table = self.catalog.tables.iter().find(|table| table.name == *name);
        table.map(|table| advice::rows(&self.catalog, table)).unwrap_or_default()
    }
}

fn own<'a>(catalog: &'a Catalog, graph: &Graph, policy: &CleanupConfig) -> Result<&'a Table> {
    let name = &graph.tables[0].name;
    let found = catalog.tables.iter().find(|table| table.name == *name);
    found.ok_or_else(|| no_table(catalog, &policy.table, &policy.place))
}

/// Tables of extensions are no part of the catalog; one that refers to a row would lose its own by an ON DELETE that nobody
/// counted.
async fn nothing_hidden(session: &mut dyn Session, graph: &Graph) -> Result<()> {
    let names: Vec<String> = graph.tables.iter().map(|member| literal(&member.name.to_string())).collect();
    let asked = format!(
        "SELECT c.conrelid::regclass, c.confrelid::regclass, c.conname FROM pg_constraint c \
         JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.conrelid AND d.deptype = 'e' \
         WHERE c.contype = 'f' AND c.confrelid = ANY (ARRAY[{}]::regclass[]) ORDER BY 1 LIMIT 1",
        names.join(", ")
    );
    match session.query(&asked).await?.into_iter().next().as_deref() {
        Some([Some(from), Some(to), Some(key)]) => {
            let message = format!("`{from}` belongs to an extension and refers to `{to}` by its foreign key `{key}`");
            Err(Error::new(ErrorKind::Unsupported, message).hint("clean up by what the extension has for it"))
        }
        _ => Ok(()),
    }
}

/// In SQLite keys are compared by the collation of the column that is referred to, which the search's own tables do not have.
fn keys_compare(catalog: &Catalog, graph: &Graph) -> Result<()> {
    for edge in &graph.edges {
        let Some(table) = catalog.tables.iter().find(|table| table.name == edge.to) else { continue };
        let collated = |key: &&String| {
            let collation = table.column(key).and_then(|column| column.collation.as_deref());
            collation.is_some_and(|name| !name.eq_ignore_ascii_case("binary"))
        };
        if let Some(key) = edge.keys.iter().find(collated) {
            let message = format!("{} refers to a key that is compared by a collation: `{key}`", edge.title());
            return Err(Error::new(ErrorKind::Unsupported, message)
                .hint("delete these rows by hand; other tables can be cleaned up"));
        }
    }
    Ok(())
}

/// Rows, indexes and partitions may come and go; what is deleted, and why, may not.
fn state(catalog: &Catalog, graph: &Graph, policy: &CleanupConfig) -> String {
    let touched = catalog.tables.iter().filter(|table| graph.place(&table.name).is_some());
    let tables: Vec<_> =
        touched.map(|table| (&table.name, &table.columns, &table.constraints, &table.triggers)).collect();
    let age = policy.older_than.as_ref();
    let said = (&policy.column, age, &policy.condition, policy.partitions);
    ContentHash::of(&(graph, tables, said)).to_string()
}

/// Which rows go together is kept in temporary tables.
async fn may_keep_keys(session: &mut dyn Session) -> Result<()> {
    if session.flavor() == Flavor::Sqlite {
        return Ok(());
    }
    let refused =
        |why: &str| Error::new(ErrorKind::Refused, format!("a clean-up keeps keys in temporary tables, {why}"));
    if session.server().standby {
        return Err(refused("and a standby has none").hint("clean up on the primary"));
    }
    let asked =
        "SELECT has_database_privilege(current_database(), 'TEMPORARY'), quote_ident(current_database()), current_user";
    let rows = session.query(asked).await?;
    match rows.first().map(Vec::as_slice) {
        Some([Some(may), Some(database), Some(user)]) if may == "f" => {
            let grant = format!("GRANT TEMPORARY ON DATABASE {database} TO {}", ident(user));
            Err(refused(&format!("and `{user}` may make none")).hint(format!("as the database's owner: {grant}")))
        }
        _ => Ok(()),
    }
}

/// A clean-up waits for nobody for long, sees every row, and keeps its own time.
fn settings(flavor: Flavor, rules: &Rules) -> Vec<String> {
    match flavor {
        Flavor::Postgres => vec![
            format!("SET lock_timeout = {}", rules.lock_timeout.as_millis().clamp(1, 1000)),
            "SET statement_timeout = 0".to_owned(),
            "SET row_security = off".to_owned(),
            "SET timezone = 'UTC'".to_owned(),
        ],
        Flavor::Sqlite => Vec::new(),
    }
}

/// Begins the transaction of a search: it reads one state of the database.
pub(super) fn begin(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        Flavor::Sqlite => "BEGIN",
    }
}
