//! `mainstay migrate down`.

use clap::Args;
use mainstay::dialect::Version;
use mainstay::migrate::Goal;

use super::{lines, migrations, plan_text};
use crate::commands::Outcome;
use crate::commands::restore::back;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach::{self, Allow};

/// Undo the last migrations, a safety copy first
#[derive(Args, Clone)]
pub struct DownArgs {
    /// Undo until this version is the highest; 0 undoes everything
    #[arg(long, value_name = "VERSION", conflicts_with = "steps")]
    to: Option<String>,

    /// How many migrations to undo
    #[arg(long, value_name = "N", default_value_t = 1)]
    steps: usize,

    /// Consent to hazards
    #[command(flatten)]
    allow: Allow,
}

/// Undoes migrations.
pub(super) async fn run(args: DownArgs, context: &Context) -> Result<Outcome, CliError> {
    let goal = args.to.map_or(Goal::DownSteps(args.steps), |to| Goal::DownTo(Version::new(to)));
    let database = reach::open(context, reach::builder(context)?.consent(args.allow.consent(context)?))?;
    let source = migrations(&database)?;
    if context.globals.dry_run {
        let plan = database.migration_plan(source.as_ref(), &goal).await?;
        context.answer(plan.plan.redacted(), Text::Lines(plan_text(&plan, false)))?;
        return Ok(Outcome::Done);
    }
    let migrated = match database.migrate(source.as_ref(), &goal).await {
        Ok(migrated) => migrated,
        Err(error) => return Err(back(error, context).await),
    };
    context.answer(&migrated, Text::Lines(lines(&migrated)))?;
    Ok(Outcome::Done)
}
