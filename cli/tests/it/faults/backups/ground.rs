//! A project with one proven backup, and the four truths that hold whatever happens to the next command: no false success, nothing
//! half done that counts as a backup, the proven one untouched, and the next run clean.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use mainstay_testing::{Cli, S3_KEY_ID, S3_SECRET, S3Server, TestDatabase, TestServer, server};
use serde_json::Value;

use crate::mainstay;

/// Tables with keys and without, a part of which lies outside of its rows, and what else a backup has.
pub(super) const CONTENTS: &str = "
CREATE TABLE large (id int PRIMARY KEY, note text NOT NULL, more bytea);
INSERT INTO large SELECT n, md5(n::text) || md5((n + 1)::text), decode(md5((n + 2)::text), 'hex') FROM generate_series(1, 3000) n;
CREATE TABLE little (id int REFERENCES large, at timestamptz);
INSERT INTO little SELECT n, '2026-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 7) n;
CREATE INDEX ON large (note);
CREATE SEQUENCE counter;
SELECT setval('counter', 42);
CREATE VIEW seen AS SELECT l.note, s.at FROM large l JOIN little s USING (id);
CREATE MATERIALIZED VIEW summed AS SELECT count(*) AS number FROM large;
SELECT lo_from_bytea(0, decode(repeat('c0ffee', 2000), 'hex'));";

/// All that a database of these contents has, in one line.
pub(super) const FINGERPRINT: &str = "SELECT \
    (SELECT count(*) || '/' || sum(hashtextextended(t::text, 0)) FROM large t), \
    (SELECT count(*) || '/' || sum(hashtextextended(id || ' ' || extract(epoch FROM at), 0)) FROM little), \
    (SELECT last_value FROM counter), (SELECT count(*) FROM seen), (SELECT number FROM summed), \
    (SELECT count(*) || '/' || sum(hashtextextended(lo_get(oid)::text, 0)) FROM pg_largeobject_metadata), \
    (SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public'), \
    (SELECT count(*) FROM pg_constraint WHERE contype IN ('p', 'f') AND connamespace = 'public'::regnamespace)";

/// Nothing that is started here takes longer, a fault's retries included.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a command has ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// -1 where a signal ended it.
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ended {
    pub(super) fn of(mut child: Child) -> Self {
        let begun = Instant::now();
        while child.try_wait().expect("a child of ours").is_none() {
            if begun.elapsed() > PATIENCE {
                let _ = child.kill();
                let output = child.wait_with_output().expect("the command ends");
                panic!("it does not come to an end: {}", String::from_utf8_lossy(&output.stderr));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = child.wait_with_output().expect("the command ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// The server of this test run, or one that faults may hit.
pub(super) enum Server {
    Shared(&'static TestServer),
    Own(Box<TestServer>),
}

impl Server {
    /// What is committed there stays committed.
    pub(super) fn own() -> Self {
        Self::Own(Box::new(TestServer::start(&[("synchronous_commit", "on")], "")))
    }

    /// That of this test run.
    pub(super) fn shared() -> Self {
        Self::Shared(server())
    }

    /// Comes back after its death.
    pub(super) fn restart(&mut self) {
        match self {
            Self::Own(server) => server.restart(),
            Self::Shared(_) => panic!("others are on that server too"),
        }
    }
}

impl Deref for Server {
    type Target = TestServer;

    fn deref(&self) -> &TestServer {
        match self {
            Self::Shared(server) => server,
            Self::Own(server) => server,
        }
    }
}

/// The project, its database and its store.
pub(super) struct Ground {
    pub(super) server: Server,
    pub(super) database: TestDatabase,
    pub(super) cli: Cli,
    /// The backup that is proven.
    pub(super) proven: String,
    /// What its database has.
    pub(super) fingerprint: String,
    /// Where the store's objects are, as files.
    pub(super) root: PathBuf,
    /// The files of the proven one.
    pub(super) lying: BTreeMap<PathBuf, Vec<u8>>,
    pub(super) s3: Option<S3Server>,
    /// Faults so far.
    pub(super) faults: usize,
}

impl Ground {
    /// Backups lie in a folder.
    pub(super) fn in_folder(server: Server) -> Self {
        let cli = mainstay();
        let root = cli.project().join("kept");
        Self::new(server, cli, "", "kept", root, None)
    }

    /// The same, and the rows and indexes that take room lie in a tablespace.
    pub(super) fn in_tablespace(server: Server, tablespace: &str) -> Self {
        let cli = mainstay();
        let root = cli.project().join("kept");
        let moved = format!(
            "ALTER TABLE large SET TABLESPACE {tablespace}; ALTER INDEX large_pkey SET TABLESPACE {tablespace}; \
             ALTER INDEX large_note_idx SET TABLESPACE {tablespace}"
        );
        Self::new(server, cli, &moved, "kept", root, None)
    }

    /// Backups lie in a bucket.
    pub(super) fn in_bucket(server: Server) -> Self {
        let (mut cli, s3) = (mainstay(), S3Server::start());
        cli.env("AWS_ACCESS_KEY_ID", S3_KEY_ID).env("AWS_SECRET_ACCESS_KEY", S3_SECRET);
        cli.env("AWS_ENDPOINT_URL", &s3.endpoint());
        let root = s3.folder().join("backups/walt");
        Self::new(server, cli, "", "s3://backups/walt", root, Some(s3))
    }

    fn new(server: Server, mut cli: Cli, more: &str, to: &str, root: PathBuf, s3: Option<S3Server>) -> Self {
        let database = server.database();
        database.psql(&format!("{CONTENTS}{more}"));
        cli.file("mainstay.toml", &format!("[backup]\nto = \"{to}\"\nkeep = {{ last = 1 }}\n"));
        let temporary = cli.project().join("tmp");
        std::fs::create_dir(&temporary).expect("a folder");
        cli.env("DATABASE_URL", &database.url()).env("TMPDIR", &temporary.display().to_string());
        let fingerprint = database.psql(FINGERPRINT);
        let (proven, lying) = (String::new(), BTreeMap::new());
        let mut ground = Self { server, database, cli, proven, fingerprint, root, lying, s3, faults: 0 };
        ground.proven = ground.create("the first");
        ground.good("the first", &["backup", "drill"]);
        ground.lying = files(&ground.root.join(&ground.proven));
        ground
    }

    /// The command with `args`, to be changed and started.
    pub(super) fn command(&mut self, args: &[&str]) -> Command {
        let command = self.cli.args(args.iter().copied()).command();
        self.cli.args([""; 0]);
        command
    }

    /// Runs `args` to their end, whatever that is.
    pub(super) fn ended(&mut self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).spawn().expect("the command starts"))
    }

    /// Runs what has to succeed; what it prints with `--json`.
    pub(super) fn good(&mut self, fault: &str, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        let ended = self.ended(&args);
        assert_eq!(ended.code, 0, "after {fault}: {args:?}: {ended:?}");
        serde_json::from_str::<Value>(&ended.out).expect("JSON")["data"].clone()
    }

    /// Takes a backup, which has to succeed; its name.
    pub(super) fn create(&mut self, fault: &str) -> String {
        self.good(fault, &["backup", "create"])["id"].as_str().expect("a name").to_owned()
    }

    /// The state of each backup but the proven one, by name.
    pub(super) fn others(&mut self, fault: &str) -> BTreeMap<String, String> {
        let listed = self.good(fault, &["backup", "list"]);
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let backups = listed["backups"].as_array().expect("a list").iter();
        let mut states: BTreeMap<String, String> = backups.map(|one| (text(&one["id"]), text(&one["state"]))).collect();
        assert_eq!(states.remove(&self.proven).as_deref(), Some("proven"), "after {fault}");
        states
    }

    /// Those that count as backups, the proven one left out.
    pub(super) fn finished(&mut self, fault: &str) -> Vec<String> {
        finished_of(&self.others(fault))
    }

    /// Takes all backups but the proven one away.
    pub(super) fn give_up_others(&mut self) {
        for id in self.others("the last one").into_keys() {
            std::fs::remove_dir_all(self.root.join(id)).expect("a backup's folder");
        }
    }

    /// The proven one lies there as it did, to the byte.
    pub(super) fn untouched(&mut self, fault: &str) {
        let now = files(&self.root.join(&self.proven));
        let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&now), names(&self.lying), "after {fault}");
        assert!(now == self.lying, "after {fault}: the bytes of the proven backup are others");
    }

    /// A drill has written another proof.
    pub(super) fn proven_again(&mut self) {
        self.lying = files(&self.root.join(&self.proven));
    }

    /// What was never finished goes once it is old, and nothing else does; how many there were.
    pub(super) fn debris_goes(&mut self) -> usize {
        let unfinished: Vec<String> = self.others("all").into_keys().collect();
        for (number, id) in unfinished.iter().enumerate() {
            let old = format!("20200101T{number:06}Z-old");
            std::fs::rename(self.root.join(id), self.root.join(old)).expect("a folder");
        }
        let pruned = self.good("all", &["backup", "prune"]);
        assert_eq!(pruned["plan"]["remove"].as_array().expect("a list").len(), unfinished.len(), "{pruned}");
        assert_eq!(self.others("all"), BTreeMap::new());
        self.untouched("all");
        unfinished.len()
    }

    /// What the database `name` has; `None` where there is none.
    pub(super) fn has(&self, name: &str) -> Option<String> {
        let there = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
        (self.server.psql("postgres", &there) == "1").then(|| self.server.psql(name, FINGERPRINT))
    }

    /// Databases whose names begin so.
    pub(super) fn databases(&self, prefix: &str) -> String {
        let sql = format!(
            "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE starts_with(datname, '{prefix}')"
        );
        self.server.psql("postgres", &sql)
    }

    /// Waits until the server has seen that nobody is there any more.
    pub(super) fn alone(&self) {
        let others =
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        super::super::until("the server is alone", || {
            self.server.try_psql("postgres", "postgres", others).is_ok_and(|count| count == "0")
        });
    }

    /// So many copies of the proven backup, taken long ago and never drilled.
    pub(super) fn plant_old(&self, count: usize) {
        for number in 0..count {
            let id = format!("20260101T00000{number}Z-old");
            let folder = self.root.join(&id);
            std::fs::create_dir_all(&folder).expect("a folder");
            for (path, bytes) in &self.lying {
                let name = path.file_name().expect("a name");
                let bytes = match name.to_str() {
                    Some("proof.json") => continue,
                    Some("manifest.json") => String::from_utf8_lossy(bytes).replace(&self.proven, &id).into_bytes(),
                    _ => bytes.clone(),
                };
                std::fs::write(folder.join(name), bytes).expect("a file");
            }
        }
    }
}

pub(super) fn finished_of(states: &BTreeMap<String, String>) -> Vec<String> {
    states.iter().filter(|(_, state)| *state != "unfinished").map(|(id, _)| id.clone()).collect()
}

/// The files below `folder`, with their bytes.
pub(super) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            found.insert(path, bytes);
        }
    }
    found
}
