//! The old cluster is put back.

use std::fs::File;
use std::path::Path;

use serde::Serialize;

use super::blockers::folders_of;
use super::pair::quiet;
use super::rehearse::told;
use super::servers::live;
use super::site::remove;
use super::swap::{exchange, is_ours, major_in, mend, next_transaction, start_in_place, stop_in_place};
use super::{Journal, Method, Order, Site, Step};
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Consent;
use crate::plan::{Action, Hazard, Plan, PlanKind, Risk, Step as PlanStep};
use crate::tool::{Binaries, Keeper};

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RolledBack {
    /// The cluster.
    pub cluster: String,
    /// The version that it is of again, in full.
    pub version: String,
    /// How many transactions were written to the new cluster at most, and are gone with it.
    pub transactions: u64,
    /// Whether the old server was started.
    pub started: bool,
}

/// Puts the old cluster of the upgrade of `order.cluster` back in its place, and removes the new one. With `dry_run` it says how many
/// transactions would be lost.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is no upgrade to take back. [`ErrorKind::Refused`]: consent is missing, or the old cluster is of no use any
/// more, since both have the same files and the new one was started.
pub async fn rollback(order: &Order<'_>, consent: &Consent, dry_run: bool) -> Result<RolledBack> {
    let site = Site::of(&order.cluster.data);
    let none = || {
        let message = format!("no upgrade of {} is under way or waits to be finished", order.cluster.name);
        Error::new(ErrorKind::NotFound, message)
    };
    let mut journal = Journal::read(&site)?.ok_or_else(none)?;
    if journal.step == Step::Finishing {
        let message = "the old cluster is being removed: there is no way back";
        return Err(Error::new(ErrorKind::Refused, message).hint("mainstay upgrade finish goes on"));
    }
    if journal.method == Method::Link && journal.step >= Step::Settling {
        let message = "the new server was started on the files of the old cluster, which is of no use any more";
        return Err(Error::new(ErrorKind::Refused, message).hint("the way back is a backup: mainstay restore"));
    }
    let lock = site.lock().await?;
    mend(&site)?;
    let new_is_in_place = major_in(&site.data) == Some(journal.to.major);
    let mut done = RolledBack {
        cluster: order.cluster.name.clone(),
        version: journal.from.version.clone(),
        transactions: 0,
        started: journal.ran,
    };
    if !new_is_in_place && journal.step != Step::RollingBack {
        if !dry_run {
            undo(order, &site, &lock, &journal).await?;
        }
        return Ok(done);
    }
    let observer = order.context.observer.as_ref();
    if new_is_in_place {
        let runs = order.cluster.running().is_some();
        journal.ran |= runs;
        done.started = journal.ran && !order.leave_stopped;
        if journal.step != Step::RollingBack {
            done.transactions = written(order, &site, &lock, &journal, runs).await?;
            consent.check_plan(
                &plan(order, &site, &journal, done.transactions),
                true,
                false,
                "mainstay upgrade rollback --dry-run",
            )?;
        }
        if dry_run {
            return Ok(done);
        }
        journal.enter(Step::RollingBack, &site)?;
        let binaries = journal.to.binaries();
        let title = format!("stop PostgreSQL {}", journal.to.major);
        told(observer, &title, stop_in_place(order, &keeper(&binaries, &site.data, &site, &lock), &site, &journal))
            .await?;
        if let Some(one) = &journal.registration {
            one.put_back(journal.from.major)?;
        }
        told(observer, "put the old cluster back", async { exchange(&site) }).await?;
    }
    unregister(&journal, journal.to.major)?;
    if done.started {
        let binaries = journal.from.binaries();
        let title = format!("start PostgreSQL {}", journal.from.major);
        told(observer, &title, start_in_place(order, &keeper(&binaries, &site.data, &site, &lock), &journal)).await?;
    }
    clear(&site, &journal, journal.to.major)?;
    Ok(done)
}

fn plan(order: &Order<'_>, site: &Site, journal: &Journal, transactions: u64) -> Plan {
    let mut risks = Vec::new();
    if transactions > 0 {
        let many =
            if transactions == 1 { "the transaction".to_owned() } else { format!("{transactions} transactions") };
        let reason = format!("discards {many} that were written to version {} at most", journal.to.major);
        risks.push(Risk::new(Hazard::DeletesData, reason, 0));
    }
    let (from, to) = (site.aside().display().to_string(), site.data.display().to_string());
    let title = "put the old cluster back".to_owned();
    let steps = vec![PlanStep { title, action: Action::Move { from, to }, risks, effects: Vec::new() }];
    let state = format!("{} {:?}", journal.old.system, journal.step);
    Plan { kind: PlanKind::Upgrade, database: order.cluster.name.clone(), state, steps }
}

/// How many transactions were written since the new cluster was put in its place, those that clean up by themselves among them.
async fn written(order: &Order<'_>, site: &Site, lock: &File, journal: &Journal, runs: bool) -> Result<u64> {
    let now = match runs {
        true => {
            let (_, mut session) = live(order).await?;
            let rows = session.query("SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())").await?;
            Box::new(session).close().await;
            first_cell(&rows).and_then(|number| number.parse().ok()).unwrap_or_default()
        }
        false => next_transaction(&keeper(&journal.to.binaries(), &site.data, site, lock)).await?,
    };
    Ok(now.saturating_sub(journal.transaction.unwrap_or_default()))
}

fn keeper<'a>(binaries: &'a Binaries, data: &'a Path, site: &'a Site, lock: &'a File) -> Keeper<'a> {
    Keeper { binaries, data, like: &site.data, lock: Some(lock) }
}

/// Back to the old cluster, which is still in its place: what was made of the new one goes, and the old server runs if it ran.
pub(super) async fn undo(order: &Order<'_>, site: &Site, lock: &File, journal: &Journal) -> Result<()> {
    let (from, to) = (journal.from.binaries(), journal.to.binaries());
    let aside = site.aside();
    quiet(&keeper(&to, &aside, site, lock)).await?;
    let old = keeper(&from, &site.data, site, lock);
    if is_ours(site) {
        stop_in_place(order, &old, site, journal).await?;
    }
    enable(&site.data)?;
    if journal.step >= Step::Swapping {
        unregister(journal, journal.to.major)?;
    }
    if journal.ran {
        start_in_place(order, &old, journal).await?;
    }
    clear(site, journal, journal.to.major)
}

/// Takes version `major` out of Debian's register, where it is in there, and forgets its configuration.
pub(super) fn unregister(journal: &Journal, major: u32) -> Result<()> {
    match &journal.registration {
        Some(one) => one.take_out(major).and_then(|()| one.forget(major)),
        None => Ok(()),
    }
}

/// What pg_upgrade has taken away from the old cluster when it was to link, so that nobody starts both.
pub(super) fn enable(old: &Path) -> Result<()> {
    let (control, away) = (old.join("global/pg_control"), old.join("global/pg_control.old"));
    if away.exists() && !control.exists() {
        std::fs::rename(&away, &control).map_err(|error| Error::io("rename", &away, error))?;
    }
    Ok(())
}

/// Removes the cluster aside, what version `major` has in tablespaces, and the journal last. Logs and the rehearsal stay.
pub(super) fn clear(site: &Site, journal: &Journal, major: u32) -> Result<()> {
    for place in &journal.old.tablespaces {
        for folder in folders_of(place, major) {
            remove(&folder)?;
        }
    }
    remove(&site.aside())?;
    let path = site.journal();
    std::fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))
}
