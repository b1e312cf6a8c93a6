//! A drill of a PostgreSQL backup: into a scratch database, on the target's server or a private one.

use std::sync::Arc;

use crate::archive::manifest::Manifest;
use crate::archive::rights::Rights;
use crate::conn::{PostgresTarget, Target};
use crate::engine::{Session, connect, postgres};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::restore::{self, Backup, Birth, Consent, Options, Owners, Servers, Way};
use crate::scratch::{HASTE, ScratchServer, server_programs};
use crate::sql::qualified;
use crate::store::{Found, Store};

use super::found::{Outcome, judged};
use super::{Ground, Order};

const SAME_SERVER: &str = "a scratch database on the target's server";
const PRIVATE: &str = "a private server";

pub(super) async fn drill(store: &Arc<dyn Store>, found: &Found, order: &Order<'_>) -> Result<Outcome> {
    if order.ground != Ground::Private {
        match on_server(order).await {
            Ok((servers, version)) => return restored(store, found, order, &servers, version, SAME_SERVER).await,
            Err(error) if order.ground == Ground::Server => return Err(error),
            Err(error) => {
                let message = format!("a private server is made for the drill: {}", error.message());
                order.context.observer.event(Event::Warning { message: &message });
            }
        }
    }
    privately(store, found, order).await
}

/// The target's server and its version, where databases may be made on it.
async fn on_server<'a>(order: &Order<'a>) -> Result<(Servers<'a>, String)> {
    let Target::Postgres(target) = order.target else {
        let message = format!("{} is on no PostgreSQL server", order.target.describe());
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("on a private server: --on private; on another one: --url postgresql://HOST/NAME"));
    };
    let admin = match order.admin {
        Some(Target::Postgres(admin)) => Some(admin),
        _ => None,
    };
    let servers = Servers { target, admin, context: order.context };
    let version = restore::maker_version(&servers).await?;
    Ok((servers, version))
}

/// On a server that is made for it, of the version that the backup is from where this machine has it.
async fn privately(store: &Arc<dyn Store>, found: &Found, order: &Order<'_>) -> Result<Outcome> {
    let wanted = found.manifest.source.version_number / 10_000;
    let binaries = server_programs(order.search_path, Some(wanted))?;
    if binaries.major != wanted {
        let message = format!("the backup is of PostgreSQL {wanted}, the private server is {}", binaries.major);
        order.context.observer.event(Event::Warning { message: &message });
    }
    order.context.observer.event(Event::Progress { what: "starting a private server", done: 0, total: None });
    let server = ScratchServer::start(&binaries, order.temporary, &HASTE).await?;
    let target = server.target("postgres", "postgres");
    let servers = Servers { target: &target, admin: None, context: order.context };
    let version = restore::maker_version(&servers).await?;
    // Nothing on it is worth an orderly stop: dropping it ends it at once.
    restored(store, found, order, &servers, version, PRIVATE).await
}

async fn restored(
    store: &Arc<dyn Store>,
    found: &Found,
    order: &Order<'_>,
    servers: &Servers<'_>,
    version: String,
    place: &str,
) -> Result<Outcome> {
    let tried = try_out(store, found, order, servers, &version, place).await;
    judged(tried, version, place.to_owned())
}

async fn try_out(
    store: &Arc<dyn Store>,
    found: &Found,
    order: &Order<'_>,
    servers: &Servers<'_>,
    version: &str,
    place: &str,
) -> Result<Outcome> {
    let manifest = &found.manifest;
    let mut backup = Backup::stored(Arc::clone(store), manifest.clone(), &order.unlocking()).await?;
    let mut outcome = Outcome { server: version.to_owned(), place: place.to_owned(), ..Outcome::default() };
    let expected = expected(&mut backup, servers, place, &mut outcome).await?;
    let seen = &mut outcome;
    let look = async |target: &PostgresTarget| -> Result<()> {
        let mut session = connect(&Target::Postgres(target.clone()), order.context).await?;
        let mut looked = sequences(session.as_mut(), manifest, seen).await;
        if let (Ok(()), Some(expected)) = (&looked, &expected) {
            looked = owners(session.as_mut(), manifest, expected, seen).await;
        }
        seen.compare_migration(found, order.ledger, session.as_mut(), order.context).await;
        session.close().await;
        looked
    };
    let (tried, ()) = restore::try_out(&mut backup, &options(order, expected.is_some()), servers, look).await?;
    outcome.tables = manifest.tables.len() as u64;
    outcome.rows =
        tried.restored.rows + tried.mismatches.iter().filter_map(|one| one.found).map(|rows| rows.count).sum::<u64>();
    outcome.large_objects = tried.restored.large_objects;
    outcome.mismatches = tried.mismatches;
    outcome.left_out.extend(tried.restored.left_out);
    Ok(outcome)
}

/// Whose everything was, where it can be the same here: on a server of our own every role is made, and on another one none is.
/// Where it cannot, that is left out, and all belongs to the role that restores.
async fn expected(
    backup: &mut Backup,
    servers: &Servers<'_>,
    place: &str,
    outcome: &mut Outcome,
) -> Result<Option<Rights>> {
    const OWNERS: &str = "whose the objects are, and who may do what with them";
    let Backup::Archive(archive) = &*backup else { return Ok(None) };
    let Some(rights) = archive.rights().await? else {
        outcome.left_out.push(format!("{OWNERS}: the backup does not say it"));
        return Ok(None);
    };
    if place == PRIVATE {
        outcome.left_out.extend(restore::make_roles(backup, servers).await?);
    }
    let strangers = restore::strangers(backup, servers).await?;
    let Some(first) = strangers.first() else { return Ok(Some(rights)) };
    let more = match strangers.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    outcome.left_out.push(format!("{OWNERS}: {first}{more}; with them: mainstay backup drill --on private"));
    Ok(None)
}

/// Compares whose the objects are, and who may do what with them.
async fn owners(
    session: &mut dyn Session,
    manifest: &Manifest,
    expected: &Rights,
    outcome: &mut Outcome,
) -> Result<()> {
    let same_major = session.server().version_number / 10_000 == manifest.source.version_number / 10_000;
    let found = postgres::rights(session).await?;
    outcome.owners = Some(expected.count());
    outcome.failures.extend(expected.differences(&found, same_major));
    Ok(())
}

/// Everything belongs to whom it belonged where `owned`, else to the role that restores.
fn options(order: &Order<'_>, owned: bool) -> Options {
    Options {
        way: Way::Scratch,
        only: Vec::new(),
        owners: Owners { none: !owned, ..Owners::default() },
        roles: false,
        owner: None,
        birth: Birth::default(),
        jobs: order.jobs,
        clean: false,
        production: false,
        consent: Consent::default(),
        label: String::new(),
    }
}

/// Compares the positions of sequences.
async fn sequences(session: &mut dyn Session, manifest: &Manifest, outcome: &mut Outcome) -> Result<()> {
    for sequence in &manifest.sequences {
        let name = qualified(&sequence.schema, &sequence.name);
        let expected = (sequence.last.to_string(), sequence.called);
        outcome.sequences += 1;
        match session.query(&format!("SELECT last_value, is_called FROM {name}")).await {
            Ok(rows) => {
                let cell = |at: usize| rows.first().and_then(|row| row.get(at)?.clone()).unwrap_or_default();
                let found = (cell(0), cell(1) == "t");
                if found != expected {
                    let message = format!("the sequence {name} is at {}, and it was at {}", found.0, expected.0);
                    outcome.failures.push(message);
                }
            }
            Err(error) if error.sqlstate() == Some("42P01") => {
                outcome.failures.push(format!("the sequence {name} has not come out"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
