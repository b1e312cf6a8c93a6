//! `mainstay data load`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use mainstay::config::parse_duration;
use mainstay::data::{Input, OnConflict, Options};

use super::form::Form;
use super::plan;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// Load what `data dump` or Django's `dumpdata` has written: all of it or nothing, unless --batch is given
#[derive(Args, Clone)]
pub struct LoadArgs {
    /// The dump: a folder, a file that ends in .tar.zst, a fixture with or without its .json, or - for standard input
    #[arg(value_name = "DUMP")]
    dump: PathBuf,

    /// In which form it is, where that is not to be told from what is in it
    #[arg(long, value_name = "FORM")]
    format: Option<Form>,

    /// Commit after so many rows; the same command goes on from there after an interruption
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    batch: Option<u64>,

    /// Details of the load
    #[command(flatten)]
    rules: Rules,
}

/// How rows go into a database.
#[derive(Args, Clone)]
pub(super) struct Rules {
    /// What to do with a row whose key is there already: error stops, skip leaves it, update gives it the new values
    #[arg(long, value_name = "WHAT", default_value = "error")]
    on_conflict: Conflict,

    /// Load even where the versions of the migrations differ; tables and columns must agree all the same
    #[arg(long)]
    any_version: bool,

    /// How long to wait for a table that somebody has locked: 30s, 10 min
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub(super) lock_wait: Duration,
}

/// What to do with a row whose key is there already.
#[derive(ValueEnum, Clone, Copy)]
enum Conflict {
    /// Stop, with nothing loaded
    Error,
    /// Leave the row that is there
    Skip,
    /// Give the row that is there the new values
    Update,
}

impl Rules {
    /// As the library takes them.
    pub(super) fn options(&self, batch: Option<u64>, context: &Context) -> Options {
        let on_conflict = match self.on_conflict {
            Conflict::Error => OnConflict::Error,
            Conflict::Skip => OnConflict::Skip,
            Conflict::Update => OnConflict::Update,
        };
        let confirm = context.globals.confirm.clone();
        Options { on_conflict, batch, any_version: self.any_version, confirm, lock_wait: self.lock_wait }
    }
}

/// Loads the dump, or says what that would do.
pub(super) async fn run(args: LoadArgs, context: &Context) -> Result<Outcome, CliError> {
    let options = args.rules.options(args.batch, context);
    let database = reach::open(context, reach::builder(context)?)?;
    let is_fixture = args.format == Some(Form::Django);
    let input = match (args.dump.as_os_str() == "-", is_fixture) {
        (true, true) => Input::FixtureStream(Box::new(std::io::stdin())),
        (true, false) => Input::Stream(Box::new(std::io::stdin())),
        (false, true) => Input::Fixture(args.dump),
        (false, false) => Input::Path(args.dump),
    };
    let ready = database.plan_data(input, &options).await?;
    if context.globals.dry_run {
        context.answer(ready.plan(), Text::Lines(plan::foreseen(ready.plan())))?;
        return Ok(Outcome::Done);
    }
    let loaded = database.load_data(ready, &options).await?;
    context.answer(&loaded, Text::Lines(plan::loaded(&loaded, "loaded")))?;
    Ok(Outcome::Done)
}
