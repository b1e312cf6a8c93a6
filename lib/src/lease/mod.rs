//! "Only one of us may run": a lock with a named holder, a deadline and a fencing number that only grows.
//!
//! The row decides: it is taken only when it is free or its deadline has passed, in one transaction, by the server's
//! clock. The session's lock beside it says who is there when somebody has emptied the table.

mod acquire;
mod run;
mod tables;

pub use acquire::Options;

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::engine::{Row, Session};
use crate::error::{Error, ErrorKind, Result};

/// A lease that we hold. It lasts for its time to live from the last [`Lease::renew`]; dropping it without
/// [`Lease::release`] lets the next holder wait that out.
pub struct Lease {
    session: Box<dyn Session>,
    claim: Claim,
    fence: u64,
    locked: bool,
    renewed: Instant,
}

/// Who wants a lease.
struct Claim {
    name: String,
    /// Tells this claim from every other one.
    token: String,
    holder: String,
    host: String,
    pid: u32,
    ttl: Duration,
}

/// A lease as the database has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// What the last holder calls itself.
    pub holder: String,
    /// Its machine.
    pub host: String,
    /// Its process.
    pub pid: i64,
    /// When it took the lease, in UTC.
    pub since: String,
    /// When it was last heard of, in UTC.
    pub heartbeat: String,
    /// Seconds until its deadline, negative once that has passed; `None` after a clean end.
    pub left: Option<f64>,
    /// The fencing number.
    pub fence: u64,
}

impl Standing {
    /// May nobody else take it now?
    pub fn held(&self) -> bool {
        self.left.is_some_and(|left| left > 0.0)
    }

    fn of(row: Row) -> Option<Self> {
        let mut cells = row.into_iter();
        let mut text = || cells.next().flatten();
        Some(Self {
            name: text()?,
            holder: text()?,
            host: text()?,
            pid: text()?.parse().ok()?,
            since: text()?,
            heartbeat: text()?,
            left: text().and_then(|left| left.parse().ok()),
            fence: text()?.parse().ok()?,
        })
    }
}

/// Every lease that this database has had.
///
/// # Errors
/// The table cannot be read.
pub async fn standings(session: &mut dyn Session) -> Result<Vec<Standing>> {
    let flavor = session.flavor();
    let there = session.query(tables::exists(flavor)).await?;
    if first(&there) != Some("1") {
        return Ok(Vec::new());
    }
    let rows = session.query(&tables::read(flavor, None)).await?;
    Ok(rows.into_iter().filter_map(Standing::of).collect())
}

impl Lease {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.claim.name
    }

    /// The fencing number: higher than that of every holder before. Give it to whatever you write to, and let that refuse
    /// lower ones.
    pub fn fence(&self) -> u64 {
        self.fence
    }

    /// How long it lasts without another renewal; zero once it may be another's.
    pub fn left(&self) -> Duration {
        self.claim.ttl.saturating_sub(self.renewed.elapsed())
    }

    /// Puts the deadline off to a whole time to live from now. Do it every third of that.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] when the lease is lost: stop at once. Others are the connection's or the server's: the lease
    /// lasts for [`Lease::left`].
    pub async fn renew(&mut self) -> Result<()> {
        let sent = Instant::now();
        let sql = tables::renew(self.session.flavor(), &self.claim, self.fence, self.locked);
        if self.session.query(&sql).await?.is_empty() {
            let name = &self.claim.name;
            return Err(Error::new(
                ErrorKind::Locked,
                format!("the lease `{name}` is lost: its deadline had passed, or another has taken it"),
            )
            .hint("see who holds it: mainstay lease show"));
        }
        self.renewed = sent;
        Ok(())
    }

    /// Gives it back: the next holder may start at once.
    ///
    /// # Errors
    /// The server cannot be told; the next holder waits for the deadline then.
    pub async fn release(mut self) -> Result<()> {
        let sql = tables::release(self.session.flavor(), &self.claim);
        let released = self.session.query(&sql).await.map(drop);
        if self.locked {
            // The lock goes with the session in any case.
            let _ = self.session.unlock(&acquire::lock_name(&self.claim.name)).await;
        }
        self.session.close().await;
        released
    }
}

fn first(rows: &[Row]) -> Option<&str> {
    rows.first()?.first()?.as_deref()
}
