//! All rules over all migrations.

use std::collections::BTreeMap;

use crate::error::{Place, Result};
use crate::plan::Severity;
use crate::sql::Flavor;

use super::finding::Found;
use super::look::Look;
use super::read::{Statement, read};
use super::rule::Own;
use super::suppress::Suppressions;
use super::world::World;
use super::{Finding, Input, Migration, Rule, Script, Settings, rules, squawk};

/// What the rules find in `input`, in the order of its migrations and of their text.
///
/// # Errors
/// [`ErrorKind::Source`](crate::ErrorKind::Source) with the place: a comment allows a rule that there is not.
pub fn lint<'a>(input: &Input<'a>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for run in &input.runs {
        let scripts: Vec<(Vec<Statement<'_>>, Option<Vec<Statement<'_>>>)> = run
            .iter()
            .map(|migration| {
                let statements = |script: &Script<'a>| read(script.text, input.flavor, script.transaction);
                (statements(&migration.up), migration.down.as_ref().map(statements))
            })
            .collect();
        let world = World::new(input.facts, input.settings, scripts.iter().flat_map(|(up, _)| up));
        for (migration, (up, down)) in run.iter().zip(&scripts) {
            let look = Look {
                flavor: input.flavor,
                migration,
                up,
                down: down.as_deref(),
                world: &world,
                no_transaction: input.no_transaction,
                has_downs: input.has_downs,
                unread: &BTreeMap::new(),
            };
            findings.extend(of_migration(look, input.settings)?);
        }
    }
    Ok(findings)
}

fn of_migration(look: Look<'_>, settings: &Settings) -> Result<Vec<Finding>> {
    let Migration { up, down } = look.migration;
    let wanted = |rule: &Rule| weight(rule, settings).is_some();
    // Squawk reads PostgreSQL alone.
    let squawk = match look.flavor {
        Flavor::Postgres => squawk::find(up, look.up, look.world, wanted),
        Flavor::Sqlite => squawk::Findings::default(),
    };
    let look = &Look { unread: &squawk.unread, ..look };
    let up_comments = Suppressions::read(up, look.up, look.flavor)?;
    let down_comments = down.as_ref().map(|down| Suppressions::read(down, look.down.unwrap_or_default(), look.flavor));
    let down_comments = down_comments.transpose()?;
    let mut findings: Vec<(bool, usize, Finding)> = Vec::new();
    let mut keep = |rule: &Rule, covers: &[&str], found: Found| {
        let (script, comments) = match (&down, &down_comments) {
            (Some(down), Some(comments)) if found.in_down => (down, comments),
            _ => (up, &up_comments),
        };
        let Some(weight) = weight(rule, settings) else { return };
        let silent = comments.silence(rule.name, covers, found.offset)
            || found.table.as_ref().is_some_and(|table| !look.world.matters(rule.about, table))
            || (script.may_delete && matches!(rule.name, "ban-drop-column" | "ban-drop-table"));
        if !silent {
            let severity = match settings.levels.contains_key(rule.name) {
                true => weight,
                false => found.severity.unwrap_or(weight),
            };
            findings.push((found.in_down, found.offset, finding(rule, severity, script, found, look.world)));
        }
    };
    for Own { rule, covers, check, .. } in rules::RULES.iter().filter(|own| own.flavors.contains(&look.flavor)) {
        let mut found = Vec::new();
        check(look, &mut found);
        found.into_iter().for_each(|one| keep(rule, covers, one));
    }
    for (rule, found) in squawk.found {
        keep(rule, &[], found);
    }
    findings.sort_by_key(|(in_down, offset, finding)| (*in_down, *offset, finding.rule));
    Ok(findings.into_iter().map(|(_, _, finding)| finding).collect())
}

/// How much a rule's findings weigh in this project; `None` where it is off.
fn weight(rule: &Rule, settings: &Settings) -> Option<Severity> {
    settings.levels.get(rule.name).copied().unwrap_or(rule.severity)
}

fn finding(rule: &Rule, severity: Severity, script: &Script<'_>, found: Found, world: &World<'_>) -> Finding {
    Finding {
        rule: rule.name,
        severity,
        place: Place::in_text(script.file, script.text, found.offset),
        message: found.message,
        why: rule.why.to_owned(),
        instead: found.instead.unwrap_or_else(|| rule.instead.to_owned()),
        table: found.table.and_then(|table| world.measured(&table)),
    }
}
