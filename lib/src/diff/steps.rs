//! From pieces of work in order to the steps of a plan.

use super::Options;
use super::around;
use super::change::Statement;
use super::side::Side;
use crate::catalog::{ObjectId, ObjectKind, Setting};
use crate::plan::{Action, SqlStep, Step, risks};
use crate::sql::{Flavor, ident, literal};

/// Steps of as many statements as go together in one transaction.
pub(super) fn of(work: Vec<(ObjectId, Vec<Statement>)>, options: &Options) -> Vec<Step> {
    let mut groups: Vec<Group> = Vec::new();
    let mut closed = true;
    for (id, statements) in work {
        for Statement { sql, commits } in statements {
            if closed {
                groups.push(Group::default());
            }
            closed = commits;
            if let Some(group) = groups.last_mut() {
                if group.objects.last() != Some(&id) {
                    group.objects.push(id.clone());
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
}

impl Group {
    fn step(self, options: &Options) -> Step {
        let title = match self.objects.as_slice() {
            [one] => format!("change {one}"),
            [one, rest @ ..] => format!("change {one} and {} more", rest.len()),
            [] => "change the database".to_owned(),
        };
        let mut statements = self.statements;
        // A body may name what a later statement makes; the server would look for it now.
        if statements.iter().any(|sql| makes_routine(sql)) {
            statements.insert(0, "SET LOCAL check_function_bodies = off".to_owned());
        }
        let risks = statements.iter().enumerate().flat_map(|(at, sql)| risks(sql, Flavor::Postgres, at)).collect();
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
