//! `mainstay migrate rehearse`.

mod page;

use clap::{Args, ValueEnum};
use mainstay::dialect::Version;
use mainstay::rehearse::{Failure, Means, Options, Rehearsal};
use mainstay::{Error, ErrorKind};

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

pub(super) use page::page;

/// Try what is pending on a clone of the database: locks, rewrites, rows lost, rows in the way
///
/// Nothing is written to the database. What would reach the whole server runs on a private one, and what would reach beyond that is
/// refused, as far as the statements and the functions, triggers and views that they use tell. The clone lies on the same server,
/// for nobody but the database's owner and you, and is dropped at the end. Exits with 6 where a migration fails on it, or where
/// rows break a constraint that is to be validated later.
#[derive(Args, Clone)]
pub struct RehearseArgs {
    /// Rehearse only up to this version
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,

    /// Rehearse pending migrations that are older than the newest applied one too
    #[arg(long)]
    out_of_order: bool,

    /// How the clone is made
    #[arg(long = "clone", value_name = "HOW", default_value = "auto")]
    how: How,

    /// Leave the clone where it is, and say its name
    #[arg(long)]
    keep: bool,

    /// Exit with 10 if there is a hazard
    #[arg(long)]
    exit_code: bool,
}

/// How a clone is made.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    /// By the server where nobody is connected, else from a dump; on a private server where no database may be made
    Auto,
    /// By the server from the database's files; whoever connects meanwhile waits
    Template,
    /// From a dump, on the same server
    Dump,
    /// From a dump, on a private server
    Private,
}

/// Rehearses, and fails with 6 where the real run would fail.
pub(super) async fn run(args: RehearseArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?.read_only().to(args.to.map(Version::new)).out_of_order(args.out_of_order);
    let database = reach::open(context, builder)?;
    let means = match args.how {
        How::Auto => Means::Any,
        How::Template => Means::Template,
        How::Dump => Means::Dump,
        How::Private => Means::Private,
    };
    let options = Options { means, keep: args.keep };
    if context.globals.dry_run {
        let prospect = database.rehearsal_ahead(options).await?;
        context.answer(&prospect, Text::Lines(page::prospect(&prospect)))?;
        return Ok(Outcome::Done);
    }
    let rehearsal = database.rehearse(options).await?;
    context.answer(&rehearsal, Text::Lines(page(&rehearsal, context.output.width)))?;
    if !rehearsal.is_good() {
        return Err(CliError::Answered(failure(&rehearsal)));
    }
    Ok(if args.exit_code && rehearsal.has_findings() { Outcome::Findings } else { Outcome::Done })
}

/// What is wrong, as an error.
pub(super) fn failure(rehearsal: &Rehearsal) -> Error {
    let again = "then: mainstay migrate rehearse";
    let Some((_, found)) = rehearsal.failure() else {
        return Error::new(ErrorKind::Verification, "rows break a constraint that is to be validated later")
            .hint(format!("mend these rows before the constraint is validated, {again}"));
    };
    let Failure { message, sql, place, causes, offence, .. } = found;
    let said = sql.as_ref().map_or_else(|| causes.first().cloned(), |sql| Some(sql.message.clone()));
    let mut error = Error::new(ErrorKind::Verification, format!("{message}, on the clone"));
    if let Some(said) = said.filter(|said| said != message) {
        error = error.source(said);
    }
    if let Some(place) = place {
        error = error.at(place.clone());
    }
    match offence {
        Some(offence) => error.hint(format!("mend the rows of {} that are in the way, {again}", offence.table)),
        None => error.hint(format!("mend the file, {again}")),
    }
}
