//! `mainstay migrate new`.

use clap::Args;
use mainstay::migrate;

use super::folder_alone;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;

/// Write the files of a new migration
#[derive(Args, Clone)]
pub struct NewArgs {
    /// What it does, in a few words: add_retry_to_tests
    #[arg(required = true, num_args = 1..)]
    name: Vec<String>,
}

/// Writes the files; touches no database.
pub(super) async fn run(args: NewArgs, context: &Context) -> Result<Outcome, CliError> {
    let now = jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
    let created = migrate::create(&folder_alone(context)?, &args.name.join(" "), &now)?;
    let text: String = created.files.iter().map(|file| format!("wrote {}\n", file.display())).collect();
    context.answer(&created, Text::Lines(text))?;
    Ok(Outcome::Done)
}
