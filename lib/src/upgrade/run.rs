//! The upgrade itself: one step after the other, each written down before it is begun, so that whoever comes after a kill goes on.

use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::blockers::folders_of;
use super::debian::Registration;
use super::pair::{Pair, quiet};
use super::rehearse::told;
use super::rollback::undo;
use super::seconds::since;
use super::servers::{databases_of, live, open, socket_folder};
use super::site::remove;
use super::swap::{
    exchange, is_ours, log_of, major_in, mend, next_transaction, options_of, start_in_place, stop_in_place,
};
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

/// Upgrades the cluster of `order`, or goes on with the upgrade of it that was broken off. What fails before the new cluster is in its
/// place is taken back, and the old server started again; a link's door alone closes before.
///
/// # Errors
/// [`ErrorKind::Refused`]: something is in the way, or consent is missing: nothing was stopped. [`ErrorKind::Locked`]: another upgrade of
/// it is at work. [`ErrorKind::Verification`]: the new cluster does not have what the old one has.
pub async fn run(order: &Order<'_>, consent: &Consent) -> Result<Upgraded> {
    let site = Site::of(&order.cluster.data);
    let before = Journal::read(&site)?.filter(Journal::is_under_way);
    match before {
        Some(journal) => go_on(order, &site, journal).await,
        None => begin(order, &site, consent).await,
    }
}

async fn begin(order: &Order<'_>, site: &Site, consent: &Consent) -> Result<Upgraded> {
    let (checked, probe) = super::check::examined(order).await?;
    let plan = super::plan::of(order, &checked, probe.as_ref())?.0;
    consent.check_plan(&plan.plan, true, false, "mainstay upgrade plan")?;
    let Some(probe) = probe else {
        return Err(Error::new(ErrorKind::Unreachable, "the cluster could not be looked into"));
    };
    for finding in &checked.findings {
        let message = format!("{}: {} ({})", finding.found.object, finding.title, finding.blocker);
        order.context.observer.event(Event::Warning { message: &message });
    }
    site.make()?;
    let lock = site.lock().await?;
    let mut journal = Journal::begin(Step::Preparing, order.from, order.to, order.method, probe);
    journal.ran = order.cluster.running().is_some();
    journal.registration = Registration::of(order.cluster);
    journal.options = options_of(&site.data);
    journal.log = log_of(order.cluster);
    journal.enter(Step::Preparing, site)?;
    forward(order, site, &lock, journal, false).await
}

async fn go_on(order: &Order<'_>, site: &Site, mut journal: Journal) -> Result<Upgraded> {
    let lock = site.lock().await?;
    mend(site)?;
    match journal.step {
        Step::Open => {
            let message = format!("{} is upgraded already", order.cluster.name);
            return Err(
                Error::new(ErrorKind::Refused, message).hint("mainstay upgrade finish, or mainstay upgrade rollback")
            );
        }
        Step::RollingBack => return Err(under_way("taken back", "mainstay upgrade rollback")),
        Step::Finishing => return Err(under_way("finished", "mainstay upgrade finish")),
        _ => {}
    }
    let keeper = |data| Keeper { binaries: order.to, data, like: &site.data, lock: Some(&lock) };
    let aside = site.aside();
    if journal.step < Step::Swapping {
        quiet(&keeper(&aside)).await?;
        if order.cluster.running().is_some() && !is_ours(site) {
            // Somebody has started the old server meanwhile, maybe in another way.
            journal.ran = true;
            journal.options = options_of(&site.data);
        }
        // What was made of the old cluster is only worth as much as nobody has written to that since, and nobody knows: once more.
        if !(journal.method == Method::Link && journal.step >= Step::Settling) {
            super::rollback::enable(&site.data)?;
            journal.enter(Step::Preparing, site)?;
        } else {
            journal.enter(Step::Settling, site)?;
        }
    }
    forward(order, site, &lock, journal, true).await
}

fn under_way(what: &str, command: &str) -> Error {
    Error::new(ErrorKind::Refused, format!("the upgrade is being {what}")).hint(format!("go on with that: {command}"))
}

/// Goes from the journal's step to the last one. What fails is taken back as far as there is a way.
async fn forward(order: &Order<'_>, site: &Site, lock: &File, mut journal: Journal, resumed: bool) -> Result<Upgraded> {
    let done = steps(order, site, lock, &mut journal).await;
    if let Err(error) = done {
        let closed = journal.method == Method::Link && journal.step >= Step::Settling;
        if closed || journal.step >= Step::Swapping {
            return Err(error.half_done().hint("go on: mainstay upgrade run"));
        }
        let step = journal.step;
        return Err(match undo(order, site, lock, &journal).await {
            Ok(()) if step <= Step::Stopping => error.hint("the old cluster is as it was"),
            Ok(()) => error.hint("the old cluster is as it was, and runs where it ran before"),
            Err(second) => error.half_done().source(second).hint("take it back: mainstay upgrade rollback"),
        });
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
                for folder in probe.tablespaces.iter().flat_map(|place| folders_of(place, order.to.major)) {
                    remove(&folder)?;
                }
                told(observer, "make a new cluster", pair.make_new(&probe)).await?;
                if journal.ran {
                    checkpoint(order).await;
                }
                Step::Stopping
            }
            Step::Stopping => {
                let title = format!("stop PostgreSQL {}", order.from.major);
                told(observer, &title, stop_in_place(order, &pair.old_keeper(), site, journal)).await?;
                journal.seconds.stop = since(begun);
                Step::Surveying
            }
            Step::Surveying => {
                journal.evidence = Some(told(observer, "look at what it has", pair.survey()).await?);
                journal.seconds.survey = since(begun);
                Step::Upgrading
            }
            Step::Upgrading => {
                told(observer, "pg_upgrade", pair.upgrade()).await?;
                journal.seconds.upgrade = since(begun);
                Step::Upgraded
            }
            Step::Upgraded => Step::Settling,
            Step::Settling => {
                let evidence = journal.evidence.clone().unwrap_or_default();
                let title = "bring it up to date and compare";
                journal.settled = Some(told(observer, title, pair.settle(&evidence)).await?);
                journal.transaction = Some(next_transaction(&pair.new_keeper()).await?);
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

/// Statistics by a good look, now that the service is up: 18 keeps all but those of CREATE STATISTICS. Plans are worse until then, and
/// nothing is wrong.
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
