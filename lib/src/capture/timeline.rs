//! From what sessions ran to what stayed: transactions that were rolled back leave nothing behind.

use std::collections::HashMap;

use crate::sql::{Flavor, significant, split, words};

use super::log::{Event, Line};

/// A statement that was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stayed {
    /// Which session ran it.
    pub(super) session: String,
    /// In which transaction, a number of our own.
    pub(super) transaction: usize,
    /// Its text, parameters as literals.
    pub(super) text: String,
}

/// A transaction that a session has begun.
#[derive(Default)]
struct Open {
    statements: Vec<String>,
    /// How many statements there were when each was set.
    savepoints: Vec<(String, usize)>,
    failed: bool,
}

/// All sessions, as far as the log was read.
#[derive(Default)]
struct Timeline {
    open: HashMap<String, Open>,
    stayed: Vec<Stayed>,
    transactions: usize,
    /// What each session ran last outside a transaction: its text as it came, and the number that it got.
    last: HashMap<String, (String, usize)>,
}

/// The statements that were committed, in the order of their commits.
pub(super) fn stayed(lines: &[Line]) -> Vec<Stayed> {
    let mut timeline = Timeline::default();
    for line in lines {
        match &line.event {
            Event::Ran { text, bound } => timeline.ran(&line.session, text, bound),
            Event::Failed(query) => timeline.failed(&line.session, query.as_deref()),
        }
    }
    timeline.stayed
}

impl Timeline {
    fn ran(&mut self, session: &str, text: &str, bound: &str) {
        self.transactions += 1;
        let number = self.transactions;
        self.last.insert(session.to_owned(), (text.to_owned(), number));
        match split(bound, Flavor::Postgres) {
            Ok(statements) => statements.iter().for_each(|statement| self.one(session, statement.text, number)),
            // What it is, whoever reads it must say.
            Err(_) => self.one(session, bound, number),
        }
    }

    /// One statement; outside a transaction it stays at once, with all others of its message.
    fn one(&mut self, session: &str, sql: &str, number: usize) {
        let words = words(sql, Flavor::Postgres, 3);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["BEGIN", ..] | ["START", "TRANSACTION", ..] => {
                self.open.entry(session.to_owned()).or_default();
            }
            ["COMMIT" | "END", ..] => self.end(session, true, chains(&words)),
            ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK" | "TRANSACTION", "TO"] => {
                if let Some(open) = self.open.get_mut(session) {
                    open.back_to(&name(sql));
                }
            }
            ["ROLLBACK" | "ABORT", ..] => self.end(session, false, chains(&words)),
            ["SAVEPOINT", ..] => {
                if let Some(open) = self.open.get_mut(session).filter(|open| !open.failed) {
                    open.savepoints.push((name(sql), open.statements.len()));
                }
            }
            ["RELEASE", ..] => {
                if let Some(open) = self.open.get_mut(session).filter(|open| !open.failed)
                    && let Some(at) = open.find(&name(sql))
                {
                    open.savepoints.truncate(at);
                }
            }
            _ => match self.open.get_mut(session) {
                Some(open) if open.failed => {}
                Some(open) => open.statements.push(sql.to_owned()),
                None => {
                    self.stayed.push(Stayed { session: session.to_owned(), transaction: number, text: sql.to_owned() })
                }
            },
        }
    }

    fn end(&mut self, session: &str, committed: bool, chains: bool) {
        let Some(open) = self.open.remove(session) else { return };
        if committed && !open.failed {
            self.transactions += 1;
            let stayed = |text| Stayed { session: session.to_owned(), transaction: self.transactions, text };
            self.stayed.extend(open.statements.into_iter().map(stayed));
        }
        if chains {
            self.open.insert(session.to_owned(), Open::default());
        }
    }

    /// In a transaction nothing counts any more; outside, the message that failed is undone whole, and a transaction that it
    /// began goes on in vain.
    fn failed(&mut self, session: &str, query: Option<&str>) {
        if let Some(open) = self.open.get_mut(session) {
            open.failed = true;
            return;
        }
        if let Some((text, number)) = self.last.remove(session)
            && query == Some(text.as_str())
        {
            self.stayed.retain(|one| one.session != session || one.transaction < number);
            let statements = split(&text, Flavor::Postgres).unwrap_or_default();
            if statements.iter().any(|one| words(one.text, Flavor::Postgres, 1) == ["BEGIN"]) {
                self.open.insert(session.to_owned(), Open { failed: true, ..Open::default() });
            }
        }
    }
}

impl Open {
    fn find(&self, name: &str) -> Option<usize> {
        self.savepoints.iter().rposition(|(one, _)| one == name)
    }

    fn back_to(&mut self, name: &str) {
        if let Some(at) = self.find(name) {
            self.statements.truncate(self.savepoints[at].1);
            self.savepoints.truncate(at + 1);
            self.failed = false;
        }
    }
}

/// The name that a statement about a savepoint ends in.
fn name(sql: &str) -> String {
    significant(sql, Flavor::Postgres).last().map_or_else(String::new, |token| token.text.to_owned())
}

/// `COMMIT AND CHAIN` begins the next one.
fn chains(words: &[&str]) -> bool {
    words.windows(2).any(|pair| pair == ["AND", "CHAIN"])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line is `session: text`, or `session! text` for one that failed; told as `transaction: text`.
    fn check(lines: &[&str], expected: &[&str]) {
        let line = |line: &&str| match line.split_once(": ") {
            Some((session, text)) => {
                Line { session: session.into(), event: Event::Ran { text: text.into(), bound: text.into() } }
            }
            None => {
                let (session, text) = line.split_once("! ").expect("a session");
                Line { session: session.into(), event: Event::Failed(Some(text.into())) }
            }
        };
        let stayed = stayed(&lines.iter().map(line).collect::<Vec<_>>());
        let mut numbers: Vec<usize> = stayed.iter().map(|one| one.transaction).collect();
        numbers.dedup();
        let place = |one: &Stayed| numbers.iter().position(|number| *number == one.transaction).expect("a number") + 1;
        let told: Vec<String> = stayed.iter().map(|one| format!("{}: {}", place(one), one.text)).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn what_was_rolled_back_is_not_there() {
        check(&["a: BEGIN; one; two", "a: COMMIT", "a: BEGIN", "a: three", "a: ROLLBACK"], &["1: one", "1: two"]);
        check(&["a: BEGIN", "a: one", "a! one", "a: COMMIT", "a: two", "a: three"], &["1: two", "2: three"]);
        check(&["a: BEGIN", "a: one"], &[]);
        check(&["a: BEGIN", "a: one", "a: COMMIT AND CHAIN", "a: two", "a: ROLLBACK"], &["1: one"]);
    }

    #[test]
    fn a_savepoint_takes_back_what_came_after() {
        let lines = ["a: BEGIN", "a: one", "a: SAVEPOINT s", "a: two", "a! two", "a: ROLLBACK TO SAVEPOINT s"];
        check(&[&lines[..], &["a: three", "a: RELEASE SAVEPOINT s", "a: COMMIT"]].concat(), &["1: one", "1: three"]);
    }

    #[test]
    fn a_message_without_a_transaction_is_one() {
        check(&["a: one; two", "a! one; two", "a: three", "a! other"], &["1: three"]);
        let whole = "BEGIN; one; COMMIT; two";
        check(&[&format!("a: {whole}"), &format!("a! {whole}"), "a: ROLLBACK", "a: three"], &["1: three"]);
    }

    #[test]
    fn sessions_stand_in_the_order_of_their_commits() {
        let lines = ["a: BEGIN", "a: one", "b: two", "a: COMMIT", "b: three"];
        check(&lines, &["1: two", "2: one", "3: three"]);
    }
}
