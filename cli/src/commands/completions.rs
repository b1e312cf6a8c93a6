//! `mainstay completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Outcome;
use crate::args::Cli;
use crate::context::Context;
use crate::error::CliError;

/// Arguments of `mainstay completions`.
#[derive(clap::Args, Clone)]
pub struct Completions {
    /// Shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(super) async fn run(args: Completions, context: &Context) -> Result<Outcome, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mainstay", &mut script);
    context.output.write(&script)?;
    Ok(Outcome::Done)
}
