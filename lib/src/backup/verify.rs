//! Reading backups again: every byte against its hash, every row against its digest.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;

use crate::archive::codec::Decoder;
use crate::archive::digest::{RowReader, Stored, StoredReader};
use crate::archive::manifest::{Engine, File, MANIFEST, Manifest, PROOF, Part, Range, Table};
use crate::archive::sealed::{Opener, Opening, Unlocking};
use crate::archive::toc::Toc;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};
use crate::store::{Found, Store};

/// The file that pg_restore begins with.
const TOC: &str = "toc.dat";

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
    for file in chosen {
        let holds = holds.get(file.name.as_str()).copied();
        let mut what = reread(store, manifest, file, holds, opener.as_ref()).await?;
        if what.is_some() {
            // What a connection has cut off is whole the second time.
            what = reread(store, manifest, file, holds, opener.as_ref()).await?;
        }
        verified.files += 1;
        verified.bytes += file.stored.bytes;
        match what {
            Some(what) => verified.damages.push(damage(file.name.clone(), holds, what)),
            None if verified.opened => verified.rows += holds.map_or(0, |(_, part)| part.rows.count),
            None => {}
        }
        observer.event(Event::Progress { what: "verify", done: verified.bytes, total: Some(total) });
    }
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

/// Reads one file; what is wrong with it.
async fn reread(
    store: &dyn Store,
    manifest: &Manifest,
    file: &File,
    holds: Option<(&Table, &Part)>,
    opener: Option<&Opener>,
) -> Result<Option<String>> {
    let mut source = match store.read(&format!("{}/{}", manifest.id, file.name)).await {
        Ok(source) => source,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some("it is missing".to_owned())),
        Err(error) => return Err(error),
    };
    let mut stored = StoredReader::default();
    // What is inside may be damaged before the end; the hash is of all of it all the same.
    let mut content = opener.map(|opener| Content::new(manifest, file, holds, opener));
    let mut wrong = None;
    while let Some(piece) = source.next().await? {
        stored.push(&piece);
        if let Some(Ok(open)) = &mut content
            && let Err(error) = open.push(&piece)
        {
            content = Some(Err(error));
        }
    }
    match content {
        Some(Ok(open)) => wrong = open.finish().err(),
        Some(Err(error)) => wrong = Some(error),
        None => {}
    }
    Ok(difference(&file.stored, &stored.finish(), wrong.as_ref()))
}

/// What differs between the bytes that were written and those that are there; with `wrong`, what that has made of the content.
fn difference(written: &Stored, found: &Stored, wrong: Option<&Error>) -> Option<String> {
    let outside = match found {
        found if found == written => None,
        found if found.bytes != written.bytes => {
            Some(format!("it has {} bytes and not {}", found.bytes, written.bytes))
        }
        _ => Some("its bytes are others".to_owned()),
    };
    match (outside, wrong) {
        (None, None) => None,
        (Some(outside), None) => Some(outside),
        (None, Some(wrong)) => Some(wrong.one_line()),
        (Some(outside), Some(wrong)) => Some(format!("{outside}; {}", wrong.one_line())),
    }
}

/// What is inside a file, as it comes.
struct Content<'a> {
    file: &'a File,
    opener: Opening,
    decoder: Decoder,
    inside: Inside<'a>,
    bytes: u64,
}

enum Inside<'a> {
    /// Rows of a table.
    Rows(Box<RowReader>, &'a Part),
    /// The table of contents.
    Toc(Vec<u8>),
    /// Something that is whole if it can be decoded.
    Other,
}

impl<'a> Content<'a> {
    fn new(manifest: &Manifest, file: &'a File, holds: Option<(&Table, &'a Part)>, opener: &Opener) -> Result<Self> {
        let inside = match holds {
            Some((table, part)) if manifest.source.engine == Engine::Postgres => {
                Inside::Rows(Box::new(RowReader::new(table.copy, manifest.seed)), part)
            }
            _ if file.base() == TOC => Inside::Toc(Vec::new()),
            _ => Inside::Other,
        };
        Ok(Self { file, opener: opener.begin(), decoder: Decoder::new(file.codec)?, inside, bytes: 0 })
    }

    fn push(&mut self, piece: &[u8]) -> Result<()> {
        let (decoder, inside, bytes) = (&mut self.decoder, &mut self.inside, &mut self.bytes);
        self.opener.push(piece, &mut |piece| decoder.push(piece, &mut |piece| inside.take(piece, bytes)))
    }

    fn finish(mut self) -> Result<()> {
        let (inside, bytes) = (&mut self.inside, &mut self.bytes);
        let decoder = &mut self.decoder;
        self.opener.finish(&mut |piece| decoder.push(piece, &mut |piece| inside.take(piece, bytes)))?;
        self.decoder.finish()?;
        if self.bytes != self.file.plain_bytes {
            let message = format!("opened, it has {} bytes and not {}", self.bytes, self.file.plain_bytes);
            return Err(Error::new(ErrorKind::Verification, message));
        }
        match self.inside {
            Inside::Other => Ok(()),
            Inside::Toc(bytes) => match Toc::read(&bytes)?.unshared_load() {
                None => Ok(()),
                Some(load) => {
                    let message = format!(
                        "{} is one of several of its table and does not say so: pg_restore would lose the rows of others",
                        load.describe()
                    );
                    Err(Error::new(ErrorKind::Verification, message))
                }
            },
            Inside::Rows(reader, part) => {
                let found = reader.finish()?;
                if found == part.rows {
                    return Ok(());
                }
                let message = match found.count == part.rows.count {
                    true => "its rows are others".to_owned(),
                    false => format!("it has {} rows and not {}", found.count, part.rows.count),
                };
                Err(Error::new(ErrorKind::Verification, message))
            }
        }
    }
}

impl Inside<'_> {
    fn take(&mut self, piece: &[u8], bytes: &mut u64) -> Result<()> {
        *bytes += piece.len() as u64;
        match self {
            Self::Rows(reader, _) => reader.push(piece),
            Self::Toc(toc) => {
                toc.extend_from_slice(piece);
                Ok(())
            }
            Self::Other => Ok(()),
        }
    }
}
