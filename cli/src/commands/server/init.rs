//! `mainstay server init`.

use std::path::PathBuf;

use clap::Args;
use mainstay::disk;
use mainstay::server::OwnServer;
use serde_json::json;

use super::{database_name, search_path};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::env;
use crate::error::CliError;

/// Make one in the project's folder
///
/// It lies in .mainstay/server, listens on a socket in it and nowhere else, and lets in whoever may enter that folder: you. Where neither
/// the environment nor .env nor mainstay.toml names a database, .env gets a DATABASE_URL that names this one.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay server init
  mainstay server init --major 15 --folder /var/tmp/walt
  mainstay server start && mainstay prepare")]
pub struct InitArgs {
    /// The major version; the newest that is on this machine otherwise
    #[arg(long, value_name = "NUMBER")]
    major: Option<u32>,

    /// Keep it in this new folder, and a link in the project: where the project's path is too long for a socket
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Makes it.
pub(super) async fn run(args: InitArgs, context: &Context) -> Result<Outcome, CliError> {
    let root = &context.project.root;
    if context.globals.dry_run {
        let version = OwnServer::prospect(root, args.major, search_path(context))?.version;
        let text = format!("would make a PostgreSQL {version} server\n");
        context.answer(json!({ "version": version }), Text::Lines(text))?;
        return Ok(Outcome::Done);
    }
    let server = OwnServer::init(root, args.major, args.folder.as_deref(), search_path(context)).await?;
    let url = server.url(&database_name(context)?);
    let written = remember(context, &url)?;
    let (version, place) =
        (&server.binaries().version, server.cluster().data.parent().unwrap_or(root).display().to_string());
    let named = match written {
        true => "wrote its DATABASE_URL to .env\n".to_owned(),
        false => format!("a database is named already; this one's is {}={url}\n", env::DATABASE_URL),
    };
    let text = format!("made a PostgreSQL {version} server in {place}\n{named}");
    context
        .answer(json!({ "version": version, "folder": place, "url": url, "wrote_env": written }), Text::Lines(text))?;
    context.observer.line("start it: mainstay server start");
    Ok(Outcome::Done)
}

/// Writes the URL to `.env` unless something names a database; whether it did.
fn remember(context: &Context, url: &str) -> Result<bool, CliError> {
    let config = context.project.config()?;
    let dotenv = context.project.dotenv(&config)?;
    let named = context.vars().contains_key(env::DATABASE_URL)
        || dotenv.pairs.iter().any(|(name, _)| name == env::DATABASE_URL)
        || config.database.url.is_some();
    if named {
        return Ok(false);
    }
    let file = context.project.root.join(&dotenv.file);
    let mut text = std::fs::read_to_string(&file).unwrap_or_default();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!("{}={url}\n", env::DATABASE_URL));
    match file.exists() {
        true => disk::write_over(&file, &text)?,
        false => disk::write_private(&file, &text)?,
    }
    Ok(true)
}
