//! `mainstay backup list`.

use clap::Args;
use mainstay::store;
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Table, words};
use crate::reach;

/// List the backups, the newest first, and how far each has come
///
/// `checked` was taken and read back, `proven` was restored and had every row, `refuted` had not, or was
/// found damaged; `unfinished` has no manifest and is none. No database is connected to.
#[derive(Args, Clone)]
pub struct ListArgs {
    /// Where they lie: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
}

/// Lists them.
pub(super) async fn run(args: ListArgs, context: &Context) -> Result<Outcome, CliError> {
    let store = reach::backup_store(context, args.from.as_deref()).await?;
    let listed = store::list(store.as_ref()).await?;
    if listed.is_empty() {
        context.observer.line(&format!("there is no backup in {}; take one: mainstay backup create", store.describe()));
    }
    let mut table =
        Table::new(["ID", "STATE", "DATABASE", "STARTED", "SIZE", "TABLES", "ROWS", "ENCRYPTED", "PROBLEM"])
            .numbers(&[4, 5, 6])
            .whole(&[0]);
    for one in &listed {
        let known = one.database.is_some();
        let number = |count: u64| if known { words::count(count) } else { String::new() };
        table.row([
            one.id.clone(),
            one.state.word().to_owned(),
            one.database.clone().unwrap_or_default(),
            one.started.clone(),
            words::bytes(one.bytes),
            number(one.tables as u64),
            number(one.rows),
            if one.encrypted { "yes" } else { "" }.to_owned(),
            one.problem.clone().unwrap_or_default(),
        ]);
    }
    context.answer(json!({ "store": store.describe(), "backups": listed }), Text::Table(table))?;
    Ok(Outcome::Done)
}
