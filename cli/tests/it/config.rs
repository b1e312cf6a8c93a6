//! `mainstay config`.

use crate::mainstay;

#[test]
fn defaults_without_a_file() {
    let run = mainstay().args(["config", "show"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("[migrations]\ndir = \"migrations\"\n"), "{}", run.stdout);
    assert_eq!(run.stderr, "");
}

#[test]
fn the_envelope() {
    let run = mainstay().args(["--json", "config", "show"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["schema"], 1);
    assert_eq!(value["command"], "config show");
    assert_eq!(value["data"]["backup"]["to"], "backups");
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
