//! What is there and does not fit, and is not bootstrap's to change.

use super::Wish;
use super::facts::MEMBERSHIP_OPTIONS;
use super::state::State;
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::sql::ident;

/// Refuses a database of another owner and extensions that the server does not have.
pub(super) fn refuse_unfit(wish: &Wish, state: &State) -> Result<()> {
    if let Some(database) = state.database.as_ref().filter(|database| database.owner != wish.owner) {
        let (name, owner, there) = (&wish.database, &wish.owner, &database.owner);
        return Err(Error::new(
            ErrorKind::Refused,
            format!("database {name} exists and belongs to role {there}, not to {owner}: bootstrap gives nothing away"),
        )
        .hint(format!(
            "to give it to {owner}, as a superuser: ALTER DATABASE {} OWNER TO {}",
            ident(name),
            ident(owner)
        ))
        .hint(format!("or keep it as it is: owner = {there:?} under [database] in mainstay.toml")));
    }
    let there = state.inside.as_ref().map(|inside| &inside.extensions);
    let offered = state.offered.as_ref();
    let absent = wish.extensions.iter().find(|name| {
        !there.is_some_and(|there| there.contains(*name)) && offered.is_some_and(|offered| !offered.contains_key(*name))
    });
    match absent {
        None => Ok(()),
        Some(name) => Err(Error::new(
            ErrorKind::Refused,
            format!("extension {name} is not installed on the server of database {}", wish.database),
        )
        .hint(format!("on Debian and Ubuntu, on the server's machine: apt install {}", package(name, state.version)))),
    }
}

/// Tells of what a person should look at.
pub(super) fn warn(wish: &Wish, state: &State, context: &Context) {
    for message in oddities(wish, state) {
        context.observer.event(Event::Warning { message: &message });
    }
}

fn oddities(wish: &Wish, state: &State) -> Vec<String> {
    let (owner, app) = (&wish.owner, &wish.app);
    let mut said = Vec::new();
    for reader in wish.readers.iter().filter(|reader| state.is(reader, "superuser")) {
        said.push(format!("role {reader} should only read, but is a superuser: nothing keeps it from writing"));
    }
    if wish.is_split() && !state.is(app, "becomes-owner") && !state.is(app, "superuser") {
        if state.is(owner, "superuser") {
            said.push(format!(
                "role {owner} is a superuser: {app} is not made its member and cannot migrate as {owner}"
            ));
        } else if state.is(app, "inherit") && state.version < MEMBERSHIP_OPTIONS {
            let (quoted_owner, quoted_app) = (ident(owner), ident(app));
            said.push(format!(
                "role {app} exists and would inherit all rights of {owner}, so it is not made its member; to let it \
                 migrate: ALTER ROLE {quoted_app} NOINHERIT; GRANT {quoted_owner} TO {quoted_app}"
            ));
        }
    }
    if let Some(database) = state.database.as_ref().filter(|there| !same_encoding(&there.encoding, &wish.encoding)) {
        let (name, there, asked) = (&wish.database, &database.encoding, &wish.encoding);
        said.push(format!("database {name} has encoding {there}, not {asked}: an encoding is for life"));
    }
    for (stranger, count) in state.inside.iter().flat_map(|inside| &inside.strangers) {
        said.push(format!(
            "{count} tables in schemas of {owner} belong to role {stranger} and get no grants; to give them to {owner}: \
             REASSIGN OWNED BY {} TO {}",
            ident(stranger),
            ident(owner)
        ));
    }
    said
}

/// The server takes `utf-8` and `UTF8` for the same.
fn same_encoding(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    plain(one) == plain(other)
}

/// The Debian package that most likely has the extension.
fn package(extension: &str, version: u32) -> String {
    let major = version / 10_000;
    match extension {
        "vector" => format!("postgresql-{major}-pgvector"),
        name if name.starts_with("postgis") => format!("postgresql-{major}-postgis-3"),
        name => format!("postgresql-{major}-{}", name.replace('_', "-")),
    }
}
