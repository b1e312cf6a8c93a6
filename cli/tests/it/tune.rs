//! `mainstay tune`.

use mainstay_testing::server;

use crate::{on_database, on_sqlite};

const MACHINE: [&str; 6] = ["--memory", "8GB", "--processors", "4", "--disk", "ssd"];

#[test]
fn a_plan_is_a_table_statements_or_lines_for_the_configuration() {
    let database = server().database();
    let mut cli = on_database(&database);
    let plan = cli.args(["tune", "plan"].iter().chain(&MACHINE).copied()).run();
    assert_eq!(plan.code, 0, "{}", plan.snapshot());
    let row = plan.stdout.lines().find(|line| line.starts_with("effective_cache_size\t")).unwrap();
    assert_eq!(
        row,
        "effective_cache_size\t4GB\t3GB\t\twhat the system caches for it besides: nothing is taken, index scans only look as cheap as they are"
    );
    assert!(plan.stdout.contains("tried on a private PostgreSQL "), "{}", plan.snapshot());
    let of = |format: &str, cli: &mut mainstay_testing::Cli| {
        cli.args(["tune", "plan", "--format", format].iter().chain(&MACHINE).copied()).run().stdout
    };
    assert!(of("sql", &mut cli).contains("ALTER SYSTEM SET effective_cache_size = '3GB'"));
    assert!(of("conf", &mut cli).contains("effective_cache_size = '3GB'\n"));
    let shown = cli.args(["tune", "show"]).run();
    assert!(shown.stdout.starts_with("SETTING\tVALUE\tFROM\nmax_connections\t"), "{}", shown.snapshot());
    assert_eq!(database.psql("SELECT count(*) FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$'"), "0");
}

#[test]
fn what_is_wrong_is_told_with_what_to_type() {
    let database = server().database();
    let mut cli = on_database(&database);
    let none = cli.args(["tune", "reset", "--dry-run"]).run();
    assert!(
        none.code == 1 && none.stderr.contains("hint: how the server is set: mainstay tune show"),
        "{}",
        none.snapshot()
    );
    let wrong = cli.args(["tune", "plan", "--memory", "8"]).run();
    assert!(
        wrong.code == 2 && wrong.stderr.contains("write it as PostgreSQL does: 8GB, 512MB"),
        "{}",
        wrong.snapshot()
    );
    let few = cli.args(["tune", "plan", "--connections", "3"].iter().chain(&MACHINE).copied()).run();
    assert!(
        few.code == 5 && few.stderr.contains("PostgreSQL would not start with these settings"),
        "{}",
        few.snapshot()
    );
    let sqlite = on_sqlite("CREATE TABLE t (id INTEGER);").args(["tune", "plan"]).run();
    assert!(
        sqlite.code == 1 && sqlite.stderr.contains("an SQLite file has no server to be tuned"),
        "{}",
        sqlite.snapshot()
    );
    cli.file("mainstay.toml", "[tune]\nshare = \"half\"\n");
    let config = cli.args(["config", "show"]).run();
    assert!(config.stderr.contains("mainstay.toml:2"), "{}", config.snapshot());
}
