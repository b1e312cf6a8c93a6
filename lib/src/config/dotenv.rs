//! `.env`: variables that the real environment does not set.

use crate::error::{Error, ErrorKind, Place, Result};

/// A file with variables that the real environment does not set.
#[derive(Clone, Debug, Default)]
pub struct Dotenv {
    /// Its name as the configuration has it.
    pub file: String,
    /// Names and values, in its order.
    pub pairs: Vec<(String, String)>,
}

impl Dotenv {
    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The variables that `text`, the content of `file`, sets, in its order; of several of one name the first counts.
/// Nothing is put into the process's environment.
///
/// # Errors
/// [`ErrorKind::Config`] with the line: it is no `NAME=value`. Values are not quoted, for they may be secrets.
pub fn dotenv(text: &str, file: &str) -> Result<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    for item in dotenvy::from_read_iter(text.as_bytes()) {
        match item {
            Ok((name, value)) if pairs.iter().all(|(known, _)| *known != name) => pairs.push((name, value)),
            Ok(_) => {}
            Err(error) => return Err(fault(&error, text, file)),
        }
    }
    Ok(pairs)
}

fn fault(error: &dotenvy::Error, text: &str, file: &str) -> Error {
    let dotenvy::Error::LineParse(wrong, _) = error else {
        return Error::new(ErrorKind::Config, format!("cannot read {file}"));
    };
    let offset = text.find(wrong.trim_end()).unwrap_or_default();
    let mut place = Place::in_text(file, text, offset);
    place.text = place.text.split_once('=').map(|(name, _)| format!("{name}=…")).unwrap_or_default();
    Error::new(ErrorKind::Config, format!("a line of {file} cannot be read"))
        .hint("write NAME=value; a value with spaces, quotes or # stands in single quotes")
        .at(place)
}
