//! What the ledger and the folder say together.

use serde::Serialize;

use crate::dialect::{self, Applied, AppliedState, FOREIGN_LEDGERS, Ledger, Migration, Version};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;

use super::baseline::is_replaced;
use super::{Folder, Problem, Rules, problem};

/// What the ledger and the folder say together, at one moment.
#[derive(Clone, Debug)]
pub struct State {
    /// Recorded migrations, in the order of applying.
    pub applied: Vec<Applied>,
    /// Versions in the folder that are not applied and not above the desired version, in the order of applying.
    pub pending: Vec<Version>,
    /// The version the database is at: the highest that is applied whole.
    pub version: Option<Version>,
    /// What is not as it should be.
    pub problems: Vec<Problem>,
    /// The environment marker in the database, where there is one.
    pub environment: Option<String>,
    /// Whether a ledger is there at all.
    pub has_ledger: bool,
    /// Hash of ledger and files: what a plan assumes.
    pub hash: String,
}

/// One line of `migrate status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// `applied`, `pending`, `partial`, `dirty`, `edited`, `missing`, `replaced`, `out-of-order` or `held` (above the desired
    /// version).
    pub state: &'static str,
    /// When it was applied, as the database prints it.
    pub applied_at: Option<String>,
    /// Whether the folder has a way back.
    pub has_down: bool,
}

impl State {
    pub(super) async fn read(session: &mut dyn Session, folder: &Folder, rules: &Rules) -> Result<Self> {
        let (mut ledger, has_ledger) = match session.query(&folder.dialect.ledger_query(session.flavor())).await {
            Ok(rows) => (folder.dialect.applied(&rows, &folder.migrations)?, true),
            Err(error) if dialect::missing_table(&error) => (Ledger::default(), false),
            Err(error) if error.sqlstate() == Some("42703") => {
                let (table, dialect) = (folder.dialect.ledger_table(), folder.dialect.name());
                let error = error.context(format!("the table {table} is not as the dialect `{dialect}` keeps it"));
                return Err(dialect::another_programs_table(table, dialect, error.of_kind(ErrorKind::Verification)));
            }
            Err(error) => return Err(error.context("cannot read the ledger of migrations")),
        };
        if has_ledger && folder.dialect.checksums_are_settings() {
            fill_in_checksums(&mut ledger.applied, session).await?;
        }
        Ok(Self::compare(ledger, has_ledger, folder, rules))
    }

    /// What a database says that was just made.
    pub(super) fn of_new(folder: &Folder, rules: &Rules) -> Self {
        Self::compare(Ledger::default(), false, folder, rules)
    }

    fn compare(ledger: Ledger, has_ledger: bool, folder: &Folder, rules: &Rules) -> Self {
        let wanted = |migration: &&Migration| rules.to.as_ref().is_none_or(|to| migration.version <= *to);
        let is_done = |migration: &&Migration| {
            find(&ledger.applied, &migration.version).is_some_and(|applied| applied.state == AppliedState::Done)
        };
        let pending = folder
            .migrations
            .iter()
            .filter(wanted)
            .filter(|migration| !is_done(migration))
            .map(|migration| migration.version.clone())
            .collect();
        let problems = problem::find_all(&ledger.applied, folder, rules);
        let hash = hash(&ledger.applied, &folder.migrations);
        let is_version = |it: &&Applied| it.state == AppliedState::Done && it.version.is_number();
        let version = ledger.applied.iter().rev().find(is_version).map(|applied| applied.version.clone());
        let environment = ledger.environment;
        Self { applied: ledger.applied, pending, version, problems, environment, has_ledger, hash }
    }

    /// The version the database is at.
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// Every migration of folder and ledger with its state, lowest version first.
    pub fn lines(&self, folder: &Folder, rules: &Rules) -> Vec<Status> {
        let mut lines: Vec<Status> = folder
            .migrations
            .iter()
            .map(|migration| {
                let applied = find(&self.applied, &migration.version);
                Status {
                    version: migration.version.clone(),
                    name: migration.name.clone(),
                    state: self.word(migration, applied, rules),
                    applied_at: applied.and_then(|applied| applied.applied_at.clone()),
                    has_down: migration.down.is_some(),
                }
            })
            .collect();
        for applied in self.applied.iter().filter(|applied| folder.find(&applied.version).is_none()) {
            lines.push(Status {
                version: applied.version.clone(),
                name: applied.name.clone().unwrap_or_default(),
                state: if is_replaced(&applied.version, &folder.migrations) { "replaced" } else { "missing" },
                applied_at: applied.applied_at.clone(),
                has_down: false,
            });
        }
        lines.sort_by(|a, b| a.version.cmp(&b.version));
        lines
    }

    fn word(&self, migration: &Migration, applied: Option<&Applied>, rules: &Rules) -> &'static str {
        let has = |wanted: fn(&Problem) -> bool| {
            self.problems.iter().any(|problem| wanted(problem) && problem.version() == Some(&migration.version))
        };
        match applied.map(|applied| applied.state) {
            Some(AppliedState::Partial(_)) => "partial",
            Some(AppliedState::Dirty) => "dirty",
            Some(AppliedState::Done) if has(|problem| matches!(problem, Problem::Edited { .. })) => "edited",
            Some(AppliedState::Done) => "applied",
            None if has(|problem| matches!(problem, Problem::OutOfOrder { .. })) => "out-of-order",
            None if rules.to.as_ref().is_some_and(|to| migration.version > *to) => "held",
            None => "pending",
        }
    }
}

pub(super) fn find<'a>(applied: &'a [Applied], version: &Version) -> Option<&'a Applied> {
    applied.binary_search_by(|applied| applied.version.cmp(version)).ok().map(|at| &applied[at])
}

/// The checksums that Mainstay has remembered; a migration that was applied by somebody else has none.
async fn fill_in_checksums(applied: &mut [Applied], session: &mut dyn Session) -> Result<()> {
    let rows = match session.query(&ledger::checksums_query(session.flavor())).await {
        Ok(rows) => rows,
        Err(error) if dialect::missing_table(&error) => return Ok(()),
        Err(error) => return Err(error.context("cannot read the checksums of applied migrations")),
    };
    for row in rows {
        let [Some(version), checksum] = row.as_slice() else { continue };
        if let Some(applied) = applied.iter_mut().find(|applied| applied.version.as_str() == version) {
            applied.checksum.clone_from(checksum);
        }
    }
    Ok(())
}

/// The version tables of other tools that the database has.
///
/// # Errors
/// The connection broke.
pub async fn foreign_ledgers(session: &mut dyn Session) -> Result<Vec<String>> {
    let found = session.query(&dialect::foreign_ledger_query(session.flavor())).await?;
    Ok(found.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// Without a ledger of `dialect`, another tool's may be there, one of `tables`: starting from zero would then fail half way at
/// best.
///
/// # Errors
/// [`ErrorKind::Verification`], naming the table and whose it is.
pub fn refuse_foreign_ledger(tables: &[String], dialect: &str) -> Result<()> {
    let Some(table) = tables.first() else { return Ok(()) };
    let owner = FOREIGN_LEDGERS.iter().find(|(name, _)| name == table).map_or("capsul", |(_, owner)| *owner);
    let error = Error::new(
        ErrorKind::Verification,
        format!(
            "this database has no ledger of the dialect `{}`, but the table `{table}`: its migrations are kept by {owner}",
            dialect
        ),
    );
    let settings: Vec<String> =
        dialect::keepers(table).iter().map(|dialect| format!("dialect = \"{dialect}\"")).collect();
    let error = match settings.is_empty() {
        true => error,
        false => error.hint(format!(
            "to go on in that table, with a folder of that tool's files: {} under [migrations] in mainstay.toml",
            settings.join(" or ")
        )),
    };
    Err(error
        .hint("to go on with this folder, once it has what the database has had: mainstay migrate adopt")
        .hint("if this is another database than you meant: mainstay conn show"))
}

fn hash(applied: &[Applied], migrations: &[Migration]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    for applied in applied {
        add(applied.version.as_str());
        add(applied.checksum.as_deref().unwrap_or_default());
        add(&format!("{:?}", applied.state));
    }
    add("files");
    for migration in migrations {
        add(&migration.title());
        add(&migration.up.text);
        add(migration.down.as_ref().map_or("", |down| &down.text));
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// The environment marker in the database: from `state` where the dialect's query brings it along, else read by itself.
///
/// # Errors
/// Mainstay's own tables are there and cannot be read.
pub async fn environment(session: &mut dyn Session, state: &State) -> Result<Option<String>> {
    if state.environment.is_some() {
        return Ok(state.environment.clone());
    }
    ledger::marker(session).await
}
