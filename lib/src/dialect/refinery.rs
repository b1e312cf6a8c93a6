//! The dialect of refinery: `V<number>__<name>.sql`, `U…` for those that may come late, and the table
//! `refinery_schema_history` with a SipHash of name, number and text.

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

use crate::disk::SourceFile;
use crate::engine::Row;
use crate::error::Result;
use crate::sql::{Flavor, literal};

use super::layout::{Piece, bad_name, is_number, next_number, not_its_table, pairs};
use super::{
    Applied, AppliedState, Body, Dialect, Direction, Ledger, Migration, NewFile, Record, Script, Version, file_stem,
};

/// The dialect `refinery`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refinery;

/// `U12__add_retry.sql` in its parts, the first being whether it may come late; `None` where the name has another shape.
fn parts(file_name: &str) -> Option<(bool, &str, &str)> {
    let stem = file_name.rsplit('/').next()?.strip_suffix(".sql")?;
    let (late, rest) = match stem.strip_prefix('U') {
        Some(rest) => (true, rest),
        None => (false, stem.strip_prefix('V')?),
    };
    let (number, name) = rest.split_once("__")?;
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_word && is_number(number)).then_some((late, number, name))
}

impl Dialect for Refinery {
    fn name(&self) -> &'static str {
        "refinery"
    }

    fn claims(&self, file: &SourceFile) -> bool {
        parts(&file.name).is_some()
    }

    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>> {
        let mut pieces = Vec::new();
        for file in files.iter().filter(|file| file.name.ends_with(".sql")) {
            let (_, version, name) =
                parts(&file.name).ok_or_else(|| bad_name(file, "V<number>__<name>.sql or U<number>__<name>.sql"))?;
            let direction = Direction::Up;
            pieces.push(Piece { version: Version::new(version), name: name.to_owned(), direction, file });
        }
        pairs(pieces)?
            .into_iter()
            .map(|pair| {
                let up = Script::read(pair.up, flavor)?;
                let sum = checksum(&pair.name, &pair.version, &pair.up.bytes, false);
                let any_order = parts(&pair.up.name).is_some_and(|(late, ..)| late);
                let (version, name, checksum) = (pair.version, pair.name, Some(sum));
                Ok(Migration { version, name, up, down: None, checksum, any_order })
            })
            .collect()
    }

    fn ledger_table(&self) -> &'static str {
        "refinery_schema_history"
    }

    fn ledger_query(&self, _: Flavor) -> String {
        "SELECT version, name, checksum, applied_on FROM refinery_schema_history ORDER BY version".to_owned()
    }

    /// A program built with refinery's `int8-versions` hashes the number as eight bytes: its sum is as good as the other.
    fn applied(&self, rows: &[Row], folder: &[Migration]) -> Result<Ledger> {
        let mut applied = Vec::with_capacity(rows.len());
        for row in rows {
            let [Some(version), name, checksum, applied_at] = row.as_slice() else {
                return Err(not_its_table("refinery_schema_history", "refinery", "a row has no version"));
            };
            let (version, mut checksum) = (Version::new(version), checksum.clone());
            if let Some(found) = folder.iter().find(|migration| migration.version == version)
                && checksum == Some(checksum_of(found, true))
            {
                checksum.clone_from(&found.checksum);
            }
            let (name, applied_at) = (name.clone(), applied_at.clone());
            applied.push(Applied { version, name, checksum, state: AppliedState::Done, applied_at });
        }
        Ok(Ledger { applied, environment: None })
    }

    fn create_ledger(&self, folder: &[Migration], _: Flavor) -> Vec<String> {
        let number = if folder.iter().all(|migration| is_short(&migration.version)) { "INT4" } else { "INT8" };
        vec![format!(
            "CREATE TABLE IF NOT EXISTS refinery_schema_history (version {number} PRIMARY KEY, name VARCHAR(255), \
             applied_on VARCHAR(255), checksum VARCHAR(255))"
        )]
    }

    fn record(&self, migration: &Migration, _: &[Migration], direction: Direction, flavor: Flavor) -> Record {
        let now = match flavor {
            Flavor::Postgres => "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
            Flavor::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        };
        let lead = match direction {
            Direction::Up => format!(
                "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES ({}, {}, {now}, {})",
                migration.version.integer(),
                literal(&migration.name),
                literal(migration.checksum.as_deref().unwrap_or_default())
            ),
            Direction::Down => delete(&migration.version),
        };
        Record { lead: vec![lead], ..Record::default() }
    }

    fn correct_checksum(&self, migration: &Migration, _: Flavor) -> Option<String> {
        Some(format!(
            "UPDATE refinery_schema_history SET checksum = {}, name = {} WHERE version = {}",
            literal(migration.checksum.as_deref().unwrap_or_default()),
            literal(&migration.name),
            migration.version.integer()
        ))
    }

    fn forget(&self, version: &Version, _: &[Migration], _: Flavor) -> Option<String> {
        Some(delete(version))
    }

    fn refuses_baseline(&self) -> Option<&'static str> {
        Some("refinery refuses a database that has had migrations whose files are gone")
    }

    fn new_files(&self, existing: &[Migration], name: &str, now: &str, body: &Body) -> Result<Vec<NewFile>> {
        let (stem, version) = match existing {
            // A time does not fit into the four bytes that refinery has for a number.
            [] => (file_stem(name)?, "1".to_owned()),
            _ => (file_stem(name)?, next_number(existing, now)?),
        };
        Ok(vec![NewFile { name: format!("V{version}__{stem}.sql"), text: format!("-- {name}\n\n{}", body.up()) }])
    }
}

fn delete(version: &Version) -> String {
    format!("DELETE FROM refinery_schema_history WHERE version = {}", version.integer())
}

fn is_short(version: &Version) -> bool {
    version.integer().parse::<i32>().is_ok()
}

fn checksum_of(migration: &Migration, long: bool) -> String {
    checksum(&migration.name, &migration.version, migration.up.text.as_bytes(), long)
}

/// The number is hashed as four bytes, or as eight where it needs them or `long` says so.
fn checksum(name: &str, version: &Version, sql: &[u8], long: bool) -> String {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    match version.integer().parse::<i32>() {
        Ok(number) if !long => hasher.write(&number.to_le_bytes()),
        _ => hasher.write(&version.integer().parse::<i64>().unwrap_or_default().to_le_bytes()),
    }
    // A string is hashed as its bytes and an end mark.
    hasher.write(sql);
    hasher.write_u8(0xff);
    hasher.finish().to_string()
}
