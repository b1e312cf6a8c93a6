//! What the server lacks for a restore: roles, extensions, and the right to either.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::sql::ident;

use super::options::{Options, Way};
use super::roles::Need;
use super::text::argument;
use super::world::World;

/// The same restore with the roles of the backup, to be read first.
pub(super) fn with_roles(archive: &str, options: &Options) -> String {
    let way = match &options.way {
        Way::New(name) => format!(" --into {}", shell_word(name)),
        Way::Swap(name) => format!(" -d {}", shell_word(name)),
        Way::InPlace(name) if options.only.is_empty() => format!(" --in-place -d {}", shell_word(name)),
        Way::InPlace(name) => format!(" -d {}", shell_word(name)),
        Way::Scratch => String::new(),
    };
    let only: String = options.only.iter().map(|table| format!(" --only {}", shell_word(table))).collect();
    format!("mainstay restore {}{way}{only} --roles --dry-run", argument(archive))
}

/// Refuses where roles or extensions are missing, all of them at once but those that are `made`; the roles whose rights are left
/// out. `with_roles` is the command that makes them, where there is one.
pub(super) fn missing(
    world: &World,
    needs: &BTreeMap<String, Need>,
    options: &Options,
    extensions: &[String],
    made: &BTreeSet<String>,
    with_roles: Option<String>,
) -> Result<BTreeSet<String>> {
    let is_absent = |role: &String| !world.roles.contains_key(role) && !made.contains(role);
    let absent: Vec<(&String, &Need)> = needs.iter().filter(|(role, _)| is_absent(role)).collect();
    let left_out: BTreeSet<String> = match options.owners.none {
        true => absent.iter().map(|(role, _)| (*role).clone()).collect(),
        false => BTreeSet::new(),
    };
    let mut said = Vec::new();
    let mut hints = Vec::new();
    if !options.owners.none {
        for (role, need) in &absent {
            said.push(format!("role {role}, which {}", need.describe()));
        }
        let makes: Vec<String> = absent.iter().map(|(role, _)| format!("CREATE ROLE {}", ident(role))).collect();
        if let Some((first, _)) = absent.first() {
            hints.extend(
                with_roles.map(|command| format!("see how they would be made as the backup has them: {command}")),
            );
            hints
                .push(format!("make what is missing, as an administrator: psql -d postgres -c '{}'", makes.join("; ")));
            hints.push(format!("or another role in its place: --owner-map {first}={}", world.me));
            hints.push(
                "or all of it for one role, without the rights of roles that are not there: --no-owner".to_owned(),
            );
        }
        let foreign: Vec<&String> = needs
            .iter()
            .filter(|(role, need)| need.owns > 0 && world.roles.get(*role) == Some(&false) && !world.superuser)
            .map(|(role, _)| role)
            .collect();
        if let Some(first) = foreign.first() {
            let names = foreign.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
            said.push(format!("the right to give objects to {names}, which role {} has not", world.me));
            hints.push(format!(
                "give it, as an administrator: psql -d postgres -c 'GRANT {} TO {}'",
                ident(first),
                ident(&world.me)
            ));
            hints.push("or everything for one role: --no-owner".to_owned());
        }
    }
    for name in extensions {
        match world.extensions.get(name) {
            Some(true) => {}
            Some(false) => {
                said.push(format!("the right to make extension {name}, which only a superuser has"));
                hints.push("restore as a superuser: -U postgres".to_owned());
            }
            None => {
                let major = world.version / 10_000;
                said.push(format!("extension {name}, which this server does not have"));
                hints.push(format!(
                    "install its package on the server: apt-get install postgresql-{major}-{}",
                    name.replace('_', "-")
                ));
            }
        }
    }
    if said.is_empty() {
        return Ok(left_out);
    }
    hints.dedup();
    let message = match said.as_slice() {
        [one] => format!("the server lacks {one}; nothing was changed"),
        several => format!("the server lacks {} things; nothing was changed", several.len()),
    };
    let mut error = Error::new(ErrorKind::Refused, message);
    if said.len() > 1 {
        error = error.source(said.join("; "));
    }
    Err(hints.into_iter().fold(error, Error::hint))
}
