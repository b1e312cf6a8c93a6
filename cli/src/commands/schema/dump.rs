//! `mainstay schema dump`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mainstay::disk;
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// How a schema is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// SQL that makes it: pg_dump's own work, or what SQLite keeps
    Sql,
    /// A snapshot, which is a state again
    Json,
}

/// Print a state's schema as SQL, or as a snapshot to compare with later
#[derive(Args, Clone)]
#[command(after_help = "\
A STATE is `database` (the project's own), `ledger` (what its applied migrations produce), a target of mainstay.toml, a \
URL, a .sql file or a folder of such in any order, a migrations folder, or a snapshot. `sql:PATH` and `migrations:DIR` \
say which one a folder is.")]
pub struct DumpArgs {
    /// Whose schema
    #[arg(default_value = "database")]
    state: String,

    /// How to write it: --json means json
    #[arg(long, value_enum, default_value = "sql")]
    format: Format,

    /// Write it to this file, which must not exist yet
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Dumps the schema.
pub(super) async fn run(args: DumpArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?.read_only();
    let state = reach::state(context, &builder, &args.state)?;
    let states = builder.states()?;
    let text = match context.globals.json || args.format == Format::Json {
        true => {
            let snapshot = states.read(&state).await?;
            let text = serde_json::to_string_pretty(&snapshot).map_err(std::io::Error::from)?;
            text + "\n"
        }
        false => states.sql(&state).await?,
    };
    context.observer.finish();
    match args.output {
        None => context.output.write(text.as_bytes())?,
        Some(file) => {
            disk::write_new(&file, &text)?;
            context.answer(
                json!({ "file": file.display().to_string() }),
                Text::Lines(format!("wrote {}\n", file.display())),
            )?;
        }
    }
    Ok(Outcome::Done)
}
