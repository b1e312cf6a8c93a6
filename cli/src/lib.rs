//! The command `mainstay`: arguments in, one command run, its result and its errors out.
//!
//! This crate alone reads the environment, the home folder and the terminal; the library is told by value.

pub mod args;
pub mod commands;
pub mod context;
pub mod env;
pub mod error;
mod fail_on;
pub mod output;
pub mod prompt;
pub mod reach;
mod repl;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
    if matches!(result, Err(CliError::Interrupted)) {
        runtime.block_on(wind_up());
    }
    context.observer.finish();
    result
}

async fn until_interrupted(command: commands::Command, context: &Context) -> Result<commands::Outcome, CliError> {
    tokio::select! {
        biased;
        result = commands::run(command, context) => result,
        () = interrupted(&context.hands_signals_on) => Err(CliError::Interrupted),
    }
}

/// Were we started by `nohup`? Elsewhere than on Linux nobody can tell, and the terminal's end is ours.
fn ignores_hangup() -> bool {
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & HANGUP != 0)
}

/// Ends when the command is told to stop, unless that is `another`'s business.
async fn interrupted(another: &AtomicBool) {
    loop {
        told_to_stop().await;
        if !another.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// Ends when the user types Ctrl-C, the terminal is gone, or a service manager ends the command.
pub(crate) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let outlives_terminal = ignores_hangup();
    let on = |kind: SignalKind| signal(kind).ok();
    let (Some(mut interrupt), Some(mut terminate), Some(mut hangup)) =
        (on(SignalKind::interrupt()), on(SignalKind::terminate()), on(SignalKind::hangup()))
    else {
        // Without handlers the signals end the process by themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv(), if !outlives_terminal => {}
    }
}

/// The sessions of an interrupted command ask their servers to stop: gives them the time to do so.
async fn wind_up() {
    const LONGEST: Duration = Duration::from_secs(2);
    let started = Instant::now();
    while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0 && started.elapsed() < LONGEST {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
