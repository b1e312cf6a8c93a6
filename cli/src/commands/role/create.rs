//! `mainstay role create`.

use clap::Args;
use mainstay::roles::{self, Change, Deed, Password};

use super::{How, Preset, report};
use crate::commands::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// Create a login for a purpose, with a password that is shown once
///
/// A role that is there keeps its password and settings and gets the grants that it lacks; a second run changes nothing. All
/// of it is one transaction. The server is sent a SCRAM verifier, never the password.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay role create reports --preset reader --close-public
  mainstay role create reports --preset reader --new-password
  mainstay role create grafana --preset monitor --dry-run")]
pub struct CreateArgs {
    /// Its name
    name: String,

    /// What it is for
    #[arg(long)]
    preset: Preset,

    /// Give a role that is there a new password
    #[arg(long)]
    new_password: bool,

    /// No password: the server knows it by peer, a certificate or otherwise
    #[arg(long, conflicts_with = "new_password")]
    no_password: bool,

    /// Take from everybody what would let a reader write: temporary tables, large objects, CREATE in schemas …
    #[arg(long)]
    close_public: bool,

    /// How it is done
    #[command(flatten)]
    how: How,
}

/// Creates it, or says how.
pub(super) async fn run(args: CreateArgs, context: &Context) -> Result<Outcome, CliError> {
    let password = match (args.no_password, args.new_password) {
        (true, _) => Password::Never,
        (_, true) => Password::Always,
        _ => Password::WhenNew,
    };
    let deed = Deed::Create { preset: args.preset.into(), password, close_public: args.close_public };
    let change = Change { role: args.name, deed };
    let database = args.how.open(context)?;
    let proposal = database.plan_role(&change).await?;
    if args.how.print || context.globals.dry_run {
        return report::proposed(context, &change, &proposal, args.how.print);
    }
    let password = proposal.wants_password().then(roles::generate).transpose()?;
    match database.change_role(&change, &proposal.plan, password.as_ref()).await {
        Ok(()) => report::done(context, &change, &proposal, password.as_ref()),
        Err(error) => Err(report::failed(context, error, password.as_ref())),
    }
}
