//! Manifests and proofs as JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};

use super::{FORMAT, MANIFEST, Manifest, PROOF, Proof};

impl Manifest {
    /// Reads the bytes of a `manifest.json`, and checks that it agrees with itself.
    ///
    /// # Errors
    /// It has a format that is newer than this program, or is no manifest, or contradicts itself.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let manifest: Self = read(MANIFEST, bytes)?;
        manifest.check().map_err(|error| error.context(format!("{MANIFEST} contradicts itself")))?;
        Ok(manifest)
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes(self)
    }
}

impl Proof {
    /// Reads the bytes of a `proof.json`.
    ///
    /// # Errors
    /// As [`Manifest::read`].
    pub fn read(bytes: &[u8]) -> Result<Self> {
        read(PROOF, bytes)
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes(self)
    }
}

/// The format alone comes first: of a newer one nothing else can be trusted to mean what it means here.
fn read<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T> {
    let damaged = |why: serde_json::Error| {
        Error::new(ErrorKind::Verification, format!("{name} is damaged")).source(why.to_string())
    };
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
    if format > FORMAT {
        let message = format!("{name} has format {format}, and this Mainstay reads formats up to {FORMAT}");
        let hint = "a newer Mainstay made this backup: install its version, or one that is newer still";
        return Err(Error::new(ErrorKind::Unsupported, message).hint(hint));
    }
    if format == 0 {
        return Err(Error::new(ErrorKind::Verification, format!("{name} is damaged: there is no format 0")));
    }
    serde_json::from_slice(bytes).map_err(damaged)
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("keys are texts, and nothing fails to serialise");
    bytes.push(b'\n');
    bytes
}
