//! The texts of an archive on their way to the server.
//!
//! They are in the encoding of the database that was dumped, and a session of ours speaks UTF-8. What is in another encoding goes
//! as bytes in hexadecimal digits, and the server, which knows all encodings, reads them.

use crate::engine::{Session, first_cell};
use crate::error::{Result, shell_word};
use crate::sql::literal;

use super::plain::STANDARD_INPUT;

/// What a database in no encoding is said to be in: its texts may be any bytes, and nothing turns them into UTF-8.
pub(super) const UNENCODED: &str = "SQL_ASCII";

/// How texts of one archive are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoding(String);

impl Encoding {
    pub(super) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The statements `sql` as they can be sent.
    pub(super) fn statements(&self, sql: &[u8]) -> String {
        match self.text(sql) {
            Ok(text) => text,
            Err(bytes) => format!("DO {}", literal(&format!("BEGIN EXECUTE {bytes}; END"))),
        }
    }

    /// A text in UTF-8, by the server's word where it is in another encoding.
    pub(super) async fn said(&self, bytes: &[u8], session: &mut dyn Session) -> Result<String> {
        match self.text(bytes) {
            Ok(text) => Ok(text),
            Err(expression) => {
                let answer = session.query(&format!("SELECT {expression}")).await?;
                Ok(first_cell(&answer).unwrap_or_default().to_owned())
            }
        }
    }

    /// A text as it can be sent; else the expression by which the server reads it.
    fn text(&self, bytes: &[u8]) -> Result<String, String> {
        let plain = matches!(self.0.as_str(), "UTF8" | UNENCODED) || bytes.is_ascii();
        match std::str::from_utf8(bytes) {
            Ok(text) if plain => Ok(text.to_owned()),
            _ => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                Err(format!("pg_catalog.convert_from('\\x{hex}'::pg_catalog.bytea, {})", literal(&self.0)))
            }
        }
    }

    /// The option of COPY that says what its rows are in; none for UTF-8, which a session speaks anyway.
    pub(super) fn of_copy(&self) -> Option<String> {
        (self.0 != "UTF8").then(|| format!("ENCODING {}", literal(&self.0)))
    }
}

/// A text of an archive for people, and for comparing with names that the server says.
pub(super) fn shown(text: &Option<Vec<u8>>) -> String {
    text.as_deref().map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
}

/// The place of a backup as a command names it.
pub(super) fn argument(place: &str) -> String {
    if place == STANDARD_INPUT { "-".to_owned() } else { shell_word(place) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf8_goes_as_bytes() {
        let utf8 = Encoding::new("UTF8");
        assert_eq!(utf8.statements("SELECT 'größe'".as_bytes()), "SELECT 'größe'");
        assert_eq!(utf8.of_copy(), None);
        let latin = Encoding::new("LATIN1");
        assert_eq!(latin.statements(b"SELECT 1"), "SELECT 1");
        let sent = latin.statements(b"SELECT '\xe4'");
        assert_eq!(
            sent,
            r"DO E'BEGIN EXECUTE pg_catalog.convert_from(''\\x53454c4543542027e427''::pg_catalog.bytea, ''LATIN1''); END'"
        );
        assert_eq!(latin.of_copy().unwrap(), "ENCODING 'LATIN1'");
        let bytes = Encoding::new(UNENCODED);
        assert_eq!(bytes.statements("SELECT 'ä'".as_bytes()), "SELECT 'ä'");
        assert!(bytes.statements(b"SELECT '\xe4'").contains("''SQL_ASCII''"));
    }
}
