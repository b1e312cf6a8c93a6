//! A PostgreSQL baseline: what pg_dump prints, without what belongs to the session or the server that it came from.

use crate::catalog::{Catalog, Name};
use crate::sql::{Flavor, TokenKind, significant, words};

use super::{joined, statements};

/// What pg_dump sets for itself. Time limits are the migrator's, and the newest ones unknown to older servers.
const OF_THE_DUMP: [&str; 8] = [
    "STATEMENT_TIMEOUT",
    "LOCK_TIMEOUT",
    "IDLE_IN_TRANSACTION_SESSION_TIMEOUT",
    "TRANSACTION_TIMEOUT",
    "CLIENT_ENCODING",
    "CLIENT_MIN_MESSAGES",
    "STANDARD_CONFORMING_STRINGS",
    "ROW_SECURITY",
];

/// `dump` as a migration that the role `user`, or the `owner` that it acts as, runs on whatever server; the extensions `foreign`
/// are an administrator's. Policies hold for the owner of the tables `forced` only once their rows are there.
pub(super) fn script(dump: &str, forced: &[Name], user: &str, owner: Option<&str>, foreign: &[String]) -> String {
    let own = owner.unwrap_or(user);
    let kept = |sql: &&str| !is_of_the_dump(sql) && !gives_to(sql, own) && !makes_extension(sql, foreign);
    let forcing = forcing(forced, true);
    let dumped = statements(dump, Flavor::Postgres);
    joined(dumped.iter().map(|statement| statement.text).filter(kept).chain(forcing.iter().map(String::as_str)))
}

/// The tables whose policies hold for their owner too, whom they keep from reading all rows.
pub(super) fn forced(catalog: &Catalog) -> Vec<Name> {
    let tables = catalog.tables.iter().filter(|table| table.force_row_security);
    tables.map(|table| table.name.clone()).collect()
}

/// Lets policies hold for the owner of the tables, or not.
pub(super) fn forcing(forced: &[Name], on: bool) -> Vec<String> {
    let word = if on { "FORCE" } else { "NO FORCE" };
    forced.iter().map(|name| format!("ALTER TABLE ONLY {name} {word} ROW LEVEL SECURITY")).collect()
}

fn is_of_the_dump(sql: &str) -> bool {
    match words(sql, Flavor::Postgres, 3).iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["SET", name, ..] => OF_THE_DUMP.contains(name),
        // It comes with the extension, and is not everybody's to set.
        ["COMMENT", "ON", "EXTENSION"] => true,
        _ => false,
    }
}

/// `ALTER … OWNER TO role`, where whoever makes it owns it anyway.
fn gives_to(sql: &str, role: &str) -> bool {
    let tokens: Vec<&str> = significant(sql, Flavor::Postgres).map(|token| token.text).collect();
    match tokens.as_slice() {
        [verb, .., "OWNER", "TO", to] if verb.eq_ignore_ascii_case("ALTER") => unquoted(to) == role,
        _ => false,
    }
}

/// `CREATE EXTENSION IF NOT EXISTS name WITH SCHEMA …`, as pg_dump writes it.
fn makes_extension(sql: &str, foreign: &[String]) -> bool {
    if words(sql, Flavor::Postgres, 2) != ["CREATE", "EXTENSION"] {
        return false;
    }
    let names = significant(sql, Flavor::Postgres).filter(|token| token.kind != TokenKind::String);
    names.map(|token| unquoted(token.text)).any(|name| foreign.contains(&name))
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_the_dump_or_to_others_is_left_out() {
        let dump = "-- PostgreSQL database dump\nSET statement_timeout = 0;\nSET transaction_timeout = 0;\n\
                    SET check_function_bodies = false;\nCREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;\n\
                    CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA public;\nCOMMENT ON EXTENSION citext IS 'x';\n\
                    CREATE TABLE public.a (x text DEFAULT 'ALTER x OWNER TO me');\nALTER TABLE public.a OWNER TO me;\n\
                    ALTER TABLE public.a OWNER TO \"Other\";\n";
        let found = script(dump, &[], "postgres", Some("me"), &["uuid-ossp".to_owned()]);
        let found: Vec<&str> = found.split_terminator(";\n\n").collect();
        assert_eq!(
            found,
            [
                "SET check_function_bodies = false",
                "CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public",
                "CREATE TABLE public.a (x text DEFAULT 'ALTER x OWNER TO me')",
                "ALTER TABLE public.a OWNER TO \"Other\"",
            ]
        );
        assert!(!script(dump, &[], "Other", None, &[]).contains("\"Other\""));
    }
}
