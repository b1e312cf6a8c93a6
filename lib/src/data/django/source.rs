//! Where a fixture is read from: a file in which any place can be gone to.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::archive::codec::{Codec, Decoder};
use crate::disk;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::portable::django::Spot;

/// Characters of an object that are shown.
const SHOWN: usize = 200;

/// The names that a fixture may have which is named without its ending.
pub(in crate::data) const ENDINGS: [&str; 6] = [".json", ".jsonl", ".json.gz", ".jsonl.gz", ".json.zst", ".jsonl.zst"];

/// A fixture's text.
pub(in crate::data) struct Text {
    pub(super) file: File,
    /// What the fixture is called.
    pub(super) shown: String,
    /// Its length and the moment of its last change, as it was opened.
    state: (u64, Option<std::time::SystemTime>),
}

impl Text {
    /// The fixture in a file, which may be compressed.
    pub(in crate::data) fn open(path: &Path, temporary: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let mut file = File::open(path).map_err(|source| Error::io("read the fixture", path, source))?;
        let codec = codec_of(&file, path)?;
        if codec == Codec::None {
            return Self::of(file, shown);
        }
        let mut aside = Aside::make(temporary)?;
        let mut decoder = Decoder::new(codec)?;
        let damaged = |error: Error| error.context(format!("{shown} is damaged"));
        let mut piece = vec![0; super::index::PIECE];
        loop {
            let read = file.read(&mut piece).map_err(|source| Error::io("read the fixture", path, source))?;
            if read == 0 {
                break;
            }
            decoder.push(&piece[..read], &mut |bytes| aside.put(bytes)).map_err(damaged)?;
        }
        decoder.finish().map_err(damaged)?;
        Self::of(aside.file, shown)
    }

    /// The fixture that comes out of a stream; it is kept aside, since it is read more than once.
    pub(in crate::data) fn stream(mut stream: impl Read, shown: &str, temporary: &Path) -> Result<Self> {
        let mut aside = Aside::make(temporary)?;
        let mut piece = vec![0; super::index::PIECE];
        loop {
            let read = stream.read(&mut piece);
            let read =
                read.map_err(|source| Error::new(ErrorKind::Io, format!("cannot read {shown}")).source(source))?;
            if read == 0 {
                return Self::of(aside.file, shown.to_owned());
            }
            aside.put(&piece[..read])?;
        }
    }

    fn of(file: File, shown: String) -> Result<Self> {
        let state = state(&file).map_err(|source| Error::io("read the fixture", Path::new(&shown), source))?;
        Ok(Self { file, shown, state })
    }

    /// Whether it is still what it was.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        let now = state(&self.file).map_err(|source| self.io(source))?;
        if now == self.state {
            return Ok(());
        }
        let message = format!("{} was changed while it was read", self.shown);
        Err(Error::new(ErrorKind::Verification, message).hint("run the command again once it is written"))
    }

    pub(super) fn io(&self, source: std::io::Error) -> Error {
        Error::io("read the fixture", Path::new(&self.shown), source)
    }

    /// The place of an object whose text is at hand.
    pub(super) fn place(&self, spot: Spot, bytes: &[u8]) -> Place {
        let line = usize::try_from(spot.line).unwrap_or(usize::MAX);
        Place { file: self.shown.clone(), line, column: 1, text: glance(bytes) }
    }

    /// The place of an object.
    pub(super) fn place_of(&self, spot: Spot) -> Place {
        let mut bytes = vec![0; 2 * SHOWN];
        let read = self.file.read_at(&mut bytes, spot.offset).unwrap_or_default();
        self.place(spot, &bytes[..read])
    }
}

/// The beginning of an object, on one line.
pub(super) fn glance(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN)]).into_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(SHOWN).collect()
}

fn state(file: &File) -> std::io::Result<(u64, Option<std::time::SystemTime>)> {
    file.metadata().map(|about| (about.len(), about.modified().ok()))
}

/// How a file is compressed, by its first bytes.
fn codec_of(file: &File, path: &Path) -> Result<Codec> {
    let mut begin = [0; 4];
    let read = file.read_at(&mut begin, 0).map_err(|source| Error::io("read the fixture", path, source))?;
    Ok(match &begin[..read] {
        [0x1f, 0x8b, ..] => Codec::Gzip(1),
        [0x28, 0xb5, 0x2f, 0xfd] => Codec::Zstd(1),
        _ => Codec::None,
    })
}

/// A file for this process alone, which is gone with it.
struct Aside {
    path: PathBuf,
    file: File,
}

impl Aside {
    fn make(temporary: &Path) -> Result<Self> {
        let path = disk::unfinished_name(&temporary.join("mainstay-fixture"));
        let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = made.map_err(|source| Error::io("write", &path, source))?;
        std::fs::remove_file(&path).map_err(|source| Error::io("remove", &path, source))?;
        Ok(Self { path, file })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|source| {
            Error::io("write", &self.path, source)
                .context("the fixture is unpacked there, since it is read more than once")
                .hint("unpack it where there is room, and load the plain file: gunzip FILE.json.gz")
        })
    }
}
