//! What can be restored, by what its first bytes say.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::archive::codec::Codec;
use crate::archive::manifest::{Engine, Manifest};
use crate::archive::sealed::Unlocking;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

use super::archive::Archive;
use super::plain::Plain;
use super::roles::Owners;

/// What can be restored.
#[allow(clippy::large_enum_variant, reason = "there is one of them in a process")]
pub enum Backup {
    /// An archive with a table of contents: ours, or a stock one in the directory or custom format.
    Archive(Archive),
    /// A script.
    Plain(Plain),
}

impl Backup {
    /// Opens a folder or file, whatever it is called. `owners` say which roles a script is asked about; `unlocking` has the keys of
    /// an encrypted backup.
    ///
    /// # Errors
    /// It cannot be read, is of no kind that is known, or is damaged.
    pub async fn open(path: &Path, owners: &Owners, unlocking: &Unlocking) -> Result<Self> {
        let about = std::fs::metadata(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::new(ErrorKind::NotFound, format!("there is no file or folder {}", path.display()))
                    .hint("backups are named by their id, or latest: mainstay backup list")
            }
            _ => Error::io("read", path, error),
        })?;
        if about.is_dir() {
            return Archive::folder(path, unlocking).map(Self::Archive);
        }
        let mut front = Vec::new();
        let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
        file.take(512).read_to_end(&mut front).map_err(|error| Error::io("read", path, error))?;
        match Kind::of(&front) {
            Kind::Custom => Archive::file(path).map(Self::Archive),
            Kind::Plain(codec) => Plain::file(path, codec, owners).await.map(Self::Plain),
            Kind::Tar => {
                let message = format!("{} is an archive in the tar format, which is read as a folder", path.display());
                let folder = path.with_extension("folder");
                Err(Error::new(ErrorKind::Unsupported, message).hint(format!(
                    "unpack it first: mkdir {0} && tar -xf {1} -C {0}, then: mainstay restore {0}",
                    folder.display(),
                    path.display()
                )))
            }
            Kind::Encrypted => {
                let (message, plain) = (format!("{} is encrypted with age", path.display()), path.with_extension(""));
                Err(Error::new(ErrorKind::Unsupported, message).hint(format!(
                    "decrypt it first: age -d -i backup.key -o {0} {1}, then: mainstay restore {0}",
                    plain.display(),
                    path.display()
                )))
            }
            Kind::Empty => {
                let message = format!("{} is empty: it is no backup", path.display());
                Err(Error::new(ErrorKind::Verification, message).hint("restore another one"))
            }
        }
    }

    /// The backup of `manifest`, which is in `store`; `unlocking` has the keys of an encrypted one.
    ///
    /// # Errors
    /// It is damaged, or of no kind that is restored; no key opens it.
    pub async fn stored(store: Arc<dyn Store>, manifest: Manifest, unlocking: &Unlocking) -> Result<Self> {
        let id = manifest.id.clone();
        if manifest.source.engine == Engine::Sqlite {
            let message = format!("the backup {id} is of an SQLite file, and no server takes it");
            return Err(Error::new(ErrorKind::Unsupported, message)
                .hint(format!("restore it to a file: mainstay restore {id} --url sqlite:PATH")));
        }
        Archive::stored(store, &id, manifest, unlocking).await.map(Self::Archive)
    }

    /// Where it is, for people.
    pub fn place(&self) -> &str {
        match self {
            Self::Archive(archive) => &archive.place,
            Self::Plain(plain) => &plain.place,
        }
    }
}

enum Kind {
    Custom,
    Plain(Codec),
    Tar,
    Encrypted,
    Empty,
}

impl Kind {
    fn of(front: &[u8]) -> Self {
        match front {
            [] => Self::Empty,
            [0x1f, 0x8b, ..] => Self::Plain(Codec::Gzip(6)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Plain(Codec::Zstd(3)),
            _ if front.starts_with(b"PGDMP") => Self::Custom,
            _ if front.starts_with(b"age-encryption.org/") => Self::Encrypted,
            _ if front.get(257..262) == Some(b"ustar") => Self::Tar,
            _ => Self::Plain(Codec::None),
        }
    }
}
