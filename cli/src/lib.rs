//! The command `mainstay`: arguments in, one command run, its result and its errors out.
//!
//! This crate alone reads the environment, the home folder and the terminal; the library is told by value.

pub mod args;
pub mod commands;
pub mod context;
pub mod env;
pub mod error;
pub mod output;
pub mod prompt;
pub mod reach;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use args::Cli;
use context::Context;
use error::CliError;
use output::Output;

/// Runs the command that `raw` (the program's name first) asks for and returns the process's exit code.
pub fn run(raw: impl IntoIterator<Item = OsString>) -> ExitCode {
    let raw: Vec<OsString> = raw.into_iter().collect();
    let vars = env::variables();
    let early = args::early(&raw);
    let output = Output::detect(&vars, early.color, early.json);
    let mut root = Cli::command().term_width(output.help_width());
    let command = args::command_name(&root, &raw);
    let result = match root.try_get_matches_from_mut(&raw).and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => execute(cli, command.clone(), vars, output.clone()),
        Err(error) => Err(CliError::Clap(error)),
    };
    match result {
        Ok(outcome) => outcome.code(),
        Err(error) => error.report(&output, &command),
    }
}

fn execute(
    cli: Cli,
    command: String,
    vars: std::collections::BTreeMap<String, String>,
    output: Output,
) -> Result<commands::Outcome, CliError> {
    let context = Context::new(cli.globals.clone(), command, vars, output)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        mainstay::Error::new(mainstay::ErrorKind::Io, "cannot start the asynchronous runtime").source(error)
    })?;
    let mut result = runtime.block_on(until_interrupted(cli.command.clone(), &context));
    if let Err(CliError::Failed(error)) = &result
        && reach::ask_after(&context, error)?
    {
        // The connection is the first thing a command does: nothing has happened yet.
        result = runtime.block_on(until_interrupted(cli.command, &context));
    }
    context.observer.finish();
    result
}

async fn until_interrupted(command: commands::Command, context: &Context) -> Result<commands::Outcome, CliError> {
    tokio::select! {
        biased;
        result = commands::run(command, context) => result,
        Ok(()) = tokio::signal::ctrl_c() => Err(CliError::Interrupted),
    }
}
