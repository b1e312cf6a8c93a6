//! `mainstay tune …`: one file per subcommand.

mod apply;
mod machine;
mod plan;
mod reset;
mod show;

use clap::Subcommand;

use super::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// Set the server for the machine that it runs on
#[derive(Subcommand, Clone)]
pub enum Tune {
    /// Show the settings that depend on the machine, and where each comes from
    Show(show::ShowArgs),
    /// Say what they would be and why, tried on a private server
    Plan(plan::PlanArgs),
    /// Set them, and say what takes a restart
    Apply(apply::ApplyArgs),
    /// Bring back what was set before
    Reset(reset::ResetArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Tune, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Tune::Show(args) => show::run(args, context).await,
        Tune::Plan(args) => plan::run(args, context).await,
        Tune::Apply(args) => apply::run(args, context).await,
        Tune::Reset(args) => reset::run(args, context).await,
    }
}
