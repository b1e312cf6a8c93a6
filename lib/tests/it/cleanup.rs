//! Tests of `cleanup` on either engine.

mod careful;
mod defaults;
mod killed;
mod others;
mod packit;
mod partitions;
mod parts;
mod random;
mod rules;
mod triggers;
mod wrong;

use std::sync::Arc;

use mainstay::catalog::{Catalog, Scope};
use mainstay::cleanup::{self, Agreed, Cleaned, CleanupPlan, Order};
use mainstay::config::{CleanupConfig, MigrationsConfig, parse};
use mainstay::engine::{Cancel, Flight, FlightError, Holder, Pieces, Row, Rows, ServerInfo, Session};
use mainstay::migrate::{Consent, Rules};
use mainstay::observer::{Observer, Silent};
use mainstay::plan::Hazard;
use mainstay::sql::{Flavor, Statement};
use mainstay::{Database, Error, ErrorKind, Result};
use mainstay_testing::server;

/// A database and what keeps it alive.
pub struct Place {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    pub fn postgres() -> Self {
        Self { url: server().database().url(), _folder: None }
    }

    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: format!("sqlite:{}", folder.path().join("old.db").display()), _folder: Some(folder) }
    }

    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgresql:")
    }

    pub async fn session(&self) -> Box<dyn Session> {
        Database::url(&self.url).build().unwrap().connect().await.unwrap()
    }

    pub async fn sql(&self, sql: &str) {
        self.session().await.query(sql).await.map(drop).unwrap_or_else(|error| panic!("{error:?}\nin {sql}"));
    }

    /// The values of the first column, separated by spaces.
    pub async fn ask(&self, sql: &str) -> String {
        let rows = self.session().await.query(sql).await.unwrap();
        let cells: Vec<String> = rows.into_iter().map(|row| row[0].clone().unwrap_or_else(|| "NULL".into())).collect();
        cells.join(" ")
    }

    pub async fn plan(&self, policy: &str) -> Result<CleanupPlan> {
        let policy = read(policy);
        With::new(&policy).plan(self.session().await.as_mut()).await
    }

    /// Cleans up with consent to all of it.
    pub async fn run(&self, policy: &str) -> Result<Cleaned> {
        let policy = read(policy);
        With::new(&policy).run(self.session().await.as_mut()).await
    }
}

/// The keys of `[cleanup.it]`.
pub fn read(keys: &str) -> CleanupConfig {
    let config = parse("mainstay.toml", &format!("[cleanup.it]\n{keys}")).unwrap_or_else(|e| panic!("{e:?}\n{keys}"));
    config.cleanup["it"].clone()
}

/// How a policy is run.
pub struct With<'a> {
    pub policy: &'a CleanupConfig,
    pub rules: Rules,
    pub consent: Consent,
    pub observer: Arc<dyn Observer>,
    pub now: jiff::Timestamp,
}

impl<'a> With<'a> {
    pub fn new(policy: &'a CleanupConfig) -> Self {
        Self {
            policy,
            rules: Rules::new(&MigrationsConfig::default(), "here"),
            consent: Consent { allow: Hazard::ALL.to_vec(), confirm: None },
            observer: Arc::new(Silent),
            now: "2026-06-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn order(&self) -> Order<'_> {
        Order { name: "it", policy: self.policy, rules: &self.rules, observer: &self.observer, now: self.now }
    }

    pub async fn plan(&self, session: &mut dyn Session) -> Result<CleanupPlan> {
        cleanup::plan(session, &self.order()).await
    }

    pub async fn run(&self, session: &mut dyn Session) -> Result<Cleaned> {
        self.run_planned(session, None).await
    }

    pub async fn run_planned(&self, session: &mut dyn Session, plan: Option<&CleanupPlan>) -> Result<Cleaned> {
        let agreed = Agreed { consent: &self.consent, environment: None, plan };
        cleanup::run(session, &self.order(), &agreed).await
    }
}

/// `a 3, b 1`: the rows of each table that has any.
pub fn counts(plan: &CleanupPlan) -> String {
    let rows = plan.tables.iter().map(|table| (table.table.as_str(), table.rows));
    listed(rows)
}

/// The same of what was done.
pub fn gone(cleaned: &Cleaned) -> String {
    listed(cleaned.tables.iter().map(|table| (table.name.as_str(), table.rows)))
}

fn listed<'a>(rows: impl Iterator<Item = (&'a str, u64)>) -> String {
    let mut rows: Vec<(&str, u64)> = rows.filter(|(_, rows)| *rows > 0).collect();
    rows.sort_unstable();
    rows.iter().map(|(name, rows)| format!("{name} {rows}")).collect::<Vec<_>>().join(", ")
}

/// What becomes of a session at one of its statements.
pub enum Fate {
    /// It goes on.
    Lives,
    /// It is gone before the statement is sent.
    Dies,
    /// The statement never comes back.
    Hangs,
}

/// A session whose every statement somebody sees before it is sent.
pub struct Watched<F> {
    inner: Option<Box<dyn Session>>,
    server: ServerInfo,
    flavor: Flavor,
    watch: F,
}

impl<F: FnMut(&str) -> Fate + Send> Watched<F> {
    pub async fn new(place: &Place, watch: F) -> Self {
        let inner = place.session().await;
        Self { server: inner.server().clone(), flavor: inner.flavor(), inner: Some(inner), watch }
    }

    async fn at(&mut self, sql: &str) -> Result<&mut Box<dyn Session>> {
        match (self.watch)(sql) {
            Fate::Lives => {}
            Fate::Dies => drop(self.inner.take()),
            Fate::Hangs => std::future::pending().await,
        }
        self.inner.as_mut().ok_or_else(|| Error::new(ErrorKind::ConnectionLost, "the session was killed"))
    }
}

#[async_trait::async_trait]
impl<F: FnMut(&str) -> Fate + Send> Session for Watched<F> {
    fn flavor(&self) -> Flavor {
        self.flavor
    }

    fn server(&self) -> &ServerInfo {
        &self.server
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        self.at(sql).await?.query(sql).await
    }

    async fn run(&mut self, statement: &Statement<'_>) -> Result<()> {
        self.at(statement.text).await?.run(statement).await
    }

    async fn stream(&mut self, statement: &Statement<'_>, rows: &mut dyn Rows) -> Result<u64> {
        self.at(statement.text).await?.stream(statement, rows).await
    }

    async fn copy_in(&mut self, sql: &str, pieces: &mut dyn Pieces) -> Result<u64> {
        self.at(sql).await?.copy_in(sql, pieces).await
    }

    async fn fly(&mut self, flight: Flight<'_>) -> Result<(), FlightError> {
        let first = flight.lead.first().map(String::as_str).unwrap_or_default();
        self.at(first).await.map_err(FlightError::Own)?.fly(flight).await
    }

    async fn try_lock(&mut self, name: &str) -> Result<bool> {
        self.at("").await?.try_lock(name).await
    }

    async fn unlock(&mut self, name: &str) -> Result<()> {
        self.at("").await?.unlock(name).await
    }

    async fn lock_holder(&mut self, name: &str) -> Result<Option<Holder>> {
        self.at("").await?.lock_holder(name).await
    }

    async fn blockers(&mut self) -> Result<Vec<Holder>> {
        self.at("").await?.blockers().await
    }

    fn cancel_handle(&self) -> Arc<dyn Cancel> {
        unreachable!("a clean-up cancels nothing")
    }

    async fn catalog(&mut self, scope: Scope) -> Result<Catalog> {
        self.at("").await?.catalog(scope).await
    }

    async fn close(self: Box<Self>) {}
}

/// Runs each check on either engine.
macro_rules! on_both {
    ($($check:ident),* $(,)?) => {
        mod postgres { $( #[tokio::test] async fn $check() { super::$check(super::Place::postgres()).await } )* }
        mod sqlite { $( #[tokio::test] async fn $check() { super::$check(super::Place::sqlite()).await } )* }
    };
}
pub(crate) use on_both;
