//! `mainstay demo`: a service's database from nothing to its first upgrade, told as it happens.

mod acts;
mod project;
mod story;

use std::path::PathBuf;

use clap::Args;
use mainstay::scratch::ScratchServer;
use mainstay::tool::find_binaries;
use serde_json::json;

use self::project::Project;
use self::story::Story;
use super::Outcome;
use super::init::Engine;
use crate::context::{Context, Text};
use crate::env;
use crate::error::CliError;

/// Where a private server's settings cost time and a demo gains nothing by them.
const HASTE: [(&str, &str); 3] = [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];

/// Show a service's database from nothing to its first upgrade, in a temporary folder: nothing else is touched
#[derive(Args, Clone)]
pub struct DemoArgs {
    /// What to run it on: an embedded file, or a private PostgreSQL server on a unix socket
    #[arg(long, value_name = "ENGINE", default_value = "sqlite")]
    engine: Engine,

    /// Leave the project's files in this new or empty folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Tells the story. Whatever ends it, Ctrl-C too, drops the project's folder and the server, and so removes them.
pub(super) async fn run(args: DemoArgs, context: &Context) -> Result<Outcome, CliError> {
    let temporary = PathBuf::from(context.vars().get(env::TMPDIR).map_or("/tmp", String::as_str));
    if context.globals.dry_run {
        let plan = format!("would write a project below {}, play it through, and remove it\n", temporary.display());
        context.answer(json!({ "below": temporary }), Text::Lines(plan))?;
        return Ok(Outcome::Done);
    }
    let mut story = Story::new(context);
    let server = match args.engine {
        Engine::Sqlite => None,
        Engine::Postgres => {
            let search_path = context.vars().get(env::PATH).map_or("", String::as_str);
            let found = find_binaries(search_path, &["postgres", "initdb", "pg_ctl"])?;
            Some(ScratchServer::start(&found[0], &temporary, &HASTE).await?)
        }
    };
    let project = Project::write(&temporary, args.keep.as_deref(), server.as_ref())?;
    acts::play(&project, &mut story, context).await?;
    if let Some(server) = server {
        server.stop().await?;
    }
    story.end(context, args.keep.as_deref(), args.engine)?;
    Ok(Outcome::Done)
}
