//! `mainstay config systemd`: units that take, prune and verify backups at their times.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mainstay::config::{Config, Keep};
use mainstay::conn::Target;
use mainstay::disk::{self, User};
use mainstay::{Error, ErrorKind};
use serde_json::json;

use super::units::{Job, Manager, Setting, Unit};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// Print systemd units that back the database up: taken and pruned each night, verified each week
///
/// They run this very program in this project, with the target that is named here; what else it needs of the environment belongs
/// into `.env`. Units of the system are shut in: they write where backups lie and nowhere else.
#[derive(Args, Clone)]
pub struct SystemdArgs {
    /// Whose service manager runs them
    #[arg(long, value_name = "WHOSE", default_value = "system")]
    manager: Whose,

    /// The user that the system's units run as; whoever types this otherwise
    #[arg(long, value_name = "USER")]
    run_as: Option<String>,

    /// When backups are taken, in the timer's time zone
    #[arg(long, value_name = "HH:MM", default_value = "02:30", value_parser = time)]
    at: String,

    /// The unit that is started when one of them fails; %n in it is the failed one's name
    #[arg(long, value_name = "UNIT", value_parser = unit_name)]
    on_failure: Option<String>,

    /// Write them into this folder instead
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// Whose service manager.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The machine's
    System,
    /// One's own, for as long as one is logged in or lingers
    User,
}

/// Prints the units, or writes them.
pub(super) fn run(args: &SystemdArgs, context: &Context) -> Result<Outcome, CliError> {
    let config = context.config()?;
    let setting = setting(args, &config, context)?;
    let units = units(&args.at, &setting, config.backup.keep != Keep::default())?;
    let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    let timers: Vec<&str> = names.iter().copied().filter(|name| name.ends_with(".timer")).collect();
    let systemctl = if args.manager == Whose::User { "systemctl --user" } else { "systemctl" };
    let start = format!("{systemctl} daemon-reload && {systemctl} enable --now {}", timers.join(" "));
    if let Some(missing) = setting.writes.iter().find(|path| !path.exists()) {
        context.observer.line(&format!("the units write there, so make it first: mkdir -p {}", missing.display()));
    }
    let Some(folder) = &args.write else {
        let text: Vec<String> = units.iter().map(|unit| format!("# {}\n{}", unit.name, unit.text)).collect();
        context.answer(json!({ "units": units, "next": start }), Text::Lines(text.join("\n")))?;
        return Ok(Outcome::Done);
    };
    for unit in &units {
        if !context.globals.dry_run {
            disk::write_over(&folder.join(&unit.name), &unit.text)?;
        }
    }
    let verb = if context.globals.dry_run { "would write" } else { "wrote" };
    let text = format!("{verb} {} into {}\nnext: {start}\n", names.join(", "), folder.display());
    context
        .answer(json!({ "folder": folder.display().to_string(), "units": units, "next": start }), Text::Lines(text))?;
    Ok(Outcome::Done)
}

fn setting(args: &SystemdArgs, config: &Config, context: &Context) -> Result<Setting, CliError> {
    let request = reach::request(context)?;
    let root = std::path::absolute(&context.project.root).map_err(|error| Error::io("find", ".".as_ref(), error))?;
    let program = std::env::current_exe().map_err(|error| Error::io("find", "mainstay".as_ref(), error))?;
    let mut words = vec![program.display().to_string(), "-C".to_owned(), root.display().to_string()];
    if let Some(target) = &request.target {
        words.extend(["--target".to_owned(), target.clone()]);
    } else if request.url.is_some() || request.host.is_some() || request.dbname.is_some() || request.user.is_some() {
        let message = "a unit's command line is for everybody to read, so it names a target and no connection";
        let hint =
            "write the connection into mainstay.toml as [target.NAME], then: mainstay --target NAME config systemd";
        return Err(Error::new(ErrorKind::Usage, message).hint(hint).into());
    }
    let target = reach::builder(context)?.resolve().ok().map(|resolved| resolved.target);
    let manager = match args.manager {
        Whose::User => Manager::User,
        Whose::System => Manager::System { user: user(args, context)? },
    };
    Ok(Setting {
        service: service(config, &root, request.target.as_deref()),
        words,
        manager,
        on_failure: args.on_failure.clone(),
        writes: writes(config, &root, target.as_ref()),
        server_here: target.as_ref().is_some_and(is_here),
        shares_tmp: target.as_ref().is_some_and(is_in_tmp) || root.starts_with("/tmp") || root.starts_with("/var/tmp"),
        root,
    })
}

/// The user of the system's units.
fn user(args: &SystemdArgs, context: &Context) -> Result<String, CliError> {
    let user = args.run_as.clone().unwrap_or_else(|| User::current(context.vars()).name);
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if user.is_empty() || !user.chars().all(harmless) {
        return Err(Error::new(ErrorKind::Usage, format!("{user:?} is no user that a unit can run as"))
            .hint("name one: mainstay config systemd --run-as USER")
            .into());
    }
    Ok(user)
}

/// `walt`, `walt-prod`: what can be in a unit's name.
fn service(config: &Config, root: &Path, target: Option<&str>) -> String {
    let folder = || root.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = config.service.name.clone().unwrap_or_else(folder);
    let whole = std::iter::once(name.as_str()).chain(target).collect::<Vec<_>>().join("-");
    whole.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') { c } else { '-' }).collect()
}

/// The folders that backups, numbers and an SQLite file are written in.
fn writes(config: &Config, root: &Path, target: Option<&Target>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if !config.backup.place().contains("://") {
        folders.push(root.join(config.backup.place()));
    }
    if let Some(folder) = config.backup.metrics.as_deref().and_then(|file| root.join(file).parent().map(Path::to_owned))
    {
        folders.push(folder);
    }
    // Who reads a database in WAL mode writes beside it.
    if let Some(Target::Sqlite(file)) = target
        && let Some(folder) = root.join(&file.path).parent()
    {
        folders.push(folder.to_owned());
    }
    folders.sort();
    folders.dedup();
    folders
}

fn is_here(target: &Target) -> bool {
    let Target::Postgres(target) = target else { return false };
    target
        .hosts
        .iter()
        .any(|host| matches!(host.name().as_str(), "localhost" | "127.0.0.1" | "::1") || host.name().starts_with('/'))
}

/// Whether its socket is in a folder that a private `/tmp` hides.
fn is_in_tmp(target: &Target) -> bool {
    let Target::Postgres(target) = target else { return false };
    target.hosts.iter().any(|host| host.name().starts_with("/tmp") || host.name().starts_with("/var/tmp"))
}

fn units(at: &str, setting: &Setting, prunes: bool) -> Result<Vec<Unit>, Error> {
    let mut nightly: Vec<&[&str]> = vec![&["backup", "create"]];
    if prunes {
        // The manager starts it only after the one before went well.
        nightly.push(&["backup", "prune"]);
    }
    let jobs = [
        Job { name: "backup", does: "Back up", commands: nightly, when: format!("*-*-* {at}:00") },
        Job {
            name: "backup-verify",
            does: "Verify the newest backup of",
            commands: vec![&["backup", "verify", "latest"]],
            when: format!("Sun *-*-* {}:00", later(at)),
        },
    ];
    let mut units = Vec::new();
    for job in &jobs {
        units.extend([setting.service(job)?, setting.timer(job)]);
    }
    Ok(units)
}

/// Two hours after `at`, when the night's backup is done.
fn later(at: &str) -> String {
    let hour = at.split(':').next().and_then(|hour| hour.parse::<u32>().ok()).unwrap_or_default();
    format!("{:02}{}", (hour + 2) % 24, &at[2..])
}

/// A time of day.
fn time(text: &str) -> Result<String, String> {
    let part = |text: &str, below: u32| text.len() == 2 && text.parse::<u32>().is_ok_and(|number| number < below);
    match text.split_once(':') {
        Some((hours, minutes)) if part(hours, 24) && part(minutes, 60) => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is no time of day such as 02:30")),
    }
}

/// A unit's name, with specifiers.
fn unit_name(text: &str) -> Result<String, String> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "@%:_.-\\".contains(c);
    let whole = text.contains('.') && text.chars().all(harmless);
    whole.then(|| text.to_owned()).ok_or_else(|| format!("`{text}` is no unit such as mail@%n.service"))
}
