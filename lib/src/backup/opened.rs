//! Files of a backup before they are decompressed: as they are, or decrypted.

#[cfg(feature = "encrypt")]
use crate::archive::cipher::{Decrypter, Keys};
use crate::archive::manifest::Manifest;
use crate::error::Result;

/// What opens encrypted backups; by default nothing does.
#[derive(Clone, Default)]
pub struct Unlocking {
    /// Secret keys.
    #[cfg(feature = "encrypt")]
    pub keys: Option<Keys>,
}

/// Opens the files of one backup.
pub(super) enum Opener {
    Plain,
    #[cfg(feature = "encrypt")]
    Encrypted(Keys),
}

/// Opens one file.
pub(super) enum Opening {
    Plain,
    #[cfg(feature = "encrypt")]
    Encrypted(Box<Decrypter>),
}

impl Opener {
    /// For the backup of `manifest`; `None` where it is encrypted and there are no keys.
    ///
    /// # Errors
    /// There are keys, and none of them is one that it was encrypted to.
    pub(super) fn of(manifest: &Manifest, unlocking: &Unlocking) -> Result<Option<Self>> {
        let Some(_encryption) = &manifest.encryption else { return Ok(Some(Self::Plain)) };
        #[cfg(feature = "encrypt")]
        if let Some(keys) = &unlocking.keys {
            let (id, wanted) = (&manifest.id, &_encryption.recipients);
            if !keys.recipients().texts().iter().any(|key| wanted.contains(key)) {
                let message =
                    format!("none of the keys opens the backup {id}, which is encrypted to {}", wanted.join(", "));
                return Err(crate::error::Error::new(crate::error::ErrorKind::Config, message)
                    .hint("give the file with the secret key of one of them: --key-file FILE"));
            }
            return Ok(Some(Self::Encrypted(keys.clone())));
        }
        #[cfg(not(feature = "encrypt"))]
        let Unlocking {} = unlocking;
        Ok(None)
    }

    pub(super) fn open(&self) -> Opening {
        match self {
            Self::Plain => Opening::Plain,
            #[cfg(feature = "encrypt")]
            Self::Encrypted(keys) => Opening::Encrypted(Box::new(Decrypter::new(keys))),
        }
    }
}

impl Opening {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Plain => sink(bytes),
            #[cfg(feature = "encrypt")]
            Self::Encrypted(decrypter) => decrypter.push(bytes, sink),
        }
    }

    /// Ends the file.
    pub(super) fn finish(self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Plain => Ok(()),
            #[cfg(feature = "encrypt")]
            Self::Encrypted(decrypter) => decrypter.finish(sink),
        }
    }
}
