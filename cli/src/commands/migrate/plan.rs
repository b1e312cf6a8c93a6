//! `mainstay migrate plan`.

use clap::{Args, ValueEnum};
use mainstay::dialect::Version;
use mainstay::migrate::Goal;

use super::{migrations, plan_text};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// Show what would be applied: statements, timeouts, hazards
#[derive(Args, Clone)]
pub struct PlanArgs {
    /// Plan only up to this version
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,

    /// Plan the way down by so many migrations instead
    #[arg(long, value_name = "STEPS", conflicts_with = "to")]
    down: Option<usize>,

    /// How to print it; --json prints the whole plan as data
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Exit with 10 if there is anything to do
    #[arg(long)]
    exit_code: bool,
}

/// How a plan is printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Numbered steps with their hazards
    Text,
    /// A script
    Sql,
    /// The plan as data
    Json,
}

/// Prints the plan.
pub(super) async fn run(args: PlanArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only().to(args.to.map(Version::new)))?;
    let goal = args.down.map_or(Goal::Up, Goal::DownSteps);
    let plan = database.migration_plan(migrations(&database)?.as_ref(), &goal).await?;
    if let Some(rehearsed) = &plan.rehearsed {
        context.observer.line(rehearsed);
    }
    let text = match args.format {
        Format::Json => serde_json::to_string_pretty(&plan.plan.redacted()).map_err(std::io::Error::from)? + "\n",
        format => plan_text(&plan, format == Format::Sql),
    };
    context.answer(plan.plan.redacted(), Text::Lines(text))?;
    Ok(if args.exit_code && !plan.plan.is_empty() { Outcome::Findings } else { Outcome::Done })
}
