//! Tests of `sql`.

use std::fs;
use std::path::{Path, PathBuf};

use mainstay::plan::risks;
use mainstay::sql::{Flavor, SplitError, Statement, ident, literal, literal_for, redact, split, tokens, words};
use proptest::prelude::*;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sql")
}

/// Every `<case>.sql` splits into what `<case>.expected` says. A case named `sqlite_…` follows SQLite's rules.
/// `MAINSTAY_BLESS=1` writes the expectations anew.
#[test]
fn scripts_split_as_expected() {
    let mut failed = Vec::new();
    let mut cases = 0;
    for path in files_below(&data(), "sql") {
        let case = path.file_stem().unwrap().to_string_lossy().into_owned();
        let flavor = if case.starts_with("sqlite_") { Flavor::Sqlite } else { Flavor::Postgres };
        let script = fs::read_to_string(&path).unwrap();
        let found = shown(&script, split(&script, flavor));
        let expected = path.with_extension("expected");
        if std::env::var_os("MAINSTAY_BLESS").is_some() {
            fs::write(&expected, &found).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != found {
            failed.push(format!("{case}:\n{found}"));
        }
        cases += 1;
    }
    assert!(cases >= 20, "only {cases} cases were found");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn no_data_file_is_forgotten() {
    for entry in fs::read_dir(data()).unwrap() {
        let path = entry.unwrap().path();
        let partner = match path.extension().and_then(|extension| extension.to_str()) {
            Some("sql") => path.with_extension("expected"),
            Some("expected") => path.with_extension("sql"),
            _ => panic!("{} belongs to no case", path.display()),
        };
        assert!(partner.is_file(), "{} has no partner", path.display());
    }
}

/// Real scripts of real services. They are no part of the project: where their folder is not beside it, this says so.
#[test]
fn scripts_of_services_split() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/systems");
    if !folder.is_dir() {
        return eprintln!("not checked: the services' scripts are not at {}", folder.display());
    }
    let scripts = files_below(&folder, "sql");
    assert!(scripts.len() > 100, "only {} scripts in {}", scripts.len(), folder.display());
    for path in scripts {
        let script = fs::read_to_string(&path).unwrap();
        let statements = split(&script, Flavor::Postgres).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for statement in statements {
            assert_points_at_its_text(&script, &statement);
        }
    }
}

#[test]
fn what_is_open_is_said_in_words() {
    let error = split("SELECT 1;\nSELECT $a$ x", Flavor::Postgres).unwrap_err();
    assert_eq!(error.to_string(), "a dollar quote is never closed");
    assert_eq!(error.offset, 17);
}

#[test]
fn an_open_comment_at_the_end_is_an_error_in_both() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        assert!(split("SELECT 1; /* x", flavor).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens_are_the_text(script in anything(), flavor in flavors()) {
        let found = tokens(&script, flavor);
        let mut offset = 0;
        for token in &found {
            prop_assert_eq!(token.offset, offset);
            prop_assert!(!token.text.is_empty());
            offset += token.text.len();
        }
        prop_assert_eq!(found.iter().map(|token| token.text).collect::<String>(), script);
    }

    #[test]
    fn statements_point_at_their_text(script in anything(), flavor in flavors()) {
        if let Ok(statements) = split(&script, flavor) {
            for statement in statements {
                assert_points_at_its_text(&script, &statement);
            }
        }
    }

    #[test]
    fn joined_statements_split_again(script in anything(), flavor in flavors()) {
        if let Ok(statements) = split(&script, flavor) && statements.iter().all(|one| one.copy_data.is_none()) {
            let texts: Vec<&str> = statements.iter().map(|one| one.text).collect();
            let joined = texts.join(";\n");
            let again: Vec<&str> = split(&joined, flavor).unwrap().iter().map(|one| one.text).collect();
            prop_assert_eq!(again, texts);
        }
    }

    #[test]
    fn redaction_and_words_take_anything(script in anything()) {
        redact(&script);
        words(&script, Flavor::Postgres, 3);
    }

    #[test]
    fn risks_take_anything(script in anything(), flavor in flavors()) {
        risks(&script, flavor, 0);
    }

    #[test]
    fn a_redacted_password_is_gone(secret in "[a-z'\\\\$]{0,8}zq[a-z'\\\\$ ]{0,8}") {
        let text = redact(&format!("ALTER ROLE a PASSWORD {}", literal(&secret)));
        prop_assert_eq!(text, "ALTER ROLE a PASSWORD '***'");
    }

    #[test]
    fn what_is_quoted_is_one_token(text in "\\PC*", flavor in flavors()) {
        for quoted in [ident(&text), literal_for(&text, flavor)] {
            prop_assert_eq!(tokens(&quoted, flavor).len(), 1);
        }
    }
}

fn flavors() -> impl Strategy<Value = Flavor> {
    prop_oneof![Just(Flavor::Postgres), Just(Flavor::Sqlite)]
}

/// Any string, and any row of pieces that mean something to the lexer.
fn anything() -> impl Strategy<Value = String> {
    let pieces = [
        "'",
        "\"",
        "`",
        "[",
        "]",
        "$",
        "$$",
        "$a$",
        "\\",
        "\\.",
        "/*",
        "*/",
        "--",
        "\n",
        "\r\n",
        " ",
        ";",
        "(",
        ")",
        "E'",
        "U&'",
        "x",
        "é",
        "\u{feff}",
        "1",
        ".",
        "CREATE ",
        "OR REPLACE ",
        "FUNCTION ",
        "TEMP ",
        "TRIGGER ",
        "BEGIN ",
        "ATOMIC ",
        "CASE ",
        "END ",
        "END;",
        "COPY ",
        "t ",
        "FROM ",
        "stdin",
        "password ",
        "=",
        "AS ",
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat()),
    ]
}

fn assert_points_at_its_text(script: &str, statement: &Statement<'_>) {
    let end = statement.offset + statement.text.len();
    assert_eq!(&script[statement.offset..end], statement.text);
    assert_eq!(statement.line, script[..statement.offset].matches('\n').count() + 1);
    assert_eq!(statement.text.trim_ascii(), statement.text);
    assert!(!statement.text.is_empty());
}

fn shown(script: &str, result: Result<Vec<Statement<'_>>, SplitError>) -> String {
    let statements = match result {
        Ok(statements) => statements,
        Err(error) => {
            let line = script[..error.offset].matches('\n').count() + 1;
            return format!("error: {error}, line {line}, offset {}\n", error.offset);
        }
    };
    let mut out = String::new();
    for statement in statements {
        let text = statement.text.replace('\r', "\\r");
        out.push_str(&format!("== line {}, offset {}\n{text}\n", statement.line, statement.offset));
        if let Some(rows) = statement.copy_data {
            out.push_str(&format!("-- data\n{}", rows.replace('\r', "\\r")));
        }
    }
    out
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
