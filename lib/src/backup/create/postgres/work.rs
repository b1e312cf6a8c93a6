//! Sessions that copy side by side: each takes the next piece of work until there is none.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Notify;

use crate::archive::codec::Codec;
use crate::archive::compose::LargeObject;
use crate::archive::digest::{CopyFormat, Rows, Seed};
use crate::archive::manifest::File;
use crate::backup::create::draft::{Draft, Feed};
use crate::backup::create::progress::{Progress, Share};
use crate::engine::postgres::{PostgresSession, Taker, connect};
use crate::engine::{Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::literal;

use super::large_objects;
use super::leader::{Leader, settings};

/// A piece of work.
pub(super) enum Job {
    /// A table or a part of it.
    Rows(Part),
    /// Large objects, each a file.
    LargeObjects(Vec<LargeObject>),
}

/// A table or a part of it that becomes a file.
pub(super) struct Part {
    /// Which of the tables, and which of its parts.
    pub(super) table: usize,
    pub(super) part: usize,
    /// The table's name in SQL.
    pub(super) name: String,
    /// The COPY.
    pub(super) copy: String,
    pub(super) format: CopyFormat,
    /// The file's name without the suffix of its compression.
    pub(super) file: String,
    /// Bytes in the database, about.
    pub(super) bytes: u64,
}

/// What a piece of work has become.
pub(super) enum Done {
    Rows { table: usize, part: usize, file: File, rows: Rows },
    LargeObjects { files: Vec<File>, rows: Rows },
}

/// What all have in common.
pub(super) struct Work<'a> {
    pub(super) draft: &'a Draft<'a>,
    pub(super) codec: Codec,
    pub(super) seed: Seed,
    pub(super) progress: &'a Progress,
    /// Somebody has failed: nobody goes on.
    pub(super) stopped: AtomicBool,
}

/// How long the others may take to end after a failure.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does all of `queue` by so many sessions on the leader's snapshot. What a follower cannot lock, because somebody waits to
/// alter it, is left to the leader, who holds its lock already.
///
/// # Errors
/// The first failure; nothing goes on then.
pub(super) async fn all(
    work: &Work<'_>,
    leader: &mut Leader,
    context: &Context,
    jobs: usize,
    queue: VecDeque<Job>,
) -> Result<Vec<Done>> {
    let Some(snapshot) = leader.snapshot.clone() else {
        let mut done = Vec::new();
        for job in queue {
            done.push(work.one(&mut leader.session, job).await?);
        }
        return Ok(done);
    };
    let jobs = jobs.min(queue.len());
    let (queue, locked) = (Mutex::new(queue), Mutex::new(Vec::new()));
    let (failure, failed) = (Mutex::new(None), Notify::new());
    let copy = || async {
        let mut session = follow(leader, &snapshot, context).await?;
        let mut done = Vec::new();
        while let Some(job) = next(&queue).filter(|_| !work.stopped.load(Ordering::Relaxed)) {
            if let Job::Rows(part) = &job
                && !lock(&mut session, part).await?
            {
                locked.lock().unwrap_or_else(PoisonError::into_inner).push(job);
                continue;
            }
            done.push(work.one(&mut session, job).await?);
        }
        Box::new(session).close().await;
        Result::<Vec<Done>>::Ok(done)
    };
    let one = || async {
        copy().await.unwrap_or_else(|error| {
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            work.stopped.store(true, Ordering::Relaxed);
            failed.notify_one();
            Vec::new()
        })
    };
    let given_up = async {
        failed.notified().await;
        tokio::time::sleep(PATIENCE).await;
    };
    // After a failure the others end by themselves: a file that is just being finished would be there again after it was removed.
    let done = tokio::select! {
        done = join_all((0..jobs).map(|_| one())) => done,
        () = given_up => Vec::new(),
    };
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut done: Vec<Done> = done.into_iter().flatten().collect();
    for job in locked.into_inner().unwrap_or_else(PoisonError::into_inner) {
        done.push(work.one(&mut leader.session, job).await?);
    }
    Ok(done)
}

fn next(queue: &Mutex<VecDeque<Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// A session that sees what the leader sees.
async fn follow(leader: &Leader, snapshot: &str, context: &Context) -> Result<PostgresSession> {
    let mut session = connect(&leader.target, context).await?;
    session.query(&settings(session.server().version_number)).await?;
    session.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let imported = session.query(&format!("SET TRANSACTION SNAPSHOT {}", literal(snapshot))).await;
    imported.map_err(|error| {
        error
            .context("a second session does not see the first one's snapshot")
            .hint("through a pooler or a name of several servers, give the server's own address, or use one session: --jobs 1")
    })?;
    Ok(session)
}

/// Whether the table is ours to read: whoever waits to alter it comes first in the queue, and waits for the leader.
async fn lock(session: &mut PostgresSession, part: &Part) -> Result<bool> {
    let lock = format!("SAVEPOINT ours; LOCK TABLE ONLY {} IN ACCESS SHARE MODE NOWAIT; RELEASE ours", part.name);
    match session.query(&lock).await {
        Ok(_) => Ok(true),
        Err(error) if error.sqlstate() == Some("55P03") => {
            session.query("ROLLBACK TO ours").await?;
            Ok(false)
        }
        Err(error) => Err(error.context(format!("{} cannot be read", part.name))),
    }
}

impl Work<'_> {
    async fn one(&self, session: &mut PostgresSession, job: Job) -> Result<Done> {
        match job {
            Job::Rows(part) => self.rows(session, &part).await,
            Job::LargeObjects(objects) => {
                let (files, rows) = large_objects::copy(self, session, &objects).await?;
                Ok(Done::LargeObjects { files, rows })
            }
        }
    }

    async fn rows(&self, session: &PostgresSession, part: &Part) -> Result<Done> {
        let mut share = self.progress.share(part.bytes);
        let counted = &mut share;
        let fill = |feed: Feed| async move {
            let mut taker = Counted { feed, share: counted, stopped: &self.stopped };
            session.copy_to(&part.copy, &mut taker).await
        };
        let written = self.draft.write(&part.file, self.codec, Some((part.format, self.seed)), fill).await;
        let (file, made) =
            written.map_err(|error| error.context(format!("the rows of {} are not copied", part.name)))?;
        share.finish(made.rows.count);
        Ok(Done::Rows { table: part.table, part: part.part, file, rows: made.rows })
    }
}

/// Puts what COPY sends into a file.
struct Counted<'a, 'b> {
    feed: Feed,
    share: &'a mut Share<'b>,
    stopped: &'a AtomicBool,
}

#[async_trait::async_trait]
impl Taker for Counted<'_, '_> {
    async fn take(&mut self, piece: Vec<u8>) -> Result<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Io, "another part of the backup has failed"));
        }
        self.share.copied(piece.len() as u64);
        self.feed.put(piece).await
    }
}
