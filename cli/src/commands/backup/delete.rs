//! `mainstay backup delete`.

use clap::Args;
use mainstay::backup::{self, Removal};
use mainstay::{Error, ErrorKind, store};

use super::prune::answer;
use crate::commands::Outcome;
use crate::context::Context;
use crate::error::CliError;
use crate::{prompt, reach};

/// Remove backups by name; --dry-run shows what would go
///
/// At a terminal it asks; elsewhere it wants --yes. Where the target is production, it wants --confirm with the name of the
/// backups' database. The newest proven backup goes only with --even-proven.
#[derive(Args, Clone)]
pub struct DeleteArgs {
    /// Their names; `latest` is the newest of the target's database
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// The newest proven backup that may go, by its name again
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    even_proven: Vec<String>,

    /// Where they lie: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
}

/// Removes them, or says what would go.
pub(super) async fn run(args: DeleteArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?;
    let store = reach::backup_store(context, args.from.as_deref()).await?;
    let mut ids = args.ids;
    for id in ids.iter_mut().filter(|id| *id == "latest") {
        *id = store::find(store.as_ref(), id, reach::own_database(&builder).as_deref()).await?.listed.id;
    }
    let plan = backup::plan_delete(store.as_ref(), &ids, &args.even_proven).await?;
    if !context.globals.dry_run {
        // Whose backups they are matters, not whether the server is there: nothing is connected to.
        let production = builder.resolve().is_ok_and(|found| found.environment.as_deref() == Some("production"));
        consent(&plan, production, context)?;
        backup::remove(store.as_ref(), &plan).await?;
    }
    answer(context, &plan)
}

fn consent(plan: &Removal, production: bool, context: &Context) -> Result<(), CliError> {
    let confirmed = context.globals.confirm.as_deref();
    let mut databases = plan.remove.iter().filter_map(|removed| removed.backup.database.as_deref());
    if production && let Some(other) = databases.find(|database| confirmed != Some(*database)) {
        let message = format!("these are backups of the production database {other}");
        let hint = format!("type its name to go on: --confirm {other}");
        return Err(Error::new(ErrorKind::Refused, message).hint(hint).into());
    }
    let count = crate::output::words::plural(plan.remove.len(), "backup");
    if production || prompt::confirmed(context, &format!("remove {count} from {}?", plan.store))? {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Refused, format!("{count} would be removed"))
        .hint("go on without being asked: --yes")
        .into())
}
