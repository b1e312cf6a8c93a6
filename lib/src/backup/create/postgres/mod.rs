//! A backup of a PostgreSQL database: the objects by pg_dump and the rows by COPY, all on one snapshot.

mod beginning;
mod binary;
mod config_tables;
mod contents;
mod copying;
mod globals;
mod large_objects;
mod leader;
mod parts;
mod readable;
mod schema;
mod sequences;
mod survey;
mod views;
mod work;
mod worker;

use std::sync::Arc;
use std::time::Instant;

use crate::archive::codec::Codec;
use crate::archive::digest::Seed;
use crate::archive::globals::GLOBALS;
use crate::archive::manifest::{self, FORMAT, File, Manifest, Tools};
use crate::archive::rights::{RIGHTS, Rights};
use crate::backup::create::draft::Draft;
use crate::backup::create::order::Order;
use crate::backup::create::progress::Progress;
use crate::backup::create::{Foreseen, now};
use crate::conn::PostgresTarget;
use crate::engine::postgres::PostgresSession;
use crate::engine::{Context, Row, Session};
use crate::error::Result;
use crate::ledger::TOOL_VERSION;
use crate::observer::Event;
use crate::tool::{Binaries, find_binaries, knows_zstd};

use beginning::{Beginning, Seen};
use contents::Contents;
use leader::Leader;
use survey::Relation;
use work::Work;

/// Files that are read back at once.
const READ_AT_ONCE: usize = 4;

/// A backup of which everything is known but the rows.
struct Ready<'a> {
    leader: Leader,
    contents: Contents<'a>,
    codec: Codec,
    facts: Facts,
    globals: String,
    rights: Option<Rights>,
    dumped_by: String,
}

/// Takes the backup; its manifest, which is stored.
///
/// # Errors
/// Anything that is less than a whole backup. The caller removes what was written.
pub(super) async fn take(
    target: &PostgresTarget,
    order: &Order<'_>,
    draft: &Draft<'_>,
    started: String,
    seed: Seed,
    context: &Context,
) -> Result<Manifest> {
    let mut relations = Vec::new();
    let ready = make_ready(target, order, &mut relations, context).await?;
    let Ready { mut leader, mut contents, codec, facts, globals, rights, dumped_by } = ready;
    let progress = Progress::new(Arc::clone(&context.observer), contents.bytes());
    let work = Work { draft, codec, seed, progress, stopped: Arc::default() };
    let standby = leader.session.server().standby;
    let done = work::all(&work, &mut leader, context, order.jobs(), contents.take_jobs()).await;
    let done = done.map_err(|error| leader::interrupted(error, standby))?;
    let (mut files, large_objects) = contents.settle(done);

    let positions = sequences::positions(&mut leader.session, contents.sequences()).await?;
    let server = leader.session.server().clone();
    leader.end().await?;

    let finished = contents.finish(&positions)?;
    files.push(draft.write_small("toc.dat", finished.toc.to_bytes()).await?);
    files.push(draft.write_small(GLOBALS, globals.into_bytes()).await?);
    if let Some(rights) = rights {
        files.push(draft.write_small(RIGHTS, rights.to_bytes()).await?);
    }
    for list in finished.lists {
        files.push(draft.write_small(&list.file, list.text.into_bytes()).await?);
    }
    read_back(draft, &files, context).await?;
    let manifest = Manifest {
        format: FORMAT,
        id: draft.id().to_owned(),
        started,
        finished: now(),
        source: manifest::Source {
            engine: manifest::Engine::Postgres,
            database: server.database,
            version: server.version,
            version_number: server.version_number,
            encoding: facts.encoding,
            system: facts.system,
            lsn: facts.lsn,
            migration: facts.migration,
        },
        tools: Tools { mainstay: TOOL_VERSION.to_owned(), pg_dump: Some(dumped_by) },
        seed,
        encryption: order.sealer.encryption(),
        files,
        tables: finished.tables,
        sequences: positions,
        large_objects,
        left_out: finished.left_out,
    };
    draft.finish(&manifest).await?;
    Ok(manifest)
}

/// What a backup would hold.
///
/// # Errors
/// Whatever would stop it before the first row.
pub(super) async fn foresee(target: &PostgresTarget, order: &Order<'_>, context: &Context) -> Result<Foreseen> {
    let mut relations = Vec::new();
    let ready = make_ready(target, order, &mut relations, context).await?;
    let foreseen = ready.contents.foreseen(ready.codec, order);
    ready.leader.end().await?;
    Ok(foreseen)
}

/// Everything up to the first row: nothing is written yet.
async fn make_ready<'a>(
    target: &PostgresTarget,
    order: &Order<'_>,
    relations: &'a mut Vec<Relation>,
    context: &Context,
) -> Result<Ready<'a>> {
    // With none at all, pg_dump's own error knows which version to install.
    let binaries = find_binaries(order.search_path, &["pg_dump", "pg_restore"]).unwrap_or_default();
    let (codec, begun) =
        tokio::join!(codec(order, &binaries, context), beginning::begin(target, &binaries, order, context));
    let Beginning { mut leader, seen } = begun?;
    let Seen { facts, relations: found, globals, rights, toc, dumped_by } = seen;
    *relations = found;
    let unencoded = facts.is_unencoded();
    let contents = Contents::plan(&mut leader.session, toc, relations, order, codec, unencoded).await?;
    Ok(Ready { leader, contents, codec, facts, globals, rights, dumped_by })
}

/// How rows are compressed. The best that a stock pg_restore of this machine reads, and said aloud where that is not the best.
async fn codec(order: &Order<'_>, binaries: &[Binaries], context: &Context) -> Codec {
    let reads_zstd = match binaries.first() {
        Some(newest) => knows_zstd(newest).await,
        None => false,
    };
    let version = binaries.first().map_or("none", |newest| newest.version.as_str());
    let (codec, said) = match (order.compress, reads_zstd) {
        (None, true) => (Codec::Zstd(3), None),
        (None, false) => (
            Codec::Gzip(1),
            Some(format!(
                "rows are compressed with gzip:1, which pg_restore {version} reads; zstd:3, for one of 16 or newer, is faster \
                 and smaller: [backup] compress = \"zstd:3\" in mainstay.toml"
            )),
        ),
        (Some(codec @ Codec::Zstd(_)), false) => (
            codec,
            Some(format!(
                "pg_restore {version} on this machine reads no {codec}: restore with mainstay restore, or with one of 16 or newer"
            )),
        ),
        (Some(codec), _) => (codec, None),
    };
    if let Some(message) = said {
        context.observer.event(Event::Warning { message: &message });
    }
    codec
}

/// Reads every file back: what cannot be read again is no backup.
async fn read_back(draft: &Draft<'_>, files: &[File], context: &Context) -> Result<()> {
    use futures_util::{TryStreamExt, stream};
    let begun = Instant::now();
    stream::iter(files.iter().map(Ok)).try_for_each_concurrent(READ_AT_ONCE, |file| draft.check(file)).await?;
    let title = format!("read back {} files", files.len());
    context.observer.event(Event::StepDone { title: &title, took: begun.elapsed() });
    Ok(())
}

/// What is known of the database besides its objects.
struct Facts {
    encoding: String,
    system: Option<String>,
    lsn: Option<String>,
    migration: Option<String>,
}

impl Facts {
    /// In no encoding there is nothing to convert from.
    fn is_unencoded(&self) -> bool {
        self.encoding == "SQL_ASCII"
    }

    async fn read(session: &mut PostgresSession, order: &Order<'_>, context: &Context) -> Result<Self> {
        let rows = session
            .query(
                "SELECT pg_catalog.current_setting('server_encoding'), \
                   CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() \
                        ELSE pg_catalog.pg_current_wal_lsn() END, \
                   pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')",
            )
            .await?;
        let mut cells = survey::Cells(rows.into_iter().next().unwrap_or_else(Row::new).into_iter());
        let (encoding, lsn, may_ask) = (cells.text()?, cells.maybe(), cells.flag()?);
        let mut system = None;
        if may_ask {
            let rows = session.query("SELECT system_identifier FROM pg_catalog.pg_control_system()").await?;
            system = crate::engine::first_cell(&rows).map(str::to_owned);
        }
        let migration = migration(session, order, context).await?;
        Ok(Self { encoding, system, lsn, migration })
    }
}

/// The version of the migrations, by the session's own snapshot and where the role's own search path leads. Without one the backup
/// is as good.
async fn migration(session: &mut PostgresSession, order: &Order<'_>, context: &Context) -> Result<Option<String>> {
    let Some(ledger) = order.ledger else { return Ok(None) };
    session.query("SAVEPOINT ledger; SET LOCAL search_path TO DEFAULT").await?;
    let version = ledger.version(session).await;
    session.query("ROLLBACK TO ledger").await?;
    match version {
        Ok(version) => Ok(version),
        Err(error) => {
            let message = format!("the backup is without the version of the migrations: {error}");
            context.observer.event(Event::Warning { message: &message });
            Ok(None)
        }
    }
}
