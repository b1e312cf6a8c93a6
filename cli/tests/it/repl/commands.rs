//! Backslash commands.

use mainstay_testing::server;

use super::{console, logs};

#[test]
fn lists() {
    let (database, mut cli) = logs();
    database.psql(
        "CREATE VIEW busy AS SELECT 1 AS n; CREATE INDEX by_time ON logs (timestamp); CREATE SCHEMA audit;
         CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';",
    );
    let mut terminal = console(&mut cli, &[]);
    let tables = terminal.line("\\dt logs*");
    assert!(tables.starts_with("NAME") && tables.contains("public.logstreams  table"), "{tables}");
    assert!(!terminal.line("\\dt").contains("busy"), "a view is no table");
    assert_eq!(terminal.line("\\dt nothing*"), "no table fits nothing*");
    let described = terminal.line("\\d logs");
    assert!(
        described.starts_with("table public.logs") && described.contains("REFERENCES public.logstreams"),
        "{described}"
    );
    assert!(terminal.line("\\d log*").contains("table public.logstreams"));
    let missing = terminal.line("\\d logz");
    assert!(missing.contains("error:") && missing.contains("logs"), "{missing}");
    assert!(terminal.line("\\dv").contains("public.busy"));
    assert!(terminal.line("\\di by*").contains("public.by_time"));
    assert!(terminal.line("\\dn").contains("audit"));
    assert!(terminal.line("\\df").contains("twice"));
    assert!(terminal.line("\\du postgres").contains("superuser"));
    assert!(terminal.line("\\l").contains(database.name()));
}

#[test]
fn the_page_of_packit() {
    let (database, mut cli) = logs();
    let other = server().database();
    other.psql("CREATE TABLE git_projects (id int, namespace text, repo_name text)");
    let mut terminal = console(&mut cli, &[]);
    let connected = terminal.line(&format!("\\connect {}", other.name()));
    assert!(connected.contains(&format!("connected to {}", other.name())), "{connected}");
    assert!(terminal.text().ends_with(&format!("{}=>", other.name())), "{}", terminal.text());
    assert!(terminal.line("\\?").contains("\\timing"));
    assert!(terminal.line("\\h").contains("CREATE TABLE"));
    let update = terminal.line("\\h update");
    assert!(update.starts_with("UPDATE\n") && update.contains("docs/current/sql-update.html"), "{update}");
    assert!(terminal.line("\\dt").contains("public.git_projects"));
    assert_eq!(terminal.line("select * from git_projects;"), "id  namespace  repo_name\n0 rows");
    let refused = terminal.line("\\c nowhere");
    assert!(refused.contains("nowhere") && refused.contains("error:"), "{refused}");
    assert!(terminal.line("\\c").contains(&format!("connected to {}", other.name())), "the old connection is kept");
    terminal.line(&format!("\\c {}", database.name()));
    assert!(terminal.text().ends_with(&format!("{}=>", database.name())), "{}", terminal.text());
}

#[test]
fn settings_and_files() {
    let (_database, mut cli) = logs();
    cli.file("report.sql", "SELECT 1 AS one;\nSELECT nope;\n");
    let mut terminal = console(&mut cli, &[]);
    terminal.line("\\x on");
    assert_eq!(terminal.line("SELECT 1 AS one, 2 AS two;"), "one  1\ntwo  2\n1 row");
    terminal.line("\\x auto");
    assert_eq!(terminal.line("SELECT 1 AS one, 2 AS two;"), "one  two\n  1    2\n1 row");
    terminal.line("\\timing");
    let timed = terminal.line("SELECT 1 AS one;");
    assert!(timed.contains("\ntime ") && timed.ends_with(" ms"), "{timed}");
    terminal.line("\\timing off");
    let included = terminal.line("\\i report.sql");
    assert!(included.starts_with("one\n  1\n1 row") && included.contains("report.sql:2:8"), "{included}");
    assert!(terminal.line("\\i nowhere.sql").contains("cannot read nowhere.sql"));
    assert!(terminal.line("\\tming").contains("the nearest is \\timing"));
    assert!(terminal.line("\\watch").contains("psql on the same database: mainstay psql"));
}
