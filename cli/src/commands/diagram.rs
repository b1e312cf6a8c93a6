//! `mainstay diagram`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mainstay::catalog::Name;
use mainstay::catalog::Scope;
use mainstay::diagram::{self, Change, Detail, Difference, Format, Graph, Selection, Subject};
use mainstay::{Error, ErrorKind, dialect, disk, ledger};
use serde_json::{Value, json};

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Table, words};
use crate::reach;

/// Draw the tables and their foreign keys, or check a diagram that was drawn earlier
///
/// Without TABLE, all tables are drawn but Mainstay's own and those in which migration tools keep their books. Partitions are
/// part of their table.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay diagram -o database.svg                       the whole database as a picture
  mainstay diagram --around orders --distance 2 -o near.svg
  mainstay diagram --check database.mmd                  exit code 6 if it is stale")]
pub struct DiagramArgs {
    /// Only these tables: device, public.device, "Quoted"
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,

    /// Only this table and those near it
    #[arg(long, value_name = "TABLE", conflicts_with = "tables")]
    around: Option<String>,

    /// How near: so many foreign keys away, in either direction
    #[arg(long, value_name = "N", default_value_t = 1, requires = "around")]
    distance: usize,

    /// Only tables of this schema
    #[arg(long, value_name = "SCHEMA")]
    schema: Option<String>,

    /// No columns
    #[arg(long, conflicts_with = "keys_only")]
    names_only: bool,

    /// Only the columns of keys
    #[arg(long)]
    keys_only: bool,

    /// Mainstay's own tables and those of migration tools too
    #[arg(long)]
    all: bool,

    /// Format, where FILE's extension (.mmd, .svg, .dot, .json) does not tell it; mermaid on standard output
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatName>,

    /// Write to this file
    #[arg(short, long, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,

    /// Compare this file with the database: what is missing in it, and what is too much
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

/// The formats by name.
#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    /// Mermaid's erDiagram, as mermerd writes it
    Mermaid,
    /// A picture
    Svg,
    /// Graphviz
    Dot,
    /// Data
    Json,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Mermaid => Self::Mermaid,
            FormatName::Svg => Self::Svg,
            FormatName::Dot => Self::Dot,
            FormatName::Json => Self::Json,
        }
    }
}

/// Draws the diagram or checks one.
pub(super) async fn run(args: DiagramArgs, context: &Context) -> Result<Outcome, CliError> {
    let (output, checked) = (args.output.as_deref(), args.check.as_deref());
    let file = output.or(checked);
    let format = match (args.format, file) {
        (Some(name), _) => name.into(),
        (None, Some(file)) if checked.is_some() => Format::of_file(file)?,
        (None, Some(file)) => Format::to_write(file)?,
        (None, None) => Format::Mermaid,
    };
    // A file that cannot be read is said before a server is asked.
    let written = checked.map(read).transpose()?;
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let catalog = database.catalog(Scope::Relations).await?;
    let books: BTreeSet<&Name> =
        catalog.tables.iter().filter(|table| dialect::is_books(table)).map(|table| &table.name).collect();
    let hidden = |name: &Name| !args.all && (ledger::owns(&name.schema, &name.name) || books.contains(name));
    let graph = Graph::select(&catalog, &selection(&args), hidden)?;
    match (output, checked, written) {
        (_, Some(file), Some(written)) => check(context, &graph, format, file, &written),
        (Some(file), ..) => write(context, &graph, format, file),
        _ => print(context, &graph, format),
    }
}

fn selection(args: &DiagramArgs) -> Selection {
    let detail = match (args.names_only, args.keys_only) {
        (true, _) => Detail::Names,
        (_, true) => Detail::Keys,
        _ => Detail::Columns,
    };
    Selection {
        tables: args.tables.clone(),
        around: args.around.clone(),
        distance: args.distance,
        schema: args.schema.clone(),
        detail,
    }
}

fn read(file: &Path) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let failed = Error::io("read", file, error);
        let redraw = Format::redraw(&file.to_string_lossy());
        if missing { failed.hint(format!("write it: {redraw}")) } else { failed }
    })
}

fn print(context: &Context, graph: &Graph, format: Format) -> Result<Outcome, CliError> {
    let text = format.write(graph);
    let data = match format {
        Format::Json if context.output.json => serde_json::from_str(&text).unwrap_or(Value::Null),
        _ => Value::from(text.as_str()),
    };
    context.answer(json!({ "format": format.name(), "diagram": data }), Text::Lines(text))?;
    Ok(Outcome::Done)
}

fn write(context: &Context, graph: &Graph, format: Format, file: &Path) -> Result<Outcome, CliError> {
    let text = format.write(graph);
    let before = std::fs::read(file).ok();
    let same = before.as_ref().is_some_and(|before| before == text.as_bytes());
    if before.is_some_and(|before| !std::str::from_utf8(&before).is_ok_and(|before| format.is_drawn(before))) {
        let message = format!("{} is there already, and is no diagram in the format {}", file.display(), format.name());
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("nothing was written; name another file, or move that one away")
            .into());
    }
    let dry_run = context.globals.dry_run;
    if !same && !dry_run {
        disk::write_over(file, &text).map_err(|error| match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => {
                error.hint(format!("make its folder: mkdir -p {}", folder.display()))
            }
            _ => error,
        })?;
    }
    let verb = match (same, dry_run) {
        (true, _) => "is up to date:",
        (_, true) => "would be written:",
        _ => "written:",
    };
    let (tables, keys) = (graph.entities.len(), graph.relations.len());
    let counted = format!("{}, {}", words::plural(tables, "table"), words::plural(keys, "foreign key"));
    context.observer.line(&format!("{} {verb} {counted}", file.display()));
    let data = json!({
        "format": format.name(), "file": file.display().to_string(), "changed": !same, "dry_run": dry_run, "tables": tables, "foreign_keys": keys,
    });
    context.answer(data, Text::Lines(String::new()))?;
    Ok(Outcome::Done)
}

fn check(context: &Context, graph: &Graph, format: Format, file: &Path, written: &str) -> Result<Outcome, CliError> {
    let name = file.display().to_string();
    let differences = diagram::check(graph, format, &name, written)?;
    let stale = !differences.is_empty();
    let data = json!({ "format": format.name(), "file": file.display().to_string(), "stale": stale, "differences": differences });
    let text = if stale { Text::Table(table(&differences)) } else { Text::Lines(format!("{name} is up to date\n")) };
    context.answer(data, text)?;
    if !stale {
        return Ok(Outcome::Done);
    }
    let count = words::plural(differences.len(), "difference");
    let error = Error::new(ErrorKind::Verification, format!("{name} is stale: {count}"));
    let redraw = Format::redraw(&name);
    Err(CliError::Answered(error.hint(format!("draw it again, with the same arguments: {redraw}"))))
}

fn table(differences: &[Difference]) -> Table {
    let mut table = Table::new(["CHANGE", "WHAT", "NAME", "DETAIL"]);
    for one in differences {
        let change = match one.change {
            Change::Missing => "missing",
            Change::Extra => "too much",
            Change::Changed => "changed",
        };
        let subject = match one.subject {
            Subject::Table => "table",
            Subject::Column => "column",
            Subject::Relation => "foreign key",
        };
        table.row([change, subject, &one.name, &one.detail]);
    }
    table
}
