//! What can be typed next: text in, names out.

use mainstay::console::{Names, RelationName};
use mainstay::sql::{Flavor, Unterminated, Waiting, ident, significant, typed};

use super::keywords::{FIRST, KEYWORDS};
use super::mentioned::mentioned;
use crate::repl::command;

/// Where the word begins that is being typed, and what it can become.
type Found = (usize, Vec<String>);

/// For a statement that goes `before` the cursor and `after` it.
pub(super) fn of_statement(before: &str, after: &str, names: &Names, flavor: Flavor) -> Found {
    let (whole, waiting) = typed(before, flavor);
    if waiting == Waiting::Open(Unterminated::CopyData) {
        // Between the values of a row the key means itself.
        return (before.len(), vec!["\t".to_owned()]);
    }
    if matches!(waiting, Waiting::Open(what) if what != Unterminated::Body) {
        return (before.len(), Vec::new());
    }
    let statement = &before[whole..];
    let word = last_word(statement);
    let (qualifier, prefix) = word.rsplit_once('.').map_or((None, word), |(qualifier, name)| (Some(qualifier), name));
    let start = before.len() - prefix.len();
    let earlier = &statement[..statement.len() - word.len()];
    let tables = mentioned(&format!("{earlier} {after}"), names, flavor);
    let mut found = Offer::of(prefix);
    if let Some(qualifier) = qualifier {
        let qualifier = qualifier.trim_matches('"');
        for table in tables.iter().filter(|table| table.called.eq_ignore_ascii_case(qualifier)) {
            found.names(&table.relation.columns);
        }
        let within = names.relations.iter().filter(|relation| relation.schema.eq_ignore_ascii_case(qualifier));
        found.names(within.map(|relation| &relation.name));
        return (start, found.list);
    }
    let previous = significant(earlier, flavor).last().map(|token| token.text.to_ascii_uppercase());
    match previous.as_deref() {
        None => found.keywords(FIRST),
        Some("FROM" | "JOIN" | "INTO" | "UPDATE" | "TABLE" | "ONLY" | "TRUNCATE" | "COPY" | "VIEW" | "REFERENCES") => {
            found.names(visible(names));
            found.names(names.schemas.iter());
        }
        Some("SCHEMA") => found.names(names.schemas.iter()),
        Some("DATABASE") => found.names(names.databases.iter()),
        Some("FUNCTION" | "PROCEDURE" | "CALL") => found.names(names.functions.iter()),
        Some(_) => {
            tables.iter().for_each(|table| found.names(&table.relation.columns));
            tables.iter().for_each(|table| found.names([&table.called]));
            if !prefix.is_empty() {
                match names.keywords.as_slice() {
                    [] => found.keywords(KEYWORDS),
                    told => found.keywords(told),
                }
                found.names(names.functions.iter());
                found.names(visible(names));
                found.names(names.schemas.iter());
            }
        }
    }
    (start, found.list)
}

/// For a line that begins with a backslash.
pub(super) fn of_command(before: &str, names: &Names, flavor: Flavor) -> Found {
    let word = last_word(before);
    let start = before.len() - word.len();
    let mut found = Offer::of(word);
    let Some((name, _)) = before.trim_start().split_once(char::is_whitespace) else {
        // The backslash is no part of a word.
        let start = before.rfind('\\').unwrap_or(before.len());
        return (start, command::beginning_with(&before[start..]));
    };
    match command::argument_of(name) {
        command::Argument::Relation => {
            if let Some((schema, prefix)) = word.rsplit_once('.') {
                let mut found = Offer::of(prefix);
                let within = names.relations.iter().filter(|relation| relation.schema.eq_ignore_ascii_case(schema));
                found.names(within.map(|relation| &relation.name));
                return (before.len() - prefix.len(), found.list);
            }
            let own = names.relations.iter().filter(|relation| relation.visible && !of_the_server(relation));
            found.names(own.map(|relation| &relation.name));
            found.names(names.schemas.iter());
        }
        command::Argument::Database => found.names(names.databases.iter()),
        command::Argument::Topic => found.keywords(&command::topics(flavor)),
        command::Argument::OneOf(words) => found.keywords(words),
        command::Argument::None | command::Argument::File | command::Argument::Text => {}
    }
    (start, found.list)
}

/// Letters, digits, dots and quotes at the end of `text`.
fn last_word(text: &str) -> &str {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '"');
    &text[text.trim_end_matches(part).len()..]
}

/// Tables and views that need no schema; the server's own only after the user's.
fn visible(names: &Names) -> impl Iterator<Item = &String> {
    let (servers, own): (Vec<_>, Vec<_>) =
        names.relations.iter().filter(|one| one.visible).partition(|one| of_the_server(one));
    own.into_iter().chain(servers).map(|relation| &relation.name)
}

fn of_the_server(relation: &RelationName) -> bool {
    matches!(relation.schema.as_str(), "pg_catalog" | "information_schema")
}

/// What fits the beginning of the word, each once.
struct Offer {
    prefix: String,
    capitals: bool,
    list: Vec<String>,
}

impl Offer {
    fn of(written: &str) -> Self {
        let prefix = written.trim_start_matches('"').to_lowercase();
        Self { capitals: written.starts_with(char::is_uppercase), prefix, list: Vec::new() }
    }

    fn names<'a>(&mut self, names: impl IntoIterator<Item = &'a String>) {
        for name in names {
            if name.to_lowercase().starts_with(&self.prefix) {
                self.add(ident(name));
            }
        }
    }

    /// In the case that they are typed in.
    fn keywords(&mut self, words: &[impl AsRef<str>]) {
        for word in words.iter().map(AsRef::as_ref) {
            if word.to_lowercase().starts_with(&self.prefix) {
                self.add(if self.capitals { word.to_uppercase() } else { word.to_lowercase() });
            }
        }
    }

    fn add(&mut self, text: String) {
        if !self.list.contains(&text) {
            self.list.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let relation = |schema: &str, name: &str, visible, columns: &[&str]| RelationName {
            schema: schema.to_owned(),
            name: name.to_owned(),
            visible,
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        };
        Names {
            schemas: vec!["public".to_owned(), "audit".to_owned()],
            relations: vec![
                relation("public", "logs", true, &["stream_id", "timestamp", "line"]),
                relation("public", "logstreams", true, &["id", "Name"]),
                relation("audit", "logins", false, &["who"]),
                relation("pg_catalog", "pg_locks", true, &["pid"]),
            ],
            functions: vec!["lower".to_owned(), "lpad".to_owned()],
            databases: vec!["walt".to_owned()],
            keywords: ["limit", "like", "select", "set", "where"].map(str::to_owned).to_vec(),
        }
    }

    /// `|` is the cursor.
    fn check(text: &str, expected: &[&str]) {
        let (before, after) = text.split_once('|').unwrap();
        let (start, found) = of_statement(before, after, &names(), Flavor::Postgres);
        assert_eq!(found, expected, "{text}");
        assert!(start <= before.len());
    }

    #[test]
    fn tables_where_a_table_is_named() {
        check("SELECT * FROM lo|", &["logs", "logstreams"]);
        check("select * from audit.|", &["logins"]);
        check("select * from pg|", &["pg_locks"]);
        check("INSERT INTO logst|", &["logstreams"]);
        check("select 1; drop table a|", &["audit"]);
    }

    #[test]
    fn columns_of_the_tables_named() {
        check("SELECT st| FROM logs", &["stream_id"]);
        check("SELECT * FROM logs WHERE li|", &["line", "limit", "like"]);
        check("SELECT * FROM logs l JOIN logstreams AS s ON l.|", &["stream_id", "\"timestamp\"", "line"]);
        check("SELECT * FROM logs l JOIN logstreams AS s ON s.n|", &["\"Name\""]);
        check("SELECT * FROM audit.logins a WHERE a.w|", &["who"]);
        check("UPDATE logs SET |", &["stream_id", "\"timestamp\"", "line", "logs"]);
    }

    #[test]
    fn keywords_in_the_case_they_are_typed_in() {
        check("se|", &["select", "set"]);
        check("SE|", &["SELECT", "SET"]);
        check("SELECT 1 WHE|", &["WHERE"]);
    }

    #[test]
    fn nothing_inside_of_a_string_or_comment() {
        check("SELECT 'lo|", &[]);
        check("SELECT $$lo|", &[]);
        check("SELECT /* lo|", &[]);
    }

    #[test]
    fn backslash_commands_and_what_follows_them() {
        let check = |text: &str, expected: (usize, &[&str])| {
            let (start, found) = of_command(text, &names(), Flavor::Postgres);
            assert_eq!(
                (start, found.iter().map(String::as_str).collect::<Vec<_>>()),
                (expected.0, expected.1.to_vec())
            );
        };
        check("\\ti", (0, &["\\timing"]));
        check("\\d lo", (3, &["logs", "logstreams"]));
        check("\\d audit.", (9, &["logins"]));
        check("\\c w", (3, &["walt"]));
        check("\\x a", (3, &["auto"]));
    }
}
