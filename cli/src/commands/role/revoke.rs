//! `mainstay role revoke`.

use clap::Args;
use mainstay::roles::{Change, Deed};

use super::{How, Preset, report};
use crate::commands::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// Take from a role what a purpose takes
///
/// Exactly what `role grant` with the same preset gives, whoever granted it; the role stays, and so do its memberships in other
/// roles.
#[derive(Args, Clone)]
pub struct RevokeArgs {
    /// The role
    name: String,

    /// What it was for
    #[arg(long)]
    preset: Preset,

    /// How it is done
    #[command(flatten)]
    how: How,
}

/// Revokes, or says what.
pub(super) async fn run(args: RevokeArgs, context: &Context) -> Result<Outcome, CliError> {
    let deed = Deed::Revoke { preset: args.preset.into() };
    report::carry_out(context, &args.how, &Change { role: args.name, deed }).await
}
