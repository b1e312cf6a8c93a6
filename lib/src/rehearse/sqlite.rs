//! A clone of an SQLite file: its online copy.

use crate::conn::{SqliteTarget, Target};
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Plan};
use crate::scratch::{Scratch, ScratchFile};
use crate::sql::{Flavor, literal_for};
use crate::states::{Reach, reach};

use super::Subject;
use super::clone::{How, Made};

/// Copies the file in one step, whoever reads or writes it meanwhile.
pub(super) async fn clone(subject: &Subject<'_>, target: &SqliteTarget, plan: &Plan) -> Result<Made> {
    refuse_other_files(plan)?;
    let bytes = std::fs::metadata(&target.path).ok().map(|metadata| metadata.len());
    let scratch = ScratchFile::create(subject.temporary)?;
    let path = scratch.target().path;
    let Some(name) = path.to_str() else {
        return Err(Error::new(ErrorKind::Io, format!("the path {} is not UTF-8", path.display())));
    };
    // A file that is not there yet is an empty database, and so is its clone.
    if bytes.is_some() {
        let mut session = engine::connect(&Target::Sqlite(target.clone()), subject.context).await?;
        let copied = session.query(&format!("VACUUM INTO {}", literal_for(name, Flavor::Sqlite))).await;
        session.close().await;
        copied.map_err(|error| {
            error
                .context(format!("{} could not be copied into {}", target.path.display(), subject.temporary.display()))
                .hint("is there room? Another folder: export TMPDIR=/var/tmp")
        })?;
    }
    Ok(Made { scratch: Scratch::File(scratch), how: How::Copy, because: None, bytes })
}

/// How the clone would be made: in the one way that there is.
pub(super) fn ahead(target: &SqliteTarget, plan: &Plan) -> Result<(How, Option<String>, Option<u64>)> {
    refuse_other_files(plan)?;
    let bytes = std::fs::metadata(&target.path).ok().map(|metadata| metadata.len());
    Ok((How::Copy, None, bytes))
}

/// A statement that opens or writes another file would do so from the clone too.
fn refuse_other_files(plan: &Plan) -> Result<()> {
    for step in &plan.steps {
        let Action::Sql(sql) = &step.action else { continue };
        if sql.statements.iter().any(|sql| reach(sql, Flavor::Sqlite) == Reach::World) {
            let message = format!("{} opens or writes another file, which no clone keeps from harm", step.title);
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("rehearse up to the version before it: mainstay migrate rehearse --to VERSION"));
        }
    }
    Ok(())
}
