//! `mainstay tune show`.

use clap::Args;
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Table, words};
use crate::reach;

/// Show the settings that depend on the machine, and where each comes from
#[derive(Args, Clone)]
pub struct ShowArgs {}

/// Shows them.
pub(super) async fn run(_: ShowArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let shown = database.tune_show().await?;
    let mut table = Table::new(["SETTING", "VALUE", "FROM"]);
    for setting in &shown {
        let waits = if setting.pending_restart { ", another value waits for a restart" } else { "" };
        table.row([
            setting.name,
            &words::printable(&setting.value),
            &format!("{}{waits}", words::printable(&setting.source)),
        ]);
    }
    context.answer(json!({ "settings": shown }), Text::Table(table))?;
    context.observer.line("what they would be for this machine: mainstay tune plan");
    Ok(Outcome::Done)
}
