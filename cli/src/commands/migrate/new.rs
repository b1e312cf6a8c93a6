//! `mainstay migrate new`.

use clap::Args;

use super::{migrations, migrations_alone};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// Write the files of a new migration
#[derive(Args, Clone)]
pub struct NewArgs {
    /// What it does, in a few words: add_retry_to_tests
    #[arg(required = true, num_args = 1..)]
    name: Vec<String>,
}

/// Writes the files; touches no database, unless the migrations are another program's, which writes them by its own.
pub(super) async fn run(args: NewArgs, context: &Context) -> Result<Outcome, CliError> {
    let now = jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
    let name = args.name.join(" ");
    let created = match migrations_alone(context)?.create(&name, &now) {
        Some(created) => created?,
        None => {
            let database = reach::open(context, reach::builder(context)?)?;
            database.new_migration(migrations(&database)?.as_ref(), &name, &now).await?
        }
    };
    let text: String = created.files.iter().map(|file| format!("wrote {}\n", file.display())).collect();
    context.answer(&created, Text::Lines(text))?;
    Ok(Outcome::Done)
}
