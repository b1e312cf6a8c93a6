//! Public keys, which encrypt, and secret ones, which decrypt.

use age::x25519;

use crate::error::{Error, ErrorKind, Place, Result};

/// Public keys: `age1…`. A file that is encrypted to them is opened by the secret key of any.
#[derive(Clone)]
pub struct Recipients(pub(super) Vec<x25519::Recipient>);

impl Recipients {
    /// Reads public keys; there is at least one.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where one is none, or a secret one.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self> {
        let wrong = |message: String| {
            Error::new(ErrorKind::Config, message).hint(
                "make a pair of keys with: age-keygen -o backup.key; its line `# public key` has what is wanted here",
            )
        };
        if texts.is_empty() {
            return Err(wrong("there is no public key to encrypt to".to_owned()));
        }
        let read = |text: &S| {
            let text = text.as_ref().trim();
            // A secret key must not be repeated in a message.
            if text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
                return Err(wrong(
                    "a secret key stands where public keys belong: it would open every backup".to_owned(),
                ));
            }
            text.parse().map_err(|why: &str| wrong(format!("{text:?} is no public key of age: {why}")))
        };
        texts.iter().map(read).collect::<Result<_>>().map(Self)
    }

    /// The keys as texts, as a manifest has them.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

/// Secret keys, of which one opens a file. They are shown nowhere.
#[derive(Clone)]
pub struct Keys {
    /// The file that they are from, for messages.
    pub(super) file: String,
    pub(super) identities: Vec<x25519::Identity>,
}

impl Keys {
    /// A key that is made for this moment, and its public one.
    pub fn passing() -> (Self, Recipients) {
        let identity = x25519::Identity::generate();
        let recipients = Recipients(vec![identity.to_public()]);
        (Self { file: "a key of this moment".to_owned(), identities: vec![identity] }, recipients)
    }

    /// Reads the text of a key file as `age-keygen` writes it: a line for each key, `AGE-SECRET-KEY-1…`, others empty or
    /// begun with `#`. `file` is its name, for messages.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where a line is no key, or none is one.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        if text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE") {
            return Err(Error::new(ErrorKind::Config, format!("the key file {file} is encrypted itself"))
                .hint(format!("decrypt it while it is read: --identity <(age -d {file})")));
        }
        if text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") {
            return Err(Error::new(ErrorKind::Config, format!("{file} has an SSH key, and keys of age are wanted"))
                .hint("make one: age-keygen -o backup.key; its public key belongs in [backup] encrypt"));
        }
        let mut identities = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let identity = line.parse().map_err(|_: &str| {
                // The line may be a key with a slip in it: it is not shown.
                let place = Place { file: file.to_owned(), line: number + 1, column: 1, text: String::new() };
                Error::new(
                    ErrorKind::Config,
                    format!("line {} of the key file {file} is no secret key of age", number + 1),
                )
                .at(place)
                .hint("a key begins with AGE-SECRET-KEY-1; age-keygen writes such files")
            })?;
            identities.push(identity);
        }
        if identities.is_empty() {
            return Err(Error::new(ErrorKind::Config, format!("there is no secret key in {file}"))
                .hint("a key begins with AGE-SECRET-KEY-1; age-keygen writes such files"));
        }
        Ok(Self { file: file.to_owned(), identities })
    }

    /// These and those of another file.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.file = format!("{}, {}", self.file, other.file);
        self.identities.extend(other.identities);
        self
    }

    /// The public keys that belong to them.
    pub fn recipients(&self) -> Recipients {
        Recipients(self.identities.iter().map(x25519::Identity::to_public).collect())
    }
}
