//! `mainstay status`.

use std::time::Duration;

use clap::Args;
use mainstay::status::{Backups, Kept, Last, Migrations, Status};

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Output, Page, words};
use crate::reach;

/// Pending migrations that are named; the rest is counted.
const NAMED: usize = 5;

/// Show on one screen how the database is and what to do next
#[derive(Args, Clone)]
pub struct StatusArgs {
    /// Exit with 10 if anything is missing, pending or wrong
    #[arg(long)]
    exit_code: bool,
}

/// Shows how the database is.
pub(super) async fn run(args: StatusArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let status = database.status().await?;
    let text = screen(&status, &context.output);
    context.answer(&status, Text::Lines(text))?;
    Ok(if args.exit_code && !status.is_clean() { Outcome::Findings } else { Outcome::Done })
}

fn screen(status: &Status, output: &Output) -> String {
    let mut page = Page::new(output);
    let mut facts = vec![
        ("service", service(status)),
        ("server", server(status)),
        (
            "sessions",
            status.server.connections.as_ref().map(mainstay::engine::postgres::Usage::counts).unwrap_or_default(),
        ),
        ("database", database(status)),
        ("missing", status.missing.join("\n")),
    ];
    match &status.migrations {
        Some(migrations) => facts.extend(migration_facts(migrations)),
        None => facts.push(("migrations", "none in this project".to_owned())),
    }
    facts.push(("last", status.last.as_ref().map(last).unwrap_or_default()));
    facts.push(("copies", copies(status)));
    if let Some(backups) = &status.backups {
        if !backups.problems.is_empty() {
            page.alarm("backups");
        }
        facts.push(("backups", kept(backups)));
    }
    page.facts(facts.into_iter().filter(|(_, fact)| !fact.is_empty()));
    if let Some(next) = &status.next {
        page.next(next);
    }
    page.finish()
}

/// `walt, production`.
fn service(status: &Status) -> String {
    let environment = match (&status.environment, &status.marker) {
        (Some(said), Some(marked)) if said != marked => Some(format!("{said} (the database is marked {marked})")),
        (None, Some(marked)) => Some(format!("the database is marked {marked}")),
        (said, _) => said.clone(),
    };
    status.service.iter().cloned().chain(environment).collect::<Vec<_>>().join(", ")
}

/// `PostgreSQL 15.18 at /run/postgresql:5432 as walt`.
fn server(status: &Status) -> String {
    let server = &status.server;
    if server.engine == "sqlite" {
        return format!("SQLite {}", server.version);
    }
    let tls = match server.tls {
        true => ", TLS",
        // A socket file needs none.
        false if server.address.starts_with('/') => "",
        false => ", no TLS",
    };
    let standby = if server.standby { ", a standby: it takes no writes" } else { "" };
    // What follows the number is the packager's word for the same.
    let version = server.version.split(' ').next().unwrap_or_default();
    format!("PostgreSQL {version} at {} as {}{tls}{standby}", server.address, server.user)
}

fn database(status: &Status) -> String {
    let size = status.database.bytes.map(|bytes| format!(", {}", words::bytes(bytes))).unwrap_or_default();
    let tables = usize::try_from(status.database.tables).unwrap_or(usize::MAX);
    format!("{}{size}, {}", status.database.name, words::plural(tables, "table"))
}

fn migration_facts(migrations: &Migrations) -> Vec<(&'static str, String)> {
    let version = match &migrations.version {
        Some(version) => format!("at version {version}"),
        None if migrations.has_ledger => "none applied".to_owned(),
        None => "no ledger yet".to_owned(),
    };
    let pending =
        if migrations.pending.is_empty() { "nothing".to_owned() } else { migrations.pending.len().to_string() };
    let counts = format!("{} applied, {pending} pending", migrations.applied);
    let unread = migrations.version.is_none() && migrations.applied + migrations.pending.len() == 0;
    let summary = match unread && !migrations.problems.is_empty() {
        true => "cannot be read".to_owned(),
        false => format!("{version}, {counts} (dialect {})", migrations.dialect),
    };
    let name = |migration: &mainstay::status::Pending| words::step(&migration.version, &migration.name);
    let mut pending: Vec<String> = migrations.pending.iter().take(NAMED).map(name).collect();
    if migrations.pending.len() > NAMED {
        pending.push(format!("and {} more", migrations.pending.len() - NAMED));
    }
    let problems: Vec<&str> = migrations.problems.iter().map(|problem| problem.message.as_str()).collect();
    vec![("migrations", summary), ("pending", pending.join("\n")), ("problems", problems.join("\n"))]
}

/// `2026-11-20 09:30:00+00 migrate up by walt: ok`.
fn last(last: &Last) -> String {
    let who = if last.who.is_empty() { String::new() } else { format!(" by {}", last.who) };
    format!("{} {}{who}: {}", without_fraction(&last.at), last.action, last.result)
}

/// `12:00:00.123456+00` without what nobody reads.
fn without_fraction(time: &str) -> String {
    let Some((whole, rest)) = time.split_once('.') else { return time.to_owned() };
    format!("{whole}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// The newest backup, the newest proven one, and what is wrong with them.
fn kept(backups: &Backups) -> String {
    let one = |what: &str, kept: &Kept| {
        let age = words::duration(Duration::from_secs(kept.age_seconds));
        let stale = if kept.stale { ", stale" } else { "" };
        format!("{what} {} ({age} ago, {}{stale})", kept.id, words::bytes(kept.bytes))
    };
    let mut lines: Vec<String> = Vec::new();
    lines.extend(backups.last.as_ref().map(|last| one("the newest", last)));
    match &backups.proven {
        Some(proven) => lines.push(one("the newest that is proven", proven)),
        None if backups.last.is_some() => lines.push("none is proven".to_owned()),
        None => {}
    }
    lines.extend(backups.problems.iter().cloned());
    lines.push(format!("in {}", backups.store));
    lines.join("\n")
}

fn copies(status: &Status) -> String {
    // Where there is a place for backups, the copies before migrations are backups.
    if status.backups.is_some() && status.copies.as_ref().is_none_or(|copies| copies.count == 0) {
        return String::new();
    }
    let folder = status.copies_in.display();
    match (&status.copies, status.newest_copy()) {
        (None, _) => format!("{folder} cannot be read"),
        (Some(copies), Some(newest)) => format!(
            "{} in {folder}, the newest {}, {} in all",
            copies.count,
            newest.display(),
            words::bytes(copies.bytes)
        ),
        (Some(_), None) => format!("none in {folder}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_lose_their_fraction() {
        assert_eq!(without_fraction("2026-11-20 12:00:00.123456+00"), "2026-11-20 12:00:00+00");
        assert_eq!(without_fraction("2026-11-20T12:00:00.123Z"), "2026-11-20T12:00:00Z");
        assert_eq!(without_fraction("2026-11-20"), "2026-11-20");
    }
}
