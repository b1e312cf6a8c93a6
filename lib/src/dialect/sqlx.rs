//! The dialect of sqlx: `<version>_<name>.sql`, or `.up.sql` and `.down.sql`, and the table `_sqlx_migrations` with the
//! SHA-384 of each file's bytes.

use sha2::{Digest, Sha384};

use crate::disk::SourceFile;
use crate::engine::Row;
use crate::error::Result;
use crate::sql::{Flavor, literal};

use super::layout::{Piece, bad_name, durations, is_marked, is_true, next_time, not_its_table, numbered, pairs};
use super::{
    Applied, AppliedState, Body, Capsul, Dialect, Direction, Ledger, Migration, NewFile, Record, Script, Version,
    file_stem,
};

/// The dialect `sqlx`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sqlx;

/// `20261120093000_add_retry.up.sql` in its parts; `None` where the name has another shape.
fn parts(file_name: &str) -> Option<(&str, &str, Direction)> {
    let stem = file_name.strip_suffix(".sql")?;
    let (stem, direction) = match (stem.strip_suffix(".down"), stem.strip_suffix(".up")) {
        (Some(stem), _) => (stem, Direction::Down),
        (None, Some(stem)) => (stem, Direction::Up),
        (None, None) => (stem, Direction::Up),
    };
    let (version, name) = numbered(stem)?;
    Some((version, name, direction))
}

impl Dialect for Sqlx {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn claims(&self, file: &SourceFile) -> bool {
        !file.name.contains('/') && parts(&file.name).is_some() && !Capsul.claims(file) && !is_marked(file)
    }

    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>> {
        let mut pieces = Vec::new();
        for file in files.iter().filter(|file| file.name.ends_with(".sql")) {
            let (version, name, direction) =
                parts(&file.name).ok_or_else(|| bad_name(file, "<version>_<name>.sql, .up.sql or .down.sql"))?;
            pieces.push(Piece { version: Version::new(version), name: name.to_owned(), direction, file });
        }
        let read = |file: &SourceFile| -> Result<Script> {
            let mut script = Script::read(file, flavor)?;
            // sqlx looks at the very first bytes: a blank line before is a comment like any other.
            script.directives.no_transaction |= file.bytes.starts_with(b"-- no-transaction");
            Ok(script)
        };
        pairs(pieces)?
            .into_iter()
            .map(|pair| {
                let down = pair.down.map(read).transpose()?;
                let checksum = Some(hex(&Sha384::digest(&pair.up.bytes)));
                Ok(Migration {
                    version: pair.version,
                    name: pair.name,
                    up: read(pair.up)?,
                    down,
                    checksum,
                    any_order: false,
                })
            })
            .collect()
    }

    fn ledger_table(&self) -> &'static str {
        "_sqlx_migrations"
    }

    fn ledger_query(&self, flavor: Flavor) -> String {
        let checksum = match flavor {
            Flavor::Postgres => "encode(checksum, 'hex')",
            Flavor::Sqlite => "lower(hex(checksum))",
        };
        format!(
            "SELECT version, description, {checksum}, success, installed_on FROM _sqlx_migrations \
             ORDER BY version"
        )
    }

    fn applied(&self, rows: &[Row], _: &[Migration]) -> Result<Ledger> {
        let mut applied = Vec::with_capacity(rows.len());
        for row in rows {
            let [Some(version), name, checksum, success, applied_at] = row.as_slice() else {
                return Err(not_its_table("_sqlx_migrations", "sqlx", "a row has no version"));
            };
            let state = if is_true(success.as_deref()) { AppliedState::Done } else { AppliedState::Dirty };
            applied.push(Applied {
                version: Version::new(version),
                name: name.as_ref().map(|name| name.replace(' ', "_")),
                checksum: checksum.clone(),
                state,
                applied_at: applied_at.clone(),
            });
        }
        Ok(Ledger { applied, environment: None })
    }

    fn create_ledger(&self, _: &[Migration], flavor: Flavor) -> Vec<String> {
        let (time, bytes) = match flavor {
            Flavor::Postgres => ("TIMESTAMPTZ NOT NULL DEFAULT now()", "BYTEA"),
            Flavor::Sqlite => ("TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP", "BLOB"),
        };
        vec![format!(
            "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
             installed_on {time}, success BOOLEAN NOT NULL, checksum {bytes} NOT NULL, execution_time BIGINT NOT NULL)"
        )]
    }

    fn record(&self, migration: &Migration, _: &[Migration], direction: Direction, flavor: Flavor) -> Record {
        let version = migration.version.integer();
        let lead = match direction {
            Direction::Up => format!(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES ({version}, {}, TRUE, {}, -1)",
                literal(&migration.name.replace('_', " ")),
                bytes(migration, flavor)
            ),
            Direction::Down => format!("DELETE FROM _sqlx_migrations WHERE version = {version}"),
        };
        Record { lead: vec![lead], ..Record::default() }
    }

    fn correct_checksum(&self, migration: &Migration, flavor: Flavor) -> Option<String> {
        let (sum, version) = (bytes(migration, flavor), migration.version.integer());
        Some(format!("UPDATE _sqlx_migrations SET checksum = {sum} WHERE version = {version}"))
    }

    fn forget(&self, version: &Version, _: &[Migration], _: Flavor) -> Option<String> {
        Some(format!("DELETE FROM _sqlx_migrations WHERE version = {}", version.integer()))
    }

    fn durations(&self, took: &[(Version, f64)], _: Flavor) -> Option<String> {
        durations("_sqlx_migrations", "execution_time", took, 1e9)
    }

    fn no_transaction(&self) -> &'static str {
        "make `-- no-transaction` the first line"
    }

    /// Reversible where the folder has a way back already, as sqlx itself goes on with what it finds; and for the first.
    fn refuses_baseline(&self) -> Option<&'static str> {
        Some("sqlx refuses a database that has had migrations whose files are gone")
    }

    fn new_files(&self, existing: &[Migration], name: &str, now: &str, body: &Body) -> Result<Vec<NewFile>> {
        let (stem, version) = (file_stem(name)?, next_time(existing, now)?);
        let file = |ending: &str, text: &str, statements: String| NewFile {
            name: format!("{version}_{stem}{ending}"),
            text: format!("-- {text}{name}\n\n{statements}"),
        };
        if existing.last().is_some_and(|last| last.down.is_none()) {
            return Ok(vec![file(".sql", "", body.up())]);
        }
        Ok(vec![file(".up.sql", "", body.up()), file(".down.sql", "undo: ", body.down())])
    }
}

fn bytes(migration: &Migration, flavor: Flavor) -> String {
    let sum = migration.checksum.as_deref().unwrap_or_default();
    match flavor {
        Flavor::Postgres => format!("decode('{sum}', 'hex')"),
        Flavor::Sqlite => format!("x'{sum}'"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
