//! `mainstay upgrade …`: one file per subcommand.

mod backup;
mod check;
mod finish;
mod plan;
mod rehearse;
mod rollback;
mod run;
mod which;

use clap::Subcommand;

use super::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// Upgrade a cluster on this machine to a newer major version of PostgreSQL, with a way back
#[derive(Subcommand, Clone)]
pub enum Upgrade {
    /// Look for everything that is in the way, while the old server runs
    Check(check::CheckArgs),
    /// Print what would be done, with its hazards
    Plan(plan::PlanArgs),
    /// Upgrade a copy of the whole cluster, and say how long the real one will be down
    Rehearse(rehearse::RehearseArgs),
    /// Upgrade, or go on with an upgrade that was broken off
    Run(run::RunArgs),
    /// Remove the old cluster: from then on there is no way back
    Finish(finish::FinishArgs),
    /// Put the old cluster back in its place
    Rollback(rollback::RollbackArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Upgrade, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Upgrade::Check(args) => check::run(args, context).await,
        Upgrade::Plan(args) => plan::run(args, context).await,
        Upgrade::Rehearse(args) => rehearse::run(args, context).await,
        Upgrade::Run(args) => run::run(args, context).await,
        Upgrade::Finish(args) => finish::run(args, context).await,
        Upgrade::Rollback(args) => rollback::run(args, context).await,
    }
}
