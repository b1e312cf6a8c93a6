//! Keyword strings, `host=… dbname=…`, with libpq's quoting.
//!
//! Source: PostgreSQL documentation, "Keyword/Value Connection Strings".

use super::keyword;
use super::url::Pairs;
use crate::error::{Error, ErrorKind, Result};

/// Reads a keyword string. A keyword given twice counts as given last.
///
/// # Errors
/// No `=`, half a quote, an unknown keyword.
pub(super) fn parse(text: &str) -> Result<Pairs> {
    let mut pairs = Pairs::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(after) = after.trim_start().strip_prefix('=') else {
            // The word may be the second half of a password with a space in it.
            return Err(fault("a word has no = after it").hint("a value with a space in it stands in single quotes"));
        };
        let (value, after) = value(after.trim_start())?;
        let name = keyword::find(name)?;
        pairs.retain(|(earlier, _)| *earlier != name);
        pairs.push((name, value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

/// One value and what follows it.
fn value(text: &str) -> Result<(String, &str)> {
    let (text, quoted) = text.strip_prefix('\'').map_or((text, false), |inner| (inner, true));
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            c if !quoted && c.is_ascii_whitespace() => return Ok((value, &text[at..])),
            c => value.push(c),
        }
    }
    if quoted { Err(fault("a single quote is not closed")) } else { Ok((value, "")) }
}

fn fault(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
}
