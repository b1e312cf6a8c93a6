//! From pieces of work in order to the steps of a plan.

use super::Options;
use super::around;
use super::change::Statement;
use super::side::Side;
use crate::catalog::{Name, ObjectId, ObjectKind, Setting};
use crate::plan::{Action, Hazard, Risk, SqlStep, Step, risks};
use crate::sql::{Flavor, ident, literal};

/// Steps of as many statements as go together in one transaction.
pub(super) fn of(work: Vec<(ObjectId, Vec<Statement>)>, options: &Options) -> Vec<Step> {
    let mut groups: Vec<Group> = Vec::new();
    let mut closed = true;
    for (id, statements) in work {
        for Statement { sql, commits, valueless, loses } in statements {
            if closed {
                groups.push(Group::default());
            }
            closed = commits;
            if let Some(group) = groups.last_mut() {
                if group.objects.last() != Some(&id) {
                    group.objects.push(id.clone());
                }
                if valueless {
                    group.valueless.push(sql.clone());
                }
                if !loses.is_empty() {
                    group.losses.push((sql.clone(), loses));
                }
                group.statements.push(sql);
            }
        }
    }
    groups.into_iter().map(|group| group.step(options)).collect()
}

#[derive(Default)]
struct Group {
    objects: Vec<ObjectId>,
    statements: Vec<String>,
    /// Those of them that take away only what has no values of its own.
    valueless: Vec<String>,
    /// Those that take values of tables that they do not name.
    losses: Vec<(String, Vec<Name>)>,
}

impl Group {
    fn risks(&self, sql: &String, at: usize) -> Vec<Risk> {
        let mut risks = risks(sql, Flavor::Postgres, at);
        let deletes = risks.iter_mut().filter(|risk| risk.hazard == Hazard::DeletesData);
        deletes.filter(|_| self.valueless.contains(sql)).for_each(|risk| risk.hazard = Hazard::DropsObject);
        for (_, tables) in self.losses.iter().filter(|(losing, _)| losing == sql) {
            let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
            for risk in risks.iter_mut().filter(|risk| risk.hazard == Hazard::DeletesData) {
                risk.reason.push_str(&format!(", with its values in {}", tables.join(", ")));
                risk.tables.extend(tables.iter().cloned());
            }
        }
        risks
    }

    fn step(self, options: &Options) -> Step {
        let title = match self.objects.as_slice() {
            [one] => format!("change {one}"),
            [one, rest @ ..] => format!("change {one} and {} more", rest.len()),
            [] => "change the database".to_owned(),
        };
        let mut statements = self.statements.clone();
        // A body may name what a later statement makes; the server would look for it now.
        if statements.iter().any(|sql| makes_routine(sql)) {
            statements.insert(0, "SET LOCAL check_function_bodies = off".to_owned());
        }
        let risks = statements.iter().enumerate().flat_map(|(at, sql)| self.risks(sql, at)).collect();
        let action = Action::Sql(SqlStep {
            database: None,
            transaction: true,
            without_foreign_keys: false,
            lock_timeout: options.lock_timeout,
            statement_timeout: None,
            statements,
        });
        Step { title, action, risks, effects: Vec::new() }
    }
}

fn makes_routine(sql: &str) -> bool {
    ["CREATE FUNCTION", "CREATE PROCEDURE", "CREATE OR REPLACE FUNCTION", "CREATE OR REPLACE PROCEDURE"]
        .iter()
        .any(|start| sql.starts_with(start))
}

/// What belongs to the whole database and no object of it: default privileges, settings.
pub(super) fn of_database(from: &Side<'_>, to: &Side<'_>) -> Vec<(ObjectId, Vec<Statement>)> {
    let mut statements = around::default_privileges(from, to);
    let name = ident(&from.catalog.database.name);
    let place = |setting: &Setting| match &setting.role {
        Some(role) => format!("ALTER ROLE {} IN DATABASE {name}", ident(role)),
        None => format!("ALTER DATABASE {name}"),
    };
    let (old, new) = (&from.catalog.settings, &to.catalog.settings);
    let same = |a: &Setting, b: &Setting| (&a.role, &a.name) == (&b.role, &b.name);
    for gone in old.iter().filter(|one| !new.iter().any(|other| same(one, other))) {
        statements.push(Statement::new(format!("{} RESET {}", place(gone), gone.name)));
    }
    for set in new.iter().filter(|one| !old.contains(one)) {
        statements.push(Statement::new(format!("{} SET {} TO {}", place(set), set.name, literal(&set.value))));
    }
    match statements.is_empty() {
        true => Vec::new(),
        false => vec![(ObjectId::global(ObjectKind::Database, &*from.catalog.database.name), statements)],
    }
}
