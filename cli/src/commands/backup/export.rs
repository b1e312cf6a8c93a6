//! `mainstay backup export`.

use std::path::PathBuf;

use clap::Args;
use mainstay::archive::codec::Codec;
use mainstay::archive::manifest::Engine;
use mainstay::backup;
use mainstay::observer::{Event, Observer};

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::{self, Identities};

/// Write a backup as the plain folder that stock pg_restore reads, every file compared with what the backup's manifest says
///
/// An encrypted one is opened with --identity; what is written lies open.
#[derive(Args, Clone)]
pub struct ExportArgs {
    /// The backup: its id, or latest
    #[arg(value_name = "ID")]
    id: String,

    /// The folder to make
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Where the backup lies: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,

    /// How the rows are compressed: gzip:1, zstd:3, none; as they are otherwise, where this machine's pg_restore reads that
    #[arg(long, value_name = "CODEC:LEVEL")]
    compress: Option<Codec>,

    #[command(flatten)]
    identities: Identities,
}

/// Writes the folder.
pub(super) async fn run(args: ExportArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::builder(context)?.read_only().build()?;
    let (store, found) = reach::backup(context, args.from.as_deref(), &args.id).await?;
    let manifest = found.manifest;
    let unlocking = args.identities.unlocking(context)?;
    let codec = match args.compress {
        None => database.readable_codec(&manifest).await,
        asked => asked,
    };
    if let (Some(codec), None) = (codec, args.compress) {
        let message = format!("the rows are compressed with {codec}, for this machine's pg_restore reads no zstd");
        context.observer.event(Event::Warning { message: &message });
    }
    let exported =
        backup::export(store.as_ref(), &manifest, &unlocking, &args.folder, codec, database.context()).await?;
    let next = match manifest.source.engine {
        Engine::Postgres => format!("pg_restore --dbname=NAME {}", exported.path.display()),
        Engine::Sqlite => format!("sqlite3 {}/database.sqlite3", exported.path.display()),
    };
    let text = format!(
        "{} is in {}: {}, {}\nnext: {next}\n",
        exported.id,
        exported.path.display(),
        words::plural(exported.files, "file"),
        words::bytes(exported.bytes)
    );
    context.answer(&exported, Text::Lines(text))?;
    Ok(Outcome::Done)
}
