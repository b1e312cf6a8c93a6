//! `mainstay inspect` and `mainstay doctor`.

use mainstay_testing::server;

use crate::{mainstay, on_database, on_sqlite};

#[test]
fn a_report_is_plain_rows_in_a_pipe_and_says_what_to_make_of_them() {
    let database = server().database();
    database.psql("CREATE TABLE tickets (id serial PRIMARY KEY); SELECT setval('tickets_id_seq', 2000000000)");
    let run = on_database(&database).args(["inspect", "sequences"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stdout,
        "SEQUENCE\tCOLUMN\tTYPE\tLAST\tEND\tUSED\n\
         public.tickets_id_seq\tpublic.tickets.id\tinteger\t2000000000\t2147483647\t93.13\n"
    );
    assert!(run.stderr.contains("plan its change to bigint"), "{run:?}");
    let run = on_database(&database).args(["inspect", "sequences", "--json"]).run();
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(said["data"]["report"], "sequences");
    assert_eq!(said["data"]["rows"][0]["last"], 2_000_000_000_u64);
    assert_eq!(said["data"]["rows"][0]["used"], 93.13);
}

#[test]
fn all_reports_and_the_list_of_them() {
    let run = mainstay().args(["inspect"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let names: Vec<&str> = run.stdout.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    let database = server().database();
    let run = on_database(&database).args(["inspect", "all", "--json"]).run();
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let asked = said["data"]["reports"].as_object().unwrap();
    assert!(asked.len() > 10 && asked.keys().all(|name| names.contains(&name.as_str())), "{names:?}");
    // By another tool's name.
    let run = on_database(&database).args(["inspect", "ps"]).run();
    assert!(run.code == 0 && run.stdout.starts_with("PID\tROLE\t"), "{run:?}");
}

#[test]
fn at_a_terminal_numbers_are_for_people() {
    let database = server().database();
    database.psql("CREATE TABLE logs AS SELECT generate_series(1, 12000) AS id; ANALYZE logs");
    let mut cli = on_database(&database);
    let mut terminal = cli.args(["inspect", "table-sizes"]).terminal(80);
    terminal.shows("TABLE");
    terminal.shows("12,000");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn what_cannot_be_asked() {
    let run = mainstay().args(["inspect", "bloot"]).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("all that there are: mainstay inspect"), "{run:?}");
    for command in [["inspect", "bloat"], ["doctor", "-q"]] {
        let run = on_sqlite("CREATE TABLE t (id)").args(command).run();
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains("SQLite has none"), "{run:?}");
    }
    let run = mainstay().args(["doctor", "--explain", "nothing"]).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("mainstay doctor --explain all"), "{run:?}");
}

#[test]
fn the_doctor_ends_with_10_from_a_weight_on() {
    let database = server().database();
    database.psql("CREATE TABLE prices (amount int); INSERT INTO prices VALUES (1)");
    database.psql("ALTER TABLE prices ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID");
    let run = on_database(&database).args(["doctor", "--fail-on", "note"]).run();
    assert_eq!(run.code, 10, "{run:?}");
    let finding = "note: a constraint was never checked on the rows that are there [constraint-not-valid]\n  \
                   The planner does not rely on it, and rows that break it stop the restore of a dump.\n  \
                   public.prices.positive: NOT VALID\n    mend: ALTER TABLE public.prices VALIDATE CONSTRAINT positive\n";
    assert!(run.stdout.contains(finding), "{run:?}");
    assert_eq!(on_database(&database).args(["doctor", "--fail-on", "never"]).run().code, 0);
    let run = on_database(&database).args(["doctor", "--json", "--fail-on", "never"]).run();
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let found = said["data"]["findings"].as_array().unwrap();
    let one = found.iter().find(|finding| finding["check"] == "constraint-not-valid").unwrap();
    assert_eq!((one["severity"].as_str(), one["object"].as_str()), (Some("note"), Some("public.prices.positive")));
}
