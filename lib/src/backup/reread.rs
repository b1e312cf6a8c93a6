//! One file of a backup, read again: its bytes against their hash, its rows against their digest.

use tokio::sync::mpsc::{self, Receiver};
use tokio::task::spawn_blocking;

use crate::archive::codec::Decoder;
use crate::archive::digest::{RowReader, Rows, Stored, StoredReader};
use crate::archive::manifest::{Engine, File, Manifest, Part, Table};
use crate::archive::sealed::{Opener, Opening};
use crate::archive::toc::Toc;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// The file that pg_restore begins with.
const TOC: &str = "toc.dat";
/// Pieces that wait to be looked at: a few, so that neither waits for the other, and memory stays small.
const WAITING: usize = 2;

/// Reads one file; what is wrong with it. The bytes are hashed and opened on a thread of their own, while the next are read.
pub(super) async fn reread(
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
    let content = opener.map(|opener| Content::new(manifest, file, holds, opener));
    let (to, from) = mpsc::channel(WAITING);
    let reading = spawn_blocking(move || read(content, from));
    while let Some(piece) = source.next().await? {
        // Nobody takes it any more where that thread is gone, which its end tells.
        let _ = to.send(piece).await;
    }
    drop(to);
    let (stored, wrong) = reading
        .await
        .map_err(|error| Error::new(ErrorKind::Io, format!("{} was not read to its end", file.name)).source(error))?;
    Ok(difference(&file.stored, &stored, wrong.as_ref()))
}

/// Hashes what comes, and opens it; what is inside may be damaged before the end, and the hash is of all of it all the same.
fn read(mut content: Option<Result<Content>>, mut from: Receiver<Vec<u8>>) -> (Stored, Option<Error>) {
    let mut stored = StoredReader::default();
    while let Some(piece) = from.blocking_recv() {
        stored.push(&piece);
        if let Some(Ok(open)) = &mut content
            && let Err(error) = open.push(&piece)
        {
            content = Some(Err(error));
        }
    }
    let wrong = match content {
        Some(Ok(open)) => open.finish().err(),
        Some(Err(error)) => Some(error),
        None => None,
    };
    (stored.finish(), wrong)
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
struct Content {
    /// How many bytes it should have, opened.
    plain_bytes: u64,
    opener: Opening,
    decoder: Decoder,
    inside: Inside,
    bytes: u64,
}

enum Inside {
    /// Rows of a table, and what they should be.
    Rows(Box<RowReader>, Rows),
    /// The table of contents.
    Toc(Vec<u8>),
    /// Something that is whole if it can be decoded.
    Other,
}

impl Content {
    fn new(manifest: &Manifest, file: &File, holds: Option<(&Table, &Part)>, opener: &Opener) -> Result<Self> {
        let inside = match holds {
            Some((table, part)) if manifest.source.engine == Engine::Postgres => {
                Inside::Rows(Box::new(RowReader::new(table.copy, manifest.seed)), part.rows)
            }
            _ if file.base() == TOC => Inside::Toc(Vec::new()),
            _ => Inside::Other,
        };
        let decoder = Decoder::new(file.codec)?;
        Ok(Self { plain_bytes: file.plain_bytes, opener: opener.begin(), decoder, inside, bytes: 0 })
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
        if self.bytes != self.plain_bytes {
            let message = format!("opened, it has {} bytes and not {}", self.bytes, self.plain_bytes);
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
            Inside::Rows(reader, expected) => {
                let found = reader.finish()?;
                if found == expected {
                    return Ok(());
                }
                let message = match found.count == expected.count {
                    true => "its rows are others".to_owned(),
                    false => format!("it has {} rows and not {}", found.count, expected.count),
                };
                Err(Error::new(ErrorKind::Verification, message))
            }
        }
    }
}

impl Inside {
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
