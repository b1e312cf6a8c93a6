//! Privileges: what is granted and revoked beyond what objects have by themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Content, DefaultPrivileges, DefaultsFor, Grant, ObjectId, ObjectKind, Privileges};
use crate::diff::change::Statement;
use crate::diff::naming::{named, whole};
use crate::diff::side::Side;
use crate::sql::ident;

pub(super) fn change(id: &ObjectId, (from, old): (&Side<'_>, Option<Content<'_>>), to: &Side<'_>) -> Vec<Statement> {
    let before = match old {
        Some(_) => from.catalog.privileges_on(id).cloned().unwrap_or_default(),
        None => at_birth(id, from, &to.role),
    };
    let after = to.catalog.privileges_on(id).cloned().unwrap_or_default();
    let taken = match id.kind {
        ObjectKind::Column => taken_from_whole(id, from, to),
        _ => BTreeSet::new(),
    };
    steps(&before, &after, &taken, |privileges| place(id, privileges))
}

/// Statements that make `before` into `after`; grants of `taken` have gone with those of the whole. `place` puts an object
/// after the privileges: `SELECT, INSERT ON TABLE t`.
fn steps(
    before: &Privileges,
    after: &Privileges,
    taken: &BTreeSet<(Option<String>, String)>,
    place: impl Fn(&[&str]) -> String,
) -> Vec<Statement> {
    let key = |grant: &Grant| (grant.grantee.clone(), grant.privilege.clone());
    let had: Vec<&Grant> = before.granted.iter().filter(|grant| !taken.contains(&key(grant))).collect();
    let has = |list: &[Grant], grant: &Grant| list.iter().any(|other| key(other) == key(grant));
    let mut revoked: Vec<&Grant> = had.iter().copied().filter(|grant| !has(&after.granted, grant)).collect();
    revoked.extend(after.revoked.iter().filter(|grant| !has(&before.revoked, grant)));
    let mut given: Vec<&Grant> = before.revoked.iter().filter(|grant| !has(&after.revoked, grant)).collect();
    let mut narrowed = Vec::new();
    for grant in &after.granted {
        match had.iter().find(|other| key(other) == key(grant)) {
            Some(same) if same.grantable == grant.grantable => {}
            Some(more) if more.grantable => narrowed.push(grant),
            _ => given.push(grant),
        }
    }
    let revoke = |words: &str, grants: &[&Grant]| {
        together(grants)
            .into_iter()
            .map(|(to, _, names)| format!("REVOKE {words}{} FROM {to}", place(&names)))
            .collect()
    };
    let mut statements: Vec<String> = revoke("", &revoked);
    statements.extend::<Vec<String>>(revoke("GRANT OPTION FOR ", &narrowed));
    statements.extend(together(&given).into_iter().map(|(to, grantable, names)| {
        let option = if grantable { " WITH GRANT OPTION" } else { "" };
        format!("GRANT {} TO {to}{option}", place(&names))
    }));
    statements.into_iter().map(Statement::new).collect()
}

/// Grants that one statement can say: grantee, whether they may be given on, and the privileges.
fn together<'a>(grants: &[&'a Grant]) -> Vec<(String, bool, Vec<&'a str>)> {
    let mut groups: BTreeMap<(String, bool), Vec<&str>> = BTreeMap::new();
    for grant in grants {
        groups.entry((grantee(grant), grant.grantable)).or_default().push(&grant.privilege);
    }
    groups.into_iter().map(|((to, grantable), names)| (to, grantable, names)).collect()
}

fn grantee(grant: &Grant) -> String {
    grant.grantee.as_ref().map_or("PUBLIC".to_owned(), |role| ident(role))
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

/// What the revoking of a table's privilege takes from its columns too.
fn taken_from_whole(id: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> BTreeSet<(Option<String>, String)> {
    let Some(table) = to.whole(id) else { return BTreeSet::new() };
    let granted = |side: &Side<'_>| -> BTreeSet<(Option<String>, String)> {
        let privileges = side.catalog.privileges_on(table);
        let granted = privileges.map_or(&[][..], |one| one.granted.as_slice());
        granted.iter().map(|grant| (grant.grantee.clone(), grant.privilege.clone())).collect()
    };
    granted(from).difference(&granted(to)).cloned().collect()
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
        (one.on.clone(), steps(&before, &after, &BTreeSet::new(), |privileges| place(&one.on, privileges)))
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
        let steps = steps(&find(&old, &wanted), &find(&new, &wanted), &BTreeSet::new(), |privileges| {
            format!("{} ON {}", privileges.join(", "), word(*objects))
        });
        statements.extend(steps.into_iter().map(|step| Statement::new(format!("{head} {}", step.sql))));
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
