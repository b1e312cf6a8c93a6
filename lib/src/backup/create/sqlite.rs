//! A backup of an SQLite database: a copy of one moment, made while others write, compressed into one file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tokio::task::spawn_blocking;

use crate::archive::codec::Codec;
use crate::archive::digest::{Rows, Seed};
use crate::archive::manifest::{Engine, FORMAT, Manifest, Source, Tools};
use crate::backup::sqlite;
use crate::conn::{SqliteTarget, Target};
use crate::engine::sqlite::{digests, open_read_only};
use crate::engine::{self, Context, Session, first_cell};
use crate::error::{Error, Result};
use crate::ledger::TOOL_VERSION;
use crate::observer::Event;
use crate::scratch::ScratchFolder;

use super::Foreseen;
use super::draft::Draft;
use super::order::Order;
use super::pipe::Feed;
use super::progress::Progress;

/// The database's file in the backup, without the suffix of its compression.
const FILE: &str = "database.sqlite3";
/// How it is compressed where nobody says: no other program has to read it.
const CODEC: Codec = Codec::Zstd(3);
/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// Takes the backup; its manifest, which is stored.
///
/// # Errors
/// There is no such file, or the copy is not sound. The caller removes what was written.
pub(super) async fn take(
    target: &SqliteTarget,
    order: &Order<'_>,
    draft: &Draft<'_>,
    started: String,
    seed: Seed,
    context: &Context,
) -> Result<Manifest> {
    let target = Target::Sqlite(target.clone());
    engine::check_there(&target)?;
    let scratch = ScratchFolder::create(order.temporary)?;
    let copy = scratch.path().join(FILE);
    let mut session = engine::connect(&target, context).await?;
    let copied = sqlite::copy(session.as_mut(), &copy).await;
    session.close().await;
    let bytes = copied?;

    // What was copied is what is told: by now the database may have other rows.
    let mut copied = open_read_only(&SqliteTarget { path: copy.clone() }, context).await?;
    let tables = digests(&mut copied, seed).await?;
    let encoding = copied.query("PRAGMA encoding").await?;
    let encoding = first_cell(&encoding).unwrap_or("UTF-8").to_owned();
    let migration = migration(&mut copied, order, context).await;
    let server = copied.server().clone();
    Box::new(copied).close().await;

    let progress = Progress::new(context.observer.clone(), bytes);
    let mut share = progress.share(bytes);
    let counted = &mut share;
    let from = copy.as_path();
    let fill = |feed: Feed| async move { read(from, &feed, |bytes| counted.copied(bytes)).await };
    let (file, _) = draft.write(FILE, order.compress.unwrap_or(CODEC), fill).await?;
    share.finish(tables.iter().map(|table| table.rows.count).sum());
    draft.check(&file).await?;
    let manifest = Manifest {
        format: FORMAT,
        id: draft.id().to_owned(),
        started,
        finished: super::now(),
        source: Source {
            engine: Engine::Sqlite,
            database: target.database(),
            version: server.version,
            version_number: server.version_number,
            encoding,
            system: None,
            lsn: None,
            migration,
        },
        tools: Tools { mainstay: TOOL_VERSION.to_owned(), pg_dump: None },
        seed,
        encryption: order.sealer.encryption(),
        files: vec![file],
        tables,
        sequences: Vec::new(),
        large_objects: Rows::default(),
        left_out: Vec::new(),
    };
    draft.finish(&manifest).await?;
    Ok(manifest)
}

/// What a backup would hold: the file.
///
/// # Errors
/// There is no such file.
pub(super) fn foresee(target: &SqliteTarget, order: &Order<'_>) -> Result<Foreseen> {
    engine::check_there(&Target::Sqlite(target.clone()))?;
    let bytes = std::fs::metadata(&target.path).map_err(|error| Error::io("read", &target.path, error))?.len();
    let codec = order.compress.unwrap_or(CODEC);
    let recipients = order.recipients();
    Ok(Foreseen { tables: Vec::new(), bytes, large_objects: 0, codec, recipients, jobs: 1, left_out: Vec::new() })
}

async fn migration(session: &mut dyn Session, order: &Order<'_>, context: &Context) -> Option<String> {
    match order.ledger?.version(session).await {
        Ok(version) => version,
        Err(error) => {
            let message = format!("the backup is without the version of the migrations: {error}");
            context.observer.event(Event::Warning { message: &message });
            None
        }
    }
}

async fn read(path: &Path, feed: &Feed, mut told: impl FnMut(u64)) -> Result<()> {
    let unreadable = |error| Error::io("read", path, error);
    let mut file = File::open(path).map_err(unreadable)?;
    loop {
        let next = spawn_blocking(move || {
            let mut piece = Vec::with_capacity(PIECE);
            let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece);
            (file, read.map(|_| piece))
        });
        let (back, piece) = next.await.map_err(|error| unreadable(std::io::Error::other(error)))?;
        file = back;
        let piece = piece.map_err(unreadable)?;
        if piece.is_empty() {
            return Ok(());
        }
        told(piece.len() as u64);
        feed.put(piece).await?;
    }
}
