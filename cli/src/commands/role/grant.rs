//! `mainstay role grant`.

use clap::Args;
use mainstay::roles::{Change, Deed};

use super::{How, Preset, report};
use crate::commands::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// Give a role what a purpose takes
///
/// The tables, sequences and schemas that are there, and those that the roles which create here will create. Extensions
/// grant for themselves.
#[derive(Args, Clone)]
pub struct GrantArgs {
    /// The role
    name: String,

    /// What it is for
    #[arg(long)]
    preset: Preset,

    /// Take from everybody what would let a reader write: temporary tables, large objects, CREATE in schemas …
    #[arg(long)]
    close_public: bool,

    /// How it is done
    #[command(flatten)]
    how: How,
}

/// Grants, or says what.
pub(super) async fn run(args: GrantArgs, context: &Context) -> Result<Outcome, CliError> {
    let deed = Deed::Grant { preset: args.preset.into(), close_public: args.close_public };
    report::carry_out(context, &args.how, &Change { role: args.name, deed }).await
}
