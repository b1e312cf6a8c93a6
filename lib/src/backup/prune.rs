//! Giving backups up: by the rules for keeping them, or by name. First a plan that can be read, then the removal.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::archive::manifest::MANIFEST;
use crate::config::Keep;
use crate::error::{Error, ErrorKind, Result};
use crate::retention::{Candidate, judge};
use crate::store::{Listed, State, Store, list, started};

/// What was begun longer ago than this and is not finished is nobody's work any more.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);

/// What is to be removed from a store, and why the rest stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// The store, for people.
    pub store: String,
    /// Backups to remove.
    pub remove: Vec<Removed>,
    /// Objects whose uploads were never finished, and that are given up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<String>,
    /// Backups that stay, the newest first.
    pub keep: Vec<Kept>,
}

/// A backup to remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// What is known of it; at the removal it has to be the same.
    #[serde(flatten)]
    pub backup: Listed,
    /// Why.
    pub why: String,
}

/// A backup that stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its name.
    pub id: String,
    /// Why: rules by name.
    pub why: Vec<String>,
}

impl Removal {
    /// Bytes that it sets free.
    pub fn bytes(&self) -> u64 {
        self.remove.iter().map(|removed| removed.backup.bytes).sum()
    }
}

/// What the rules of `keep` leave of the backups in `store`, those of each database for themselves. What was never finished goes a
/// day after it was begun; what cannot be read stays.
///
/// # Errors
/// The store cannot be read.
pub async fn plan_prune(store: &dyn Store, keep: Keep, now: Timestamp) -> Result<Removal> {
    let listed = list(store).await?;
    let mut of_database: BTreeMap<&str, Vec<Candidate>> = BTreeMap::new();
    let (mut why, mut removed) = (BTreeMap::new(), Vec::new());
    for backup in &listed {
        let taken: Timestamp = backup.started.parse().unwrap_or(now);
        match (backup.state, backup.database.as_deref()) {
            (State::Checked | State::Refuted | State::Proven, Some(database)) => {
                let (proven, refuted) = (backup.state == State::Proven, backup.state == State::Refuted);
                let candidate = Candidate { id: backup.id.clone(), taken, complete: true, proven, refuted };
                of_database.entry(database).or_default().push(candidate);
            }
            (State::Unfinished, _) if now.duration_since(taken) > GIVEN_UP => {
                removed.push(Removed { backup: backup.clone(), why: "never finished".to_owned() });
            }
            (State::Unfinished, _) => drop(why.insert(backup.id.clone(), vec!["not complete yet".to_owned()])),
            _ => drop(why.insert(backup.id.clone(), vec!["cannot be read".to_owned()])),
        }
    }
    for judged in of_database.values().flat_map(|backups| judge(backups, keep)) {
        let reasons: Vec<String> = judged.reasons.iter().map(|reason| reason.words().to_owned()).collect();
        why.insert(judged.id, reasons);
    }
    let mut kept = Vec::new();
    for backup in &listed {
        match why.remove(&backup.id) {
            Some(why) if why.is_empty() => {
                let why = if backup.state == State::Refuted { "it is refuted" } else { "no rule keeps it" };
                removed.push(Removed { backup: backup.clone(), why: why.to_owned() });
            }
            Some(why) => kept.push(Kept { id: backup.id.clone(), why }),
            None => {}
        }
    }
    let begun = |id: &str| started(id)?.parse::<Timestamp>().ok();
    let is_old = |id: &str| begun(id).is_some_and(|at| now.duration_since(at) > GIVEN_UP);
    let uploads = uploads(store, is_old).await?;
    Ok(Removal { store: store.describe(), remove: removed, uploads, keep: kept })
}

/// The removal of the backups called `ids`. The newest proven one of a database goes only if it is named in `even_proven` too.
///
/// # Errors
/// [`ErrorKind::NotFound`]: one is not there; [`ErrorKind::Refused`]: one is the newest proven.
pub async fn plan_delete(store: &dyn Store, ids: &[String], even_proven: &[String]) -> Result<Removal> {
    let listed = list(store).await?;
    let mut remove: Vec<Removed> = Vec::new();
    for id in ids {
        let Some(backup) = listed.iter().find(|backup| backup.id == *id) else {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no backup {id} in {}", store.describe()))
                .hint("see which there are: mainstay backup list"));
        };
        if is_newest_proven(&listed, backup) && !even_proven.contains(id) {
            return Err(Error::new(ErrorKind::Refused, format!("{id} is the newest backup that is known to restore"))
                .hint("prove a newer one first, or give this one up by name: --even-proven ID"));
        }
        if !remove.iter().any(|removed| removed.backup.id == *id) {
            remove.push(Removed { backup: backup.clone(), why: "named".to_owned() });
        }
    }
    let stays = listed.iter().filter(|backup| !remove.iter().any(|removed| removed.backup.id == backup.id));
    let keep = stays.map(|backup| Kept { id: backup.id.clone(), why: vec!["not named".to_owned()] }).collect();
    let uploads = uploads(store, |id| ids.iter().any(|one| one == id)).await?;
    Ok(Removal { store: store.describe(), remove, uploads, keep })
}

/// Removes what `plan` says, each backup's manifest first: what is left if it stops midway is no backup, and is cleaned later.
///
/// # Errors
/// A backup is not any more what it was when the plan was made ([`ErrorKind::Refused`]): nothing is removed then. The store
/// cannot be written.
pub async fn remove(store: &dyn Store, plan: &Removal) -> Result<()> {
    let listed = list(store).await?;
    for removed in &plan.remove {
        let now = listed.iter().find(|backup| backup.id == removed.backup.id);
        if now != Some(&removed.backup) {
            let message = format!("{} has changed since this was planned", removed.backup.id);
            return Err(Error::new(ErrorKind::Refused, message).hint("nothing was removed; run the command again"));
        }
    }
    for removed in &plan.remove {
        let id = &removed.backup.id;
        store.remove(&format!("{id}/{MANIFEST}")).await?;
        for object in store.list(&format!("{id}/")).await? {
            store.remove(&object.name).await?;
        }
    }
    for name in &plan.uploads {
        store.give_up(name).await?;
    }
    Ok(())
}

/// The uploads of backups whose names `wanted` takes.
async fn uploads(store: &dyn Store, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let mut uploads = store.uploads().await?;
    uploads.retain(|name| name.split_once('/').is_some_and(|(id, _)| wanted(id)));
    Ok(uploads)
}

fn is_newest_proven(listed: &[Listed], backup: &Listed) -> bool {
    let mut proven = listed.iter().filter(|other| other.state == State::Proven && other.database == backup.database);
    proven.next().is_some_and(|newest| newest.id == backup.id)
}
