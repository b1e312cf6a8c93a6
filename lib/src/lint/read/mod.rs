//! Reading statements for rules, by their tokens: what the text itself does. What a function's or a DO block's body does is
//! not read.

mod act;
mod alter;
mod table;

pub(super) use act::{Act, Does, Kind, Named, NewColumn, Statement, folded};

use crate::plan::words::{Word, group, key, name_len, parts, phrase, significant, skip, text};
use crate::sql::{Flavor, rules_transaction, split};

/// The statements of `script` and what they do; `transaction` tells whether it runs in one by itself. None where it does not
/// split: reading the migrations has said so.
pub(super) fn read(script: &str, flavor: Flavor, transaction: bool) -> Vec<Statement<'_>> {
    let mut in_transaction = transaction;
    let mut statements = Vec::new();
    for statement in split(script, flavor).unwrap_or_default() {
        let words = significant(statement.text, flavor);
        if rules_transaction(statement.text, flavor) {
            in_transaction = matches!(key(&words, 0), "BEGIN" | "START");
        }
        let mut acts = acts(&words);
        for act in &mut acts {
            act.offset += statement.offset;
        }
        statements.push(Statement { text: statement.text, offset: statement.offset, in_transaction, acts });
    }
    statements
}

/// What a statement of these words does, offsets being those in it.
fn acts(words: &[Word<'_>]) -> Vec<Act> {
    let Some(first) = words.first() else { return Vec::new() };
    let one = |does: Does| vec![Act { offset: first.offset, does }];
    match first.key.as_str() {
        "CREATE" => create(&words[1..], first.offset),
        "ALTER" => alter::read(&words[1..], first.offset),
        "DROP" => one(drop(&words[1..])),
        "TRUNCATE" => one(Does::Truncate { tables: tables(skip(&words[1..], &["TABLE"])) }),
        "LOCK" => one(Does::LockTable { tables: tables(skip(&words[1..], &["TABLE"])) }),
        "PRAGMA" => one(Does::Pragma { name: Named::read(&words[1..]).bare().to_owned() }),
        "WITH" => {
            let main = words.iter().position(|word| {
                word.depth == 0 && matches!(word.key.as_str(), "UPDATE" | "DELETE" | "INSERT" | "SELECT" | "MERGE")
            });
            main.map_or_else(Vec::new, |at| write(&words[at..]).into_iter().collect())
        }
        _ => write(words).into_iter().collect(),
    }
}

fn create(words: &[Word<'_>], start: usize) -> Vec<Act> {
    let words = skip(words, &["OR", "REPLACE"]);
    let at = words.iter().position(|word| {
        !matches!(
            word.key.as_str(),
            "GLOBAL" | "LOCAL" | "TEMP" | "TEMPORARY" | "UNLOGGED" | "UNIQUE" | "CONSTRAINT" | "FOREIGN"
        )
    });
    let Some(words) = at.map(|at| &words[at..]) else { return Vec::new() };
    let rest = skip(&words[1..], &["IF", "NOT", "EXISTS"]);
    let does = match key(words, 0) {
        "TABLE" => return table::create(&words[1..], start),
        "INDEX" => index(&words[1..]),
        "TYPE" | "DOMAIN" => Some(Does::CreateType { name: Named::read(rest) }),
        "TRIGGER" => after(rest, "ON").map(|rest| Does::CreateTrigger { table: Named::read(rest) }),
        _ => None,
    };
    does.map(|does| Act { offset: start, does }).into_iter().collect()
}

fn index(words: &[Word<'_>]) -> Option<Does> {
    let on = skip(after(words, "ON")?, &["ONLY"]);
    let open = on.iter().position(|word| word.text == "(")?;
    let columns = parts(group(on, open), |word| word.text == "," && word.depth == on[open].depth + 1);
    // An expression is no column: the index serves none.
    let column = |part: &[Word<'_>]| if text(part, 1) == "(" { String::new() } else { folded(text(part, 0)) };
    Some(Does::CreateIndex { table: Named::read(on), columns: columns.map(column).collect() })
}

fn drop(words: &[Word<'_>]) -> Does {
    let two = matches!((key(words, 0), key(words, 1)), ("MATERIALIZED", "VIEW") | ("FOREIGN", "TABLE"));
    let (kind, rest) = words.split_at(if two { 2 } else { 1 }.min(words.len()));
    let rest = skip(skip(rest, &["CONCURRENTLY"]), &["IF", "EXISTS"]);
    let cascade = rest.last().is_some_and(|word| word.key == "CASCADE");
    Does::Drop { kind: phrase(kind).to_uppercase(), names: tables(rest), cascade }
}

/// The names between commas, up to what is no name any more.
fn tables(words: &[Word<'_>]) -> Vec<Named> {
    parts(words, |word| word.text == "," && word.depth == 0).map(|part| Named::read(skip(part, &["ONLY"]))).collect()
}

/// `UPDATE` and `DELETE`, with or without a condition.
fn write(words: &[Word<'_>]) -> Option<Act> {
    let depth = words.first()?.depth;
    let (verb, rest) = match key(words, 0) {
        "UPDATE" => ("UPDATE", &words[1..]),
        "DELETE" => ("DELETE", skip(&words[1..], &["FROM"])),
        _ => return None,
    };
    let filtered = rest.iter().any(|word| word.depth == depth && word.key == "WHERE");
    let table = Named::read(skip(rest, &["ONLY"]));
    Some(Act { offset: words[0].offset, does: Does::Write { table, verb, filtered } })
}

/// What follows the first word `wanted` outside of parentheses.
fn after<'w, 'a>(words: &'w [Word<'a>], wanted: &str) -> Option<&'w [Word<'a>]> {
    words.iter().position(|word| word.depth == 0 && word.key == wanted).map(|at| &words[at + 1..])
}

/// The columns in the parentheses that open first in `words`.
fn columns(words: &[Word<'_>]) -> Vec<String> {
    let Some(open) = words.iter().position(|word| word.text == "(") else { return Vec::new() };
    let names = parts(group(words, open), |word| word.text == ",");
    names.map(|part| folded(text(part, 0))).collect()
}

/// The words behind a possibly qualified name.
fn behind_name<'w, 'a>(words: &'w [Word<'a>]) -> &'w [Word<'a>] {
    &words[name_len(words)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the statements of `sql` do, in debug form with the names as written.
    fn check(sql: &str, expected: &[&str]) {
        let told: Vec<String> = read(sql, Flavor::Postgres, true)
            .iter()
            .flat_map(|statement| &statement.acts)
            .map(|act| format!("{} {}", &sql[act.offset..].chars().take(6).collect::<String>(), tell(&act.does)))
            .collect();
        assert_eq!(told, expected, "{sql}");
    }

    fn tell(does: &Does) -> String {
        match does {
            Does::CreateTable { table, .. } => format!("table {}", table.text),
            Does::CreateIndex { table, columns } => format!("index {} {columns:?}", table.text),
            Does::AddColumn(c) => format!(
                "column {}.{} {:?} {:?}",
                c.table.text,
                c.column,
                [c.not_null, c.filled, c.stored, c.unique, c.primary, c.references],
                c.default
            ),
            Does::ForeignKey { table, columns, to } => format!("key {} {columns:?} {}", table.text, to.text),
            Does::AddConstraint { table, kind, columns, checked, .. } => {
                format!("constraint {} {kind:?} {columns:?} {checked}", table.text)
            }
            Does::ChangeType { table, column, to, using } => format!("type {} {column} {to} {using}", table.text),
            Does::Drop { kind, names, cascade } => {
                let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
                format!("drop {kind} {names:?} {cascade}")
            }
            Does::DropColumn { table, column, cascade } => format!("drop {}.{column} {cascade}", table.text),
            Does::RenameColumn { table, column } => format!("rename {}.{column}", table.text),
            Does::Write { table, verb, filtered } => format!("{verb} {} {filtered}", table.text),
            Does::AddEnumValue { name, value } => format!("value {} {value}", name.text),
            other => format!("{other:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn tables_and_their_keys() {
        check(
            "CREATE TABLE s.\"T\" (id int PRIMARY KEY, a int REFERENCES u (id) ON DELETE CASCADE, b numeric(1,2), \
             UNIQUE (a, b), CONSTRAINT f FOREIGN KEY (b, a) REFERENCES v);",
            &[
                "CREATE table s.\"T\"",
                "id int index s.\"T\" [\"id\"]",
                "a int  key s.\"T\" [\"a\"] u",
                "UNIQUE index s.\"T\" [\"a\", \"b\"]",
                "CONSTR key s.\"T\" [\"b\", \"a\"] v",
            ],
        );
    }

    #[test]
    fn alterations() {
        check(
            "ALTER TABLE ONLY t ADD COLUMN IF NOT EXISTS a int NOT NULL DEFAULT f(1, 2), ADD b serial, \
             ADD c int REFERENCES u, ADD CONSTRAINT k UNIQUE (a), ADD CHECK (a > 0) NOT VALID, DROP COLUMN d CASCADE, \
             ALTER COLUMN e TYPE varchar(20) USING e::text, ALTER f SET NOT NULL;",
            &[
                "ADD CO column t.a [true, false, false, false, false, false] Some(\"f(1, 2)\")",
                "ADD b  column t.b [false, true, false, false, false, false] None",
                "ADD c  column t.c [false, false, false, false, false, true] None",
                "ADD c  key t [\"c\"] u",
                "ADD CO constraint t Unique [\"a\"] true",
                "ADD CO index t [\"a\"]",
                "ADD CH constraint t Check [] false",
                "DROP C drop t.d true",
                "ALTER  type t e varchar(20) true",
                "ALTER  SetNotNull",
            ],
        );
        check(
            "ALTER TABLE a.t RENAME b TO c; ALTER TABLE t RENAME TO u",
            &["ALTER  rename a.t.b", "ALTER  RenameTable"],
        );
        check("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad' AFTER 'ok'", &["ALTER  value mood sad"]);
        check(
            "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i, VALIDATE CONSTRAINT x",
            &["ADD CO constraint t Primary [] false", "VALIDA AlterTable"],
        );
    }

    #[test]
    fn other_statements() {
        check(
            "CREATE UNIQUE INDEX CONCURRENTLY i ON ONLY t USING gin (a, lower(b))",
            &["CREATE index t [\"a\", \"\"]"],
        );
        check(
            "DROP TABLE IF EXISTS a, s.b CASCADE; DROP MATERIALIZED VIEW v",
            &["DROP T drop TABLE [\"a\", \"s.b\"] true", "DROP M drop MATERIALIZED VIEW [\"v\"] false"],
        );
        check(
            "UPDATE t SET a = (SELECT 1 WHERE true); WITH x AS (SELECT 1) DELETE FROM ONLY t USING x WHERE t.a = 1",
            &["UPDATE UPDATE t false", "DELETE DELETE t true"],
        );
        check("SELECT 1; INSERT INTO t VALUES (1); DO $$ BEGIN UPDATE t SET a = 1; END $$", &[]);
    }

    #[test]
    fn a_script_may_begin_and_end_transactions_itself() {
        let inside = |sql: &str, transaction: bool| -> Vec<bool> {
            read(sql, Flavor::Postgres, transaction).iter().map(|statement| statement.in_transaction).collect()
        };
        assert_eq!(inside("SELECT 1; COMMIT; SELECT 2", true), [true, false, false]);
        assert_eq!(inside("SELECT 1; BEGIN; SELECT 2", false), [false, true, true]);
    }
}
