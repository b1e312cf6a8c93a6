//! Thousands of schemas that other tools are tested with. They are not part of this project: the tests run where their
//! folder is.

use std::io::Write;
use std::path::{Path, PathBuf};

use mainstay::catalog::Scope;
use mainstay_testing::server;

use super::read_as_far_as;
use super::rich::{differences, dump};

const SUITES: [&str; 3] = ["pg-delta", "pgschema", "psqldef"];

/// Each case takes about a second of a server, so every so-manieth is checked; `MAINSTAY_CORPUS_STEP=1` checks all.
const STEP: usize = 60;

fn scripts() -> Option<Vec<PathBuf>> {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/diff");
    if !cases.is_dir() {
        writeln!(std::io::stderr(), "not checked: other tools' cases are not at {}", cases.display()).expect("said");
        return None;
    }
    let folders = SUITES.iter().flat_map(|suite| std::fs::read_dir(cases.join(suite)).expect("the suite's folder"));
    let mut cases: Vec<PathBuf> = folders.map(|entry| entry.expect("an entry").path()).filter(|p| p.is_dir()).collect();
    cases.sort();
    let step = std::env::var("MAINSTAY_CORPUS_STEP").map_or(STEP, |step| step.parse().expect("a number"));
    Some(cases.iter().step_by(step).flat_map(|case| [case.join("old.sql"), case.join("new.sql")]).collect())
}

/// What is wrong with the catalog of the database that `script` makes, as far as it loads.
fn check(script: &Path) -> Vec<String> {
    let database = server().database();
    let setup = std::fs::read_to_string(script.with_file_name("setup.sql")).unwrap_or_default();
    let text = format!("{setup}\n{}", std::fs::read_to_string(script).expect("the case"));
    // Roles are the cluster's and may be there already; a case that does not load whole is a schema all the same.
    let _ = server().try_psql("postgres", database.name(), &format!("\\set ON_ERROR_STOP off\n{text}"));
    // A subscription's name is one for the whole cluster, and it would be asked to drop its slot.
    let subscriptions = database.psql(
        "SELECT subname FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    let read = || {
        let mut catalog = read_as_far_as(Scope::Structure, &database.target()).structure();
        catalog.settings.clear();
        catalog
    };
    let original = read();
    let mut wrong: Vec<String> = original.unclaimed.iter().map(|id| format!("unclaimed: {id}")).collect();
    if subscriptions.is_empty() {
        let copy = server().database();
        let restored = server().try_psql("postgres", copy.name(), &dump(&database));
        let mut catalog = read_as_far_as(Scope::Structure, &copy.target()).structure();
        catalog.settings.clear();
        match restored {
            Ok(_) => wrong.extend(differences(&original, &catalog)),
            Err(words) => {
                writeln!(std::io::stderr(), "{}: pg_dump's own script: {words}", script.display()).expect("said")
            }
        }
        server().psql("postgres", &format!("DROP DATABASE {}", copy.name()));
        server().psql("postgres", &format!("DROP DATABASE {}", database.name()));
    }
    wrong
}

#[test]
fn other_tools_schemas_are_read_whole() {
    let mut wrong = Vec::new();
    for script in scripts().unwrap_or_default() {
        wrong.extend(check(&script).into_iter().map(|line| format!("{}: {line}", script.display())));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
