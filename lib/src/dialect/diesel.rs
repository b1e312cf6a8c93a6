//! The dialect of diesel: a folder `<version>_<name>` per migration with `up.sql`, `down.sql` and perhaps `metadata.toml`,
//! and the table `__diesel_schema_migrations`.

use crate::disk::SourceFile;
use crate::engine::Row;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::{Flavor, literal};

use super::layout::{next_time, not_its_table, pairs, pieces};
use super::{
    Applied, AppliedState, Body, Dialect, Direction, Ledger, Migration, NewFile, Record, Script, Version, file_stem,
};

/// The dialect `diesel`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Diesel;

/// `2026-11-20-093000_add_retry/up.sql` in its parts. Dashes in the version do not count.
fn parts(file_name: &str) -> Option<(String, &str, Direction)> {
    let (folder, file) = file_name.split_once('/')?;
    let direction = match file {
        "up.sql" => Direction::Up,
        "down.sql" => Direction::Down,
        _ => return None,
    };
    let (version, name) = folder.split_once('_').unwrap_or((folder, ""));
    let version = version.replace('-', "");
    let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some((version, name, direction))
}

impl Dialect for Diesel {
    fn name(&self) -> &'static str {
        "diesel"
    }

    fn claims(&self, file: &SourceFile) -> bool {
        parts(&file.name).is_some()
    }

    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>> {
        let pieces = pieces(files, parts, "<version>_<name>/up.sql or down.sql")?;
        pairs(pieces)?
            .into_iter()
            .map(|pair| {
                let folder = pair.up.name.split('/').next().unwrap_or_default();
                let metadata = files.iter().find(|file| file.name == format!("{folder}/metadata.toml"));
                let in_transaction = metadata.map(runs_in_transaction).transpose()?.unwrap_or(true);
                let read = |file: &SourceFile| -> Result<Script> {
                    let mut script = Script::read(file, flavor)?;
                    script.directives.no_transaction |= !in_transaction;
                    Ok(script)
                };
                let (up, down) = (read(pair.up)?, pair.down.map(read).transpose()?);
                Ok(Migration { version: pair.version, name: pair.name, up, down, checksum: None, any_order: false })
            })
            .collect()
    }

    fn ledger_table(&self) -> &'static str {
        "__diesel_schema_migrations"
    }

    fn ledger_query(&self, _: Flavor) -> String {
        "SELECT version, run_on FROM __diesel_schema_migrations".to_owned()
    }

    fn applied(&self, rows: &[Row], folder: &[Migration]) -> Result<Ledger> {
        let mut applied = Vec::with_capacity(rows.len());
        for row in rows {
            let [Some(version), applied_at] = row.as_slice() else {
                return Err(not_its_table("__diesel_schema_migrations", "diesel", "a row has no version"));
            };
            let (version, applied_at) = (Version::new(version), applied_at.clone());
            let name = folder.iter().find(|migration| migration.version == version).map(|found| found.name.clone());
            applied.push(Applied { version, name, checksum: None, state: AppliedState::Done, applied_at });
        }
        applied.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(Ledger { applied, environment: None })
    }

    fn create_ledger(&self, _: &[Migration], _: Flavor) -> Vec<String> {
        vec![
            "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
                .to_owned(),
        ]
    }

    fn record(&self, migration: &Migration, _: &[Migration], direction: Direction, _: Flavor) -> Record {
        let lead = match direction {
            Direction::Up => {
                let version = literal(migration.version.as_str());
                format!("INSERT INTO __diesel_schema_migrations (version) VALUES ({version})")
            }
            Direction::Down => delete(&migration.version),
        };
        Record { lead: vec![lead], ..Record::default() }
    }

    fn forget(&self, version: &Version, _: &[Migration], _: Flavor) -> Option<String> {
        Some(delete(version))
    }

    fn no_transaction(&self) -> &'static str {
        "write `run_in_transaction = false` into metadata.toml beside it"
    }

    fn refuses_baseline(&self) -> Option<&'static str> {
        Some("diesel takes a database that has had a part of them for a new one")
    }

    fn new_files(&self, existing: &[Migration], name: &str, now: &str, body: &Body) -> Result<Vec<NewFile>> {
        // Newer releases of diesel put four more digits behind the time.
        let long = existing.last().is_some_and(|last| last.version.as_str().len() > now.len());
        let now = if long { format!("{now}0000") } else { now.to_owned() };
        let folder = format!("{}_{}", dashed(&next_time(existing, &now)?), file_stem(name)?);
        Ok(vec![
            NewFile { name: format!("{folder}/up.sql"), text: format!("-- {name}\n\n{}", body.up()) },
            NewFile { name: format!("{folder}/down.sql"), text: format!("-- undo: {name}\n\n{}", body.down()) },
        ])
    }
}

fn delete(version: &Version) -> String {
    format!("DELETE FROM __diesel_schema_migrations WHERE version = {}", literal(version.as_str()))
}

/// `20261120093000` as `2026-11-20-093000`, and four more digits as a part of their own.
fn dashed(version: &str) -> String {
    if version.len() < 14 {
        return version.to_owned();
    }
    let (day, time) = version.split_at(8);
    let (time, rest) = time.split_at(6);
    let dash = if rest.is_empty() { "" } else { "-" };
    format!("{}-{}-{}-{time}{dash}{rest}", &day[..4], &day[4..6], &day[6..])
}

fn runs_in_transaction(file: &SourceFile) -> Result<bool> {
    let (name, text) = (file.path.display().to_string(), Script::text(file)?);
    let wrong = |why: &str, offset: usize| {
        Error::new(ErrorKind::Source, why).at(Place::in_text(&name, &text, offset)).hint("run_in_transaction = false")
    };
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| wrong(error.message(), error.span().map_or(0, |span| span.start)))?;
    match table.get("run_in_transaction") {
        None => Ok(true),
        Some(toml::Value::Boolean(value)) => Ok(*value),
        Some(_) => Err(wrong("run_in_transaction is neither true nor false", 0)),
    }
}
