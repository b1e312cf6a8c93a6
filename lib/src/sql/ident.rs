//! Quoting of identifiers.

/// `name` as an identifier in SQL text: bare where every server reads it back unchanged, quoted otherwise.
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `schema.name`, both as [`ident`].
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}
