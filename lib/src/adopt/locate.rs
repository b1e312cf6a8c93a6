//! Where in a history a database is that nobody kept books of: its schema tells.

use std::time::Instant;

use crate::catalog::Scope;
use crate::dialect::{Migration, Version};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Folder;
use crate::observer::Event;
use crate::states::{Drift, Passed, States, Station, inventory};

use super::plan::{own_state, refuse_nothing};
use super::proof::{Proof, list, no_scratch};

/// How many migrations a message names.
const NAMED: usize = 6;

/// A version that a database is at, by its schema.
#[derive(Clone, Debug)]
pub struct Position {
    /// The version.
    pub at: Version,
    /// What was seen.
    pub proof: Proof,
}

/// Runs the files of `folder` one by one in a scratch database, and finds the one after which the schema is the database's.
/// Nothing is changed in that.
///
/// # Errors
/// [`ErrorKind::Verification`]: the schema is that after several files, which are named, or after none, with the differences from
/// the nearest; a file does not run on an empty database. [`ErrorKind::Refused`]: there is nothing in the database, or no scratch
/// to be had.
pub async fn locate(states: &States, session: &mut dyn Session, folder: &Folder) -> Result<Position> {
    let started = Instant::now();
    folder.refuse_undecided()?;
    let state = own_state(states, session, folder).await?;
    refuse_nothing(session, &state).await?;
    let there = session.catalog(Scope::Structure).await?;
    let title = "run the files one by one in a scratch database";
    states.context.observer.event(Event::StepStarted { title });
    let Passed { place, stations } = states.pass(&there, folder).await.map_err(|error| {
        no_scratch(error, "say yourself what the database has had: mainstay migrate adopt --at VERSION --unproven")
    })?;
    states.context.observer.event(Event::StepDone { title, took: started.elapsed() });
    let fitting: Vec<&Version> =
        stations.iter().filter(|station| station.drift.is_empty()).flat_map(|station| &station.versions).collect();
    match fitting.as_slice() {
        [one] => Ok(Position {
            at: (*one).clone(),
            proof: Proof {
                place,
                objects: inventory(&there, session.flavor()).len(),
                migrations: folder.migrations.iter().filter(|migration| migration.version <= **one).count(),
                seconds: started.elapsed().as_secs_f64(),
            },
        }),
        [] => Err(nowhere(&stations, folder, &session.server().database)),
        several => Err(ambiguous(several, folder, &session.server().database)),
    }
}

fn title(version: &Version, folder: &Folder) -> String {
    folder.find(version).map_or_else(|| version.to_string(), Migration::title)
}

/// The schema is the same after several files: those between change rows, or take back what one before has done.
fn ambiguous(versions: &[&Version], folder: &Folder, database: &str) -> Error {
    let mut titles: Vec<String> = versions.iter().take(NAMED).map(|version| title(version, folder)).collect();
    if versions.len() > NAMED {
        titles.push(format!("… {}", title(versions[versions.len() - 1], folder)));
    }
    Error::new(
        ErrorKind::Verification,
        format!("the schema of `{database}` is that after each of {} files: {}", versions.len(), titles.join(", ")),
    )
    .source("files that change rows alone leave no trace in a schema")
    .hint(format!(
        "look which of them the rows have had, then say it: mainstay migrate adopt --at {}",
        versions[versions.len() - 1]
    ))
}

/// No file leads to it; the nearest is the one with the fewest differences, the later of two.
fn nowhere(stations: &[Station], folder: &Folder, database: &str) -> Error {
    let Some(nearest) = stations.iter().rev().min_by_key(|station| station.drift.len()) else {
        let message = format!("there is no migration in {} that could have made it", folder.path.display());
        return Error::new(ErrorKind::Verification, message).hint("bring the files first: mainstay migrate new NAME");
    };
    let at = &nearest.versions[nearest.versions.len() - 1];
    let drift: &[Drift] = &nearest.drift;
    let differences = if drift.len() == 1 { "difference" } else { "differences" };
    Error::new(
        ErrorKind::Verification,
        format!(
            "`{database}` is not what the files make, after whichever of them; nearest is {}, with {} {differences}",
            title(at, folder),
            drift.len()
        ),
    )
    .source(list(drift))
    .hint("nothing was changed; bring files and database together, then: mainstay migrate adopt --by-catalog")
    .hint(format!("to adopt it there with these differences: mainstay migrate adopt --at {at} --unproven"))
}
