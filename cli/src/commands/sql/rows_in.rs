//! Standard input as the rows of a `COPY … FROM stdin`.

use std::io::{Error, Read, Result};

use mainstay::engine::Pieces;
use tokio::sync::mpsc::{Receiver, channel};

/// Bytes of a piece at most.
const PIECE: usize = 64 * 1024;

/// Pieces that wait to be sent: reading and sending go on side by side.
const WAITING: usize = 4;

/// Standard input, read by a thread of its own: waiting for it must not keep Ctrl-C from being heard.
pub(super) struct RowsIn(Receiver<Result<Vec<u8>>>);

impl RowsIn {
    /// Begins to read.
    pub(super) fn from_stdin() -> Result<Self> {
        let (sender, receiver) = channel(WAITING);
        std::thread::Builder::new().name("mainstay-stdin".to_owned()).spawn(move || {
            let mut input = std::io::stdin().lock();
            loop {
                let mut piece = vec![0; PIECE];
                let read = input.read(&mut piece).map(|read| {
                    piece.truncate(read);
                    piece
                });
                let last = !matches!(&read, Ok(piece) if !piece.is_empty());
                // Nobody waits for it any more, or it was all.
                if sender.blocking_send(read).is_err() || last {
                    return;
                }
            }
        })?;
        Ok(Self(receiver))
    }
}

#[async_trait::async_trait]
impl Pieces for RowsIn {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match self.0.recv().await {
            Some(read) => read.map(|piece| (!piece.is_empty()).then_some(piece)),
            None => Err(Error::other("the thread that reads standard input has ended")),
        }
    }
}
