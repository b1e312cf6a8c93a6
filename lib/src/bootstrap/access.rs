//! What those who only read may do with tables and sequences, and those who write too: bootstrap's logins and the presets of
//! `roles` alike.

/// Privileges on tables, separated by `, `.
pub fn on_tables(writes: bool) -> &'static str {
    if writes { "SELECT, INSERT, UPDATE, DELETE" } else { "SELECT" }
}

/// Privileges on sequences, separated by `, `.
pub fn on_sequences(writes: bool) -> &'static str {
    if writes { "SELECT, UPDATE, USAGE" } else { "SELECT" }
}
