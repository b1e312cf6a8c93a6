//! `mainstay schema apply`.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mainstay::apply::{self, Applied};

use super::plan;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::{self, Allow};

/// Apply a plan that schema diff has written, a safety copy first where rows are to be lost
///
/// The database must be as it was when the plan was made, else nothing is done. Statements wait for locks as migrations do.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay schema diff database schema.sql --format json -o plan.json
  mainstay schema apply plan.json --dry-run
  mainstay schema apply plan.json")]
pub struct ApplyArgs {
    /// The plan, as schema diff --format json writes it
    plan: PathBuf,

    /// Consent to hazards
    #[command(flatten)]
    allow: Allow,
}

/// Applies the plan.
pub(super) async fn run(args: ApplyArgs, context: &Context) -> Result<Outcome, CliError> {
    let consent = args.allow.consent(context)?;
    let found = apply::read_plan(&args.plan)?;
    let allowed = consent.allow.clone();
    let database = reach::open(context, reach::builder(context)?.consent(consent))?;
    if context.globals.dry_run {
        let mut found = database.preview_schema(&found).await?;
        found.allow(&allowed);
        context.answer(&found, Text::Lines(plan::text(&found, context.output.width)))?;
        return Ok(Outcome::Done);
    }
    let applied = database.apply_schema(&found).await?;
    context.answer(&applied, Text::Lines(lines(&applied)))?;
    Ok(Outcome::Done)
}

fn lines(applied: &Applied) -> String {
    let mut text = String::new();
    text.push_str(&words::copied(&applied.safety));
    let took = words::duration(Duration::from_secs_f64(applied.seconds));
    let _ = match applied.steps.len() {
        0 => writeln!(text, "nothing to do"),
        steps => writeln!(text, "applied  {} ({took})", words::plural(steps, "step")),
    };
    text
}
