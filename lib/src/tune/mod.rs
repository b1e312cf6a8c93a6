//! A server's settings for the machine that it runs on: what they would be and why, tried on a private server before anything is
//! changed, set by ALTER SYSTEM, and had back.
//!
//! The formulas are in `tune/settings`, one file each. Why it is so is in `docs/design/server.md`.

mod amount;
mod apply;
mod ground;
mod machine;
mod now;
mod plan;
mod profile;
mod record;
mod reset;
mod settings;
mod trial;

pub use amount::Amount;
pub use apply::{Hands, Holds, Set, apply};
pub use ground::{Disk, Ground};
pub use machine::{Machine, Told};
pub use plan::{Change, TunePlan, Wanted};
pub use profile::Profile;
pub use reset::{WayBack, reset, way_back};
pub use settings::{SETTINGS, Setting};
pub use trial::{SharedMemory, Trial};

use std::path::Path;

use serde::Serialize;

use crate::disk::Hardware;
use crate::engine::{Context, Session};
use crate::error::Result;
use now::Now;

/// Where private servers are made, and from what.
pub struct Workplace<'a> {
    /// The value of PATH.
    pub search_path: &'a str,
    /// Where temporary folders are made.
    pub temporary: &'a Path,
    /// The machine's own files.
    pub hardware: &'a Hardware,
    /// Hears what is done.
    pub context: &'a Context,
}

/// A tuned setting as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Where that comes from, as `pg_settings` says.
    pub source: String,
    /// Another value waits for a restart.
    pub pending_restart: bool,
}

/// How the server is set, as far as it depends on the machine.
///
/// # Errors
/// It is an SQLite file.
pub async fn show(session: &mut dyn Session) -> Result<Vec<Shown>> {
    let now = Now::read(session).await?;
    let names = ["max_connections"].into_iter().chain(SETTINGS.iter().map(|setting| setting.name));
    let shown = |name: &'static str| {
        let setting = now.settings.get(name)?;
        Some(Shown {
            name,
            value: now.amount(name).map_or_else(|| setting.value.clone(), |amount| amount.to_string()),
            source: setting.source.clone(),
            pending_restart: setting.pending,
        })
    };
    Ok(names.filter_map(shown).collect())
}

/// What the server would be set to; a private server was started with it.
///
/// # Errors
/// [`ErrorKind::Refused`](crate::ErrorKind::Refused): the machine is another one and was not told, or PostgreSQL would not start
/// with that. [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): it is an SQLite file.
pub async fn plan(session: &mut dyn Session, told: &Told, wanted: &Wanted, at: &Workplace<'_>) -> Result<TunePlan> {
    let now = Now::read(session).await?;
    plan::refuse_for_standbys(&now, wanted)?;
    let machine = Machine::find(at.hardware, &now, told)?;
    let (changes, kept) = plan::changes(&now, &machine, wanted);
    let trial = match changes.is_empty() {
        true => Trial::NotMade("nothing would be changed".to_owned()),
        false => trial::trial(&now, &changes, &machine, at).await?,
    };
    Ok(TunePlan {
        profile: wanted.profile.unwrap_or_default(),
        connections: wanted.connections.unwrap_or_else(|| now.count("max_connections")),
        own: now.own(),
        untried: now.untried(),
        kernel: plan::kernel(&now, &machine, &trial),
        plan: plan::statements(&now, &session.server().database, &changes),
        machine,
        changes,
        kept,
        trial,
    })
}
