//! A password that nobody has thought of.

use rustls::crypto::ring::default_provider;

use crate::conn::Secret;
use crate::error::{Error, ErrorKind, Result};

/// Characters that need no quoting in a shell, a URL or a configuration file, and none of which looks like another: 64 less those.
const LETTERS: &[u8; 56] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/// So many of them are 139 bits.
const LENGTH: usize = 24;

/// A new password from the system's random numbers.
///
/// # Errors
/// The system has no random numbers.
pub fn generate() -> Result<Secret> {
    let provider = default_provider();
    let mut password = String::with_capacity(LENGTH);
    while password.len() < LENGTH {
        let mut bytes = [0; LENGTH];
        let filled = provider.secure_random.fill(&mut bytes);
        filled.map_err(|_| Error::new(ErrorKind::Io, "the system has no random numbers for a password"))?;
        // Beyond the last whole round the first letters would come more often.
        let fair = bytes.into_iter().filter(|byte| usize::from(*byte) < 256 / LETTERS.len() * LETTERS.len());
        password.extend(
            fair.take(LENGTH - password.len()).map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])),
        );
    }
    Ok(Secret::new(password))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn passwords_are_long_plain_and_never_the_same() {
        let made: BTreeSet<String> = (0..200).map(|_| generate().unwrap().expose().to_owned()).collect();
        assert_eq!(made.len(), 200);
        assert!(made.iter().all(|one| one.len() == LENGTH && one.bytes().all(|byte| LETTERS.contains(&byte))));
        let used: BTreeSet<char> = made.iter().flat_map(|one| one.chars()).collect();
        assert_eq!(used.len(), LETTERS.len(), "every letter comes up");
    }
}
