//! `mainstay upgrade rollback`.

use clap::Args;
use mainstay::upgrade;

use super::which::{How, Which};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::Allow;

/// Put the old cluster back in its place
///
/// What was written to the new one is lost with it: how many transactions that are is said first, and needs consent. After upgrade
/// finish there is nothing to put back.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay upgrade rollback --dry-run
  mainstay upgrade rollback --allow deletes-data")]
pub struct RollbackArgs {
    #[command(flatten)]
    which: Which,

    /// Leave the old server down
    #[arg(long)]
    no_start: bool,

    /// Consent to hazards
    #[command(flatten)]
    allow: Allow,
}

/// Rolls back.
pub(super) async fn run(args: RollbackArgs, context: &Context) -> Result<Outcome, CliError> {
    let mut consent = args.allow.consent(context)?;
    let ground = args.which.ground(&How::said_before(), context).await?;
    let dry = context.globals.dry_run;
    if dry {
        consent.allow = mainstay::plan::Hazard::ALL.to_vec();
    }
    let done = upgrade::rollback(&ground.order(args.no_start), &consent, dry).await?;
    let (cluster, version) = (words::printable(&done.cluster), words::printable(&done.version));
    let verb = if dry { "would be" } else { "is" };
    let lost = match done.transactions {
        Some(0) => String::new(),
        Some(1) => ", without the transaction that was written since".to_owned(),
        None => ", without what was written since".to_owned(),
        Some(many) => format!(", without {} transactions that were written since", words::count(many)),
    };
    let runs = if done.started || dry { "" } else { "; it was not started" };
    context.answer(&done, Text::Lines(format!("{cluster} {verb} {version} again{lost}{runs}\n")))?;
    Ok(Outcome::Done)
}
