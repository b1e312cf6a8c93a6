//! `mainstay backup verify`.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use mainstay::archive::manifest::Range;
use mainstay::backup::{self, Extent, Notice, Operation, Verified};
use mainstay::observer::{Event, Observer};
use mainstay::store::{Found, Store};
use mainstay::{Error, ErrorKind, drill};

use super::news::News;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::{self, Identities};

/// Read a backup again: size and hash of every file, and the rows of every table against their digest
///
/// An encrypted one is opened with --identity; without it sizes and hashes alone are compared. Ends with 6 where something
/// is damaged, and says in which table; the backup then counts as refuted.
#[derive(Args, Clone)]
pub struct VerifyArgs {
    /// Its name, or `latest`
    #[arg(value_name = "ID", default_value = "latest")]
    id: String,

    /// Read this share of the files with rows, chosen by chance: 10%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    sample: Option<f64>,

    #[command(flatten)]
    identities: Identities,

    /// Where it lies: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
}

/// Verifies, and fails with 6 where something is damaged.
pub(super) async fn run(args: VerifyArgs, context: &Context) -> Result<Outcome, CliError> {
    let place = reach::place(args.from.as_deref());
    let place = reach::builder(context)?.backup_store(place.as_deref())?.describe();
    let news = News::begin(Operation::Verify, place, context)?;
    let (store, found) = news.heard(reach::backup(context, args.from.as_deref(), &args.id).await).await?;
    let unlocking = news.heard(args.identities.unlocking(context)).await?;
    let began = Instant::now();
    let extent = args.sample.map_or(Extent::All, Extent::Sample);
    let observer: Arc<dyn Observer> = Arc::clone(&context.observer) as _;
    let verified = match backup::verify(store.as_ref(), &found, &unlocking, extent, &observer).await {
        Ok(verified) => verified,
        Err(error) => return Err(news.failed(error).await),
    };
    refute(store.as_ref(), &found, &verified, began.elapsed(), context).await;
    let damage = damage(&verified);
    let notice = Notice {
        database: Some(verified.database.clone()),
        id: Some(verified.id.clone()),
        bytes: Some(verified.bytes),
        rows: verified.opened.then_some(verified.rows),
        error: damage.as_ref().map(ToString::to_string),
        ..news.notice(if damage.is_none() { "checked" } else { "damaged" })
    };
    let told = context.answer(&verified, Text::Lines(text(&verified))).and_then(|()| match damage {
        None => Ok(Outcome::Done),
        Some(error) => Err(CliError::Answered(error)),
    });
    news.tell(notice, told).await
}

/// A damaged backup is none to rely on for whoever comes after: `list`, `status` and `prune` learn it from beside it.
async fn refute(store: &dyn Store, found: &Found, verified: &Verified, took: Duration, context: &Context) {
    let why = verified.refutation();
    if why.is_empty() {
        return;
    }
    if let Err(error) = drill::refute(store, found, why, took).await {
        let message = format!("it could not be written down that {} is damaged: {}", verified.id, error.one_line());
        context.observer.event(Event::Warning { message: &message });
    }
}

/// What is wrong, in one sentence.
fn damage(verified: &Verified) -> Option<Error> {
    if verified.damages.is_empty() {
        return None;
    }
    let message = format!("{} is damaged: {}", verified.id, words::plural(verified.damages.len(), "file"));
    Some(
        Error::new(ErrorKind::Verification, message)
            .hint("take another one now: mainstay backup create")
            .hint("see which older one is whole: mainstay backup list, then mainstay backup verify ID"),
    )
}

fn text(verified: &Verified) -> String {
    let mut text = String::new();
    for damage in &verified.damages {
        let table = damage.table.as_deref().map(|table| format!(" of {}", words::printable(table))).unwrap_or_default();
        let range = damage.range.as_ref().map(|range| format!(", {}", rows(range))).unwrap_or_default();
        let _ = writeln!(text, "damaged {}{table}{range}: {}", damage.file, words::printable(&damage.what));
    }
    let read = match verified.files == verified.of {
        true => words::plural(verified.of, "file"),
        false => format!("{} of {}", verified.files, words::plural(verified.of, "file")),
    };
    let what = match verified.opened {
        true => format!("{} rows compared", words::count(verified.rows)),
        false => "encrypted, so not opened: sizes and hashes alone were compared; --identity FILE opens it".to_owned(),
    };
    let word = if verified.damages.is_empty() { "good" } else { "damaged" };
    let _ = writeln!(text, "{} is {word}: {read} read, {}, {what}", verified.id, words::bytes(verified.bytes));
    text
}

/// Which rows, for people.
pub(super) fn rows(range: &Range) -> String {
    match range {
        Range::Key { column, from, to } => match (from, to) {
            (Some(from), Some(to)) => format!("{column} {from} to {to}"),
            (Some(from), None) => format!("{column} from {from}"),
            (None, Some(to)) => format!("{column} up to {to}"),
            (None, None) => format!("every {column}"),
        },
        Range::Pages { from, to: Some(to) } => format!("pages {from} to {}", to.saturating_sub(1)),
        Range::Pages { from, to: None } => format!("pages from {from}"),
    }
}

/// `10%`, or a number up to 100 without the sign.
fn share(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim().parse::<f64>().ok();
    let share = number.filter(|number| *number > 0.0 && *number <= 100.0).map(|number| number / 100.0);
    share.ok_or_else(|| format!("`{text}` is no share such as 10%"))
}
