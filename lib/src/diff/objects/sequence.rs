//! Sequences.

use super::one_statement;
use crate::catalog::{ColumnName, Sequence};
use crate::diff::change::{Change, Statement};
use crate::sql::ident;

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
    let settings = format!("{data_type}{}", settings(old, new));
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
    // Where it stands must be within its bounds, as far as we know where that is.
    let stands = old.last_value.unwrap_or(old.start);
    say(!(new.min..=new.max).contains(&stands), format!("RESTART WITH {}", new.start));
    say(old.cycle != new.cycle, if new.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    sql
}
