//! Back to the old cluster, as long as nobody has used the new one: what was made of that goes.

use std::fs::File;
use std::path::Path;

use super::blockers::folders_of;
use super::pair::quiet;
use super::site::remove;
use super::swap::{exchange, is_ours, major_in, mend, next_transaction, start_in_place, stop_in_place};
use super::{Journal, Order, Site, Step};
use crate::cluster;
use crate::error::{Error, ErrorKind, Result};
use crate::tool::{Binaries, Keeper};

pub(super) fn keeper<'a>(binaries: &'a Binaries, data: &'a Path, site: &'a Site, lock: &'a File) -> Keeper<'a> {
    Keeper { binaries, data, like: &site.data, lock: Some(lock) }
}

/// Takes back what has failed by `error`, where there is a way, and adds what came of that.
pub(super) async fn taken_back(order: &Order<'_>, site: &Site, lock: &File, journal: &Journal, error: Error) -> Error {
    if journal.is_closed() {
        return error
            .half_done()
            .hint(format!("go on: {}", site.command("run")))
            .hint(format!("the new cluster is in {}, and the old one of no use any more", site.aside().display()));
    }
    match back(order, site, lock, journal).await {
        Ok(true) if journal.step <= Step::Stopping => error.hint("the old cluster is as it was"),
        Ok(true) => error.hint("the old cluster is as it was, and runs where it ran before"),
        Ok(false) => error.half_done().hint(format!("go on: {}", site.command("run"))),
        Err(second) => error.half_done().source(second).hint(format!("take it back: {}", site.command("rollback"))),
    }
}

/// Whether there was a way back: a new cluster that somebody may have written to stays in its place.
async fn back(order: &Order<'_>, site: &Site, lock: &File, journal: &Journal) -> Result<bool> {
    mend(site)?;
    if major_in(&site.data) == Some(journal.to.major) {
        let to = journal.to.binaries();
        let new = keeper(&to, &site.data, site, lock);
        let runs = cluster::at(&site.data)?.running().is_some();
        if runs || journal.transaction.is_none() || next_transaction(&new).await? != journal.transaction {
            return Ok(false);
        }
        if let Some(one) = &journal.registration {
            one.put_back(journal.from.major)?;
        }
        exchange(site)?;
    }
    undo(order, site, lock, journal).await.map(|()| true)
}

/// Back to the old cluster, which is in its place: the old server runs if it ran.
pub(super) async fn undo(order: &Order<'_>, site: &Site, lock: &File, journal: &Journal) -> Result<()> {
    let (from, to) = (journal.from.binaries(), journal.to.binaries());
    let aside = site.aside();
    quiet(&keeper(&to, &aside, site, lock)).await?;
    let old = keeper(&from, &site.data, site, lock);
    if is_ours(site) {
        stop_in_place(order, &old, site, journal).await?;
    }
    enable(&site.data)?;
    withdraw(journal)?;
    let starts = journal.ran && !order.leave_stopped;
    let started = if starts { start_in_place(order, &old, journal).await } else { Ok(()) };
    sweep(site, journal, journal.to.major)?;
    if started.is_err() {
        // A full disk may have been in its way, and there is room now.
        start_in_place(order, &old, journal).await?;
    }
    forget(site)
}

/// Takes the new version out of Debian's register, where it is in there, and forgets its configuration.
pub(super) fn withdraw(journal: &Journal) -> Result<()> {
    match &journal.registration {
        Some(one) => one.withdraw(journal.to.major),
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

/// Removes the cluster aside and what version `major` has in tablespaces.
///
/// # Errors
/// [`ErrorKind::Verification`]: the cluster aside is of another version, which nobody has meant.
pub(super) fn sweep(site: &Site, journal: &Journal, major: u32) -> Result<()> {
    expect(site, major)?;
    for place in &journal.old.tablespaces {
        for folder in folders_of(place, major) {
            remove(&folder)?;
        }
    }
    remove(&site.aside())
}

/// The cluster aside, if there is one, is of version `major`, and no server runs on it.
pub(super) fn expect(site: &Site, major: u32) -> Result<()> {
    let aside = site.aside();
    if let Some(found) = major_in(&aside).filter(|found| *found != major) {
        let message = format!("{} is of version {found}, and {major} was expected there", aside.display());
        let hint = format!(
            "make sure which cluster is the right one, there or in {}, before you move any",
            site.data.display()
        );
        return Err(Error::new(ErrorKind::Verification, message).hint(hint));
    }
    if let Some(server) = cluster::at(&aside).ok().as_ref().and_then(|found| found.running()) {
        let message = format!("a server runs on {}: process {}", aside.display(), server.pid);
        return Err(Error::new(ErrorKind::Refused, message).hint("stop it first"));
    }
    Ok(())
}

/// Removes the journal, when nothing is left to go on with. Logs and the rehearsal stay.
pub(super) fn forget(site: &Site) -> Result<()> {
    let path = site.journal();
    std::fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))
}
