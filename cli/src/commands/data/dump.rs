//! `mainstay data dump`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mainstay::config::parse_duration;
use mainstay::data::{Dumped, Foreseen, Order, Output, Selection};
use mainstay::{Error, ErrorKind};
use serde_json::json;

use super::form::Form;
use super::plan::rows;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Write rows as JSON lines that either engine can load, or as a Django fixture: all as one moment had them, or those
/// that are named
#[derive(Args, Clone)]
pub struct DumpArgs {
    /// Tables to take; of a fixture, applications and models: app, app.Model. All of them where none is named
    #[arg(value_name = "TABLES")]
    tables: Vec<String>,

    /// In which form
    #[arg(long, value_name = "FORM", default_value = "own")]
    format: Form,

    /// An application or model that is left out of a fixture: app, app.Model; more than once for several
    #[arg(long, short, value_name = "APP|MODEL")]
    exclude: Vec<String>,

    /// Where it goes: a folder or a file that ends in .tar.zst; for a fixture a file that ends in .json or .jsonl, with .gz or .zst
    /// after it to compress it; - for standard output
    #[arg(long, short, value_name = "DIR|FILE|-")]
    output: Option<PathBuf>,

    /// How long to wait for a table that somebody has locked: 30s, 10 min
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    lock_wait: Duration,
}

/// Dumps the rows, or counts them.
pub(super) async fn run(args: DumpArgs, context: &Context) -> Result<Outcome, CliError> {
    let is_fixture = args.format == Form::Django;
    if !args.exclude.is_empty() && !is_fixture {
        let error =
            Error::new(ErrorKind::Usage, "--exclude is for fixtures, whose applications and models it leaves out");
        return Err(error.hint("name the tables that are wanted: mainstay data dump TABLES").into());
    }
    let selection = Selection { tables: args.tables, excluded: args.exclude };
    let order = Order { selection, format: args.format.into(), lock_wait: args.lock_wait };
    if context.globals.dry_run {
        let database = reach::open(context, reach::builder(context)?.read_only())?;
        let foreseen = database.foresee_data(&order).await?;
        context.answer(&foreseen, Text::Lines(plan(&foreseen)))?;
        return Ok(Outcome::Done);
    }
    let output = match args.output {
        Some(path) if path.as_os_str() != "-" && is_fixture => Output::Fixture(path),
        Some(path) if path.as_os_str() != "-" => Output::named(path)?,
        _ => standard_output(is_fixture, context)?,
    };
    let is_stream = matches!(output, Output::Stream(_));
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let dumped = database.dump_data(&order, output).await?;
    if is_stream {
        // The dump itself is the result.
        context.observer.line(lines(&dumped, is_fixture).trim_end());
    } else {
        context.answer(data(&dumped), Text::Lines(lines(&dumped, is_fixture)))?;
    }
    Ok(Outcome::Done)
}

fn standard_output(is_fixture: bool, context: &Context) -> Result<Output, CliError> {
    if is_fixture && context.output.json {
        let error = Error::new(ErrorKind::Usage, "a fixture on standard output leaves no room there for an answer");
        return Err(error.hint("write it to a file: mainstay data dump --format django -o FILE.json").into());
    }
    if !is_fixture && (std::io::stdout().is_terminal() || context.output.json) {
        let error =
            Error::new(ErrorKind::Usage, "a dump on standard output is compressed bytes, which nobody reads here");
        return Err(error.hint("write it to a folder: mainstay data dump -o DIR").into());
    }
    Ok(Output::Stream(Box::new(std::io::stdout())))
}

fn data(dumped: &Dumped) -> serde_json::Value {
    let manifest = &dumped.manifest;
    let table = |table: &mainstay::portable::manifest::Table| json!({ "schema": table.schema, "name": table.name, "rows": table.rows, "files": table.files });
    json!({
        "id": manifest.id,
        "to": dumped.to,
        "rows": manifest.rows(),
        "seconds": dumped.seconds,
        "migration": manifest.migration,
        "tables": manifest.tables.iter().map(table).collect::<Vec<_>>(),
        "left_out": manifest.left_out,
    })
}

fn lines(dumped: &Dumped, is_fixture: bool) -> String {
    let manifest = &dumped.manifest;
    let what = match is_fixture {
        // Pairs of many-to-many fields are within the objects.
        true => format!(
            "{} of {}",
            words::plural(usize::try_from(manifest.rows()).unwrap_or(usize::MAX), "object"),
            words::plural(manifest.tables.iter().filter(|table| table.rows.is_some()).count(), "model")
        ),
        false => format!("{} of {}", rows(manifest.rows()), words::plural(manifest.tables.len(), "table")),
    };
    let mut text = format!("{}: {what} ({})\n", dumped.to, words::duration(Duration::from_secs_f64(dumped.seconds)),);
    text.extend(manifest.left_out.iter().map(|left_out| format!("left out: {}\n", words::printable(left_out))));
    text
}

fn plan(foreseen: &Foreseen) -> String {
    let all: u64 = foreseen.tables.iter().map(|table| table.rows).sum();
    let mut text = format!("would write {} of {}\n", rows(all), words::plural(foreseen.tables.len(), "table"));
    for table in &foreseen.tables {
        let name = words::printable(&format!("{}.{}", table.schema, table.name));
        text.push_str(&format!("  {name}: {}\n", rows(table.rows)));
    }
    text.extend(foreseen.left_out.iter().map(|left_out| format!("left out: {}\n", words::printable(left_out))));
    text
}
