//! `mainstay config`.

use crate::mainstay;

#[test]
fn defaults_without_a_file() {
    let run = mainstay().args(["config", "show"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("[migrations]\ndir = \"migrations\"  # default\n"), "{}", run.stdout);
    // What is printed can be read again.
    let mut again = mainstay();
    again.file("mainstay.toml", &run.stdout);
    assert_eq!(again.args(["config", "show"]).run().stdout, run.stdout);
    assert_eq!(run.stderr, "");
}

#[test]
fn the_envelope() {
    let run = mainstay().args(["--json", "config", "show"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["schema"], 1);
    assert_eq!(value["command"], "config show");
    assert_eq!(value["data"]["backup"]["to"], "backups");
    let defaults = value["data"]["defaults"].as_array().unwrap();
    for key in ["service.env_file", "database.encoding", "migrations.to", "tune.profile"] {
        assert!(defaults.contains(&key.into()), "{key}: {defaults:?}");
    }
    assert_eq!(value["warnings"], serde_json::json!([]));
}

#[test]
fn path_from_a_folder_below() {
    let mut cli = mainstay();
    cli.file("mainstay.toml", "").file("sub/folder/x", "");
    let run = cli.args(["-C", "sub/folder", "config", "path"]).run();
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 0
    --- stdout
    [project]/mainstay.toml
    --- stderr
    ");
}

#[test]
fn no_file_is_an_error_of_path() {
    let run = mainstay().args(["config", "path"]).run();
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: there is no mainstay.toml in [project] or above it
    hint: every setting then has its default: `mainstay config show`
    ");
}

#[test]
fn a_folder_that_is_not_there() {
    let run = mainstay().args(["-C", "nowhere", "config", "show"]).run();
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 1
    --- stdout
    --- stderr
    error: cannot work in nowhere
    caused by: No such file or directory (os error 2)
    ");
}

/// As git has it: every path on the command line is one from there.
#[test]
fn paths_start_in_the_folder_of_the_flag() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db").file("sub/migrations/1_devices.up.sql", "CREATE TABLE devices (id int);");
    cli.file("sub/mainstay.toml", "").file("sub/below/rows.sql", "INSERT INTO devices VALUES (1);");
    for args in [
        ["prepare"].as_slice(),
        &["sql", "--write", "-f", "below/rows.sql"],
        &["data", "dump", "-o", "rows"],
        &["schema", "dump", "-o", "schema.sql"],
        &["schema", "docs", "-o", "pages"],
        &["diagram", "-o", "diagram.mmd"],
        &["backup", "create", "--to", "kept"],
        &["backup", "list", "--from", "kept"],
    ] {
        let run = cli.args(["-C", "sub"].iter().chain(args).copied()).run();
        assert_eq!(run.code, 0, "{args:?}: {run:?}");
    }
    for name in ["walt.db", "rows", "schema.sql", "pages", "diagram.mmd", "kept"] {
        assert!(cli.project().join("sub").join(name).exists() && !cli.project().join(name).exists(), "{name}");
    }
    // A folder of the project's is a place to be, and what is named is named from there.
    let run = cli.args(["-C", "sub/below", "backup", "list", "--from", "../kept", "--json"]).run();
    assert!(run.code == 0 && run.stdout.contains("\"state\": \"checked\""), "{run:?}");
    let run = cli.args(["-C", "sub/below", "--url", "sqlite:../walt.db", "sql", "-f", "rows.sql", "--write"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}
