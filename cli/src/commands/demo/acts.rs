//! What happens in the demo, act by act, through the library as the commands use it.

use std::sync::Arc;

use mainstay::Database;
use mainstay::migrate::Goal;

use super::project::{ASK, DANGEROUS, FILL, Project, UPGRADE};
use super::story::Story;
use crate::commands::{migrate, prepare};
use crate::context::Context;
use crate::env;
use crate::error::CliError;
use crate::output::Table;
use crate::output::progress::{Loudness, Progress};

/// Plays all acts.
pub(super) async fn play(project: &Project, story: &mut Story, context: &Context) -> Result<(), CliError> {
    birth(project, story, context).await?;
    upgrade(project, story, context).await?;
    refusals(project, story, context).await
}

/// From nothing to a database that is used.
async fn birth(project: &Project, story: &mut Story, context: &Context) -> Result<(), CliError> {
    let database = open(project, context)?;
    let folder = format!("{}\n", project.folder.display());
    let files = "mainstay.toml, and three migrations in migrations/";
    story.act("A service of neighbours who lend each other tools: its project", &format!("{folder}{files}\n"))?;

    let prepared = database.prepare().await?;
    story.act("mainstay prepare: there is nothing yet", &project.inside(&prepare::lines(&prepared)))?;

    let mut session = database.connect().await?;
    session.query(FILL).await?;
    let rows = session.query(ASK).await?;
    session.close().await;
    let mut table = Table::new(["TOOL", "LOANS", "MEAN DAYS", "LONGEST"]);
    for row in rows {
        table.row(row.into_iter().map(Option::unwrap_or_default));
    }
    story.act("The service runs, and has lent 2000 times", &table.aligned(Some(Story::width())))?;

    let prepared = database.prepare().await?;
    story.act("mainstay prepare, as at every start", &project.inside(&prepare::lines(&prepared)))
}

/// A migration arrives where there are rows.
async fn upgrade(project: &Project, story: &mut Story, context: &Context) -> Result<(), CliError> {
    project.add(UPGRADE)?;
    let database = open(project, context)?;
    let Some(folder) = database.folder()? else { return Ok(()) };
    let plan = database.migration_plan(&folder, &Goal::Up).await?;
    story.act("An upgrade brings a fourth migration: mainstay migrate plan --format sql", &plan.plan.to_sql())?;

    let prepared = database.prepare().await?;
    let title = "mainstay prepare: there are rows to lose, so a copy is taken first";
    story.act(title, &project.inside(&prepare::lines(&prepared)))
}

/// What is not done.
async fn refusals(project: &Project, story: &mut Story, context: &Context) -> Result<(), CliError> {
    project.add(DANGEROUS)?;
    let refused = open(project, context)?.prepare().await;
    story.refusal("A fifth one deletes rows: refused by name", refused, project)?;
    project.remove(DANGEROUS)?;

    let (shelf, place) = ("shelf text", "place text");
    project.edit(shelf, place)?;
    let refused = open(project, context)?.prepare().await;
    story.refusal("Someone edits an applied migration: found", refused, project)?;
    project.edit(shelf, shelf)?;

    let database = open(project, context)?;
    let Some(folder) = database.folder()? else { return Ok(()) };
    let (_, lines) = database.migration_state(&folder).await?;
    let table = migrate::status::table(&lines).aligned(Some(Story::width()));
    story.act("The edit is taken back: mainstay migrate status", &table)
}

/// The handle that every command has, told nothing of the user's own databases.
fn open(project: &Project, context: &Context) -> Result<Database, CliError> {
    let path = context.vars().get(env::PATH).map(|path| (env::PATH.to_owned(), path.clone()));
    let loudness = Loudness { quiet: 1, verbose: 0, echo: context.globals.echo };
    let observer = Arc::new(Progress::new(context.output.clone(), loudness));
    let builder = Database::project(&project.folder).vars(path).observer(observer).application_name("mainstay demo");
    Ok(builder.build()?)
}
