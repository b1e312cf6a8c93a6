//! What can be wrong between ledger and folder, reported by name before anything runs.

use serde::Serialize;

use crate::dialect::{Applied, AppliedState, Version};
use crate::error::{Error, ErrorKind, Result};

use super::baseline::{Standing, is_replaced, standing};
use super::state::find;
use super::{Folder, Rules};

/// Something between ledger and folder that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum Problem {
    /// An applied migration's file has other statements now.
    Edited {
        /// Its version.
        version: Version,
        /// Its file.
        file: String,
        /// The checksum in the ledger.
        recorded: String,
        /// The file's checksum.
        found: String,
    },
    /// An applied migration has no file any more, though later ones do.
    Missing {
        /// Its version.
        version: Version,
        /// Its name in the ledger.
        name: String,
    },
    /// The database has a version that is above everything in the folder, or above the desired version.
    Newer {
        /// The database's version.
        version: Version,
        /// The highest that is known or wanted.
        limit: Option<Version>,
    },
    /// A pending migration is older than the newest applied one.
    OutOfOrder {
        /// Its version.
        version: Version,
        /// Its file.
        file: String,
        /// The newest applied version.
        newest: Version,
    },
    /// A migration outside a transaction stopped half way, and the statements that ran have been edited since.
    PartialEdited {
        /// Its version.
        version: Version,
        /// Its file.
        file: String,
        /// How many statements ran.
        done: usize,
    },
    /// A migration was begun and never ended, and nobody knows how far it came.
    Dirty {
        /// Its version.
        version: Version,
        /// Its name.
        name: String,
    },
    /// Another program's files or ledger are not as that program could go on with them.
    Foreign {
        /// The revision, where it is one.
        version: Option<Version>,
        /// One sentence.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// The database has had some of what a baseline replaces, and not the rest.
    Between {
        /// The baseline's version.
        version: Version,
        /// Its file.
        file: String,
        /// The newest that the database has had of what it replaces.
        newest: Version,
        /// The first that it has not had.
        lacks: Version,
    },
    /// A pending migration requires a version that is neither applied nor pending before it.
    Requires {
        /// Its version.
        version: Version,
        /// Its file.
        file: String,
        /// What it requires.
        required: Version,
    },
}

impl Problem {
    /// The version concerned.
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::Edited { version, .. }
            | Self::Missing { version, .. }
            | Self::Newer { version, .. }
            | Self::OutOfOrder { version, .. }
            | Self::PartialEdited { version, .. }
            | Self::Dirty { version, .. }
            | Self::Between { version, .. }
            | Self::Requires { version, .. } => Some(version),
            Self::Foreign { version, .. } => version.as_ref(),
        }
    }

    /// One sentence.
    pub fn message(&self) -> String {
        match self {
            Self::Edited { file, recorded, found, .. } => {
                format!("{file} was edited after it was applied (checksum {recorded} then, {found} now)")
            }
            Self::Missing { version, name } => {
                format!("{} was applied, but its file is gone", title(version, name))
            }
            Self::Newer { version, limit: Some(limit) } => {
                format!("the database is at version {version}, above {limit}, the highest that is known or wanted here")
            }
            Self::Newer { version, limit: None } => {
                format!("the database is at version {version}, but the folder is empty")
            }
            Self::OutOfOrder { file, newest, .. } => {
                format!("{file} is pending, but the later version {newest} is applied already")
            }
            Self::PartialEdited { file, done, .. } => {
                format!("{file} stopped after {done} statements, and those statements were edited since")
            }
            Self::Dirty { version, name } => {
                let title = title(version, name);
                format!("{title} was begun and never ended: the ledger marks it as failed or dirty")
            }
            Self::Foreign { message, .. } => message.clone(),
            Self::Between { file, newest, lacks, .. } => {
                format!("the database has had {newest} of the migrations that {file} replaces, and not {lacks}")
            }
            Self::Requires { file, required, .. } => {
                format!("{file} requires version {required}, which is neither applied nor pending before it")
            }
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Edited { file, .. } => {
                format!("restore {file}, or accept its text as it is now: mainstay migrate repair")
            }
            Self::Missing { version, .. } => {
                format!("bring its file back, or take it out of the ledger: mainstay migrate repair --forget {version}")
            }
            Self::Newer { .. } => "start the service's newer version, or go back first: with its files, \
                                   mainstay migrate down --to VERSION"
                .to_owned(),
            Self::OutOfOrder { .. } => {
                "give it a new version (mainstay migrate new), or apply it as it is: mainstay migrate up --out-of-order"
                    .to_owned()
            }
            Self::PartialEdited { version, .. } => {
                format!("restore those statements, or start it over: mainstay migrate repair --forget {version}")
            }
            Self::Dirty { version, .. } => format!(
                "see what of it is in the database and undo that by hand, then: mainstay migrate repair --forget {version}"
            ),
            Self::Foreign { hint, .. } => hint.clone(),
            Self::Between { version, .. } => format!(
                "bring it past them with the files from before the squash, then come back: mainstay migrate up --to {version}"
            ),
            Self::Requires { .. } => "bring the required file back, or correct the directive".to_owned(),
        }
    }
}

/// As people call a migration; many a ledger keeps no names.
pub(super) fn title(version: &Version, name: &str) -> String {
    if name.is_empty() { format!("version {version}") } else { format!("{version}_{name}") }
}

pub(super) fn find_all(applied: &[Applied], folder: &Folder, rules: &Rules) -> Vec<Problem> {
    let mut problems = Vec::new();
    let last = folder.migrations.iter().map(|migration| &migration.version).rfind(|version| version.is_number());
    let limit = rules.to.as_ref().filter(|to| last.is_none_or(|last| *to < last)).or(last);
    let is_newest = |applied: &&Applied| applied.state == AppliedState::Done && applied.version.is_number();
    let newest = applied.iter().rev().find(is_newest).map(|done| &done.version);
    if let Some(newest) = newest.filter(|newest| limit.is_none_or(|limit| newest > &limit)) {
        problems.push(Problem::Newer { version: newest.clone(), limit: limit.cloned() });
    }
    for one in applied {
        if one.state == AppliedState::Dirty {
            let (version, name) = (one.version.clone(), one.name.clone().unwrap_or_default());
            problems.push(Problem::Dirty { version, name });
            continue;
        }
        match folder.find(&one.version) {
            Some(migration) if matches!(standing(applied, migration), Standing::Past | Standing::Between { .. }) => {}
            Some(migration) => problems.extend(edited(one, migration, folder)),
            None if is_replaced(&one.version, &folder.migrations) => {}
            // What is above everything we know has been reported as newer.
            None if last.is_some_and(|last| one.version < *last) => problems
                .push(Problem::Missing { version: one.version.clone(), name: one.name.clone().unwrap_or_default() }),
            None => {}
        }
    }
    for migration in &folder.migrations {
        if let Standing::Between { newest, lacks } = standing(applied, migration) {
            let (version, file) = (migration.version.clone(), migration.up.file.clone());
            problems.push(Problem::Between { version, file, newest: newest.clone(), lacks: lacks.clone() });
            continue;
        }
        if find(applied, &migration.version).is_some() {
            continue;
        }
        let file = || migration.up.file.clone();
        let may_be_late = rules.out_of_order || migration.any_order;
        if let Some(newest) = newest.filter(|newest| **newest > migration.version && !may_be_late) {
            problems.push(Problem::OutOfOrder {
                version: migration.version.clone(),
                file: file(),
                newest: newest.clone(),
            });
        }
        for required in &migration.up.directives.requires {
            let there = find(applied, required).is_some()
                || folder.find(required).is_some_and(|found| found.version < migration.version)
                || is_replaced(required, &folder.migrations);
            if !there {
                problems.push(Problem::Requires {
                    version: migration.version.clone(),
                    file: file(),
                    required: required.clone(),
                });
            }
        }
    }
    problems
}

fn edited(applied: &Applied, migration: &crate::dialect::Migration, folder: &Folder) -> Option<Problem> {
    let (version, file) = (migration.version.clone(), migration.up.file.clone());
    match applied.state {
        AppliedState::Done => {
            let (recorded, found) = (applied.checksum.clone()?, migration.checksum.clone()?);
            (recorded != found).then_some(Problem::Edited { version, file, recorded, found })
        }
        AppliedState::Dirty => None,
        AppliedState::Partial(done) => {
            let now = folder.dialect.partial_checksum(migration, done, folder.flavor);
            (now.is_none() || now != applied.checksum).then_some(Problem::PartialEdited { version, file, done })
        }
    }
}

/// Refuses to go on if there is any problem: the first one's sentence, the others as causes.
///
/// # Errors
/// [`ErrorKind::Verification`] where there is a problem.
pub fn refuse(problems: &[Problem]) -> Result<()> {
    let Some(first) = problems.first() else { return Ok(()) };
    let mut error = Error::new(ErrorKind::Verification, first.message());
    if problems.len() > 1 {
        let others: Vec<String> = problems[1..].iter().map(Problem::message).collect();
        error = error.source(format!("also: {}", others.join("; also: ")));
    }
    let mut hints: Vec<String> = problems.iter().map(Problem::hint).collect();
    hints.dedup();
    for hint in hints.into_iter().take(3) {
        error = error.hint(hint);
    }
    Err(error.hint("nothing was run; mainstay migrate status shows all of it"))
}
