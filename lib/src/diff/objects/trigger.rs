//! Triggers of tables, rewrite rules, and triggers of the whole database.

use super::one_statement;
use crate::catalog::{EventTrigger, ObjectId, Rule, TableKind, Trigger, TriggerState};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::diff::spelling;
use crate::sql::{ident, literal};

pub(super) fn create(id: &ObjectId, trigger: &Trigger, to: &Side<'_>) -> Vec<Statement> {
    // A partition's copy comes with the original.
    let mut statements = if trigger.inherited { Vec::new() } else { one_statement(trigger.definition.clone()) };
    statements.extend(state(id, &own_trigger(id, to), TriggerState::Origin, trigger.enabled));
    statements
}

/// The words for a table's own trigger; those of partitions have states of their own.
fn own_trigger(id: &ObjectId, to: &Side<'_>) -> Words {
    let partitioned = to.table_of(id).is_some_and(|table| table.kind == TableKind::Partitioned);
    Words { table: if partitioned { "TABLE ONLY" } else { "TABLE" }, what: "TRIGGER" }
}

pub(super) fn change(id: &ObjectId, old: &Trigger, new: &Trigger, to: &Side<'_>) -> Change {
    if !spelling::same(&old.definition, &new.definition) {
        return if old.inherited && new.inherited { Change::none() } else { Change::Rebuild };
    }
    if old.inherited != new.inherited {
        return Change::Rebuild;
    }
    Change::Alter(state(id, &own_trigger(id, to), old.enabled, new.enabled))
}

pub(super) fn create_rule(id: &ObjectId, rule: &Rule) -> Vec<Statement> {
    let mut statements = one_statement(rule.definition.trim_end_matches(';'));
    statements.extend(state(id, &RULE, TriggerState::Origin, rule.enabled));
    statements
}

pub(super) fn change_rule(id: &ObjectId, old: &Rule, new: &Rule) -> Change {
    let mut statements = Vec::new();
    if !spelling::same(&old.definition, &new.definition) {
        let replaced = new.definition.trim_end_matches(';').replacen("CREATE RULE", "CREATE OR REPLACE RULE", 1);
        statements.push(Statement::new(replaced));
    }
    statements.extend(state(id, &RULE, old.enabled, new.enabled));
    Change::Alter(statements)
}

/// How a statement names what is enabled: `TABLE` … `TRIGGER`.
struct Words {
    table: &'static str,
    what: &'static str,
}

const RULE: Words = Words { table: "TABLE", what: "RULE" };

fn state(id: &ObjectId, words: &Words, old: TriggerState, new: TriggerState) -> Vec<Statement> {
    if old == new {
        return Vec::new();
    }
    let (verb, mode) = match new {
        TriggerState::Origin => ("ENABLE", ""),
        TriggerState::Disabled => ("DISABLE", ""),
        TriggerState::Replica => ("ENABLE", "REPLICA "),
        TriggerState::Always => ("ENABLE", "ALWAYS "),
    };
    let Words { table, what } = words;
    one_statement(format!("ALTER {table} {} {verb} {mode}{what} {}", id.qualified(), ident(&id.detail)))
}

pub(super) fn create_event_trigger(trigger: &EventTrigger) -> Vec<Statement> {
    let tags: Vec<String> = trigger.tags.iter().map(|tag| literal(tag)).collect();
    let when = if tags.is_empty() { String::new() } else { format!("\n    WHEN TAG IN ({})", tags.join(", ")) };
    let (name, event, function) = (ident(&trigger.name), &trigger.event, &trigger.function);
    let mut statements =
        one_statement(format!("CREATE EVENT TRIGGER {name} ON {event}{when}\n    EXECUTE FUNCTION {function}()"));
    if trigger.enabled != TriggerState::Origin {
        statements.extend(enable_event_trigger(trigger));
    }
    statements
}

pub(super) fn change_event_trigger(old: &EventTrigger, new: &EventTrigger) -> Change {
    if (&old.event, &old.tags, &old.function) != (&new.event, &new.tags, &new.function) {
        return Change::Rebuild;
    }
    if old.enabled == new.enabled { Change::none() } else { Change::Alter(enable_event_trigger(new)) }
}

fn enable_event_trigger(trigger: &EventTrigger) -> Vec<Statement> {
    let action = match trigger.enabled {
        TriggerState::Origin => "ENABLE",
        TriggerState::Disabled => "DISABLE",
        TriggerState::Replica => "ENABLE REPLICA",
        TriggerState::Always => "ENABLE ALWAYS",
    };
    one_statement(format!("ALTER EVENT TRIGGER {} {action}", ident(&trigger.name)))
}
