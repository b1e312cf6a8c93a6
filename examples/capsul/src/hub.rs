//! The hub: the one instance that hands operations to spokes. It holds the lease `hub`, and does nothing without it.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use mainstay::Database;
use mainstay::lease::{Lease, Options};
use tokio_postgres::Client;

use crate::{AnyError, operations, spoke};

/// How long the hub looks away when there is nothing to do.
const PAUSE: Duration = Duration::from_millis(100);

/// The hub, while it is the only one.
pub struct Hub {
    lease: Lease,
    ttl: Duration,
    desk: Desk,
}

/// Where operations are handed out.
struct Desk {
    client: Client,
    spokes: PathBuf,
    fence: i64,
}

impl Hub {
    /// Makes the database ready and becomes the hub. The lease lasts for `ttl` when we are not heard of.
    ///
    /// # Errors
    /// The database cannot be made ready, or another hub runs: the error says where and since when.
    pub async fn start(database: &Database, spokes: PathBuf, ttl: Duration) -> Result<Self, AnyError> {
        // Of several that start at once all come through this, and one of them past the lease.
        let (_, client) = crate::open(database).await?;
        let options = Options { holder: "capsul hub".to_owned(), ttl, wait: Duration::ZERO };
        let lease = database.lease("hub", &options).await?;
        let fence = i64::try_from(lease.fence())?;
        Ok(Self { lease, ttl, desk: Desk { client, spokes, fence } })
    }

    /// The number that is higher than that of every hub before.
    pub fn fence(&self) -> u64 {
        self.lease.fence()
    }

    /// Hands out operations until the lease is lost: however long a spoke takes, the lease is renewed beside it.
    ///
    /// # Errors
    /// The lease is lost, or the database is.
    pub async fn work(&mut self) -> Result<Infallible, AnyError> {
        let Self { lease, ttl, desk } = self;
        tokio::select! {
            lost = keep(lease, *ttl) => lost,
            broken = desk.hand_out() => broken,
        }
    }

    /// Ends in order: the next hub may start at once.
    ///
    /// # Errors
    /// The server cannot be told; the next hub waits for the deadline then.
    pub async fn stop(self) -> mainstay::Result<()> {
        self.lease.release().await
    }
}

/// Renews the lease every third of its time.
async fn keep(lease: &mut Lease, ttl: Duration) -> Result<Infallible, AnyError> {
    loop {
        tokio::time::sleep(ttl / 3).await;
        // Without an answer by then, another may be the hub.
        tokio::time::timeout(lease.left(), lease.renew()).await??;
    }
}

impl Desk {
    async fn hand_out(&mut self) -> Result<Infallible, AnyError> {
        loop {
            if !self.one().await? {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Has the oldest operation done by the first host that does it; `false` where there was none, or no host did.
    async fn one(&mut self) -> Result<bool, AnyError> {
        let Some(operation) = operations::take_on(&self.client, self.fence).await? else { return Ok(false) };
        for host in spoke::hosts(&self.spokes) {
            // A host that is down has left a socket where nobody listens: the next one does it.
            if spoke::ask(&self.spokes, &host, &operation.task, &operation.vm).await.unwrap_or(false) {
                return Ok(operations::done(&mut self.client, &operation, &host, self.fence).await?);
            }
        }
        Ok(false)
    }
}
