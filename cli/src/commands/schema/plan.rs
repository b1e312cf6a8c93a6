//! The way from one schema to another as people and psql read it.

use std::fmt::Write;

use mainstay::plan::{Action, Plan, Step};
use mainstay::sql::Flavor;
use mainstay::sql::redact;
use mainstay::states::Comparison;

use crate::output::words;

/// Columns for a statement where nothing says how many there are.
const WIDTH: usize = 120;

/// A script for psql or sqlite3. Unlike psql, in which a failed transaction takes nothing more, sqlite3 would go on after an error
/// and drop what was not copied.
pub(super) fn sql(found: &Comparison) -> String {
    match (found.plan.is_empty(), found.engine) {
        (true, _) => "-- no differences\n".to_owned(),
        (false, Flavor::Postgres) => found.plan.to_sql(),
        (false, Flavor::Sqlite) => format!(".bail on\n{}", found.plan.to_sql()),
    }
}

/// Each transaction with a line for each statement, and the hazards below it.
pub(super) fn text(plan: &Plan, width: Option<usize>) -> String {
    if plan.is_empty() {
        return "no differences\n".to_owned();
    }
    let mut text = String::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let Action::Sql(sql) = &step.action else { continue };
        let kind = match (sql.transaction, sql.without_foreign_keys) {
            (true, true) => "one transaction, foreign keys off",
            (true, false) => "one transaction",
            (false, _) => "outside a transaction",
        };
        let count = words::plural(sql.statements.len(), "statement");
        let _ = writeln!(text, "{}. {kind}, {count}", at + 1);
        for (index, statement) in sql.statements.iter().enumerate() {
            let _ = writeln!(text, "   {}", summary(statement, width.unwrap_or(WIDTH).saturating_sub(3)));
            hazards(&mut text, step, index);
            disturbances(&mut text, step, index);
        }
    }
    text
}

fn hazards(text: &mut String, step: &Step, statement: usize) {
    for risk in step.risks.iter().filter(|risk| risk.statement == statement) {
        let allowed = if risk.allowed { " (allowed)" } else { "" };
        let _ = writeln!(text, "     hazard: {}: {}{allowed}", risk.hazard.name(), words::printable(&risk.told()));
    }
}

/// What other people's reads and writes wait for.
fn disturbances(text: &mut String, step: &Step, statement: usize) {
    for effect in step.effects.iter().filter(|effect| effect.statement == statement && effect.disturbs()) {
        let _ = writeln!(text, "     {}", words::printable(&effect.to_string()));
    }
}

/// A statement on one line of `width` columns.
fn summary(statement: &str, width: usize) -> String {
    let line = redact(statement);
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = words::printable(&line);
    match line.chars().count() > width {
        true => line.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_one_line_that_fits() {
        assert_eq!(summary("CREATE TABLE t (\n    a integer\n)", 80), "CREATE TABLE t ( a integer )");
        assert_eq!(summary("CREATE TABLE t (\n    a integer\n)", 12), "CREATE TABL…");
        assert_eq!(summary("COMMENT ON TABLE t IS 'a\u{1b}[2J'", 80), "COMMENT ON TABLE t IS 'a\\u{1b}[2J'");
    }
}
