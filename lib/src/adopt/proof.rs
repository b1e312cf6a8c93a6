//! The proof: what the files make in a scratch database is what the database is.

use std::time::Instant;

use serde::Serialize;

use crate::catalog::Scope;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Folder;
use crate::observer::Event;
use crate::states::{Drift, Measure, Replay, States, inventory};

use super::Adoption;

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
/// [`ErrorKind::Refused`]: no scratch database can be made, or a file reaches beyond it.
pub async fn prove(states: &States, session: &mut dyn Session, folder: &Folder, adoption: &Adoption) -> Result<Proof> {
    let started = Instant::now();
    let there = session.catalog(Scope::Structure).await?;
    let title = format!("run the files up to {} in a scratch database", adoption.at);
    states.context.observer.event(Event::StepStarted { title: &title });
    // Whoever ran them before may have done so as another role.
    let measure = Measure { rights: false, others: true, extensions: false };
    let replay = states.replay(&there, folder, &adoption.versions, measure).await;
    let Replay { place, drift } = replay.map_err(|error| unproven(error, adoption))?;
    states.context.observer.event(Event::StepDone { title: &title, took: started.elapsed() });
    if !drift.is_empty() {
        return Err(different(&drift, adoption, &place));
    }
    Ok(Proof {
        place,
        objects: inventory(&there, session.flavor()).len(),
        migrations: adoption.versions.len(),
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// What stands in the way of a proof: a statement in a file, or there is no room. Hints that come with it are about the scratch
/// database.
fn unproven(error: Error, adoption: &Adoption) -> Error {
    let unproven = format!("to adopt it without the proof: {}", adoption.unproven());
    no_scratch(error, &unproven)
}

/// The same with another `way_out` than to leave the proof out.
pub(super) fn no_scratch(error: Error, way_out: &str) -> Error {
    let Some(place) = error.place().cloned() else {
        let message = "there is no scratch database to run the files in, so nothing can be proven";
        return Error::new(ErrorKind::Refused, message)
            .source(error)
            .hint("nothing was changed; let the role make databases, or install PostgreSQL's server programs here")
            .hint(way_out);
    };
    let (kind, message) = match error.kind() {
        ErrorKind::Refused => (ErrorKind::Refused, "a file cannot be run in a scratch database, so nothing is proven"),
        _ => (ErrorKind::Verification, "the files do not run on an empty database, so nothing is proven"),
    };
    Error::new(kind, message)
        .at(place)
        .source(error)
        .hint("nothing was changed; correct the file, if the database was not made by it as it is")
        .hint(way_out)
}

fn different(found: &[Drift], adoption: &Adoption, place: &str) -> Error {
    let differences = if found.len() == 1 { "difference" } else { "differences" };
    Error::new(
        ErrorKind::Verification,
        format!(
            "the database is not what the files up to {} make: {} {differences}, found in {place}",
            adoption.at,
            found.len()
        ),
    )
    .source(list(found))
    .hint("nothing was changed; bring files and database together, or say another file: mainstay migrate adopt --at VERSION")
    .hint(format!("to adopt it with these differences all the same: {}", adoption.unproven()))
}

/// Differences a line each, as many as fit a message.
pub(super) fn list(found: &[Drift]) -> String {
    let mut lines: Vec<String> = found.iter().take(SHOWN).map(ToString::to_string).collect();
    if found.len() > SHOWN {
        lines.push(format!("and {} more", found.len() - SHOWN));
    }
    lines.join("\n")
}
