//! Renames that a file of SQL declares beside what has the new name:
//!
//! ```sql
//! -- mainstay: renamed from device
//! CREATE TABLE machine (
//!     id bigint PRIMARY KEY,
//!     title text -- mainstay: renamed from name
//! );
//! ```
//!
//! A declaration stays in the file for as long as somebody may have the old name; where the old name is gone it says nothing.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Name, Table};
use crate::dialect::{Directives, Script};
use crate::diff::Rename;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::{Flavor, Token, TokenKind, tokens};

/// Words that begin a line of a table's definition that is no column.
const NO_COLUMN: [&str; 8] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE", "PERIOD"];

/// `-- mainstay: renamed from …` and what it stands beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    schema: Option<String>,
    table: String,
    /// `None` where the table itself has the new name.
    column: Option<String>,
    /// The old name.
    from: String,
    place: Place,
}

/// The renames that `script` declares.
///
/// # Errors
/// [`ErrorKind::Source`] with the place: a directive that is none, or that stands beside nothing that can be renamed.
pub(super) fn declared(script: &Script, flavor: Flavor) -> Result<Vec<Declared>> {
    if !script.text.contains("mainstay:") {
        return Ok(Vec::new());
    }
    let all = tokens(&script.text, flavor);
    let mut found = Vec::new();
    let ends = |token: &Token<'_>| token.kind == TokenKind::Punct && token.text == ";";
    for statement in all.split_inclusive(ends) {
        of_statement(statement, script, flavor, &mut found)?;
    }
    Ok(found)
}

fn of_statement(statement: &[Token<'_>], script: &Script, flavor: Flavor, found: &mut Vec<Declared>) -> Result<()> {
    let begins = statement.iter().position(is_significant).unwrap_or(statement.len());
    let definition = Definition::read(statement, flavor);
    for (at, token) in statement.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Comment) {
        let place = Place::in_text(&script.file, &script.text, token.offset);
        let Some(from) = old_name(token.text, flavor).map_err(|error| error.at(place.clone()))? else { continue };
        let line = script.text[..token.offset].rsplit('\n').next().unwrap_or_default();
        let alone = line.trim().is_empty();
        let beside = definition.as_ref().and_then(|definition| match (at < begins, alone) {
            (true, true) => Some((definition, None)),
            (true, false) => None,
            (false, alone) => definition.column_beside(at, alone).map(|column| (definition, Some(column))),
        });
        let Some((definition, column)) = beside else {
            let message = "this stands beside nothing that can be renamed";
            return Err(Error::new(ErrorKind::Source, message)
                .at(place)
                .hint("a table's stands on a line of its own above CREATE TABLE, a column's above it or behind it"));
        };
        let (schema, table) = definition.name.clone();
        found.push(Declared { schema, table, column, from, place });
    }
    Ok(())
}

/// The old name in a comment; `None` where the comment is no directive of ours for schemas.
fn old_name(comment: &str, flavor: Flavor) -> Result<Option<String>> {
    let directive = comment.strip_prefix("--").and_then(|text| text.trim_start().strip_prefix("mainstay:"));
    let Some(directive) = directive.map(str::trim) else { return Ok(None) };
    let mut words = directive.splitn(3, char::is_whitespace);
    let (first, second, name) = (words.next().unwrap_or_default(), words.next(), words.next().unwrap_or_default());
    if Directives::is_known(first) {
        return Ok(None);
    }
    let name = tokens(name.trim(), flavor);
    match (first, second, name.as_slice()) {
        ("renamed", Some("from"), [name]) if is_name(name) => Ok(Some(unquoted(name, flavor))),
        _ => Err(Error::new(ErrorKind::Source, format!("`mainstay: {directive}` says nothing here"))
            .hint("in a schema there is: -- mainstay: renamed from OLD, where OLD is the old name alone")),
    }
}

/// A `CREATE TABLE`: its name, and where each column's line begins.
struct Definition {
    name: (Option<String>, String),
    /// Number of the first token of each line, and the column's name.
    lines: Vec<(usize, Option<String>)>,
    /// Number of the token that closes the list.
    end: usize,
}

impl Definition {
    fn read(statement: &[Token<'_>], flavor: Flavor) -> Option<Self> {
        let mut rest = statement.iter().enumerate().filter(|(_, token)| is_significant(token)).peekable();
        rest.next_if(|(_, token)| is_word(token, "CREATE"))?;
        let kinds = ["GLOBAL", "LOCAL", "TEMPORARY", "TEMP", "UNLOGGED", "FOREIGN"];
        while rest.next_if(|(_, token)| kinds.iter().any(|kind| is_word(token, kind))).is_some() {}
        rest.next_if(|(_, token)| is_word(token, "TABLE"))?;
        while rest.next_if(|(_, token)| ["IF", "NOT", "EXISTS"].iter().any(|word| is_word(token, word))).is_some() {}
        let first = unquoted(rest.next_if(|(_, token)| is_name(token))?.1, flavor);
        let name = match rest.next_if(|(_, token)| token.text == ".") {
            Some(_) => (Some(first), unquoted(rest.next_if(|(_, token)| is_name(token))?.1, flavor)),
            None => (None, first),
        };
        rest.next_if(|(_, token)| token.text == "(")?;
        let (mut depth, mut begins, mut lines) = (1, true, Vec::new());
        for (at, token) in rest {
            if std::mem::take(&mut begins) {
                let column = is_name(token) && !NO_COLUMN.iter().any(|word| is_word(token, word));
                lines.push((at, column.then(|| unquoted(token, flavor))));
            }
            match token.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "," => begins = depth == 1,
                _ => {}
            }
            if depth == 0 {
                return Some(Self { name, lines, end: at });
            }
        }
        None
    }

    /// The column that a comment at `at` belongs to: the next one where it stands `alone` on its line, else the one before it.
    fn column_beside(&self, at: usize, alone: bool) -> Option<String> {
        let line = match alone {
            true => self.lines.iter().find(|(begins, _)| *begins > at),
            false => self.lines.iter().rev().find(|(begins, _)| *begins < at),
        };
        line.filter(|_| at < self.end)?.1.clone()
    }
}

fn is_significant(token: &Token<'_>) -> bool {
    !matches!(token.kind, TokenKind::Space | TokenKind::Comment)
}

fn is_word(token: &Token<'_>, word: &str) -> bool {
    token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word)
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent)
}

/// The name as the catalog has it: PostgreSQL folds what is not quoted, SQLite keeps it.
fn unquoted(token: &Token<'_>, flavor: Flavor) -> String {
    let text = token.text;
    match (token.kind, flavor) {
        (TokenKind::QuotedIdent, _) => {
            let inner = &text[1..text.len().max(2) - 1];
            let quote = &text[..1];
            inner.replace(&quote.repeat(2), quote)
        }
        (_, Flavor::Postgres) => text.to_lowercase(),
        (_, Flavor::Sqlite) => text.to_owned(),
    }
}

/// Those of `declared` that are still to be done on the way from `old` to `new`, tables before columns, in an order in which
/// each new name is free.
///
/// # Errors
/// [`ErrorKind::Refused`]: some go in a circle, and nobody can tell whether they were done already; two have the same old name.
pub(super) fn renames(declared: &[Declared], old: &Catalog, new: &Catalog) -> Result<Vec<Rename>> {
    let mut found = Vec::new();
    let placed: Vec<(&Declared, &Table)> =
        declared.iter().filter_map(|one| Some((one, named(new, one.schema.as_deref(), &one.table)?))).collect();
    let mut schemas: Vec<&str> = placed.iter().map(|(_, table)| table.name.schema.as_str()).collect();
    schemas.sort_unstable();
    schemas.dedup();
    for schema in schemas {
        let here = placed.iter().filter(|(one, table)| one.column.is_none() && table.name.schema == schema);
        let wanted = here.map(|(one, table)| (*one, one.from.as_str(), table.name.name.as_str())).collect();
        let taken = old.tables.iter().filter(|table| table.name.schema == schema);
        let taken = taken.map(|table| table.name.name.as_str()).collect();
        let rename = |from: &str, to: &str| Rename { table: Name::new(schema, from), column: None, to: to.to_owned() };
        found.extend(in_order(wanted, taken, rename)?);
    }
    let mut tables: Vec<&Name> = placed.iter().map(|(_, table)| &table.name).collect();
    tables.sort();
    tables.dedup();
    let of_tables = found.clone();
    for table in tables {
        let before = of_tables.iter().find(|one| one.table.schema == table.schema && one.to == table.name);
        let before = before.map_or(table, |rename| &rename.table);
        let Some(before) = old.tables.iter().find(|one| one.name == *before) else { continue };
        let here = placed.iter().filter(|(_, other)| other.name == *table);
        let wanted = here.filter_map(|(one, _)| Some((*one, one.from.as_str(), one.column.as_deref()?))).collect();
        let taken = before.columns.iter().map(|column| column.name.as_str()).collect();
        let rename =
            |from: &str, to: &str| Rename { table: table.clone(), column: Some(from.to_owned()), to: to.to_owned() };
        found.extend(in_order(wanted, taken, rename)?);
    }
    Ok(found)
}

/// The table called so; without a schema that of the default one, where it is there.
fn named<'c>(catalog: &'c Catalog, schema: Option<&str>, table: &str) -> Option<&'c Table> {
    let of_schema =
        |wanted: &str| catalog.tables.iter().find(|one| one.name.name == table && one.name.schema == wanted);
    match schema {
        Some(schema) => of_schema(schema),
        None => of_schema("public").or_else(|| catalog.tables.iter().find(|one| one.name.name == table)),
    }
}

/// The renames of one table's columns, or one schema's tables, whose old name is there and whose new name is or becomes free.
fn in_order<'a>(
    mut waiting: Vec<(&Declared, &'a str, &'a str)>,
    mut taken: BTreeSet<&'a str>,
    rename: impl Fn(&str, &str) -> Rename,
) -> Result<Vec<Rename>> {
    let mut line = Vec::new();
    waiting.retain(|(_, from, to)| taken.contains(from) && from != to);
    let claims = |from: &str| waiting.iter().filter(|(_, other, to)| *other == from && !taken.contains(to)).collect();
    for (_, from, _) in &waiting {
        let claims: Vec<&(&Declared, &str, &str)> = claims(from);
        if let [(_, _, one), (other, _, another), ..] = claims.as_slice() {
            let message =
                format!("{one} and {another} are both declared to be renamed from {from}: only one can be it");
            return Err(Error::new(ErrorKind::Refused, message)
                .at(other.place.clone())
                .hint(format!("take the comment out beside the one that is new: `{one}` or `{another}`")));
        }
    }
    while let Some(at) = waiting.iter().position(|(_, from, to)| taken.contains(from) && !taken.contains(to)) {
        let (_, from, to) = waiting.remove(at);
        taken.remove(from);
        taken.insert(to);
        line.push(rename(from, to));
    }
    let circle = waiting.iter().find_map(|(one, from, _)| Some((one, circle(&waiting, from)?)));
    match circle {
        None => Ok(line),
        Some((one, circle)) => {
            let (first, way) = (circle[0], circle.join(" to "));
            let round = format!("{first}_before");
            // From the end on each takes the name that the one after it has left.
            let mut steps = vec![rename(first, &round).to_string()];
            steps.extend(circle.windows(2).skip(1).rev().map(|pair| rename(pair[0], pair[1]).to_string()));
            steps.push(rename(&round, circle[1]).to_string());
            Err(Error::new(ErrorKind::Refused, format!("these renames go in a circle: {way}"))
                .at(one.place.clone())
                .hint(format!("take the comments out, and go round by a third name: --rename {}", steps.join(","))))
        }
    }
}

/// The names that renames lead through from `from` back to itself, which is the first and the last.
fn circle<'a>(waiting: &[(&Declared, &'a str, &'a str)], from: &'a str) -> Option<Vec<&'a str>> {
    let mut names = vec![from];
    for _ in waiting {
        let (_, _, to) = waiting.iter().find(|(_, next, _)| names.last() == Some(next))?;
        names.push(to);
        if *to == from {
            return Some(names);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Column;

    fn script(text: &str) -> Script {
        Script { file: "schema.sql".to_owned(), text: text.to_owned(), directives: Directives::default() }
    }

    /// `table.column<-old` for each, in order; the message and its place where it fails.
    fn read(text: &str, flavor: Flavor) -> Result<Vec<String>, String> {
        let found = declared(&script(text), flavor);
        let told = |one: &Declared| {
            let schema = one.schema.as_ref().map_or_else(String::new, |schema| format!("{schema}."));
            let column = one.column.as_ref().map_or_else(String::new, |column| format!(".{column}"));
            format!("{schema}{}{column}<-{}", one.table, one.from)
        };
        found
            .map(|found| found.iter().map(told).collect())
            .map_err(|error| format!("{}: {}", error.place().expect("a place").line, error.message()))
    }

    #[test]
    fn what_a_file_declares() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(read(text, Flavor::Postgres).as_deref(), Ok(expected.map_owned().as_slice()), "{text}");
        };
        check("CREATE TABLE t (a int);", &[]);
        check("-- mainstay: renamed from d\nCREATE TABLE s.\"T\" (a int);", &["s.T<-d"]);
        check("-- mainstay: renamed from \"D\"\"x\"\n\nCREATE UNLOGGED TABLE IF NOT EXISTS T ();", &["t<-D\"x"]);
        check("CREATE TABLE t (\n  a int, -- mainstay: renamed from x\n  b numeric(1, 2)\n);", &["t.a<-x"]);
        check("CREATE TABLE t (\n  a int,\n  b numeric(1, 2) -- mainstay: renamed from y\n);", &["t.b<-y"]);
        check("CREATE TABLE t (\n  -- mainstay: renamed from x\n  -- the name\n  A int,\n  b int);", &["t.a<-x"]);
        check("SELECT 1; -- mainstay: no-transaction\nCREATE TABLE t (a int); -- note", &[]);
        check("INSERT INTO t VALUES ('-- mainstay: renamed from x');", &[]);
        let sqlite = read("CREATE TABLE T (\n  [a b] int -- mainstay: renamed from `X`\n)", Flavor::Sqlite);
        assert_eq!(sqlite, Ok(vec!["T.a b<-X".to_owned()]));
    }

    trait MapOwned {
        fn map_owned(&self) -> Vec<String>;
    }

    impl MapOwned for &[&str] {
        fn map_owned(&self) -> Vec<String> {
            self.iter().map(|text| (*text).to_owned()).collect()
        }
    }

    #[test]
    fn what_declares_nothing() {
        let check = |text: &str, expected: &str| {
            assert_eq!(read(text, Flavor::Postgres), Err(expected.to_owned()), "{text}");
        };
        let beside = "this stands beside nothing that can be renamed";
        check("\n-- mainstay: renamed from d\nCREATE VIEW v AS SELECT 1;", &format!("2: {beside}"));
        check("CREATE TABLE t (a int); -- mainstay: renamed from d\nCREATE TABLE u (a int);", &format!("1: {beside}"));
        check("CREATE TABLE t (\n a int,\n -- mainstay: renamed from x\n CHECK (a > 0));", &format!("3: {beside}"));
        check("CREATE TABLE t (a int) -- mainstay: renamed from d\n;", &format!("1: {beside}"));
        check("CREATE TABLE t (a int);\n-- mainstay: renamed from d", &format!("2: {beside}"));
        check("-- mainstay: rename from d\nCREATE TABLE t ();", "1: `mainstay: rename from d` says nothing here");
        check("-- mainstay: renamed from s.d\nCREATE TABLE t ();", "1: `mainstay: renamed from s.d` says nothing here");
    }

    fn catalog(tables: &[(&str, &[&str])]) -> Catalog {
        let column = |name: &&str| Column { name: (*name).into(), ..Column::default() };
        let table = |(name, columns): &(&str, &[&str])| Table {
            name: Name::new("public", *name),
            columns: columns.iter().map(column).collect(),
            ..Table::default()
        };
        Catalog { tables: tables.iter().map(table).collect(), ..Catalog::default() }
    }

    #[test]
    fn what_is_still_to_be_done() {
        let check = |text: &str, old: &[(&str, &[&str])], new: &[(&str, &[&str])], expected: Result<&[&str], &str>| {
            let declared = declared(&script(text), Flavor::Postgres).expect("it is read");
            let found = renames(&declared, &catalog(old), &catalog(new));
            let found = found.map(|found| found.iter().map(Rename::to_string).collect::<Vec<_>>());
            let found = found.map_err(|error| error.message().to_owned());
            let expected = expected.map(|all| all.map_owned()).map_err(str::to_owned);
            assert_eq!(found, expected, "{text}");
        };
        let table = "-- mainstay: renamed from a\nCREATE TABLE b (y int -- mainstay: renamed from x\n);";
        let both: &[&str] = &["public.a=public.b", "public.b.x=public.b.y"];
        check(table, &[("a", &["x"])], &[("b", &["y"])], Ok(both));
        check(table, &[("b", &["x"])], &[("b", &["y"])], Ok(&["public.b.x=public.b.y"]));
        check(table, &[("b", &["y"])], &[("b", &["y"])], Ok(&[]));
        check(table, &[("b", &["x", "y"])], &[("b", &["y"])], Ok(&[]));
        check(table, &[], &[("b", &["y"])], Ok(&[]));
        let chain = "CREATE TABLE t (b int, -- mainstay: renamed from a\nc int -- mainstay: renamed from b\n);";
        let moved: &[&str] = &["public.t.b=public.t.c", "public.t.a=public.t.b"];
        check(chain, &[("t", &["a", "b"])], &[("t", &["b", "c"])], Ok(moved));
        check(chain, &[("t", &["b", "c"])], &[("t", &["b", "c"])], Ok(&[]));
        let twice = "CREATE TABLE t (b int, -- mainstay: renamed from a\nc int -- mainstay: renamed from a\n);";
        let claimed = "b and c are both declared to be renamed from a: only one can be it";
        check(twice, &[("t", &["a"])], &[("t", &["b", "c"])], Err(claimed));
        check(twice, &[("t", &["a", "b"])], &[("t", &["b", "c"])], Ok(&["public.t.a=public.t.c"]));
        let twins = "-- mainstay: renamed from a\nCREATE TABLE b ();\n-- mainstay: renamed from a\nCREATE TABLE c ();";
        check(twins, &[("a", &[])], &[("b", &[]), ("c", &[])], Err(claimed));
        let swap = "CREATE TABLE t (a int, -- mainstay: renamed from b\nb int -- mainstay: renamed from a\n);";
        let circle = "these renames go in a circle: b to a to b";
        check(swap, &[("t", &["a", "b"])], &[("t", &["a", "b"])], Err(circle));
        check(swap, &[("t", &["a"])], &[("t", &["a", "b"])], Ok(&["public.t.a=public.t.b"]));
    }
}
