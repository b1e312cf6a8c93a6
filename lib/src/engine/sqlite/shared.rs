//! A file that many threads and processes read and write at once, for an embedder's own queries.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::from_sqlite;
use super::open;
use super::queue::{PATIENCE, Queue};
use crate::conn::SqliteTarget;
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};

/// Connections of a kind that are kept open for the next one who asks.
const KEPT: usize = 4;

/// Nobody waits longer: SQLite counts milliseconds, and not very far.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What SQLite gets of a patience that the queue has used up.
const AT_LEAST: Duration = Duration::from_secs(1);

/// An SQLite file that many threads and processes read and write at once, without "database is locked".
///
/// Who writes waits for those who came before, in their order, however long their transactions are; reading waits for
/// nobody. Each piece of work is one transaction: committed when it returns `Ok`, rolled back when it returns `Err`.
/// Clones share their connections.
///
/// ```no_run
/// use mainstay::rusqlite::Transaction;
///
/// fn take_port(tx: &Transaction<'_>) -> mainstay::Result<i64> {
///     let port = tx.query_row("SELECT coalesce(max(port), 5000) + 1 FROM ports", [], |row| row.get(0))?;
///     tx.execute("INSERT INTO ports (port) VALUES (?1)", [port])?;
///     Ok(port)
/// }
///
/// # async fn start() -> mainstay::Result<()> {
/// let file = mainstay::Database::project(".").build()?.sqlite()?;
/// println!("port {} is ours", file.write(take_port).await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedFile {
    path: PathBuf,
    queue: Arc<Queue>,
    patience: Duration,
    writers: Arc<Idle>,
    readers: Arc<Idle>,
}

/// Connections that nobody uses just now.
type Idle = Mutex<Vec<Connection>>;

impl SharedFile {
    /// The file of `target`; it is opened when it is first read or written, and made when it is first written.
    pub fn new(target: &SqliteTarget, context: &Context) -> Self {
        let queue = Queue::new(target.path.clone(), context.application_name.clone(), context.observer.clone());
        Self {
            path: target.path.clone(),
            queue: Arc::new(queue),
            patience: PATIENCE,
            writers: Arc::default(),
            readers: Arc::default(),
        }
    }

    /// How long a writer waits at most, up to a day. Default: 300 seconds, sixty transactions of five.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience.min(LONGEST);
        self
    }

    /// Does `work` in a transaction that may read and write, when all who came before are done. It runs on a thread of the
    /// runtime's for blocking work. A future that is dropped while it waits gives up its place; once begun, the work is
    /// finished.
    ///
    /// # Errors
    /// That of `work`. [`ErrorKind::Locked`] after the whole patience, with who is writing since when, or which other
    /// program has locked the file.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let file = self.clone();
        aside(move |wanted| file.write_while(wanted, work)).await?
    }

    /// [`SharedFile::write`] for a program without an asynchronous runtime.
    ///
    /// # Errors
    /// As [`SharedFile::write`].
    pub fn write_blocking<T, E>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        self.write_while(&|| true, work)
    }

    /// Does `work` in a transaction that only reads: all of it sees one state, and waits for no writer.
    ///
    /// # Errors
    /// That of `work`, or the file cannot be read.
    pub async fn read<T, E>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let file = self.clone();
        aside(move |_| file.read_blocking(work)).await?
    }

    /// [`SharedFile::read`] for a program without an asynchronous runtime.
    ///
    /// # Errors
    /// As [`SharedFile::read`].
    pub fn read_blocking<T, E>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        let mut conn = idle(&self.readers).map_or_else(|| open::for_reading(&self.path), Ok)?;
        let failed = |e| from_sqlite(e, &self.path);
        conn.busy_timeout(self.patience).map_err(failed)?;
        let done = conn.transaction().map_err(|e| failed(e).into()).and_then(|tx| work(&tx));
        keep(&self.readers, conn);
        done
    }

    fn write_while<T, E>(
        &self,
        wanted: &dyn Fn() -> bool,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let begun = Instant::now();
        let _turn = self.queue.turn(self.patience, wanted)?;
        let mut conn = idle(&self.writers).map_or_else(|| open::for_writing(&self.path), Ok)?;
        let left = self.patience.saturating_sub(begun.elapsed()).max(AT_LEAST);
        let done = self.in_transaction(&mut conn, left, work);
        keep(&self.writers, conn);
        done
    }

    fn in_transaction<T, E>(
        &self,
        conn: &mut Connection,
        patience: Duration,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let failed = |e| from_sqlite(e, &self.path);
        conn.busy_timeout(patience).map_err(failed)?;
        let begun = conn.transaction_with_behavior(TransactionBehavior::Immediate);
        let tx = begun.map_err(|e| locked_out(failed(e), patience))?;
        let value = work(&tx)?;
        if tx.is_autocommit() {
            let message = "the work has ended its transaction by itself: what it wrote after that was no part of it";
            return Err(Error::new(ErrorKind::Refused, message).hint("leave COMMIT and ROLLBACK out of it").into());
        }
        tx.commit().map_err(failed)?;
        Ok(value)
    }
}

/// Does `work` on a thread that may block. It is told whether its answer is still wanted.
async fn aside<T: Send + 'static>(work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static) -> Result<T> {
    let caller = Arc::new(());
    let answer = Arc::downgrade(&caller);
    let done = tokio::task::spawn_blocking(move || work(&|| answer.strong_count() > 0)).await;
    drop(caller);
    done.or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(error) => Err(Error::new(ErrorKind::ConnectionLost, "the asynchronous runtime has ended").source(error)),
    })
}

/// It was our turn, and somebody who does not queue has the file.
fn locked_out(error: Error, waited: Duration) -> Error {
    if error.sqlstate() != Some("55P03") {
        return error;
    }
    let message = format!("waited {:.1} s to write: {}", waited.as_secs_f32(), error.message());
    error.of_kind(ErrorKind::Locked).reword(message)
}

/// A connection that nobody uses just now.
fn idle(idle: &Idle) -> Option<Connection> {
    kept(idle).pop()
}

/// Keeps a connection that is as new: in no transaction, and not one too many.
fn keep(idle: &Idle, conn: Connection) {
    let mut idle = kept(idle);
    if conn.is_autocommit() && idle.len() < KEPT {
        idle.push(conn);
    }
}

/// A list of connections is whole, whatever became of a thread that has held it.
fn kept(idle: &Idle) -> MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
