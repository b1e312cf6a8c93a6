//! Timeouts of the session, said again only when they change, and put back after a script that changed settings.

use std::time::Duration;

use crate::plan::SqlStep;
use crate::sql::{Flavor, Statement, words};

/// What the session was told last.
#[derive(Default)]
pub(super) struct SessionSettings {
    told: Option<(Option<Duration>, Option<Duration>)>,
}

impl SessionSettings {
    /// The statements that bring the session to `step`'s timeouts: none when it has them already.
    pub fn before(&mut self, step: &SqlStep, flavor: Flavor) -> Vec<String> {
        let wanted = (step.lock_timeout, step.statement_timeout);
        if flavor == Flavor::Sqlite || self.told == Some(wanted) {
            return Vec::new();
        }
        self.told = Some(wanted);
        [("lock_timeout", wanted.0), ("statement_timeout", wanted.1)]
            .into_iter()
            .map(|(name, value)| match value {
                Some(value) => format!("SET {name} = {}", value.as_millis()),
                None => format!("RESET {name}"),
            })
            .collect()
    }

    /// The statements that undo what `statements` may have set for the session, such as the empty `search_path` at the head
    /// of every dump: the next script starts as if it were alone.
    pub fn after(&mut self, statements: &[Statement<'_>], flavor: Flavor) -> Vec<String> {
        let sets = |statement: &Statement<'_>| {
            let words = words(statement.text, flavor, 2);
            match words.first().map(String::as_str) {
                Some("SET") => words.get(1).is_none_or(|word| word != "LOCAL"),
                Some("RESET" | "DISCARD") => true,
                _ => runs_code(statement),
            }
        };
        if flavor == Flavor::Sqlite || !statements.iter().any(sets) {
            return Vec::new();
        }
        self.told = None;
        vec!["RESET ALL".to_owned()]
    }
}

/// Whether `statements` may leave the session acting as another role, which `RESET ALL` does not undo.
pub(super) fn change_role(statements: &[Statement<'_>], flavor: Flavor) -> bool {
    flavor == Flavor::Postgres
        && statements.iter().any(|statement| {
            let words = words(statement.text, flavor, 3);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["SET" | "RESET", "ROLE", ..] | ["SET" | "RESET", "SESSION", "ROLE" | "AUTHORIZATION"] => true,
                ["DISCARD", "ALL", ..] => true,
                _ => runs_code(statement),
            }
        })
}

/// Whether `statement` runs code that may set anything without saying so: a DO block, a procedure, a function in a query.
fn runs_code(statement: &Statement<'_>) -> bool {
    let words = words(statement.text, Flavor::Postgres, 1);
    let calls = ["DO", "CALL", "SELECT", "WITH", "VALUES", "EXECUTE", "FETCH"];
    words.first().is_some_and(|word| calls.contains(&word.as_str())) || statement.text.contains("set_config")
}
