//! Topology: which device hangs on which port.
//!
//! A link is the same seen from either end, so it is one row, written from its lesser MAC address and looked up from both.
//! A port that the protocol did not tell is NULL, and is filled in once known.

use std::time::SystemTime;

use tokio_postgres::{Client, GenericClient, Row};

use crate::Result;

/// One end of a cable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// The device.
    pub mac: String,
    /// Its port, where known.
    pub port: Option<i32>,
}

/// What is at the other end of a cable, seen from one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The port here.
    pub port: Option<i32>,
    /// The other end.
    pub peer: End,
    /// Seen by the last rescan of a switch at either end.
    pub confirmed: bool,
    /// When it was seen last, where known: links from before WalT 10 do not tell.
    pub last_seen: Option<SystemTime>,
}

/// Every link from both its ends.
pub(crate) const BOTH_WAYS: &str = "(
    SELECT mac1 AS mac, port1 AS port, mac2 AS peer, port2 AS peer_port, confirmed, last_seen FROM topology
    UNION ALL
    SELECT mac2, port2, mac1, port1, confirmed, last_seen FROM topology)";

impl End {
    /// A device with its port.
    pub fn new(mac: &str, port: Option<i32>) -> Self {
        Self { mac: mac.to_owned(), port }
    }
}

/// Takes in a rescan: links of the rescanned `switches` lose their confirmation, and those that were found get it.
pub async fn rescan(db: &mut Client, switches: &[&str], found: &[(End, End)], at: SystemTime) -> Result<()> {
    let work = db.transaction().await?;
    let sql = "UPDATE topology SET confirmed = false WHERE mac1 = ANY ($1) OR mac2 = ANY ($1)";
    work.execute(sql, &[&switches]).await?;
    for (one, other) in found {
        see(&work, one, other, at).await?;
    }
    work.commit().await
}

/// Enters a link, as a node does that tells where it hangs, or confirms the one there is.
pub async fn see(db: &impl GenericClient, one: &End, other: &End, at: SystemTime) -> Result<()> {
    let (low, high) = if one.mac < other.mac { (one, other) } else { (other, one) };
    // The same cable: no port differs. Of several such rows, the one that knows most.
    let update = "UPDATE topology SET
            port1 = coalesce($2, port1), port2 = coalesce($4, port2), confirmed = true, last_seen = $5
        WHERE ctid = (
            SELECT ctid FROM topology
            WHERE mac1 = $1 AND coalesce(port1 = $2, true) AND mac2 = $3 AND coalesce(port2 = $4, true)
            ORDER BY num_nulls(port1, port2), last_seen DESC NULLS LAST LIMIT 1)";
    if db.execute(update, &[&low.mac, &low.port, &high.mac, &high.port, &at]).await? == 0 {
        let insert = "INSERT INTO topology (mac1, port1, mac2, port2, confirmed, last_seen)
            VALUES ($1, $2, $3, $4, true, $5)";
        db.execute(insert, &[&low.mac, &low.port, &high.mac, &high.port, &at]).await?;
    }
    Ok(())
}

/// What hangs on a device, the most certain first.
pub async fn neighbours(db: &impl GenericClient, mac: &str) -> Result<Vec<Neighbour>> {
    let sql = format!(
        "SELECT port, peer, peer_port, coalesce(confirmed, false), last_seen FROM {BOTH_WAYS} link
        WHERE mac = $1 ORDER BY 4 DESC, last_seen DESC NULLS LAST, port, peer"
    );
    db.query(&sql, &[&mac]).await?.iter().map(neighbour).collect()
}

/// Where a device most likely is: the confirmed link, or else the one seen last.
pub async fn location(db: &impl GenericClient, mac: &str) -> Result<Option<Neighbour>> {
    Ok(neighbours(db, mac).await?.into_iter().next())
}

fn neighbour(row: &Row) -> Result<Neighbour> {
    Ok(Neighbour {
        port: row.try_get(0)?,
        peer: End { mac: row.try_get(1)?, port: row.try_get(2)? },
        confirmed: row.try_get(3)?,
        last_seen: row.try_get(4)?,
    })
}
