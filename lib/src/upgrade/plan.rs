//! What an upgrade would do, step by step, before anything is done.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::check::Checked;
use super::probe::Probe;
use super::{Method, Order, Rehearsed, Site};
use crate::error::Result;
use crate::plan::{Action, Hazard, Plan, PlanKind, Risk, Step};

/// What an upgrade would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpgradePlan {
    /// The databases of the cluster.
    pub databases: Vec<String>,
    /// The last rehearsal of the same upgrade, where there was one.
    pub rehearsed: Option<Rehearsed>,
    /// The steps and their hazards. The hash covers the cluster's own number, both versions and the method.
    pub plan: Plan,
}

/// Looks for what is in the way, and says what would be done.
///
/// # Errors
/// As [`check`](super::check), and [`ErrorKind::Refused`](crate::ErrorKind::Refused) where something is in the way.
pub async fn plan(order: &Order<'_>) -> Result<UpgradePlan> {
    let (checked, probe) = super::check::examined(order).await?;
    Ok(of(order, &checked, probe.as_ref())?.0)
}

/// The plan of what was looked at, and what the old cluster is like.
pub(super) fn of<'p>(
    order: &Order<'_>,
    checked: &Checked,
    probe: Option<&'p Probe>,
) -> Result<(UpgradePlan, Option<&'p Probe>)> {
    checked.demand()?;
    let site = Site::of(&order.cluster.data);
    let system = probe.map(|probe| probe.system.as_str()).unwrap_or_default();
    let rehearsed = Rehearsed::last(&site).filter(|last| last.is_of(order, system));
    let state = format!("{system} {} {} {}", order.from.version, order.to.version, order.method.word());
    let state = blake3::hash(state.as_bytes()).to_hex().to_string();
    let plan = Plan {
        kind: PlanKind::Upgrade,
        database: order.cluster.name.clone(),
        state,
        steps: steps(order, &site, probe),
    };
    Ok((UpgradePlan { databases: checked.databases.clone(), rehearsed, plan }, probe))
}

fn steps(order: &Order<'_>, site: &Site, probe: Option<&Probe>) -> Vec<Step> {
    let (from, to) = (order.from.major, order.to.major);
    let (data, aside) = (site.data.display().to_string(), site.aside().display().to_string());
    let pair = |option: &str, value: &str| vec![option.to_owned(), value.to_owned()];
    let init = probe.map(|probe| probe.init_options(to)).unwrap_or_default();
    let mut steps = vec![
        program(
            "make a new cluster beside the old one",
            &order.to.program("initdb"),
            [pair("-D", &aside), init].concat(),
            &["like the old one, with its configuration, and starts it once with that"],
        ),
        program(
            &format!("stop PostgreSQL {from}"),
            &order.from.program("pg_ctl"),
            [pair("stop", "-D"), vec![data.clone(), "--mode=fast".to_owned()]].concat(),
            &["from here on nobody can connect"],
        ),
        program(
            "look at what the old cluster has",
            &order.to.program("pg_dump"),
            vec!["--schema-only".to_owned()],
            &["on a private socket: the text of every schema, and digests of sampled rows"],
        ),
        program(
            "upgrade",
            &order.to.program("pg_upgrade"),
            [pair("-d", &data), pair("-D", &aside), vec![order.method.option().to_owned()]].concat(),
            &[],
        ),
        program(
            "bring the new cluster up to date and compare it",
            &order.to.program("postgres"),
            pair("-D", &aside),
            &[
                "on a private socket: extensions, indexes of changed collations, statistics",
                "schemas and sampled rows are those of the old one",
            ],
        ),
        Step {
            title: "put the new cluster in its place".to_owned(),
            action: Action::Move { from: aside, to: data.clone() },
            risks: Vec::new(),
            effects: Vec::new(),
        },
    ];
    let starts = order.cluster.running().is_some() && !order.leave_stopped;
    if starts {
        let does = ["the old cluster stays aside until `upgrade finish`, and `upgrade rollback` puts it back"];
        steps.push(program(
            &format!("start PostgreSQL {to}"),
            &order.to.program("pg_ctl"),
            pair("start", &data),
            &does,
        ));
    }
    if order.method == Method::Link {
        let reason =
            "starts on the files of the old cluster, which is of no use from then on: the way back is a backup";
        steps[4].risks.push(Risk::new(Hazard::NoWayBack, reason, 0));
    }
    steps
}

fn program(title: &str, program: &Path, args: Vec<String>, does: &[&str]) -> Step {
    Step {
        title: title.to_owned(),
        action: Action::Program {
            program: program.display().to_string(),
            args,
            does: does.iter().map(|one| (*one).to_owned()).collect(),
        },
        risks: Vec::new(),
        effects: Vec::new(),
    }
}
