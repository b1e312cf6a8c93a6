//! `mainstay prepare`.

use std::fmt::Write;
use std::time::Duration;

use clap::Args;
use mainstay::config::parse_duration;
use mainstay::prepare::Prepared;

use super::Outcome;
use super::migrate::done_lines;
use super::restore::back;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::{self, Allow};

/// Make the database ready: wait for the server, create what is missing, copy, migrate, verify. Safe at every start,
/// from every instance at once
#[derive(Args, Clone)]
pub struct PrepareArgs {
    /// How long to wait for a server that is not there yet: 60s, 2 min
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = parse_duration)]
    wait: Duration,

    /// Consent to hazards of the migrations
    #[command(flatten)]
    allow: Allow,
}

/// Prepares the database.
pub(super) async fn run(args: PrepareArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?.wait(args.wait).consent(args.allow.consent(context)?);
    let database = reach::open(context, builder)?;
    if context.globals.dry_run {
        let plans = database.prepare_plans().await?;
        let text = plans.iter().map(mainstay::plan::Plan::to_text).collect::<Vec<_>>().join("\n");
        let plans: Vec<_> = plans.iter().map(mainstay::plan::Plan::redacted).collect();
        context.answer(&plans, Text::Lines(text))?;
        return Ok(Outcome::Done);
    }
    let prepared = match database.prepare().await {
        Ok(prepared) => prepared,
        Err(error) => return Err(back(error, context).await),
    };
    let text = lines(&prepared);
    context.answer(&prepared, Text::Lines(text))?;
    Ok(Outcome::Done)
}

/// What was done, a line each, and where the database is now.
pub(super) fn lines(prepared: &Prepared) -> String {
    let mut text = String::new();
    for created in &prepared.created {
        let _ = writeln!(text, "did      {created}");
    }
    text.push_str(&words::copied(&prepared.safety));
    text.extend(prepared.migrations.iter().map(|report| done_lines("applied", report)));
    let version = match &prepared.version {
        Some(version) => format!(" at version {version}"),
        None => String::new(),
    };
    let nothing = if text.is_empty() { ", nothing to do" } else { "" };
    let took = words::duration(Duration::from_secs_f64(prepared.seconds));
    let _ = writeln!(text, "{} is ready{version}{nothing} ({took})", prepared.database);
    text
}
