//! Wrong use: said on stderr with what was meant, exit code 2.

use crate::mainstay;

#[test]
fn an_unknown_command_is_answered_with_the_nearest() {
    let run = mainstay().args(["compltions"]).run();
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: unrecognized subcommand 'compltions'

      tip: a similar subcommand exists: 'completions'

    Usage: mainstay [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn a_wrong_flag_is_answered_with_the_nearest() {
    let run = mainstay().args(["config", "show", "--ecoh"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("tip: a similar argument exists: '--echo'"), "{}", run.stderr);
}

#[test]
fn flags_that_exclude_each_other() {
    for pair in [["-w", "-W"], ["-q", "-v"], ["--url=x", "--target=y"]] {
        let run = mainstay().args(pair.into_iter().chain(["config", "show"])).run();
        assert_eq!(run.code, 2, "{pair:?}");
        assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    }
}

#[test]
fn no_command_at_all_shows_the_help() {
    let run = mainstay().run();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("Commands:"), "{}", run.stderr);
}

#[test]
fn as_json_it_is_one_object_on_stdout() {
    let run = mainstay().args(["compltions", "--json"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 2
    --- stdout
    {
      "schema": 1,
      "command": "",
      "error": {
        "kind": "usage",
        "message": "unrecognized subcommand 'compltions'",
        "sqlstate": null,
        "sql": null,
        "place": null,
        "causes": [],
        "hints": [
          "a similar subcommand exists: 'completions'",
          "`mainstay --help` lists the commands, `mainstay COMMAND --help` the flags"
        ],
        "copy": null,
        "exit": 2
      }
    }
    --- stderr
    "#);
}

#[test]
fn a_failing_command_too() {
    let run = mainstay().args(["config", "path", "--json"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, run.stderr.as_str()), (2, ""));
    assert_eq!(value["command"], "config path");
    assert_eq!(value["error"]["kind"], "config");
    assert_eq!(value["error"]["exit"], 2);
}
