//! `mainstay restore`.

mod live;

use std::fmt::Write;
use std::fs::File;
use std::os::fd::AsFd;
use std::time::Duration;

use clap::Args;
use mainstay::archive::codec::Codec;
use mainstay::conn::{Request, Target};
use mainstay::error::shell_word;
use mainstay::observer::{Event, Observer};
use mainstay::restore::{Asks, Backup, Birth, Consent, LIVE, Options, Owners, Plain, RestorePlan, Restored, Way};
use mainstay::{Database, Error, Restorable};

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::Identities;
use crate::{prompt, reach};

/// Restore a backup or a dump: into a new database, compared with what was backed up, then put in place
///
/// Takes backups of Mainstay by their id, and what pg_dump writes in its directory, custom and plain formats, compressed or not.
/// Everything goes into a scratch database first. Once every table was read again and is right, that database gets its name; the
/// one that had it is kept as NAME_before_TIME. Whatever fails, the old database is as it was. An SQLite file is exchanged in the
/// same way, once nobody has it open.
///
/// `live` is the database as it is now: with --into NAME it gets a second one beside it, from its files where nobody is connected,
/// otherwise by a backup that is compared and goes again.
#[derive(Args, Clone, Default)]
#[command(after_help = "\
Examples:
  mainstay restore latest --into walt_copy
  mainstay restore live --into walt_staging
  mainstay restore --target dev dump.sql.gz --no-owner
  mainstay restore ./dumps/walt.dump --only devices --into walt_old
  mainstay restore latest --dry-run")]
pub struct RestoreArgs {
    /// Id of a backup, `latest`, `live`, a folder or file that pg_dump has written, or - for a script on standard input
    backup: Option<String>,

    /// Name of a new database to restore into, on SQLite of a new file; the one connected to stays as it is
    #[arg(long, value_name = "NAME", conflicts_with = "in_place")]
    into: Option<String>,

    /// Only these tables, with their rows, indexes and sequences, into a database that has no such tables
    #[arg(long, value_name = "TABLE", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,

    /// Roles that have another name here
    #[arg(long, value_name = "OLD=NEW", value_delimiter = ',')]
    owner_map: Vec<String>,

    /// Everything belongs to the role that the database belongs to; rights and policies of roles that are not here are left out
    #[arg(long)]
    no_owner: bool,

    /// Make the roles that the server lacks as the backup has them; --dry-run shows the statements
    #[arg(long)]
    roles: bool,

    /// Into the database connected to, as it is, in one transaction; needs its name: --confirm NAME
    #[arg(long)]
    in_place: bool,

    /// With --in-place: drop what the database has, in the same transaction
    #[arg(long, requires = "in_place")]
    clean: bool,

    /// Sessions side by side [default: one for each processor, 2 to 8]
    #[arg(short, long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,

    /// Encoding of the new database, instead of the one that was backed up
    #[arg(long, value_name = "NAME", conflicts_with = "in_place")]
    encoding: Option<String>,

    /// Sorting rules of the new database, instead of those that were backed up
    #[arg(long, value_name = "NAME", conflicts_with = "in_place")]
    locale: Option<String>,

    /// Where the backup lies: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,

    #[command(flatten)]
    identities: Identities,
}

/// Restores.
pub(super) async fn run(args: RestoreArgs, context: &Context) -> Result<Outcome, CliError> {
    restore(args, context.globals.yes, context).await
}

async fn restore(args: RestoreArgs, agreed: bool, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?)?;
    let mut options = options(&args, agreed, &database, context)?;
    if args.backup.as_deref() == Some(LIVE) {
        return live::run(&database, &options, args.from.as_deref(), context).await;
    }
    let mut backup = match args.backup.as_deref() {
        Some("-") => Restorable::Postgres(Backup::Plain(Plain::pipe(standard_input()?, Codec::None))),
        name => {
            let unlocking = args.identities.unlocking(context)?;
            database
                .find_backup(name, reach::place(args.from.as_deref()).as_deref(), &options.owners, &unlocking)
                .await?
        }
    };
    let plan = database.restore_plan(&mut backup, &options).await?;
    if context.globals.dry_run {
        context.answer(&plan, Text::Lines(told(&plan)))?;
        return Ok(Outcome::Done);
    }
    if plan.asks == Asks::Agreement && !agreed && options.consent.name.is_none() {
        let kept = plan.kept.as_deref().unwrap_or_default();
        let ended = if matches!(backup, Restorable::Postgres(_)) { ", and its sessions are ended" } else { "" };
        let by = plan.other.as_ref().map(|other| format!(" by a backup of another one, {other}")).unwrap_or_default();
        let question = format!("Replace database {}{by}? It is kept as {kept}{ended}.", plan.database);
        options.consent.agreed = prompt::confirmed(context, &question)?;
    }
    let restored = database.restore(&mut backup, &plan, &options).await?;
    let on_server = matches!(backup, Restorable::Postgres(_));
    context.answer(&restored, Text::Lines(lines(&restored, on_server)))?;
    Ok(Outcome::Done)
}

/// The way back after work that stays half done: the command for it, and at a terminal the offer to take it now. What has failed
/// has failed all the same.
pub(super) async fn back(error: Error, context: &Context) -> CliError {
    let Some(name) = error.copy().map(str::to_owned) else { return error.into() };
    let Ok(target) = reach::builder(context).and_then(|builder| Ok(builder.resolve()?.target)) else {
        return error.into();
    };
    let is_file = matches!(target, Target::Sqlite(_));
    let hint = way_back(&name, is_file, &reach::request(context).unwrap_or_default());
    // Who answers yes to every question has not seen this one.
    let may_ask = !context.globals.yes && !context.output.json;
    context.observer.finish();
    let question = format!(
        "{}\nPut the database back as it was before, from {name}? The half done one is kept beside it.",
        words::printable(&error.one_line())
    );
    if !may_ask || !matches!(prompt::confirmed(context, &question), Ok(true)) {
        return error.hint(hint).into();
    }
    let args = RestoreArgs { backup: Some(name), ..RestoreArgs::default() };
    match Box::pin(restore(args, true, context)).await {
        Ok(_) => error.hint("the database is again as it was before").into(),
        Err(CliError::Failed(second)) => {
            context.observer.event(Event::Warning { message: &second.one_line() });
            second.hints().iter().fold(error, |error, hint| error.hint(hint.clone())).hint(hint).into()
        }
        Err(other) => other,
    }
}

/// What to type to have the copy called `name` back. Whoever has an SQLite file open would keep the old one.
fn way_back(name: &str, is_file: bool, asked: &Request) -> String {
    let with_target = asked.target.as_ref().map(|target| format!("--target {target} ")).unwrap_or_default();
    let first = if is_file { ", stop the service, then" } else { "" };
    // A URL may have a password in it, and is not repeated.
    let same = [&asked.url, &asked.host, &asked.port, &asked.user, &asked.dbname].iter().any(|option| option.is_some());
    let last = if same { "   (with the same options of the connection)" } else { "" };
    format!("to have it back{first}: mainstay {with_target}restore {name}{last}")
}

fn options(args: &RestoreArgs, agreed: bool, database: &Database, context: &Context) -> Result<Options, Error> {
    let name = match database.target() {
        Target::Postgres(target) => target.dbname.clone(),
        Target::Sqlite(target) => target.path.display().to_string(),
    };
    let way = match &args.into {
        Some(name) => Way::New(name.clone()),
        // A table alone takes nothing's place.
        None if args.in_place || !args.only.is_empty() => Way::InPlace(name),
        None => Way::Swap(name),
    };
    Ok(Options {
        way,
        only: args.only.clone(),
        owners: Owners::parse(args.no_owner, &args.owner_map)?,
        roles: args.roles,
        owner: database.wish().map(|wish| wish.owner.clone()),
        birth: Birth { encoding: args.encoding.clone(), locale: args.locale.clone() },
        jobs: args.jobs,
        clean: args.clean,
        production: database.environment() == Some("production"),
        consent: Consent { agreed, name: context.globals.confirm.clone() },
        label: jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string(),
    })
}

/// Standard input as a file, which nobody else reads.
fn standard_input() -> Result<File, Error> {
    let owned = std::io::stdin().as_fd().try_clone_to_owned();
    owned.map(File::from).map_err(|error| Error::io("read", "standard input".as_ref(), error))
}

fn told(plan: &RestorePlan) -> String {
    let mut text = format!("archive  {} ({})\n", plan.archive, plan.source);
    let rows = plan.rows.map(|rows| format!(", {} rows", words::count(rows))).unwrap_or_default();
    let tables = words::plural(plan.tables, "table");
    let stored = words::bytes(plan.bytes);
    let _ = match plan.objects {
        // A file of SQLite is put in place as it is, and not read object by object.
        0 => writeln!(text, "holds    {stored}"),
        objects => writeln!(text, "holds    {objects} objects, {tables}{rows}, {stored} stored"),
    };
    for statement in &plan.roles {
        let _ = writeln!(text, "role     {};", words::printable(statement));
    }
    for (at, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {step}", at + 1);
    }
    for what in &plan.left_out {
        let _ = writeln!(text, "left out {what}");
    }
    if let Some(other) = &plan.other {
        let _ = writeln!(text, "beware   it is a backup of {other}, and {} is replaced by it", plan.database);
    }
    match plan.asks {
        Asks::Nothing => {}
        Asks::Agreement => text.push_str("asks     for your word: --yes\n"),
        Asks::Name => {
            let _ = writeln!(text, "asks     for the database's name: --confirm {}", plan.database);
        }
    }
    text
}

fn lines(restored: &Restored, on_server: bool) -> String {
    let took = words::duration(Duration::from_secs_f64(restored.seconds));
    let tables = words::plural(usize::try_from(restored.tables).unwrap_or_default(), "table");
    let rows = match (restored.compared, restored.counted) {
        (0, 0) => "rows not counted".to_owned(),
        _ => format!("{} rows", words::count(restored.rows)),
    };
    let mut text = format!("restored {} ({tables}, {rows}, {took})\n", restored.database);
    if !restored.roles.is_empty() {
        let _ = writeln!(text, "made     roles {}", words::printable(&restored.roles.join(", ")));
    }
    if restored.compared > 0 {
        let _ = writeln!(text, "compared {} tables: every row is as it was backed up", restored.compared);
    }
    if restored.counted > 0 {
        let _ = writeln!(text, "counted  {} tables: as many rows as were sent", restored.counted);
    }
    for name in &restored.unknown {
        let _ = writeln!(text, "unknown  {name}: nothing says how many rows it should have");
    }
    for what in &restored.left_out {
        let _ = writeln!(text, "left out {what}");
    }
    if let Some(kept) = &restored.kept {
        let gone = match on_server {
            true => format!("mainstay psql -d postgres -- -c 'DROP DATABASE \"{kept}\"'"),
            false => format!("rm {}", shell_word(kept)),
        };
        let _ = writeln!(text, "kept     the old database as {kept}; when all is well: {gone}");
    }
    text
}
