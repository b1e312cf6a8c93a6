//! Large objects, filled piece by piece.

use std::fmt::Write;

use crate::archive::digest::{LargeObjectReader, Rows};
use crate::archive::manifest::Manifest;
use crate::archive::toc::Entry;
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};

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

/// Reads every large object again, and compares all of them with what was backed up.
pub(super) async fn check(session: &mut dyn Session, manifest: &Manifest) -> Result<()> {
    let oids = session.query("SELECT oid::text FROM pg_catalog.pg_largeobject_metadata ORDER BY oid").await?;
    let mut found = Rows::default();
    for oid in oids.iter().filter_map(|row| row.first()?.as_deref()?.parse::<u32>().ok()) {
        let mut reader = LargeObjectReader::new(oid, manifest.seed);
        let mut at = 0_u64;
        loop {
            let sql = format!("SELECT pg_catalog.encode(pg_catalog.lo_get('{oid}', {at}, {PIECE}), 'hex')");
            let answer = session.query(&sql).await?;
            let piece = unhex(first_cell(&answer).unwrap_or_default());
            reader.push(&piece);
            at += piece.len() as u64;
            if piece.len() < PIECE {
                break;
            }
        }
        found += reader.finish();
    }
    if found == manifest.large_objects {
        return Ok(());
    }
    let expected = manifest.large_objects;
    let message = format!("the large objects have come out as others: {found}, and it should be {expected}");
    Err(Error::new(ErrorKind::Verification, message).hint("restore another backup: mainstay backup list"))
}

/// The bytes of hexadecimal digits, as the server prints them.
fn unhex(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
    hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
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
