//! The two engines behind one trait. An adapter lives in the folder named by its technology; the suite in
//! `tests/it/engine.rs` holds both to the same behaviour.

mod act_as;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod inside;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

mod rows;

pub use act_as::act_as;
pub use rows::{Cell, Kind, Pieces, Rows};

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::catalog::{Catalog, Scope};
use crate::conn::{Dial, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Observer;
use crate::sql::{Flavor, Statement};

/// One row of an answer as text, as the server prints it; `None` is NULL.
pub type Row = Vec<Option<String>>;

/// The first value of the first row; `None` where there is no row, or it is NULL.
pub fn first_cell(rows: &[Row]) -> Option<&str> {
    rows.first()?.first()?.as_deref()
}

/// What a connection needs besides its target.
#[derive(Clone)]
pub struct Context {
    /// Hears statements, notices and warnings.
    pub observer: Arc<dyn Observer>,
    /// Opens `via` streams; `None` where the caller allows no programs.
    pub dial: Option<Arc<dyn Dial>>,
    /// Name shown in the server's list of sessions, where the target names none.
    pub application_name: String,
}

/// What a session knows of its server without asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerInfo {
    /// The version as printed, `15.18 (Debian …)` or `3.50.1`.
    pub version: String,
    /// The version as a number, 150018 or 3050001.
    pub version_number: u32,
    /// Role connected as; empty for SQLite.
    pub user: String,
    /// Is it a superuser? `false` for SQLite.
    pub superuser: bool,
    /// Database connected to, or the file.
    pub database: String,
    /// Where the server is, for people.
    pub address: String,
    /// In recovery: a standby.
    pub standby: bool,
    /// Talking through TLS?
    pub tls: bool,
}

/// Statements that go out together as one transaction.
#[derive(Clone, Copy, Default)]
pub struct Flight<'a> {
    /// Our own statements before: timeouts, the ledger's row.
    pub lead: &'a [String],
    /// The user's statements.
    pub statements: &'a [Statement<'a>],
    /// Our own statements after.
    pub trail: &'a [String],
    /// What must hold before COMMIT.
    pub guard: Option<&'a Guard>,
    /// On SQLite: foreign keys are off meanwhile, and all of them must hold before COMMIT.
    pub without_foreign_keys: bool,
    /// Who looks on. The user's statements are then sent one by one; SQLite, where a transaction locks the whole file, has
    /// nothing to be seen and looks on at none.
    pub witness: Option<&'a dyn Witness>,
}

/// Looks on while a flight's statements run: on the flight's own session and inside its transaction, where alone what is not
/// yet committed can be seen.
#[async_trait]
pub trait Witness: Send + Sync {
    /// The transaction has begun, and none of the user's statements was sent yet. `session` is for queries that leave no trace.
    ///
    /// # Errors
    /// It could not look: the flight fails with that.
    async fn begun(&self, session: &mut dyn Session) -> Result<()>;

    /// Statement `index` of the user's has succeeded after `took`.
    ///
    /// # Errors
    /// As [`Witness::begun`].
    async fn ran(&self, session: &mut dyn Session, index: usize, took: Duration) -> Result<()>;

    /// Everything has run, and COMMIT took so long.
    fn committed(&self, took: Duration);
}

/// A query whose single value decides whether a flight is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// A query that returns one row of one column.
    pub sql: String,
    /// The value it must have.
    pub expect: String,
}

/// Why a flight was not committed. The transaction is rolled back in every case.
#[derive(Debug)]
pub enum FlightError {
    /// One of the user's statements failed: its index and the server's error.
    Statement(usize, Error),
    /// One of our own statements failed, or the connection did.
    Own(Error),
    /// The guard found another value; `None` where there was no row.
    Guard(Option<String>),
}

/// Who holds a lock, as far as the engine can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Process id of the server's session, or of the process.
    pub pid: i64,
    /// Role, application name, address, and since when: one phrase for people.
    pub description: String,
}

/// Stops what a session runs, from outside of it.
#[async_trait]
pub trait Cancel: Send + Sync {
    /// Asks for it; the session's statement then fails with SQLSTATE 57014. Nothing happens where none runs.
    ///
    /// # Errors
    /// The server cannot be reached.
    async fn cancel(&self) -> Result<()>;
}

/// A connection to one database. Few methods: what operations need beyond them they say in SQL.
#[async_trait]
pub trait Session: Send {
    /// Which engine, and whose lexical rules.
    fn flavor(&self) -> Flavor;

    /// What is known of the server.
    fn server(&self) -> &ServerInfo;

    /// Runs `sql` (one or more statements) and returns the rows of the last one that has any, in one round trip.
    async fn query(&mut self, sql: &str) -> Result<Vec<Row>>;

    /// Runs one statement outside any transaction of ours, with its COPY data if it has some. The error's
    /// place is not set: the caller knows the file.
    async fn run(&mut self, statement: &Statement<'_>) -> Result<()>;

    /// Runs one statement, hands its rows on as they come, and returns how many rows it has returned or changed. A text of
    /// several statements is refused whole: the engine itself counts them. The error's place is not set.
    async fn stream(&mut self, statement: &Statement<'_>, rows: &mut dyn Rows) -> Result<u64>;

    /// Runs `COPY … FROM stdin` with the rows that `pieces` gives, and returns how many they were.
    async fn copy_in(&mut self, sql: &str, pieces: &mut dyn Pieces) -> Result<u64>;

    /// Runs `flight` as one transaction: all of it is committed, or nothing.
    async fn fly(&mut self, flight: Flight<'_>) -> Result<(), FlightError>;

    /// Takes the named lock if it is free; never waits. Locks go with the session.
    async fn try_lock(&mut self, name: &str) -> Result<bool>;

    /// Gives the named lock back.
    async fn unlock(&mut self, name: &str) -> Result<()>;

    /// Who holds the named lock.
    async fn lock_holder(&mut self, name: &str) -> Result<Option<Holder>>;

    /// The sessions that are likely in the way when a lock is not to be had: those that hold locks on the database's tables,
    /// longest first. Empty where the engine cannot tell.
    async fn blockers(&mut self) -> Result<Vec<Holder>>;

    /// Cancels what this session runs: for a signal's handler, while the session waits.
    fn cancel_handle(&self) -> Arc<dyn Cancel>;

    /// Reads what the database is made of, as far as `scope` goes; SQLite is read whole whatever the scope.
    async fn catalog(&mut self, scope: Scope) -> Result<Catalog>;

    /// Ends the session in order; dropping it works too, only later.
    async fn close(self: Box<Self>);
}

/// Refuses an SQLite file that is not there, which opening would take for an empty database; a server says by itself that it has
/// no such database.
///
/// # Errors
/// [`ErrorKind::DatabaseMissing`]; the file's folder cannot be read ([`ErrorKind::Io`]).
pub fn check_there(target: &Target) -> Result<()> {
    let Target::Sqlite(target) = target else { return Ok(()) };
    match std::fs::metadata(&target.path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let message = format!("there is no database file {}", target.path.display());
            Err(Error::new(ErrorKind::DatabaseMissing, message)
                .hint("make it: mainstay prepare")
                .hint("if it is another file that you meant: mainstay conn show"))
        }
        Err(error) => Err(Error::io("read", &target.path, error)),
    }
}

/// Connects to `target`.
///
/// # Errors
/// Each way to fail has its own [`ErrorKind`]: nobody there, starting up, wrong password,
/// peer authentication, missing role, missing database, TLS, too many connections.
pub async fn connect(target: &Target, context: &Context) -> Result<Box<dyn Session>> {
    match target {
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => Ok(Box::new(postgres::connect(target, context).await?)),
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => Ok(Box::new(sqlite::open(target, context).await?)),
        #[allow(unreachable_patterns, reason = "with both engines compiled in, every target has its arm")]
        other => Err(Error::new(
            ErrorKind::Usage,
            format!("this build of the library has no engine for {}", other.describe()),
        )
        .hint("build with the feature `postgres` or `sqlite`")),
    }
}
