//! Large objects, filled piece by piece.

use std::fmt::Write;

use crate::archive::toc::Entry;
use crate::engine::Session;
use crate::error::Result;

use super::archive::LargeObjects;
use super::crew::Crew;

/// Bytes that are written at once.
const PIECE: usize = 256 * 1024;

/// Fills the large objects of `entry`; how many they were.
pub(super) async fn fill(crew: &Crew<'_>, session: &mut dyn Session, entry: &Entry) -> Result<u64> {
    let mut count = 0;
    match crew.archive.large_objects(entry).await? {
        LargeObjects::Files(files) => {
            for (oid, name) in files {
                let mut data = crew.archive.named(name.as_bytes()).await?;
                let mut object = Object { oid, at: 0, held: Vec::new() };
                while let Some(piece) = data.next().await? {
                    object.push(session, &piece).await?;
                }
                crew.passed(data.taken());
                object.finish(session).await?;
                count += 1;
            }
        }
        LargeObjects::Blocks(mut blocks) => {
            while let Some(oid) = blocks.next_object().await? {
                let mut object = Object { oid, at: 0, held: Vec::new() };
                let mut decoder = crew.archive.block_decoder()?;
                let mut made = Vec::new();
                let mut any = false;
                while let Some(chunk) = blocks.chunk().await? {
                    any = true;
                    decoder.push(&chunk, &mut |piece| {
                        made.extend_from_slice(piece);
                        Ok(())
                    })?;
                    object.push(session, &std::mem::take(&mut made)).await?;
                    crew.passed(chunk.len() as u64);
                }
                if any {
                    decoder.finish()?;
                }
                object.finish(session).await?;
                count += 1;
            }
        }
    }
    Ok(count)
}

/// A large object that is being filled.
struct Object {
    oid: u32,
    at: u64,
    held: Vec<u8>,
}

impl Object {
    async fn push(&mut self, session: &mut dyn Session, piece: &[u8]) -> Result<()> {
        self.held.extend_from_slice(piece);
        while self.held.len() >= PIECE {
            let rest = self.held.split_off(PIECE);
            let full = std::mem::replace(&mut self.held, rest);
            self.put(session, &full).await?;
        }
        Ok(())
    }

    async fn finish(mut self, session: &mut dyn Session) -> Result<()> {
        let rest = std::mem::take(&mut self.held);
        if rest.is_empty() { Ok(()) } else { self.put(session, &rest).await }
    }

    async fn put(&mut self, session: &mut dyn Session, bytes: &[u8]) -> Result<()> {
        let mut hex = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            let _ = write!(hex, "{byte:02x}");
        }
        let (oid, at) = (self.oid, self.at);
        session.query(&format!("SELECT pg_catalog.lo_put('{oid}', {at}, '\\x{hex}')")).await?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}
