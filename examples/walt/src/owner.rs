//! The one process that answers for the platform: it holds a lease on the database for as long as it serves.

use std::time::Duration;

use mainstay::Database;
use mainstay::lease::{Lease, Options};

/// The lease's name.
pub const LEASE: &str = "server-db";

/// What the holder calls itself, for whoever comes second.
pub const HOLDER: &str = "WalT's server-db";

/// After an unclean end the next one waits this long.
const TTL: Duration = Duration::from_secs(15);

/// Takes the lease, or says who has it.
///
/// # Errors
/// [`mainstay::ErrorKind::Locked`]: another process serves, with its name, host, and since when.
pub async fn own(database: &Database) -> mainstay::Result<Lease> {
    database.lease(LEASE, &Options { holder: HOLDER.to_owned(), ttl: TTL, wait: Duration::ZERO }).await
}

/// Keeps the lease until `told_to_end` ends, and gives it back.
///
/// # Errors
/// It was lost, or could not be renewed in time: whoever serves must stop at once.
pub async fn serve(mut lease: Lease, told_to_end: impl Future<Output = ()>) -> mainstay::Result<()> {
    tokio::pin!(told_to_end);
    loop {
        tokio::select! {
            () = &mut told_to_end => return lease.release().await,
            () = tokio::time::sleep(TTL / 3) => {}
        }
        match lease.renew().await {
            // A server that is away for a moment takes nothing from us as long as the lease lasts.
            Err(error) if error.kind() == mainstay::ErrorKind::Locked || lease.left() < TTL / 3 => return Err(error),
            _ => {}
        }
    }
}
