//! Ctrl-C during a statement, and connections that end.

use std::time::{Duration, Instant};

use mainstay_testing::{TestDatabase, server};

use super::{console, logs};

/// Waits until so many sessions of `database` sleep.
fn sleeping(database: &TestDatabase, count: &str) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
               AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()";
    let begun = Instant::now();
    while database.psql(sql).trim() != count {
        assert!(begun.elapsed() < Duration::from_secs(30), "waited for {count}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const END_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[test]
fn a_statement_is_cancelled_on_the_server_and_the_connection_stays() {
    let (database, mut cli) = logs();
    let mut terminal = console(&mut cli, &["--write"]);
    terminal.line("CREATE TEMPORARY TABLE mine (a int);");
    terminal.keys("SELECT pg_sleep(60);\r");
    sleeping(&database, "1");
    terminal.keys("\x03");
    terminal.shows("cancelled");
    terminal.prompt();
    sleeping(&database, "0");
    assert_eq!(terminal.line("SELECT count(*) FROM mine;"), "count\n    0\n1 row", "the same session");
}

#[test]
fn rows_without_end_are_cancelled_too() {
    let (_database, mut cli) = logs();
    let mut terminal = console(&mut cli, &["--timeout", "0", "--format", "plain"]);
    terminal.keys("SELECT 'row' FROM (SELECT generate_series(1, 1000000000)) endless;\r");
    terminal.shows("row\nrow\nrow");
    terminal.keys("\x03");
    terminal.shows("cancelled");
    terminal.prompt();
}

#[test]
fn a_lost_connection_is_told_and_made_again() {
    let (database, mut cli) = logs();
    let mut terminal = console(&mut cli, &["--write"]);
    terminal.line("BEGIN;");
    terminal.line("DELETE FROM logstreams;");
    assert!(terminal.text().ends_with("write=*>"), "{}", terminal.text());
    database.psql(END_ALL);
    let told = terminal.line("COMMIT;");
    assert!(told.contains("error:") && told.contains("the open transaction is rolled back"), "{told}");
    assert!(told.ends_with("connected again"), "{told}");
    assert!(terminal.text().ends_with("write=>"), "{}", terminal.text());
    assert_eq!(terminal.line("SELECT count(*) FROM logstreams;"), "count\n    2\n1 row");
}

#[test]
fn without_a_server_the_next_statement_tries_again() {
    let (database, mut cli) = logs();
    let mut terminal = console(&mut cli, &[]);
    let name = database.name();
    let elsewhere = server().database();
    elsewhere.psql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
    elsewhere.psql(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    let told = terminal.line("SELECT 1;");
    assert!(told.contains("cannot connect again"), "{told}");
    assert!(terminal.text().ends_with("not connected=>"), "{}", terminal.text());
    elsewhere.psql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
    let told = terminal.line("SELECT 1 AS one;");
    assert!(told.starts_with("reading as role pg_read_all_data\nconnected again\none"), "{told}");
}

#[test]
fn a_signal_ends_it_and_leaves_the_terminal_as_it_was() {
    let (_database, mut cli) = logs();
    let mut terminal = console(&mut cli, &[]);
    assert!(!terminal.is_as_found(), "it waits for keys");
    let pid = rustix::process::Pid::from_raw(i32::try_from(terminal.pid()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(terminal.end(), 130);
    assert!(terminal.is_as_found());
}
