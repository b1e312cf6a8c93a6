//! The dialect of dbmate: one file `<version>_<name>.sql` with the blocks `-- migrate:up` and `-- migrate:down`, and the
//! table `schema_migrations` with nothing but versions.

use std::ops::Range;

use crate::disk::SourceFile;
use crate::engine::Row;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::{Flavor, literal};

use super::layout::{Piece, bad_name, is_dbmate, next_time, not_its_table, only, pairs};
use super::{
    Applied, AppliedState, Body, Dialect, Direction, Ledger, Migration, NewFile, Record, Script, Version, file_stem,
};

/// The dialect `dbmate`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dbmate;

/// A file's version, which is all its leading digits, and its name.
fn parts(file_name: &str) -> Option<(&str, &str)> {
    let stem = file_name.strip_suffix(".sql")?;
    let (version, rest) = stem.split_at(stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len()));
    (!version.is_empty()).then(|| (version, rest.strip_prefix('_').unwrap_or(rest)))
}

impl Dialect for Dbmate {
    fn name(&self) -> &'static str {
        "dbmate"
    }

    fn claims(&self, file: &SourceFile) -> bool {
        parts(&file.name).is_some() && is_dbmate(file)
    }

    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>> {
        let mut pieces = Vec::new();
        for file in files.iter().filter(|file| file.name.ends_with(".sql")) {
            let (version, name) = parts(&file.name).ok_or_else(|| bad_name(file, "<version>_<name>.sql"))?;
            let direction = Direction::Up;
            pieces.push(Piece { version: Version::new(version), name: name.to_owned(), direction, file });
        }
        let migration = |file: &SourceFile, version: Version, name: String| {
            let text = Script::text(file)?;
            let blocks = Blocks::find(file, &text)?;
            let script = |block: Range<usize>| -> Result<Script> {
                let in_transaction = says_transaction(&text[block.clone()]);
                let mut script = Script::parse(file, only(&text, block), flavor)?;
                script.directives.no_transaction |= !in_transaction;
                Ok(script)
            };
            let (up, down) = (script(blocks.up)?, Some(script(blocks.down)?));
            Ok(Migration { version, name, up, down, checksum: None, any_order: false })
        };
        pairs(pieces)?.into_iter().map(|pair| migration(pair.up, pair.version, pair.name)).collect()
    }

    fn ledger_table(&self) -> &'static str {
        "schema_migrations"
    }

    fn ledger_query(&self, flavor: Flavor) -> String {
        let kind = if flavor == Flavor::Postgres { "pg_typeof" } else { "typeof" };
        format!("SELECT version, {kind}(version) FROM schema_migrations")
    }

    fn applied(&self, rows: &[Row], folder: &[Migration]) -> Result<Ledger> {
        let mut applied = Vec::with_capacity(rows.len());
        for row in rows {
            let version = row.first().and_then(Option::as_deref).unwrap_or_default();
            // golang-migrate's table has the same name, and one number that means all versions up to it.
            if row.get(1).and_then(Option::as_deref).is_some_and(|kind| kind.contains("int")) {
                return Err(not_its_table(
                    "schema_migrations",
                    "dbmate",
                    "version is a number, as golang-migrate has it",
                ));
            }
            if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(not_its_table("schema_migrations", "dbmate", &format!("a version is `{version}`")));
            }
            let version = Version::new(version);
            let name = folder.iter().find(|migration| migration.version == version).map(|found| found.name.clone());
            applied.push(Applied { version, name, checksum: None, state: AppliedState::Done, applied_at: None });
        }
        applied.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(Ledger { applied, environment: None })
    }

    fn create_ledger(&self, _: &[Migration], flavor: Flavor) -> Vec<String> {
        let text = if flavor == Flavor::Postgres { "varchar" } else { "varchar(128)" };
        vec![format!("CREATE TABLE IF NOT EXISTS schema_migrations (version {text} PRIMARY KEY)")]
    }

    fn record(&self, migration: &Migration, _: &[Migration], direction: Direction, _: Flavor) -> Record {
        let version = literal(migration.version.as_str());
        let lead = match direction {
            Direction::Up => format!("INSERT INTO schema_migrations (version) VALUES ({version})"),
            Direction::Down => delete(&migration.version),
        };
        Record { lead: vec![lead], ..Record::default() }
    }

    fn forget(&self, version: &Version, _: &[Migration], _: Flavor) -> Option<String> {
        Some(delete(version))
    }

    fn no_transaction(&self) -> &'static str {
        "write `-- migrate:up transaction:false`"
    }

    fn refuses_baseline(&self) -> Option<&'static str> {
        Some("dbmate takes a database that has had a part of them for a new one")
    }

    fn new_files(&self, existing: &[Migration], name: &str, now: &str, body: &Body) -> Result<Vec<NewFile>> {
        let (stem, version) = (file_stem(name)?, next_time(existing, now)?);
        let text = format!("-- migrate:up\n-- {name}\n\n{}\n-- migrate:down\n{}\n", body.up(), body.down());
        Ok(vec![NewFile { name: format!("{version}_{stem}.sql"), text }])
    }
}

fn delete(version: &Version) -> String {
    format!("DELETE FROM schema_migrations WHERE version = {}", literal(version.as_str()))
}

/// Whether the block that begins with its own line of `-- migrate:…` wants a transaction.
fn says_transaction(block: &str) -> bool {
    !block.lines().next().unwrap_or_default().split_whitespace().any(|option| option == "transaction:false")
}

/// Both blocks of a file, each with its line in front.
struct Blocks {
    up: Range<usize>,
    down: Range<usize>,
}

impl Blocks {
    /// # Errors
    /// A block is missing, they are in the wrong order, or something stands before the first.
    fn find(file: &SourceFile, text: &str) -> Result<Self> {
        let (mut up, mut down, mut before, mut offset) = (None, None, None, 0);
        for line in text.split_inclusive('\n') {
            match line.strip_prefix("--").map(|rest| rest.trim_start()) {
                Some(rest) if is_mark(rest, "migrate:up") => up = up.or(Some(offset)),
                Some(rest) if is_mark(rest, "migrate:down") => down = down.or(Some(offset)),
                _ if up.is_none() && is_statement(line) => before = before.or(Some(offset)),
                _ => {}
            }
            offset += line.len();
        }
        let wrong = |why: &str, at: usize| {
            let place = Place::in_text(file.path.display().to_string(), text, at);
            Err(Error::new(ErrorKind::Source, why)
                .at(place)
                .hint("a file of dbmate's has the lines `-- migrate:up` and, below, `-- migrate:down`"))
        };
        match (up, down, before) {
            (None, ..) => wrong("the file has no line `-- migrate:up`", 0),
            (_, None, _) => wrong("the file has no line `-- migrate:down`", 0),
            (Some(up), Some(down), _) if down < up => wrong("`-- migrate:down` stands before `-- migrate:up`", down),
            (.., Some(before)) => wrong("a statement stands before `-- migrate:up`", before),
            (Some(up), Some(down), None) => Ok(Self { up: up..down, down: down..text.len() }),
        }
    }
}

fn is_mark(comment: &str, mark: &str) -> bool {
    comment.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

fn is_statement(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("--")
}
