//! PostgreSQL through tokio-postgres, on streams and TLS of our own.

mod answer;
mod attrs;
mod cancel;
mod catalog;
mod certificate;
mod connect;
mod copied;
mod copy_in;
mod copy_out;
mod copy_streams;
mod error;
mod flight;
mod lock;
mod outgoing;
mod refusal;
#[cfg(feature = "backup")]
mod rights;
mod session;
mod socket_owner;
mod stream;
mod timeouts;
mod tls;
mod usage;
mod verify;
mod wire;

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinHandle;
use tokio_postgres::Client;

pub use cancel::Canceller;
use cancel::UnderWay;
pub use copy_out::Taker;
pub use lock::blocking;
#[cfg(feature = "backup")]
pub use rights::rights;
pub use timeouts::without_timeouts;
pub use usage::{Group, Share, Usage};

use super::{Cancel, Context, Flight, FlightError, Holder, Pieces, Row, Rows, ServerInfo, Session};
use crate::catalog::{Catalog, Scope};
use crate::conn::PostgresTarget;
use crate::error::Result;
use crate::observer::Observer;
use crate::sql::{Flavor, Statement};
use outgoing::Asking;
use stream::Identity;

/// Connects: every host in turn, TLS as asked, the session's attributes checked. Costs no round trip that libpq does
/// not make, and reads no certificate for a unix socket.
///
/// # Errors
/// Each way to fail has its own [`ErrorKind`](crate::ErrorKind).
pub async fn connect(target: &PostgresTarget, context: &Context) -> Result<PostgresSession> {
    connect::connect(target, context, Identity::Process).await
}

/// Connects through a unix socket as the OS user who owns it, so that root gets in where `pg_hba.conf` says `peer`.
/// The target's role is taken as it stands, commonly `postgres`. Only the one connecting thread changes its user.
///
/// # Errors
/// As [`connect`]; [`PeerAuthentication`](crate::ErrorKind::PeerAuthentication) where this process is neither root nor
/// the owner.
pub async fn connect_as_socket_owner(target: &PostgresTarget, context: &Context) -> Result<PostgresSession> {
    connect::connect(target, context, Identity::SocketOwner).await
}

/// A session on a PostgreSQL server.
pub struct PostgresSession {
    client: Client,
    driver: JoinHandle<()>,
    last_words: session::LastWords,
    info: ServerInfo,
    role: Option<attrs::Role>,
    /// The database's encoding is SQL_ASCII: its text may be any bytes.
    unchecked: bool,
    observer: Arc<dyn Observer>,
    under_way: UnderWay,
    asking: Asking,
}

impl PostgresSession {
    /// Cancels what this session runs; for another task or a signal's handler.
    pub fn canceller(&self) -> Canceller {
        self.under_way.canceller().clone()
    }

    /// The driver's own client, for a service's queries; the connection lives as long as it does.
    pub fn into_client(self) -> Client {
        self.client
    }
}

#[async_trait::async_trait]
impl Session for PostgresSession {
    fn flavor(&self) -> Flavor {
        Flavor::Postgres
    }

    fn server(&self) -> &ServerInfo {
        &self.info
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        let pending = self.send(sql).await?;
        self.answer(sql, pending, Instant::now()).await
    }

    async fn run(&mut self, statement: &Statement<'_>) -> Result<()> {
        copy_streams::check(statement)?;
        match statement.copy_data {
            Some(_) => self.copy(statement).await.map(drop),
            None => self.query(statement.text).await.map(drop),
        }
    }

    async fn stream(&mut self, statement: &Statement<'_>, rows: &mut dyn Rows) -> Result<u64> {
        if statement.copy_data.is_some() {
            return self.copy(statement).await;
        }
        if !answer::copies_out(statement.text) {
            copy_streams::check(statement)?;
        }
        self.stream_one(statement.text, rows).await
    }

    async fn copy_in(&mut self, sql: &str, pieces: &mut dyn Pieces) -> Result<u64> {
        self.copy_pieces(sql, pieces).await
    }

    async fn fly(&mut self, flight: Flight<'_>) -> Result<(), FlightError> {
        flight::fly(self, flight).await
    }

    async fn try_lock(&mut self, name: &str) -> Result<bool> {
        self.take_lock(name).await
    }

    async fn unlock(&mut self, name: &str) -> Result<()> {
        self.give_lock_back(name).await
    }

    async fn lock_holder(&mut self, name: &str) -> Result<Option<Holder>> {
        self.holder_of(name).await
    }

    async fn blockers(&mut self) -> Result<Vec<Holder>> {
        blocking(self, None).await
    }

    fn cancel_handle(&self) -> Arc<dyn Cancel> {
        Arc::new(self.canceller())
    }

    async fn catalog(&mut self, scope: Scope) -> Result<Catalog> {
        catalog::read(self, scope).await
    }

    async fn close(self: Box<Self>) {
        Self::end(self.client, self.driver).await;
    }
}
