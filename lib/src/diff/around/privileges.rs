//! Privileges: what is granted and revoked beyond what objects have by themselves.

use std::collections::BTreeSet;

use super::{grants, owner};
use crate::catalog::{Content, DefaultPrivileges, DefaultsFor, Grant, ObjectId, ObjectKind, Privileges};
use crate::diff::change::Statement;
use crate::diff::naming::{named, whole};
use crate::diff::side::Side;
use crate::sql::ident;

pub(super) fn change(id: &ObjectId, (from, old): (&Side<'_>, Option<Content<'_>>), to: &Side<'_>) -> Vec<Statement> {
    let (before, options) = match old {
        Some(_) => handed_over(id, from, to),
        None => {
            let owner = owner::of_object(id, to).unwrap_or(&to.role);
            grants::of_owner(&at_birth(id, from, &to.role), &to.role, owner)
        }
    };
    let after = of_object(id, to, to);
    let place = |privileges: &[&str]| place(id, privileges);
    let mut statements = grants::revoke_options(&options, place);
    let taken = match id.kind {
        ObjectKind::Column => taken_with_whole(id, &before, from, to),
        _ => BTreeSet::new(),
    };
    if old.is_some() && before != after {
        statements.extend(take_from_columns(id, from, to));
    }
    statements.extend(grants::steps(&before, &after, &taken, &to.role, place));
    statements.into_iter().map(Statement::new).collect()
}

/// The privileges on the object `id` of `side`, as they are once it belongs to whom `to` says, and the options of that role.
fn handed_over(id: &ObjectId, side: &Side<'_>, to: &Side<'_>) -> (Privileges, Vec<Grant>) {
    let Some(privileges) = side.catalog.privileges_on(id) else { return (Privileges::default(), Vec::new()) };
    match (owner::of_object(id, side), owner::of_object(id, to)) {
        (Some(old), Some(new)) => grants::of_owner(privileges, old, new),
        _ => (grants::of_nobody(privileges), Vec::new()),
    }
}

fn of_object(id: &ObjectId, side: &Side<'_>, to: &Side<'_>) -> Privileges {
    handed_over(id, side, to).0
}

/// `SELECT, INSERT ON TABLE t`, `SELECT (c), INSERT (c) ON TABLE t`.
fn place(id: &ObjectId, privileges: &[&str]) -> String {
    use ObjectKind as Kind;
    let on = match id.kind {
        Kind::Column => {
            let column = ident(&id.detail);
            let each: Vec<String> = privileges.iter().map(|privilege| format!("{privilege} ({column})")).collect();
            return format!("{} ON TABLE {}", each.join(", "), whole(id));
        }
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView => format!("TABLE {}", whole(id)),
        Kind::Aggregate => format!("FUNCTION {}({})", whole(id), id.detail),
        Kind::Server => format!("FOREIGN SERVER {}", whole(id)),
        _ => named(id),
    };
    format!("{} ON {on}", privileges.join(", "))
}

/// What the whole's own statements take from the column too: the revoking of a table's privilege that of its columns, and what
/// roles have passed on goes before anything is taken from them.
fn taken_with_whole(id: &ObjectId, before: &Privileges, from: &Side<'_>, to: &Side<'_>) -> BTreeSet<grants::Key> {
    let Some(table) = to.whole(id) else { return BTreeSet::new() };
    let keys = |privileges: &Privileges| privileges.granted.iter().map(grants::key).collect::<BTreeSet<_>>();
    let (old, new) = (of_object(table, from, to), of_object(table, to, to));
    let mut taken: BTreeSet<grants::Key> = keys(&old).difference(&keys(&new)).cloned().collect();
    if old != new {
        taken.extend(before.granted.iter().filter(|grant| grants::is_passed_on(grant)).map(grants::key));
    }
    taken
}

/// Takes back what roles have passed on of the columns of `whole`: they may do so only while they have the table's option.
fn take_from_columns(whole: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> Vec<String> {
    let columns = from.parts(whole).iter().filter(|part| part.kind == ObjectKind::Column && to.has(part));
    let take = |column: &ObjectId| {
        let mut had = of_object(column, from, to);
        had.granted.retain(grants::is_passed_on);
        grants::steps(
            &Privileges { revoked: Vec::new(), ..had },
            &Privileges::default(),
            &BTreeSet::new(),
            &to.role,
            |privileges| place(column, privileges),
        )
    };
    columns.flat_map(take).collect()
}

/// The privileges that a new object has at once, by the old side's `ALTER DEFAULT PRIVILEGES` of the role that makes it.
fn at_birth(id: &ObjectId, from: &Side<'_>, role: &str) -> Privileges {
    use ObjectKind as Kind;
    let objects = match id.kind {
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView => DefaultsFor::Tables,
        Kind::Sequence => DefaultsFor::Sequences,
        Kind::Function | Kind::Procedure | Kind::Aggregate => DefaultsFor::Functions,
        Kind::Type | Kind::Domain => DefaultsFor::Types,
        Kind::Schema => DefaultsFor::Schemas,
        _ => return Privileges::default(),
    };
    let here = |one: &&DefaultPrivileges| {
        one.role == role && one.objects == objects && one.schema.as_ref().is_none_or(|schema| *schema == id.schema)
    };
    let mut privileges = Privileges::default();
    for one in from.catalog.default_privileges.iter().filter(here) {
        privileges.granted.extend(one.granted.iter().cloned());
        privileges.revoked.extend(one.revoked.iter().cloned());
    }
    privileges
}

/// The privileges of what is no object of the database's own: the system's, and those that extensions bring. First what is taken
/// back, while whoever had it is still there; then what is given, once it is.
pub(in crate::diff) fn of_others(from: &Side<'_>, to: &Side<'_>) -> [Vec<(ObjectId, Vec<Statement>)>; 2] {
    let others = |side: &Side<'_>| -> Vec<Privileges> {
        let all = side.catalog.privileges.iter();
        all.filter(|one| !from.has(&one.on) && !to.has(&one.on)).cloned().collect()
    };
    let (old, new) = (others(from), others(to));
    let find = |list: &[Privileges], on: &ObjectId| list.iter().find(|one| one.on == *on).cloned().unwrap_or_default();
    let change = |one: &Privileges| {
        let (before, after) = (find(&old, &one.on), find(&new, &one.on));
        let (before, after) = (grants::of_nobody(&before), grants::of_nobody(&after));
        let place = |privileges: &[&str]| place(&one.on, privileges);
        let steps = grants::steps(&before, &after, &BTreeSet::new(), &to.role, place);
        (one.on.clone(), steps.into_iter().map(Statement::new).collect())
    };
    let gone = old.iter().filter(|one| !new.iter().any(|other| other.on == one.on));
    [gone.map(change).collect(), new.iter().map(change).collect()]
}

/// The statements that make the old side's `ALTER DEFAULT PRIVILEGES` the new side's. What schemas had goes with them.
pub(in crate::diff) fn defaults(from: &Side<'_>, to: &Side<'_>) -> Vec<Statement> {
    let key = |one: &DefaultPrivileges| (one.role.clone(), one.schema.clone(), one.objects);
    let all = |side: &Side<'_>| -> Vec<DefaultPrivileges> { side.catalog.default_privileges.clone() };
    let stays = |one: &DefaultPrivileges| {
        one.schema.as_ref().is_none_or(|schema| to.has(&ObjectId::global(ObjectKind::Schema, schema)))
    };
    let (old, new): (Vec<_>, Vec<_>) = (all(from).into_iter().filter(|one| stays(one)).collect(), all(to));
    let keys: BTreeSet<_> = old.iter().chain(&new).map(key).collect();
    let find = |list: &[DefaultPrivileges], wanted: &_| {
        let found = list.iter().find(|one| key(one) == *wanted).cloned().unwrap_or_default();
        Privileges { granted: found.granted, revoked: found.revoked, ..Privileges::default() }
    };
    let mut statements = Vec::new();
    for wanted in keys {
        let (role, schema, objects) = &wanted;
        let schema = schema.as_ref().map(|schema| format!(" IN SCHEMA {}", ident(schema))).unwrap_or_default();
        let head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{schema}", ident(role));
        let (before, after) = (grants::of_nobody(&find(&old, &wanted)), grants::of_nobody(&find(&new, &wanted)));
        let steps = grants::steps(&before, &after, &BTreeSet::new(), &to.role, |privileges| {
            format!("{} ON {}", privileges.join(", "), word(*objects))
        });
        statements.extend(steps.into_iter().map(|step| Statement::new(format!("{head} {step}"))));
    }
    statements
}

fn word(objects: DefaultsFor) -> &'static str {
    match objects {
        DefaultsFor::Tables => "TABLES",
        DefaultsFor::Sequences => "SEQUENCES",
        DefaultsFor::Functions => "FUNCTIONS",
        DefaultsFor::Types => "TYPES",
        DefaultsFor::Schemas => "SCHEMAS",
        DefaultsFor::LargeObjects => "LARGE OBJECTS",
    }
}
