//! `mainstay upgrade`: the real pg_upgrade on real clusters.

mod debian;
mod gate;
mod kills;
mod loss;
mod meanwhile;

use std::path::Path;

use mainstay::tool::give_like;
use mainstay::upgrade::{Journal, Site, Step};
use mainstay_testing::{Cli, Run, TestCluster, programs_of};

const ROWS: &str = "CREATE TABLE device (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
    INSERT INTO device (name) SELECT 'device ' || n FROM generate_series(1, 20000) n;
    CREATE TABLE apart (a int) TABLESPACE space;
    INSERT INTO apart VALUES (1);
    CREATE VIEW named AS SELECT id, name FROM device WHERE id > 10;
    CREATE MATERIALIZED VIEW many AS SELECT count(*) FROM device;
    CREATE RULE none AS ON DELETE TO named DO INSTEAD DELETE FROM device WHERE device.id = old.id;
    CREATE STATISTICS pairs ON id, name FROM device;
    CREATE ROLE reader LOGIN PASSWORD 'abc' CONNECTION LIMIT 3;
    ALTER ROLE reader SET work_mem = '3MB';
    GRANT SELECT, UPDATE ON device TO reader;
    REVOKE DELETE ON apart FROM postgres;
    SELECT lo_from_bytea(4711, 'abc');
    CREATE DATABASE other;
    CREATE DATABASE \"it's a \"\"=%s ü\"";

struct Upgrading {
    cluster: TestCluster,
    cli: Cli,
}

impl Upgrading {
    fn new() -> Self {
        let cluster = TestCluster::start(&[("work_mem", "7MB")], programs_of(18));
        let space = cluster.data().with_file_name("space");
        std::fs::create_dir(&space).unwrap();
        give_like(&space, &cluster.data()).unwrap();
        cluster.psql(&format!("CREATE TABLESPACE space LOCATION '{}'; {ROWS}", space.display()));
        let mut cli = Cli::new(env!("CARGO_BIN_EXE_mainstay"));
        cli.env("TMPDIR", &std::env::temp_dir().display().to_string());
        Self { cluster, cli }
    }

    fn args(&self, words: &[&str]) -> Vec<String> {
        let data = self.cluster.data().display().to_string();
        let begins = matches!(words, ["check" | "plan" | "rehearse" | "run", ..]);
        let to = programs_of(18).bin.display().to_string();
        let how = if begins { vec!["--to", "18", "--to-bin", &to] } else { Vec::new() };
        let all = [&["upgrade"], words, &["--data", &data], &how].concat();
        all.into_iter().map(str::to_owned).collect()
    }

    fn run(&mut self, words: &[&str]) -> Run {
        let args = self.args(words);
        self.cli.args(args).run()
    }

    fn good(&mut self, words: &[&str]) -> Run {
        let run = self.run(words);
        assert_eq!(run.code, 0, "{words:?}: {}", run.stderr);
        run
    }

    fn site(&self) -> Site {
        Site::of(&self.cluster.data())
    }

    fn step(&self) -> Option<Step> {
        Journal::read(&self.site()).ok().flatten().map(|journal| journal.step)
    }

    /// As if it had been broken off one moment before, or after.
    fn set_step(&self, from: Step, to: Step) {
        let path = self.site().journal();
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = text.replace(&format!("\"step\": \"{}\"", from.word()), &format!("\"step\": \"{}\"", to.word()));
        assert_ne!(text, changed);
        std::fs::write(&path, changed).unwrap();
    }

    fn has(&self, version: &str, rows: u32) {
        assert_eq!((self.version(), self.rows()), (version.to_owned(), rows.to_string()));
    }

    fn version(&self) -> String {
        self.cluster.psql("SELECT current_setting('server_version_num')::int / 10000")
    }

    fn rows(&self) -> String {
        assert_eq!(self.cluster.psql("SELECT sum(a) FROM apart"), "1");
        self.cluster.psql("SELECT count(*) FROM device")
    }
}

#[test]
fn a_plan_says_which_backup_is_taken_first() {
    let mut one = Upgrading::new();
    let planned = one.good(&["plan"]);
    assert!(planned.stdout.starts_with("first: no backup, since the service's database is not"), "{}", planned.stdout);
    let url = format!("postgresql:///other?host={}&user=postgres", one.cluster.socket().display());
    one.cli.env("DATABASE_URL", &url);
    for words in [["plan"].as_slice(), &["run", "--dry-run"]] {
        let planned = one.good(words);
        let first = planned.stdout.lines().next().unwrap_or_default().to_owned();
        assert!(first.starts_with("first: a backup of other to /"), "{words:?}: {first}");
        assert!(first.ends_with("/backups, proven by a drill"), "{words:?}: {first}");
    }
    let data: serde_json::Value = serde_json::from_str(&one.good(&["plan", "--json"]).stdout).unwrap();
    assert_eq!(data["data"]["backup"]["taken"]["database"], "other");
    let never = one.good(&["plan", "--backup", "never"]);
    assert!(never.stdout.starts_with("first: no backup, since --backup never"), "{}", never.stdout);
    assert!(!one.cli.project().join("backups").exists());
}

#[test]
fn up_and_back_and_up_again() {
    let mut one = Upgrading::new();
    let rehearsed = one.good(&["rehearse"]);
    assert!(rehearsed.stdout.contains("goes through"), "{}", rehearsed.stdout);
    assert_eq!((one.version().as_str(), one.rows().as_str()), ("15", "20000"));

    let run = one.good(&["run"]);
    assert!(run.stdout.contains("as rehearsed"), "{}", run.stdout);
    assert!(run.stderr.contains("no backup of ours covers it's a \"=%s ü, other"), "{}", run.stderr);
    assert_eq!((one.version().as_str(), one.rows().as_str()), ("18", "20000"));
    // The configuration came along, and the sequence goes on.
    assert_eq!(one.cluster.psql("SHOW work_mem"), "7MB");
    assert_eq!(one.cluster.psql("INSERT INTO device (name) VALUES ('new') RETURNING id"), "20001");

    // What was written since is said, and wants consent.
    let refused = one.run(&["rollback"]);
    assert_eq!(refused.code, 5, "{}", refused.stderr);
    assert!(refused.stderr.contains("deletes-data"), "{}", refused.stderr);
    assert_eq!(one.version(), "18");
    let back = one.good(&["rollback", "--allow", "deletes-data"]);
    assert!(back.stdout.contains("written since"), "{}", back.stdout);
    assert_eq!((one.version().as_str(), one.rows().as_str()), ("15", "20000"));
    assert!(!Site::of(&one.cluster.data()).aside().exists());
    assert_eq!(one.run(&["rollback"]).code, 1);

    // A standby that was asked to confirm every commit is waited for by nobody of ours.
    one.cluster.psql("ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf()");
    one.good(&["run"]);
    one.cluster.psql("ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()");
    let refused = one.run(&["finish"]);
    assert!(refused.code == 5 && refused.stderr.contains("no-way-back"), "{}", refused.stderr);
    one.good(&["finish", "--allow", "no-way-back"]);
    assert!(!Site::of(&one.cluster.data()).work.exists());
    assert_eq!((one.version().as_str(), one.rows().as_str()), ("18", "20000"));
    let spaces = std::fs::read_dir(one.cluster.data().with_file_name("space")).unwrap().count();
    assert_eq!(spaces, 1, "what the old version had in the tablespace is gone too");
    let gone = one.run(&["rollback", "--allow", "all"]);
    assert!(gone.code == 1 && gone.stderr.contains("no upgrade of"), "{}", gone.stderr);
}

#[test]
fn what_fails_is_taken_back_and_the_old_server_runs_again() {
    let mut one = Upgrading::new();
    // Something that no look knows of: pg_upgrade cannot write, for its folder is full of another's.
    let site = Site::of(&one.cluster.data());
    std::fs::create_dir_all(site.work.join("log/old.log")).unwrap();
    let failed = one.run(&["run"]);
    assert_eq!(failed.code, 1, "{}", failed.stdout);
    assert!(failed.stderr.contains("the old cluster is as it was"), "{}", failed.stderr);
    assert!(one.cluster.runs() && !site.journal().exists() && !site.aside().exists());
    assert_eq!((one.version().as_str(), one.rows().as_str()), ("15", "20000"));
}

#[test]
fn a_service_has_a_proven_backup_before_anything_is_stopped() {
    let mut one = Upgrading::new();
    let socket = one.cluster.socket().display().to_string().replace('/', "%2F");
    one.cli.env("DATABASE_URL", &format!("postgres://postgres@{socket}:5432/postgres"));
    let run = one.good(&["run"]);
    assert!(run.stderr.contains("is proven"), "{}", run.stderr);
    assert_eq!(one.version(), "18");
    let proofs = std::fs::read_dir(one.cli.project().join("backups")).unwrap().flatten();
    assert!(proofs.into_iter().any(|backup| backup.path().join("proof.json").is_file()));
}

#[test]
fn what_is_asked_wrongly_changes_nothing() {
    let mut one = Upgrading::new();
    let data = one.cluster.data().display().to_string();
    let mut says = |args: &[&str], code: i32, words: &str| {
        let run = one.cli.args(args.iter().copied()).run();
        assert!(run.code == code && run.stderr.contains(words), "{args:?}: {} {}", run.code, run.stderr);
    };
    says(&["upgrade", "check", "--to", "14", "--data", &data], 5, "no newer one");
    says(&["upgrade", "check", "--to", "15", "--data", &data], 5, "no newer one");
    says(
        &["upgrade", "check", "--to", "99", "--data", &data],
        1,
        "the programs of PostgreSQL 99 are not on this machine",
    );
    says(
        &["upgrade", "check", "--to", "18", "--data", &data, "--to-bin", "/usr/lib/postgresql/15/bin"],
        2,
        "18 is wanted",
    );
    says(&["upgrade", "check", "--to", "18", "--data", "/"], 1, "no data folder of PostgreSQL");
    says(&["upgrade", "run", "--data", &data], 1, "no upgrade of");
    says(&["upgrade", "finish", "--data", &data], 1, "no upgrade of");
    let bin = programs_of(18).bin.display().to_string();
    one.cluster.psql("CREATE ROLE mortal LOGIN");
    let mut says = |args: &[&str], code: i32, words: &str| {
        let run = one.cli.args(args.iter().copied()).run();
        assert!(run.code == code && run.stderr.contains(words), "{args:?}: {} {}", run.code, run.stderr);
    };
    says(&["upgrade", "check", "--to", "18", "--data", &data, "--to-bin", &bin, "-U", "mortal"], 5, "is no superuser");
    assert!(one.cluster.runs() && !Path::new(&format!("{data}.upgrade")).exists());
}
