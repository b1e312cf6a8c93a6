//! `\c`, `\x`, `\timing` and `\i`: what the session is and does.

use mainstay::conn::{PostgresTarget, SqliteTarget, Target};
use mainstay::console::Script;
use mainstay::engine;
use mainstay::{Error, ErrorKind};

use super::{Flow, Repl};
use crate::error::CliError;
use crate::output::rows::Expanded;

/// `\c`: to another database of the same server, or to another file.
pub(super) async fn connect(repl: &mut Repl<'_>, argument: Option<&str>) -> Result<(), CliError> {
    let Some(name) = argument else {
        repl.say(&format!("connected to {}", repl.target.describe()));
        return Ok(());
    };
    if name.contains(char::is_whitespace) && !name.starts_with('"') {
        let message = "\\c takes a database and nothing more";
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("another server or role is another console: mainstay sql -h HOST -U ROLE -d NAME")
            .into());
    }
    let name = name.trim_matches('"');
    let target = match &repl.target {
        Target::Postgres(target) => Target::Postgres(PostgresTarget { dbname: name.to_owned(), ..target.clone() }),
        Target::Sqlite(_) => Target::Sqlite(SqliteTarget { path: repl.context.project.root.join(name) }),
    };
    engine::check_there(&target)?;
    // The old connection is kept until the new one is there, as psql has it.
    repl.move_to(target).await?;
    repl.say(&format!("connected to {}", repl.target.describe()));
    Ok(())
}

/// `\x`
pub(super) fn expanded(repl: &mut Repl<'_>, argument: Option<&str>) -> Result<(), CliError> {
    repl.expanded = match argument {
        Some("on") => Expanded::On,
        Some("off") => Expanded::Off,
        Some("auto") => Expanded::Auto,
        Some(other) => return Err(wrong("\\x", other, "on, off or auto")),
        None if repl.expanded == Expanded::On => Expanded::Auto,
        None => Expanded::On,
    };
    repl.say(match repl.expanded {
        Expanded::On => "values below each other",
        Expanded::Off => "values beside each other, however wide they are",
        Expanded::Auto => "values below each other where they have no room beside each other",
    });
    Ok(())
}

/// `\timing`
pub(super) fn timing(repl: &mut Repl<'_>, argument: Option<&str>) -> Result<(), CliError> {
    repl.timing = match argument {
        Some("on") => true,
        Some("off") => false,
        Some(other) => return Err(wrong("\\timing", other, "on or off")),
        None => !repl.timing,
    };
    repl.say(if repl.timing { "each statement's time is told" } else { "times are not told" });
    Ok(())
}

/// `\i`
pub(super) async fn include(repl: &mut Repl<'_>, argument: Option<&str>) -> Result<Flow, CliError> {
    let Some(file) = argument else {
        return Err(Error::new(ErrorKind::Usage, "\\i takes the name of a file").into());
    };
    let bytes = std::fs::read(file).map_err(|error| Error::io("read", file.as_ref(), error))?;
    let script = Script::new(file, bytes)?;
    repl.run_script(&script).await?;
    Ok(Flow::GoesOn)
}

fn wrong(command: &str, argument: &str, expected: &str) -> CliError {
    CliError::usage(format!("{command} takes {expected}, not {argument}"))
}
