//! What a restore will do, decided before anything starts: what is missing is named here, or nothing is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::archive::toc::Entry;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::sql::ident;

use super::archive::Archive;
use super::making::{self, Making};
use super::object::Manner;
use super::options::{Asks, Options, Way};
use super::plain::Plain;
use super::reach;
use super::roles::{self, Need};
use super::room;
use super::select::{self, Selection};
use super::text::{Encoding, UNENCODED, argument, shown};
use super::work::{TableName, name_of};
use super::world::{Question, World};

/// What a restore will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestorePlan {
    /// The archive.
    pub archive: String,
    /// The database that was dumped, and the server's version then.
    pub source: String,
    /// What is done, a sentence each, in order.
    pub steps: Vec<String>,
    /// The statements that make the roles which the server lacks, without their passwords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The database that comes of it.
    pub database: String,
    /// The database that was backed up, where the one to be replaced has another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// What the user must agree to.
    pub asks: Asks,
    /// The name that the database of the same name is kept under.
    pub kept: Option<String>,
    /// How many tables there are.
    pub tables: usize,
    /// How many objects in all.
    pub objects: usize,
    /// How many rows, where the archive says it.
    pub rows: Option<u64>,
    /// Bytes of rows as they are stored.
    pub bytes: u64,
    /// What is left out and why, a sentence each.
    pub left_out: Vec<String>,
    /// Hash of the state that the plan assumes; restoring refuses if it has changed.
    pub state: String,
}

/// A plan, and all that carrying it out needs.
pub(super) struct Decision {
    pub(super) plan: RestorePlan,
    pub(super) selection: Selection,
    pub(super) manner: Manner,
    pub(super) making: Making,
    /// The role that sessions act as, where it is not the one connected as.
    pub(super) act_as: Option<String>,
    /// The role that the new database belongs to.
    pub(super) owner: String,
    /// Where it goes: a table alone goes into a database that is there already.
    pub(super) way: Way,
}

/// Decides what to do with `archive`; `session` is on any database of the server, as the role that will restore.
pub(super) async fn decide(archive: &Archive, options: &Options, session: &mut dyn Session) -> Result<Decision> {
    let selection = match options.only.as_slice() {
        [] => select::all(&archive.toc),
        only => select::tables(&archive.toc, only)?,
    };
    let entries = || selection.chosen.iter().map(|at| &archive.toc.entries[*at]);
    if options.roles && archive.globals.is_none() {
        return Err(making::has_none(&archive.place));
    }
    let needs = roles::needed(entries(), &options.owners);
    let extensions = tags(entries(), "EXTENSION");
    let tablespaces: BTreeSet<String> =
        entries().map(|entry| shown(&entry.tablespace)).filter(|name| !name.is_empty()).collect();
    let name = options.way.database().to_owned();
    let kept = matches!(options.way, Way::Swap(_)).then(|| format!("{name}_before_{}", options.label));
    let mut asked_roles = making::asked(&needs, archive.globals.as_ref());
    asked_roles.extend(options.owner.clone());
    let question = Question {
        roles: &asked_roles,
        extensions: &extensions,
        tablespaces: &tablespaces.iter().cloned().collect::<Vec<_>>(),
        databases: &std::iter::once(name.clone()).chain(kept.clone()).collect::<Vec<_>>(),
    };
    let world = World::read(session, &question).await?;
    let marked = reach::is_marked(session, &name).await;
    let way = way(&world, options);
    names_free(&world, &way, kept.as_deref(), &archive.place)?;
    let making = match &archive.globals {
        Some(globals) if options.roles => Making::new(globals, &world, &needs, options),
        _ => Making::default(),
    };
    let with_roles = (archive.has_globals() && !options.roles).then(|| with_roles(&archive.place, options));
    let missing_roles = missing(&world, &needs, options, &extensions, &making.names, with_roles)?;
    let bytes = entries().map(|entry| archive.stored_bytes(entry)).sum();
    room::check(world.data_folder.as_deref(), bytes)?;

    let mut left_out = selection.left_out.clone();
    left_out.extend(making.left_out.iter().cloned());
    let missing_tablespaces: BTreeSet<String> = tablespaces.difference(&world.tablespaces).cloned().collect();
    for name in &missing_tablespaces {
        left_out.push(format!(
            "tablespace {name}, which this server does not have: what was in it goes to the default one"
        ));
    }
    for name in &missing_roles {
        left_out.push(format!("rights of role {name}, which this server does not have"));
    }
    if let Some(manifest) = &archive.manifest {
        left_out.extend(manifest.left_out.iter().map(|what| format!("when the backup was made: {what}")));
    }
    let existing = world.databases.get(&name).cloned();
    let owner = owner(&world, options, existing.as_deref());
    let act_as = (!world.superuser || options.owners.none).then(|| owner.clone()).filter(|owner| *owner != world.me);
    let manner = Manner {
        texts: Encoding::new(if archive.encoding() == UNENCODED { UNENCODED } else { "UTF8" }),
        rows: Encoding::new(&archive.encoding()),
        owners: options.owners.clone(),
        role: act_as.clone().unwrap_or_else(|| world.me.clone()),
        server: world.version,
        own_path: archive.toc.entries.iter().any(|entry| entry.kind == "SEARCHPATH"),
        tablespaces: !tablespaces.is_empty(),
        missing_tablespaces,
        missing_roles,
    };
    let kept = kept.filter(|_| existing.is_some());
    let mut steps = steps(&way, &owner, options, options.sessions(&way), kept.as_deref(), &making.names);
    if matches!(way, Way::InPlace(_)) && !selection.lent.is_empty() {
        let lent: Vec<String> = selection.lent.iter().map(|at| archive.toc.entries[*at].describe()).collect();
        steps.insert(0, format!("make what it needs, where that is not there: {}", lent.join(", ")));
    }
    let of = shown(&archive.toc.header.database);
    let plan = RestorePlan {
        archive: archive.place.clone(),
        source: format!("{of}, PostgreSQL {}", shown(&archive.toc.header.server_version)),
        other: (kept.is_some() && !of.is_empty() && of != name).then_some(of),
        steps,
        roles: making.shown(),
        asks: asks(&way, !options.only.is_empty(), options.production || marked, existing.is_some()),
        database: name,
        kept,
        tables: entries().filter(|entry| entry.kind == "TABLE").count(),
        objects: selection.chosen.len(),
        rows: rows(archive, &selection),
        bytes,
        left_out,
        state: state(archive, &world, options, &making),
    };
    Ok(Decision { plan, selection, manner, making, act_as, owner, way })
}

/// Decides what to do with a script.
pub(super) async fn decide_script(plain: &Plain, options: &Options, session: &mut dyn Session) -> Result<Decision> {
    if let Some(first) = options.only.first() {
        let message = format!("{} is a script, of which {first} alone cannot be taken", plain.place);
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("restore all of it into a database of its own, and dump the table from there: --into NAME"));
    }
    if options.roles {
        return Err(making::has_none(&plain.place));
    }
    let survey = &plain.survey;
    let name = options.way.database().to_owned();
    let kept = matches!(options.way, Way::Swap(_)).then(|| format!("{name}_before_{}", options.label));
    let asked: Vec<String> = survey.roles.keys().cloned().chain(options.owner.clone()).collect();
    let question = Question {
        roles: &asked,
        extensions: &survey.extensions,
        tablespaces: &[],
        databases: &std::iter::once(name.clone()).chain(kept.clone()).collect::<Vec<_>>(),
    };
    let world = World::read(session, &question).await?;
    let marked = reach::is_marked(session, &name).await;
    let way = way(&world, options);
    names_free(&world, &way, kept.as_deref(), &plain.place)?;
    let missing_roles = missing(&world, &survey.roles, options, &survey.extensions, &BTreeSet::new(), None)?;
    room::check(world.data_folder.as_deref(), survey.bytes)?;
    let existing = world.databases.get(&name).cloned();
    let owner = owner(&world, options, existing.as_deref());
    let act_as = (!world.superuser || options.owners.none).then(|| owner.clone()).filter(|owner| *owner != world.me);
    let left_out =
        missing_roles.iter().map(|name| format!("rights of role {name}, which this server does not have")).collect();
    let kept = kept.filter(|_| existing.is_some());
    let mut hasher = blake3::Hasher::new();
    world.hash_into(&mut hasher);
    hasher.update(format!("{} {survey:?} {:?} {:?}", plain.place, options.way, options.owners).as_bytes());
    let manner = Manner {
        texts: Encoding::new("UTF8"),
        rows: Encoding::new(survey.encoding.as_deref().unwrap_or("UTF8")),
        owners: options.owners.clone(),
        role: act_as.clone().unwrap_or_else(|| world.me.clone()),
        server: world.version,
        own_path: true,
        tablespaces: false,
        missing_tablespaces: BTreeSet::new(),
        missing_roles,
    };
    let plan = RestorePlan {
        archive: plain.place.clone(),
        source: "a script".to_owned(),
        other: None,
        steps: steps(&way, &owner, options, 1, kept.as_deref(), &BTreeSet::new()),
        roles: Vec::new(),
        asks: asks(&way, !options.only.is_empty(), options.production || marked, existing.is_some()),
        database: name,
        kept,
        tables: survey.tables,
        objects: survey.statements,
        rows: (survey.statements > 0).then_some(survey.rows),
        bytes: survey.bytes,
        left_out,
        state: hasher.finalize().to_hex().to_string(),
    };
    let making = Making::default();
    Ok(Decision { plan, selection: Selection::default(), manner, making, act_as, owner, way })
}

/// A table alone may go into a database that is there already, where it disturbs nothing.
fn way(world: &World, options: &Options) -> Way {
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
fn names_free(world: &World, way: &Way, kept: Option<&str>, archive: &str) -> Result<()> {
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

/// The same restore with the roles of the backup, to be read first.
fn with_roles(archive: &str, options: &Options) -> String {
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
fn missing(
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

/// Whose the new database is.
fn owner(world: &World, options: &Options, existing: Option<&str>) -> String {
    let wished =
        options.owner.clone().filter(|owner| world.roles.get(owner).is_some_and(|may| *may || world.superuser));
    let there = existing.map(str::to_owned).filter(|_| matches!(options.way, Way::Swap(_) | Way::InPlace(_)));
    there.or(wished).unwrap_or_else(|| world.me.clone())
}

fn steps(
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

/// Rows in all, by the manifest.
fn rows(archive: &Archive, selection: &Selection) -> Option<u64> {
    let manifest = archive.manifest.as_ref()?;
    let chosen: BTreeSet<TableName> = selection
        .chosen
        .iter()
        .map(|at| &archive.toc.entries[*at])
        .filter(|entry| entry.kind == "TABLE DATA")
        .map(name_of)
        .collect();
    let taken = manifest.tables.iter().filter(|table| chosen.contains(&(table.schema.clone(), table.name.clone())));
    Some(taken.map(|table| table.rows.count).sum())
}

fn tags<'a>(entries: impl Iterator<Item = &'a Entry>, kind: &str) -> Vec<String> {
    entries.filter(|entry| entry.kind == kind).map(|entry| shown(&entry.tag)).collect()
}

fn state(archive: &Archive, world: &World, options: &Options, making: &Making) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&archive.toc.to_bytes());
    world.hash_into(&mut hasher);
    making.hash_into(&mut hasher);
    hasher.update(format!("{:?} {:?} {:?} {}", options.way, options.only, options.owners, options.clean).as_bytes());
    hasher.finalize().to_hex().to_string()
}
