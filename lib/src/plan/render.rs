//! A plan as text and as SQL.

use std::fmt::Write;
use std::time::Duration;

use super::{Action, Effect, Plan, PlanKind, Risk, SqlStep, Step};
use crate::sql::{ident, redact};

impl Plan {
    /// The plan as a script that `psql` (or `sqlite3`) could run: every statement, its step's title and its
    /// hazards as comments, secrets replaced. Steps that no SQL can do are comments.
    pub fn to_sql(&self) -> String {
        if self.is_empty() {
            return "-- nothing to do\n".to_owned();
        }
        // Only a plan that works in several databases tells psql to change between them.
        let travels = self.steps.iter().any(|step| matches!(&step.action, Action::Sql(sql) if sql.database.is_some()));
        let whole = self.is_one_transaction();
        let mut connected = None;
        let mut steps = Vec::new();
        for step in &self.steps {
            let mut out = heading(step);
            if let Action::Sql(sql) = &step.action {
                let database = sql.database.as_deref().unwrap_or(&self.database);
                if travels && connected != Some(database) {
                    push(&mut out, format_args!("\\connect {}", ident(database)));
                    connected = Some(database);
                }
            }
            body(&mut out, &step.action, self.kind, whole);
            steps.push(out);
        }
        let steps = steps.join("\n");
        if whole { format!("BEGIN;\n\n{steps}\nCOMMIT;\n") } else { steps }
    }

    /// Is it carried out as one transaction, whatever its steps are?
    fn is_one_transaction(&self) -> bool {
        let transactional = |step: &Step| matches!(&step.action, Action::Sql(sql) if sql.transaction);
        self.kind == PlanKind::Roles && self.steps.iter().all(transactional)
    }

    /// The plan as a person reads it: a numbered step a line, hazards below.
    pub fn to_text(&self) -> String {
        if self.is_empty() {
            return "nothing to do\n".to_owned();
        }
        let width = self.steps.len().to_string().len();
        let mut out = String::new();
        for (at, step) in self.steps.iter().enumerate() {
            push(&mut out, format_args!("{:>width$}. {}{}", at + 1, redact(&step.title), note(&step.action)));
            for what in does(&step.action) {
                push(&mut out, format_args!("{:width$}  {what}", ""));
            }
            for risk in &step.risks {
                push(&mut out, format_args!("{:width$}  {}", "", hazard(risk)));
            }
            for line in disturbances(step) {
                push(&mut out, format_args!("{:width$}  {line}", ""));
            }
        }
        out
    }
}

fn heading(step: &Step) -> String {
    let mut out = String::new();
    push(&mut out, format_args!("-- {}", comment(&step.title)));
    for risk in &step.risks {
        push(&mut out, format_args!("-- {}", comment(&hazard(risk))));
    }
    for line in disturbances(step) {
        push(&mut out, format_args!("-- {}", comment(&line)));
    }
    out
}

/// What other people's reads and writes will wait for: the worst that the step does to each relation, a line each.
fn disturbances(step: &Step) -> Vec<String> {
    let mut worst: Vec<Effect> = Vec::new();
    for effect in step.effects.iter().filter(|effect| effect.disturbs()) {
        match worst.iter_mut().find(|one| one.object == effect.object) {
            Some(one) => {
                one.lock = one.lock.max(effect.lock);
                one.work = one.work.max(effect.work);
                one.unknown &= effect.unknown;
            }
            None => worst.push(effect.clone()),
        }
    }
    worst.iter().map(ToString::to_string).collect()
}

fn body(out: &mut String, action: &Action, kind: PlanKind, within: bool) {
    match action {
        Action::Sql(sql) => statements(out, sql, kind, within),
        Action::Program { program, args, does } => {
            let command = [std::slice::from_ref(program), args.as_slice()].concat().join(" ");
            push(out, format_args!("-- run: {}", comment(&command)));
            does.iter().for_each(|what| push(out, format_args!("--   {}", comment(what))));
        }
        Action::Copy { to } => push(out, format_args!("-- copy to: {}", comment(&to.display().to_string()))),
        Action::Move { from, to } => push(out, format_args!("-- rename: {} to {}", comment(from), comment(to))),
    }
}

/// `within` a transaction already, the step has none of its own.
fn statements(out: &mut String, step: &SqlStep, kind: PlanKind, within: bool) {
    // SET LOCAL ends with the transaction; without one, the setting is given back.
    let local = if step.transaction { "LOCAL " } else { "" };
    let timeouts = [("lock_timeout", step.lock_timeout), ("statement_timeout", step.statement_timeout)];
    let timeouts = || timeouts.iter().filter_map(|(name, value)| value.map(|value| (name, value)));
    if step.without_foreign_keys {
        push(out, format_args!("PRAGMA foreign_keys = OFF;"));
    }
    if step.transaction && !within {
        push(out, format_args!("BEGIN;"));
    }
    for (name, value) in timeouts() {
        push(out, format_args!("SET {local}{name} = '{}';", milliseconds(value)));
    }
    for statement in &step.statements {
        match kind {
            // It is run as it stands, and what it sets came from a schema that has it in clear.
            PlanKind::Schema => push(out, format_args!("{statement};")),
            _ => push(out, format_args!("{};", redact(statement))),
        }
    }
    if step.transaction {
        if !within {
            push(out, format_args!("COMMIT;"));
        }
    } else {
        timeouts().for_each(|(name, _)| push(out, format_args!("RESET {name};")));
    }
    if step.without_foreign_keys {
        push(out, format_args!("PRAGMA foreign_keys = ON;"));
    }
}

/// What a reader should know of a step besides its title.
fn note(action: &Action) -> String {
    match action {
        Action::Sql(step) if !step.transaction => " (no transaction)".to_owned(),
        Action::Sql(step) if step.without_foreign_keys => " (foreign keys off)".to_owned(),
        Action::Copy { to } => format!(" (to {})", to.display()),
        _ => String::new(),
    }
}

/// What a program is known to do, a line each.
fn does(action: &Action) -> &[String] {
    match action {
        Action::Program { does, .. } => does,
        _ => &[],
    }
}

fn hazard(risk: &Risk) -> String {
    format!("hazard: {}: {}", risk.hazard.name(), redact(&risk.told()))
}

/// `text` on one line and without secrets, so that it cannot leave its comment.
fn comment(text: &str) -> String {
    redact(text).replace(['\n', '\r'], " ")
}

fn milliseconds(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}

fn push(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::super::{Hazard, PlanKind};
    use super::*;

    fn plan(steps: Vec<Step>) -> Plan {
        Plan { kind: PlanKind::Migrate, database: "walt".to_owned(), state: "0".to_owned(), steps }
    }

    fn sql(transaction: bool, lock_timeout: Option<u64>, statements: &[&str]) -> Action {
        Action::Sql(SqlStep {
            transaction,
            lock_timeout: lock_timeout.map(Duration::from_millis),
            ..SqlStep::new(statements.iter().map(|&text| text.to_owned()).collect())
        })
    }

    fn example() -> Plan {
        let risk = Risk {
            hazard: Hazard::DeletesData,
            reason: "drops table x".to_owned(),
            tables: vec!["x".to_owned()],
            rows: None,
            rehearsed: None,
            statement: 1,
            allowed: false,
            place: None,
        };
        let step =
            |title: &str, action| Step { title: title.to_owned(), action, risks: Vec::new(), effects: Vec::new() };
        plan(vec![
            step("create role walt", sql(false, None, &["CREATE ROLE walt LOGIN PASSWORD 'secret'"])),
            step("copy the data", Action::Copy { to: "backups/1".into() }),
            Step {
                title: "apply 2\nDROP TABLE y".to_owned(),
                action: sql(true, Some(2000), &["CREATE TABLE y ()", "DROP TABLE x"]),
                risks: vec![risk],
                effects: Vec::new(),
            },
            step("index", sql(false, Some(1500), &["CREATE INDEX CONCURRENTLY i ON y (a)"])),
            step(
                "run the tool",
                Action::Program {
                    program: "alembic".to_owned(),
                    args: vec!["upgrade".to_owned()],
                    does: vec!["applies 1975_accounts".to_owned()],
                },
            ),
            step("rename", Action::Move { from: "a".to_owned(), to: "b".to_owned() }),
        ])
    }

    #[test]
    fn as_sql() {
        assert_eq!(
            example().to_sql(),
            "\
-- create role walt
CREATE ROLE walt LOGIN PASSWORD '***';

-- copy the data
-- copy to: backups/1

-- apply 2 DROP TABLE y
-- hazard: deletes-data: drops table x
BEGIN;
SET LOCAL lock_timeout = '2000ms';
CREATE TABLE y ();
DROP TABLE x;
COMMIT;

-- index
SET lock_timeout = '1500ms';
CREATE INDEX CONCURRENTLY i ON y (a);
RESET lock_timeout;

-- run the tool
-- run: alembic upgrade
--   applies 1975_accounts

-- rename
-- rename: a to b
"
        );
    }

    #[test]
    fn as_text() {
        let mut plan = example();
        plan.steps.truncate(3);
        plan.steps[2].title = "apply 2".to_owned();
        assert_eq!(
            plan.to_text(),
            "\
1. create role walt (no transaction)
2. copy the data (to backups/1)
3. apply 2
   hazard: deletes-data: drops table x
"
        );
    }

    #[test]
    fn psql_changes_between_databases() {
        let mut plan = example();
        plan.steps.remove(1);
        plan.steps.truncate(2);
        plan.steps[1] = Step {
            title: "grant".to_owned(),
            action: sql(false, None, &["GRANT a TO b"]),
            risks: Vec::new(),
            effects: Vec::new(),
        };
        if let Action::Sql(step) = &mut plan.steps[0].action {
            step.database = Some("postgres".to_owned());
        }
        assert_eq!(
            plan.to_sql(),
            "\
-- create role walt
\\connect postgres
CREATE ROLE walt LOGIN PASSWORD '***';

-- grant
\\connect walt
GRANT a TO b;
"
        );
    }

    #[test]
    fn nothing_to_do() {
        assert_eq!(plan(Vec::new()).to_sql(), "-- nothing to do\n");
        assert_eq!(plan(Vec::new()).to_text(), "nothing to do\n");
    }
}
