//! `mainstay backup drill`.

use std::fmt::Write;
use std::time::Duration;

use clap::{Args, ValueEnum};
use mainstay::archive::manifest::Mismatch;
use mainstay::backup::{Notice, Operation};
use mainstay::drill::{self, Drilled, Ground};
use mainstay::store::{self, Listed, State, Store};
use mainstay::{Error, ErrorKind};
use serde_json::json;

use super::news::News;
use super::verify::rows;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::{self, Identities};

/// Prove a backup: restore it into a scratch database, compare every table, and write the outcome beside it
///
/// On the server of the target where databases may be made there, else on a private server made of the programs on this machine.
/// The scratch database goes again in any case. Ends with 6 where something has come out otherwise; the backup then counts as
/// refuted.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay backup drill
  mainstay backup drill --unproven --on private")]
pub struct DrillArgs {
    /// Its name, or `latest`
    #[arg(value_name = "ID", default_value = "latest")]
    id: String,

    /// Every backup of the database in turn, the newest first
    #[arg(long, conflicts_with = "id")]
    all: bool,

    /// Those that no drill has tried yet, the newest first
    #[arg(long, conflicts_with_all = ["id", "all"])]
    unproven: bool,

    /// Where it is restored
    #[arg(long, value_name = "WHERE", default_value = "any")]
    on: On,

    /// Sessions side by side [default: one for each processor, 2 to 8]
    #[arg(short, long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,

    /// Where it lies: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,

    #[command(flatten)]
    identities: Identities,
}

/// Where a backup is restored.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    /// On the target's server, else on a private one
    Any,
    /// On the target's server
    Server,
    /// On a private server
    Private,
}

/// Drills, and fails with 6 where something has come out otherwise.
pub(super) async fn run(args: DrillArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let builder = reach::builder(context)?;
    let store = builder.backup_store(reach::place(args.from.as_deref()).as_deref())?;
    let own = reach::own_database(&builder);
    let news = News::begin(Operation::Drill, store.describe(), context)?;
    let wanted = match args.all || args.unproven {
        true => news.heard(several(store.as_ref(), own.as_deref(), args.all).await).await?,
        false => vec![args.id.clone()],
    };
    let unlocking = news.heard(args.identities.unlocking(context)).await?;
    let mut order = database.drill_order();
    order.unlocking = Some(&unlocking);
    order.jobs = args.jobs;
    order.ground = match args.on {
        On::Any => Ground::Any,
        On::Server => Ground::Server,
        On::Private => Ground::Private,
    };
    let mut drilled = Vec::new();
    let mut told = Ok(Outcome::Done);
    let mut failure = None;
    for id in &wanted {
        let found = match store::find(store.as_ref(), id, own.as_deref()).await {
            Ok(found) => found,
            // The others may be good.
            Err(error) => {
                failure = Some(news.failed(error).await);
                continue;
            }
        };
        match drill::drill(store.clone(), &found, &order).await {
            Ok(one) => {
                told = news.tell(notice(&one, &found.manifest.source.database, &news), told).await;
                drilled.push(one);
            }
            Err(error) => {
                let is_over = matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::ConnectionLost);
                failure = Some(news.failed(error).await);
                if is_over {
                    break;
                }
            }
        }
    }
    let Some(failure) = failure else {
        let text = match drilled.is_empty() {
            true => "every backup has been tried already; again: mainstay backup drill --all\n".to_owned(),
            false => drilled.iter().map(text).collect(),
        };
        return answer(&drilled, text, store.as_ref(), context).and_then(|()| outcome(&drilled)).and(told);
    };
    // What has been found out stays true.
    match failure {
        CliError::Failed(error) if !drilled.is_empty() => {
            answer(&drilled, drilled.iter().map(text).collect(), store.as_ref(), context)?;
            Err(CliError::Answered(error))
        }
        failure => Err(failure),
    }
}

fn answer(drilled: &[Drilled], text: String, store: &dyn Store, context: &Context) -> Result<(), CliError> {
    context.answer(json!({ "store": store.describe(), "drills": drilled }), Text::Lines(text))
}

/// The backups of `own`, the newest first: all that are finished, or those that no drill has tried. One that cannot be read is
/// among them, as it may be its.
async fn several(store: &dyn Store, own: Option<&str>, all: bool) -> Result<Vec<String>, CliError> {
    let wanted = |one: &Listed| match one.state {
        State::Unfinished => false,
        State::Unreadable => true,
        State::Checked => one.database.as_deref() == own || own.is_none(),
        State::Refuted | State::Proven => all && (one.database.as_deref() == own || own.is_none()),
    };
    let listed = store::list(store).await?;
    Ok(listed.into_iter().filter(wanted).map(|one| one.id).collect())
}

/// What others are told of a drill.
fn notice(drilled: &Drilled, database: &str, news: &News<'_>) -> Notice {
    Notice {
        database: Some(database.to_owned()),
        id: Some(drilled.id.clone()),
        rows: Some(drilled.proof.rows),
        seconds: Duration::from_millis(drilled.proof.milliseconds).as_secs_f64(),
        error: (!drilled.proven).then(|| format!("{} is not restored as backed up", drilled.id)),
        ..news.notice(if drilled.proven { "proven" } else { "refuted" })
    }
}

/// How the command ends.
fn outcome(drilled: &[Drilled]) -> Result<Outcome, CliError> {
    let refuted: Vec<&str> = drilled.iter().filter(|one| !one.proven).map(|one| one.id.as_str()).collect();
    match refuted.as_slice() {
        [] => Ok(Outcome::Done),
        refuted => {
            let message = format!("not restored as backed up: {}", refuted.join(", "));
            let error = Error::new(ErrorKind::Verification, message)
                .hint("take another one now, and prove it: mainstay backup create && mainstay backup drill")
                .hint("see which older one is good: mainstay backup drill --all");
            Err(CliError::Answered(error))
        }
    }
}

fn text(drilled: &Drilled) -> String {
    let proof = &drilled.proof;
    let mut text = String::new();
    for mismatch in &proof.mismatches {
        let _ = writeln!(text, "refuted  {}", differs(mismatch));
    }
    for failure in &proof.failures {
        let _ = writeln!(text, "refuted  {}", words::printable(failure));
    }
    for what in &proof.left_out {
        let _ = writeln!(text, "left out {}", words::printable(what));
    }
    let took = words::duration(Duration::from_millis(proof.milliseconds));
    let place = format!("{}, {}", proof.place, proof.server);
    let what = match drilled.proven {
        true => {
            let tables = words::plural(usize::try_from(proof.tables).unwrap_or_default(), "table");
            let objects = |count| words::plural(usize::try_from(count).unwrap_or_default(), "object");
            let owners = proof.owners.map(|count| format!(", the owners and rights of {}", objects(count)));
            let (rows, owners) = (words::count(proof.rows), owners.unwrap_or_default());
            format!("proven: {tables}, {rows} rows{owners}, all as they were backed up")
        }
        false => "refuted: it has not come out as it was backed up".to_owned(),
    };
    let _ = writeln!(text, "{} is {what} ({place}, {took})", drilled.id);
    text
}

/// A table that has come out with other rows, and which ranges of it.
pub(super) fn differs(mismatch: &Mismatch) -> String {
    let name = words::printable(&format!("{}.{}", mismatch.schema, mismatch.name));
    let found =
        mismatch.found.map_or_else(|| "no such table".to_owned(), |rows| format!("{} rows", words::count(rows.count)));
    let same = mismatch.found.is_some_and(|rows| rows.count == mismatch.expected.count);
    let what = match same {
        true => format!("{found}, as many as there should be, but other ones"),
        false => format!("{found}, and it should be {}", words::count(mismatch.expected.count)),
    };
    let ranges: Vec<String> = mismatch.ranges.iter().map(|one| rows(&one.range)).collect();
    let ranges = if ranges.is_empty() { String::new() } else { format!(" ({})", ranges.join("; ")) };
    format!("{name}{ranges}: {what}")
}
