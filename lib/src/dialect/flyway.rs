//! The dialect of Flyway: `V<version>__<description>.sql`, repeatable `R__<description>.sql`, and the table
//! `flyway_schema_history` with a CRC-32 over lines.

use crate::disk::SourceFile;
use crate::engine::Row;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, literal};

use super::layout::{Piece, bad_name, is_true, next_number, not_its_table, pairs};
use super::{
    Applied, AppliedState, Body, Dialect, Direction, Ledger, Migration, NewFile, Record, Script, Version, file_stem,
};
use crate::sql::needs_no_transaction;

/// The dialect `flyway`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flyway;

/// What stands before a repeatable migration's description, in place of a version.
const REPEATABLE: &str = "R__";

const COLUMNS: &str =
    "installed_rank, version, description, type, script, checksum, installed_by, execution_time, success";

/// `V1_2__add_retry.sql` as version `1.2` and description; a repeatable one has `R__` and its description as its version.
fn parts(file_name: &str) -> Option<(String, &str)> {
    let stem = file_name.rsplit('/').next()?.strip_suffix(".sql")?;
    if let Some(description) = stem.strip_prefix(REPEATABLE).filter(|description| !description.is_empty()) {
        return Some((stem.to_owned(), description));
    }
    let (version, description) = stem.strip_prefix('V')?.split_once("__")?;
    let version = version.replace('_', ".");
    let is_version = version.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    (is_version && !description.is_empty()).then_some((version, description))
}

fn is_repeatable(migration: &Migration) -> bool {
    migration.version.as_str().starts_with(REPEATABLE)
}

impl Dialect for Flyway {
    fn name(&self) -> &'static str {
        "flyway"
    }

    fn claims(&self, file: &SourceFile) -> bool {
        parts(&file.name).is_some()
    }

    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>> {
        let mut pieces = Vec::new();
        for file in files.iter().filter(|file| file.name.ends_with(".sql")) {
            let (version, name) = parts(&file.name)
                .ok_or_else(|| bad_name(file, "V<version>__<description>.sql or R__<description>.sql"))?;
            let direction = Direction::Up;
            pieces.push(Piece { version: Version::new(version), name: name.to_owned(), direction, file });
        }
        pairs(pieces)?
            .into_iter()
            .map(|pair| {
                let mut up = Script::read(pair.up, flavor)?;
                refuse_placeholder(&up, flavor)?;
                up.directives.no_transaction |= runs_outside(&up, flavor)?;
                let checksum = Some(checksum(&up.text));
                let any_order = pair.version.as_str().starts_with(REPEATABLE);
                Ok(Migration { version: pair.version, name: pair.name, up, down: None, checksum, any_order })
            })
            .collect()
    }

    fn ledger_table(&self) -> &'static str {
        "flyway_schema_history"
    }

    fn ledger_query(&self, _: Flavor) -> String {
        "SELECT version, description, type, checksum, success, installed_on FROM flyway_schema_history \
         ORDER BY installed_rank"
            .to_owned()
    }

    /// Later rows count more: a repeatable migration has one for each time, a version that was undone or deleted one more. A
    /// repeatable migration whose file has changed since is not applied.
    fn applied(&self, rows: &[Row], folder: &[Migration]) -> Result<Ledger> {
        let mut applied: Vec<Applied> = Vec::with_capacity(rows.len());
        for row in rows {
            let [version, Some(description), Some(kind), checksum, success, applied_at] = row.as_slice() else {
                return Err(not_its_table("flyway_schema_history", "Flyway", "a row has no description or type"));
            };
            let name = description.replace(' ', "_");
            let version = Version::new(version.clone().unwrap_or_else(|| format!("{REPEATABLE}{name}")));
            let state = if is_true(success.as_deref()) { AppliedState::Done } else { AppliedState::Dirty };
            let row = |version: &Version, name: &str, checksum: Option<String>| {
                let (version, applied_at) = (version.clone(), applied_at.clone());
                Applied { version, name: Some(name.to_owned()), checksum, state, applied_at }
            };
            if kind == "SCHEMA" {
                continue;
            }
            applied.retain(|earlier| earlier.version != version);
            if kind == "BASELINE" {
                let below = folder.iter().filter(|migration| migration.version <= version);
                applied.extend(below.map(|migration| row(&migration.version, &migration.name, None)));
            } else if !(kind.starts_with("UNDO") || kind == "DELETE") {
                applied.push(row(&version, &name, checksum.clone()));
            }
        }
        let changed = |found: &Applied| {
            let file = folder.iter().find(|migration| migration.version == found.version);
            file.is_some_and(|file| is_repeatable(file) && file.checksum != found.checksum)
        };
        applied.retain(|found| found.state != AppliedState::Done || !changed(found));
        applied.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(Ledger { applied, environment: None })
    }

    fn create_ledger(&self, _: &[Migration], flavor: Flavor) -> Vec<String> {
        let (key, number, time) = match flavor {
            Flavor::Postgres => ("", "INTEGER", "TIMESTAMP NOT NULL DEFAULT now()"),
            Flavor::Sqlite => (" PRIMARY KEY", "INT", "TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now'))"),
        };
        let mut statements = vec![format!(
            "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL{key}, version VARCHAR(50), \
             description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, \
             checksum {number}, installed_by VARCHAR(100) NOT NULL, installed_on {time}, \
             execution_time {number} NOT NULL, success BOOLEAN NOT NULL)"
        )];
        if flavor == Flavor::Postgres {
            statements.push(
                "ALTER TABLE flyway_schema_history ADD CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank)"
                    .to_owned(),
            );
        }
        statements.push("CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success)".to_owned());
        statements
    }

    fn record(&self, migration: &Migration, _: &[Migration], direction: Direction, flavor: Flavor) -> Record {
        if direction == Direction::Down {
            return Record::default();
        }
        let version = if is_repeatable(migration) { "NULL".to_owned() } else { literal(migration.version.as_str()) };
        let user = if flavor == Flavor::Postgres { "current_user" } else { "''" };
        let script = migration.up.file.rsplit('/').next().unwrap_or_default();
        let lead = format!(
            "INSERT INTO flyway_schema_history ({COLUMNS}) SELECT COALESCE(MAX(installed_rank), 0) + 1, {version}, {}, \
             'SQL', {}, {}, {user}, 0, TRUE FROM flyway_schema_history",
            literal(&migration.name.replace('_', " ")),
            literal(script),
            migration.checksum.as_deref().unwrap_or("NULL"),
        );
        Record { lead: vec![lead], ..Record::default() }
    }

    fn correct_checksum(&self, migration: &Migration, _: Flavor) -> Option<String> {
        Some(format!(
            "UPDATE flyway_schema_history SET checksum = {}, description = {} WHERE version = {}",
            migration.checksum.as_deref().unwrap_or("NULL"),
            literal(&migration.name.replace('_', " ")),
            literal(migration.version.as_str())
        ))
    }

    fn forget(&self, version: &Version, _: &[Migration], _: Flavor) -> Option<String> {
        let row = match version.as_str().strip_prefix(REPEATABLE) {
            Some(name) => format!("version IS NULL AND description = {}", literal(&name.replace('_', " "))),
            None => format!("version = {}", literal(version.as_str())),
        };
        Some(format!("DELETE FROM flyway_schema_history WHERE {row}"))
    }

    fn durations(&self, took: &[(Version, f64)], _: Flavor) -> Option<String> {
        let cases: Vec<String> = took
            .iter()
            .map(|(version, seconds)| format!("WHEN {} THEN {}", literal(version.as_str()), (seconds * 1e3) as i64))
            .collect();
        (!cases.is_empty()).then(|| {
            format!(
                "UPDATE flyway_schema_history SET execution_time = CASE version {} ELSE execution_time END \
                 WHERE version IS NOT NULL",
                cases.join(" ")
            )
        })
    }

    fn no_transaction(&self) -> &'static str {
        "give the statement a file of its own, which Flyway runs without a transaction"
    }

    fn refuses_baseline(&self) -> Option<&'static str> {
        Some(
            "Flyway refuses a database that has had migrations whose files are gone; it has baseline scripts of its own",
        )
    }

    fn new_files(&self, existing: &[Migration], name: &str, now: &str, body: &Body) -> Result<Vec<NewFile>> {
        let numbered = existing.iter().take_while(|migration| !is_repeatable(migration)).count();
        let (stem, version) = (file_stem(name)?, next_number(&existing[..numbered], now)?);
        Ok(vec![NewFile { name: format!("V{version}__{stem}.sql"), text: format!("-- {name}\n\n{}", body.up()) }])
    }
}

/// Flyway decides by the statements: all of a file's are outside of a transaction, or none.
fn runs_outside(script: &Script, flavor: Flavor) -> Result<bool> {
    let statements = script.statements(flavor);
    let outside = |text: &str| needs_no_transaction(text, flavor).is_some();
    let Some(first) = statements.iter().find(|statement| outside(statement.text)) else { return Ok(false) };
    if statements.iter().all(|statement| outside(statement.text)) || script.directives.no_transaction {
        return Ok(true);
    }
    Err(Error::new(
        ErrorKind::Source,
        "the file mixes statements that cannot run in a transaction with others, which Flyway refuses too",
    )
    .at(script.place(first, None))
    .hint("give it a file of its own"))
}

/// Flyway puts values in place of `${name}`; Mainstay has none to put there.
fn refuse_placeholder(script: &Script, flavor: Flavor) -> Result<()> {
    let Some(statement) = script.statements(flavor).into_iter().find(|statement| statement.text.contains("${")) else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Source, "the file has a placeholder `${…}`, which Flyway fills in and Mainstay does not")
        .at(script.place(&statement, None))
        .hint("write the value, or let Flyway run this one"))
}

/// CRC-32 over the lines without their ends, as a number with a sign.
fn checksum(text: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for line in text.split(['\n', '\r']) {
        hasher.update(line.as_bytes());
    }
    hasher.finalize().cast_signed().to_string()
}
