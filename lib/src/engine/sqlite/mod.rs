//! SQLite through rusqlite, on a thread of its own.

#[cfg(feature = "backup")]
mod alone;
mod beside;
mod card;
mod catalog;
#[cfg(feature = "backup")]
mod digests;
mod error;
mod file;
mod interrupt;
mod lock;
mod open;
mod outsider;
mod queue;
mod rows;
mod shared;
mod ticket;
mod value;
mod worker;

#[cfg(feature = "backup")]
pub use alone::Alone;
#[cfg(feature = "backup")]
pub use digests::digests;
pub use shared::SharedFile;

use file::{File, OwnedFlight};
use interrupt::Interrupt;
use lock::Locks;
use worker::Worker;

use std::sync::Arc;

use super::{Cancel, Context, Flight, FlightError, Holder, Pieces, Row, Rows, ServerInfo, Session};
use crate::catalog::{Catalog, Scope};
use crate::conn::SqliteTarget;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Statement};

/// Opens the file. A missing one is made when something is first written, and is an empty database until then.
///
/// # Errors
/// The path is a folder or lies in no folder ([`ErrorKind::Io`]), the file is no database
/// ([`ErrorKind::Verification`]) or cannot be read.
pub async fn open(target: &SqliteTarget, context: &Context) -> Result<SqliteSession> {
    start(target, context, File::open).await
}

/// Opens the file so that nothing can be written through this session, neither to it nor to another file: SQLite itself
/// refuses, and attaches no other database. A missing file is an empty database.
///
/// # Errors
/// As [`open`]; a file in WAL mode whose folder cannot be written to may not be readable.
pub async fn open_read_only(target: &SqliteTarget, context: &Context) -> Result<SqliteSession> {
    start(target, context, File::open_read_only).await
}

/// The version of the SQLite that is compiled in.
pub fn version() -> &'static str {
    rusqlite::version()
}

type Open = fn(&SqliteTarget, &Context) -> Result<File>;

async fn start(target: &SqliteTarget, context: &Context, open: Open) -> Result<SqliteSession> {
    let (file, around) = (target.clone(), context.clone());
    let worker = Worker::start(move || open(&file, &around)).await?;
    let interrupt = worker.ask(|file| file.interrupt()).await?;
    let info = ServerInfo {
        version: version().to_owned(),
        version_number: rusqlite::version_number().unsigned_abs(),
        user: String::new(),
        superuser: false,
        database: target.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        address: target.path.display().to_string(),
        standby: false,
        tls: false,
    };
    Ok(SqliteSession { worker, interrupt, info, locks: Locks::new(&target.path, &context.application_name) })
}

/// A session on an SQLite file: foreign keys are enforced, writers use WAL and queue for their turn. A program that does not
/// queue is waited for 5 seconds, 30 seconds at the start of a flight.
pub struct SqliteSession {
    worker: Worker,
    interrupt: Interrupt,
    info: ServerInfo,
    locks: Locks,
}

#[async_trait::async_trait]
impl Session for SqliteSession {
    fn flavor(&self) -> Flavor {
        Flavor::Sqlite
    }

    fn server(&self) -> &ServerInfo {
        &self.info
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        let sql = sql.to_owned();
        self.worker.ask(move |file| file.query(&sql)).await?
    }

    async fn run(&mut self, statement: &Statement<'_>) -> Result<()> {
        if statement.copy_data.is_some() {
            return Err(no_copy());
        }
        let sql = statement.text.to_owned();
        self.worker.ask(move |file| file.one(&sql).map(|_| ())).await?
    }

    async fn stream(&mut self, statement: &Statement<'_>, rows: &mut dyn Rows) -> Result<u64> {
        if statement.copy_data.is_some() {
            return Err(no_copy());
        }
        rows::stream(&self.worker, statement.text.to_owned(), rows).await
    }

    async fn copy_in(&mut self, _: &str, _: &mut dyn Pieces) -> Result<u64> {
        Err(no_copy())
    }

    async fn fly(&mut self, flight: Flight<'_>) -> Result<(), FlightError> {
        let flight = OwnedFlight {
            lead: flight.lead.to_vec(),
            statements: flight.statements.iter().map(|statement| statement.text.to_owned()).collect(),
            trail: flight.trail.to_vec(),
            guard: flight.guard.cloned(),
            without_foreign_keys: flight.without_foreign_keys,
        };
        self.worker.ask(move |file| file.fly(&flight)).await.map_err(FlightError::Own)?
    }

    async fn try_lock(&mut self, name: &str) -> Result<bool> {
        self.locks.take(name)
    }

    async fn unlock(&mut self, name: &str) -> Result<()> {
        self.locks.give_back(name)
    }

    async fn lock_holder(&mut self, name: &str) -> Result<Option<Holder>> {
        self.locks.holder(name)
    }

    /// SQLite knows nobody but itself.
    async fn blockers(&mut self) -> Result<Vec<Holder>> {
        Ok(Vec::new())
    }

    fn cancel_handle(&self) -> Arc<dyn Cancel> {
        Arc::new(self.interrupt.clone())
    }

    async fn catalog(&mut self, _scope: Scope) -> Result<Catalog> {
        self.worker.ask(File::catalog).await?
    }

    async fn close(self: Box<Self>) {
        self.worker.end().await;
    }
}

fn no_copy() -> Error {
    Error::new(ErrorKind::Usage, "SQLite has no COPY").hint("write the rows as INSERT statements")
}
