//! The way from who has a file's bytes to who works them, and on to the store: each waits for the next one.

use std::future::Future;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::spawn_blocking;

use crate::error::{Error, ErrorKind, Result};

use super::chain::{Chain, Made};

/// Pieces that wait between two who work on a file: a few, so that neither waits for the other, and memory stays small.
const WAITING: usize = 3;

/// Where a file's bytes are put in.
pub(super) struct Feed {
    to: Sender<Vec<u8>>,
}

impl Feed {
    /// Puts the next bytes in; waits while there are enough on their way.
    ///
    /// # Errors
    /// Nobody takes them: the reason is told elsewhere.
    pub(super) async fn put(&self, piece: Vec<u8>) -> Result<()> {
        if piece.is_empty() { Ok(()) } else { self.send(piece).await }
    }

    /// An empty piece is the end.
    async fn send(&self, piece: Vec<u8>) -> Result<()> {
        self.to.send(piece).await.map_err(|_| closed())
    }
}

/// Where what was made of a file is handed to the store.
pub(super) struct Outlet {
    to: Sender<Vec<u8>>,
}

impl Outlet {
    /// One, and where the store takes the pieces from.
    pub(super) fn new() -> (Self, Receiver<Vec<u8>>) {
        let (to, from) = mpsc::channel(WAITING);
        (Self { to }, from)
    }

    /// Hands the next pieces on; waits while there are enough on their way.
    ///
    /// # Errors
    /// The store takes no more: it knows why.
    pub(super) async fn hand_on(&self, pieces: Vec<Vec<u8>>) -> Result<()> {
        for piece in pieces {
            self.to.send(piece).await.map_err(|_| closed())?;
        }
        Ok(())
    }
}

/// Sends what `fill` puts in through `chain`, on a thread of its own, and what comes out of it to `outlet`.
///
/// # Errors
/// Those of `fill` and of the chain; the file was not taken whole.
pub(super) async fn through<F: Future<Output = Result<()>>>(
    chain: Chain,
    outlet: Outlet,
    fill: impl FnOnce(Feed) -> F,
) -> Result<Made> {
    let (to, from) = mpsc::channel(WAITING);
    let worked = spawn_blocking(move || work(chain, from, &outlet));
    let filled = async {
        fill(Feed { to: to.clone() }).await?;
        Feed { to }.send(Vec::new()).await
    };
    let filled = filled.await;
    let made = worked.await;
    let made = made.map_err(|error| Error::new(ErrorKind::Io, "the compression has stopped").source(error))?;
    // Where the chain has failed, who fills it only says that it is gone.
    let made = made?;
    filled?;
    made.ok_or_else(|| Error::new(ErrorKind::Io, "the file was not stored whole"))
}

/// Works what comes, whose end is an empty piece; `None` where the end does not come, or nobody takes what is made: somebody else
/// knows why.
fn work(mut chain: Chain, mut from: Receiver<Vec<u8>>, outlet: &Outlet) -> Result<Option<Made>> {
    let taken = |pieces: Vec<Vec<u8>>| pieces.into_iter().all(|piece| outlet.to.blocking_send(piece).is_ok());
    loop {
        match from.blocking_recv() {
            None => return Ok(None),
            Some(end) if end.is_empty() => break,
            Some(piece) if taken(chain.push(&piece)?) => {}
            Some(_) => return Ok(None),
        }
    }
    let (rest, made) = chain.finish()?;
    Ok(taken(rest).then_some(made))
}

fn closed() -> Error {
    Error::new(ErrorKind::Io, "the file takes no more bytes")
}
