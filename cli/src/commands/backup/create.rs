//! `mainstay backup create`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use mainstay::Database;
use mainstay::archive::codec::Codec;
use mainstay::archive::digest::CopyFormat;
use mainstay::backup::{Foreseen, Notice, Operation, Order, RowFormat, SingleFormat, Taken};
use mainstay::config::parse_duration;
use serde_json::json;

use super::news::News;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Take a backup: the rows of every table as one moment had them, read back before it counts, readable by pg_restore too
#[derive(Args, Clone)]
pub struct CreateArgs {
    /// Where it goes: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    to: Option<String>,

    /// Sessions that copy rows at once; one for each processor otherwise
    #[arg(long, short, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,

    /// How rows are compressed: zstd:3, gzip:1, none; the best that this machine's pg_restore reads otherwise
    #[arg(long, value_name = "CODEC:LEVEL")]
    compress: Option<Codec>,

    /// How rows are written: fast, which every pg_restore loads, or text, of which it can make a script too
    #[arg(long, value_name = "FORMAT", default_value = "fast")]
    rows: Rows,

    /// Keep the roles' password hashes too; only a superuser may read them
    #[arg(long)]
    with_passwords: bool,

    /// How long to wait for a table that somebody has locked: 30s, 10 min
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    lock_wait: Duration,

    /// One file instead, by pg_dump: plain SQL, or the custom format of pg_restore
    #[arg(long, value_name = "FORMAT", requires = "output", conflicts_with_all = ["to", "jobs", "compress", "with_passwords"])]
    format: Option<Format>,

    /// The file to write; a plain one is compressed where its name ends in .gz or .zst
    #[arg(long, short, value_name = "FILE", requires = "format")]
    output: Option<PathBuf>,
}

/// What one file is made of.
#[derive(ValueEnum, Clone, Copy)]
enum Format {
    /// SQL
    Plain,
    /// pg_restore's
    Custom,
}

/// How rows are written.
#[derive(ValueEnum, Clone, Copy)]
enum Rows {
    /// Binary where a table has built-in types alone
    Fast,
    /// Text always
    Text,
}

/// Takes the backup, or says what it would hold.
pub(super) async fn run(args: CreateArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    if let (Some(format), Some(file)) = (args.format, &args.output) {
        return single(&database, format, file, args.lock_wait, context).await;
    }
    let store = database.backup_store(reach::place(args.to.as_deref()).as_deref())?;
    let order = Order {
        jobs: args.jobs.map(usize::from),
        compress: args.compress,
        rows: match args.rows {
            Rows::Fast => RowFormat::Fast,
            Rows::Text => RowFormat::Text,
        },
        with_passwords: args.with_passwords,
        lock_wait: args.lock_wait,
        ..database.backup_order(store.as_ref())
    };
    if context.globals.dry_run {
        let foreseen = database.foresee_backup(&order).await?;
        context.answer(&foreseen, Text::Lines(plan(&foreseen, &store.describe())))?;
        return Ok(Outcome::Done);
    }
    let news = News::begin(Operation::Create, store.describe(), context)?;
    let taken = match database.create_backup(&order).await {
        Ok(taken) => taken,
        Err(error) => return Err(news.failed(error).await),
    };
    let told = context.answer(data(&taken), Text::Lines(lines(&taken))).map(|()| Outcome::Done);
    let notice = Notice {
        id: Some(taken.manifest.id.clone()),
        bytes: Some(taken.bytes),
        rows: Some(rows(&taken)),
        ..news.notice("checked")
    };
    news.tell(notice, told).await
}

/// One file by pg_dump.
async fn single(
    database: &Database,
    format: Format,
    file: &Path,
    lock_wait: Duration,
    context: &Context,
) -> Result<Outcome, CliError> {
    database.may_dump(file)?;
    if context.globals.dry_run {
        let text = format!("would write {}\n", file.display());
        context.answer(json!({ "path": file.display().to_string() }), Text::Lines(text))?;
        return Ok(Outcome::Done);
    }
    let format = match format {
        Format::Plain => SingleFormat::Plain,
        Format::Custom => SingleFormat::Custom,
    };
    let file = database.dump_to_file(format, file, lock_wait).await?;
    let took = words::duration(Duration::from_secs_f64(file.seconds));
    let text = format!("{}: {}, read back whole ({took})\n", file.path.display(), words::bytes(file.bytes));
    context.answer(&file, Text::Lines(text))?;
    Ok(Outcome::Done)
}

fn data(taken: &Taken) -> serde_json::Value {
    let manifest = &taken.manifest;
    let table = |table: &mainstay::archive::manifest::Table| json!({ "schema": table.schema, "name": table.name, "rows": table.rows.count, "files": table.parts.len() });
    json!({
        "id": manifest.id,
        "store": taken.store,
        "state": "checked",
        "bytes": taken.bytes,
        "rows": rows(taken),
        "seconds": taken.seconds,
        "started": manifest.started,
        "finished": manifest.finished,
        "source": manifest.source,
        "tables": manifest.tables.iter().map(table).collect::<Vec<_>>(),
        "sequences": manifest.sequences.len(),
        "large_objects": manifest.large_objects.count,
        "files": manifest.files.len(),
        "encrypted_to": manifest.encryption.as_ref().map(|encryption| &encryption.recipients),
        "left_out": manifest.left_out,
    })
}

fn rows(taken: &Taken) -> u64 {
    taken.manifest.tables.iter().map(|table| table.rows.count).sum()
}

/// What was taken, where it is, and what is not in it.
fn lines(taken: &Taken) -> String {
    let manifest = &taken.manifest;
    let objects = match manifest.large_objects.count {
        0 => String::new(),
        count => format!(", {} large objects", words::count(count)),
    };
    let mut text = format!(
        "{} is in {}: {} rows of {}{objects}, {}, read back whole ({})\n",
        manifest.id,
        taken.store,
        words::count(rows(taken)),
        words::plural(manifest.tables.len(), "table"),
        words::bytes(taken.bytes),
        words::duration(Duration::from_secs_f64(taken.seconds)),
    );
    if let Some(encryption) = &manifest.encryption {
        let _ = writeln!(text, "encrypted to {}", encryption.recipients.join(", "));
    }
    text.extend(manifest.left_out.iter().map(|left_out| format!("left out: {left_out}\n")));
    text
}

/// What a backup would hold.
fn plan(foreseen: &Foreseen, store: &str) -> String {
    let mut text = format!(
        "would write to {store}: {} with {} in the database, by {}, {}\n",
        words::plural(foreseen.tables.len(), "table"),
        words::bytes(foreseen.bytes),
        words::plural(foreseen.jobs, "session"),
        foreseen.codec,
    );
    if !foreseen.recipients.is_empty() {
        let _ = writeln!(text, "encrypted to {}", foreseen.recipients.join(", "));
    }
    for table in &foreseen.tables {
        let copy = match table.copy {
            CopyFormat::Text => "text",
            CopyFormat::Binary => "binary",
        };
        let name = words::printable(&format!("{}.{}", table.schema, table.name));
        let _ =
            writeln!(text, "  {name}: {}, {copy}, {}", words::bytes(table.bytes), words::plural(table.parts, "file"));
    }
    if foreseen.large_objects > 0 {
        let _ = writeln!(text, "  {} large objects", words::count(foreseen.large_objects as u64));
    }
    text.extend(foreseen.left_out.iter().map(|left_out| format!("left out: {left_out}\n")));
    text
}
