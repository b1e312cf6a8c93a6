//! `mainstay migrate up`.

use clap::Args;
use mainstay::dialect::Version;
use mainstay::migrate::Goal;
use mainstay::rehearse::Options;

use super::rehearse::{failure, page};
use super::{lines, migrations, plan_text};
use crate::commands::Outcome;
use crate::commands::restore::back;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach::{self, Allow};

/// Apply what is pending, a safety copy first where there are rows to lose
#[derive(Args, Clone)]
pub struct UpArgs {
    /// Apply only up to this version
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,

    /// Apply pending migrations that are older than the newest applied one
    #[arg(long)]
    out_of_order: bool,

    /// Rehearse it on a clone of the database first, and apply it only if that went well
    #[arg(long, conflicts_with = "dry_run")]
    rehearse: bool,

    /// Consent to hazards
    #[command(flatten)]
    allow: Allow,
}

/// Applies what is pending.
pub(super) async fn run(args: UpArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?
        .to(args.to.map(Version::new))
        .out_of_order(args.out_of_order)
        .consent(args.allow.consent(context)?);
    let database = reach::open(context, builder)?;
    let source = migrations(&database)?;
    if context.globals.dry_run {
        let plan = database.migration_plan(source.as_ref(), &Goal::Up).await?;
        context.answer(plan.plan.redacted(), Text::Lines(plan_text(&plan, false)))?;
        return Ok(Outcome::Done);
    }
    if args.rehearse {
        let rehearsal = database.rehearse(Options::default()).await?;
        context.observer.line(page(&rehearsal, context.output.width).trim_end());
        if !rehearsal.is_good() {
            return Err(failure(&rehearsal).hint("nothing was applied").into());
        }
    }
    let migrated = match database.migrate(source.as_ref(), &Goal::Up).await {
        Ok(migrated) => migrated,
        Err(error) => return Err(back(error, context).await),
    };
    context.answer(&migrated, Text::Lines(lines(&migrated)))?;
    Ok(Outcome::Done)
}
