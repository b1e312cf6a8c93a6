//! What a reader can write to all the same: what is taken from everybody, and what remains.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::state::{Facts, Open};
use super::step::{Need, Needed, step, step_as};
use super::{Change, Preset};
use crate::bootstrap::Wish;
use crate::sql::ident;

/// Something that a role which only reads can write to, or do, all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remaining {
    /// What it can do, a phrase: "create temporary tables, as everybody can".
    pub what: String,
    /// The command that ends it; empty where PostgreSQL has none.
    pub mend: String,
}

/// Names shown of each sort; the rest is counted.
const SHOWN: usize = 5;

/// What is taken from everybody so that a reader does not have it; who needs it to work gets it by name.
pub(super) fn closing(wish: &Wish, facts: &Facts) -> Vec<Needed> {
    let creators: Vec<&str> = facts.creators.keys().map(String::as_str).collect();
    let app = wish.app.as_str();
    let app = Some(app).filter(|app| facts.groups.contains_key(*app) && !facts.creators.contains_key(*app));
    let list = |roles: &[&str]| roles.iter().map(|role| ident(role)).collect::<Vec<_>>().join(", ");
    let keepers = list(&[creators.as_slice(), app.as_slice()].concat());
    // An app that has created nothing until now is not made one that may.
    let creators = list(&creators);
    let everybody = |kind: &'static str| facts.open.iter().filter(move |open| open.public() && open.kind == kind);
    let mut steps = Vec::new();

    for (kind, what, keepers) in
        [("may-temp", "create temporary tables", &keepers), ("may-create-schemas", "create schemas", &creators)]
    {
        for open in everybody(kind) {
            let on = format!("{} ON DATABASE {}", open.rights, open.name);
            let statements = [format!("GRANT {on} TO {keepers}"), format!("REVOKE {on} FROM PUBLIC")];
            let statements = statements.into_iter().map(|sql| (open.owner.clone(), sql)).collect();
            steps.push(step_as(format!("let no longer everybody {what}"), statements, facts));
        }
    }
    for open in everybody("may-create") {
        let sql = format!("REVOKE CREATE ON SCHEMA {} FROM PUBLIC", open.name);
        let mut needed = step_as(
            format!("let no longer everybody create in schema {}", open.name),
            vec![(open.owner.clone(), sql)],
            facts,
        );
        // Before PostgreSQL 15 `public` is a superuser's, and who creates in it has no right but everybody's.
        let grant = format!("GRANT CREATE ON SCHEMA {} TO {creators}", open.name);
        put_first(&mut needed, grant, &open.owner, facts);
        steps.push(needed);
    }
    for (kind, on, what) in [("may-write", "TABLE", "write to"), ("may-count", "SEQUENCE", "use sequence")] {
        for open in everybody(kind) {
            let statements =
                vec![(open.owner.clone(), format!("REVOKE {} ON {on} {} FROM PUBLIC", open.rights, open.name))];
            steps.push(step_as(format!("let no longer everybody {what} {}", open.name), statements, facts));
        }
    }
    let stored: Vec<&str> = everybody("may-store").map(|open| open.name.as_str()).collect();
    if !stored.is_empty() {
        let on = format!("EXECUTE ON FUNCTION {}", stored.join(", "));
        let statements = vec![format!("GRANT {on} TO {keepers}"), format!("REVOKE {on} FROM PUBLIC")];
        steps.push(step(
            "let no longer everybody store large objects and messages in the log",
            statements,
            vec![Need::Superuser],
        ));
    }
    for open in everybody("may-call") {
        let on = format!("EXECUTE ON {} {}", open.rights, open.name);
        let statements = [format!("GRANT {on} TO {keepers}"), format!("REVOKE {on} FROM PUBLIC")];
        let statements = statements.into_iter().map(|sql| (open.owner.clone(), sql)).collect();
        steps.push(step_as(
            format!("let no longer everybody call {}, which has the rights of {}", open.name, open.owner),
            statements,
            facts,
        ));
    }
    for open in everybody("may-change") {
        let statements = vec![(open.owner.clone(), format!("REVOKE UPDATE ON LARGE OBJECT {} FROM PUBLIC", open.name))];
        steps.push(step_as(format!("let no longer everybody write to large object {}", open.name), statements, facts));
    }
    steps.extend(closing_tomorrow(facts));
    steps
}

/// What everybody gets on objects that are still to be created.
fn closing_tomorrow(facts: &Facts) -> Option<Needed> {
    let given = facts.open.iter().filter(|open| open.public() && objects_to_come(&open.kind).is_some());
    let statements: Vec<(String, String)> =
        given.map(|open| (open.owner.clone(), take_default(open, "PUBLIC"))).collect();
    let title = "let no longer everybody write to what will be created";
    (!statements.is_empty()).then(|| step_as(title, statements, facts))
}

fn put_first(needed: &mut Needed, grant: String, owner: &str, facts: &Facts) {
    let first = step_as("", vec![(owner.to_owned(), grant)], facts);
    let (crate::plan::Action::Sql(into), crate::plan::Action::Sql(from)) = (&mut needed.step.action, first.step.action)
    else {
        return;
    };
    into.statements.splice(0..0, from.statements);
}

/// What a role can still write to once the plan is applied, where it is to read only.
pub(super) fn remaining(change: &Change, facts: &Facts) -> Vec<Remaining> {
    if change.given() != Some(Preset::Reader) {
        return Vec::new();
    }
    let role = &change.role;
    let quoted = ident(role);
    if facts.is("superuser") {
        return vec![Remaining {
            what: "do everything: it is a superuser".to_owned(),
            mend: format!("ALTER ROLE {quoted} NOSUPERUSER"),
        }];
    }
    let mut said = Vec::new();
    for (flag, what) in [
        ("createrole", "create and change roles"),
        ("createdb", "create databases"),
        ("replication", "read the write-ahead log, and hold it back"),
    ] {
        if facts.is(flag) {
            said.push(Remaining {
                what: what.to_owned(),
                mend: format!("ALTER ROLE {quoted} NO{}", flag.to_uppercase()),
            });
        }
    }
    for group in &facts.member_of {
        said.push(Remaining {
            what: format!("do what {group} may do, as its member"),
            mend: format!("REVOKE {} FROM {quoted}", ident(group)),
        });
    }
    let closes = change.closes();
    let close = format!("mainstay role grant {quoted} --preset reader --close-public");
    let mut sorts: BTreeMap<(&str, &str), Vec<&Open>> = BTreeMap::new();
    for open in facts.open.iter().filter(|open| !(open.public() && closes)) {
        sorts.entry((&open.kind, &open.holder)).or_default().push(open);
    }
    for ((kind, holder), all) in sorts {
        let (whose, mend) = match holder {
            "public" => (", as everybody can".to_owned(), close.clone()),
            group if facts.member_of.contains(group) => {
                (format!(", as a member of {group}"), format!("REVOKE {} FROM {quoted}", ident(group)))
            }
            _ => (String::new(), revoke(kind, &all, &quoted)),
        };
        said.push(Remaining { what: format!("{}{whose}", phrase(kind, &all)), mend });
    }
    said
}

fn phrase(kind: &str, all: &[&Open]) -> String {
    if objects_to_come(kind).is_some() {
        return format!("{}, by default privileges", to_come(kind, all));
    }
    // A table is there twice where columns of it were granted, too.
    let all: BTreeSet<&str> = all.iter().map(|open| open.name.as_str()).collect();
    let mut names: Vec<&str> = all.iter().copied().take(SHOWN).collect();
    let more = format!("{} more", all.len().saturating_sub(SHOWN));
    if all.len() > SHOWN {
        names.push(&more);
    }
    let names = names.join(", ");
    match kind {
        "may-temp" => "create temporary tables".to_owned(),
        "may-create-schemas" => "create schemas".to_owned(),
        "may-create" => format!("create in schema {names}"),
        "may-write" => format!("write to {names}"),
        "may-count" => format!("draw numbers from {names}"),
        "may-store" => "create large objects and write messages to the log".to_owned(),
        "may-call" => format!("call functions that have their owner's rights: {names}"),
        "may-change" => format!("write to large object {names}"),
        _ => format!("change what it owns: {names}"),
    }
}

fn to_come(kind: &str, all: &[&Open]) -> String {
    let verb = match kind {
        "may-count-later" => "draw numbers from sequences",
        "may-create-later" => "create in schemas",
        "may-change-later" => "write to large objects",
        _ => "write to tables",
    };
    let creators: BTreeSet<&str> = all.iter().map(|open| open.owner.as_str()).collect();
    format!("{verb} that {} will create", creators.into_iter().collect::<Vec<_>>().join(", "))
}

/// The statements that take all of them from the role itself, one for each list of privileges.
fn revoke(kind: &str, all: &[&Open], role: &str) -> String {
    let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for open in all {
        lists.entry(&open.rights).or_default().push(&open.name);
    }
    let on = |object: &str| {
        let told = lists.iter().map(|(rights, names)| {
            // A function's kind stands where other objects have their privileges.
            let (rights, object) = if object.is_empty() { ("EXECUTE", *rights) } else { (*rights, object) };
            format!("REVOKE {rights} ON {object} {} FROM {role}", names.join(", "))
        });
        told.collect::<Vec<_>>().join("; ")
    };
    match kind {
        "may-temp" | "may-create-schemas" => on("DATABASE"),
        "may-create" => on("SCHEMA"),
        "may-write" => on("TABLE"),
        "may-count" => on("SEQUENCE"),
        "may-store" | "may-call" => on(""),
        "may-change" => on("LARGE OBJECT"),
        _ if objects_to_come(kind).is_some() => {
            all.iter().map(|open| take_default(open, role)).collect::<Vec<_>>().join("; ")
        }
        _ => format!("REASSIGN OWNED BY {role} TO …"),
    }
}

/// What default privileges of this kind are about.
fn objects_to_come(kind: &str) -> Option<&'static str> {
    match kind {
        "may-write-later" => Some("TABLES"),
        "may-count-later" => Some("SEQUENCES"),
        "may-create-later" => Some("SCHEMAS"),
        "may-change-later" => Some("LARGE OBJECTS"),
        _ => None,
    }
}

/// The statement that takes default privileges from `role`.
fn take_default(open: &Open, role: &str) -> String {
    let within = if open.name.is_empty() { String::new() } else { format!(" IN SCHEMA {}", open.name) };
    let (creator, objects) = (ident(&open.owner), objects_to_come(&open.kind).unwrap_or_default());
    format!("ALTER DEFAULT PRIVILEGES FOR ROLE {creator}{within} REVOKE {} ON {objects} FROM {role}", open.rights)
}
