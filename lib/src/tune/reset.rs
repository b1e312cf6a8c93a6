//! The way back: what was set before.

use std::time::Instant;

use serde::Serialize;

use super::apply::{Hands, entry, refuse, run, setting_back};
use super::now::{Now, written};
use super::plan::{alone, reload, state};
use super::record::{self, Record};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Plan, PlanKind};

/// What a way back does, and what it leaves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WayBack {
    /// The statements.
    pub plan: Plan,
    /// Settings that somebody has set otherwise since, which stay.
    pub left: Vec<String>,
    /// Settings that take a restart.
    pub after_restart: Vec<String>,
}

/// What brings back what was set before the first [`apply`](super::apply()).
///
/// # Errors
/// [`ErrorKind::NotFound`]: nothing was set from here. The role may not read the server's files.
pub async fn way_back(admin: &mut dyn Session, owner: &mut dyn Session) -> Result<WayBack> {
    refuse(admin, owner).await?;
    let now = Now::read(admin).await?;
    let remembered = record::read(owner).await?;
    if remembered.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, "no setting was changed by mainstay tune apply")
            .hint("how the server is set: mainstay tune show"));
    }
    let names: Vec<&str> = remembered.keys().map(String::as_str).collect();
    let there = written(admin, &names).await?;
    let ours = |name: &&String| there.get(*name).is_some_and(|value| remembered[*name].set.contains(value));
    // One that was never reached has its old value still.
    let untouched = |name: &&String| there.get(*name) == remembered[*name].before.as_ref();
    let back: Vec<&String> = remembered.keys().filter(ours).collect();
    let left = remembered.keys().filter(|name| !ours(name) && !untouched(name)).cloned().collect();
    let restarts = |name: &&&String| now.settings.get(name.as_str()).is_some_and(|setting| setting.restart);
    let after_restart = back.iter().filter(restarts).map(|name| (*name).clone()).collect();
    let mut steps: Vec<_> = back
        .iter()
        .map(|name| {
            let before = remembered[*name].before.as_deref();
            let title = match before {
                Some(value) => format!("set {name} to {value} again"),
                None => format!("set {name} no longer"),
            };
            alone(title, setting_back(name, before))
        })
        .collect();
    if !steps.is_empty() {
        steps.push(reload());
    }
    let database = owner.server().database.clone();
    let plan = Plan { kind: PlanKind::Tune, database, state: state(&now, &[]), steps };
    Ok(WayBack { plan, left, after_restart })
}

/// Goes `back`.
///
/// # Errors
/// [`ErrorKind::Refused`]: the settings are not those that it was made for. A statement fails: nothing has changed.
pub async fn reset(hands: Hands<'_>, back: &WayBack) -> Result<()> {
    let started = Instant::now();
    let Hands { admin, owner, observer, host } = hands;
    if way_back(admin, owner).await? != *back {
        return Err(Error::new(ErrorKind::Refused, "the server's settings have changed meanwhile")
            .hint("nothing was set; look at it again: mainstay tune reset --dry-run"));
    }
    let names: Vec<String> = record::read(owner).await?.into_keys().collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let there = written(admin, &names).await?;
    run(admin, &back.plan, &there, observer).await?;
    let told: Vec<&str> = back.plan.steps.iter().map(|step| step.title.as_str()).collect();
    record::write(owner, &Record::new(), Some(&entry("tune reset", told.join(", "), host, started))).await
}
