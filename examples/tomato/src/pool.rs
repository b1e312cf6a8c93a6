//! As many connections to PostgreSQL as there may be, and no more: who finds none free waits for one.

use std::sync::Arc;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use mainstay::Database;
use mainstay::tokio_postgres::Client;

/// Connections that are used again and again.
pub type Pool = managed::Pool<Sessions>;

/// Opens the pool's connections, the way that everything else here connects.
pub struct Sessions(Arc<Database>);

/// A pool of at most `limit` connections.
pub fn pool(database: &Arc<Database>, limit: usize) -> Pool {
    let pool = Pool::builder(Sessions(Arc::clone(database))).max_size(limit).build();
    pool.unwrap_or_else(|_| unreachable!("only a pool with timeouts needs a runtime that it may lack"))
}

impl managed::Manager for Sessions {
    type Type = Client;
    type Error = mainstay::Error;

    async fn create(&self) -> mainstay::Result<Client> {
        self.0.client().await
    }

    async fn recycle(&self, client: &mut Client, _: &Metrics) -> RecycleResult<mainstay::Error> {
        if client.is_closed() { Err(RecycleError::message("the server has ended it")) } else { Ok(()) }
    }
}
