//! `mainstay tables`.

use clap::Args;
use mainstay::catalog::Scope;
use mainstay::inspect::{self, TableLine};
use mainstay::sql::{Flavor, ident};
use serde_json::json;

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Output, Table, words};
use crate::reach;

/// List tables and views with owner, rows, size and comment
#[derive(Args, Clone)]
pub struct TablesArgs {
    /// Only names that fit, as in psql: log*, app.*, "Quoted"
    pattern: Option<String>,
}

/// Lists the tables.
pub(super) async fn run(args: TablesArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let lines = inspect::tables(&database.catalog(Scope::Relations).await?, args.pattern.as_deref());
    if lines.is_empty() {
        context.observer.line(&match &args.pattern {
            Some(pattern) => format!("no table or view fits {}", words::printable(pattern)),
            None => "there are no tables".to_owned(),
        });
    }
    let flavor = database.target().flavor();
    let table = list(&lines, flavor, &context.output);
    context.answer(json!({ "tables": lines }), Text::Table(table))?;
    Ok(Outcome::Done)
}

/// The list for whoever reads `output`.
pub(crate) fn list(lines: &[TableLine], flavor: Flavor, output: &Output) -> Table {
    if output.terminal { for_people(lines, flavor) } else { for_programs(lines, flavor) }
}

/// The name as SQL; SQLite has one schema, which goes without saying.
pub(crate) fn name(name: &mainstay::catalog::Name, flavor: Flavor) -> String {
    if flavor == Flavor::Sqlite { ident(&name.name) } else { name.to_string() }
}

/// An estimate of rows says that it is one.
pub(super) fn rows(estimate: Option<u64>) -> String {
    estimate.map(|rows| format!("~{}", words::count(rows))).unwrap_or_default()
}

fn for_people(lines: &[TableLine], flavor: Flavor) -> Table {
    let mut table = Table::new(["NAME", "KIND", "OWNER", "ROWS", "SIZE", "COMMENT"]).numbers(&[3, 4]);
    for line in lines {
        table.row([
            name(&line.name, flavor),
            line.kind.words().to_owned(),
            line.owner.clone(),
            rows(line.rows),
            line.bytes.map(words::bytes).unwrap_or_default(),
            line.comment.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// Plain numbers under headers that say what they are.
fn for_programs(lines: &[TableLine], flavor: Flavor) -> Table {
    let plain = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let mut table = Table::new(["NAME", "KIND", "OWNER", "ESTIMATED_ROWS", "BYTES", "COMMENT"]);
    for line in lines {
        table.row([
            name(&line.name, flavor),
            line.kind.words().to_owned(),
            line.owner.clone(),
            plain(line.rows),
            plain(line.bytes),
            line.comment.clone().unwrap_or_default(),
        ]);
    }
    table
}
