//! `mainstay role drop`.

use clap::Args;
use mainstay::roles::{Change, Deed};
use mainstay::{Error, ErrorKind};

use super::{How, report};
use crate::commands::Outcome;
use crate::context::Context;
use crate::error::CliError;
use crate::prompt;

/// Drop a role that owns nothing, or whose objects another gets
///
/// No object is ever dropped with it. One that owns objects here is refused without --reassign-to; one that has anything in another
/// database is refused until that is settled there. The connected role and the roles that mainstay.toml names are never dropped.
///
/// At a terminal it asks; elsewhere it wants --yes. Where the database is a production one, by its own mark or by mainstay.toml, it
/// wants --confirm with the database's name.
#[derive(Args, Clone)]
pub struct DropArgs {
    /// The role
    name: String,

    /// Who gets what it owns in this database
    #[arg(long, value_name = "ROLE")]
    reassign_to: Option<String>,

    /// How it is done
    #[command(flatten)]
    how: How,
}

/// Drops it, or says how.
pub(super) async fn run(args: DropArgs, context: &Context) -> Result<Outcome, CliError> {
    let change = Change { role: args.name, deed: Deed::Drop { reassign_to: args.reassign_to } };
    let database = args.how.open(context)?;
    let proposal = database.plan_role(&change).await?;
    if args.how.print || context.globals.dry_run {
        return report::proposed(context, &change, &proposal, args.how.print);
    }
    let (role, name) = (&change.role, &proposal.plan.database);
    let confirmed = context.globals.confirm.as_deref() == Some(name);
    if !confirmed && database.is_production().await? {
        return Err(Error::new(ErrorKind::Refused, format!("role {role} is one of the production database {name}"))
            .hint(format!("type its name to go on: --confirm {name}"))
            .into());
    }
    if !confirmed && !prompt::confirmed(context, &format!("drop role {role}?"))? {
        return Err(Error::new(ErrorKind::Refused, format!("role {role} would be dropped"))
            .hint("go on without being asked: --yes")
            .into());
    }
    database.change_role(&change, &proposal.plan, None).await?;
    report::done(context, &change, &proposal, None)
}
