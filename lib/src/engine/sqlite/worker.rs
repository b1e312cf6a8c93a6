//! The thread that SQLite runs on: its calls block, and a connection stays on one thread.

use std::sync::mpsc;

use tokio::sync::oneshot;

use super::file::File;
use crate::error::{Error, ErrorKind, Result};

type Job = Box<dyn FnOnce(&mut File) + Send>;

/// A thread that owns a file and does what it is asked, in order. It ends when this is dropped.
pub(super) struct Worker {
    jobs: mpsc::Sender<Job>,
}

impl Worker {
    /// Starts the thread, which calls `open` first.
    pub(super) async fn start(open: impl FnOnce() -> Result<File> + Send + 'static) -> Result<Self> {
        let (jobs, asked) = mpsc::channel::<Job>();
        let (answer, opened) = oneshot::channel();
        std::thread::Builder::new()
            .name("mainstay-sqlite".to_owned())
            .spawn(move || match open() {
                Ok(mut file) => {
                    // Nobody waits any more: then there is nothing to do either.
                    if answer.send(Ok(())).is_ok() {
                        asked.into_iter().for_each(|job| job(&mut file));
                    }
                }
                Err(error) => drop(answer.send(Err(error))),
            })
            .map_err(|e| Error::new(ErrorKind::Io, "cannot start a thread for SQLite").source(e))?;
        opened.await.unwrap_or_else(|_| Err(gone()))?;
        Ok(Self { jobs })
    }

    /// Does `work` on the thread. Once begun it runs to its end, even if nobody waits for the answer.
    pub(super) async fn ask<T: Send + 'static>(&self, work: impl FnOnce(&mut File) -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |file: &mut File| drop(answer.send(work(file))));
        self.jobs.send(job).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::ConnectionLost, "the thread of the SQLite session has ended")
}
