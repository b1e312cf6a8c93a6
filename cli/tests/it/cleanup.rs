//! `mainstay cleanup`.

use mainstay_testing::{Cli, TestDatabase, server};

use crate::{mainstay, on_database};

const ROWS: &str = "CREATE TABLE device (id int PRIMARY KEY, name text);
    INSERT INTO device VALUES (1, 'a'), (2, 'b');
    CREATE TABLE log (id int PRIMARY KEY, device_id int REFERENCES device (id), at timestamptz NOT NULL);
    INSERT INTO log SELECT n, 1 + n % 2, timestamptz '2020-01-01' + n * interval '1 hour' FROM generate_series(1, 20) n;
    INSERT INTO log VALUES (21, 2, now());
    CREATE TABLE line (id int PRIMARY KEY, log_id int NOT NULL REFERENCES log (id) ON DELETE CASCADE, text text);
    INSERT INTO line SELECT n, 1 + n % 20, repeat('x', 1000) FROM generate_series(1, 2000) n;
    CREATE TABLE pin (log_id int REFERENCES log (id));
    INSERT INTO pin VALUES (20);
    VACUUM ANALYZE;";

const POLICY: &str = "
[cleanup.logs]
table = \"log\"
column = \"at\"
older_than = \"90 days\"

[cleanup.logs.orphans]
device = \"freed\"
";

fn project() -> (TestDatabase, Cli) {
    let database = server().database();
    database.psql(ROWS);
    let mut cli = on_database(&database);
    cli.file("mainstay.toml", POLICY);
    (database, cli)
}

/// The moment that the age ends at is another one in each run.
fn without_moment(text: &str) -> String {
    let lines = text.lines().map(|line| line.split(", from before ").next().unwrap_or(line).to_owned() + "\n");
    lines.collect()
}

/// Rows that somebody else holds are waited for, as long as the test takes.
#[test]
fn who_interrupts_it_finds_it_in_the_journal() {
    let (database, mut cli) = project();
    let url = database.url();
    let holder = std::thread::spawn(move || {
        let mut psql = mainstay();
        psql.env("DATABASE_URL", &url);
        let hold = "BEGIN; SELECT FROM log FOR UPDATE; SELECT 'the holder', pg_sleep(60)";
        psql.args(["psql", "--", "-XAtc", hold]).run()
    });
    let is_held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    until(|| database.psql(is_held) == "1");
    let run = ["cleanup", "run", "logs", "--allow", "deletes-data"];
    let child = cli.args(run).command().spawn().unwrap();
    until(|| database.psql("SELECT to_regclass('mainstay.journal') IS NOT NULL") == "t");
    let journal = "SELECT action || ' ' || detail || ': ' || result FROM mainstay.journal";
    until(|| !database.psql(journal).is_empty());
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert_eq!(database.psql(journal), "cleanup run logs: begun, and not ended");
    assert_eq!(database.psql("SELECT count(*) FROM log"), "21");

    let holding = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%the holder%' \
                   AND datname = current_database() AND pid <> pg_backend_pid()";
    assert_eq!(database.psql(holding), "1");
    holder.join().unwrap();
    assert_eq!(cli.args(run).run().code, 0);
    let last = database.psql(&format!("{journal} ORDER BY id DESC LIMIT 1"));
    assert_eq!(last, "cleanup run logs: log 19, line 1900: ok");
}

fn until(mut answer: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !answer() {
        assert!(started.elapsed().as_secs() < 30, "it never came to this");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_plan_counts_and_warns() {
    let (database, mut cli) = project();
    let run = cli.args(["cleanup", "plan"]).run();
    insta::assert_snapshot!(without_moment(&run.snapshot()), @"
    exit: 0
    --- stdout
    logs: 1,919 rows
      log             19  old
      line         1,900  refer to what goes
      line.log_id -> log (follow, ON DELETE CASCADE)
      log.device_id -> device (keep): holds 2 rows back
      pin.log_id -> log (keep): holds 1 row back
      stays though old, for something that stays refers to it: 1 row of log
      slow: line.log_id has no index; build it first:
        CREATE INDEX CONCURRENTLY ON line (log_id);
      hazard: deletes-data: deletes rows of 2 tables (1919 rows)
      takes about [took]
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    assert_eq!(database.psql("SELECT count(*) FROM log"), "21");
    let sql = cli.args(["cleanup", "plan", "logs", "--sql"]).run();
    insta::assert_snapshot!(sql.stdout, @"
    -- delete old rows of log and what goes with them, in batches
    -- hazard: deletes-data: deletes rows of 2 tables (1919 rows)
    BEGIN;
    SET LOCAL lock_timeout = '1000ms';
    DELETE FROM ONLY public.line WHERE ctid = ANY (ARRAY(SELECT s.tid FROM pg_temp.mainstay_batch_going_1 s));
    DELETE FROM ONLY public.log WHERE ctid = ANY (ARRAY(SELECT s.tid FROM pg_temp.mainstay_batch_going_0 s));
    DELETE FROM ONLY public.device WHERE ctid = ANY (ARRAY(SELECT s.tid FROM pg_temp.mainstay_batch_going_2 s));
    COMMIT;
    ");
}

#[test]
fn a_run_wants_consent_and_says_what_went() {
    let (database, mut cli) = project();
    let refused = cli.args(["cleanup", "run", "logs"]).run();
    insta::assert_snapshot!(refused.snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    searching what [cleanup.logs] takes ([took])
    error: refused to delete old rows of log and what goes with them, in batches: it deletes rows of 2 tables (1919 rows), which cannot be undone (hazard deletes-data)
    hint: nothing was run; read it first: mainstay cleanup plan logs
    hint: allow it by name: --allow deletes-data
    ");
    let dry = cli.args(["cleanup", "run", "logs", "--dry-run"]).run();
    assert!(dry.stdout.contains("hazard: deletes-data"), "{dry:?}");
    assert_eq!(database.psql("SELECT count(*) FROM log"), "21");
    let run = cli.args(["cleanup", "run", "--allow", "deletes-data"]).run();
    // A busy server lets it rest.
    insta::assert_snapshot!(run.snapshot().replace(", [took] of it rested", ""), @"
    exit: 0
    --- stdout
    deleted  19 rows of log
    deleted  1,900 rows of line
    logs: 1,919 rows in 1 batch ([took])
    --- stderr
    target [database] at [socket]:5432 as postgres
    searching what [cleanup.logs] takes ([took])
    searching again what [cleanup.logs] takes ([took])
    vacuum and analyze line ([took])
    ");
    assert_eq!(database.psql("SELECT string_agg(id::text, ' ' ORDER BY id) FROM log"), "20 21");
    let again = cli.args(["cleanup", "run", "-q"]).run();
    insta::assert_snapshot!(again.snapshot(), @"
    exit: 0
    --- stdout
    logs: nothing is old
    --- stderr
    ");
}

#[test]
fn a_printed_plan_is_run_as_long_as_it_holds() {
    let (database, mut cli) = project();
    let written = cli.args(["cleanup", "plan", "logs", "-o", "plan.json"]).run();
    assert!(written.code == 0 && written.stdout.ends_with("wrote plan.json\n"), "{written:?}");
    database.psql("ALTER TABLE pin ADD COLUMN line_id int REFERENCES line (id)");
    let run = cli.args(["cleanup", "run", "logs", "--plan", "plan.json", "--allow", "deletes-data"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: [cleanup.logs], the database or the tables that it touches are not those of the plan
    hint: nothing was deleted; make the plan again: mainstay cleanup plan logs
    ");
    database.psql("ALTER TABLE pin DROP COLUMN line_id");
    let run = cli.args(["cleanup", "run", "logs", "--plan", "plan.json", "--allow", "deletes-data", "--json"]).run();
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let data = &answer["data"][0];
    assert_eq!((data["planned"].as_u64(), data["tables"][0]["rows"].as_u64()), (Some(1919), Some(19)), "{answer}");
    let broken = cli.file("plan.json", "{}").args(["cleanup", "run", "logs", "--plan", "plan.json"]).run();
    assert_eq!((broken.code, broken.stderr.contains("plan.json is no plan of a clean-up")), (1, true), "{broken:?}");
}

#[test]
fn production_is_confirmed_by_name() {
    let (database, mut cli) = project();
    let name = database.name().to_owned();
    let url = database.url();
    let prod = format!("{POLICY}\n[target.prod]\nurl = \"{url}\"\nenvironment = \"production\"\n");
    let mut cli_prod = Cli::new(env!("CARGO_BIN_EXE_mainstay"));
    cli_prod.file("mainstay.toml", &prod);
    let args = ["cleanup", "run", "logs", "--allow", "deletes-data", "--target", "prod"];
    let refused = cli_prod.args(args).run();
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.stderr.contains(&format!("type its name to go on: --confirm {name}")), "{refused:?}");
    let run = cli_prod.args(args.iter().copied().chain(["--confirm", &name])).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(cli.args(["cleanup", "run", "-q"]).run().stdout, "logs: nothing is old\n");
}

#[test]
fn what_is_wrong_in_the_file_has_its_place() {
    let (_database, mut cli) = project();
    for (policy, code) in [
        ("[cleanup.logs]\ntabel = \"log\"", 2),
        ("[cleanup.logs]\ntable = \"log\"", 2),
        ("[cleanup.logs]\ntable = \"log\"\ncolumn = \"at\"\nolder_than = \"soon\"", 2),
        ("[cleanup.logs]\ntable = \"log\"\nwhere = \"true\"\nreferences = { line = \"folow\" }", 2),
        ("[cleanup.logs]\ntable = \"log\"\nwhere = \"true\"\nlinks = [{ from = \"line.log\" }]", 2),
        ("[cleanup.logs]\ntable = \"log\"\nwhere = \"lvl = 1\"", 2),
    ] {
        let run = cli.file("mainstay.toml", policy).args(["cleanup", "plan"]).run();
        assert_eq!(run.code, code, "{policy}: {run:?}");
        assert!(run.stderr.contains("/mainstay.toml:") && run.stderr.contains("hint: "), "{policy}: {run:?}");
    }
    for batch in ["-5", "0"] {
        let policy = format!("[cleanup.logs]\ntable = \"log\"\nwhere = \"true\"\nbatch = {batch}");
        let run = cli.file("mainstay.toml", &policy).args(["cleanup", "plan"]).run();
        assert!(run.stderr.contains(&format!("[cleanup.logs] batch is {batch}")), "{run:?}");
        assert!(run.code == 2 && run.stderr.contains("at least 1"), "{run:?}");
    }
    let none = cli.file("mainstay.toml", "").args(["cleanup", "plan"]).run();
    assert!(none.stderr.contains("hint: write one: [cleanup.logs]"), "{none:?}");
    let other = cli.file("mainstay.toml", POLICY).args(["cleanup", "plan", "log"]).run();
    assert!(
        other.stderr.contains("there is no policy [cleanup.log]") && other.stderr.contains("there are: logs"),
        "{other:?}"
    );
    let shown = cli.args(["config", "show"]).run();
    insta::assert_snapshot!(shown.stdout.split("\n\n").find(|table| table.starts_with("[cleanup")).unwrap_or_default(), @r#"
    [cleanup.logs]
    table = "log"
    column = "at"
    older_than = "90 days"
    orphans = { device = "freed" }
    batch = 5000  # default
    pace = "50%"  # default
    partitions = "rows"  # default
    "#);
}

#[test]
fn nothing_goes_by_one_policy_while_another_is_wrong() {
    let (database, mut cli) = project();
    let good = POLICY.replace("cleanup.logs", "cleanup.a");
    let other = |keys: &str| format!("{good}\n[cleanup.b]\n{keys}\n");
    for wrong in ["table = \"lgo\"\nwhere = \"id = 1\"", "table = \"log\"\nwhere = \"lvl = 1\""] {
        let run = cli.file("mainstay.toml", &other(wrong)).args(["cleanup", "run", "--allow", "deletes-data"]).run();
        assert_eq!((run.code, database.psql("SELECT count(*) FROM log").as_str()), (2, "21"), "{run:?}");
        let plan = cli.args(["cleanup", "plan"]).run();
        assert!(plan.code == 2 && plan.stderr.contains("a: 1,919 rows"), "{plan:?}");
    }
}

#[test]
fn hints_name_all_that_is_needed_and_are_quoted_for_a_shell() {
    let (database, mut cli) = project();
    database.psql("DELETE FROM log WHERE id = 21; DELETE FROM pin");
    let toml = POLICY.replace("[cleanup.logs", "[cleanup.\"a b;c\"");
    let run = ["cleanup", "run", "a b;c", "--allow"];
    cli.file("mainstay.toml", &toml);
    for given in ["deletes-data", "empties-table"] {
        let refused = cli.args(run.iter().copied().chain([given])).run();
        assert!(refused.stderr.contains("--allow deletes-data,empties-table\n"), "{refused:?}");
        assert!(refused.stderr.contains("read it first: mainstay cleanup plan 'a b;c'\n"), "{refused:?}");
    }
    database.psql("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$never$$; END'");
    database.psql("CREATE TRIGGER no BEFORE DELETE ON log FOR EACH ROW EXECUTE FUNCTION no()");
    let failed = cli.args(run.iter().copied().chain(["deletes-data,empties-table"])).run();
    let go_on = "go on: mainstay cleanup run 'a b;c' --allow deletes-data,empties-table\n";
    assert!(failed.stderr.contains(go_on), "{failed:?}");
}

#[test]
fn what_a_policy_did_is_told_though_the_next_one_fails() {
    let (database, mut cli) = project();
    database.psql("CREATE TABLE z (id int PRIMARY KEY); INSERT INTO z VALUES (1); CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$never$$; END'; CREATE TRIGGER no BEFORE DELETE ON z FOR EACH ROW EXECUTE FUNCTION no()");
    let toml = format!("{POLICY}\n[cleanup.z]\ntable = \"z\"\nwhere = \"id = 1\"\n");
    let run = cli.file("mainstay.toml", &toml).args(["cleanup", "run", "--allow", "deletes-data,empties-table"]).run();
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("logs: ") && run.stderr.contains("never"), "{run:?}");
}
