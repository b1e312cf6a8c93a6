//! Where a restore goes and whose it will be, what the user must agree to, and the way there in words.

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind, Result};

use super::options::{Asks, Options, Way};
use super::text::argument;
use super::world::World;

/// A table alone may go into a database that is there already, where it disturbs nothing.
pub(super) fn way(world: &World, options: &Options) -> Way {
    match &options.way {
        Way::New(name) if !options.only.is_empty() && world.databases.contains_key(name) => Way::InPlace(name.clone()),
        way => way.clone(),
    }
}

/// What the user must agree to.
pub(super) fn asks(way: &Way, alone: bool, production: bool, there: bool) -> Asks {
    match way {
        Way::New(_) | Way::Scratch => Asks::Nothing,
        Way::InPlace(_) if alone => Asks::Nothing,
        Way::InPlace(_) => Asks::Name,
        Way::Swap(_) if !there => Asks::Nothing,
        Way::Swap(_) if production => Asks::Name,
        Way::Swap(_) => Asks::Agreement,
    }
}

/// Refuses where a new database's name is taken, or one to be restored into is not there.
pub(super) fn names_free(world: &World, way: &Way, kept: Option<&str>, archive: &str) -> Result<()> {
    let name = way.database();
    let (there, archive) = (world.databases.contains_key(name), argument(archive));
    match way {
        Way::New(_) if there => Err(Error::new(ErrorKind::Refused, format!("there is a database {name} already"))
            .hint(format!("in its place, the old one kept under another name: mainstay restore {archive} -d {name}"))
            .hint("or under another name: --into NAME")),
        Way::InPlace(_) if !there => {
            Err(Error::new(ErrorKind::DatabaseMissing, format!("there is no database {name} to restore into"))
                .hint(format!("into a new one: mainstay restore {archive} --into {name}")))
        }
        _ => match kept.filter(|kept| world.databases.contains_key(*kept)) {
            Some(kept) => Err(Error::new(ErrorKind::Refused, format!("there is a database {kept} already"))
                .hint("the one before was kept under that name a moment ago: run the command again")),
            None if name.len() > 63 || kept.is_some_and(|kept| kept.len() > 63) => {
                let longest = kept.unwrap_or(name);
                Err(Error::new(ErrorKind::Refused, format!("the name {longest} is longer than the server's 63 bytes"))
                    .hint("under another name: --into NAME"))
            }
            None => Ok(()),
        },
    }
}

/// Whose the new database is.
pub(super) fn owner(world: &World, options: &Options, existing: Option<&str>) -> String {
    let wished =
        options.owner.clone().filter(|owner| world.roles.get(owner).is_some_and(|may| *may || world.superuser));
    let there = existing.map(str::to_owned).filter(|_| matches!(options.way, Way::Swap(_) | Way::InPlace(_)));
    there.or(wished).unwrap_or_else(|| world.me.clone())
}

/// What is done, a sentence each; `roles` are those that are made.
pub(super) fn steps(
    way: &Way,
    owner: &str,
    options: &Options,
    sessions: usize,
    kept: Option<&str>,
    roles: &BTreeSet<String>,
) -> Vec<String> {
    let names: Vec<&str> = roles.iter().map(String::as_str).collect();
    let made = (!names.is_empty()).then(|| format!("make the roles {} as the backup has them", names.join(", ")));
    made.into_iter().chain(ways(way, owner, options, sessions, kept)).collect()
}

fn ways(way: &Way, owner: &str, options: &Options, sessions: usize, kept: Option<&str>) -> Vec<String> {
    let what = match options.only.as_slice() {
        [] => "everything".to_owned(),
        only => only.join(", "),
    };
    let loads = match sessions {
        1 => format!("restore {what} into it"),
        several => format!("restore {what} into it, {several} sessions side by side"),
    };
    let compare = "read every table again and compare it with what was sent".to_owned();
    match way {
        Way::Scratch => {
            vec![format!("create a scratch database for {owner}"), loads, compare, "drop it again".to_owned()]
        }
        Way::New(name) => {
            vec![
                format!("create a database for {owner}, under a scratch name"),
                loads,
                compare,
                format!("name it {name}"),
            ]
        }
        Way::Swap(name) => {
            let mut steps = vec![format!("create a database for {owner}, under a scratch name"), loads, compare];
            steps.push(match kept {
                Some(kept) => format!("end the sessions of {name}, rename it {kept}, and give its name to the new one"),
                None => format!("name it {name}"),
            });
            steps
        }
        Way::InPlace(name) => {
            let mut steps = Vec::new();
            if options.clean {
                steps.push(format!("drop everything that {name} has"));
            }
            steps.push(format!("restore {what} into {name} as it is"));
            steps.push(compare);
            steps.push("commit: until then nothing is changed".to_owned());
            steps
        }
    }
}
