//! `mainstay upgrade finish`.

use clap::Args;
use mainstay::upgrade;

use super::which::{How, Which};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::Allow;

/// Remove the old cluster: from then on there is no way back
#[derive(Args, Clone)]
#[command(after_help = "\
Example:
  mainstay upgrade finish --allow no-way-back")]
pub struct FinishArgs {
    #[command(flatten)]
    which: Which,

    /// Consent to hazards
    #[command(flatten)]
    allow: Allow,
}

/// Finishes.
pub(super) async fn run(args: FinishArgs, context: &Context) -> Result<Outcome, CliError> {
    let consent = args.allow.consent(context)?;
    let ground = args.which.ground(&How::said_before(), context).await?;
    let dry = context.globals.dry_run;
    let finished = upgrade::finish(&ground.order(false), &consent, dry).await?;
    let verb = if dry { "would remove" } else { "removed" };
    let version = words::printable(&finished.removed);
    let text = format!("{verb} the old cluster of version {version} ({})\n", words::bytes(finished.bytes));
    context.answer(&finished, Text::Lines(text))?;
    Ok(Outcome::Done)
}
