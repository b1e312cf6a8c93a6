//! What may be squashed, and up to where.

use crate::dialect::{AppliedState, Migration, Version};
use crate::disk::SourceFile;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Folder, State as Standing};
use crate::states::reach;

/// The last version to squash: the one asked for, else the newest that the database has had.
///
/// # Errors
/// [`ErrorKind::Usage`]: nobody has said it and no database tells. [`ErrorKind::NotFound`]: there is no such version.
pub(super) fn goal(to: Option<&Version>, standing: Option<&Standing>, folder: &Folder) -> Result<Version> {
    let to = match (to, standing.and_then(Standing::version)) {
        (Some(to), _) => to.clone(),
        (None, Some(version)) => version.clone(),
        (None, None) => {
            return Err(Error::new(
                ErrorKind::Usage,
                "no database tells up to which version the migrations are applied",
            )
            .hint("say it: mainstay migrate squash --to VERSION"));
        }
    };
    match folder.find(&to) {
        Some(migration) => Ok(migration.version.clone()),
        None => Err(Error::new(ErrorKind::NotFound, format!("version {to} is not in {}", folder.path.display()))
            .hint("mainstay migrate status lists the versions")),
    }
}

/// Whether a baseline can stand for these scripts, and whoever reads the folder go on with it.
///
/// # Errors
/// [`ErrorKind::Refused`]: another tool could not go on, a folder serves two engines, a script makes what no dump has.
/// [`ErrorKind::Usage`]: there is nothing to squash.
pub(super) fn refuse_unfit(folder: &Folder, squashed: &[&Migration]) -> Result<()> {
    let path = folder.path.display();
    if let Some(why) = folder.dialect.refuses_baseline() {
        let message =
            format!("the migrations in {path} are {}'s, and cannot be squashed: {why}", folder.dialect.name());
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("in Mainstay's own layout they can; a database is taken over into that by: mainstay migrate adopt"));
    }
    if let [] | [_] = squashed {
        return Err(Error::new(ErrorKind::Usage, "there is nothing to squash: it takes two migrations at least")
            .hint("mainstay migrate status lists them"));
    }
    let of_engine = |file: &&SourceFile| [".postgres.", ".sqlite."].iter().any(|mark| file.name.contains(mark));
    if let Some(file) = Folder::files(&folder.path)?.iter().find(of_engine) {
        let message = format!("{path} serves two engines, and a baseline is made on one");
        return Err(Error::new(ErrorKind::Refused, message).source(format!("{} is for one engine alone", file.name)));
    }
    for migration in squashed {
        if let Some(statement) = reach::of_cluster(&migration.up, folder.flavor) {
            let message = format!("{} has to do with roles or databases, which stand in no dump", migration.title());
            return Err(Error::new(ErrorKind::Refused, message)
                .at(migration.up.place(&statement, None))
                .hint("squash what comes before it: mainstay migrate squash --to VERSION")
                .hint(
                    "or leave it to the server's administrator: mainstay bootstrap makes roles, databases and grants",
                ));
        }
    }
    Ok(())
}

/// The project's database must have had all that goes: its next files would be gone.
pub(super) fn refuse_pending(standing: &Standing, squashed: &[&Migration], to: &Version) -> Result<()> {
    let is_done = |migration: &&&Migration| {
        let recorded = standing.applied.iter().find(|one| one.version == migration.version);
        recorded.is_some_and(|one| one.state == AppliedState::Done)
    };
    match squashed.iter().find(|migration| !is_done(migration)) {
        None => Ok(()),
        Some(pending) => {
            let message =
                format!("the database has not had all that is to be squashed: {} is pending", pending.title());
            Err(Error::new(ErrorKind::Refused, message).hint(format!("apply it first: mainstay migrate up --to {to}")))
        }
    }
}
