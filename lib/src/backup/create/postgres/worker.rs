//! A session on a thread of its own.
//!
//! What it reads is digested and compressed where it is read. Meanwhile the server fills the socket, and nobody is woken; a reader
//! that only hands on what comes waits for each of the server's small messages, and being woken for each costs both of them more
//! than reading it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::conn::PostgresTarget;
use crate::engine::postgres::{PostgresSession, connect};
use crate::engine::{Cancel, Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::literal;

use super::leader::settings;

/// How long a server is asked to stop.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a worker is to do; `false` where nobody waits for it any more, and the session is in the middle of something.
type Order = Box<dyn for<'a> FnOnce(&'a mut PostgresSession) -> Pin<Box<dyn Future<Output = bool> + 'a>> + Send>;

/// A session that sees what the leader sees, and its thread. Both end when this is dropped.
pub(super) struct Worker {
    orders: mpsc::Sender<Order>,
    /// Ends with the thread. Whoever waits for the tasks of an interrupted command waits for this too: there is a server to stop.
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts the thread, whose session is on the server of `target`, and sees `snapshot`.
    ///
    /// # Errors
    /// The server lets no second session in, or shows it something else.
    pub(super) async fn start(target: PostgresTarget, snapshot: String, context: Context) -> Result<Self> {
        let cannot = |error| Error::new(ErrorKind::Io, "no thread can be started for a second session").source(error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
        let (orders, received) = mpsc::channel(1);
        let ((mut ready, begun), (alive, ended)) = (oneshot::channel(), oneshot::channel::<()>());
        let work = move || {
            runtime.block_on(async move {
                let followed = tokio::select! {
                    followed = follow(&target, &snapshot, &context) => followed,
                    () = ready.closed() => return,
                };
                let (session, told) = match followed {
                    Ok(session) => (Some(session), Ok(())),
                    Err(error) => (None, Err(error)),
                };
                if let (Ok(()), Some(session)) = (ready.send(told), session) {
                    serve(session, received).await;
                }
            });
            drop(alive);
        };
        std::thread::Builder::new().name("backup".into()).spawn(work).map_err(cannot)?;
        let thread = tokio::spawn(async move { drop(ended.await) });
        begun.await.unwrap_or_else(|_| Err(stopped()))?;
        Ok(Self { orders, thread })
    }

    /// Ends the session and waits until the server has been told.
    pub(super) async fn end(self) {
        drop(self.orders);
        let _ = self.thread.await;
    }

    /// Has `work` done by the thread, with its session. Where this is dropped before it is done, the thread gives it up and ends,
    /// and the server is told to stop.
    ///
    /// # Errors
    /// The thread has stopped.
    pub(super) async fn run<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut PostgresSession) -> T + Send + 'static,
    {
        let (mut done, outcome) = oneshot::channel();
        let order: Order = Box::new(move |session| {
            Box::pin(async move {
                let outcome = tokio::select! {
                    outcome = work(session) => outcome,
                    () = done.closed() => return false,
                };
                done.send(outcome).is_ok()
            })
        });
        self.orders.send(order).await.map_err(|_| stopped())?;
        outcome.await.map_err(|_| stopped())
    }
}

/// A session that sees what the leader sees.
async fn follow(target: &PostgresTarget, snapshot: &str, context: &Context) -> Result<PostgresSession> {
    let mut session = connect(target, context).await?;
    session.query(&settings(session.server().version_number)).await?;
    session.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let imported = session.query(&format!("SET TRANSACTION SNAPSHOT {}", literal(snapshot))).await;
    imported.map_err(|error| {
        error
            .context("a second session does not see the first one's snapshot")
            .hint("through a pooler or a name of several servers, give the server's own address, or use one session: --jobs 1")
    })?;
    Ok(session)
}

/// Does what is ordered until nobody orders any more.
async fn serve(mut session: PostgresSession, mut orders: mpsc::Receiver<Order>) {
    while let Some(order) = orders.recv().await {
        if !order(&mut session).await {
            // Otherwise the statement would go on, with its locks, for as long as it takes.
            let _ = tokio::time::timeout(PATIENCE, session.canceller().cancel()).await;
            return;
        }
    }
    Box::new(session).close().await;
}

fn stopped() -> Error {
    Error::new(ErrorKind::Io, "the thread of a session has stopped")
}
