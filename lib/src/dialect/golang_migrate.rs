//! The dialect of golang-migrate: `<version>_<name>.up.sql` and `.down.sql`, and the table `schema_migrations` with one
//! number and a dirty mark.

use crate::disk::SourceFile;
use crate::engine::Row;
use crate::error::Result;
use crate::sql::Flavor;

use super::layout::{is_true, next_number, not_its_table, numbered, pairs, pieces};
use super::{
    Applied, AppliedState, Body, Dialect, Direction, Ledger, Migration, NewFile, Record, Script, Version, file_stem,
};
use crate::sql::{needs_no_transaction, rules_transaction};

/// The dialect `golang-migrate`.
#[derive(Clone, Copy, Debug, Default)]
pub struct GolangMigrate;

/// `000012_add_retry.up.sql` in its parts; `None` where the name has another shape.
fn parts(file_name: &str) -> Option<(&str, &str, Direction)> {
    let (stem, direction) = match file_name.strip_suffix(".up.sql") {
        Some(stem) => (stem, Direction::Up),
        None => (file_name.strip_suffix(".down.sql")?, Direction::Down),
    };
    let (version, name) = numbered(stem)?;
    Some((version, name, direction))
}

impl Dialect for GolangMigrate {
    fn name(&self) -> &'static str {
        "golang-migrate"
    }

    fn claims(&self, file: &SourceFile) -> bool {
        parts(&file.name).is_some()
    }

    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>> {
        let pieces = pieces(files, parts, "<version>_<name>.up.sql or .down.sql")?;
        let read = |file: &SourceFile| -> Result<Script> {
            let mut script = Script::read(file, flavor)?;
            script.directives.no_transaction |= runs_as_it_is(&script, flavor);
            Ok(script)
        };
        pairs(pieces)?
            .into_iter()
            .map(|pair| {
                let down = pair.down.map(read).transpose()?;
                Ok(Migration {
                    version: pair.version,
                    name: pair.name,
                    up: read(pair.up)?,
                    down,
                    checksum: None,
                    any_order: false,
                })
            })
            .collect()
    }

    fn ledger_table(&self) -> &'static str {
        "schema_migrations"
    }

    fn ledger_query(&self, _: Flavor) -> String {
        "SELECT version, dirty FROM schema_migrations".to_owned()
    }

    fn applied(&self, rows: &[Row], folder: &[Migration]) -> Result<Ledger> {
        let (number, dirty) = match rows {
            [] => return Ok(Ledger::default()),
            [row] => match row.as_slice() {
                [Some(number), dirty] => (number, is_true(dirty.as_deref())),
                _ => return Err(not_its_table("schema_migrations", "golang-migrate", "its row has no version")),
            },
            _ => {
                let why = format!("it has {} rows instead of one", rows.len());
                return Err(not_its_table("schema_migrations", "golang-migrate", &why));
            }
        };
        let Ok(signed) = number.parse::<i64>() else {
            let why = format!("the version is `{number}`");
            return Err(not_its_table("schema_migrations", "golang-migrate", &why));
        };
        // -1 is the way back from the first one, begun and not ended.
        let version = match folder.first() {
            Some(first) if signed < 0 => first.version.clone(),
            _ => Version::new(signed.max(0).to_string()),
        };
        let record = |version: &Version, name: Option<&str>, state| Applied {
            version: version.clone(),
            name: name.map(str::to_owned),
            checksum: None,
            state,
            applied_at: None,
        };
        let mut applied: Vec<Applied> = folder
            .iter()
            .take_while(|migration| migration.version < version)
            .map(|migration| record(&migration.version, Some(&migration.name), AppliedState::Done))
            .collect();
        let name = folder.iter().find(|migration| migration.version == version).map(|found| found.name.as_str());
        applied.push(record(&version, name, if dirty { AppliedState::Dirty } else { AppliedState::Done }));
        Ok(Ledger { applied, environment: None })
    }

    fn create_ledger(&self, _: &[Migration], flavor: Flavor) -> Vec<String> {
        match flavor {
            Flavor::Postgres => vec![
                "CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)"
                    .to_owned(),
            ],
            Flavor::Sqlite => vec![
                "CREATE TABLE IF NOT EXISTS schema_migrations (version uint64, dirty bool)".to_owned(),
                "CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON schema_migrations (version)".to_owned(),
            ],
        }
    }

    fn record(&self, migration: &Migration, folder: &[Migration], direction: Direction, _: Flavor) -> Record {
        let version = migration.version.integer();
        let lead = match direction {
            // A second runner that slipped past the lock fails on the number that is there already.
            Direction::Up => {
                vec![format!("DELETE FROM schema_migrations WHERE version < {version}"), insert(version, false)]
            }
            Direction::Down => set(before(&migration.version, folder), false),
        };
        Record { lead, ..Record::default() }
    }

    fn adopt(&self, applied: &[&Migration], folder: &[Migration], has_ledger: bool, flavor: Flavor) -> Vec<String> {
        let mut statements = if has_ledger { Vec::new() } else { self.create_ledger(folder, flavor) };
        statements.extend(set(applied.last().map(|migration| &migration.version), false));
        statements
    }

    fn announce(&self, migration: &Migration, folder: &[Migration], direction: Direction, _: Flavor) -> Vec<String> {
        match direction {
            Direction::Up => set(Some(&migration.version), true),
            Direction::Down => set(before(&migration.version, folder), true),
        }
    }

    fn progress(&self, migration: &Migration, _: &[Migration], done: usize, total: usize, _: Flavor) -> Vec<String> {
        if done < total { Vec::new() } else { set(Some(&migration.version), false) }
    }

    fn forget(&self, version: &Version, folder: &[Migration], _: Flavor) -> Option<String> {
        let version = version.integer();
        Some(match before(&Version::new(version), folder) {
            Some(before) => format!("UPDATE schema_migrations SET version = {}, dirty = false", before.integer()),
            None => "DELETE FROM schema_migrations".to_owned(),
        })
    }

    fn keeps_one_number(&self) -> bool {
        true
    }

    fn no_transaction(&self) -> &'static str {
        "give the statement a file of its own, as golang-migrate runs it then without a transaction"
    }

    /// Numbered on where the folder has short numbers, as `migrate create -seq` does; else by time.
    fn refuses_baseline(&self) -> Option<&'static str> {
        Some("golang-migrate wants the file of the number that a database is at")
    }

    fn new_files(&self, existing: &[Migration], name: &str, now: &str, body: &Body) -> Result<Vec<NewFile>> {
        let (stem, version) = (file_stem(name)?, next_number(existing, now)?);
        Ok(vec![
            NewFile { name: format!("{version}_{stem}.up.sql"), text: format!("-- {name}\n\n{}", body.up()) },
            NewFile { name: format!("{version}_{stem}.down.sql"), text: format!("-- undo: {name}\n\n{}", body.down()) },
        ])
    }
}

/// golang-migrate sends a file as it is: its own BEGIN and COMMIT count, and one statement alone has no transaction around
/// it. Without either the server makes all of the message one transaction, and so do we.
fn runs_as_it_is(script: &Script, flavor: Flavor) -> bool {
    let statements = script.statements(flavor);
    let alone = matches!(statements.as_slice(), [one] if needs_no_transaction(one.text, flavor).is_some());
    alone || statements.iter().any(|statement| rules_transaction(statement.text, flavor))
}

/// The version below; `None` below the first.
fn before<'a>(version: &Version, folder: &'a [Migration]) -> Option<&'a Version> {
    folder.iter().map(|migration| &migration.version).take_while(|below| *below < version).last()
}

fn set(version: Option<&Version>, dirty: bool) -> Vec<String> {
    let mut statements = vec!["DELETE FROM schema_migrations".to_owned()];
    match version {
        Some(version) => statements.push(insert(version.integer(), dirty)),
        None if dirty => statements.push(insert("-1", dirty)),
        None => {}
    }
    statements
}

fn insert(version: &str, dirty: bool) -> String {
    format!("INSERT INTO schema_migrations (version, dirty) VALUES ({version}, {dirty})")
}
