//! Reading backups again: every byte against its hash, every row against its digest.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde::Serialize;

use crate::archive::manifest::{File, MANIFEST, Manifest, PROOF, Part, Range, Table};
use crate::archive::sealed::{Opener, Unlocking};
use crate::error::Result;
use crate::observer::{Event, Observer};
use crate::store::{Found, Store};

use super::reread::reread;

/// Files that are read at once, at most: each takes a thread, and some megabytes.
const AT_ONCE: usize = 4;

/// How much is read again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    /// Every file.
    All,
    /// This share of the files that have rows, chosen by chance, and every other file; 0 to 1.
    Sample(f64),
}

/// What came of reading a backup again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verified {
    /// Its name.
    pub id: String,
    /// The database that it is of.
    pub database: String,
    /// Files that were read, and how many there are.
    pub files: usize,
    /// How many files it has.
    pub of: usize,
    /// Bytes that were read.
    pub bytes: u64,
    /// Rows that were counted and compared.
    pub rows: u64,
    /// Whether files were opened: those of an encrypted backup only with its key. Else hashes and sizes alone were compared.
    pub opened: bool,
    /// What is wrong; nothing: all is as it was written.
    pub damages: Vec<Damage>,
}

impl Verified {
    /// What is wrong with the backup's own files, a sentence each: others that lie with it take nothing away from it.
    pub fn refutation(&self) -> Vec<String> {
        let own = self.damages.iter().filter(|damage| !damage.foreign);
        own.map(|damage| match &damage.table {
            Some(table) => format!("{} of {table}: {}", damage.file, damage.what),
            None => format!("{}: {}", damage.file, damage.what),
        })
        .collect()
    }
}

/// A file that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Its name in the backup's folder.
    pub file: String,
    /// The table whose rows it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Which of its rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// What is wrong with it.
    pub what: String,
    /// Whether it is no file of the backup at all.
    #[serde(skip)]
    pub foreign: bool,
}

/// Reads the backup `found` again. `unlocking` has the keys of an encrypted one; without them it is not
/// opened.
///
/// # Errors
/// None of the keys opens it, or the store cannot be read. Damage is no error but a result.
pub async fn verify(
    store: &dyn Store,
    found: &Found,
    unlocking: &Unlocking,
    extent: Extent,
    observer: &Arc<dyn Observer>,
) -> Result<Verified> {
    let manifest = &found.manifest;
    let opener = Opener::of(manifest, unlocking)?;
    let mut verified = Verified {
        id: manifest.id.clone(),
        database: manifest.source.database.clone(),
        files: 0,
        of: manifest.files.len(),
        bytes: 0,
        rows: 0,
        opened: opener.is_some(),
        damages: foreign(found),
    };
    let holds = holders(manifest);
    let chosen = chosen(manifest, &holds, extent);
    let total = chosen.iter().map(|file| file.stored.bytes).sum();
    let (holds, opener) = (&holds, opener.as_ref());
    let read = move |(at, file): (usize, &File)| {
        let file = file.clone();
        async move {
            let holds = holds.get(file.name.as_str()).copied();
            let mut what = reread(store, manifest, &file, holds, opener).await?;
            if what.is_some() {
                // What a connection has cut off is whole the second time.
                what = reread(store, manifest, &file, holds, opener).await?;
            }
            Result::<_>::Ok((at, file, holds, what))
        }
    };
    let processors = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, AT_ONCE);
    let mut reading = stream::iter(chosen.into_iter().enumerate().map(read)).buffer_unordered(processors);
    let mut found = Vec::new();
    while let Some(done) = reading.next().await {
        let (at, file, holds, what) = done?;
        verified.files += 1;
        verified.bytes += file.stored.bytes;
        match what {
            Some(what) => found.push((at, damage(file.name, holds, what))),
            None if verified.opened => verified.rows += holds.map_or(0, |(_, part)| part.rows.count),
            None => {}
        }
        observer.event(Event::Progress { what: "verify", done: verified.bytes, total: Some(total) });
    }
    found.sort_by_key(|(at, _)| *at);
    verified.damages.extend(found.into_iter().map(|(_, damage)| damage));
    Ok(verified)
}

fn damage(file: String, holds: Option<(&Table, &Part)>, what: String) -> Damage {
    let range = holds.and_then(|(_, part)| part.range.clone());
    Damage { file, table: holds.map(|(table, _)| table.describe()), range, what, foreign: false }
}

/// Files that lie with the backup and are none of it.
fn foreign(found: &Found) -> Vec<Damage> {
    let known: BTreeSet<&str> =
        found.manifest.files.iter().map(|file| file.name.as_str()).chain([MANIFEST, PROOF]).collect();
    let names = found.objects.iter().filter_map(|object| object.name.split_once('/')).map(|(_, name)| name);
    names
        .filter(|name| !known.contains(name))
        .map(|name| Damage {
            foreign: true,
            ..damage(name.to_owned(), None, "it is no file of this backup".to_owned())
        })
        .collect()
}

/// The table and part of each file of rows.
fn holders(manifest: &Manifest) -> HashMap<&str, (&Table, &Part)> {
    let parts = manifest.tables.iter().flat_map(|table| table.parts.iter().map(move |part| (table, part)));
    parts.map(|(table, part)| (part.file.as_str(), (table, part))).collect()
}

/// The files to read, in the order of the manifest.
fn chosen<'a>(manifest: &'a Manifest, holds: &HashMap<&str, (&Table, &Part)>, extent: Extent) -> Vec<&'a File> {
    let Extent::Sample(share) = extent else { return manifest.files.iter().collect() };
    let chance = std::hash::RandomState::new();
    let mut rows: Vec<&str> =
        manifest.files.iter().map(|file| file.name.as_str()).filter(|name| holds.contains_key(name)).collect();
    rows.sort_by_key(|name| std::hash::BuildHasher::hash_one(&chance, name));
    rows.truncate((rows.len() as f64 * share.clamp(0.0, 1.0)).ceil() as usize);
    let rows: BTreeSet<&str> = rows.into_iter().collect();
    let wanted = |file: &&File| !holds.contains_key(file.name.as_str()) || rows.contains(file.name.as_str());
    manifest.files.iter().filter(wanted).collect()
}
