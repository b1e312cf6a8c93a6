//! The upgrade itself: one step after the other, each written down before it is begun, so that whoever comes after a kill goes on.

use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::debian::Registration;
use super::pair::Pair;
use super::rehearse::told;
use super::resume;
use super::seconds::since;
use super::servers::{databases_of, live, open, socket_folder};
use super::site::remove;
use super::swap::{exchange, log_of, major_in, next_transaction, start_in_place, stop_in_place};
use super::undo::{sweep, taken_back};
use super::{Journal, Method, Order, Rehearsed, Seconds, Settled, Site, Step};
use crate::cluster;
use crate::conn::PostgresTarget;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Consent;
use crate::observer::Event;
use crate::tool::Keeper;

/// What an upgrade did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Upgraded {
    /// The cluster.
    pub cluster: String,
    /// The old version, in full.
    pub from: String,
    /// The new version, in full.
    pub to: String,
    /// How the rows came over.
    pub method: Method,
    /// What was done to the new cluster, and compared.
    pub settled: Settled,
    /// How long nobody could connect, part by part.
    pub seconds: Seconds,
    /// All of it.
    pub downtime: f64,
    /// What a rehearsal had said.
    pub predicted: Option<f64>,
    /// Whether the new server was started.
    pub started: bool,
    /// Where the old cluster is.
    pub old: PathBuf,
    /// Whether an upgrade that had been broken off was gone on with.
    pub resumed: bool,
}

/// Upgrades the cluster of `order`, or goes on with the upgrade of it that was broken off. What fails before the new cluster is in
/// its place is taken back, and the old server started again; a link's door alone closes before.
///
/// # Errors
/// [`ErrorKind::Refused`]: something is in the way, or consent is missing: nothing was stopped. [`ErrorKind::Locked`]: another
/// upgrade of it is at work, or was. [`ErrorKind::Verification`]: the new cluster does not have what the old one has.
pub async fn run(order: &Order<'_>, consent: &Consent) -> Result<Upgraded> {
    let site = Site::of(&order.cluster.data);
    match Journal::read(&site)? {
        Some(_) => resume::go_on(order, &site).await,
        None => begin(order, &site, consent).await,
    }
}

async fn begin(order: &Order<'_>, site: &Site, consent: &Consent) -> Result<Upgraded> {
    let (checked, probe) = super::check::examined(order).await?;
    let plan = super::plan::of(order, &checked, probe.as_ref())?.0;
    consent.check_plan(&plan.plan, true, false, &site.command(&format!("plan --to {}", order.to.major)))?;
    let Some(probe) = probe else {
        return Err(Error::new(ErrorKind::Unreachable, "the cluster could not be looked into"));
    };
    for finding in &checked.findings {
        let message = format!("{}: {} ({})", finding.found.object, finding.title, finding.blocker);
        order.context.observer.event(Event::Warning { message: &message });
    }
    site.make()?;
    let (lock, another) = Journal::hold(site).await?;
    let cluster = order.cluster.again();
    if another.is_some() || cluster.major != order.from.major {
        let message = format!("another upgrade of {} was begun meanwhile", cluster.name);
        let hint = format!("nothing was changed; go on with that: {}", site.command("run"));
        return Err(Error::new(ErrorKind::Locked, message).hint(hint));
    }
    let order = &Order { cluster: &cluster, ..*order };
    // What a rehearsal that was killed has left would take the room.
    remove(&site.work.join("rehearsal"))?;
    let mut journal = Journal::begin(site, order.from, order.to, order.method, probe);
    journal.registration = Registration::of(&cluster);
    journal.log = log_of(&cluster);
    journal.see(&cluster, site);
    journal.enter(Step::Preparing, site)?;
    forward(order, site, &lock, journal, false).await
}

/// Goes from the journal's step to the last one. What fails is taken back as far as there is a way.
pub(super) async fn forward(
    order: &Order<'_>,
    site: &Site,
    lock: &File,
    mut journal: Journal,
    resumed: bool,
) -> Result<Upgraded> {
    if let Err(error) = steps(order, site, lock, &mut journal).await {
        return Err(taken_back(order, site, lock, &journal, error).await);
    }
    if journal.ran && !order.leave_stopped {
        freshen(order, site).await;
    }
    let predicted =
        Rehearsed::last(site).filter(|last| last.is_of(order, &journal.old.system)).map(|last| last.downtime);
    Ok(Upgraded {
        cluster: order.cluster.name.clone(),
        from: journal.from.version,
        to: journal.to.version,
        method: journal.method,
        settled: journal.settled.unwrap_or_default(),
        seconds: journal.seconds,
        downtime: journal.seconds.total(),
        predicted,
        started: journal.ran && !order.leave_stopped,
        old: site.aside(),
        resumed,
    })
}

async fn steps(order: &Order<'_>, site: &Site, lock: &File, journal: &mut Journal) -> Result<()> {
    let observer = order.context.observer.as_ref();
    let socket = socket_folder(order, site)?;
    let probe = journal.old.clone();
    let pair = Pair {
        order,
        site,
        old: site.data.clone(),
        new: site.aside(),
        lock,
        socket: socket.path(),
        user: &probe.user,
        outside: probe.outside.as_deref(),
        besides: &[],
    };
    let watch = pair.watch()?;
    while journal.step != Step::Open {
        let begun = Instant::now();
        let next = match journal.step {
            Step::Preparing => {
                sweep(site, journal, order.to.major)?;
                if let Some(one) = &journal.registration {
                    one.prepare(order.from.major, order.to.major)?;
                }
                told(observer, "make a new cluster", pair.make_new(&probe)).await?;
                if journal.ran {
                    checkpoint(order).await;
                }
                Step::Stopping
            }
            Step::Stopping => {
                // Somebody may have started it since we have looked first.
                journal.see(&cluster::at(&site.data)?, site);
                let title = format!("stop PostgreSQL {}", order.from.major);
                told(observer, &title, stop_in_place(order, &pair.old_keeper(), site, journal)).await?;
                journal.seconds.stop = since(begun);
                Step::Surveying
            }
            Step::Surveying => {
                journal.evidence = Some(told(observer, "look at what it has", pair.survey()).await?);
                journal.old_transaction = next_transaction(&pair.old_keeper()).await?;
                journal.seconds.survey = since(begun);
                Step::Upgrading
            }
            Step::Upgrading => {
                told(observer, "pg_upgrade", pair.upgrade()).await?;
                journal.seconds.upgrade = since(begun);
                Step::Upgraded
            }
            Step::Upgraded => {
                untouched(&pair, journal).await?;
                Step::Settling
            }
            Step::Settling => {
                let evidence = journal.evidence.clone().unwrap_or_default();
                let title = "bring it up to date and compare";
                journal.settled = Some(told(observer, title, pair.settle(&evidence)).await?);
                journal.transaction = next_transaction(&pair.new_keeper()).await?;
                journal.seconds.settle = since(begun);
                Step::Settled
            }
            Step::Settled => Step::Swapping,
            Step::Swapping => {
                // Each server refuses the other's folder: with both registered, the exchange alone decides which one starts.
                if let Some(one) = &journal.registration {
                    one.add(order.from.major, order.to.major)?;
                }
                if major_in(&site.data) == Some(order.from.major) {
                    untouched(&pair, journal).await?;
                    told(observer, "put it in its place", async { exchange(site) }).await?;
                }
                if let Some(one) = &journal.registration {
                    one.take_out(order.from.major)?;
                }
                journal.seconds.open = since(begun);
                Step::Swapped
            }
            Step::Swapped => {
                if journal.ran && !order.leave_stopped {
                    let keeper = Keeper { data: &site.data, ..pair.new_keeper() };
                    let title = format!("start PostgreSQL {}", order.to.major);
                    told(observer, &title, start_in_place(order, &keeper, journal)).await?;
                }
                journal.seconds.open += since(begun);
                Step::Open
            }
            Step::Open | Step::RollingBack | Step::Finishing => break,
        };
        journal.enter(next, site)?;
    }
    watch.dismiss();
    Ok(())
}

/// Nobody has started the old server since it was looked at: what they write is not in the new cluster.
async fn untouched(pair: &Pair<'_>, journal: &Journal) -> Result<()> {
    let runs = cluster::at(&pair.old)?.running().is_some();
    if !runs && (journal.old_transaction.is_none() || pair.old_transaction().await? == journal.old_transaction) {
        return Ok(());
    }
    let what = if runs { "started the old server" } else { "written to the old cluster" };
    let message = format!("somebody has {what} while it was upgraded");
    Err(Error::new(ErrorKind::Verification, message).hint("see to it that nothing starts it, and upgrade once more"))
}

/// Statistics by a good look, now that the service is up: 18 keeps all but those of CREATE STATISTICS. Plans are worse until then,
/// and nothing is wrong.
async fn freshen(order: &Order<'_>, site: &Site) {
    let fresh = async {
        let cluster = cluster::at(&site.data)?;
        let order = Order { cluster: &cluster, ..*order };
        let (target, mut session) = live(&order).await?;
        let databases = databases_of(&mut session).await?;
        Box::new(session).close().await;
        for dbname in databases {
            let mut session = open(&PostgresTarget { dbname, ..target.clone() }, &order).await?;
            let tables = match order.to.major {
                18.. => session.query(EXTENDED).await?,
                _ => vec![vec![Some(String::new())]],
            };
            for table in tables.into_iter().flatten().flatten() {
                session.query(&format!("ANALYZE {table}")).await?;
            }
            Box::new(session).close().await;
        }
        Ok(())
    };
    let done: Result<()> = told(order.context.observer.as_ref(), "statistics", fresh).await;
    if let Err(error) = done {
        let message = format!("statistics are not fresh, ANALYZE makes them so: {}", error.one_line());
        order.context.observer.event(Event::Warning { message: &message });
    }
}

const EXTENDED: &str = "SELECT DISTINCT stxrelid::regclass::text FROM pg_catalog.pg_statistic_ext ORDER BY 1";

/// What a server has in memory is written before it is stopped, while it still serves. It matters to nobody where that fails.
async fn checkpoint(order: &Order<'_>) {
    if let Ok((_, mut session)) = live(order).await {
        let _ = session.query("CHECKPOINT").await;
        Box::new(session).close().await;
    }
}
