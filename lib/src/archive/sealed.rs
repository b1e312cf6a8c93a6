//! What lies between a file's compression and the store: nothing, or encryption.
//!
//! Without the feature `encrypt` there is only nothing: a backup that is encrypted is refused by name, and never taken for another.

#[cfg(feature = "encrypt")]
use super::cipher::{Decrypter, Encrypter, Keys, Recipients, SUFFIX};
use super::manifest::{Encryption, Manifest};
use crate::error::{Error, ErrorKind, Result};

/// Encrypts the files of one backup, or leaves them as they are.
#[derive(Clone, Default)]
pub enum Sealer {
    /// As they are.
    #[default]
    Plain,
    /// To public keys.
    #[cfg(feature = "encrypt")]
    Encrypted(Recipients),
}

/// Seals one file, whose bytes come in pieces.
pub enum Sealing {
    /// Hands on what comes.
    Plain,
    /// Encrypts it.
    #[cfg(feature = "encrypt")]
    Encrypted(Box<Encrypter>),
}

impl Sealer {
    /// To these public keys; none for no encryption.
    ///
    /// # Errors
    /// One is no public key; [`ErrorKind::Unsupported`] in a build that cannot encrypt.
    pub fn to(keys: &[String]) -> Result<Self> {
        if keys.is_empty() {
            return Ok(Self::Plain);
        }
        #[cfg(feature = "encrypt")]
        return Recipients::parse(keys).map(Self::Encrypted);
        #[cfg(not(feature = "encrypt"))]
        Err(cannot("encrypt backups"))
    }

    /// To a key that is made for this moment, and what has it: once that is gone, nobody ever opens what was encrypted.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] in a build that cannot encrypt.
    pub fn passing() -> Result<(Self, Unlocking)> {
        #[cfg(feature = "encrypt")]
        {
            let (keys, recipients) = Keys::passing();
            Ok((Self::Encrypted(recipients), Unlocking { keys: Some(keys), absent: None }))
        }
        #[cfg(not(feature = "encrypt"))]
        Err(cannot("encrypt backups"))
    }

    /// Whether what is stored can be read by nobody without a key.
    pub fn encrypts(&self) -> bool {
        !matches!(self, Self::Plain)
    }

    /// What the names of its files end in, after the suffix of their compression.
    pub fn suffix(&self) -> &'static str {
        match self {
            Self::Plain => "",
            #[cfg(feature = "encrypt")]
            Self::Encrypted(_) => SUFFIX,
        }
    }

    /// What the manifest says of it.
    pub fn encryption(&self) -> Option<Encryption> {
        match self {
            Self::Plain => None,
            #[cfg(feature = "encrypt")]
            Self::Encrypted(recipients) => {
                Some(Encryption { method: super::manifest::Cipher::Age, recipients: recipients.texts() })
            }
        }
    }

    /// Begins a file.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn begin(&self) -> Result<Sealing> {
        match self {
            Self::Plain => Ok(Sealing::Plain),
            #[cfg(feature = "encrypt")]
            Self::Encrypted(recipients) => Ok(Sealing::Encrypted(Box::new(Encrypter::new(recipients)?))),
        }
    }
}

impl Sealing {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Plain => sink(bytes),
            #[cfg(feature = "encrypt")]
            Self::Encrypted(encrypter) => encrypter.push(bytes, sink),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn finish(self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Plain => {
                let _ = sink;
                Ok(())
            }
            #[cfg(feature = "encrypt")]
            Self::Encrypted(encrypter) => encrypter.finish(sink),
        }
    }
}

/// What opens encrypted backups; by default nothing does.
#[derive(Clone, Default)]
pub struct Unlocking {
    /// Secret keys.
    #[cfg(feature = "encrypt")]
    pub keys: Option<Keys>,
    /// The key file that is configured and not there: not every machine has it.
    pub absent: Option<String>,
}

/// Opens the files of one backup.
#[derive(Clone)]
pub enum Opener {
    /// They are as they are.
    Plain,
    /// With one of these keys.
    #[cfg(feature = "encrypt")]
    Encrypted(Keys),
}

/// Opens one file, whose stored bytes come in pieces.
pub enum Opening {
    /// Hands on what comes.
    Plain,
    /// Decrypts it.
    #[cfg(feature = "encrypt")]
    Encrypted(Box<Decrypter>),
}

impl Opener {
    /// For the backup of `manifest`; `None` where it is encrypted and there are no keys.
    ///
    /// # Errors
    /// There are keys, and none of them is one that it was encrypted to.
    pub fn of(manifest: &Manifest, unlocking: &Unlocking) -> Result<Option<Self>> {
        let Some(encryption) = &manifest.encryption else { return Ok(Some(Self::Plain)) };
        #[cfg(feature = "encrypt")]
        if let Some(keys) = &unlocking.keys {
            let (id, wanted) = (&manifest.id, &encryption.recipients);
            if !keys.recipients().texts().iter().any(|key| wanted.contains(key)) {
                let message =
                    format!("none of the keys opens the backup {id}, which is encrypted to {}", wanted.join(", "));
                return Err(Error::new(ErrorKind::Config, message).hint(GIVE));
            }
            return Ok(Some(Self::Encrypted(keys.clone())));
        }
        let _ = (encryption, unlocking);
        Ok(None)
    }

    /// For the backup of `manifest`, which is to be opened.
    ///
    /// # Errors
    /// It is encrypted and there are no keys, or none that opens it.
    pub fn needed(manifest: &Manifest, unlocking: &Unlocking) -> Result<Self> {
        if let Some(opener) = Self::of(manifest, unlocking)? {
            return Ok(opener);
        }
        #[cfg(not(feature = "encrypt"))]
        return Err(cannot("open encrypted backups"));
        #[cfg(feature = "encrypt")]
        Err(no_key(manifest, unlocking))
    }

    /// Begins a file.
    pub fn begin(&self) -> Opening {
        match self {
            Self::Plain => Opening::Plain,
            #[cfg(feature = "encrypt")]
            Self::Encrypted(keys) => Opening::Encrypted(Box::new(Decrypter::new(keys))),
        }
    }
}

impl Opening {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// They are damaged; and those of `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Plain => sink(bytes),
            #[cfg(feature = "encrypt")]
            Self::Encrypted(decrypter) => decrypter.push(bytes, sink),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// It is not whole; and those of `sink`.
    pub fn finish(self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Plain => {
                let _ = sink;
                Ok(())
            }
            #[cfg(feature = "encrypt")]
            Self::Encrypted(decrypter) => decrypter.finish(sink),
        }
    }
}

#[cfg(feature = "encrypt")]
const GIVE: &str = "give the file with the secret key of one of them: --identity FILE";

#[cfg(feature = "encrypt")]
fn no_key(manifest: &Manifest, unlocking: &Unlocking) -> Error {
    let to = manifest.encryption.as_ref().map(|encryption| encryption.recipients.join(", ")).unwrap_or_default();
    let message = format!("the backup {} is encrypted to {to}, and no secret key is given", manifest.id);
    let error = Error::new(ErrorKind::Config, message).hint(GIVE);
    match &unlocking.absent {
        Some(file) => error.hint(format!("[backup] identity names {file}, which is not there")),
        None => error.hint("or name the file once: [backup] identity = \"file:backup.key\" in mainstay.toml"),
    }
}

#[cfg(not(feature = "encrypt"))]
fn cannot(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("this build of the library cannot {what}"))
        .hint("build with the feature `encrypt`")
}
