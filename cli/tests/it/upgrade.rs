//! `mainstay upgrade`: the real pg_upgrade on real clusters, killed at every step.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use mainstay::tool::give_like;
use mainstay::upgrade::{Journal, Site, Step};
use mainstay_testing::{Cli, Run, TestCluster, programs_of};

const ROWS: &str = "CREATE TABLE device (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
    INSERT INTO device (name) SELECT 'device ' || n FROM generate_series(1, 20000) n;
    CREATE TABLE apart (a int) TABLESPACE space;
    INSERT INTO apart VALUES (1);
    CREATE DATABASE other;";

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

    /// Starts the command and kills it outright as soon as the journal says `step`, or a later one.
    fn killed_at(&mut self, words: &[&str], step: Step) {
        let args = self.args(words);
        let mut child = self.cli.args(args).command().spawn().expect("the command starts");
        self.cli.args::<String>([]);
        let site = Site::of(&self.cluster.data());
        let begun = Instant::now();
        // It has nothing to say that would fill a pipe before it is killed.
        while Journal::read(&site).ok().flatten().is_none_or(|journal| journal.step < step) {
            let ended = child.try_wait().expect("a child");
            if ended.is_some_and(|status| status.success()) {
                // It was quicker than we are.
                return;
            }
            if ended.is_some() || begun.elapsed() > Duration::from_secs(120) {
                let _ = child.kill();
                let said = child.wait_with_output().expect("its words");
                panic!("{step:?} was not seen: {}", String::from_utf8_lossy(&said.stderr));
            }
        }
        child.kill().expect("the command can be killed");
        child.wait().expect("its end");
    }

    fn version(&self) -> String {
        self.cluster.psql("SELECT current_setting('server_version_num')::int / 10000")
    }

    fn rows(&self) -> String {
        assert_eq!(self.cluster.psql("SELECT sum(a) FROM apart"), "1");
        self.cluster.psql("SELECT count(*) FROM device")
    }
}

fn journal(cluster: &TestCluster) -> Journal {
    Journal::read(&Site::of(&cluster.data())).unwrap().expect("a journal")
}

fn set_step(cluster: &TestCluster, from: Step, to: Step) {
    let path = Site::of(&cluster.data()).journal();
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replace(&format!("\"step\": \"{}\"", from.word()), &format!("\"step\": \"{}\"", to.word()));
    assert_ne!(text, changed);
    std::fs::write(&path, changed).unwrap();
}

#[test]
fn up_and_back_and_up_again() {
    let mut one = Upgrading::new();
    let rehearsed = one.good(&["rehearse"]);
    assert!(rehearsed.stdout.contains("goes through"), "{}", rehearsed.stdout);
    assert_eq!((one.version().as_str(), one.rows().as_str()), ("15", "20000"));

    let run = one.good(&["run"]);
    assert!(run.stdout.contains("as rehearsed"), "{}", run.stdout);
    assert!(run.stderr.contains("no backup of ours covers other"), "{}", run.stderr);
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

    one.good(&["run"]);
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
fn a_kill_at_any_step_leaves_one_cluster_that_starts_and_the_next_run_goes_on() {
    let mut one = Upgrading::new();
    let mut rows = 20_000;
    let before_swap = [
        Step::Preparing,
        Step::Stopping,
        Step::Surveying,
        Step::Upgrading,
        Step::Upgraded,
        Step::Settling,
        Step::Settled,
    ];
    for step in before_swap {
        one.killed_at(&["run"], step);
        one.cluster.bring_up();
        if one.version() == "18" {
            // The kill came too late for this step: the new one was in place already.
            assert!(journal(&one.cluster).step >= Step::Swapping, "{step:?}");
            one.good(&["run"]);
            one.good(&["rollback", "--allow", "deletes-data"]);
        }
        assert_eq!((one.version(), one.rows()), ("15".to_owned(), rows.to_string()), "{step:?}");
        let aside = Site::of(&one.cluster.data()).aside();
        assert!(!mainstay::cluster::at(&aside).is_ok_and(|found| found.running().is_some()), "{step:?}: two run");
        // What is written now must not be lost by the next run.
        one.cluster.psql(&format!("INSERT INTO device (name) VALUES ('after {}')", step.word()));
        rows += 1;
    }
    let done = one.good(&["run"]);
    assert!(done.stdout.contains("rows: the same"), "{}", done.stdout);
    assert_eq!((one.version(), one.rows()), ("18".to_owned(), rows.to_string()));

    // Killed when the new one was in place, and when the exchange had been made and not yet been written down.
    for step in [Step::Swapped, Step::Swapping] {
        one.cluster.stop();
        set_step(&one.cluster, Step::Open, step);
        let resumed = one.good(&["run"]);
        assert!(resumed.stdout.contains("15.") && one.cluster.runs(), "{}", resumed.stdout);
        assert_eq!(
            (one.version(), one.rows(), journal(&one.cluster).step),
            ("18".to_owned(), rows.to_string(), Step::Open)
        );
    }
    let again = one.run(&["run"]);
    assert!(again.code == 5 && again.stderr.contains("upgraded already"), "{}", again.stderr);

    // On the way back too.
    one.killed_at(&["rollback", "--allow", "deletes-data"], Step::RollingBack);
    one.cluster.bring_up();
    assert_eq!(one.rows(), rows.to_string());
    if Site::of(&one.cluster.data()).journal().exists() {
        one.good(&["rollback", "--allow", "deletes-data"]);
    }
    assert_eq!((one.version(), one.rows()), ("15".to_owned(), rows.to_string()));
}

#[test]
fn links_have_a_way_back_until_the_new_server_was_started() {
    let mut one = Upgrading::new();
    let refused = one.run(&["run", "--link"]);
    assert!(refused.code == 5 && refused.stderr.contains("no-way-back"), "{}", refused.stderr);
    assert_eq!(one.version(), "15");

    one.killed_at(&["run", "--link", "--allow", "no-way-back"], Step::Upgrading);
    one.good(&["rollback"]);
    assert_eq!((one.version().as_str(), one.rows().as_str()), ("15", "20000"));

    one.killed_at(&["run", "--link", "--allow", "no-way-back"], Step::Settling);
    let closed = one.run(&["rollback", "--allow", "all"]);
    assert!(closed.code == 5 && closed.stderr.contains("the way back is a backup"), "{}", closed.stderr);
    one.good(&["run"]);
    assert_eq!((one.version().as_str(), one.rows().as_str()), ("18", "20000"));
    assert_eq!(one.run(&["rollback", "--allow", "all"]).code, 5);
    one.good(&["finish", "--allow", "no-way-back"]);
    assert_eq!(one.rows(), "20000");
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

/// Tools that do what Debian's do, for clusters in the tests' own folders.
struct Debian {
    root: PathBuf,
}

impl Debian {
    fn of(cluster: &TestCluster) -> Self {
        let data = cluster.data();
        let root = data.with_file_name("etc");
        let (old, new) = (cluster.programs(&data).bin.clone(), programs_of(18).bin);
        let (data, socket) = (data.display().to_string(), cluster.socket().display().to_string());
        let folder = root.join("15/mine");
        std::fs::create_dir_all(folder.join("conf.d")).unwrap();
        std::fs::create_dir(root.join("bin")).unwrap();
        let shown = folder.display();
        let settings = format!(
            "data_directory = '{data}'\nhba_file = '{shown}/pg_hba.conf'\nident_file = '{shown}/pg_ident.conf'\n\
             cluster_name = '15/mine'\nlisten_addresses = ''\nunix_socket_directories = '{socket}'\ninclude_dir = 'conf.d'\n"
        );
        let files = [
            ("postgresql.conf", settings.as_str()),
            ("pg_hba.conf", "local all all trust\nlocal replication all trust\n"),
            ("pg_ident.conf", ""),
        ];
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        for path in [root.clone(), root.join("15"), folder.clone(), folder.join("conf.d")] {
            give_like(&path, Path::new(&data)).unwrap();
        }
        for (name, _) in files {
            give_like(&folder.join(name), Path::new(&data)).unwrap();
        }
        let about = std::fs::metadata(&data).unwrap();
        let as_owner = format!("setpriv --reuid={} --regid={} --clear-groups", about.uid(), about.gid());
        let list = format!(
            r#"comma=; printf '['
for conf in "$PG_CLUSTER_CONF_ROOT"/*/*/postgresql.conf; do
    folder=${{conf%/postgresql.conf}}; version=${{folder%/*}}
    printf '%s{{"version":%s,"cluster":"%s","pgdata":"{data}","configdir":"%s","port":"5432","start":"auto"}}' \
        "$comma" "${{version##*/}}" "${{folder##*/}}" "$folder"
    comma=,
done
printf ']'"#
        );
        let control = format!(
            r#"conf=$PG_CLUSTER_CONF_ROOT/$1/$2/postgresql.conf
[ -e "$conf" ] || {{ echo "Error: no cluster $1 $2" >&2; exit 2; }}
case $1 in 15) bin='{}' ;; *) bin='{}' ;; esac
[ "$(id -u)" = 0 ] && as_owner='{as_owner}'
cd /
case $3 in
    start) $as_owner "$bin/pg_ctl" start -s -w -D '{data}' -l '{data}.log' -o "-c config_file=$conf" ;;
    stop) $as_owner "$bin/pg_ctl" stop -s -w -D '{data}' -m fast ;;
esac"#,
            old.display(),
            new.display()
        );
        for (name, script) in [("pg_lsclusters", list), ("pg_ctlcluster", control)] {
            let path = root.join("bin").join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        let log = format!("{data}.log");
        std::fs::write(&log, "").unwrap();
        give_like(Path::new(&log), Path::new(&data)).unwrap();
        Self { root }
    }

    fn control(&self, version: &str, action: &str) {
        let mut command = Command::new(self.root.join("bin/pg_ctlcluster"));
        command.args([version, "mine", action]).env("PG_CLUSTER_CONF_ROOT", &self.root);
        assert!(command.status().unwrap().success(), "{version} {action}");
    }

    /// The registered versions.
    fn registered(&self) -> Vec<&'static str> {
        ["15", "18"].into_iter().filter(|version| self.root.join(version).join("mine").is_dir()).collect()
    }
}

#[test]
fn a_cluster_of_debians_is_registered_anew() {
    let mut one = Upgrading::new();
    let debian = Debian::of(&one.cluster);
    one.cluster.stop();
    debian.control("15", "start");
    let path = format!("{}:{}", debian.root.join("bin").display(), std::env::var("PATH").unwrap());
    one.cli.env("PATH", &path).env("PG_CLUSTER_CONF_ROOT", &debian.root.display().to_string());
    let name = |one: &Upgrading| one.cluster.psql("SHOW cluster_name");
    assert_eq!(name(&one), "15/mine");

    one.good(&["run"]);
    assert_eq!((name(&one).as_str(), one.version().as_str(), one.rows().as_str()), ("18/mine", "18", "20000"));
    assert_eq!(debian.registered(), ["18"]);
    // Killed after the exchange, and before either register was told.
    debian.control("18", "stop");
    std::fs::rename(debian.root.join(".15-mine.upgrade"), debian.root.join("15/mine")).unwrap();
    set_step(&one.cluster, Step::Open, Step::Swapping);
    one.good(&["run"]);
    assert_eq!((name(&one).as_str(), debian.registered()), ("18/mine", vec!["18"]));

    one.good(&["rollback", "--allow", "all"]);
    assert_eq!((name(&one).as_str(), one.version().as_str(), one.rows().as_str()), ("15/mine", "15", "20000"));
    assert_eq!(debian.registered(), ["15"]);

    // A cluster of the new version with the same name is not ours to write over.
    std::fs::create_dir_all(debian.root.join("18/mine")).unwrap();
    let taken = one.run(&["run"]);
    assert!(taken.code == 5 && taken.stderr.contains("name-taken"), "{}", taken.stderr);
    std::fs::remove_dir(debian.root.join("18/mine")).unwrap();

    one.good(&["run"]);
    one.good(&["finish", "--allow", "no-way-back"]);
    assert_eq!((name(&one).as_str(), debian.registered()), ("18/mine", vec!["18"]));
    assert!(!debian.root.join(".15-mine.upgrade").exists());
}
