//! `mainstay tune reset`.

use std::fmt::Write;

use clap::Args;
use mainstay::tune::WayBack;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// Bring back what was set before mainstay tune apply
///
/// What somebody has set otherwise since stays.
#[derive(Args, Clone)]
pub struct ResetArgs {}

/// Brings it back.
pub(super) async fn run(_: ResetArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?)?;
    let back = database.tune_way_back().await?;
    if !context.globals.dry_run {
        database.tune_reset(&back).await?;
    }
    context.answer(&back, Text::Lines(lines(&back, context.globals.dry_run)))?;
    Ok(Outcome::Done)
}

fn lines(back: &WayBack, dry_run: bool) -> String {
    let mut text = if dry_run { back.plan.to_text() } else { String::new() };
    for name in &back.left {
        let _ = writeln!(text, "stays: {name} was set otherwise since");
    }
    if !back.after_restart.is_empty() {
        let _ = writeln!(text, "after a restart of the server: {}", back.after_restart.join(", "));
    }
    if text.is_empty() {
        text.push_str("everything is as it was before\n");
    }
    text
}
