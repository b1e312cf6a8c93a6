//! `mainstay schema docs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use mainstay::pages::{self, Page, Stale};
use mainstay::{Error, ErrorKind, disk, states};
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Table, words};
use crate::reach;

/// Write a state's schema as pages of Markdown, or check those that were written earlier
///
/// A page for the database and one for each table and view, with diagrams that Git hosts draw. Nothing on them is measured, so that
/// the same schema gives the same pages. Files of others in the folder are let be.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay schema docs -o docs/database
  mainstay schema docs --check docs/database             exit code 6 if a page is stale
  mainstay schema docs migrations -o docs/database       what the migrations produce")]
pub struct DocsArgs {
    /// Whose schema: `database`, `ledger`, a target, a URL, a .sql file or folder, a migrations folder, a snapshot
    #[arg(default_value = "database")]
    state: String,

    /// Write to this folder, and take pages of what is gone away
    #[arg(short, long, value_name = "DIR", required_unless_present = "check", conflicts_with = "check")]
    output: Option<PathBuf>,

    /// Compare the pages in this folder with the schema: what is missing in them, and what is too much
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,
}

/// Writes the pages or checks them.
pub(super) async fn run(args: DocsArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?.read_only();
    let state = reach::state(context, &builder, &args.state)?;
    let snapshot = builder.states()?.read(&state).await?;
    context.observer.finish();
    let pages = pages::pages(&states::schema_only(snapshot.catalog));
    if pages.len() == 1 {
        let error = Error::new(ErrorKind::Usage, "there is nothing to describe: no tables and no views");
        return Err(error.hint("apply the migrations first: mainstay prepare").into());
    }
    match (args.output, args.check) {
        (_, Some(folder)) => check(&pages, &folder, context),
        (folder, None) => write(&pages, &folder.unwrap_or_default(), context),
    }
}

/// The pages in `folder`, by name; none where it is not there.
fn lying(folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    if !folder.exists() {
        return Ok(BTreeMap::new());
    }
    let files = disk::read_folder(folder, |name| name.ends_with(".md"))?;
    Ok(files.iter().map(|file| (file.name.clone(), String::from_utf8_lossy(&file.bytes).into_owned())).collect())
}

fn write(pages: &[Page], folder: &Path, context: &Context) -> Result<Outcome, CliError> {
    let lying = lying(folder)?;
    let strangers = pages.iter().find(|page| lying.get(&page.file).is_some_and(|text| !pages::is_ours(text)));
    if let Some(page) = strangers {
        let path = folder.join(&page.file);
        let error = Error::new(ErrorKind::Refused, format!("{} was written by somebody else", path.display()));
        let hint = format!("nothing was written; move it away: mv {0} {0}.old; or name another folder", path.display());
        return Err(error.hint(hint).into());
    }
    let stale = pages::compare(pages, &lying);
    let dry_run = context.globals.dry_run;
    if !dry_run {
        disk::make_folder(folder)?;
        for page in pages.iter().filter(|page| lying.get(&page.file) != Some(&page.text)) {
            disk::write_over(&folder.join(&page.file), &page.text)?;
        }
        for one in &stale {
            if let Stale::Extra { file } = one {
                let path = folder.join(file);
                std::fs::remove_file(&path).map_err(|error| Error::io("take away", &path, error))?;
            }
        }
    }
    let verb = match (stale.is_empty(), dry_run) {
        (true, _) => "is up to date",
        (false, true) => "would be written",
        (false, false) => "written",
    };
    let counted = format!("{}, {} changed", words::plural(pages.len(), "page"), stale.len());
    context.observer.line(&format!("{} {verb}: {counted}", folder.display()));
    let data =
        json!({ "folder": folder.display().to_string(), "pages": pages.len(), "changed": stale, "dry_run": dry_run });
    context.answer(data, Text::Lines(String::new()))?;
    Ok(Outcome::Done)
}

fn check(pages: &[Page], folder: &Path, context: &Context) -> Result<Outcome, CliError> {
    let name = folder.display().to_string();
    let stale = pages::compare(pages, &lying(folder)?);
    let data = json!({ "folder": folder.display().to_string(), "stale": !stale.is_empty(), "differences": stale });
    let text =
        if stale.is_empty() { Text::Lines(format!("{name} is up to date\n")) } else { Text::Table(table(&stale)) };
    context.answer(data, text)?;
    if stale.is_empty() {
        return Ok(Outcome::Done);
    }
    let count = words::plural(stale.len(), "page");
    let error = Error::new(ErrorKind::Verification, format!("{name} is stale: {count}"));
    Err(CliError::Answered(
        error.hint(format!("write them again, with the same arguments: mainstay schema docs -o {name}")),
    ))
}

fn table(stale: &[Stale]) -> Table {
    let mut table = Table::new(["CHANGE", "PAGE", "LINE"]);
    for one in stale {
        match one {
            Stale::Missing { file } => table.row(["missing", file, ""]),
            Stale::Extra { file } => table.row(["extra", file, ""]),
            Stale::Changed { file, missing, extra } => {
                missing.iter().for_each(|line| table.row(["missing line", file, line]));
                extra.iter().for_each(|line| table.row(["extra line", file, line]));
            }
        }
    }
    table
}
