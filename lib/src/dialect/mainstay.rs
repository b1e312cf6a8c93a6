//! Mainstay's own dialect: `<version>_<name>.up.sql` and `.down.sql`, the version a UTC time `YYYYMMDDHHMMSS`, the ledger in
//! `mainstay.migration`. A file `<version>_<name>.sqlite.up.sql` counts on SQLite alone, in place of the one without an
//! engine where there is one; so does `.postgres.`.

use crate::disk::SourceFile;
use crate::engine::Row;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{self, TOOL_VERSION, table};
use crate::sql::{Flavor, literal};

use super::checksum::checksum;
use super::{
    Applied, AppliedState, Body, Dialect, Direction, Ledger, Migration, NewFile, Record, Script, Version, file_stem,
};

/// What stands in a migration until somebody has written it: applied so, it would count as edited once it is.
pub(crate) const UNWRITTEN: &str = "-- write the statements here";

/// The dialect `mainstay`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mainstay;

/// A file's name in its parts.
struct Parts<'a> {
    version: &'a str,
    name: &'a str,
    /// The one engine that the file is for.
    engine: Option<Flavor>,
    direction: Direction,
}

/// `20261120093000_add_retry.up.sql`, or `….sqlite.up.sql` for one engine alone; `None` where the name has another shape.
fn parts(file_name: &str) -> Option<Parts<'_>> {
    let (stem, direction) = match file_name.strip_suffix(".up.sql") {
        Some(stem) => (stem, Direction::Up),
        None => (file_name.strip_suffix(".down.sql")?, Direction::Down),
    };
    let (stem, engine) = match stem.rsplit_once('.') {
        Some((stem, "postgres")) => (stem, Some(Flavor::Postgres)),
        Some((stem, "sqlite")) => (stem, Some(Flavor::Sqlite)),
        _ => (stem, None),
    };
    let (version, name) = stem.split_once('_')?;
    let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !name.is_empty()).then_some(Parts { version, name, engine, direction })
}

/// One way of a migration.
type Way<'a> = (Version, Parts<'a>, &'a SourceFile);

/// Orders the files of one way by version. Of two for one migration, the one for this engine counts.
fn choose(side: &mut Vec<Way<'_>>) -> Result<()> {
    side.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.engine.is_some().cmp(&a.1.engine.is_some())));
    side.dedup_by(|general, special| {
        general.0 == special.0
            && general.1.name == special.1.name
            && special.1.engine.is_some()
            && general.1.engine.is_none()
    });
    match side.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(twice(&pair[0].0, pair[0].2, pair[1].2)),
        None => Ok(()),
    }
}

impl Dialect for Mainstay {
    fn name(&self) -> &'static str {
        "mainstay"
    }

    fn claims(&self, file: &SourceFile) -> bool {
        parts(&file.name).is_some()
    }

    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>> {
        let (mut ups, mut downs): (Vec<Way<'_>>, Vec<Way<'_>>) = (Vec::new(), Vec::new());
        for file in files.iter().filter(|file| file.name.ends_with(".sql")) {
            let parts = parts(&file.name).ok_or_else(|| bad_name(file))?;
            if parts.engine.is_some_and(|engine| engine != flavor) {
                continue;
            }
            let side = if parts.direction == Direction::Up { &mut ups } else { &mut downs };
            side.push((Version::new(parts.version), parts, file));
        }
        choose(&mut ups)?;
        choose(&mut downs)?;
        for (version, Parts { name, .. }, file) in &downs {
            let up = ups.iter().find(|up| up.0 == *version);
            if up.is_none_or(|up| up.1.name != *name) {
                return Err(Error::new(
                    ErrorKind::Source,
                    format!("{} has no {version}_{name}.up.sql beside it", file.path.display()),
                )
                .hint("give both files of a migration the same version, name and, where it has one, engine"));
            }
        }
        ups.into_iter()
            .map(|(version, Parts { name, .. }, file)| {
                let up = Script::read(file, flavor)?;
                let down = match downs.iter().find(|down| down.0 == version) {
                    Some((_, _, file)) => Some(Script::read(file, flavor)?),
                    None => None,
                };
                let checksum = Some(checksum(&up.statements(flavor)));
                Ok(Migration { version, name: name.to_owned(), up, down, checksum, any_order: false })
            })
            .collect()
    }

    fn ledger_table(&self) -> &'static str {
        "mainstay.migration"
    }

    fn ledger_query(&self, flavor: Flavor) -> String {
        let (migration, setting) = (table(flavor, "migration"), table(flavor, "setting"));
        let text = if flavor == Flavor::Postgres { "::text" } else { "" };
        format!(
            "SELECT 'migration', version, name, checksum, state, applied_at{text} FROM {migration} \
             UNION ALL SELECT 'setting', name, value, NULL, NULL, NULL FROM {setting}"
        )
    }

    fn applied(&self, rows: &[Row], _: &[Migration]) -> Result<Ledger> {
        let mut ledger = Ledger::default();
        for row in rows {
            let [kind, first, second, checksum, state, applied_at] = row.as_slice() else {
                return Err(not_ours("a row has another shape"));
            };
            let first = first.clone().unwrap_or_default();
            match kind.as_deref() {
                Some("setting") => setting(&mut ledger, &first, second.as_deref().unwrap_or_default())?,
                _ => ledger.applied.push(Applied {
                    version: Version::new(first),
                    name: second.clone(),
                    checksum: checksum.clone(),
                    state: parse_state(state.as_deref().unwrap_or_default())?,
                    applied_at: applied_at.clone(),
                }),
            }
        }
        ledger.applied.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(ledger)
    }

    fn create_ledger(&self, _: &[Migration], flavor: Flavor) -> Vec<String> {
        ledger::create(flavor)
    }

    fn record(&self, migration: &Migration, _: &[Migration], direction: Direction, flavor: Flavor) -> Record {
        let lead = match direction {
            Direction::Up => insert(migration, "applied", migration.checksum.as_deref(), flavor),
            Direction::Down => delete(&migration.version, flavor),
        };
        Record { lead: vec![lead], ..Record::default() }
    }

    fn progress(
        &self,
        migration: &Migration,
        _: &[Migration],
        done: usize,
        total: usize,
        flavor: Flavor,
    ) -> Vec<String> {
        let (state, checksum_now) = if done == total {
            ("applied".to_owned(), migration.checksum.clone().unwrap_or_default())
        } else {
            (format!("partial {done}"), self.partial_checksum(migration, done, flavor).unwrap_or_default())
        };
        vec![format!(
            "{} ON CONFLICT (version) DO UPDATE SET state = excluded.state, checksum = excluded.checksum",
            insert(migration, &state, Some(&checksum_now), flavor)
        )]
    }

    fn partial_checksum(&self, migration: &Migration, done: usize, flavor: Flavor) -> Option<String> {
        migration.up.statements(flavor).get(..done).map(checksum)
    }

    fn correct_checksum(&self, migration: &Migration, flavor: Flavor) -> Option<String> {
        Some(format!(
            "UPDATE {} SET checksum = {}, name = {} WHERE version = {}",
            table(flavor, "migration"),
            literal(migration.checksum.as_deref().unwrap_or_default()),
            literal(&migration.name),
            literal(migration.version.as_str())
        ))
    }

    fn forget(&self, version: &Version, _: &[Migration], flavor: Flavor) -> Option<String> {
        Some(delete(version, flavor))
    }

    fn durations(&self, took: &[(Version, f64)], flavor: Flavor) -> Option<String> {
        if took.is_empty() {
            return None;
        }
        let rows: Vec<String> =
            took.iter().map(|(version, seconds)| format!("({}, {seconds:.6})", literal(version.as_str()))).collect();
        Some(format!(
            "WITH took(version, seconds) AS (VALUES {}) UPDATE {} AS m SET duration = \
             (SELECT seconds FROM took WHERE took.version = m.version) WHERE m.version IN (SELECT version FROM took)",
            rows.join(", "),
            table(flavor, "migration")
        ))
    }

    fn refuses_baseline(&self) -> Option<&'static str> {
        None
    }

    fn new_files(&self, existing: &[Migration], name: &str, now: &str, body: &Body) -> Result<Vec<NewFile>> {
        let stem = file_stem(name)?;
        let mut version = now.to_owned();
        // Two files within one second, or a folder from a clock ahead of ours: the next free number keeps the order.
        if let Some(last) = existing.last().filter(|last| last.version >= Version::new(now)) {
            let number: u64 = last.version.as_str().parse().map_err(|_| {
                Error::new(ErrorKind::Source, format!("version {} is too large to count on from", last.version))
            })?;
            version = (number + 1).to_string();
        }
        let up = if body.unwritten { format!("{UNWRITTEN}\n") } else { body.up() };
        Ok(vec![
            NewFile { name: format!("{version}_{stem}.up.sql"), text: format!("-- {name}\n\n{up}") },
            NewFile { name: format!("{version}_{stem}.down.sql"), text: format!("-- undo: {name}\n\n{}", body.down()) },
        ])
    }
}

fn insert(migration: &Migration, state: &str, checksum: Option<&str>, flavor: Flavor) -> String {
    // SQLite has no roles: the column stays empty there.
    let (column, value) = if flavor == Flavor::Sqlite { (", applied_by", ", ''") } else { ("", "") };
    format!(
        "INSERT INTO {} (version, name, checksum, tool_version, state{column}) VALUES ({}, {}, {}, {}, {}{value})",
        table(flavor, "migration"),
        literal(migration.version.as_str()),
        literal(&migration.name),
        literal(checksum.unwrap_or_default()),
        literal(TOOL_VERSION),
        literal(state),
    )
}

fn delete(version: &Version, flavor: Flavor) -> String {
    format!("DELETE FROM {} WHERE version = {}", table(flavor, "migration"), literal(version.as_str()))
}

fn setting(ledger: &mut Ledger, name: &str, value: &str) -> Result<()> {
    match name {
        "format" if value.parse::<u32>().is_ok_and(|format| format > ledger::FORMAT) => {
            return Err(Error::new(
                ErrorKind::Verification,
                format!(
                    "the ledger has format {value}, this Mainstay knows up to {}: a newer one has been at work here",
                    ledger::FORMAT
                ),
            )
            .hint("install that newer version; mainstay --version shows this one's"));
        }
        "environment" => ledger.environment = Some(value.to_owned()),
        _ => {}
    }
    Ok(())
}

fn parse_state(state: &str) -> Result<AppliedState> {
    if state == "applied" {
        return Ok(AppliedState::Done);
    }
    state
        .strip_prefix("partial ")
        .and_then(|done| done.parse().ok())
        .map(AppliedState::Partial)
        .ok_or_else(|| not_ours(&format!("a migration has the state `{state}`")))
}

fn not_ours(why: &str) -> Error {
    Error::new(ErrorKind::Verification, format!("the table of migrations is not as Mainstay keeps it: {why}"))
        .hint("mainstay describe mainstay.migration")
}

fn bad_name(file: &SourceFile) -> Error {
    Error::new(ErrorKind::Source, format!("{} is not named as a migration", file.path.display()))
        .hint("name it <version>_<name>.up.sql or .down.sql, as `mainstay migrate new NAME` does")
}

fn twice(version: &Version, one: &SourceFile, other: &SourceFile) -> Error {
    Error::new(
        ErrorKind::Source,
        format!("version {version} is there twice: {} and {}", one.path.display(), other.path.display()),
    )
    .hint("give the one that is not applied anywhere yet a new version")
}
