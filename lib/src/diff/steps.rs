//! From pieces of work in order to the steps of a plan.

use std::time::Duration;

use super::Options;
use super::around;
use super::change::{Bounds, Statement};
use super::side::Side;
use crate::catalog::{Name, ObjectId, ObjectKind, Setting};
use crate::plan::{Action, Hazard, Risk, SqlStep, Step, risks};
use crate::sql::{Flavor, ident, literal};

/// Steps of as many statements as go together in one transaction. `stands` tells the tables that are there before the plan.
pub(super) fn of(
    work: Vec<(ObjectId, Vec<Statement>)>,
    options: &Options,
    stands: impl Fn(&Name) -> bool,
) -> Vec<Step> {
    let mut groups: Vec<Group> = Vec::new();
    let mut closed = true;
    for (id, statements) in work {
        for Statement { sql, bounds, costs, tidies, valueless, loses } in statements {
            let alone = matches!(bounds, Bounds::Alone | Bounds::Patient);
            if closed || alone {
                groups.push(Group { bounds, ..Group::default() });
            }
            closed = alone || bounds == Bounds::Closing;
            if let Some(group) = groups.last_mut() {
                if group.objects.last() != Some(&id) {
                    group.objects.push(id.clone());
                }
                let at = group.statements.len();
                let mut told = if tidies { Vec::new() } else { risks(&sql, Flavor::Postgres, at) };
                let deletes = told.iter_mut().filter(|risk| risk.hazard == Hazard::DeletesData);
                deletes.for_each(|risk| tell_losses(risk, valueless, &loses));
                group.risks.extend(told);
                let costs = costs.into_iter().filter(|cost| stands(&cost.table));
                group.risks.extend(costs.map(|cost| cost.risk(at)));
                group.statements.push(sql);
            }
        }
    }
    groups.into_iter().map(|group| group.step(options)).collect()
}

struct Group {
    objects: Vec<ObjectId>,
    statements: Vec<String>,
    risks: Vec<Risk>,
    /// Those of its first statement.
    bounds: Bounds,
}

impl Default for Group {
    fn default() -> Self {
        Self { objects: Vec::new(), statements: Vec::new(), risks: Vec::new(), bounds: Bounds::Shared }
    }
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
        let mut risks = self.risks;
        if statements.iter().any(|sql| makes_routine(sql)) {
            statements.insert(0, "SET LOCAL check_function_bodies = off".to_owned());
            risks.iter_mut().for_each(|risk| risk.statement += 1);
        }
        let action = Action::Sql(SqlStep {
            transaction: matches!(self.bounds, Bounds::Shared | Bounds::Closing),
            lock_timeout: if self.bounds == Bounds::Patient { Some(Duration::ZERO) } else { options.lock_timeout },
            ..SqlStep::new(statements)
        });
        Step { risks, ..Step::new(title, action) }
    }
}

/// What really goes: nothing where there are no values, and those of `tables` that the statement does not name.
fn tell_losses(risk: &mut Risk, valueless: bool, tables: &[Name]) {
    if valueless {
        risk.hazard = Hazard::DropsObject;
    } else if !tables.is_empty() {
        let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
        risk.reason.push_str(&format!(", with its values in {}", names.join(", ")));
        risk.tables.extend(names);
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
