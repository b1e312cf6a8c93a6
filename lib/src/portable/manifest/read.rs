//! Reading a manifest that may be anything.

use super::{FILE, FORMAT, LARGEST, Manifest};
use crate::error::{Error, ErrorKind, Place, Result};

/// The manifest that `bytes`, the file called `file`, are.
///
/// # Errors
/// [`ErrorKind::Unsupported`]: a newer version's; [`ErrorKind::Verification`]: damaged, or nothing of ours.
pub fn parse(bytes: &[u8], file: &str) -> Result<Manifest> {
    if bytes.len() as u64 > LARGEST {
        return Err(Error::new(ErrorKind::Verification, format!("{file} is too large to be a manifest")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::new(ErrorKind::Verification, format!("{file} is not UTF-8 (byte {})", error.valid_up_to()))
    })?;
    let damaged = |error: serde_json::Error| {
        let line_start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let place = Place::in_text(file, text, line_start + error.column().saturating_sub(1));
        Error::new(ErrorKind::Verification, format!("{file} is no manifest of a portable dump")).source(error).at(place)
    };
    // The version alone comes first: nothing else of a newer one needs to be understood.
    let any: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
    match any.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format > u64::from(FORMAT) => {
            let message = format!("the dump is of format {format}, and this Mainstay reads up to {FORMAT}");
            return Err(Error::new(ErrorKind::Unsupported, message)
                .hint("load it with the Mainstay that wrote it, or a newer one: mainstay --version"));
        }
        Some(1..) => {}
        _ => {
            let message = format!("{file} is no manifest of a portable dump: it names no format");
            return Err(Error::new(ErrorKind::Verification, message)
                .hint(format!("a dump is a folder with {FILE}, as `mainstay data dump -o DIR` writes it")));
        }
    }
    let manifest: Manifest = serde_json::from_str(text).map_err(damaged)?;
    super::check::check(&manifest, file)?;
    Ok(manifest)
}
