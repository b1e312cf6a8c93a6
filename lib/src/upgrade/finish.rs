//! The old cluster is removed.

use serde::Serialize;

use super::blockers::bytes_in;
use super::site::remove;
use super::swap::{major_in, mend};
use super::undo::{expect, forget, sweep};
use super::{Journal, Order, Site, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Consent;
use crate::plan::{Action, Hazard, Plan, PlanKind, Risk, Step as PlanStep};

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finished {
    /// The cluster.
    pub cluster: String,
    /// The version that went, in full.
    pub removed: String,
    /// Bytes that are free again.
    pub bytes: u64,
}

/// Removes the old cluster of an upgrade that is through: from then on there is no way back. With `dry_run` it says what would be
/// removed.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is none. [`ErrorKind::Refused`]: the upgrade is not through, or consent is missing.
pub async fn finish(order: &Order<'_>, consent: &Consent, dry_run: bool) -> Result<Finished> {
    let site = Site::of(&order.cluster.data);
    let none = || {
        let message = format!("no upgrade of {} waits to be finished", order.cluster.name);
        Error::new(ErrorKind::NotFound, message)
    };
    if Journal::read(&site)?.is_none() {
        return Err(none());
    }
    let (_lock, journal) = Journal::hold(&site).await?;
    let mut journal = journal.ok_or_else(none)?;
    mend(&site)?;
    let through = matches!(journal.step, Step::Open | Step::Finishing);
    if !through || major_in(&site.data) != Some(journal.to.major) {
        let message = format!("the upgrade of {} is not through: {}", order.cluster.name, journal.step.word());
        return Err(site.how_to_go_on(Error::new(ErrorKind::Refused, message)));
    }
    expect(&site, journal.from.major)?;
    let bytes = bytes_in(&site.aside());
    if dry_run {
        return Ok(Finished { cluster: order.cluster.name.clone(), removed: journal.from.version, bytes });
    }
    if journal.step == Step::Open {
        let reason = format!("removes the old cluster of version {}", journal.from.major);
        let risks = vec![Risk::new(Hazard::NoWayBack, reason, 0)];
        let to = site.aside();
        let title = "remove the old cluster".to_owned();
        let steps = vec![PlanStep { title, action: Action::Copy { to }, risks, effects: Vec::new() }];
        let state = journal.old.system.clone();
        let plan = Plan { kind: PlanKind::Upgrade, database: order.cluster.name.clone(), state, steps };
        consent.check_plan(&plan, true, false, &site.command("finish --dry-run"))?;
        journal.enter(Step::Finishing, &site)?;
    }
    if let Some(one) = &journal.registration {
        one.forget(journal.from.major)?;
    }
    sweep(&site, &journal, journal.from.major)?;
    forget(&site)?;
    remove(&site.work)?;
    Ok(Finished { cluster: order.cluster.name.clone(), removed: journal.from.version, bytes })
}
