//! What is known before a row is read: the locks, the snapshot, the objects as pg_dump knows them.

use std::time::{Duration, Instant};

use crate::archive::rights::Rights;
use crate::archive::toc::{Entry, Toc};
use crate::backup::create::order::Order;
use crate::conn::PostgresTarget;
use crate::engine::{Context, Session, postgres};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::tool::Binaries;

use super::leader::{self, Leader, in_the_way};
use super::survey::{self, Relation};
use super::{Facts, globals, readable, schema};

/// What is known before a row is read.
pub(super) struct Beginning {
    pub(super) leader: Leader,
    pub(super) seen: Seen,
}

/// The database, before a row of it is read.
pub(super) struct Seen {
    pub(super) facts: Facts,
    pub(super) relations: Vec<Relation>,
    pub(super) globals: String,
    /// Missing where names may be in no encoding.
    pub(super) rights: Option<Rights>,
    pub(super) toc: Toc,
    pub(super) dumped_by: String,
}

/// How long pg_dump waits for its locks at first; then twice as long each time. Our own locks are there before, so it can only wait
/// for somebody who waits for us.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// Times that all of it begins anew.
const ATTEMPTS: u32 = 5;

/// Locks the tables, takes the snapshot and has pg_dump write the objects down. Where somebody wants to change a table in between,
/// pg_dump queues up behind him, and he behind us: we step back, he has his turn, and it begins anew. Where a snapshot cannot be
/// shared, pg_dump sees the objects as they are a moment later: it begins anew until they were the same before and after ours.
///
/// # Errors
/// Those of each step; a table is wanted again and again.
pub(super) async fn begin(
    target: &PostgresTarget,
    binaries: &[Binaries],
    order: &Order<'_>,
    context: &Context,
) -> Result<Beginning> {
    let mut before: Option<Vec<Entry>> = None;
    for attempt in 1.. {
        let mut leader = Leader::begin(target, context, order.lock_wait).await?;
        let wait = order.lock_wait.min(FIRST_WAIT * 2_u32.pow(attempt - 1));
        let begun = Instant::now();
        let error = match look(&mut leader, binaries, order, context, wait).await {
            Ok(seen) if leader.snapshot.is_none() && before.as_ref() != Some(&seen.toc.entries) => {
                if let (Some(mended), None) = (leader::mending(&leader.session), &before) {
                    let message = leader::alone(&leader.session, mended);
                    context.observer.event(Event::Warning { message: &message });
                }
                before = Some(seen.toc.entries);
                if attempt < ATTEMPTS {
                    leader.end().await?;
                    continue;
                }
                let message = "the objects of the database change faster than they can be read twice";
                Error::new(ErrorKind::Locked, message)
                    .hint("run the command again in a quieter moment, or back up the primary: --url URL")
            }
            Ok(seen) => {
                let title = format!("read the schema with pg_dump {}", seen.dumped_by);
                context.observer.event(Event::StepDone { title: &title, took: begun.elapsed() });
                return Ok(Beginning { leader, seen });
            }
            Err(error) if is_about_a_lock(&error) && attempt < ATTEMPTS => {
                leader.end().await?;
                context.observer.event(Event::Waiting { reason: "somebody else changes a table first" });
                continue;
            }
            Err(error) if is_about_a_lock(&error) => in_the_way(&mut leader.session, error, wait).await,
            Err(error) => error,
        };
        // Its locks are gone before anybody hears of the failure, which is what is to be told.
        let _ = leader.end().await;
        return Err(error);
    }
    unreachable!("the attempts are counted")
}

/// Looks at the database by the leader's snapshot, and at its objects by pg_dump, which waits so long for its locks.
async fn look(
    leader: &mut Leader,
    binaries: &[Binaries],
    order: &Order<'_>,
    context: &Context,
    wait: Duration,
) -> Result<Seen> {
    let facts = Facts::read(&mut leader.session, order, context).await?;
    let version = leader.session.server().version_number;
    let Leader { session, target, snapshot } = leader;
    let source = schema::Source { target, version, snapshot: snapshot.as_deref(), unencoded: facts.is_unencoded() };
    let own = async {
        let relations = survey::relations(session).await?;
        readable::check(session, &relations).await?;
        let globals = globals::script(session, order.with_passwords).await?;
        let rights = if facts.is_unencoded() { None } else { Some(postgres::rights(session).await?) };
        Result::<_>::Ok((relations, globals, rights))
    };
    let (own, dumped) = tokio::join!(own, schema::dump(&source, binaries, order, wait));
    // What may not be read is told better here than by pg_dump.
    let (relations, globals, rights) = own?;
    let (toc, dumped_by) = dumped?;
    Ok(Seen { facts, relations, globals, rights, toc, dumped_by })
}

/// Whether pg_dump has failed at its locks: it repeats the statement, and what the server says of it is in the server's language.
fn is_about_a_lock(error: &Error) -> bool {
    error.causes().iter().any(|cause| cause.to_string().contains("LOCK TABLE "))
}
