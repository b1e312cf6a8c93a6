//! What a statement does to the ledger of a migration tool: its writes say where one revision ends and the next begins.

use std::collections::BTreeSet;

use crate::dialect::FOREIGN_LEDGERS;
use crate::sql::{Flavor, Token, TokenKind, significant};

/// A ledger whose rows name revisions.
struct Kept {
    table: &'static str,
    /// The columns that make a revision's name.
    columns: &'static [&'static str],
    /// A row is moved on from one revision to the next.
    moves: bool,
}

/// Sources: Alembic's `runtime/migration.py`, Django's `db/migrations/recorder.py`, South's `models.py`, Knex's
/// `migration-list-resolver.js`, Entity Framework's `HistoryRow`, Liquibase's documentation.
const LEDGERS: [Kept; 6] = [
    Kept { table: "alembic_version", columns: &["version_num"], moves: true },
    Kept { table: "django_migrations", columns: &["app", "name"], moves: false },
    Kept { table: "south_migrationhistory", columns: &["app_name", "migration"], moves: false },
    Kept { table: "knex_migrations", columns: &["name"], moves: false },
    Kept { table: "__EFMigrationsHistory", columns: &["MigrationId"], moves: false },
    Kept { table: "databasechangelog", columns: &["id"], moves: false },
];

/// What a statement has to do with a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A revision was applied: the tool, and the revision's name.
    Applied { tool: &'static str, revision: String },
    /// It makes the ledger, or keeps it in another way.
    Kept,
}

/// What `sql` does to one of the tables that are `books`; `None` where it has nothing to do with one.
pub(super) fn entry(sql: &str, books: &BTreeSet<String>) -> Option<Entry> {
    let tokens: Vec<Token<'_>> = significant(sql, Flavor::Postgres).collect();
    let (verb, table, rest) = about(&tokens)?;
    if !books.contains(&table) {
        return None;
    }
    let applied = LEDGERS.iter().find(|kept| kept.table.eq_ignore_ascii_case(&table)).and_then(|kept| {
        let values = match verb {
            "INSERT" => inserted(rest, kept.columns),
            "UPDATE" if kept.moves => first_text(rest).map(|value| vec![value]),
            _ => None,
        }?;
        let tool = FOREIGN_LEDGERS.iter().find(|(name, _)| *name == kept.table).map_or("", |(_, tool)| *tool);
        Some(Entry::Applied { tool, revision: values.join("_") })
    });
    Some(applied.unwrap_or(Entry::Kept))
}

/// The verb, the table that it is about, and what follows the table.
fn about<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'static str, String, &'t [Token<'a>])> {
    const VERBS: [&str; 9] = ["INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "LOCK", "TRUNCATE", "COMMENT"];
    // Words that may stand between the verb and the name.
    const BETWEEN: [&str; 12] =
        ["INTO", "FROM", "ONLY", "TABLE", "IF", "NOT", "EXISTS", "TEMPORARY", "UNLOGGED", "ON", "COLUMN", "UNIQUE"];
    let is = |token: &Token<'_>, word: &str| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word);
    let verb = VERBS.into_iter().find(|verb| tokens.first().is_some_and(|token| is(token, verb)))?;
    let mut at = 1;
    // An index is about its table.
    if verb == "CREATE" && tokens.iter().take(3).any(|token| is(token, "INDEX")) {
        at = tokens.iter().position(|token| is(token, "ON"))?;
    }
    while tokens.get(at).is_some_and(|token| BETWEEN.iter().any(|word| is(token, word))) {
        at += 1;
    }
    let mut name = tokens.get(at)?;
    while tokens.get(at + 1).is_some_and(|token| token.text == ".") {
        at += 2;
        name = tokens.get(at)?;
    }
    Some((verb, plain(name.text), &tokens[at + 1..]))
}

/// The values of `columns` in `(columns) VALUES (values)`.
fn inserted(rest: &[Token<'_>], columns: &[&str]) -> Option<Vec<String>> {
    let (names, rest) = list(rest)?;
    let values_at = rest.iter().position(|token| token.text.eq_ignore_ascii_case("VALUES"))?;
    let (values, _) = list(&rest[values_at + 1..])?;
    let value = |column: &&str| {
        let at = names.iter().position(|name| name.first().is_some_and(|token| plain(token.text) == *column))?;
        first_text(values.get(at)?)
    };
    columns.iter().map(value).collect()
}

/// A list in parentheses: its items, each as its tokens, and what follows.
fn list<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Vec<&'t [Token<'a>]>, &'t [Token<'a>])> {
    tokens.first().filter(|token| token.text == "(")?;
    let (mut items, mut depth, mut from) = (Vec::new(), 0, 1);
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" if depth == 1 => {
                items.push(&tokens[from..at]);
                return Some((items, &tokens[at + 1..]));
            }
            ")" => depth -= 1,
            "," if depth == 1 => {
                items.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// The first text among `tokens`.
fn first_text(tokens: &[Token<'_>]) -> Option<String> {
    let text = tokens.iter().find(|token| token.kind == TokenKind::String)?.text;
    Some(text.trim_start_matches(['E', 'e']).trim_matches('\'').replace("''", "'"))
}

/// A name as the catalog has it.
fn plain(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_told_by_what_ledgers_are_told() {
        let books = FOREIGN_LEDGERS.iter().map(|(table, _)| (*table).to_owned()).collect();
        let told = |sql: &str| match entry(sql, &books) {
            Some(Entry::Applied { tool, revision }) => format!("{tool} {revision}"),
            Some(Entry::Kept) => "kept".to_owned(),
            None => "none".to_owned(),
        };
        for (sql, expected) in [
            (
                "INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num",
                "Alembic a1",
            ),
            ("UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1'", "Alembic b2"),
            ("DELETE FROM public.alembic_version WHERE version_num = 'c3'", "kept"),
            ("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)", "kept"),
            (
                "INSERT INTO \"django_migrations\" (\"app\", \"name\", \"applied\") VALUES ('shop', '0001_it''s', \
                 '2026-01-01'::timestamptz) RETURNING \"django_migrations\".\"id\"",
                "Django shop_0001_it's",
            ),
            ("DELETE FROM \"django_migrations\" WHERE \"app\" = 'shop'", "kept"),
            (
                "insert into \"knex_migrations\" (\"batch\", \"migration_time\", \"name\") values (1, now(), '1_a.js')",
                "Knex 1_a.js",
            ),
            (
                "INSERT INTO \"__EFMigrationsHistory\" (\"MigrationId\", \"ProductVersion\") VALUES ('2026_A', '9.0')",
                "Entity Framework 2026_A",
            ),
            ("CREATE UNIQUE INDEX IF NOT EXISTS i ON public.schema_migrations (version)", "kept"),
            ("ALTER TABLE IF EXISTS ONLY flyway_schema_history ADD COLUMN x int", "kept"),
            ("CREATE TABLE alembic (version_num text)", "none"),
            ("INSERT INTO log VALUES ('alembic_version')", "none"),
            ("SELECT version_num FROM alembic_version", "none"),
        ] {
            assert_eq!(told(sql), expected, "{sql}");
        }
    }
}
