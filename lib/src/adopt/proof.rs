//! The proof: what the files make in a scratch database is what the database is.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use crate::catalog::{Catalog, Scope};
use crate::engine::{Context, Session, connect};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Folder, Goal, Migrator, Rules};
use crate::observer::{Event, Silent};
use crate::scratch::{Place, Wanted};
use crate::sql::{Flavor, ident, words};

use super::compare::{count, differences};
use super::settle::settled;
use super::shared::changes_the_cluster;
use super::{Adoption, Difference, Subject};

/// How many differences a message shows.
const SHOWN: usize = 40;

/// What was seen: the files of an adoption make what the database is.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// Where the files were run, for people.
    pub place: String,
    /// How many objects were compared.
    pub objects: usize,
    /// How many migrations were run there.
    pub migrations: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// Runs the adopted files in a scratch database and compares its catalog with the database's. Nothing is changed in that.
///
/// # Errors
/// [`ErrorKind::Verification`]: the two differ, with the differences as its cause, or a file does not run on an empty database.
/// [`ErrorKind::Refused`]: no scratch database can be made.
pub async fn prove(
    subject: &Subject<'_>,
    session: &mut dyn Session,
    folder: &Folder,
    adoption: &Adoption,
) -> Result<Proof> {
    let started = Instant::now();
    let files = folder.only(&adoption.versions)?;
    let there = session.catalog(Scope::Structure).await?;
    let title = format!("run the files up to {} in a scratch database", adoption.at);
    subject.context.observer.event(Event::StepStarted { title: &title });
    let major = session.server().version_number / 10_000;
    let scratch = scratch(subject, major, &files, &there).await.map_err(|error| no_scratch(error, adoption))?;
    let place = scratch.place().to_owned();
    let found = replay_and_compare(&scratch, &files, &there, subject, adoption).await;
    let removed = scratch.remove(subject.context).await;
    let found = found?;
    if let Err(error) = removed {
        // The proof stands; somebody has to clean up.
        let message = format!("{}: {}", error.message(), error.causes().join(": "));
        subject.context.observer.event(Event::Warning { message: &message });
    }
    subject.context.observer.event(Event::StepDone { title: &title, took: started.elapsed() });
    if !found.is_empty() {
        return Err(different(&found, adoption, &place));
    }
    Ok(Proof {
        place,
        objects: count(&there),
        migrations: files.migrations.len(),
        seconds: started.elapsed().as_secs_f64(),
    })
}

async fn scratch(subject: &Subject<'_>, major: u32, files: &Folder, there: &Catalog) -> Result<Place> {
    let roles: Vec<String> = there.roles.iter().map(|role| role.name.clone()).collect();
    let wanted = Wanted {
        target: subject.target,
        beside: !changes_the_cluster(files),
        major,
        roles: &roles,
        search_path: subject.search_path,
        temporary: subject.temporary,
        context: &silent(subject.context),
    };
    Place::make(&wanted).await
}

/// In what the database differs from what the files make.
async fn replay_and_compare(
    scratch: &Place,
    files: &Folder,
    there: &Catalog,
    subject: &Subject<'_>,
    adoption: &Adoption,
) -> Result<Vec<Difference>> {
    let mut session = connect(scratch.target(), &silent(subject.context)).await?;
    mirror_extensions(session.as_mut(), files, there).await;
    let rules = Rules { to: None, out_of_order: true, ..subject.rules.clone() };
    let mut migrator = Migrator::new(session.as_mut(), files, &rules, Arc::new(Silent));
    let run = async {
        let state = migrator.own_state().await?;
        let plan = migrator.plan(&state, &Goal::Up)?;
        migrator.apply(&plan).await
    };
    run.await.map_err(|error| does_not_run(error, adoption))?;
    let made = session.catalog(Scope::Structure).await?;
    let mut found = differences(there, &made, files.flavor);
    if !found.is_empty() && files.flavor == Flavor::Postgres {
        let settled = differences(there, &settled(session.as_mut(), &made).await?, files.flavor);
        found.retain(|one| settled.iter().any(|other| other.object == one.object));
    }
    session.close().await;
    Ok(found)
}

/// Extensions that an administrator made, and no file: files may lean on them.
async fn mirror_extensions(session: &mut dyn Session, files: &Folder, there: &Catalog) {
    let made_by_files = |name: &str| {
        let texts = files.migrations.iter().flat_map(|migration| migration.up.statements(files.flavor));
        let mut making = texts.filter(|one| words(one.text, files.flavor, 2) == ["CREATE", "EXTENSION"]);
        making.any(|one| one.text.to_lowercase().contains(&name.to_lowercase()))
    };
    for extension in there.extensions.iter().filter(|extension| !made_by_files(&extension.name)) {
        // One that cannot be made here is missed by the file that needs it, which says so with its place.
        let _ = session.query(&format!("CREATE EXTENSION IF NOT EXISTS {}", ident(&extension.name))).await;
    }
}

/// What happens in the scratch database is none of the user's steps and statements.
fn silent(context: &Context) -> Context {
    Context { observer: Arc::new(Silent), ..context.clone() }
}

fn no_scratch(error: Error, adoption: &Adoption) -> Error {
    error
        .context("there is no scratch database to run the files in, so nothing can be proven")
        .of_kind(ErrorKind::Refused)
        .hint("nothing was changed; let the role make databases, or install PostgreSQL's server programs here")
        .hint(format!("to adopt it without the proof: {}", adoption.unproven()))
}

/// A migration's error, without its hints: they are about the scratch database.
fn does_not_run(error: Error, adoption: &Adoption) -> Error {
    let place = error.place().cloned();
    let mut refused =
        Error::new(ErrorKind::Verification, "the files do not run on an empty database, so nothing is proven");
    if let Some(place) = place {
        refused = refused.at(place);
    }
    refused
        .source(error)
        .hint("nothing was changed; correct the file, if the database was not made by it as it is")
        .hint(format!("to adopt it without the proof: {}", adoption.unproven()))
}

fn different(found: &[Difference], adoption: &Adoption, place: &str) -> Error {
    let mut lines: Vec<String> = found.iter().take(SHOWN).map(ToString::to_string).collect();
    if found.len() > SHOWN {
        lines.push(format!("and {} more", found.len() - SHOWN));
    }
    let differences = if found.len() == 1 { "difference" } else { "differences" };
    Error::new(
        ErrorKind::Verification,
        format!(
            "the database is not what the files up to {} make: {} {differences}, found in {place}",
            adoption.at,
            found.len()
        ),
    )
    .source(lines.join("\n"))
    .hint("nothing was changed; bring files and database together, or say another file: mainstay migrate adopt --at VERSION")
    .hint(format!("to adopt it with these differences all the same: {}", adoption.unproven()))
}
