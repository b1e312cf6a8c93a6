//! What is in the way, found while the old server runs: by our own looks, and by `pg_upgrade --check` as the last word.

use serde::Serialize;

use super::blockers::{Found, bytes_in};
use super::facts::machine;
use super::look::Look;
use super::probe::Probe;
use super::servers::socket_folder;
use super::{Journal, Method, Order, Site, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Severity;
use crate::tool::Watch;

/// What was looked at, and what is in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The cluster.
    pub cluster: String,
    /// Its version, in full.
    pub from: String,
    /// The new version, in full.
    pub to: String,
    /// How the rows would come over.
    pub method: Method,
    /// What is in the way, the worst first.
    pub findings: Vec<Finding>,
    /// How many looks were taken.
    pub checks: usize,
    /// Looks that were not taken, each with the reason.
    pub left_out: Vec<(&'static str, String)>,
    /// Whether pg_upgrade itself says that they fit; `None` where it could not be asked.
    pub fits: Option<bool>,
    /// The databases.
    pub databases: Vec<String>,
    /// Bytes of the cluster.
    pub bytes: u64,
    /// The command that shows all of it.
    #[serde(skip)]
    again: String,
}

/// Something that is in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The blocker's name.
    pub blocker: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub title: &'static str,
    /// In which database, where it is in one.
    pub database: Option<String>,
    /// With what.
    #[serde(flatten)]
    pub found: Found,
    /// What comes of it.
    pub why: &'static str,
}

impl Checked {
    /// Whether nothing keeps the cluster from being upgraded.
    pub fn is_clear(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }

    /// The refusal, where something does.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`], with what is in the way.
    pub fn demand(&self) -> Result<()> {
        let errors: Vec<_> = self.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let Some(first) = errors.first() else { return Ok(()) };
        let told = |finding: &&Finding| format!("{}: {} ({})", finding.found.object, finding.title, finding.blocker);
        let message = format!("{} cannot be upgraded: {}", self.cluster, told(first));
        let error = Error::new(ErrorKind::Refused, message);
        let error = match errors.len() {
            1 => error.source(first.found.evidence.clone()),
            _ => error.source(errors.iter().map(told).collect::<Vec<_>>().join("\n")),
        };
        Err(error
            .hint(format!("mend it: {}", first.found.mend))
            .hint(format!("nothing was stopped; all of it: {}", self.again)))
    }
}

/// Looks for everything that is known to be in the way of `order`. The cluster is left as it is; one that does not run is started
/// on a private socket for it.
///
/// # Errors
/// [`ErrorKind::Refused`]: an upgrade of it is under way, or who connects is no superuser. It cannot be connected to, or is another
/// user's.
pub async fn check(order: &Order<'_>) -> Result<Checked> {
    Ok(examined(order).await?.0)
}

/// The same, with what the old cluster is like, where that could be seen.
pub(super) async fn examined(order: &Order<'_>) -> Result<(Checked, Option<Probe>)> {
    let site = Site::of(&order.cluster.data);
    if let Some(journal) = Journal::read(&site)? {
        let message = format!("an upgrade of {} is under way: {}", order.cluster.name, journal.step.word());
        let error = Error::new(ErrorKind::Refused, message);
        return Err(match journal.step {
            Step::Open => site.how_to_end(error),
            _ => site.how_to_go_on(error),
        });
    }
    look_at(order).await
}

/// The same while an upgrade of it is under way.
pub(super) async fn look_at(order: &Order<'_>) -> Result<(Checked, Option<Probe>)> {
    let site = Site::of(&order.cluster.data);
    let folder = socket_folder(order, &site)?;
    let new = folder.path().join("new");
    let watch = Watch::over(&folder.path().join("hba.conf"), &[&order.cluster.data, &new], None)?;
    let mut look =
        Look { order, site: &site, folder: folder.path(), machine: machine(order, &site).await?, found: Vec::new() };
    let mut checked = Checked {
        cluster: order.cluster.name.clone(),
        from: order.from.version.clone(),
        to: order.to.version.clone(),
        method: order.method,
        findings: Vec::new(),
        checks: 0,
        left_out: Vec::new(),
        fits: None,
        databases: Vec::new(),
        bytes: bytes_in(&order.cluster.data),
        again: site.command(&format!("check --to {}", order.to.major)),
    };
    let probe = look.take(&mut checked).await?;
    watch.dismiss();
    checked.findings = look.found;
    checked.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok((checked, probe))
}
