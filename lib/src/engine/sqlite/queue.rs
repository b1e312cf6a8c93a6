//! The queue of those who want to write: first come, first served, threads and processes alike.
//!
//! SQLite's own waiting is a lottery: who asks again at the right moment wins, and somebody may lose for ever. Here each
//! waits for those who came before, and for nobody else.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{beside, card, ticket};
use crate::engine::Holder;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};

/// How long a writer waits where nobody says otherwise: time for sixty transactions of five seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// After this time the observer hears whom we wait for.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// Where writers of one database queue.
pub(super) struct Queue {
    database: PathBuf,
    program: String,
    observer: Arc<dyn Observer>,
}

/// The right to write, until it is dropped.
pub(super) struct Turn {
    _file: File,
}

impl Queue {
    pub(super) fn new(database: PathBuf, program: String, observer: Arc<dyn Observer>) -> Self {
        Self { database, program, observer }
    }

    /// Waits for our turn, up to `patience`, as long as it is `wanted`.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] names who has been writing since when.
    pub(super) fn turn(&self, patience: Duration, wanted: &dyn Fn() -> bool) -> Result<Turn> {
        let path = self.path();
        let failed = |e| Error::io("lock", &path, e);
        let file = beside::open(&path, &self.database)?;
        let begun = Instant::now();
        let mut number = None;
        let mut told = false;
        loop {
            if number.is_none() {
                number = ticket::draw(&file).map_err(failed)?;
            }
            let ours = match number {
                Some(number) => ticket::is_next(&file, number).map_err(failed)?,
                None => false,
            };
            let waited = begun.elapsed();
            // Asked last: whoever gave up before the one in front was done gets no turn.
            if !wanted() || (!ours && waited >= patience) {
                return Err(self.too_long(&writer(&file), waited));
            }
            if ours {
                sign(&file, &self.program);
                return Ok(Turn { _file: file });
            }
            if waited >= WORTH_TELLING && !told {
                told = true;
                let reason = format!("{} is writing to {}", writer(&file).description, self.database.display());
                self.observer.event(Event::Waiting { reason: &reason });
            }
            std::thread::sleep(pause(waited).min(patience - waited));
        }
    }

    fn path(&self) -> PathBuf {
        beside::path(&self.database, "-mainstay-queue")
    }

    fn too_long(&self, writer: &Holder, waited: Duration) -> Error {
        let (database, seconds) = (self.database.display(), waited.as_secs_f32());
        let message = format!("waited {seconds:.1} s to write to {database}: {} is writing", writer.description);
        Error::new(ErrorKind::Locked, message)
            .hint(format!("see what it does: ps -fp {}; for longer transactions, allow more patience", writer.pid))
    }
}

/// Where the writer's card begins: behind the last number and a line's end.
const CARD: u64 = ticket::WIDTH as u64 + 1;

/// Writes down who is writing. A full disk is no obstacle to the DELETE that makes room on it.
fn sign(file: &File, program: &str) {
    let _ = file.set_len(CARD).and_then(|()| file.write_all_at(card::own(program).as_bytes(), CARD));
}

/// Who signed last: in all but a moment's time the one whose turn it is. What cannot be read is nobody's name.
fn writer(mut file: &File) -> Holder {
    let mut text = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
    card::holder(text.get(CARD as usize..).unwrap_or_default())
}

/// A twentieth of the time waited so far: short turns follow each other closely, long ones cost nothing.
fn pause(waited: Duration) -> Duration {
    (waited / 20).clamp(Duration::from_millis(1), Duration::from_millis(20))
}
