//! `mainstay migrate lint`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mainstay::dialect::{self, Migration, Script, Version};
use mainstay::disk::SourceFile;
use mainstay::error::ErrorClass;
use mainstay::lint::{self, Facts, Finding, Settings};
use mainstay::migrate::{Folder, Severity, Source, State, Subject};
use mainstay::observer::{Event, Observer};
use mainstay::{Database, Error, ErrorKind};
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::env;
use crate::error::CliError;
use crate::fail_on::FailOn;
use crate::output::{self, words};
use crate::reach;

/// Look for what is slow, dangerous or bound to fail in pending migrations
///
/// With a database that has a ledger, its pending migrations are looked at, and what its catalog says of tables counts: a
/// table that is new, empty or small is no cause for a warning about locks, and a large one is named with its size. Without
/// one, all migrations are. FILE may be any SQL script, such as what `alembic upgrade --sql` prints.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay migrate lint --fail-on warning
  mainstay migrate lint --offline migrations/20261121093000_add_retry.up.sql
  mainstay migrate lint --explain require-concurrent-index-creation")]
pub struct LintArgs {
    /// Only these scripts, as if they were applied together
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Applied migrations too
    #[arg(long, conflicts_with = "files")]
    all: bool,

    /// Ask no database: all migrations, without the sizes of tables
    #[arg(long)]
    offline: bool,

    /// Exit with 10 from this weight on
    #[arg(long, value_name = "WEIGHT", default_value = "error")]
    fail_on: FailOn,

    /// Print notes too
    #[arg(long)]
    notes: bool,

    /// How to print findings; github where GITHUB_ACTIONS is true, else text
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Print what a rule is about, or `all` of them
    #[arg(long, value_name = "RULE", exclusive = true)]
    explain: Option<String>,
}

/// How findings are printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The line with a caret, why, and what to do instead
    Text,
    /// The findings as data
    Json,
    /// Annotations of GitHub's
    Github,
}

/// What is known of the database.
struct Known {
    state: Option<State>,
    facts: Option<Facts>,
}

/// Looks at the migrations and prints what is found.
pub(super) async fn run(args: LintArgs, context: &Context) -> Result<Outcome, CliError> {
    if let Some(name) = &args.explain {
        let text = if name == "all" { lint::pages() } else { lint::page(name)? };
        context.answer(json!({ "page": text }), Text::Lines(text))?;
        return Ok(Outcome::Done);
    }
    let settings = Settings::new(&context.config()?.lint)?;
    let database = if args.offline { None } else { database(context)? };
    let folder = folder(context, database.as_ref(), &args)?;
    let known = ask(context, database.as_ref(), folder.as_ref()).await?;
    let folder = folder.as_ref().map(Folder::decided);
    let files = named(&args.files, folder)?;
    let subject = match args.files.is_empty() {
        true => folder.ok_or_else(super::none)?.subject(known.state.as_ref(), args.all),
        false => chosen(folder, &files),
    };
    let findings = subject.lint(known.facts.as_ref(), &settings)?;
    print(context, &args, &subject, &known, &findings)?;
    Ok(args.fail_on.outcome(findings.iter().map(|finding| finding.severity)))
}

/// The project's database; none where nothing names one.
fn database(context: &Context) -> Result<Option<Database>, CliError> {
    match reach::open(context, reach::builder(context)?.read_only()) {
        Err(CliError::Failed(error)) if error.kind() == ErrorKind::NoTarget => Ok(None),
        opened => opened.map(Some),
    }
}

/// The project's own scripts; none where it has none and files are named.
fn folder(context: &Context, database: Option<&Database>, args: &LintArgs) -> Result<Option<Folder>, CliError> {
    let source = match database {
        Some(database) => database.migrations(),
        None => reach::builder(context)?.migrations_alone(),
    };
    let source: Option<Box<dyn Source>> = match source {
        // Other files are read whatever the project's own are like.
        Err(_) if !args.files.is_empty() => None,
        source => source?,
    };
    let Some(source) = source else { return Ok(None) };
    let dialect = source.dialect();
    match source.into_folder() {
        None if args.files.is_empty() => Err(programs(dialect).into()),
        folder => Ok(folder),
    }
}

/// Another tool's migrations are programs.
fn programs(dialect: &str) -> Error {
    let error =
        Error::new(ErrorKind::Usage, format!("these migrations are {dialect}'s: programs, and the rules read SQL"));
    match dialect {
        "alembic" => error.hint("alembic upgrade FROM:head --sql > next.sql, then: mainstay migrate lint next.sql"),
        "django" => error.hint("python manage.py sqlmigrate APP NAME > next.sql, then: mainstay migrate lint next.sql"),
        _ => error.hint("write the SQL that they run into a file, then: mainstay migrate lint FILE"),
    }
}

/// What the database says. One that cannot be reached is said and done without.
async fn ask(context: &Context, database: Option<&Database>, folder: Option<&Folder>) -> Result<Known, CliError> {
    let nothing = Known { state: None, facts: None };
    let Some(database) = database else {
        context.observer.line("no database is asked: nothing is known of tables and their sizes");
        return Ok(nothing);
    };
    match database.lint_facts(folder).await {
        Ok((facts, state)) => Ok(Known { state, facts: Some(facts) }),
        Err(error) if error.kind().class() == ErrorClass::Connect => {
            let message = format!("{error}: nothing is known of tables and their sizes");
            context.observer.event(Event::Warning { message: &message });
            Ok(nothing)
        }
        Err(error) => Err(error.into()),
    }
}

/// The scripts that are named and are none of the folder's, each a migration of its own.
fn named(files: &[PathBuf], folder: Option<&Folder>) -> Result<Vec<(PathBuf, Option<Migration>)>, CliError> {
    let flavor = folder.map_or(mainstay::sql::Flavor::Postgres, |folder| folder.flavor);
    let read = |path: &PathBuf| {
        if of_folder(folder, path).is_some() {
            return Ok((path.clone(), None));
        }
        let bytes = std::fs::read(path).map_err(|error| {
            Error::io("read", path, error)
                .hint("name a file, or none for the pending migrations: mainstay migrate lint")
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = SourceFile { name: name.clone(), path: path.clone(), bytes: bytes.into() };
        let up = Script::read(&file, flavor)?;
        let migration = Migration { version: Version::new(""), name, up, down: None, checksum: None, any_order: false };
        Ok((path.clone(), Some(migration)))
    };
    files.iter().map(read).collect()
}

/// The folder's migration that one of whose scripts lies at `path`.
fn of_folder<'a>(folder: Option<&'a Folder>, path: &Path) -> Option<&'a Migration> {
    let same = |file: &str| match (Path::new(file).canonicalize(), path.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    folder?.migrations.iter().find(|one| same(&one.up.file) || one.down.as_ref().is_some_and(|down| same(&down.file)))
}

/// The named scripts as one run: the folder's migrations in their order, then the others as they were named.
fn chosen<'a>(folder: Option<&'a Folder>, files: &'a [(PathBuf, Option<Migration>)]) -> Subject<'a> {
    let mut run: Vec<&Migration> = files.iter().filter_map(|(path, _)| of_folder(folder, path)).collect();
    run.sort_by(|a, b| a.version.cmp(&b.version));
    run.dedup_by(|a, b| a.version == b.version);
    run.extend(files.iter().filter_map(|(_, migration)| migration.as_ref()));
    match folder {
        Some(folder) => folder.subject_of(vec![run]),
        None => Subject {
            runs: vec![run],
            flavor: mainstay::sql::Flavor::Postgres,
            dialect: &dialect::Mainstay,
            has_downs: false,
        },
    }
}

fn print(
    context: &Context,
    args: &LintArgs,
    subject: &Subject<'_>,
    known: &Known,
    findings: &[Finding],
) -> Result<(), CliError> {
    context.observer.line(&summary(args, subject, known, findings));
    let shown = || findings.iter().filter(|finding| args.notes || finding.severity > Severity::Note);
    let on_github = context.vars().get(env::GITHUB_ACTIONS).is_some_and(|value| value == "true");
    let text = match args.format.unwrap_or(if on_github { Format::Github } else { Format::Text }) {
        Format::Json => serde_json::to_string_pretty(findings).map_err(std::io::Error::from)? + "\n",
        Format::Github => {
            let here = std::env::current_dir().unwrap_or_default();
            let workspace = context.vars().get(env::GITHUB_WORKSPACE).map(Path::new);
            shown().map(|finding| output::annotation(finding, &here, workspace)).collect()
        }
        Format::Text => {
            let blocks: Vec<String> = shown().map(|finding| output::finding(finding, &context.output)).collect();
            if blocks.is_empty() { "no findings\n".to_owned() } else { blocks.join("\n") }
        }
    };
    let data = json!({
        "migrations": subject.count(),
        "database": known.facts.is_some(),
        "findings": findings,
    });
    context.answer(data, Text::Lines(text))
}

/// How many migrations were looked at, and what of.
fn summary(args: &LintArgs, subject: &Subject<'_>, known: &Known, findings: &[Finding]) -> String {
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    let pending = known.state.as_ref().is_some_and(|state| state.has_ledger) && !args.all && args.files.is_empty();
    let noun = if pending { "pending migration" } else { "migration" };
    let hidden = if notes > 0 && !args.notes { " (--notes prints them)" } else { "" };
    let (subject, errors, warnings) =
        (words::plural(subject.count(), noun), words::plural(errors, "error"), words::plural(warnings, "warning"));
    format!("{subject}: {errors}, {warnings}, {}{hidden}", words::plural(notes, "note"))
}
