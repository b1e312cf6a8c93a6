//! What is to be recorded, as a plan.

use std::sync::Arc;

use crate::catalog::{ObjectKind, Scope};
use crate::dialect::{Migration, Version};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::migrate::{Folder, Migrator, Problem, State, refuse};
use crate::plan::{Action, Plan, PlanKind, SqlStep, Step};
use crate::states::{States, inventory};

use super::books::{self, Books};
use super::mapping::{map, shown, up_to};
use super::{Adoption, Left, Origin, Request};

/// Plans what `request` asks for. Nothing is changed.
///
/// # Errors
/// [`ErrorKind::Verification`]: no ledger tells what the database has had, or what it tells does not fit the folder, or the
/// folder's own ledger says otherwise. [`ErrorKind::Refused`]: there is nothing in the database. [`ErrorKind::NotFound`]: the
/// folder has no such version.
pub async fn plan(states: &States, session: &mut dyn Session, folder: &Folder, request: &Request) -> Result<Adoption> {
    if folder.dialect.name() != "mainstay" {
        folder.refuse_undecided()?;
    }
    let state = own_state(states, session, folder).await?;
    let mut tables = books::tables(session, folder).await?;
    let (told, from) = match &request.at {
        Some(at) => {
            let told = up_to(at, folder)?;
            refuse_nothing(session, &state).await?;
            (told, None)
        }
        None => told_by_books(session, folder, &state).await?,
    };
    let missing: Vec<Version> = told.into_iter().filter(|version| !has(&state, version)).collect();
    let all = folder.migrations.iter().map(|migration| &migration.version);
    let versions: Vec<Version> =
        all.filter(|version| has(&state, version) || missing.contains(version)).cloned().collect();
    if !missing.is_empty() {
        refuse_half(&state, &missing)?;
        refuse_gaps(&state, &versions, folder)?;
    }
    let of =
        |wanted: &[Version]| -> Vec<&Migration> { wanted.iter().filter_map(|version| folder.find(version)).collect() };
    let flavor = session.flavor();
    let steps = match of(&missing).as_slice() {
        [] => Vec::new(),
        adopted => {
            // The journal is Mainstay's own, whatever dialect the folder has.
            let mut statements = ledger::create(flavor);
            let own = folder.dialect.adopt(adopted, &folder.migrations, state.has_ledger, flavor);
            statements.extend(own.into_iter().filter(|statement| !ledger::create(flavor).contains(statement)));
            vec![step(title(adopted, &own_table(folder)), statements)]
        }
    };
    let newest = versions.last().into_iter().chain(state.version()).max();
    let at = newest.map(|newest| folder.find(newest).map_or_else(|| newest.to_string(), Migration::title));
    let comes_after = |migration: &&Migration| newest.is_none_or(|newest| migration.version > *newest);
    let pending = folder.migrations.iter().filter(comes_after).count();
    // Mainstay's own ledger, for a folder of another dialect.
    tables.extend(from.as_ref().map(|origin| origin.table.clone()).filter(|table| !tables.contains(table)));
    let left = tables.into_iter().map(left).collect();
    let plan = Plan {
        kind: PlanKind::Adopt,
        database: session.server().database.clone(),
        state: hash(&state, &from, &versions),
        steps,
    };
    Ok(Adoption { plan, from, versions, missing, at: at.unwrap_or_default(), pending, left, request: request.clone() })
}

pub(super) async fn own_state(states: &States, session: &mut dyn Session, folder: &Folder) -> Result<State> {
    Migrator::new(session, folder, &states.rules, Arc::clone(&states.context.observer)).own_state().await
}

fn has(state: &State, version: &Version) -> bool {
    use crate::dialect::AppliedState::Done;
    state.applied.iter().any(|applied| applied.version == *version && applied.state == Done)
}

fn left(table: String) -> Left {
    Left { drop: format!("mainstay sql --write -c 'DROP TABLE {table}'"), table }
}

async fn told_by_books(
    session: &mut dyn Session,
    folder: &Folder,
    state: &State,
) -> Result<(Vec<Version>, Option<Origin>)> {
    let mut books = books::find(session, folder).await?;
    if books.len() > 1 {
        return Err(several(&books, folder));
    }
    match books.pop() {
        Some(books) => Ok((map(&books, folder)?, Some(Origin { tool: books.tool, table: books.table }))),
        None if !state.applied.is_empty() => Ok((Vec::new(), None)),
        None if is_empty(session).await? => Err(nothing(session)),
        None => Err(nobody_tells(session, folder)),
    }
}

/// An empty database has had nothing, whatever one says.
pub(super) async fn refuse_nothing(session: &mut dyn Session, state: &State) -> Result<()> {
    if !state.applied.is_empty() || !is_empty(session).await? {
        return Ok(());
    }
    Err(nothing(session))
}

/// Whether there is nothing in it that a file would have made.
async fn is_empty(session: &mut dyn Session) -> Result<bool> {
    let catalog = session.catalog(Scope::Structure).await?;
    let own = inventory(&catalog, session.flavor());
    Ok(own.iter().all(|id| matches!(id.kind, ObjectKind::Schema | ObjectKind::Extension)))
}

/// A ledger that has some of it already is completed, unless it says something else than the files.
fn refuse_half(state: &State, missing: &[Version]) -> Result<()> {
    let settled = |problem: &&Problem| match problem {
        Problem::OutOfOrder { version, .. } | Problem::Requires { version, .. } => !missing.contains(version),
        _ => true,
    };
    let problems: Vec<Problem> = state.problems.iter().filter(settled).cloned().collect();
    refuse(&problems)
}

/// A file that stays pending below the newest adopted one would stop the next `up`.
fn refuse_gaps(state: &State, versions: &[Version], folder: &Folder) -> Result<()> {
    let Some(newest) = versions.iter().chain(state.version()).filter(|version| version.is_number()).max() else {
        return Ok(());
    };
    let is_gap = |migration: &&Migration| {
        let known = versions.contains(&migration.version) || has(state, &migration.version);
        migration.version < *newest && !known && !migration.any_order
    };
    let gaps: Vec<Migration> = folder.migrations.iter().filter(is_gap).cloned().collect();
    if gaps.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Verification,
        format!("files below {newest} are not recorded by the other tool: {}", shown(&gaps)),
    )
    .hint(format!("if the database has had them too: mainstay migrate adopt --at {newest}"))
    .hint("if not, apply them with the other tool first, or give them versions above"))
}

fn several(books: &[Books], folder: &Folder) -> Error {
    let tables: Vec<String> = books.iter().map(|one| format!("{} ({})", one.table, one.tool)).collect();
    Error::new(
        ErrorKind::Verification,
        format!("this database has the ledgers of several tools: {}", tables.join(", ")),
    )
    .hint(tell(folder))
}

fn nobody_tells(session: &dyn Session, folder: &Folder) -> Error {
    Error::new(
        ErrorKind::Verification,
        format!("`{}` has no ledger that tells which migrations it has had", session.server().database),
    )
    .hint(tell(folder))
}

/// The command with the version to be said, and those to choose from.
fn tell(folder: &Folder) -> String {
    let last = folder.migrations.last().map_or_else(|| "VERSION".to_owned(), |last| last.version.to_string());
    format!(
        "say up to which file it has had them: mainstay migrate adopt --at {last}; the files: {}",
        shown(&folder.migrations)
    )
}

fn nothing(session: &dyn Session) -> Error {
    Error::new(ErrorKind::Refused, format!("there is nothing to adopt: `{}` has no tables", session.server().database))
        .hint("an empty database gets its tables from the files: mainstay migrate up")
}

fn own_table(folder: &Folder) -> String {
    match folder.dialect.name() {
        "mainstay" => ledger::table(folder.flavor, "migration"),
        _ => folder.dialect.ledger_table().to_owned(),
    }
}

fn title(adopted: &[&Migration], table: &str) -> String {
    match adopted {
        [one] => format!("record {} in {table} as applied, without running it", one.title()),
        [first, .., last] => format!(
            "record {} migrations in {table} as applied, without running them: {} to {}",
            adopted.len(),
            first.title(),
            last.title()
        ),
        [] => String::new(),
    }
}

fn step(title: String, statements: Vec<String>) -> Step {
    Step::new(title, Action::Sql(SqlStep::new(statements)))
}

/// The folder's own ledger and files, and what the other one comes to.
fn hash(state: &State, from: &Option<Origin>, versions: &[Version]) -> String {
    let mut hasher = blake3::Hasher::new();
    let origin = from.as_ref().map_or("", |origin| origin.table.as_str());
    for text in [state.hash.as_str(), origin].into_iter().chain(versions.iter().map(Version::as_str)) {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
