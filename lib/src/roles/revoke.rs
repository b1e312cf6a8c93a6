//! What a preset gave, as far as the role has it.

use super::state::{Facts, Held, Lacking};
use super::step::{Need, Needed, on_objects, step, step_as};
use super::{Change, Preset, Remaining};
use crate::bootstrap::{Wish, access};
use crate::sql::ident;

/// What there is to take.
pub(super) fn needed(change: &Change, preset: Preset, wish: &Wish, facts: &Facts) -> Vec<Needed> {
    let (role, quoted) = (&change.role, ident(&change.role));
    let mut steps = Vec::new();
    let group = preset.group(&wish.owner, facts.version).filter(|group| facts.member_of.contains(*group));
    if let Some(group) = group {
        let sql = format!("REVOKE {} FROM {quoted}", ident(group));
        steps.push(step(
            format!("make {role} no longer a member of {group}"),
            vec![sql],
            vec![Need::AdminOf(group.to_owned())],
        ));
    }
    if preset == Preset::Owner && facts.settings.get("role").is_some_and(|(value, _)| *value == wish.owner) {
        let sql = format!("ALTER ROLE {quoted} IN DATABASE {} RESET role", ident(&wish.database));
        let title = format!("let {role} no longer act as {} from the start", wish.owner);
        steps.push(step(title, vec![sql], vec![Need::CreateRole, Need::AdminOfRole]));
    }
    if preset == Preset::Backup && facts.is("bypassrls") {
        let title = format!("let {role} no longer read past row security");
        steps.push(step(title, vec![format!("ALTER ROLE {quoted} NOBYPASSRLS")], vec![Need::Superuser]));
    }
    steps.extend(tomorrow(role, preset, facts));
    steps.extend(today(role, preset, facts));
    steps
}

fn tomorrow(role: &str, preset: Preset, facts: &Facts) -> Option<Needed> {
    let given =
        facts.defaults.iter().filter(|default| given(preset, kind_of(&default.kind), &default.right, facts.version));
    let statements: Vec<(String, String)> = given
        .map(|default| {
            let (creator, right, role) = (ident(&default.creator), &default.right, ident(role));
            let within =
                if default.schema.is_empty() { String::new() } else { format!(" IN SCHEMA {}", default.schema) };
            let kind = kind_of(&default.kind);
            let sql =
                format!("ALTER DEFAULT PRIVILEGES FOR ROLE {creator}{within} REVOKE {right} ON {kind}S FROM {role}");
            (default.creator.clone(), sql)
        })
        .collect();
    let title = format!("take from {role} what others will create");
    (!statements.is_empty()).then(|| step_as(title, statements, facts))
}

fn today(role: &str, preset: Preset, facts: &Facts) -> Option<Needed> {
    let held: Vec<Lacking> = facts
        .held
        .iter()
        .filter(|held| given(preset, &held.kind, &held.right, facts.version))
        .map(|held| Lacking {
            kind: static_kind(held),
            name: held.name.clone(),
            // A superuser's REVOKE is the owner's and leaves alone what others granted.
            owner: held.grantor.clone(),
            rights: held.right.clone(),
        })
        .collect();
    let revoke =
        |rights: &str, kind: &str, names: &str| format!("REVOKE {rights} ON {kind} {names} FROM {}", ident(role));
    let statements = on_objects(&held, revoke);
    let title = format!("take from {role} what it was granted");
    (!statements.is_empty()).then(|| step_as(title, statements, facts))
}

/// Whether `preset` gives this.
fn given(preset: Preset, kind: &str, right: &str, version: u32) -> bool {
    let among = |rights: &str| rights.split(", ").any(|one| one == right);
    let Some(writes) = preset.writes(version) else {
        return preset == Preset::Backup && kind == "LARGE OBJECT" || kind == "DATABASE" && right == "CONNECT";
    };
    match kind {
        "DATABASE" => right == "CONNECT" || writes && right == "TEMPORARY",
        "SCHEMA" => right == "USAGE",
        "TABLE" => among(access::on_tables(writes)),
        "SEQUENCE" => among(access::on_sequences(writes)),
        "LARGE OBJECT" => preset == Preset::Backup && right == "SELECT",
        "FUNCTION" => preset == Preset::App && right == "EXECUTE",
        _ => false,
    }
}

fn kind_of(letter: &str) -> &'static str {
    match letter {
        "n" => "SCHEMA",
        "r" => "TABLE",
        "S" => "SEQUENCE",
        "L" => "LARGE OBJECT",
        _ => "",
    }
}

fn static_kind(held: &Held) -> &'static str {
    ["DATABASE", "SCHEMA", "TABLE", "SEQUENCE", "LARGE OBJECT", "FUNCTION"]
        .into_iter()
        .find(|kind| *kind == held.kind)
        .unwrap_or_default()
}

/// What it keeps by other ways than its own grants.
pub(super) fn remaining(change: &Change, preset: Preset, wish: &Wish, facts: &Facts) -> Vec<Remaining> {
    let role = ident(&change.role);
    if facts.is("superuser") {
        let mend = format!("ALTER ROLE {role} NOSUPERUSER");
        return vec![Remaining { what: "do everything: it is a superuser".to_owned(), mend }];
    }
    let group = preset.group(&wish.owner, facts.version);
    let others = facts.member_of.iter().filter(|name| Some(name.as_str()) != group);
    let told = |name: &String| Remaining {
        what: format!("do what {name} may do, as its member"),
        mend: format!("REVOKE {} FROM {role}", ident(name)),
    };
    others.map(told).collect()
}
