//! An upgrade that was broken off is gone on with.

use super::check::look_at;
use super::pair::quiet;
use super::run::{Upgraded, forward};
use super::swap::{is_ours, major_in, mend};
use super::undo::{enable, sweep, withdraw};
use super::{Journal, Order, Site, Step};
use crate::cluster::State;
use crate::error::{Error, ErrorKind, Result};
use crate::tool::Keeper;

/// Goes on with the upgrade that the journal of `site` tells of.
pub(super) async fn go_on(order: &Order<'_>, site: &Site) -> Result<Upgraded> {
    let (lock, journal) = Journal::hold(site).await?;
    let Some(mut journal) = journal.filter(|one| one.to == order.to.into() && one.method == order.method) else {
        let message = format!("the upgrade of {} was finished or taken back meanwhile", order.cluster.name);
        let hint = format!("begin another one: {}", site.command("run --to VERSION"));
        return Err(Error::new(ErrorKind::Refused, message).hint(hint));
    };
    mend(site)?;
    let cluster = order.cluster.again();
    let order = &Order { cluster: &cluster, ..*order };
    match journal.step {
        Step::Open => {
            let message = format!("{} is upgraded already", cluster.name);
            return Err(site.how_to_end(Error::new(ErrorKind::Refused, message)));
        }
        Step::RollingBack => return Err(under_way("taken back", &site.command("rollback"))),
        Step::Finishing => return Err(under_way("finished", &site.command("finish"))),
        _ => {}
    }
    let in_place = major_in(&site.data);
    if in_place == Some(journal.from.major) {
        let aside = site.aside();
        quiet(&Keeper { binaries: order.to, data: &aside, like: &site.data, lock: Some(&lock) }).await?;
        if !journal.is_closed() {
            once_more(order, site, &mut journal).await?;
        } else if journal.step < Step::Swapping {
            journal.enter(Step::Settling, site)?;
        }
    } else if in_place != Some(journal.to.major) || journal.step < Step::Swapping {
        let message = format!("{} is not what the upgrade that was broken off has left there", site.data.display());
        return Err(Error::new(ErrorKind::Verification, message)
            .hint(format!("the other cluster is in {}", site.aside().display())));
    }
    forward(order, site, &lock, journal, true).await
}

fn under_way(what: &str, command: &str) -> Error {
    Error::new(ErrorKind::Refused, format!("the upgrade is being {what}")).hint(format!("go on with that: {command}"))
}

/// What was made of the old cluster is only worth as much as nobody has written to that since, and nobody knows: it goes, and all
/// begins anew. Where the old server runs, what is in the way is looked for again: much may have changed.
async fn once_more(order: &Order<'_>, site: &Site, journal: &mut Journal) -> Result<()> {
    if let (State::Broken(server), false) = (&order.cluster.state, is_ours(site)) {
        let message = format!("{} was not shut down in order", order.cluster.name);
        let why = format!("postmaster.pid names process {}, which is no server of this folder", server.pid);
        return Err(Error::new(ErrorKind::Refused, message)
            .source(why)
            .hint("start it once; where it runs in a container or on another machine, stop it there"));
    }
    withdraw(journal)?;
    enable(&site.data)?;
    sweep(site, journal, journal.to.major)?;
    journal.see(order.cluster, site);
    journal.enter(Step::Preparing, site)?;
    if order.cluster.running().is_some() && !is_ours(site) {
        let (checked, probe) = look_at(order).await?;
        checked.demand().map_err(|error| error.hint(format!("or give it up: {}", site.command("rollback"))))?;
        if let Some(probe) = probe {
            journal.old = probe;
        }
    }
    Ok(())
}
