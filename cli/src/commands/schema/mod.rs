//! `mainstay schema …`: one file per subcommand.

mod apply;
mod diff;
mod docs;
mod dump;
mod plan;

use clap::Subcommand;

use super::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// Look at schemas, the database's and every other state that one may be in, and go from one to another
#[derive(Subcommand, Clone)]
pub enum Schema {
    /// Print a state's schema as SQL, or as a snapshot to compare with later
    Dump(dump::DumpArgs),
    /// Print the way from one state to another as SQL, with its hazards
    Diff(diff::DiffArgs),
    /// Write a state's schema as pages of Markdown, or check those that were written earlier
    Docs(docs::DocsArgs),
    /// Apply a plan that schema diff has written, a safety copy first where rows are to be lost
    Apply(apply::ApplyArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Schema, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Schema::Dump(args) => dump::run(args, context).await,
        Schema::Diff(args) => diff::run(args, context).await,
        Schema::Docs(args) => docs::run(args, context).await,
        Schema::Apply(args) => apply::run(args, context).await,
    }
}
