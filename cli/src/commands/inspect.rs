//! `mainstay inspect`.

use std::time::Duration;

use clap::Args;
use mainstay::inspect::{Found, Kind, REPORTS, Report};
use serde_json::json;

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Table, words};
use crate::reach;

/// Look into the server: sessions, locks, sizes, unused indexes, bloat, vacuum, sequences near their end
///
/// Each report is one query and changes nothing. A role sees other roles' statements only if it may (`mainstay role create NAME
/// --preset monitor`). Without a report, all that there are.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay inspect blocking
  mainstay inspect table-sizes --json
  mainstay inspect all")]
pub struct InspectArgs {
    /// Which report
    #[arg(value_parser = name)]
    report: Option<String>,
}

/// Reports.
pub(super) async fn run(args: InspectArgs, context: &Context) -> Result<Outcome, CliError> {
    let Some(name) = args.report else {
        return list(context);
    };
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    if let Some(report) = REPORTS.iter().find(|report| report.name == name) {
        let found = database.report(report).await?;
        if found.rows.is_empty() {
            context.observer.line(report.nothing);
        }
        let data = json!({ "report": report.name, "rows": found.to_json() });
        context.answer(data, Text::Table(table(&found, context.output.terminal)))?;
        if !found.rows.is_empty() {
            context.observer.line(report.advice);
        }
        return Ok(Outcome::Done);
    }
    let (mut text, mut all) = (String::new(), serde_json::Map::new());
    // What an extension would have to count is no part of every server.
    let every = REPORTS.iter().copied().filter(|report| report.needs.is_none());
    for (report, found) in database.reports(every).await? {
        text.push_str(&format!("{}: {}\n", report.name, report.about));
        match found.rows.is_empty() {
            true => text.push_str(&format!("{}\n\n", report.nothing)),
            false => text.push_str(&format!("{}\n", table(&found, context.output.terminal).render(&context.output))),
        }
        all.insert(report.name.to_owned(), found.to_json());
    }
    context.answer(json!({ "reports": all }), Text::Lines(text))?;
    Ok(Outcome::Done)
}

/// What stands for every report that each server has.
const ALL: &str = "all";

fn list(context: &Context) -> Result<Outcome, CliError> {
    let mut table = Table::new(["REPORT", "SHOWS"]).wrapped();
    for report in REPORTS {
        table.row([report.name, report.about]);
    }
    let reports: Vec<_> = REPORTS.iter().map(|report| json!({ "name": report.name, "about": report.about })).collect();
    context.answer(json!({ "reports": reports }), Text::Table(table))?;
    Ok(Outcome::Done)
}

/// A report's name, also by the names that Heroku and others have for it.
fn name(text: &str) -> Result<String, String> {
    let known = match text {
        "ps" => "activity",
        "long-running" => "long-running-queries",
        "table-size" | "total-table-size" | "table-stats" => "table-sizes",
        "index-size" | "index-stats" => "index-sizes",
        "cache" => "cache-hit",
        "connections" => "role-connections",
        other => other,
    };
    let there = REPORTS.iter().map(|report: &&Report| report.name).chain([ALL]).find(|name| *name == known);
    there.map(str::to_owned).ok_or_else(|| "there is no such report; all that there are: mainstay inspect".to_owned())
}

/// The rows for people, or plain for programs.
fn table(found: &Found, for_people: bool) -> Table {
    let header = found.columns.iter().map(|column| match for_people {
        true => column.name.to_uppercase().replace('_', " "),
        false => column.name.to_uppercase(),
    });
    let numbers: Vec<usize> =
        found.columns.iter().enumerate().filter(|(_, column)| column.kind != Kind::Text).map(|(at, _)| at).collect();
    let mut table = Table::with_header(header).numbers(&numbers);
    for row in &found.rows {
        let cells = found.columns.iter().zip(row).map(|(column, cell)| {
            let plain = cell.clone().unwrap_or_default();
            if for_people { shown(column.kind, &plain) } else { plain }
        });
        table.row(cells);
    }
    table
}

fn shown(kind: Kind, plain: &str) -> String {
    let number = || plain.parse::<u64>().ok();
    let shown = match kind {
        Kind::Text => None,
        Kind::Count => number().map(words::count),
        Kind::Bytes => number().map(words::bytes),
        Kind::Percent => (!plain.is_empty()).then(|| format!("{plain}%")),
        Kind::Seconds => {
            plain.parse().ok().filter(|seconds| *seconds >= 0.0).map(Duration::from_secs_f64).map(words::duration)
        }
    };
    shown.unwrap_or_else(|| plain.to_owned())
}
