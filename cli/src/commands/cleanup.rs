//! `mainstay cleanup …`: one file per subcommand.

mod plan;
mod run;

use clap::Subcommand;
use mainstay::cleanup::CleanupPlan;
use mainstay::{Database, Error, ErrorKind};

use super::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// Delete old data by the policies of mainstay.toml
#[derive(Subcommand, Clone)]
pub enum Cleanup {
    /// Count what would go, table by table, and name what makes it slow
    Plan(plan::PlanArgs),
    /// Delete it in small batches that yield to others, whole families at a time
    Run(run::RunArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Cleanup, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Cleanup::Plan(args) => plan::run(args, context).await,
        Cleanup::Run(args) => run::run(args, context).await,
    }
}

/// The policy that was named, else all of them.
fn policies(database: &Database, name: Option<String>) -> Result<Vec<String>, Error> {
    let all = database.cleanup_policies();
    match name {
        Some(name) => Ok(vec![name]),
        None if all.is_empty() => Err(Error::new(ErrorKind::Config, "mainstay.toml has no policy for old data").hint(
            "write one: [cleanup.logs] with table = \"logs\", column = \"created_at\", older_than = \"90 days\"",
        )),
        None => Ok(all.into_iter().map(str::to_owned).collect()),
    }
}

/// The plans of these policies. Where one is wrong, what the others would do is told all the same.
async fn plans(database: &Database, names: Vec<String>, context: &Context) -> Result<Vec<CleanupPlan>, CliError> {
    let (mut plans, mut wrong) = (Vec::new(), None);
    for name in names {
        match database.cleanup_plan(&name).await {
            Ok(plan) => plans.push(plan),
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    let Some(error) = wrong else { return Ok(plans) };
    plans.iter().map(plan::page).for_each(|page| context.observer.line(page.trim_end()));
    Err(error.into())
}
