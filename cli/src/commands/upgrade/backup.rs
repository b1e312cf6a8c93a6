//! A proven backup before an upgrade: of the service's own database, and a word on those that it does not cover.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use mainstay::cluster::Cluster;
use mainstay::conn::{Address, PostgresTarget, Target};
use mainstay::observer::{Event, Observer};
use mainstay::store::{self, Listed};
use mainstay::upgrade::Method;
use mainstay::{Error, ErrorKind, drill};
use serde::Serialize;

use super::which::Ground;
use crate::context::Context;
use crate::error::CliError;
use crate::output::words::printable;
use crate::reach::{self, Identities};

/// A proven backup of this age will do.
const RECENT: Duration = Duration::from_secs(24 * 60 * 60);

/// What there is to fall back on.
#[derive(Args, Clone)]
pub(super) struct Insurance {
    /// Whether the service's database is backed up first, and the backup proven by a drill
    #[arg(long, value_name = "WHEN", default_value = "before")]
    backup: When,
}

/// When a backup is taken.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    /// Now
    Before,
    /// Only where none of the last 24 hours is proven
    Recent,
    /// Not at all
    Never,
}

/// What an upgrade takes before it begins, to fall back on.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ahead {
    /// A backup of the service's database, proven by a drill.
    Taken { database: String, store: String },
    /// Nothing, since this one is there.
    Proven { id: String },
    /// Nothing, and why.
    None { why: &'static str },
}

impl Ahead {
    /// The line of a plan.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Taken { database, store } => {
                format!("first: a backup of {} to {}, proven by a drill", printable(database), printable(store))
            }
            Self::Proven { id } => format!("first: no backup, since {id} is proven"),
            Self::None { why } => format!("first: no backup, since {why}"),
        }
    }
}

impl Insurance {
    /// What [`take`] would do.
    pub(super) async fn ahead(&self, ground: &Ground, context: &Context) -> Result<Ahead, CliError> {
        if self.backup == When::Never {
            return Ok(Ahead::None { why: "--backup never leaves it out" });
        }
        let Some(target) = own_target(&ground.cluster, context)? else {
            return Ok(Ahead::None { why: "the service's database is not on this cluster, or is not named" });
        };
        let store = reach::builder(context)?.backup_store(None)?;
        let proven = match self.backup {
            When::Recent => store::newest(store.as_ref(), &target.dbname).await?.proven.filter(is_recent),
            _ => None,
        };
        Ok(match proven {
            Some(listed) => Ahead::Proven { id: listed.id },
            None => Ahead::Taken { database: target.dbname, store: store.describe() },
        })
    }
}

/// Takes a backup of the service's database and proves it, where that is on the cluster; says which of `databases` are not covered.
pub(super) async fn take(
    insurance: &Insurance,
    identities: &Identities,
    ground: &Ground,
    databases: &[String],
    context: &Context,
) -> Result<(), CliError> {
    let own = if insurance.backup == When::Never { None } else { own_target(&ground.cluster, context)? };
    let covered = own.map(|target| target.dbname);
    let is_own = |name: &String| !matches!(name.as_str(), "postgres" | "template1") && Some(name) != covered.as_ref();
    let open: Vec<&str> = databases.iter().filter(|name| is_own(name)).map(String::as_str).collect();
    if !open.is_empty() {
        let instead = match ground.method {
            Method::Link => "and with --link nothing else does",
            _ => "the old cluster does until `upgrade finish`",
        };
        let message = format!("no backup of ours covers {}: {instead}", open.join(", "));
        context.observer.event(Event::Warning { message: &message });
    }
    let Ahead::Taken { database: name, .. } = insurance.ahead(ground, context).await? else { return Ok(()) };
    let database = reach::builder(context)?.build()?;
    let store = database.backup_store(None)?;
    let taken = database.create_backup(&database.backup_order(store.as_ref())).await?;
    let found = store::find(store.as_ref(), &taken.manifest.id, Some(&name)).await?;
    let unlocking = identities.unlocking(context)?;
    let order = drill::Order { unlocking: Some(&unlocking), ..database.drill_order() };
    let drilled = drill::drill(Arc::clone(&store), &found, &order).await?;
    if drilled.proven {
        context.observer.line(&format!("backup {} is proven", drilled.id));
        return Ok(());
    }
    let message = format!("backup {} did not come out as it was taken: nothing was stopped", drilled.id);
    Err(Error::new(ErrorKind::Verification, message).hint(format!("mainstay backup verify {}", drilled.id)).into())
}

/// The target of mainstay.toml and the environment, where it is on this cluster.
fn own_target(cluster: &Cluster, context: &Context) -> Result<Option<PostgresTarget>, CliError> {
    let target = match reach::builder(context)?.resolve() {
        Ok(resolved) => resolved.target,
        Err(error) if error.kind() == ErrorKind::NoTarget => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Target::Postgres(target) = target else { return Ok(None) };
    let here = |address: &Address| match address {
        Address::Socket(folder) => cluster.socket.as_ref() == Some(folder),
        Address::Tcp { name, ip } => {
            matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1") || ip.is_some_and(|ip| ip.is_loopback())
        }
    };
    let is_on = target.hosts.iter().any(|host| Some(host.port) == cluster.port && here(&host.address));
    Ok((is_on && cluster.running().is_some()).then_some(target))
}

fn is_recent(listed: &Listed) -> bool {
    let started: Option<jiff::Timestamp> = listed.started.parse().ok();
    let age = started.and_then(|started| Duration::try_from(jiff::Timestamp::now().duration_since(started)).ok());
    age.is_some_and(|age| age < RECENT)
}
