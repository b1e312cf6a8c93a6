//! `mainstay migrate squash`.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use mainstay::dialect::Version;
use mainstay::observer::{Event, Observer};
use mainstay::states::{Squash, State, Unchecked};
use mainstay::{Error, ErrorKind};
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::{prompt, reach};

/// Make one migration of a long history, which makes the same schema and the same rows
///
/// The migrations are run in a scratch database, what they make is written as one script, and that is run in another: where both
/// are not the same, object by object and row by row, nothing is written. Databases that have had them go on as they are, new
/// ones run the one script.
#[derive(Args, Clone)]
pub struct SquashArgs {
    /// The last migration to go; without it, the newest that the project's database has had
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,

    /// Move the old files into this folder rather than remove them
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// Shows which files go and which comes, asks, and does it.
pub(super) async fn run(args: SquashArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?.read_only();
    let states = builder.states()?;
    if let Some(home) = &states.home {
        reach::announce_state(context, &State::Live(Box::new(home.clone())));
    }
    let squash = states.squash(args.to.map(Version::new).as_ref()).await?;
    if let Some(unchecked) = &squash.unchecked {
        let why = match unchecked {
            Unchecked::Unnamed => "no database is named",
            Unchecked::Unreachable(why) => why,
        };
        let message = format!("whether any database has had all of them was not checked: {why}");
        context.observer.event(Event::Warning { message: &message });
    }
    let keep = args.keep.map(|folder| context.project.root.join(folder));
    let data = |done: bool| json!({ "squash": squash, "keep": keep.as_ref().map(|folder| folder.display().to_string()), "done": done });
    if context.globals.dry_run {
        context.answer(data(false), Text::Lines(plan(&squash, keep.as_ref())))?;
        return Ok(Outcome::Done);
    }
    for line in plan(&squash, keep.as_ref()).lines() {
        context.observer.line(line);
    }
    if !prompt::confirmed(context, "Change the folder so?")? {
        return Err(Error::new(ErrorKind::Refused, "the migrations were not changed")
            .hint("mainstay migrate squash --yes")
            .into());
    }
    squash.write(keep.as_deref())?;
    let text = format!("wrote {} in place of {}\n", squash.file.display(), words::plural(squash.old.len(), "file"));
    context.answer(data(true), Text::Lines(text))?;
    Ok(Outcome::Done)
}

/// What comes and what goes.
fn plan(squash: &Squash, keep: Option<&PathBuf>) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "proven   {} run in {}, and one script instead: the same objects and rows",
        words::plural(squash.versions.len(), "migration"),
        squash.place
    );
    let statements = words::plural(squash.statements, "statement");
    let _ = writeln!(text, "comes    {}: {statements}", squash.file.display());
    for (table, count) in &squash.rows {
        let _ = writeln!(text, "         with {} of {table}", words::plural(*count, "row"));
    }
    for old in &squash.old {
        let _ = writeln!(text, "goes     {}", old.display());
    }
    let _ = match keep {
        Some(folder) => writeln!(text, "the old files are moved to {}", folder.display()),
        None => {
            writeln!(text, "the old files are removed: be sure that they are committed, or keep them by --keep FOLDER")
        }
    };
    let _ = writeln!(
        text,
        "databases that have had all of these go on; others need the old files once more, up to the last"
    );
    text
}
