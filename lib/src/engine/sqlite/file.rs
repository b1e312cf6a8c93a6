//! The database file as the session's thread holds it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error::{from_sqlite, unbound};
use super::interrupt::Interrupt;
use super::queue::{PATIENCE, Queue, Turn};
use super::{catalog, open, value};
use crate::catalog::Catalog;
use crate::conn::SqliteTarget;
use crate::engine::inside::stays_inside;
use crate::engine::{Context, Row};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};
use crate::sql::{Flavor, redact, split, words};

/// How long a flight waits for other writers before it begins.
const FLIGHT_BUSY: Duration = Duration::from_secs(30);

/// A connection to the file; to an empty stand-in while there is no file and nothing was written.
pub(super) struct File {
    path: PathBuf,
    conn: Connection,
    observer: Arc<dyn Observer>,
    /// The connection is the stand-in.
    missing: bool,
    /// The journal is in WAL mode as far as that could be had.
    wal: bool,
    /// Nothing is to be written, and no file to be made.
    reads_only: bool,
    queue: Queue,
    /// We are writing: until the transaction ends.
    turn: Option<Turn>,
    interrupt: Interrupt,
}

/// A flight with texts of its own, for the thread.
pub(super) struct OwnedFlight {
    pub lead: Vec<String>,
    pub statements: Vec<String>,
    pub trail: Vec<String>,
    pub guard: Option<crate::engine::Guard>,
    pub without_foreign_keys: bool,
}

/// Why a flight failed, before its ROLLBACK.
pub(super) type FlightError = crate::engine::FlightError;

impl File {
    /// Opens the file, or stands for it while it does not exist.
    pub(super) fn open(target: &SqliteTarget, context: &Context) -> Result<Self> {
        Self::new(target, context, open::existing, false)
    }

    /// Opens the file for reading alone, or stands for it while it does not exist.
    pub(super) fn open_read_only(target: &SqliteTarget, context: &Context) -> Result<Self> {
        Self::new(target, context, open::for_reading, true)
    }

    fn new(
        target: &SqliteTarget,
        context: &Context,
        open: fn(&Path) -> Result<Connection>,
        reads_only: bool,
    ) -> Result<Self> {
        let path = target.path.clone();
        let missing = !path.exists();
        let conn = if missing { open::nothing_yet(&path)? } else { open(&path)? };
        let observer = context.observer.clone();
        let queue = Queue::new(path.clone(), context.application_name.clone(), observer.clone());
        let interrupt = Interrupt::of(&conn);
        Ok(Self { path, conn, observer, missing, wal: false, reads_only, queue, turn: None, interrupt })
    }

    /// Stops what it does, from another thread.
    pub(super) fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Runs one statement and gives each row's values to `row`, after the columns' names; returns how many rows it has changed.
    pub(super) fn each_row(
        &mut self,
        sql: &str,
        columns: impl FnOnce(Vec<String>) -> Result<()>,
        row: impl FnMut(&rusqlite::Row<'_>, usize) -> rusqlite::Result<bool>,
    ) -> Result<u64> {
        self.ready(self.may_write(sql))?;
        self.begin_turn(sql)?;
        let outcome = self.rows_of(sql, columns, row);
        self.end_turn();
        outcome
    }

    fn rows_of(
        &self,
        sql: &str,
        columns: impl FnOnce(Vec<String>) -> Result<()>,
        mut row: impl FnMut(&rusqlite::Row<'_>, usize) -> rusqlite::Result<bool>,
    ) -> Result<u64> {
        let failed = |e| from_sqlite(e, &self.path);
        let mut statement = self.conn.prepare(sql).map_err(failed)?;
        if statement.parameter_count() > 0 {
            return Err(unbound());
        }
        if self.reads_only && !statement.readonly() {
            return Err(Error::new(ErrorKind::Refused, "the statement would write, and this session only reads"));
        }
        let count = statement.column_count();
        if count > 0 {
            columns(statement.column_names().map(str::to_owned).collect())?;
        }
        let before = self.conn.total_changes();
        let mut rows = statement.raw_query();
        while let Some(found) = rows.next().map_err(failed)? {
            if !row(found, count).map_err(failed)? {
                break;
            }
        }
        Ok(self.conn.total_changes() - before)
    }

    /// Tells the observer of a statement that took since `begun`.
    pub(super) fn tell(&self, sql: &str, begun: Instant, error: Option<&Error>) {
        if self.observer.wants_sql() {
            let error = error.map(Error::message);
            self.observer.event(Event::Sql { sql: &redact(sql), took: begun.elapsed(), error });
        }
    }

    /// Runs each statement of `sql`; the rows of the last one that returns rows.
    pub(super) fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        let statements = split(sql, Flavor::Sqlite).map_err(|open| self.unclosed(sql, open))?;
        let mut rows = Vec::new();
        for statement in statements {
            if let Some(found) = self.one(statement.text)? {
                rows = found;
            }
        }
        Ok(rows)
    }

    /// Runs one statement; its rows, where it is one that returns any.
    pub(super) fn one(&mut self, sql: &str) -> Result<Option<Vec<Row>>> {
        self.ready(self.may_write(sql))?;
        self.begin_turn(sql)?;
        let begun = Instant::now();
        let outcome = run(&self.conn, sql, &self.path);
        self.tell(sql, begun, outcome.as_ref().err());
        self.end_turn();
        outcome
    }

    /// Runs `flight` as one transaction.
    pub(super) fn fly(&mut self, flight: &OwnedFlight) -> Result<(), FlightError> {
        for (at, sql) in flight.statements.iter().enumerate() {
            stays_inside(sql, Flavor::Sqlite).map_err(|error| FlightError::Statement(at, error))?;
        }
        // Inside a transaction the setting is not heard.
        if flight.without_foreign_keys {
            self.ready(true).and_then(|()| self.one("PRAGMA foreign_keys = OFF")).map_err(FlightError::Own)?;
        }
        let outcome = self.begin().map_err(FlightError::Own).and_then(|()| self.in_transaction(flight));
        if outcome.is_err() {
            self.start_over();
        }
        if flight.without_foreign_keys {
            self.one("PRAGMA foreign_keys = ON").map_err(FlightError::Own).and(outcome)
        } else {
            outcome
        }
    }

    /// Leaves a transaction that failed, and what a rebuild in it has set, which no ROLLBACK takes back. The first error is the
    /// one to tell; an SQLite connection that cannot roll back is closed anyway.
    fn start_over(&mut self) {
        if !self.conn.is_autocommit() {
            let _ = self.one("ROLLBACK");
        }
        let _ = self.conn.pragma_update(None, "legacy_alter_table", false);
    }

    pub(super) fn catalog(&mut self) -> Result<Catalog> {
        self.ready(false)?;
        catalog::read(&self.conn).map_err(|e| from_sqlite(e, &self.path))
    }

    fn begin(&mut self) -> Result<()> {
        self.ready(true)?;
        let waits = |conn: &Connection, time| conn.busy_timeout(time).map_err(|e| from_sqlite(e, &self.path));
        waits(&self.conn, FLIGHT_BUSY)?;
        let begun = self.one("BEGIN IMMEDIATE");
        self.conn.busy_timeout(open::BUSY).map_err(|e| from_sqlite(e, &self.path))?;
        begun.map(|_| ())
    }

    fn in_transaction(&mut self, flight: &OwnedFlight) -> Result<(), FlightError> {
        for sql in &flight.lead {
            self.one(sql).map_err(FlightError::Own)?;
        }
        for (at, sql) in flight.statements.iter().enumerate() {
            self.one(sql).map_err(|error| FlightError::Statement(at, error))?;
        }
        for sql in &flight.trail {
            self.one(sql).map_err(FlightError::Own)?;
        }
        if let Some(guard) = &flight.guard {
            let rows = self.query(&guard.sql).map_err(FlightError::Own)?;
            let value = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
            if value.as_deref() != Some(guard.expect.as_str()) {
                return Err(FlightError::Guard(value));
            }
        }
        if flight.without_foreign_keys {
            self.look_for_orphans().map_err(FlightError::Own)?;
        }
        self.one("COMMIT").map(|_| ()).map_err(FlightError::Own)
    }

    /// # Errors
    /// [`ErrorKind::Verification`]: a row points at one that is not there.
    fn look_for_orphans(&mut self) -> Result<()> {
        let rows = self.query("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check")?;
        let Some([Some(table), rowid, Some(parent)]) = rows.first().map(Vec::as_slice) else { return Ok(()) };
        let row = rowid.as_ref().map(|rowid| format!(" {rowid}")).unwrap_or_default();
        let more = if rows.len() > 1 { format!(" ({} rows in all)", rows.len()) } else { String::new() };
        let message = format!("row{row} of {table} would point at a row of {parent} that is not there{more}");
        Err(Error::new(ErrorKind::Verification, message)
            .hint("give such rows one to point at, or take them away, before this is run"))
    }

    /// Leaves the stand-in once there is a file, or when one is to be written; a writer wants WAL.
    fn ready(&mut self, writes: bool) -> Result<()> {
        if self.reads_only {
            return Ok(());
        }
        if self.missing && (writes || self.path.exists()) {
            self.conn = open::or_create(&self.path)?;
            self.interrupt.follow(&self.conn);
            self.missing = false;
        }
        if writes && !self.wal && self.conn.is_autocommit() {
            // Refused on a file that we may not write, or while somebody reads: the statement itself will say so.
            let _ = self.conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
            self.wal = true;
        }
        Ok(())
    }

    /// What writes, or begins a transaction that will, waits for its turn among the writers.
    fn begin_turn(&mut self, sql: &str) -> Result<()> {
        if self.reads_only || self.turn.is_some() || !self.conn.is_autocommit() || !self.writes(sql) {
            return Ok(());
        }
        self.turn = match self.queue.turn(PATIENCE, &|| true) {
            // Where no file can be made beside the database, the statement itself says what is wrong.
            Err(error) if error.kind() == ErrorKind::Io => None,
            turn => Some(turn?),
        };
        Ok(())
    }

    fn end_turn(&mut self) {
        if self.conn.is_autocommit() {
            self.turn = None;
        }
    }

    /// Only what is sure to write nothing leaves a missing file missing; what begins with WITH is asked about.
    fn may_write(&self, sql: &str) -> bool {
        let with = words(sql, Flavor::Sqlite, 1).first().is_some_and(|word| word == "WITH");
        let reads = only_reads(sql)
            || copies(sql)
            || (with && self.conn.prepare(sql).is_ok_and(|statement| statement.readonly()));
        !reads
    }

    fn writes(&self, sql: &str) -> bool {
        !only_reads(sql) && !copies(sql) && self.conn.prepare(sql).is_ok_and(|statement| !statement.readonly())
    }

    fn unclosed(&self, sql: &str, open: crate::sql::SplitError) -> Error {
        Error::from_sql(crate::error::SqlError {
            sqlstate: "42601".to_owned(),
            message: open.to_string(),
            position: Some(sql[..open.offset].chars().count() + 1),
            routine: Some("SQLITE_ERROR".to_owned()),
            ..Default::default()
        })
    }
}

fn run(conn: &Connection, sql: &str, path: &Path) -> Result<Option<Vec<Row>>> {
    let failed = |e| from_sqlite(e, path);
    let mut statement = conn.prepare(sql).map_err(failed)?;
    if statement.parameter_count() > 0 {
        return Err(unbound());
    }
    let columns = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        let values = (0..columns).map(|at| row.get_ref(at).map(value::text));
        found.push(values.collect::<rusqlite::Result<Row>>().map_err(failed)?);
    }
    Ok((columns > 0).then_some(found))
}

/// `VACUUM … INTO` writes another file and leaves this one as it is.
fn copies(sql: &str) -> bool {
    let words = words(sql, Flavor::Sqlite, 3);
    words.first().is_some_and(|word| word == "VACUUM") && words.iter().any(|word| word == "INTO")
}

/// Is `sql` sure to write nothing, by its first word alone?
fn only_reads(sql: &str) -> bool {
    match words(sql, Flavor::Sqlite, 1).first().map(String::as_str) {
        Some("SELECT" | "VALUES" | "EXPLAIN") => true,
        Some("PRAGMA") => !sql.contains('='),
        _ => false,
    }
}
