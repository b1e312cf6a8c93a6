//! `mainstay psql`.

use std::sync::atomic::Ordering;

use clap::Args;
use mainstay::conn::Target;
use mainstay::tool::psql;
use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, exit_code};
use crate::context::Context;
use crate::error::CliError;
use crate::reach;

/// Start PostgreSQL's own psql on the database: no setting to repeat, no password to type or to show
#[derive(Args, Clone)]
pub struct PsqlArgs {
    /// Arguments for psql, after `--`
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

/// Hands over. It comes back only where psql had to run below us.
pub(super) async fn run(args: PsqlArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let Target::Postgres(target) = database.target() else {
        let message = format!("{} is an SQLite file, which psql cannot open", database.target().describe());
        return Err(mainstay::Error::new(mainstay::ErrorKind::Usage, message)
            .hint("the console can: mainstay sql -c 'SELECT …'")
            .into());
    };
    let path = context.vars().get("PATH").map(String::as_str).unwrap_or_default();
    context.observer.finish();
    context.hands_signals_on.store(true, Ordering::Relaxed);
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| mainstay::Error::new(mainstay::ErrorKind::Io, "cannot listen for signals").source(error))?;
    tokio::select! {
        ended = psql(target, path, &args.args) => Ok(Outcome::Exited(exit_code(ended?))),
        _ = terminate.recv() => Err(CliError::Interrupted),
    }
}
