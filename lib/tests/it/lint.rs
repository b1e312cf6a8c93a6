//! The rules of `lint` over whole histories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mainstay::dialect::{Migration, Script, Version};
use mainstay::disk::{SourceFile, read_folder};
use mainstay::lint::Settings;
use mainstay::migrate::{Folder, Severity};
use mainstay::sql::Flavor;

/// Scripts of a service that others wrote and run, where they lie beside this repository.
fn history(name: &str) -> Option<Vec<SourceFile>> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../shared/cases/systems", name].iter().collect();
    folder.is_dir().then(|| read_folder(&folder, |name| name.ends_with(".sql")).expect("a folder of scripts"))
}

/// How many warnings and errors each rule raises over scripts that are applied one by one, nothing being known of tables.
fn raised(files: &[SourceFile]) -> BTreeMap<&'static str, usize> {
    let folder =
        Folder::from_files(Path::new("none"), Vec::new(), "mainstay", Flavor::Postgres).expect("an empty folder");
    let read = |file: &SourceFile| Migration {
        version: Version::new(""),
        name: file.name.clone(),
        up: Script::read(file, Flavor::Postgres).expect("a script"),
        down: None,
        checksum: None,
        any_order: false,
    };
    let migrations: Vec<Migration> = files.iter().map(read).collect();
    let subject = folder.subject_of(migrations.iter().map(|one| vec![one]).collect());
    let mut raised = BTreeMap::new();
    for finding in subject.lint(None, &Settings::default()).expect("no comment is wrong") {
        assert!(finding.place.line > 0 && finding.place.text.len() >= finding.place.column - 1, "{finding:?}");
        if finding.severity > Severity::Note {
            *raised.entry(finding.rule).or_default() += 1;
        }
    }
    raised
}

#[test]
fn histories_of_services_raise_what_they_did() {
    let check = |name: &str, count: usize, expected: &[(&str, usize)]| {
        let Some(files) = history(name) else { return };
        assert_eq!(files.len(), count, "{name}");
        assert_eq!(raised(&files).into_iter().collect::<Vec<_>>(), expected, "{name}");
    };
    check(
        "packit/captured_sql",
        80,
        &[
            ("adding-foreign-key-constraint", 18),
            ("adding-not-nullable-field", 1),
            ("ban-drop-column", 20),
            ("ban-drop-table", 2),
            ("disallowed-unique-constraint", 1),
            ("renaming-column", 11),
            ("renaming-table", 9),
            ("require-concurrent-index-creation", 26),
            ("require-concurrent-index-deletion", 3),
            ("required-column", 1),
            ("several-locks", 19),
            ("type-change-rewrites", 2),
            ("whole-table-write", 1),
        ],
    );
    check(
        "fractal/captured_sql_2.24.2",
        75,
        &[
            ("adding-foreign-key-constraint", 23),
            ("adding-not-nullable-field", 13),
            ("ban-drop-column", 21),
            ("ban-drop-table", 11),
            ("constraint-missing-not-valid", 3),
            ("renaming-column", 3),
            ("require-concurrent-index-creation", 9),
            ("required-column", 1),
            ("several-locks", 27),
            ("type-change-rewrites", 16),
            ("whole-table-write", 2),
        ],
    );
    check(
        "tomato/tomato2_captured_sql",
        42,
        &[
            ("adding-foreign-key-constraint", 33),
            ("adding-not-nullable-field", 28),
            ("ban-drop-column", 62),
            ("ban-drop-table", 6),
            ("constraint-missing-not-valid", 7),
            ("disallowed-unique-constraint", 15),
            ("drop-cascade", 68),
            ("renaming-column", 17),
            ("renaming-table", 5),
            ("require-concurrent-index-creation", 21),
            ("require-concurrent-index-deletion", 4),
            ("several-locks", 18),
            ("type-change-rewrites", 69),
        ],
    );
    check(
        "tomato/hostmanager_captured_sql",
        8,
        &[
            ("adding-foreign-key-constraint", 9),
            ("adding-not-nullable-field", 6),
            ("ban-drop-column", 2),
            ("disallowed-unique-constraint", 2),
            ("drop-cascade", 2),
            ("renaming-column", 2),
            ("require-concurrent-index-creation", 4),
            ("several-locks", 2),
            ("type-change-rewrites", 11),
            ("whole-table-write", 1),
        ],
    );
}
