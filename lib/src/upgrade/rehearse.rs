//! The real upgrade of a copy of the whole cluster, while the cluster is in use: whether it goes through, and how long it takes.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::blockers::bytes_in;
use super::journal::Programs;
use super::pair::Pair;
use super::probe::Probe;
use super::seconds::since;
use super::servers::{live, socket_folder};
use super::site::remove;
use super::{Journal, Method, Order, Seconds, Settled, Site};
use crate::disk::free_bytes;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};
use crate::tool::{Keeper, give_like, way_is_open};

/// A second server beside the real one must not want what that one has.
const BESIDES: [&str; 2] = ["shared_buffers=64MB", "huge_pages=off"];

/// Debian's pg_ctlcluster looks only after so many seconds whether the server that it has started is up.
const DEBIANS_START: f64 = 2.0;

/// What came of a rehearsal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rehearsed {
    /// The cluster's own number.
    pub system: String,
    /// The old version.
    pub from: Programs,
    /// The new one.
    pub to: Programs,
    /// How the rows came over.
    pub method: Method,
    /// When.
    pub at: String,
    /// Bytes of the copy.
    pub bytes: u64,
    /// How long the copy took, while the cluster was in use.
    pub copied: f64,
    /// How long nobody could have connected, part by part.
    pub seconds: Seconds,
    /// All of it: the downtime to expect.
    pub downtime: f64,
    /// What was done to the new cluster, and compared.
    pub settled: Settled,
}

impl Rehearsed {
    /// The last one, where it can be read.
    pub(super) fn last(site: &Site) -> Option<Self> {
        serde_json::from_str(&std::fs::read_to_string(site.rehearsal()).ok()?).ok()
    }

    /// Whether it was one of `order`, on the cluster with the number `system`.
    pub(super) fn is_of(&self, order: &Order<'_>, system: &str) -> bool {
        self.system == system
            && self.from == Programs::from(order.from)
            && self.to == Programs::from(order.to)
            && self.method == order.method
    }
}

/// Copies the running cluster with pg_basebackup, upgrades the copy by the same steps as the real one, and throws it away. The copy
/// is made in `folder`, which must be on the disk of the data folder where the time is to be that of the real upgrade; else beside
/// the data folder.
///
/// # Errors
/// As [`plan`](super::plan); there is no room; the copy cannot be made; or a step fails, as it would in the real upgrade.
pub async fn rehearse(order: &Order<'_>, folder: Option<&Path>) -> Result<Rehearsed> {
    let (checked, probe) = super::check::examined(order).await?;
    checked.demand()?;
    let Some(probe) = probe else {
        return Err(Error::new(ErrorKind::Unreachable, "the cluster could not be looked into"));
    };
    if order.cluster.running().is_none() {
        let message = format!("the server of {} does not run, and a running one is copied", order.cluster.name);
        return Err(Error::new(ErrorKind::Refused, message).hint("start it; or upgrade: it is down already"));
    }
    let site = Site::of(&order.cluster.data);
    site.make()?;
    let (lock, another) = Journal::hold(&site).await?;
    if another.is_some() {
        let message = format!("an upgrade of {} was begun meanwhile", order.cluster.name);
        return Err(Error::new(ErrorKind::Locked, message));
    }
    let root = match folder {
        // Two clusters may be rehearsed at once. A server says where it works by its real path.
        Some(folder) => {
            let real = std::fs::canonicalize(folder).map_err(|error| Error::io("find", folder, error))?;
            way_is_open(&real, &site.data)?;
            real.join(format!("mainstay-rehearsal-{}", probe.system))
        }
        None => site.work.join("rehearsal"),
    };
    remove(&root)?;
    room(&root, checked.bytes, order.method)?;
    std::fs::DirBuilder::new().mode(0o700).create(&root).map_err(|error| Error::io("make the folder", &root, error))?;
    let scrap = Scrap(&root);
    give_like(&root, &site.data)?;
    let rehearsed = on_a_copy(order, &site, &lock, &probe, &root).await?;
    drop(scrap);
    let text = serde_json::to_string_pretty(&rehearsed).map_err(std::io::Error::from);
    let text = text.map_err(|error| Error::io("write", &site.rehearsal(), error))?;
    site.write(&site.rehearsal(), &(text + "\n"))?;
    Ok(rehearsed)
}

/// The folder of the copy: gone with the value, also when somebody interrupts us.
struct Scrap<'a>(&'a Path);

impl Drop for Scrap<'_> {
    fn drop(&mut self) {
        // The next one begins with that.
        let _ = remove(self.0);
    }
}

/// The copy, and by copying another one.
fn room(root: &Path, bytes: u64, method: Method) -> Result<()> {
    let above = root.parent().unwrap_or(root);
    let wanted = if method == Method::Copy { 2 * bytes } else { bytes } + (128 << 20);
    match free_bytes(above) {
        Some(free) if free < wanted => {
            let message = format!(
                "{} has {} MB free, and a rehearsal takes about {} MB for a while",
                above.display(),
                free >> 20,
                wanted >> 20
            );
            Err(Error::new(ErrorKind::Refused, message).hint("name a folder with more room: --in DIR"))
        }
        _ => Ok(()),
    }
}

async fn on_a_copy(
    order: &Order<'_>,
    site: &Site,
    lock: &std::fs::File,
    probe: &Probe,
    root: &Path,
) -> Result<Rehearsed> {
    let observer = order.context.observer.as_ref();
    let socket = socket_folder(order, site)?;
    let pair = Pair {
        order,
        site,
        old: root.join("old"),
        new: root.join("new"),
        lock,
        socket: socket.path(),
        user: &probe.user,
        outside: probe.outside.as_deref(),
        besides: &BESIDES,
    };
    let watch = pair.watch()?;
    let copied = told(observer, "copy the cluster", copy(order, &pair, probe, root)).await?;
    told(observer, "make a new cluster", pair.make_new(probe)).await?;
    // The copy is of a running server: it recovers first, which the real one does not have to.
    let stop = told(observer, "start and stop the copy", pair.recover()).await?;
    let begun = Instant::now();
    let evidence = told(observer, "look at what it has", pair.survey()).await?;
    let survey = since(begun);
    let begun = Instant::now();
    told(observer, "pg_upgrade", pair.upgrade()).await?;
    let upgrade = since(begun);
    let begun = Instant::now();
    let settled = told(observer, "bring it up to date and compare", pair.settle(&evidence)).await?;
    let settle = since(begun);
    let mut open = told(observer, "start it", pair.start_once()).await?;
    if order.cluster.debian.is_some() {
        open += DEBIANS_START;
    }
    let seconds = Seconds { stop, survey, upgrade, settle, open };
    watch.dismiss();
    Ok(Rehearsed {
        system: probe.system.clone(),
        from: order.from.into(),
        to: order.to.into(),
        method: order.method,
        at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        bytes: bytes_in(&pair.old),
        copied,
        seconds,
        downtime: seconds.total(),
        settled,
    })
}

async fn copy(order: &Order<'_>, pair: &Pair<'_>, probe: &Probe, root: &Path) -> Result<f64> {
    let begun = Instant::now();
    let (target, session) = live(order).await?;
    Box::new(session).close().await;
    let places = probe.tablespaces.iter().enumerate();
    let elsewhere: Vec<(PathBuf, PathBuf)> =
        places.map(|(number, place)| (place.clone(), root.join(format!("space-{number}")))).collect();
    // A newer pg_basebackup copies from an older server too, where the old programs have none.
    let binaries = if order.from.program("pg_basebackup").is_file() { order.from } else { order.to };
    let keeper = Keeper { binaries, ..pair.old_keeper() };
    keeper.copy_of(&target, &elsewhere).await.map_err(|error| {
        error
            .context("the cluster cannot be copied while it runs")
            .hint("pg_hba.conf needs a line for replication by the superuser, and wal_level must not be minimal")
    })?;
    Ok(since(begun))
}

/// Tells of a step.
pub(super) async fn told<T>(observer: &dyn Observer, title: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let begun = Instant::now();
    observer.event(Event::StepStarted { title });
    let done = work.await?;
    observer.event(Event::StepDone { title, took: begun.elapsed() });
    Ok(done)
}
