//! Stopping what the server does for a session, from outside of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Handle;
use tokio_postgres::{CancelToken, NoTls};

use super::stream::{self, Endpoint, Identity};
use super::tls::Tls;
use crate::conn::{Host, PostgresTarget};
use crate::engine::{Cancel, Context};
use crate::error::{Error, ErrorKind, Result};

/// Cancels what a session runs, over a connection of its own; safe to use while the session waits.
#[derive(Clone)]
pub struct Canceller {
    pub(super) token: CancelToken,
    pub(super) endpoint: Endpoint,
    pub(super) host: Host,
    pub(super) target: PostgresTarget,
    pub(super) context: Context,
    pub(super) tls: Option<Tls>,
}

#[async_trait::async_trait]
impl Cancel for Canceller {
    async fn cancel(&self) -> Result<()> {
        let mut stream =
            stream::open(&self.endpoint, &self.host, &self.target, &self.context, Identity::Process).await?;
        let sent = match &self.tls {
            None => self.token.cancel_query_raw(stream, NoTls).await,
            Some(tls) if stream::ask_for_tls(&mut stream, &self.host).await? => {
                self.token.cancel_query_raw(stream, tls.connector()).await
            }
            Some(_) => return Err(super::tls::none_there(&self.target, &self.host)),
        };
        sent.map_err(|error| {
            Error::new(ErrorKind::Unreachable, format!("cannot ask {} to cancel", self.host)).source(error)
        })
    }
}

/// Counts the statements that are sent and not yet answered. Dropped with one of them open, as when a command is
/// interrupted, it asks the server to stop: otherwise that statement would go on, and keep its locks, for as long as it takes.
pub(super) struct UnderWay {
    count: AtomicUsize,
    canceller: Canceller,
}

impl UnderWay {
    pub(super) fn new(canceller: Canceller) -> Self {
        Self { count: AtomicUsize::new(0), canceller }
    }

    pub(super) fn canceller(&self) -> &Canceller {
        &self.canceller
    }

    /// A statement is sent.
    pub(super) fn sent(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// A statement is answered, well or badly.
    pub(super) fn answered(&self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if *self.count.get_mut() > 0
            && let Ok(runtime) = Handle::try_current()
        {
            let canceller = self.canceller.clone();
            // A server that cannot be reached has nothing to stop.
            runtime.spawn(async move { drop(canceller.cancel().await) });
        }
    }
}
