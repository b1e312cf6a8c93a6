//! Sequences.

use super::one_statement;
use crate::catalog::{ColumnName, Sequence};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::sql::{ident, literal};

/// That of an identity column comes with it.
pub(super) fn create(sequence: &Sequence) -> Vec<Statement> {
    if sequence.identity {
        return Vec::new();
    }
    let unlogged = if sequence.unlogged { "UNLOGGED " } else { "" };
    let data_type = if sequence.data_type == "bigint" { "" } else { &format!(" AS {}", sequence.data_type) };
    one_statement(format!(
        "CREATE {unlogged}SEQUENCE {}{data_type}{}",
        sequence.name,
        settings(&usual(sequence), sequence)
    ))
}

/// A column takes only a sequence that belongs to whom its table belongs to.
pub(super) fn hand_over(sequence: &Sequence, to: &Side<'_>) -> Option<Statement> {
    let others = !sequence.identity && sequence.owned_by.is_some() && sequence.owner != to.role;
    let sql = || format!("ALTER SEQUENCE {} OWNER TO {}", sequence.name, ident(&sequence.owner));
    (others && !sequence.owner.is_empty()).then(|| Statement::new(sql()))
}

/// ` (SEQUENCE NAME … START WITH …)` of an identity column, or nothing where all is as usual.
pub(super) fn identity_options(sequence: &Sequence) -> String {
    let mut options = settings(&usual(sequence), sequence).trim().to_owned();
    let named_as_usual = sequence.owned_by.as_ref().is_some_and(|owner| {
        owner.table.schema == sequence.name.schema
            && sequence.name.name == format!("{}_{}_seq", owner.table.name, owner.column)
    });
    if !named_as_usual {
        options = format!("SEQUENCE NAME {} {options}", sequence.name).trim().to_owned();
    }
    if options.is_empty() { String::new() } else { format!(" ({options})") }
}

pub(super) fn change(old: &Sequence, new: &Sequence) -> Change {
    if old.identity != new.identity {
        return Change::Rebuild;
    }
    let mut statements = Vec::new();
    let data_type = if old.data_type == new.data_type { String::new() } else { format!(" AS {}", new.data_type) };
    // Wherever it stands, it must be within its bounds.
    let restart = if is_elsewhere(old, new) { format!(" RESTART WITH {}", new.start) } else { String::new() };
    let settings = format!("{data_type}{}{restart}", settings(old, new));
    statements.extend(come_within(old, new));
    if !settings.is_empty() {
        statements.push(Statement::new(format!("ALTER SEQUENCE {}{settings}", new.name)));
    }
    if old.unlogged != new.unlogged {
        let word = if new.unlogged { "UNLOGGED" } else { "LOGGED" };
        statements.push(Statement::new(format!("ALTER SEQUENCE {} SET {word}", new.name)));
    }
    if old.owned_by.is_some() && new.owned_by.is_none() {
        statements.extend(release(new));
    }
    Change::Alter(statements)
}

/// Brings the position of `old` within the bounds of `new`, if it is short of them when the plan runs: no number is given again
/// then. Where it is beyond them the server refuses.
fn come_within(old: &Sequence, new: &Sequence) -> Option<Statement> {
    let short = match new.increment > 0 {
        true if new.min > old.min => format!("last_value < {}", new.min),
        false if new.max < old.max => format!("last_value > {}", new.max),
        _ => return None,
    };
    if is_elsewhere(old, new) {
        return None;
    }
    let start = new.start.clamp(old.min.max(new.min), old.max.min(new.max));
    let place = literal(&new.name.to_string());
    Some(Statement::new(format!("SELECT pg_catalog.setval({place}, {start}, false) FROM {} WHERE {short}", new.name)))
}

/// Has the new one no number in common with the old one?
fn is_elsewhere(old: &Sequence, new: &Sequence) -> bool {
    new.min > old.max || new.max < old.min
}

/// Takes it from the column that owns it.
pub(super) fn release(sequence: &Sequence) -> Vec<Statement> {
    one_statement(format!("ALTER SEQUENCE {} OWNED BY NONE", sequence.name))
}

/// Gives the sequence to the column that owns it.
pub(in crate::diff) fn attach(sequence: &Sequence, owner: &ColumnName) -> Vec<Statement> {
    one_statement(format!("ALTER SEQUENCE {} OWNED BY {}.{}", sequence.name, owner.table, ident(&owner.column)))
}

/// The same sequence as `CREATE SEQUENCE` makes it when nothing but its type and direction is said.
fn usual(sequence: &Sequence) -> Sequence {
    let (lowest, highest) = match sequence.data_type.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (min, max) = if sequence.increment > 0 { (1, highest) } else { (lowest, -1) };
    let start = if sequence.increment > 0 { sequence.min } else { sequence.max };
    Sequence {
        increment: 1,
        min,
        max,
        start,
        cache: 1,
        cycle: false,
        last_value: Some(sequence.start),
        ..sequence.clone()
    }
}

/// The clauses that make `old` into `new`.
fn settings(old: &Sequence, new: &Sequence) -> String {
    let mut sql = String::new();
    let mut say = |differs: bool, words: String| {
        if differs {
            sql.push(' ');
            sql.push_str(&words);
        }
    };
    say(old.increment != new.increment, format!("INCREMENT BY {}", new.increment));
    say(old.min != new.min, format!("MINVALUE {}", new.min));
    say(old.max != new.max, format!("MAXVALUE {}", new.max));
    say(old.start != new.start, format!("START WITH {}", new.start));
    say(old.cache != new.cache, format!("CACHE {}", new.cache));
    say(old.cycle != new.cycle, if new.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    sql
}
