//! The log of a server of our own, in CSV: every statement of every session, in the order in which they came.
//!
//! Source of the columns: PostgreSQL documentation, "Using CSV-Format Log Output".

use std::collections::HashMap;

use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, TokenKind, literal, tokens};

/// What makes a server write such a log into its data folder, as [`FILE`].
pub(super) const SETTINGS: [(&str, &str); 12] = [
    ("logging_collector", "on"),
    ("log_destination", "csvlog"),
    ("log_directory", "captured"),
    ("log_filename", "statements"),
    ("log_rotation_age", "0"),
    ("log_rotation_size", "0"),
    ("log_statement", "all"),
    ("log_min_messages", "warning"),
    ("log_min_error_statement", "error"),
    ("log_error_verbosity", "default"),
    ("log_parameter_max_length", "-1"),
    ("lc_messages", "C"),
];

/// Where it lies in the data folder.
pub(super) const FILE: &str = "captured/statements.csv";

/// Columns of a line.
const SESSION: usize = 5;
const SEVERITY: usize = 11;
const MESSAGE: usize = 13;
const DETAIL: usize = 14;
const QUERY: usize = 19;
const APPLICATION: usize = 22;

/// One line that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Which session.
    pub(super) session: String,
    /// What happened in it.
    pub(super) event: Event,
}

/// What happened in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It ran a message of one or more statements.
    Ran {
        /// The text as it came.
        text: String,
        /// The same with its parameters as literals.
        bound: String,
    },
    /// A message failed: its text as it came, where the server says it.
    Failed(Option<String>),
}

/// The lines of `log` that matter, without those of the application called `own`.
///
/// # Errors
/// [`ErrorKind::Program`]: a line is not as the server writes it.
pub(super) fn read(log: &str, own: &str) -> Result<Vec<Line>> {
    let mut found = Vec::new();
    for columns in rows(log) {
        if columns.len() <= APPLICATION {
            return Err(Error::new(ErrorKind::Program, "the private server's log is not as PostgreSQL writes it")
                .source(format!("a line has {} columns", columns.len())));
        }
        if columns[APPLICATION] == own {
            continue;
        }
        let event = match columns[SEVERITY].as_str() {
            "LOG" => match ran(&columns[MESSAGE], &columns[DETAIL]) {
                Some(event) => event,
                None => continue,
            },
            "ERROR" | "FATAL" | "PANIC" => Event::Failed(Some(columns[QUERY].clone()).filter(|text| !text.is_empty())),
            _ => continue,
        };
        found.push(Line { session: columns[SESSION].clone(), event });
    }
    Ok(found)
}

/// `statement: …`, or `execute name: …` with the parameters in the detail.
fn ran(message: &str, detail: &str) -> Option<Event> {
    if let Some(text) = message.strip_prefix("statement: ") {
        return Some(Event::Ran { text: text.to_owned(), bound: text.to_owned() });
    }
    let (head, text) = message.strip_prefix("execute ")?.split_once(": ")?;
    // More rows of a portal that was run already.
    if head.starts_with("fetch from ") {
        return None;
    }
    let values = parameters(detail);
    Some(Event::Ran { text: text.to_owned(), bound: bound(text, &values) })
}

/// `text` with each `$n` as a literal of its value.
fn bound(text: &str, values: &HashMap<String, Option<String>>) -> String {
    if values.is_empty() {
        return text.to_owned();
    }
    let piece = |(kind, piece): (TokenKind, &str)| match values.get(piece).filter(|_| kind == TokenKind::Parameter) {
        Some(Some(value)) => literal(value),
        Some(None) => "NULL".to_owned(),
        None => piece.to_owned(),
    };
    tokens(text, Flavor::Postgres).into_iter().map(|token| piece((token.kind, token.text))).collect()
}

/// `parameters: $1 = 'it''s', $2 = NULL`.
fn parameters(detail: &str) -> HashMap<String, Option<String>> {
    let Some((word, mut rest)) = detail.split_once(": ").filter(|(word, _)| word.eq_ignore_ascii_case("parameters"))
    else {
        return HashMap::new();
    };
    let mut values = HashMap::new();
    debug_assert!(!word.is_empty());
    while let Some((name, after)) = rest.split_once(" = ") {
        let name = name.trim_start_matches([',', ' ']).to_owned();
        let Some(quoted) = after.strip_prefix('\'') else {
            values.insert(name, None);
            rest = after.split_once(", ").map_or("", |(_, rest)| rest);
            continue;
        };
        let (mut value, mut left) = (String::new(), quoted);
        while let Some((part, after)) = left.split_once('\'') {
            value.push_str(part);
            match after.strip_prefix('\'') {
                Some(after) => {
                    value.push('\'');
                    left = after;
                }
                None => {
                    left = after;
                    break;
                }
            }
        }
        values.insert(name, Some(value));
        rest = left;
    }
    values
}

/// The rows of a CSV text; one that is cut off at the end is left out.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut value) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                value.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut value)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut value));
                rows.push(std::mem::take(&mut row));
            }
            c => value.push(c),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(session: &str, severity: &str, message: &str, detail: &str, query: &str, application: &str) -> String {
        let mut columns = vec![String::new(); 23];
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        (columns[SESSION], columns[SEVERITY]) = (session.to_owned(), severity.to_owned());
        (columns[MESSAGE], columns[DETAIL]) = (quoted(message), quoted(detail));
        (columns[QUERY], columns[APPLICATION]) = (quoted(query), quoted(application));
        columns.join(",") + "\n"
    }

    #[test]
    fn statements_and_failures_are_read_and_our_own_are_not() {
        let log = [
            line("a.1", "LOG", "statement: SELECT \"x\",\n1", "", "", "tool"),
            line("b.2", "LOG", "statement: SELECT 2", "", "", "us"),
            line("a.1", "LOG", "execute fetch from s1/p: SELECT 3", "", "", "tool"),
            line("a.1", "WARNING", "there is no transaction in progress", "", "", "tool"),
            line("a.1", "ERROR", "relation \"y\" does not exist", "", "TABLE y", "tool"),
            "a,cut,off".to_owned(),
        ]
        .concat();
        let text = "SELECT \"x\",\n1".to_owned();
        let ran = Event::Ran { bound: text.clone(), text };
        let expected = [ran, Event::Failed(Some("TABLE y".to_owned()))];
        let found: Vec<Event> = read(&log, "us").unwrap().into_iter().map(|line| line.event).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn parameters_become_literals() {
        let check = |text: &str, detail: &str, expected: &str| {
            let Some(Event::Ran { bound, .. }) = ran(&format!("execute <unnamed>: {text}"), detail) else {
                panic!("{text}")
            };
            assert_eq!(bound, expected);
        };
        check("SELECT $1, '$1', $2", "parameters: $1 = 'it''s', $2 = NULL", "SELECT 'it''s', '$1', NULL");
        check(
            "SELECT $1, $2",
            "Parameters: $1 = 'a'', $2 = ''b', $2 = '\\x00ff'",
            "SELECT 'a'', $2 = ''b', E'\\\\x00ff'",
        );
        check("SELECT $1, $10", "parameters: $1 = '', $10 = '{\"a,b\",NULL}'", "SELECT '', '{\"a,b\",NULL}'");
        check("SELECT 1", "", "SELECT 1");
    }
}
