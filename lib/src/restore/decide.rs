//! What a restore will do, decided before anything starts: what is missing is named here, or nothing is.

use std::collections::BTreeSet;

use crate::archive::toc::Entry;
use crate::conn::PostgresTarget;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};

use super::archive::Archive;
use super::course::{asks, names_free, owner, steps, way};
use super::decision::{Decision, RestorePlan};
use super::lacking::{missing, with_roles};
use super::making::{self, Making};
use super::object::Manner;
use super::options::{Options, Way};
use super::plain::Plain;
use super::reach;
use super::roles;
use super::room;
use super::select::{self, Selection};
use super::text::{Encoding, UNENCODED, shown};
use super::work::{TableName, name_of};
use super::world::{Question, World};

/// Decides what to do with `archive`; `session` is on any database of the server of `target`, as the role that will restore.
pub(super) async fn decide(
    archive: &Archive,
    options: &Options,
    target: &PostgresTarget,
    session: &mut dyn Session,
) -> Result<Decision> {
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
    room::check(world.folder_here(target), bytes)?;

    let mut left_out = selection.left_out.clone();
    left_out.extend(making.left_out.iter().cloned());
    let missing_tablespaces: BTreeSet<String> = tablespaces.difference(&world.tablespaces).cloned().collect();
    for name in &missing_tablespaces {
        left_out.push(format!(
            "tablespace {name}, which this server does not have: what was in it goes to the default one"
        ));
    }
    for name in &missing_roles {
        left_out.push(format!("rights and policies of role {name}, which this server does not have"));
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
pub(super) async fn decide_script(
    plain: &Plain,
    options: &Options,
    target: &PostgresTarget,
    session: &mut dyn Session,
) -> Result<Decision> {
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
    room::check(world.folder_here(target), survey.bytes)?;
    let existing = world.databases.get(&name).cloned();
    let owner = owner(&world, options, existing.as_deref());
    let act_as = (!world.superuser || options.owners.none).then(|| owner.clone()).filter(|owner| *owner != world.me);
    let left_out = missing_roles
        .iter()
        .map(|name| format!("rights and policies of role {name}, which this server does not have"))
        .collect();
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
