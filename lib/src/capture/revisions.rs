//! From the statements that stayed to revisions: what each has done, as the script of a migration.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::needs_no_transaction;
use crate::error::{Error, Result};
use crate::sql::{Flavor, words};

use super::fate::{Fate, fate};
use super::ledger::{Entry, entry};
use super::timeline::Stayed;

/// One revision of another tool's chain, as it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Revision {
    /// What the tool's ledger calls it; empty where no ledger tells.
    pub(super) name: String,
    /// Its statements, with what was set for their sessions in front.
    pub(super) statements: Vec<String>,
    /// It ended its transaction on the way, or has a statement that stands in none.
    pub(super) alone: bool,
}

/// The tool whose ledger told, and its revisions in order. `volatile` are names of functions that may change a database, `books`
/// those of tables that are a tool's.
///
/// # Errors
/// [`ErrorKind::Unsupported`]: rows came by `COPY … FROM stdin`, which no log has, or a transaction was prepared.
pub(super) fn revisions(
    stayed: &[Stayed],
    volatile: &BTreeSet<String>,
    books: &BTreeSet<String>,
) -> Result<(Option<&'static str>, Vec<Revision>)> {
    let (mut tool, mut revisions, mut draft) = (None, Vec::new(), Draft::default());
    let mut settings: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for one in stayed {
        match entry(&one.text, books) {
            Some(Entry::Applied { tool: of, revision }) if tool.is_none_or(|tool| tool == of) => {
                tool = Some(of);
                revisions.push(std::mem::take(&mut draft).finish(revision));
                continue;
            }
            Some(_) => continue,
            None => {}
        }
        let own = settings.entry(&one.session).or_default();
        match fate(&one.text, volatile).map_err(|error| in_revision(error, revisions.last()))? {
            Fate::Left => {}
            Fate::Kept => draft.add(one, own),
            Fate::Sets(name, true) => {
                draft.set(one);
                own.insert(name, one.text.clone());
            }
            Fate::Sets(name, false) => {
                draft.set(one);
                own.remove(&name);
            }
            Fate::SetsNothing => {
                draft.set(one);
                own.clear();
            }
        }
    }
    // What comes after the last revision, such as the rows that Django fills in at the end, belongs to it.
    let rest = draft.finish(String::new());
    match revisions.last_mut() {
        Some(last) => last.append(rest),
        None if rest.statements.is_empty() => {}
        None => revisions.push(rest),
    }
    if tool.is_none() {
        // Nobody says where a step ends: one migration, which is one transaction wherever it can be.
        for revision in &mut revisions {
            revision.alone = revision.statements.iter().any(|sql| stands_alone(sql));
        }
    }
    for revision in revisions.iter_mut().filter(|revision| revision.alone) {
        revision.statements.retain(|sql| !needs_transaction(sql));
    }
    Ok((tool, revisions))
}

/// A revision in the making.
#[derive(Default)]
struct Draft {
    revision: Revision,
    transactions: BTreeSet<usize>,
    sessions: BTreeSet<String>,
}

impl Draft {
    /// Adds a statement; the first of a session brings what was set for it before.
    fn add(&mut self, one: &Stayed, settings: &BTreeMap<String, String>) {
        if self.sessions.insert(one.session.clone()) {
            self.revision.statements.extend(settings.values().cloned());
        }
        self.transactions.insert(one.transaction);
        self.revision.alone |= stands_alone(&one.text);
        self.revision.statements.push(one.text.clone());
    }

    /// A setting in the middle stays there; before the first statement it comes with that.
    fn set(&mut self, one: &Stayed) {
        if self.sessions.contains(&one.session) {
            self.revision.statements.push(one.text.clone());
        }
    }

    fn finish(mut self, name: String) -> Revision {
        self.revision.name = name;
        self.revision.alone |= self.transactions.len() > 1;
        self.revision
    }
}

impl Revision {
    fn append(&mut self, rest: Revision) {
        self.statements.extend(rest.statements);
        self.alone |= rest.alone;
    }
}

/// Whether it cannot stand in a transaction with what comes after it.
fn stands_alone(sql: &str) -> bool {
    needs_no_transaction(sql, Flavor::Postgres).is_some()
}

/// Whether it means something only in a transaction.
fn needs_transaction(sql: &str) -> bool {
    let words = words(sql, Flavor::Postgres, 2);
    matches!(
        words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
        ["LOCK", ..] | ["SET", "CONSTRAINTS" | "LOCAL"]
    )
}

fn in_revision(error: Error, last: Option<&Revision>) -> Error {
    match last {
        Some(last) => error.hint(format!("it is in the revision after {}", last.name)),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    /// Each statement is `transaction: text`; a revision is told as `name[ alone]: statements`.
    fn check(statements: &[&str], expected: &[&str]) {
        let stayed = |line: &&str| {
            let (transaction, text) = line.split_once(": ").expect("a transaction");
            Stayed { session: "a".into(), transaction: transaction.parse().expect("a number"), text: text.into() }
        };
        let volatile = ["setval".to_owned(), "my_seed".to_owned()].into();
        let books = ["alembic_version".to_owned()].into();
        let found = revisions(&statements.iter().map(stayed).collect::<Vec<_>>(), &volatile, &books).expect("reads").1;
        let told: Vec<String> = found
            .iter()
            .map(|one| {
                let alone = if one.alone { " alone" } else { "" };
                format!("{}{alone}: {}", one.name, one.statements.join("; "))
            })
            .collect();
        assert_eq!(told, expected);
    }

    const A1: &str = "INSERT INTO alembic_version (version_num) VALUES ('a1')";
    const B2: &str = "UPDATE alembic_version SET version_num='b2' WHERE version_num = 'a1'";

    #[test]
    fn a_revision_ends_where_the_ledger_is_told() {
        let (a1, b2) = (format!("1: {A1}"), format!("1: {B2}"));
        let lines =
            ["1: CREATE TABLE alembic_version ()", "1: CREATE TABLE a ()", &a1, "1: SELECT 1", "1: DROP TABLE a", &b2];
        check(&lines, &["a1: CREATE TABLE a ()", "b2: DROP TABLE a"]);
        check(&["1: one", &a1, &b2, "2: rows"], &["a1: one", "b2: rows"]);
    }

    #[test]
    fn a_commit_on_the_way_makes_it_stand_alone() {
        let a1 = format!("3: {A1}");
        check(
            &["1: one", "2: CREATE INDEX CONCURRENTLY i ON t (x)", "3: two", &a1],
            &["a1 alone: one; CREATE INDEX CONCURRENTLY i ON t (x); two"],
        );
        check(&["1: one", "2: LOCK TABLE t", "2: SET LOCAL x = 1", "2: two", &a1], &["a1 alone: one; two"]);
        check(&["1: one", "2: two"], &[": one; two"]);
        check(&["1: one", "2: VACUUM"], &[" alone: one; VACUUM"]);
    }

    #[test]
    fn queries_stay_where_they_change_something() {
        let lines = [
            "1: SELECT version()",
            "1: SELECT x FROM t FOR UPDATE",
            "1: SELECT setval('s', 3)",
            "1: SELECT pg_catalog.SETVAL ('s', 4)",
            "1: WITH a AS (DELETE FROM t RETURNING x) SELECT x FROM a",
            "1: SELECT 1 INTO t2",
            "1: SHOW x",
            "1: (SELECT my_seed())",
            "1: SELECT 'setval('",
        ];
        check(
            &lines,
            &[": SELECT setval('s', 3); SELECT pg_catalog.SETVAL ('s', 4); \
            WITH a AS (DELETE FROM t RETURNING x) SELECT x FROM a; SELECT 1 INTO t2; (SELECT my_seed())"],
        );
    }

    #[test]
    fn settings_come_along_as_long_as_they_hold() {
        let (a1, b2) = (format!("1: {A1}"), format!("1: {B2}"));
        let lines = [
            "1: SET client_encoding TO 'UTF8'",
            "1: SET search_path = app",
            "1: SELECT set_config('TimeZone', 'UTC', false)",
            "1: one",
            &a1,
            "1: RESET search_path",
            "1: two",
            "1: SET search_path = other",
            &b2,
            "1: three",
        ];
        check(
            &lines,
            &[
                "a1: SET search_path = app; SELECT set_config('TimeZone', 'UTC', false); one",
                "b2: SELECT set_config('TimeZone', 'UTC', false); two; SET search_path = other; \
             SET search_path = other; SELECT set_config('TimeZone', 'UTC', false); three",
            ],
        );
    }

    #[test]
    fn rows_that_no_log_has_are_refused() {
        let stayed = Stayed { session: "a".into(), transaction: 1, text: "COPY t FROM STDIN".into() };
        assert_eq!(
            revisions(&[stayed], &BTreeSet::new(), &BTreeSet::new()).unwrap_err().kind(),
            ErrorKind::Unsupported
        );
    }
}
