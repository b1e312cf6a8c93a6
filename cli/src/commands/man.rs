//! `mainstay man`.

use std::path::PathBuf;

use clap::CommandFactory;
use mainstay::Error;

use super::Outcome;
use crate::args::Cli;
use crate::context::Context;
use crate::error::CliError;

/// Arguments of `mainstay man`.
#[derive(clap::Args, Clone)]
pub struct Man {
    /// Write one page for each command to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints the main page, or writes all pages.
pub(super) async fn run(args: Man, context: &Context) -> Result<Outcome, CliError> {
    match args.out {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            context.output.write(&page)?;
        }
        Some(folder) => {
            std::fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
            clap_mangen::generate_to(Cli::command(), &folder)
                .map_err(|error| Error::io("write manual pages to", &folder, error))?;
        }
    }
    Ok(Outcome::Done)
}
