//! The old cluster is put back.

use std::fs::File;

use serde::Serialize;

use super::rehearse::told;
use super::servers::live;
use super::swap::{exchange, major_in, mend, next_transaction, start_in_place, stop_in_place};
use super::undo::{expect, forget, keeper, sweep, undo, withdraw};
use super::{Journal, Order, Site, Step};
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Consent;
use crate::plan::{Action, Hazard, Plan, PlanKind, Risk, Step as PlanStep};
use crate::tool::binaries_in;

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RolledBack {
    /// The cluster.
    pub cluster: String,
    /// The version that it is of again, in full.
    pub version: String,
    /// How many transactions were written to the new cluster at most, and are gone with it; `None` where nobody knows.
    pub transactions: Option<u64>,
    /// Whether the old server was started.
    pub started: bool,
}

/// Puts the old cluster of the upgrade of `order.cluster` back in its place, and removes the new one. With `dry_run` it says how
/// many transactions would be lost.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is no upgrade to take back. [`ErrorKind::Refused`]: consent is missing, or the old cluster is of
/// no use any more, since both have the same files and the new one was started.
pub async fn rollback(order: &Order<'_>, consent: &Consent, dry_run: bool) -> Result<RolledBack> {
    let site = Site::of(&order.cluster.data);
    let none = || {
        let message = format!("no upgrade of {} is under way or waits to be finished", order.cluster.name);
        Error::new(ErrorKind::NotFound, message)
    };
    if Journal::read(&site)?.is_none() {
        return Err(none());
    }
    let (lock, journal) = Journal::hold(&site).await?;
    let mut journal = journal.ok_or_else(none)?;
    if journal.step == Step::Finishing {
        let message = "the old cluster is being removed: there is no way back";
        return Err(Error::new(ErrorKind::Refused, message).hint(format!("go on: {}", site.command("finish"))));
    }
    if journal.is_closed() {
        let message = "the new server was started on the files of the old cluster, which is of no use any more";
        return Err(Error::new(ErrorKind::Refused, message).hint("the way back is a backup: mainstay restore"));
    }
    mend(&site)?;
    let cluster = order.cluster.again();
    let order = &Order { cluster: &cluster, ..*order };
    let new_is_in_place = major_in(&site.data) == Some(journal.to.major);
    let mut done = RolledBack {
        cluster: cluster.name.clone(),
        version: journal.from.version.clone(),
        transactions: Some(0),
        started: journal.ran && !order.leave_stopped,
    };
    if !new_is_in_place && journal.step != Step::RollingBack {
        if !dry_run {
            undo(order, &site, &lock, &journal).await?;
        }
        return Ok(done);
    }
    let observer = order.context.observer.as_ref();
    if new_is_in_place {
        journal.see(&cluster, &site);
        done.started = journal.ran && !order.leave_stopped;
        is_whole(&site, &journal, done.started)?;
        done.transactions = written(order, &site, &lock, &journal).await?;
        let demand = |transactions| {
            let plan = plan(order, &site, &journal, transactions);
            consent.check_plan(&plan, true, false, &site.command("rollback --dry-run"))
        };
        demand(done.transactions)?;
        if dry_run {
            return Ok(done);
        }
        let binaries = journal.to.binaries();
        let new = keeper(&binaries, &site.data, &site, &lock);
        let title = format!("stop PostgreSQL {}", journal.to.major);
        told(observer, &title, stop_in_place(order, &new, &site, &journal)).await?;
        // Others may have written until the very end.
        done.transactions = since_then(next_transaction(&new).await?, &journal);
        if let Err(error) = demand(done.transactions) {
            if cluster.running().is_some() {
                start_in_place(order, &new, &journal).await?;
            }
            return Err(error);
        }
        journal.enter(Step::RollingBack, &site)?;
    }
    let put = put_back(order, &site, &lock, &journal, new_is_in_place, done.started).await;
    put.map_err(|error| error.half_done().hint(format!("go on: {}", site.command("rollback"))))?;
    Ok(done)
}

async fn put_back(
    order: &Order<'_>,
    site: &Site,
    lock: &File,
    journal: &Journal,
    new_is_in_place: bool,
    starts: bool,
) -> Result<()> {
    let observer = order.context.observer.as_ref();
    if new_is_in_place {
        if let Some(one) = &journal.registration {
            one.put_back(journal.from.major)?;
        }
        told(observer, "put the old cluster back", async { exchange(site) }).await?;
    }
    withdraw(journal)?;
    if starts {
        let binaries = journal.from.binaries();
        let title = format!("start PostgreSQL {}", journal.from.major);
        told(observer, &title, start_in_place(order, &keeper(&binaries, &site.data, site, lock), journal)).await?;
    }
    sweep(site, journal, journal.to.major)?;
    forget(site)
}

/// The old cluster is there, and so are the programs that `starts` it: nothing is stopped before that is known.
fn is_whole(site: &Site, journal: &Journal, starts: bool) -> Result<()> {
    expect(site, journal.from.major)?;
    if !site.aside().join("global/pg_control").is_file() {
        let message = format!("the old cluster is not in {} any more", site.aside().display());
        return Err(Error::new(ErrorKind::Refused, message).hint("the way back is a backup: mainstay restore"));
    }
    let programs = binaries_in(&journal.from.bin, &["postgres", "pg_ctl"]);
    if !starts || programs.is_ok_and(|found| found.major == journal.from.major) {
        return Ok(());
    }
    let message =
        format!("the programs of PostgreSQL {} are not in {}", journal.from.major, journal.from.bin.display());
    Err(Error::new(ErrorKind::Program, message)
        .hint(format!("install them again; Debian and Ubuntu: apt-get install postgresql-{}", journal.from.major)))
}

fn plan(order: &Order<'_>, site: &Site, journal: &Journal, transactions: Option<u64>) -> Plan {
    let to = journal.to.major;
    let reason = match transactions {
        Some(0) => None,
        Some(1) => Some(format!("discards the transaction that was written to version {to}")),
        Some(many) => Some(format!("discards {many} transactions that were written to version {to} at most")),
        None => Some(format!("discards what was written to version {to}: how much that is, nobody knows")),
    };
    let risks = reason.map(|reason| Risk::new(Hazard::DeletesData, reason, 0)).into_iter().collect();
    let (from, to) = (site.aside().display().to_string(), site.data.display().to_string());
    let title = "put the old cluster back".to_owned();
    let steps = vec![PlanStep { title, action: Action::Move { from, to }, risks, effects: Vec::new() }];
    let state = format!("{} {:?}", journal.old.system, journal.step);
    Plan { kind: PlanKind::Upgrade, database: order.cluster.name.clone(), state, steps }
}

/// How many transactions were written since the new cluster was put in its place, those that clean up by themselves among them;
/// `None` where nobody knows: a server that was broken off has written down more than its control file says.
async fn written(order: &Order<'_>, site: &Site, lock: &File, journal: &Journal) -> Result<Option<u64>> {
    if order.cluster.running().is_none() {
        let now = next_transaction(&keeper(&journal.to.binaries(), &site.data, site, lock)).await?;
        return Ok(since_then(now, journal));
    }
    let (_, mut session) = live(order).await?;
    let rows = session.query("SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())").await?;
    Box::new(session).close().await;
    Ok(since_then(first_cell(&rows).and_then(|number| number.parse().ok()), journal))
}

/// From the transaction that was next when it was put in its place to `now`.
fn since_then(now: Option<u64>, journal: &Journal) -> Option<u64> {
    now?.checked_sub(journal.transaction?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_nothing_is_a_hazard() {
        let site = Site::of(std::path::Path::new("/srv/pg/data"));
        let of = |major| crate::tool::Binaries { bin: "/bin".into(), major, version: format!("{major}.1") };
        let mut journal =
            Journal::begin(&site, &of(15), &of(18), super::super::Method::Copy, super::super::probe::Probe::default());
        // Nobody has noted where it began.
        assert_eq!(since_then(Some(7), &journal), None);
        journal.transaction = Some((1 << 32) + 5);
        assert_eq!(since_then(Some((1 << 32) + 7), &journal), Some(2));
        // Another cluster was put there.
        assert_eq!((since_then(Some(7), &journal), since_then(None, &journal)), (None, None));
    }
}
