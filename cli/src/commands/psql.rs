//! `mainstay psql`.

use clap::Args;
use mainstay::conn::Target;
use mainstay::tool::become_psql;

use super::Outcome;
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

/// Hands over.
pub(super) async fn run(args: PsqlArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let Target::Postgres(target) = database.target() else {
        let message = format!("{} is an SQLite file, which psql cannot open", database.target().describe());
        return Err(mainstay::Error::new(mainstay::ErrorKind::Usage, message)
            .hint("the console can: mainstay sql -c 'SELECT …'")
            .into());
    };
    let path = context.vars().get("PATH").map(String::as_str).unwrap_or_default();
    match become_psql(target, path, &args.args)? {}
}
