//! Reading revision files without Python: data in, findings out.

mod alembic;
mod django;
mod south;

use mainstay::revisions::{Around, File, History, Tool};
use mainstay::sql::Flavor;

/// Reads `files`, each with its name and text; for Django and South the name is `app/migrations/0001_x.py`.
fn read(tool: Tool, files: &[(&str, &str)], packages: &[&str]) -> History {
    let app =
        |name: &str| if tool == Tool::Alembic { String::new() } else { name.split('/').next().unwrap().to_owned() };
    let files: Vec<File> =
        files.iter().map(|(name, text)| File { name: (*name).into(), app: app(name), text: (*text).into() }).collect();
    let packages = packages.iter().map(|name| (*name).to_owned()).collect();
    History::read(tool, &files, &Around { packages, several_heads: false, flavor: Flavor::Postgres })
}

/// The findings, a line each: weight, place, words.
fn said(history: &History) -> String {
    let line = |finding: &mainstay::plan::Finding| {
        let place = finding.place.as_ref().map(|place| format!("{}:{}", place.file, place.line)).unwrap_or_default();
        format!("{:?} {place} {}\n", finding.severity, finding.message)
    };
    history.findings.iter().map(line).collect()
}

fn ids(history: &History) -> Vec<&str> {
    history.revisions.iter().map(|revision| revision.id.as_str()).collect()
}
