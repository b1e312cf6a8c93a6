//! `mainstay migrate verify`.

use std::fmt::Write;

use clap::Args;
use mainstay::states::{Drift, State, Tried, Verification};
use mainstay::{Error, ErrorKind};

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Try every migration up, down and up again in a scratch, and look for drift in the database
///
/// The schema is compared each time: after down with that before the migration, after the second up with that after the first.
/// The project's database is only read, and compared with what the migrations in its ledger produce.
#[derive(Args, Clone)]
pub struct VerifyArgs {}

/// Verifies, and fails with 6 where something is not as it should be.
pub(super) async fn run(_: VerifyArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?.read_only();
    let states = builder.states()?;
    if let Some(home) = &states.home {
        reach::announce_state(context, &State::Live(Box::new(home.clone())));
    }
    let verification = states.verify().await?;
    context.answer(&verification, Text::Lines(text(&verification)))?;
    match verification.is_good() {
        true => Ok(Outcome::Done),
        false => Err(CliError::Answered(failure(&verification))),
    }
}

fn text(found: &Verification) -> String {
    let mut text = String::new();
    for tried in &found.migrations {
        let title = format!("{}_{}", tried.version, tried.name);
        let word = match tried {
            _ if !tried.is_good() => "differs",
            Tried { undone: false, .. } => "up only",
            _ => "good",
        };
        let _ = writeln!(text, "{word:<8} {title}");
        list(&mut text, "after down", &tried.after_down);
        list(&mut text, "after the second up", &tried.after_up);
    }
    let untried = found.of - found.migrations.len();
    if untried > 0 {
        let _ = writeln!(text, "{} after it not tried", words::plural(untried, "migration"));
    }
    let one_way = found.migrations.iter().filter(|tried| !tried.undone).count();
    if one_way > 0 {
        let _ = writeln!(text, "{} without a way back: down was not tried", words::plural(one_way, "migration"));
    }
    match found.drift.as_deref() {
        None => text.push_str("the database has no ledger yet: nothing to compare\n"),
        Some([]) => text.push_str("the database is what its ledger's migrations produce\n"),
        Some(drift) => {
            text.push_str("drift    the database is not what its ledger's migrations produce\n");
            list(&mut text, "in the database", drift);
        }
    }
    text
}

fn list(text: &mut String, place: &str, drift: &[Drift]) {
    for one in drift {
        let _ = writeln!(text, "         {place}: {}", words::printable(&one.to_string()));
    }
}

fn failure(found: &Verification) -> Error {
    let bad = found.migrations.iter().find(|tried| !tried.is_good());
    match bad {
        Some(bad) => Error::new(
            ErrorKind::Verification,
            format!("{}_{} does not lead back to the schema that it started from", bad.version, bad.name),
        )
        .hint("mend its down script, then: mainstay migrate verify"),
        None => Error::new(ErrorKind::Verification, "the database has drifted from its migrations")
            .hint("bring the change into a migration (mainstay migrate new NAME), or undo it by hand"),
    }
}
