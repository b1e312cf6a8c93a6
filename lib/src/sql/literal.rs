//! Quoting of string literals.

/// `text` as a string literal in SQL text.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
