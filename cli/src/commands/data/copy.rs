//! `mainstay data copy`.

use clap::Args;
use mainstay::data::{Order, Selection};
use mainstay::{Database, Error, ErrorKind};
use serde_json::json;

use super::load::Rules;
use super::plan;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// Copy rows from one database into another without a file between, all of them or none
#[derive(Args, Clone)]
pub struct CopyArgs {
    /// Where the rows are: a URL, sqlite:PATH, or a target of mainstay.toml
    #[arg(value_name = "FROM")]
    from: String,

    /// Where they go, in the same words
    #[arg(value_name = "TO")]
    to: String,

    /// Tables to copy; all of them where none is named
    #[arg(value_name = "TABLES")]
    tables: Vec<String>,

    /// Details of the load
    #[command(flatten)]
    rules: Rules,
}

/// Copies the rows, or says what that would do.
pub(super) async fn run(args: CopyArgs, context: &Context) -> Result<Outcome, CliError> {
    let selection = Selection { tables: args.tables, ..Selection::default() };
    let order = Order { selection, lock_wait: args.rules.lock_wait, ..Order::default() };
    let options = args.rules.options(None, context);
    let from = database(&args.from, true, context)?;
    let to = database(&args.to, false, context)?;
    if context.globals.dry_run {
        let foreseen = from.plan_copy(&to, &order, &options).await?;
        context.answer(&foreseen, Text::Lines(plan::foreseen(&foreseen)))?;
        return Ok(Outcome::Done);
    }
    let copied = from.copy_data(&to, &order, &options).await?;
    let digests = copied
        .manifest
        .tables
        .iter()
        .map(|table| json!({ "schema": table.schema, "name": table.name, "rows": table.rows }));
    let data = json!({ "loaded": copied.loaded, "read": digests.collect::<Vec<_>>() });
    context.answer(data, Text::Lines(plan::loaded(&copied.loaded, "copied")))?;
    Ok(Outcome::Done)
}

/// The database that `text` names.
fn database(text: &str, reads: bool, context: &Context) -> Result<Database, CliError> {
    let mut request = reach::request(context)?;
    let is_url = text.contains("://") || text.contains('=') || text.starts_with("sqlite:");
    // Half a URL may have a password in it, and is not repeated as the name of a target.
    if !is_url && text.contains('@') {
        return Err(Error::new(ErrorKind::Usage, "what has an @ in it is neither a URL nor a target's name")
            .hint("write the whole URL: postgresql://USER@HOST/NAME")
            .into());
    }
    (request.url, request.target) = if is_url { (Some(text.to_owned()), None) } else { (None, Some(text.to_owned())) };
    let builder = reach::builder(context)?.request(request);
    reach::open(context, if reads { builder.read_only() } else { builder })
}
