//! The dialect of capsul-flask: `NN_up_name.sql` and `NN_down_name.sql`, and a table `schemaversion` with one row and one
//! column. The scripts set the version themselves; we verify that they did, inside the transaction. That an applied script is
//! not edited, which capsul only asks for, is seen by checksums among Mainstay's own settings.

use crate::disk::SourceFile;
use crate::engine::{Guard, Row};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::sql::Flavor;

use super::checksum::checksum;
use super::layout::not_its_table;
use super::{
    Applied, AppliedState, Body, Dialect, Direction, Ledger, Migration, NewFile, Record, Script, Version, file_stem,
};

/// The dialect `capsul`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Capsul;

/// Its table, as the first script makes it.
const CREATE: &str = "CREATE TABLE schemaversion (\n    version INT PRIMARY KEY NOT NULL\n)";

/// `02_up_add_vms.sql` in its parts; `None` where the name has another shape.
fn parts(file_name: &str) -> Option<(u64, Direction, &str)> {
    let (number, rest) = file_name.strip_suffix(".sql")?.split_once('_')?;
    let (direction, name) = match rest.strip_prefix("up") {
        Some(name) => (Direction::Up, name),
        None => (Direction::Down, rest.strip_prefix("down")?),
    };
    let name = if name.is_empty() { name } else { name.strip_prefix('_')? };
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((digits.then(|| number.parse().ok())??, direction, name))
}

impl Dialect for Capsul {
    fn name(&self) -> &'static str {
        "capsul"
    }

    fn claims(&self, file: &SourceFile) -> bool {
        parts(&file.name).is_some()
    }

    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>> {
        let mut ups: Vec<(u64, &str, &SourceFile)> = Vec::new();
        let mut downs: Vec<(u64, &SourceFile)> = Vec::new();
        for file in files {
            let (number, direction, name) = parts(&file.name).ok_or_else(|| bad_name(file))?;
            let other = match direction {
                Direction::Up => ups.iter().find(|up| up.0 == number).map(|up| up.2),
                Direction::Down => downs.iter().find(|down| down.0 == number).map(|down| down.1),
            };
            if let Some(other) = other {
                return Err(twice(number, direction, other, file));
            }
            match direction {
                Direction::Up => ups.push((number, name, file)),
                Direction::Down => downs.push((number, file)),
            }
        }
        ups.sort_by_key(|up| up.0);
        for (expected, up) in (1..).zip(&ups) {
            if up.0 != expected {
                return Err(gap(expected, up.2));
            }
        }
        if let Some((number, file)) = downs.iter().find(|down| down.0 == 0 || down.0 > ups.len() as u64) {
            return Err(Error::new(
                ErrorKind::Source,
                format!("{} goes back from version {number}, to which no script goes up", file.path.display()),
            ));
        }
        ups.into_iter()
            .map(|(number, name, file)| {
                let down = match downs.iter().find(|down| down.0 == number) {
                    Some((_, file)) => Some(Script::read(file, flavor)?),
                    None => None,
                };
                let up = Script::read(file, flavor)?;
                Ok(Migration {
                    version: Version::new(number.to_string()),
                    name: name.to_owned(),
                    checksum: Some(checksum(&up.statements(flavor))),
                    up,
                    down,
                    any_order: false,
                })
            })
            .collect()
    }

    fn ledger_table(&self) -> &'static str {
        "schemaversion"
    }

    fn ledger_query(&self, _: Flavor) -> String {
        "SELECT version FROM schemaversion".to_owned()
    }

    fn applied(&self, rows: &[Row], folder: &[Migration]) -> Result<Ledger> {
        let wrong = |why: &str| not_its_table("schemaversion", "capsul", why);
        let [row] = rows else { return Err(wrong(&format!("it has {} rows instead of one", rows.len()))) };
        let value = row.first().and_then(Option::as_deref);
        let version: u64 = value
            .and_then(|value| value.parse().ok())
            .ok_or_else(|| wrong(&format!("the version is {}, not a number", value.unwrap_or("NULL"))))?;
        let applied = (1..=version).map(|number| {
            let version = Version::new(number.to_string());
            let name = folder.iter().find(|migration| migration.version == version).map(|found| found.name.clone());
            Applied { version, name, checksum: None, state: AppliedState::Done, applied_at: None }
        });
        Ok(Ledger { applied: applied.collect(), environment: None })
    }

    fn create_ledger(&self, _: &[Migration], _: Flavor) -> Vec<String> {
        Vec::new()
    }

    fn record(&self, migration: &Migration, _: &[Migration], direction: Direction, flavor: Flavor) -> Record {
        let version: u64 = migration.version.as_str().parse().unwrap_or_default();
        let (from, to) = match direction {
            Direction::Up => (version - 1, version),
            Direction::Down => (version, version - 1),
        };
        // With a lost lock (a pooler between) a second runner stops here, before it runs the script again.
        let lead = match flavor {
            Flavor::Postgres if from > 0 => vec![format!(
                "DO $mainstay$ BEGIN PERFORM 1 FROM schemaversion WHERE version = {from} FOR UPDATE; IF NOT FOUND THEN \
                 RAISE EXCEPTION 'the schema is no longer at version {from}' USING ERRCODE = '40001'; END IF; END $mainstay$"
            )],
            _ => Vec::new(),
        };
        let sql = match (to, flavor) {
            (0, Flavor::Postgres) => "SELECT CASE WHEN to_regclass('schemaversion') IS NULL THEN '0' END".to_owned(),
            (0, Flavor::Sqlite) => "SELECT count(*) FROM sqlite_schema WHERE name = 'schemaversion'".to_owned(),
            _ => "SELECT version FROM schemaversion".to_owned(),
        };
        Record { lead, trail: Vec::new(), guard: Some(Guard { sql, expect: to.to_string() }) }
    }

    /// The table is the first script's to make; here its usual shape stands in.
    fn adopt(&self, applied: &[&Migration], _: &[Migration], has_ledger: bool, _: Flavor) -> Vec<String> {
        let Some(last) = applied.last().map(|migration| migration.version.integer()) else { return Vec::new() };
        if has_ledger {
            return vec![format!("UPDATE schemaversion SET version = {last}")];
        }
        vec![CREATE.to_owned(), format!("INSERT INTO schemaversion (version) VALUES ({last})")]
    }

    fn progress(&self, _: &Migration, _: &[Migration], _: usize, _: usize, _: Flavor) -> Vec<String> {
        Vec::new()
    }

    fn checksums_are_settings(&self) -> bool {
        true
    }

    fn correct_checksum(&self, migration: &Migration, flavor: Flavor) -> Option<String> {
        Some(ledger::remember_checksum(flavor, migration.version.as_str(), migration.checksum.as_deref()?))
    }

    fn keeps_one_number(&self) -> bool {
        true
    }

    fn refuses_baseline(&self) -> Option<&'static str> {
        Some("its numbers begin at 1 and have no gaps")
    }

    fn new_files(&self, existing: &[Migration], name: &str, _: &str, body: &Body) -> Result<Vec<NewFile>> {
        let stem = file_stem(name)?;
        let next = existing.len() + 1;
        let bump = |to: usize| format!("UPDATE schemaversion SET version = {to};\n");
        let up = if next == 1 {
            format!("{CREATE};\n\nINSERT INTO schemaversion (version) VALUES (1);\n{}", body.up())
        } else {
            format!("-- {name}\n\n{}{}", bump(next), body.up())
        };
        let down = if next == 1 {
            format!("{}DROP TABLE schemaversion;\n", body.down())
        } else {
            format!("-- undo: {name}\n\n{}{}", bump(next - 1), body.down())
        };
        Ok(vec![
            NewFile { name: format!("{next:02}_up_{stem}.sql"), text: up },
            NewFile { name: format!("{next:02}_down_{stem}.sql"), text: down },
        ])
    }
}

fn bad_name(file: &SourceFile) -> Error {
    Error::new(ErrorKind::Source, format!("{} is not named as a migration", file.path.display()))
        .hint("name it NN_up_name.sql or NN_down_name.sql, or move it out of the folder")
}

fn twice(number: u64, direction: Direction, one: &SourceFile, other: &SourceFile) -> Error {
    let way = if direction == Direction::Up { "up to" } else { "down from" };
    Error::new(
        ErrorKind::Source,
        format!("two scripts go {way} version {number}: {} and {}", one.path.display(), other.path.display()),
    )
    .hint("give the one that is not applied anywhere yet the next number")
}

fn gap(expected: u64, next: &SourceFile) -> Error {
    Error::new(
        ErrorKind::Source,
        format!("there is no script up to version {expected}; the next one is {}", next.path.display()),
    )
    .hint("versions follow each other without a gap: find the file that was not committed, or renumber")
}
