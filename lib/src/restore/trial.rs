//! A restore that is made to compare: nothing stays of it but what was found out.

use std::time::Instant;

use crate::archive::manifest::{Mismatch, Table};
use crate::conn::PostgresTarget;
use crate::error::Result;

use super::archive::Archive;
use super::backup::Backup;
use super::check::Compared;
use super::options::{Options, Way};
use super::reach::Servers;
use super::restored::Restored;
use super::run::{decision, filled};

/// What came of a restore that was made to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// What was done.
    pub restored: Restored,
    /// Tables that have come out with other rows, those too that have not come out at all.
    pub mismatches: Vec<Mismatch>,
}

/// Restores `backup` into a scratch database as [`Way::Scratch`] says, lets `look` see it, and drops it. That a table has other
/// rows is a result.
///
/// # Errors
/// It cannot be restored; `look` fails.
pub async fn try_out<T>(
    backup: &mut Backup,
    options: &Options,
    servers: &Servers<'_>,
    look: impl AsyncFnOnce(&PostgresTarget) -> Result<T>,
) -> Result<(Tried, T)> {
    let began = Instant::now();
    let options = Options { way: Way::Scratch, only: Vec::new(), ..options.clone() };
    let decision = decision(backup, &options, servers).await?;
    let filled = filled(backup, &decision, &options, servers).await?;
    let seen = look(&filled.target).await;
    let tally = filled.gone(servers.context).await;
    let seen = seen?;
    let mut mismatches = Vec::new();
    if let Backup::Archive(Archive { manifest: Some(manifest), .. }) = backup {
        let table = |table: &Table| match tally.compared.get(&(table.schema.clone(), table.name.clone())) {
            Some(Compared::Digest(_)) => None,
            Some(compared) => compared.mismatch().cloned().or_else(|| table.compare(None, &[])),
            // There is no such table.
            None => table.compare(None, &[]),
        };
        mismatches = manifest.tables.iter().filter_map(table).collect();
    }
    Ok((Tried { restored: Restored::of(&decision, &tally, began), mismatches }, seen))
}
