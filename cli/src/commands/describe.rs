//! `mainstay describe`.

mod page;

pub(crate) use page::page;

use clap::Args;
use mainstay::catalog::Scope;
use mainstay::inspect;

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// Show what one table, view or sequence is made of
#[derive(Args, Clone)]
pub struct DescribeArgs {
    /// Its name: device, public.device, "Quoted"
    table: String,
}

/// Describes the table.
pub(super) async fn run(args: DescribeArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let description = inspect::describe(&database.catalog(Scope::Relations).await?, &args.table)?;
    let text = page::page(&description, database.target().flavor(), &context.output);
    context.answer(&description, Text::Lines(text))?;
    Ok(Outcome::Done)
}
