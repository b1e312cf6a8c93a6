//! `mainstay server init`.

use std::path::PathBuf;

use clap::Args;
use mainstay::server::OwnServer;
use mainstay::{Error, disk};
use serde_json::json;

use super::{database_name, search_path};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::env;
use crate::error::CliError;

/// Make one in the project's folder
///
/// It lies in .mainstay/server, listens on a socket in it and nowhere else, and lets in whoever may enter that folder: you. Where
/// neither the environment nor .env nor mainstay.toml names a database, .env gets a DATABASE_URL that names this one.
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
    let (root, folder) = (&context.project.root, args.folder.as_deref());
    let env = EnvFile::look(context)?;
    let name = database_name(context)?;
    if context.globals.dry_run {
        let version = OwnServer::prospect(root, args.major, folder, search_path(context))?.version;
        let text = format!("would make a PostgreSQL {version} server\n");
        context.answer(json!({ "version": version }), Text::Lines(text))?;
        return Ok(Outcome::Done);
    }
    let server = OwnServer::init(root, args.major, folder, search_path(context)).await?;
    let url = server.url(&name);
    let named = match &env {
        Some(env) => {
            env.append(&url)?;
            format!("wrote its {} to {}\n", env::DATABASE_URL, env.name)
        }
        None => format!("a database is named already; this one's is {}={url}\n", env::DATABASE_URL),
    };
    let place = server.cluster().data.parent().unwrap_or(root).display().to_string();
    let version = &server.binaries().version;
    let text = format!("made a PostgreSQL {version} server in {place}\n{named}");
    let data = json!({ "version": version, "folder": place, "url": url, "wrote_env": env.is_some() });
    context.answer(data, Text::Lines(text))?;
    context.observer.line("start it: mainstay server start");
    Ok(Outcome::Done)
}

/// Variables that name a database, or a part of one.
const NAMES: [&str; 7] = [
    env::DATABASE_URL,
    "PGSERVICE",
    "PGHOST",
    "PGDATABASE",
    "POSTGRES_DB",
    "POSTGRESQL_DATABASE",
    "POSTGRES_CONNECTION_PARAMETERS",
];

/// The `.env` that the URL goes into.
struct EnvFile {
    name: String,
    path: PathBuf,
    text: String,
}

impl EnvFile {
    /// The one of the project; `None` where something names a database already.
    fn look(context: &Context) -> Result<Option<Self>, CliError> {
        let config = context.project.config()?;
        let dotenv = context.project.dotenv(&config)?;
        let is_set =
            |name: &&str| context.vars().contains_key(*name) || dotenv.pairs.iter().any(|(known, _)| known == name);
        // What `init` has written names the variable that is to be set.
        let of_variable = format!("env:{}", env::DATABASE_URL);
        if config.database.url.is_some_and(|url| url != of_variable) || NAMES.iter().any(is_set) {
            return Ok(None);
        }
        let path = context.project.root.join(&dotenv.file);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
                String::new()
            }
            Err(error) => return Err(Error::io("read", &path, error).into()),
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            let missing = Error::io("write into", folder, std::io::ErrorKind::NotFound.into());
            return Err(missing.hint(format!("make it: mkdir -p {}", folder.display())).into());
        }
        Ok(Some(Self { name: dotenv.file, path, text }))
    }

    fn append(&self, url: &str) -> Result<(), Error> {
        let gap = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
        let text = format!("{}{gap}{}={url}\n", self.text, env::DATABASE_URL);
        match self.path.exists() {
            true => disk::write_over(&self.path, &text),
            false => disk::write_private(&self.path, &text),
        }
    }
}
