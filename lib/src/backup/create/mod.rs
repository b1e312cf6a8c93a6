//! Taking a backup: an archive in a store, read back, with its manifest written last.

mod chain;
mod draft;
mod order;
mod pipe;
#[cfg(feature = "postgres")]
mod postgres;
mod progress;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use order::{Cut, Ledger, Order, RowFormat};

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Instant;

use crate::archive::codec::Codec;
use crate::archive::digest::{CopyFormat, Seed};
use crate::archive::manifest::Manifest;
use crate::conn::Target;
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;

use draft::Draft;

/// A backup that was taken and read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// What it holds, as it is stored.
    pub manifest: Manifest,
    /// The store, for people.
    pub store: String,
    /// Bytes that are stored.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
}

/// What a backup would hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Foreseen {
    /// The tables whose rows it would have, the largest first.
    pub tables: Vec<ForeseenTable>,
    /// Their bytes in the database.
    pub bytes: u64,
    /// How many large objects it would have.
    pub large_objects: usize,
    /// How rows would be compressed.
    pub codec: Codec,
    /// The public keys that it would be encrypted to.
    pub recipients: Vec<String>,
    /// Sessions that would copy at once.
    pub jobs: usize,
    /// What would be left out and why, a sentence each.
    pub left_out: Vec<String>,
}

/// A table of a backup that is not taken yet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ForeseenTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its bytes in the database, without those of indexes.
    pub bytes: u64,
    /// The files that it would be in.
    pub parts: usize,
    /// How its rows would be written.
    pub copy: CopyFormat,
}

/// What a backup of `target` would hold. Nothing is written; the locks are taken and given back.
///
/// # Errors
/// Whatever would stop the backup before the first row.
pub async fn foresee(target: &Target, order: &Order<'_>, context: &Context) -> Result<Foreseen> {
    match target {
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => postgres::foresee(target, order, context).await,
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => sqlite::foresee(target, order),
        #[allow(unreachable_patterns, reason = "with both engines compiled in, every target has its arm")]
        other => Err(without_engine(other)),
    }
}

fn without_engine(target: &Target) -> Error {
    let message = format!("this build of the library cannot back up {}", target.describe());
    Error::new(ErrorKind::Usage, message).hint("build with the feature `postgres` or `sqlite`")
}

/// Takes a backup of `target`. It is there once this returns: every object was read back, and the manifest, which makes
/// it a backup, was written last.
///
/// # Errors
/// Anything that is less than a whole backup: what was written is removed. Where the store has stopped answering, it may have a
/// whole one all the same; the observer is told so.
pub async fn create(target: &Target, order: &Order<'_>, context: &Context) -> Result<Taken> {
    let begun = Instant::now();
    let started = jiff::Timestamp::now();
    let random = || RandomState::new().build_hasher().finish();
    let id = format!("{}-{}", started.strftime("%Y%m%dT%H%M%SZ"), suffix(started.subsec_nanosecond(), random()));
    let draft = Draft::new(order.store, order.sealer, id);
    let taken = take(target, order, &draft, iso(started), Seed(random()), context).await;
    let manifest = match taken {
        Ok(manifest) => manifest,
        Err(error) => {
            if let Some(message) = draft.discard().await {
                context.observer.event(Event::Warning { message: &message });
            }
            return Err(error);
        }
    };
    let bytes = manifest.files.iter().map(|file| file.stored.bytes).sum();
    Ok(Taken { manifest, store: order.store.describe(), bytes, seconds: begun.elapsed().as_secs_f64() })
}

async fn take(
    target: &Target,
    order: &Order<'_>,
    draft: &Draft<'_>,
    started: String,
    seed: Seed,
    context: &Context,
) -> Result<Manifest> {
    match target {
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => postgres::take(target, order, draft, started, seed, context).await,
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => sqlite::take(target, order, draft, started, seed, context).await,
        #[allow(unreachable_patterns, reason = "with both engines compiled in, every target has its arm")]
        other => Err(without_engine(other)),
    }
}

/// Four digits and letters that tell two backups of one second apart: the first two are the moment in it, so that names are in the
/// order of time, and the others chance.
fn suffix(nanosecond: i32, random: u64) -> String {
    const DIGITS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
    let moment = u64::try_from(nanosecond).unwrap_or_default() * 1024 / 1_000_000_000;
    let digit = |number: u64| char::from(DIGITS[(number % 32) as usize]);
    [moment / 32, moment, random / 32, random].map(digit).into_iter().collect()
}

fn iso(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn now() -> String {
    iso(jiff::Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::suffix;

    #[test]
    fn names_of_one_second_are_in_the_order_of_time() {
        let moments = [0, 1_000_000, 31_000_000, 250_000_000, 499_999_999, 500_000_000, 999_999_999];
        for pair in moments.windows(2) {
            assert!(suffix(pair[0], u64::MAX) < suffix(pair[1], 0), "{pair:?}");
        }
        assert_eq!((suffix(0, 0), suffix(999_999_999, 1023)), ("2222".to_owned(), "zzzz".to_owned()));
    }
}
