//! Names of objects as bytes: a database may be in no encoding at all, and then its names are in none.

use crate::archive::toc::Entry;
use crate::sql;

/// `schema.name` of an entry, quoted where needed.
pub(crate) fn qualified(entry: &Entry) -> Vec<u8> {
    joined(entry.namespace.as_deref(), entry.tag.as_deref().unwrap_or_default())
}

/// The same of its parts.
pub(crate) fn joined(schema: Option<&[u8]>, name: &[u8]) -> Vec<u8> {
    match schema {
        Some(schema) => [&ident(schema)[..], b".", &ident(name)].concat(),
        None => ident(name),
    }
}

fn ident(name: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(name) {
        Ok(name) => sql::ident(name).into_bytes(),
        Err(_) => quoted(name, b'"'),
    }
}

/// A text as a literal.
pub(crate) fn literal(text: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(text) {
        Ok(text) => sql::literal(text).into_bytes(),
        Err(_) if text.contains(&b'\\') => {
            let doubled: Vec<u8> = text.iter().flat_map(|byte| vec![*byte; 1 + usize::from(*byte == b'\\')]).collect();
            [b"E".to_vec(), quoted(&doubled, b'\'')].concat()
        }
        Err(_) => quoted(text, b'\''),
    }
}

/// `text` between two of `mark`, those in it doubled. Whatever the server's encoding, such a byte is never part of a
/// longer character.
fn quoted(text: &[u8], mark: u8) -> Vec<u8> {
    let mut quoted = vec![mark];
    for byte in text {
        quoted.extend(std::iter::repeat_n(*byte, 1 + usize::from(*byte == mark)));
    }
    quoted.push(mark);
    quoted
}
