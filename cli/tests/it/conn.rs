//! `mainstay conn` on a real server.

use mainstay_testing::{Cli, TestDatabase, server};

use crate::mainstay;

/// Flags that lead to `database` as `user`.
fn flags(database: &TestDatabase, user: &str) -> Vec<String> {
    let server = server();
    let flags = ["-h", &server.socket().display().to_string(), "-p", &server.port().to_string(), "-U", user, "-d"];
    flags.iter().map(ToString::to_string).chain([database.name().to_owned()]).collect()
}

fn on(database: &TestDatabase, user: &str, command: &[&str]) -> Cli {
    let mut cli = mainstay();
    cli.args(flags(database, user).into_iter().chain(command.iter().map(ToString::to_string)));
    cli
}

#[test]
fn test_says_what_answers() {
    let database = server().database();
    let run = on(&database, "postgres", &["conn", "test"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("FACT\tVALUE\nserver\t"), "{}", run.stdout);
    assert!(run.stdout.contains(&format!("\ndatabase\t{}\nuser\tpostgres\nsuperuser\tyes\n", database.name())));
    assert!(run.stderr.starts_with(&format!("target {} at ", database.name())), "{}", run.stderr);
}

#[test]
fn test_as_json_names_target_and_server() {
    let database = server().database();
    let run = on(&database, "postgres", &["conn", "test", "--json"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["target"]["database"], database.name());
    assert_eq!(value["data"]["user"], "postgres");
    assert!(value["data"]["took"].is_f64());
}

#[test]
fn a_missing_role_is_a_failure_to_connect() {
    let run = on(&server().database(), "nobody_of_that_name", &["conn", "test"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{run:?}");
    assert!(run.stderr.contains("\nerror: ") && run.stderr.contains("nobody_of_that_name"), "{}", run.stderr);
}

#[test]
fn statements_are_echoed_where_a_variable_says_so() {
    let database = server().database();
    let echoed = |name: &str, value: &str| {
        let mut cli = on(&database, "postgres", &["conn", "test"]);
        cli.env(name, value).run().stderr.lines().count() > 1
    };
    assert!(echoed("SQLALCHEMY_ECHO", "Yes"));
    assert!(echoed("DB_ECHO", "true"));
    assert!(!echoed("DB_ECHO", "false"));
}

#[test]
fn url_goes_without_the_password_unless_asked() {
    let mut cli = mainstay();
    let folder = cli.home().display().to_string();
    let run = cli.args(["-h", "db", "-U", "walt", "-d", "walt", "conn", "url"]).env("PGPASSWORD", "sesame").run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("postgresql://walt@db:5432/walt"), "{}", run.stdout);
    assert!(!run.stdout.contains("sesame") && !run.stdout.contains(&folder));
}

#[test]
fn show_hides_the_password_and_says_whence_it_is() {
    let mut cli = mainstay();
    cli.env("PGPASSWORD", "sesame");
    for format in [None, Some("--json")] {
        let run = cli.args(["-h", "db", "conn", "show"].into_iter().chain(format)).run();
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.contains("PGPASSWORD") && run.stdout.contains("***"), "{}", run.stdout);
        assert!(!(run.stdout + &run.stderr).contains("sesame"));
    }
}

#[test]
fn a_password_cannot_be_asked_for_where_nobody_may_be_asked() {
    let run = mainstay().args(["-h", "db", "-W", "--no-input", "conn", "url"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
    assert!(run.stderr.contains("error: -W asks for a password"), "{}", run.stderr);
}

#[test]
fn another_file_of_variables() {
    let mut cli = mainstay();
    cli.file("mainstay.toml", "[service]\nenv_file = \"service.env\"\n").file(".env", "PGHOST=elsewhere\n");
    cli.file("service.env", "DATABASE_URL=postgresql://walt@db/walt\nDB_ECHO=perhaps\n");
    let run = cli.args(["conn", "show"]).run();
    assert!(run.stdout.contains("host\tdb\tDATABASE_URL in service.env\n"), "{run:?}");
    assert!(run.stderr.contains("DB_ECHO is \"perhaps\", which says neither yes nor no"), "{run:?}");
    assert!(cli.args(["config", "show"]).run().stdout.contains("env_file = \"service.env\"\n"));
    std::fs::remove_file(cli.project().join("service.env")).unwrap();
    let run = cli.args(["conn", "show"]).run();
    assert!(run.code == 2 && run.stderr.contains("no database is named"), "it need not be there: {run:?}");
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &format!("postgresql://walt@127.0.0.1:{port}/walt"));
    let shown = cli.args(["conn", "show"]).run().stdout;
    assert!(shown.contains("connect_timeout\t20\tdefault"), "{shown}");
    cli.env("PGCONNECT_TIMEOUT", "2");
    for command in [&["status"][..], &["conn", "test"]] {
        let run = cli.args(command.iter().copied()).run();
        assert_eq!(run.code, 4, "{run:?}");
        assert!(run.stderr.contains("did not answer within 2 s"), "{run:?}");
    }
}
