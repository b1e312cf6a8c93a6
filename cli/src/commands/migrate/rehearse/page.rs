//! A rehearsal as people read it.

use std::fmt::Write;
use std::time::Duration;

use mainstay::plan::Blocks;
use mainstay::rehearse::{Change, Cloned, Fate, Held, How, Offence, Prospect, Ran, Rehearsal, Rehearsed};

use crate::output::words;

/// Columns of a line where there is no terminal.
const WIDTH: usize = 80;

/// Of a statement so much is told even where a terminal is too narrow for it.
const LEAST: usize = 16;

/// Columns for a statement's time: ` (59 min 59 s)`, so that the same statement is cut at the same place each time.
const TIME: usize = 14;

/// Columns before what is told of a migration.
const MARGIN: usize = 9;

/// So many statements of a migration are told at most: those that take time or are in others' way.
const STATEMENTS: usize = 12;

/// A statement that takes longer is told even if it is in nobody's way.
const SLOW: f64 = 0.1;

/// The whole rehearsal, statements cut to `width` columns.
pub(in crate::commands::migrate) fn page(found: &Rehearsal, width: Option<usize>) -> String {
    let width = width.unwrap_or(WIDTH);
    let Some(clone) = &found.clone else { return "nothing is pending: nothing to rehearse\n".to_owned() };
    let mut text = String::new();
    cloned(&mut text, clone);
    for one in &found.migrations {
        migration(&mut text, one, width);
    }
    let done: usize = found.migrations.iter().map(|one| one.versions.len()).sum();
    if let Some(untried) = found.of.checked_sub(done).filter(|untried| *untried > 0) {
        let _ = writeln!(text, "{} after it not rehearsed", words::plural(untried, "migration"));
    }
    if !found.uncounted.is_empty() {
        let names: Vec<String> = found.uncounted.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "rows not counted: {}", printable(&names.join(", ")));
    }
    let seconds = found.migrations.iter().map(|one| one.seconds).sum();
    match &clone.kept {
        Some(name) => {
            let _ = writeln!(text, "kept     the clone {}; drop it when you are done", printable(name));
        }
        None => text.push_str("the clone is gone; the database was only read\n"),
    }
    if found.is_good() {
        let _ = writeln!(text, "all of it succeeded, in {}", took(seconds));
    }
    text
}

fn cloned(text: &mut String, clone: &Cloned) {
    let how = match clone.how {
        How::Template => "on the same server, copied by it".to_owned(),
        How::Dump => "on the same server, from a dump".to_owned(),
        How::Private => format!("from a dump, in {}", clone.place),
        How::Copy => "a copy of the file".to_owned(),
    };
    let size = clone.bytes.map(|bytes| format!("{}, ", words::bytes(bytes))).unwrap_or_default();
    let _ = writeln!(text, "clone    {how} ({size}{})", took(clone.seconds));
    if let Some(because) = &clone.because {
        line(text, &format!("for {}", printable(because)));
    }
    if clone.how == How::Template {
        line(text, "whoever connected to the database meanwhile had to wait");
    }
}

fn migration(text: &mut String, one: &Rehearsed, width: usize) {
    let word = match one {
        _ if one.failure.is_some() => "failed",
        _ if !one.broken.is_empty() => "broken",
        _ => "good",
    };
    let _ = writeln!(text, "{word:<8} {} ({})", printable(&one.title), took(one.seconds));
    statements(text, one, width);
    if let Some(broken) = one.failure.as_ref().and_then(|failure| failure.statement.as_ref()) {
        statement(text, (broken.statement, &broken.text), broken.seconds, width);
    }
    for lock in one.locks.iter().filter(|lock| lock.mode.blocks() != Blocks::Nothing) {
        locked(text, lock);
    }
    for rewritten in &one.rewritten {
        let size = rewritten.bytes.map(|bytes| format!(" ({})", words::bytes(bytes))).unwrap_or_default();
        line(text, &format!("rewrites {}{size}", printable(&rewritten.table.to_string())));
    }
    if one.polled {
        line(text, "locks were looked for again and again: a short one may be missing");
    }
    for change in &one.rows {
        changed(text, change);
    }
    for lost in &one.lost_columns {
        let rows = lost.rows.map(|rows| format!(" ({})", rows_of(rows))).unwrap_or_default();
        line(text, &printable(&format!("loses column {} of {}{rows}", lost.column, lost.table)));
    }
    for offence in &one.broken {
        offended(text, offence, "VALIDATE CONSTRAINT will fail");
    }
    if let Some(failure) = &one.failure {
        let said = failure.sql.as_ref().map_or(&failure.message, |sql| &sql.message);
        line(text, &printable(said));
        if let Some(detail) = failure.sql.as_ref().and_then(|sql| sql.detail.as_ref()) {
            line(text, &printable(detail));
        }
        if let Some(offence) = &failure.offence {
            offended(text, offence, "in the way");
        }
    }
}

fn statements(text: &mut String, one: &Rehearsed, width: usize) {
    let is_told = |ran: &&Ran| {
        let disturbs = ran.traced.locks.iter().any(|lock| lock.mode.blocks() != Blocks::Nothing);
        disturbs || !ran.traced.rewritten.is_empty() || ran.traced.seconds >= SLOW
    };
    let told: Vec<&Ran> = one.statements.iter().filter(is_told).take(STATEMENTS).collect();
    for ran in &told {
        statement(text, (ran.statement, &ran.text), ran.traced.seconds, width);
        for scanned in &ran.traced.scanned {
            line(text, &format!("   reads all of {}", printable(&scanned.to_string())));
        }
    }
    let rest = one.statements.len() - told.len();
    if rest > 0 && !told.is_empty() {
        line(text, &format!("and {} more", words::plural(rest, "statement")));
    }
}

fn statement(text: &mut String, (number, sql): (usize, &str), seconds: f64, width: usize) {
    let head = format!("{}. ", number + 1);
    let room = width.saturating_sub(MARGIN + head.len() + TIME).max(LEAST);
    line(text, &format!("{head}{} ({})", cut(sql, room), took(seconds)));
}

fn locked(text: &mut String, lock: &Held) {
    let table = printable(&lock.table.to_string());
    line(text, &format!("blocks {} of {table} for {} ({})", lock.blocks, took(lock.seconds), lock.mode));
}

fn changed(text: &mut String, change: &Change) {
    let Change { table, fate, before, after } = change;
    let table = printable(&table.to_string());
    let told = match (fate, before, after) {
        (Fate::Dropped, Some(rows), _) => format!("drops {table} with {}", rows_of(*rows)),
        (Fate::Dropped, None, _) => format!("drops {table}"),
        (Fate::Made, _, Some(rows)) => format!("makes {table} with {}", rows_of(*rows)),
        (Fate::Made, _, None) => format!("makes {table}"),
        (Fate::Stays, Some(before), Some(after)) if after < before => {
            format!("{table} loses {}: {} left", rows_of(before - after), words::count(*after))
        }
        (Fate::Stays, Some(before), Some(after)) => {
            format!("{table} gains {}: {} now", rows_of(after - before), words::count(*after))
        }
        (Fate::Stays, ..) => return,
    };
    line(text, &told);
}

fn offended(text: &mut String, offence: &Offence, what: &str) {
    let Offence { table, breaks, rows, at_least, examples } = offence;
    let least = if *at_least { "at least " } else { "" };
    let break_ = if *rows == 1 { "breaks" } else { "break" };
    let subject = printable(&format!("{least}{} of {table}", rows_of(*rows)));
    line(text, &format!("{what}: {subject} {break_}"));
    line(text, &format!("  {}", printable(breaks)));
    for example in examples {
        line(text, &format!("  - {}", printable(example)));
    }
    if *rows > examples.len() as u64 && !examples.is_empty() {
        line(text, "  - …");
    }
}

fn line(text: &mut String, told: &str) {
    let _ = writeln!(text, "{:MARGIN$}{told}", "");
}

fn rows_of(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{} rows", words::count(count)) }
}

fn took(seconds: f64) -> String {
    words::duration(Duration::from_secs_f64(seconds.max(0.0)))
}

fn printable(text: &str) -> String {
    words::printable(text)
}

/// What a rehearsal would do.
pub(super) fn prospect(found: &Prospect) -> String {
    let Some(how) = found.how else { return "nothing is pending: nothing to rehearse\n".to_owned() };
    let mut text = String::new();
    let place = match how {
        How::Template => "on the same server, copied by it; whoever connects to the database meanwhile waits",
        How::Dump => "on the same server, from a dump",
        How::Private => "on a private server, from a dump",
        How::Copy => "a copy of the file",
    };
    let size = found.bytes.map(|bytes| format!(" ({})", words::bytes(bytes))).unwrap_or_default();
    let _ = writeln!(text, "would clone    {place}{size}");
    if let Some(because) = &found.because {
        let _ = writeln!(text, "               for {}", printable(because));
    }
    for step in &found.plan.steps {
        let _ = writeln!(text, "would rehearse {}", printable(&step.title));
    }
    text
}

/// The beginning of a statement on one line, as much as there is room for.
fn cut(sql: &str, room: usize) -> String {
    let flat = printable(&sql.split_whitespace().collect::<Vec<_>>().join(" "));
    if flat.chars().count() <= room {
        return flat;
    }
    let kept: String = flat.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
