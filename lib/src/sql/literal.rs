//! Quoting of string literals.

use super::Flavor;

/// `text` as a string literal for PostgreSQL. A backslash makes it the `E''` form, which means the same
/// whatever `standard_conforming_strings` is.
///
/// PostgreSQL stores no NUL character: one in `text` is passed on, and the server refuses the statement.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// `text` as a string literal for `flavor`.
///
/// In SQLite a backslash is a character like any other, and a text with a NUL character, which would end
/// the statement, is written as a cast of its bytes. For PostgreSQL this is [`literal`].
pub fn literal_for(text: &str, flavor: Flavor) -> String {
    match flavor {
        Flavor::Postgres => literal(text),
        Flavor::Sqlite if text.contains('\0') => {
            let bytes: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
            format!("CAST(X'{bytes}' AS TEXT)")
        }
        Flavor::Sqlite => format!("'{}'", text.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_backslashes_are_safe() {
        assert_eq!(literal("plain"), "'plain'");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\b'c"), r"E'a\\b''c'");
    }

    #[test]
    fn sqlite_takes_backslashes_plainly() {
        assert_eq!(literal_for(r"a\b'c", Flavor::Sqlite), r"'a\b''c'");
        assert_eq!(literal_for("a\0b", Flavor::Sqlite), "CAST(X'610062' AS TEXT)");
        assert_eq!(literal_for(r"a\b", Flavor::Postgres), r"E'a\\b'");
    }
}
