//! `mainstay migrate repair`.

use clap::Args;
use mainstay::dialect::Version;
use mainstay::migrate::RepairRequest;
use mainstay::{Error, ErrorKind};

use super::folder;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::prompt;
use crate::reach;

/// Put the ledger right after showing why
#[derive(Args, Clone)]
pub struct RepairArgs {
    /// Take a version out of the ledger without running anything
    #[arg(long, value_name = "VERSION")]
    forget: Vec<String>,
}

/// Shows what would be corrected and why, asks, and corrects it.
pub(super) async fn run(args: RepairArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?)?;
    let folder = folder(&database)?;
    let mut session = database.connect_as_owner().await?;
    let mut migrator = database.migrator(session.as_mut(), &folder);
    let state = migrator.state().await?;
    let request = RepairRequest { forget: args.forget.into_iter().map(Version::new).collect() };
    let repair = migrator.plan_repair(&state, &request)?;
    if repair.plan.is_empty() {
        context.answer(&repair, Text::Lines("nothing to repair\n".to_owned()))?;
        return Ok(Outcome::Done);
    }
    for reason in &repair.reasons {
        context.observer.line(reason);
    }
    if context.globals.dry_run {
        context.answer(&repair, Text::Lines(repair.plan.to_text()))?;
        return Ok(Outcome::Done);
    }
    if !prompt::confirmed(context, "Change the ledger so?")? {
        return Err(Error::new(ErrorKind::Refused, "the ledger was not changed")
            .hint("mainstay migrate repair --yes")
            .into());
    }
    migrator.apply_repair(&repair).await?;
    let text: String = repair.plan.steps.iter().map(|step| format!("done  {}\n", step.title)).collect();
    context.answer(&repair, Text::Lines(text))?;
    Ok(Outcome::Done)
}
