//! Statements that have to do with transactions: those that cannot run in one, and those that begin or end one.

use super::{Flavor, words};

/// What the engine refuses inside a transaction block, by its first words.
pub fn needs_no_transaction(sql: &str, flavor: Flavor) -> Option<String> {
    let words = words(sql, flavor, 4);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let refused = match (flavor, words.as_slice()) {
        (Flavor::Sqlite, ["VACUUM", ..]) => true,
        (Flavor::Sqlite, _) => false,
        (_, ["VACUUM", ..] | ["ALTER", "SYSTEM", ..]) => true,
        (_, ["CREATE" | "DROP", "DATABASE" | "TABLESPACE", ..]) => true,
        (_, ["CREATE", "INDEX", "CONCURRENTLY", ..] | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"]) => true,
        (_, ["DROP", "INDEX", "CONCURRENTLY", ..] | ["REINDEX", _, "CONCURRENTLY", ..]) => true,
        _ => false,
    };
    refused.then(|| words.join(" "))
}

/// Whether a statement begins or ends a transaction.
pub fn rules_transaction(sql: &str, flavor: Flavor) -> bool {
    let words = words(sql, flavor, 2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["BEGIN" | "COMMIT" | "END" | "ABORT", ..] | ["START", "TRANSACTION"])
        || matches!(words.as_slice(), ["ROLLBACK"] | ["ROLLBACK", "WORK" | "TRANSACTION" | "AND"])
}
