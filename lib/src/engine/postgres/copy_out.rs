//! `COPY … TO STDOUT` as the bytes that the server sends.

use std::pin::pin;
use std::time::Instant;

use futures_util::StreamExt;

use super::PostgresSession;
use crate::error::Result;

/// Bytes that are handed on at once, if there are as many: a row by itself would cost more to hand on than to write.
const PIECE: usize = 256 * 1024;

/// Takes what a COPY sends.
#[async_trait::async_trait]
pub trait Taker: Send {
    /// Takes the next bytes, which may end anywhere.
    ///
    /// # Errors
    /// They cannot be taken: the COPY ends with that.
    async fn take(&mut self, piece: Vec<u8>) -> Result<()>;
}

impl PostgresSession {
    /// Runs `sql`, one `COPY … TO STDOUT`, and hands its stream on as it comes, in pieces of about 256 KiB.
    ///
    /// # Errors
    /// The server's, and those of `taker`: then the session is of no use any more, for the server is still sending, and is told to
    /// stop when the session is dropped.
    pub async fn copy_to(&self, sql: &str, taker: &mut dyn Taker) -> Result<()> {
        let begun = Instant::now();
        self.under_way.sent();
        let outcome = self.hand_out(sql, taker).await;
        if outcome.as_ref().err().is_none_or(|failed| failed.1 == Side::Server) {
            self.under_way.answered();
        }
        let outcome = outcome.map_err(|(error, _)| error);
        self.tell(sql, begun.elapsed(), outcome.as_ref().err());
        outcome
    }

    async fn hand_out(&self, sql: &str, taker: &mut dyn Taker) -> Result<(), (crate::Error, Side)> {
        let refused = |refused| (self.error(refused), Side::Server);
        let untaken = |error| (error, Side::Taker);
        let answer = self.client.copy_out(sql).await.map_err(refused)?;
        let mut answer = pin!(answer);
        let mut gathered = Vec::with_capacity(PIECE);
        while let Some(row) = answer.next().await {
            let row = row.map_err(refused)?;
            if gathered.len() + row.len() > PIECE && !gathered.is_empty() {
                let piece = std::mem::replace(&mut gathered, Vec::with_capacity(PIECE));
                taker.take(piece).await.map_err(untaken)?;
            }
            match row.len() > PIECE {
                true => taker.take(row.into()).await.map_err(untaken)?,
                false => gathered.extend_from_slice(&row),
            }
        }
        if !gathered.is_empty() {
            taker.take(gathered).await.map_err(untaken)?;
        }
        Ok(())
    }
}

/// Whose failure it is.
#[derive(PartialEq, Eq)]
enum Side {
    Server,
    Taker,
}
