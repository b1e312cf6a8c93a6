//! The diagrams of real services. Their schemas are not part of this project: the tests run where their folder is.

use std::io::Write;
use std::path::PathBuf;

use mainstay::catalog::Name;
use mainstay::diagram::{Change, Format, Graph, Selection, Subject, check};
use mainstay_testing::server;

use crate::catalog::read;

/// A graph of the schema in `file`, and the folder of the cases; `None` where they are not.
fn load(file: &str) -> Option<(Graph, PathBuf)> {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/systems");
    if !cases.is_dir() {
        writeln!(std::io::stderr(), "not checked: the services' schemas are not at {}", cases.display()).expect("said");
        return None;
    }
    let script = std::fs::read_to_string(cases.join(file)).expect("the schema's file");
    let script: Vec<&str> = script.lines().filter(|line| !line.contains(" OWNER TO ")).collect();
    let database = server().database();
    database.psql(&script.join("\n"));
    let catalog = read(&database.target());
    let books: Vec<_> = catalog.tables.iter().filter(|table| mainstay::dialect::is_books(table)).collect();
    let hidden = |name: &Name| books.iter().any(|table| table.name == *name);
    Some((Graph::select(&catalog, &Selection::default(), hidden).expect("a graph"), cases))
}

#[test]
fn packits_committed_diagram_is_stale_by_one_column() {
    let Some((graph, cases)) = load("packit/expected_schema_b4e11a52ea52.pg15.sql") else { return };
    assert_eq!((graph.entities.len(), graph.relations.len()), (38, 39));
    let committed = std::fs::read_to_string(cases.join("packit/diagram.mmd")).expect("the diagram");
    let differences = check(&graph, Format::Mermaid, "diagram.mmd", &committed).expect("a comparison");
    let found: Vec<_> = differences.iter().map(|one| (one.change, one.subject, one.name.as_str())).collect();
    assert_eq!(found, [(Change::Missing, Subject::Column, "log_detective_run.error_msg")]);
    // Ours is the same text but for that column and the table of the migration tool.
    let ours = Format::Mermaid.write(&graph).replace("        character_varying error_msg\n", "");
    let version = "    alembic_version {\n        character_varying version_num PK\n    }\n\n";
    assert_eq!(ours, committed.replace(version, ""));
}

#[test]
fn pictures_of_the_others() {
    for (file, tables, keys) in [
        ("fractal/expected_schema_d4027db95431.pg15.sql", 21, 36),
        ("tomato/expected_schema_tomato2.pg15.sql", 24, 33),
        ("walt/expected_schema_fresh_HEAD.pg15.sql", 12, 11),
    ] {
        let Some((graph, _)) = load(file) else { return };
        let picture = Format::Svg.write(&graph);
        let said = format!("<desc id=\"desc\">{tables} tables and {keys} foreign keys.");
        assert!(picture.contains(&said), "{file}: {}", &picture[..400]);
        assert_eq!(check(&graph, Format::Svg, file, &picture).expect("a comparison"), []);
    }
}
