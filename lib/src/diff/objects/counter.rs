//! Where a column's numbers come from: its identity, or the sequence that its default counts by. One that is newly made goes
//! on where the one before it stood, or behind the numbers that are there: from the beginning it would give them again.

use super::{alter_table, identity_sequence, sequence};
use crate::catalog::{Column, Content, Name, ObjectId, ObjectKind, Sequence, Table};
use crate::diff::change::Statement;
use crate::diff::side::Side;
use crate::sql::{ident, literal};

/// The sequence that the column `id` counts by.
fn counter<'a>(id: &ObjectId, column: &Column, side: &Side<'a>) -> Option<&'a Sequence> {
    if column.identity.is_some() {
        return identity_sequence(side.table_of(id)?, column, side);
    }
    column.default.as_ref().filter(|_| column.generated.is_none())?;
    side.needs(id).iter().find_map(|needed| match side.get(needed) {
        Some(Content::Sequence(sequence)) if !sequence.identity => Some(sequence),
        _ => None,
    })
}

/// Is it the column's alone: its own, or nobody's, and no other counts by it?
fn is_its_own(sequence: &Sequence, column: &ObjectId, side: &Side<'_>) -> bool {
    match &sequence.owned_by {
        Some(owner) => ObjectId::part(ObjectKind::Column, &owner.table, &*owner.column) == *column,
        None => {
            let id = ObjectId::of(ObjectKind::Sequence, &sequence.name);
            side.dependents(&id).iter().filter(|other| counts(other, side)).eq([column])
        }
    }
}

/// Does it take numbers, and not only look at them?
fn counts(user: &ObjectId, side: &Side<'_>) -> bool {
    match side.get(user) {
        Some(Content::Column(column)) => column.default.as_ref().is_some_and(|default| default.contains("nextval(")),
        _ => true,
    }
}

/// Moves the counter that the column of `table` gets to where its numbers go on; nothing where it has had it before. The
/// statement that gives it the counter has locked the table.
pub(super) fn goes_on(
    table: &Table,
    (from, old): (&Side<'_>, &Column),
    (to, new): (&Side<'_>, &Column),
) -> Option<Statement> {
    let id = ObjectId::part(ObjectKind::Column, &table.name, &*new.name);
    let next = counter(&id, new, to).filter(|next| is_its_own(next, &id, to))?;
    let there = matches!(from.get(&ObjectId::of(ObjectKind::Sequence, &next.name)),
        Some(Content::Sequence(before)) if before.identity == next.identity);
    if old.identity.is_some() {
        return None;
    }
    match counter(&id, old, from) {
        Some(before) if there => (before.name != next.name).then(|| catch_up(before, next)),
        None if there => behind_rows(table, new, next, true),
        Some(before) if before.name == next.name => {
            let aside = Name::new(&*before.name.schema, from.passing.old(&before.name.name));
            Some(carry(&aside, before, next))
        }
        Some(before) => Some(carry(&before.name, before, next)),
        None => behind_rows(table, new, next, false),
    }
}

/// Moves `next` to where `before`, which is called `name` now, stands. A position below its bounds is none that it could give
/// again.
fn carry(name: &Name, before: &Sequence, next: &Sequence) -> Statement {
    let below = match next.increment > 0 {
        true if before.min < next.min => format!(" WHERE last_value >= {}", next.min),
        false if before.max > next.max => format!(" WHERE last_value <= {}", next.max),
        _ => String::new(),
    };
    let (setval, place) = ("pg_catalog.setval", literal(&next.name.to_string()));
    Statement::new(format!("SELECT {setval}({place}, last_value, is_called) FROM {name}{below}"))
}

/// Moves `next`, which has been there before, to where `before` stands, unless it is beyond that.
fn catch_up(before: &Sequence, next: &Sequence) -> Statement {
    let place = literal(&next.name.to_string());
    let beyond = if next.increment > 0 { ">" } else { "<" };
    Statement::new(format!(
        "SELECT pg_catalog.setval({place}, before.last_value, before.is_called) FROM {} AS before, {} AS own \
         WHERE before.last_value {beyond} own.last_value OR (before.last_value = own.last_value AND before.is_called)",
        before.name, next.name
    ))
}

/// Moves `next` behind the numbers that the rows of `table` have; one that has been `there` before may be beyond them already.
fn behind_rows(table: &Table, column: &Column, next: &Sequence, there: bool) -> Option<Statement> {
    if !["smallint", "integer", "bigint"].contains(&column.data_type.as_str()) {
        return None;
    }
    let (last, beyond) = match next.increment > 0 {
        true => (format!("pg_catalog.max({})", ident(&column.name)), format!(">= {}", next.start)),
        false => (format!("pg_catalog.min({})", ident(&column.name)), format!("<= {}", next.start)),
    };
    let place = literal(&next.name.to_string());
    let beyond = match (there, next.increment > 0) {
        (false, _) => beyond,
        (true, true) => format!(">= (SELECT last_value FROM {})", next.name),
        (true, false) => format!("<= (SELECT last_value FROM {})", next.name),
    };
    let only = format!("FROM {} HAVING {last} {beyond}", table.name);
    Some(Statement::new(format!("SELECT pg_catalog.setval({place}, {last}) {only}")))
}

/// The column that counts by the newly made sequence `id` from now on and by its identity before, and the identity's sequence.
fn identity_before<'a>(id: &ObjectId, from: &Side<'a>, to: &Side<'_>) -> Option<(ObjectId, &'a Sequence)> {
    let Some(Content::Sequence(next)) = to.get(id) else { return None };
    let column = match &next.owned_by {
        Some(owner) => ObjectId::part(ObjectKind::Column, &owner.table, &*owner.column),
        None => to.dependents(id).into_iter().find(|user| counts(user, to))?,
    };
    let (Some(Content::Column(old)), Some(Content::Column(new))) = (from.get(&column), to.get(&column)) else {
        return None;
    };
    let takes_over = old.identity.is_some() && new.identity.is_none() && is_its_own(next, &column, to);
    let counts = counter(&column, new, to).is_some_and(|counter| counter.name == next.name);
    let before = counter(&column, old, from).filter(|_| takes_over && counts)?;
    Some((column, before))
}

/// Does a column that stays lose its identity?
pub(in crate::diff) fn loses_identity(old: Content<'_>, new: Content<'_>) -> bool {
    match (old, new) {
        (Content::Column(old), Content::Column(new)) => old.identity.is_some() && new.identity.is_none(),
        _ => false,
    }
}

/// Does the sequence of the column's new default go on where its identity stood? Then that goes when the sequence is made.
pub(in crate::diff) fn hands_over(column: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> Option<ObjectId> {
    let Some(Content::Column(new)) = to.get(column) else { return None };
    let next = ObjectId::of(ObjectKind::Sequence, &counter(column, new, to)?.name);
    identity_before(&next, from, to).is_some_and(|(before, _)| before == *column).then_some(next)
}

/// Makes the sequence `id` where a column's identity stood, and takes that away, so that nobody counts by both: who writes to the
/// table waits from the first statement on. `None` where it follows no identity of a column that `stays`.
pub(in crate::diff) fn after_identity(
    id: &ObjectId,
    (from, to): (&Side<'_>, &Side<'_>),
    stays: impl Fn(&ObjectId) -> bool,
) -> Option<Vec<Statement>> {
    let (column, before) = identity_before(id, from, to).filter(|(column, _)| stays(column))?;
    let (table, Some(Content::Sequence(next))) = (from.table_of(&column)?, to.get(id)) else { return None };
    let mut statements = vec![Statement::new(format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", table.name))];
    let mut name = before.name.clone();
    if before.name == next.name {
        name.name = from.passing.old(&id.name);
        statements.push(Statement::new(format!("ALTER SEQUENCE {} RENAME TO {}", before.name, ident(&name.name))));
    }
    statements.extend(sequence::create(next));
    statements.push(carry(&name, before, next));
    let alter = format!("{} ALTER COLUMN {} DROP IDENTITY", alter_table(table), ident(&column.detail));
    statements.push(Statement::new(alter));
    Some(statements)
}

/// Lets the sequence that the column's default counts by from now on, and that has been there before, catch up with the identity
/// that goes; `None` where there is none.
pub(in crate::diff) fn catch_up_with_identity(
    column: &ObjectId,
    from: &Side<'_>,
    to: &Side<'_>,
) -> Option<Vec<Statement>> {
    let id = hands_over(column, from, to).filter(|id| from.has(id))?;
    let (_, before) = identity_before(&id, from, to)?;
    let (table, Some(Content::Sequence(next))) = (from.table_of(column)?, to.get(&id)) else { return None };
    let lock = Statement::new(format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", table.name));
    Some(vec![lock, catch_up(before, next)])
}

/// Must the old sequence `id` step aside until the identity of the same name has gone on where it stands?
pub(in crate::diff) fn steps_aside(id: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> bool {
    let (Some(Content::Sequence(old)), Some(Content::Sequence(new))) = (from.get(id), to.get(id)) else { return false };
    let Some(owner) = new.owned_by.as_ref().filter(|_| new.identity && !old.identity) else { return false };
    let column = ObjectId::part(ObjectKind::Column, &owner.table, &*owner.column);
    matches!(from.get(&column), Some(Content::Column(column_before))
        if counter(&column, column_before, from).is_some_and(|counter| counter.name == old.name))
}
