//! Sessions that copy side by side: each takes the next piece of work until there is none.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Notify;

use crate::archive::codec::Codec;
use crate::archive::compose::LargeObject;
use crate::archive::digest::{CopyFormat, Rows, Seed};
use crate::archive::manifest::File;
use crate::backup::create::chain::{Chain, Made};
use crate::backup::create::draft::Draft;
use crate::backup::create::pipe::Outlet;
use crate::backup::create::progress::{Progress, Share};
use crate::engine::postgres::{PostgresSession, Taker};
use crate::engine::{Context, Session};
use crate::error::{Error, ErrorKind, Result};

use super::large_objects;
use super::leader::Leader;
use super::worker::Worker;

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
    pub(super) progress: Arc<Progress>,
    /// Somebody has failed: nobody goes on.
    pub(super) stopped: Arc<AtomicBool>,
}

/// Who reads.
pub(super) enum Reader<'a> {
    /// The leader, whose session is here.
    Leader(&'a mut PostgresSession),
    /// A session on a thread of its own.
    Worker(Worker),
}

impl Reader<'_> {
    /// Does `work` with the session, wherever that is.
    ///
    /// # Errors
    /// The thread has stopped.
    pub(super) async fn run<T, W>(&mut self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut PostgresSession) -> T + Send + 'static,
    {
        match self {
            Self::Leader(session) => Ok(work(session).await),
            Self::Worker(worker) => worker.run(work).await,
        }
    }
}

/// Bytes that are worked before what is made of them is handed on.
const AT_ONCE: usize = 1 << 20;

/// How long the others may take to end after a failure.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does all of `queue` by so many sessions on the leader's snapshot. What a worker cannot lock, because somebody waits to
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
    let Some(snapshot) = &leader.snapshot else {
        return work.by(&mut Reader::Leader(&mut leader.session), queue).await;
    };
    let jobs = jobs.min(queue.len());
    let (queue, locked) = (Mutex::new(queue), Mutex::new(VecDeque::new()));
    let (failure, failed) = (Mutex::new(None), Notify::new());
    let copy = || async {
        let mut reader = Reader::Worker(Worker::start(leader.target.clone(), snapshot.clone(), context.clone()).await?);
        let mut done = Vec::new();
        while let Some(job) = next(&queue).filter(|_| !work.stopped.load(Ordering::Relaxed)) {
            if let Job::Rows(part) = &job
                && !lock(&mut reader, &part.name).await?
            {
                locked.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
                continue;
            }
            done.push(work.one(&mut reader, job).await?);
        }
        if let Reader::Worker(worker) = reader {
            worker.end().await;
        }
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
    let locked = locked.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.extend(work.by(&mut Reader::Leader(&mut leader.session), locked).await?);
    Ok(done)
}

fn next(queue: &Mutex<VecDeque<Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Whether the table `name` is the reader's to read: whoever waits to alter it comes first in the queue, and waits for the leader.
async fn lock(reader: &mut Reader<'_>, name: &str) -> Result<bool> {
    let lock = format!("SAVEPOINT ours; LOCK TABLE ONLY {name} IN ACCESS SHARE MODE NOWAIT; RELEASE ours");
    let locked = reader.run(async move |session| match session.query(&lock).await {
        Ok(_) => Ok(true),
        Err(error) if error.sqlstate() == Some("55P03") => {
            session.query("ROLLBACK TO ours").await?;
            Ok(false)
        }
        Err(error) => Err(error),
    });
    locked.await?.map_err(|error: Error| error.context(format!("{name} cannot be read")))
}

impl Work<'_> {
    /// All of `queue` by one reader, one after the other.
    async fn by(&self, reader: &mut Reader<'_>, queue: VecDeque<Job>) -> Result<Vec<Done>> {
        let mut done = Vec::with_capacity(queue.len());
        for job in queue {
            done.push(self.one(reader, job).await?);
        }
        Ok(done)
    }

    async fn one(&self, reader: &mut Reader<'_>, job: Job) -> Result<Done> {
        match job {
            Job::Rows(part) => self.rows(reader, part).await,
            Job::LargeObjects(objects) => {
                let (files, rows) = large_objects::copy(self, reader, &objects).await?;
                Ok(Done::LargeObjects { files, rows })
            }
        }
    }

    async fn rows(&self, reader: &mut Reader<'_>, part: Part) -> Result<Done> {
        let Part { table, part, name, copy, format, file, bytes } = part;
        let (share, stopped) = (self.progress.share(bytes), Arc::clone(&self.stopped));
        let make = |chain: Chain, outlet: Outlet| async move {
            let taker = Making { chain, outlet, share, stopped };
            reader.run(async move |session| taker.all(session, &copy).await).await?
        };
        let written = self.draft.write_made(&file, self.codec, Some((format, self.seed)), make).await;
        let (file, made) = written.map_err(|error| error.context(format!("the rows of {name} are not copied")))?;
        Ok(Done::Rows { table, part, file, rows: made.rows })
    }
}

/// Makes a file of what COPY sends.
struct Making {
    chain: Chain,
    outlet: Outlet,
    share: Share,
    stopped: Arc<AtomicBool>,
}

impl Making {
    async fn all(mut self, session: &PostgresSession, copy: &str) -> Result<Made> {
        session.copy_to(copy, &mut self).await?;
        let (rest, made) = self.chain.finish()?;
        self.outlet.hand_on(rest).await?;
        self.share.finish(made.rows.count);
        Ok(made)
    }
}

#[async_trait::async_trait]
impl Taker for Making {
    async fn take(&mut self, piece: Vec<u8>) -> Result<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Io, "another part of the backup has failed"));
        }
        self.share.copied(piece.len() as u64);
        // A row may be as long as a gigabyte: what is made of it is handed on before all of it is made.
        for some in piece.chunks(AT_ONCE) {
            self.outlet.hand_on(self.chain.push(some)?).await?;
        }
        Ok(())
    }
}
