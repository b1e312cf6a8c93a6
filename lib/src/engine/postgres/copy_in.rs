//! `COPY … FROM stdin`: rows on their way in.

use std::pin::{Pin, pin};
use std::time::Instant;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

use super::PostgresSession;
use crate::engine::Pieces;
use crate::engine::rows::not_given;
use crate::error::Result;
use crate::sql::Statement;

impl PostgresSession {
    /// With the rows that stand in the script; returns how many they were.
    pub(super) async fn copy(&mut self, statement: &Statement<'_>) -> Result<u64> {
        struct InScript<'a>(std::slice::Chunks<'a, u8>);
        #[async_trait::async_trait]
        impl Pieces for InScript<'_> {
            async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
                Ok(self.0.next().map(<[u8]>::to_vec))
            }
        }
        /// Bytes a message: large enough to cost little, small enough not to hold a second copy of the data.
        const CHUNK: usize = 64 * 1024;
        let data = statement.copy_data.unwrap_or_default().as_bytes();
        self.copy_pieces(statement.text, &mut InScript(data.chunks(CHUNK))).await
    }

    /// With the rows that `pieces` gives; returns how many they were.
    pub(super) async fn copy_pieces(&mut self, sql: &str, pieces: &mut dyn Pieces) -> Result<u64> {
        let sent = Instant::now();
        self.under_way.sent();
        let copied = self.send_pieces(sql, pieces).await;
        self.under_way.answered();
        self.tell(sql, sent.elapsed(), copied.as_ref().err());
        copied
    }

    async fn send_pieces(&self, sql: &str, pieces: &mut dyn Pieces) -> Result<u64> {
        let refused = |refused| self.error(refused);
        let asked = self.asking.begin();
        let sink: CopyInSink<Bytes> = self.client.copy_in(sql).await.map_err(refused)?;
        drop(asked);
        let mut sink: Pin<&mut CopyInSink<Bytes>> = pin!(sink);
        // A sink that is dropped before its end tells the server so, which then stores nothing.
        while let Some(piece) = pieces.next().await.map_err(not_given)? {
            sink.send(Bytes::from(piece)).await.map_err(refused)?;
        }
        sink.finish().await.map_err(refused)
    }
}
