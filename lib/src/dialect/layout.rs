//! What the layouts of other tools share: pairs of files, blocks of one file, the next version.

use std::ops::Range;

use crate::disk::SourceFile;
use crate::error::{Error, ErrorKind, Result};

use super::{Direction, Migration, Version, keepers};

/// A file that is one way of a migration.
pub(super) struct Piece<'a> {
    pub(super) version: Version,
    pub(super) name: String,
    pub(super) direction: Direction,
    pub(super) file: &'a SourceFile,
}

/// The scripts among `files` by what `parts` reads in a name; `shape` is how names should be, for people.
///
/// # Errors
/// One of them is named in another way.
pub(super) fn pieces<'a, V: Into<String>>(
    files: &'a [SourceFile],
    parts: impl Fn(&'a str) -> Option<(V, &'a str, Direction)>,
    shape: &str,
) -> Result<Vec<Piece<'a>>> {
    let scripts = files.iter().filter(|file| file.name.ends_with(".sql"));
    let piece = |file: &'a SourceFile| {
        let (version, name, direction) = parts(&file.name).ok_or_else(|| bad_name(file, shape))?;
        Ok(Piece { version: Version::new(version), name: name.to_owned(), direction, file })
    };
    scripts.map(piece).collect()
}

/// The file of the way up and, where there is one, that of the way back.
pub(super) struct Pair<'a> {
    pub(super) version: Version,
    pub(super) name: String,
    pub(super) up: &'a SourceFile,
    pub(super) down: Option<&'a SourceFile>,
}

/// Puts ups and downs of one version together, lowest version first.
///
/// # Errors
/// A version that is there twice, or a way back from something to which no way leads.
pub(super) fn pairs(mut pieces: Vec<Piece<'_>>) -> Result<Vec<Pair<'_>>> {
    pieces.sort_by(|a, b| a.version.cmp(&b.version));
    let (ups, mut downs): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| piece.direction == Direction::Up);
    for side in [&ups, &downs] {
        if let Some(pair) = side.windows(2).find(|pair| pair[0].version == pair[1].version) {
            return Err(twice(&pair[0].version, pair[0].file, pair[1].file));
        }
    }
    if let Some(alone) = downs.iter().find(|down| !ups.iter().any(|up| up.version == down.version)) {
        return Err(Error::new(
            ErrorKind::Source,
            format!("{} goes back from version {}, to which no file goes up", alone.file.path.display(), alone.version),
        ));
    }
    Ok(ups
        .into_iter()
        .map(|up| {
            let at = downs.iter().position(|down| down.version == up.version);
            let down = at.map(|at| downs.swap_remove(at).file);
            Pair { version: up.version, name: up.name, up: up.file, down }
        })
        .collect())
}

/// `12_add_retry` in number and name; `None` where it does not begin with a number that fits into 64 bits with a sign.
pub(super) fn numbered(stem: &str) -> Option<(&str, &str)> {
    let (number, name) = stem.split_once('_')?;
    (!name.is_empty() && is_number(number)).then_some((number, name))
}

/// Digits only, and no more than a bigint holds.
pub(super) fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i64>().is_ok()
}

/// `text` with everything outside of `block` blanked, line ends aside: statements keep their line and column.
pub(super) fn only(text: &str, block: Range<usize>) -> String {
    let blank = |part: &str| -> String {
        part.chars().flat_map(|c| std::iter::repeat_n(if c == '\n' { '\n' } else { ' ' }, c.len_utf8())).collect()
    };
    format!("{}{}{}", blank(&text[..block.start]), &text[block.clone()], blank(&text[block.end..]))
}

/// `now`, or the number after the last one where a clock ahead of ours, or a second file in one second, has taken it.
///
/// # Errors
/// The last version is no number that could be counted on from.
pub(super) fn next_time(existing: &[Migration], now: &str) -> Result<String> {
    let Some(last) = existing.last().filter(|last| last.version >= Version::new(now)) else {
        return Ok(now.to_owned());
    };
    let number: u64 = last.version.as_str().parse().map_err(|_| {
        Error::new(ErrorKind::Source, format!("version {} is too large to count on from", last.version))
    })?;
    Ok((number + 1).to_string())
}

/// The number after the last one, as wide, where the folder has numbers shorter than a time; else as [`next_time`].
///
/// # Errors
/// As [`next_time`].
pub(super) fn next_number(existing: &[Migration], now: &str) -> Result<String> {
    let last = existing.last().map(|last| last.version.as_str()).filter(|last| last.len() < now.len());
    match last.and_then(|last| last.parse::<u64>().ok().map(|number| (number, last.len()))) {
        Some((number, width)) => Ok(format!("{:0width$}", number + 1)),
        None => next_time(existing, now),
    }
}

/// A file whose name says nothing to the dialect; `shape` is how it should be named.
pub(super) fn bad_name(file: &SourceFile, shape: &str) -> Error {
    Error::new(ErrorKind::Source, format!("{} is not named as a migration", file.path.display()))
        .hint(format!("name it {shape}, or move it out of the folder"))
}

fn twice(version: &Version, one: &SourceFile, other: &SourceFile) -> Error {
    Error::new(
        ErrorKind::Source,
        format!("version {version} is there twice: {} and {}", one.path.display(), other.path.display()),
    )
    .hint("give the one that is not applied anywhere yet a new version")
}

/// Whether a file says by a mark in it that it is dbmate's or goose's, whose names are like sqlx's.
pub(super) fn is_marked(file: &SourceFile) -> bool {
    is_dbmate(file) || is_goose(file)
}

/// Whether a line opens dbmate's block of the way up.
pub(super) fn is_dbmate(file: &SourceFile) -> bool {
    has_comment(file, |comment| comment.starts_with("migrate:up"))
}

/// Whether a line opens goose's block of the way up.
pub(super) fn is_goose(file: &SourceFile) -> bool {
    has_comment(file, |comment| comment.strip_prefix("+goose").is_some_and(|word| word.trim() == "Up"))
}

fn has_comment(file: &SourceFile, wanted: impl Fn(&str) -> bool) -> bool {
    let mut lines = file.bytes.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    lines.any(|line| line.trim_start_matches('\u{feff}').strip_prefix("--").is_some_and(|rest| wanted(rest.trim())))
}

/// The statement that sets `column` of each version's row to how long it took, `unit` being a second in the column's unit.
pub(super) fn durations(table: &str, column: &str, took: &[(Version, f64)], unit: f64) -> Option<String> {
    let versions: Vec<&str> = took.iter().map(|(version, _)| version.integer()).collect();
    let cases: Vec<String> = took
        .iter()
        .map(|(version, seconds)| format!("WHEN {} THEN {}", version.integer(), (seconds * unit) as i64))
        .collect();
    (!took.is_empty()).then(|| {
        format!(
            "UPDATE {table} SET {column} = CASE version {} END WHERE version IN ({})",
            cases.join(" "),
            versions.join(", ")
        )
    })
}

/// The table is there, but not as the tool keeps it.
pub(super) fn not_its_table(table: &str, tool: &str, why: &str) -> Error {
    let message = format!("the table {table} is not as {tool} keeps it: {why}");
    another_programs_table(table, tool, Error::new(ErrorKind::Verification, message))
}

/// What to do about a table that has the name of a dialect's ledger and is not that.
pub fn another_programs_table(table: &str, dialect: &str, error: Error) -> Error {
    let others: Vec<String> = keepers(table)
        .iter()
        .filter(|keeper| !keeper.eq_ignore_ascii_case(dialect))
        .map(|keeper| format!("dialect = \"{keeper}\""))
        .collect();
    let error = error.hint(format!("mainstay describe {table}"));
    if dialect == "mainstay" {
        return error;
    }
    let error = match others.is_empty() {
        true => error,
        false => error.hint(format!(
            "if it is the table of another tool, say so under [migrations] in mainstay.toml: {}",
            others.join(" or ")
        )),
    };
    error.hint(
        "if it is another program's, keep the ledger elsewhere: files in Mainstay's own layout, and dialect = \"mainstay\" under \
         [migrations] in mainstay.toml",
    )
}

/// Whether a boolean as PostgreSQL or SQLite prints it is true.
pub(super) fn is_true(cell: Option<&str>) -> bool {
    matches!(cell, Some("t" | "1" | "true"))
}
