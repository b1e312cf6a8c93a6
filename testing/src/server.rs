//! PostgreSQL servers of the test run's own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use mainstay::conn::{Address, Host, PostgresTarget};
use mainstay::scratch::ScratchServer;
use mainstay::tool::{Binaries, find_binaries};

use crate::TestDatabase;
use crate::finished;
use crate::language::Foreign;
use crate::psql::Psql;

/// Durability is of no use to a server that dies with its test.
pub(crate) const FAST: [(&str, &str); 5] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
    ("shared_buffers", "32MB"),
    ("max_connections", "120"),
];

/// A PostgreSQL server of the tests' own: a unix socket in a private folder, superuser `postgres`, no password.
pub struct TestServer {
    scratch: ScratchServer,
    access: Arc<Psql>,
    settings: Vec<(String, String)>,
    databases: AtomicU32,
    /// Where its language is, when that was made for it.
    _language: Option<tempfile::TempDir>,
}

/// The server of this test run, started at first use and gone when the process is.
///
/// # Panics
/// No PostgreSQL server binaries are found: the message is the line to type.
pub fn server() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(|| TestServer::start(&[], ""))
}

impl TestServer {
    /// A server of a test's own. `settings` are those of postgresql.conf, and `("listen_addresses", "127.0.0.1")` opens a
    /// free TCP port on it. `hba` are lines of pg_hba.conf that follow `local all postgres trust`; empty text
    /// leaves trust for everyone on the socket.
    ///
    /// # Panics
    /// No server binaries, or it does not start.
    pub fn start(settings: &[(&str, &str)], hba: &str) -> Self {
        Self::start_with_files(settings, hba, &[])
    }

    /// The same with files (name and text) in the data folder that `settings` name: `server.crt`, `server.key`, `pg_ident.conf`.
    ///
    /// # Panics
    /// As [`TestServer::start`].
    pub fn start_with_files(settings: &[(&str, &str)], hba: &str, files: &[(&str, &str)]) -> Self {
        Self::start_on(&binaries(), settings, hba, files)
    }

    /// [`TestServer::start`] of a server whose messages are German; `None` where this machine can neither speak it nor
    /// learn it.
    ///
    /// # Panics
    /// As [`TestServer::start`].
    pub fn start_in_german(settings: &[(&str, &str)], hba: &str) -> Option<Self> {
        let foreign = Foreign::make(&binaries())?;
        let settings = [settings, &[("lc_messages", foreign.locale)]].concat();
        let mut server = Self::start_on(&foreign.binaries, &settings, hba, &[]);
        server._language = Some(foreign.folder);
        // PostgreSQL may have been built, or packed, without translations.
        let words = server.try_psql("postgres", "postgres", "SELECT 1 / 0").expect_err("a division by zero");
        words.contains("Division durch Null").then_some(server)
    }

    /// The same on the programs of `binaries`, which may be without clients.
    pub(crate) fn start_on(binaries: &Binaries, settings: &[(&str, &str)], hba: &str, files: &[(&str, &str)]) -> Self {
        let mut all: Vec<(String, String)> = FAST.iter().map(owned).collect();
        if settings.iter().any(|(name, _)| *name == "listen_addresses") {
            all.push(("port".into(), free_port().to_string()));
        }
        all.extend(settings.iter().map(owned));
        let pairs = borrowed(&all);
        let scratch = wait_for(async {
            let mut scratch = ScratchServer::start(binaries, &std::env::temp_dir(), &pairs[..FAST.len()]).await?;
            for (name, text) in files {
                scratch.folder().write(name, text)?;
            }
            if !hba.is_empty() {
                scratch.folder().write("pg_hba.conf", &format!("local all postgres trust\n{hba}\n"))?;
            }
            if pairs.len() > FAST.len() || !hba.is_empty() {
                scratch.restart(&pairs).await?;
            }
            Ok(scratch)
        });
        let folder = scratch.folder();
        let (program, socket) = (psql(&folder.binaries), folder.socket());
        let access = Arc::new(Psql { program, socket, port: scratch.port() });
        Self { scratch, access, settings: all, databases: AtomicU32::new(0), _language: None }
    }

    /// The socket's folder.
    pub fn socket(&self) -> &Path {
        &self.access.socket
    }

    /// The number in the socket's name, and the TCP port.
    pub fn port(&self) -> u16 {
        self.scratch.port()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.scratch.folder().data()
    }

    /// PostgreSQL's programs that run it.
    pub fn binaries(&self) -> &Binaries {
        &self.scratch.folder().binaries
    }

    /// How the library reaches `database` as `user` through the socket.
    pub fn target(&self, user: &str, database: &str) -> PostgresTarget {
        self.scratch.target(user, database)
    }

    /// The same through loopback TCP, as a server started with `listen_addresses` has it.
    pub fn tcp_target(&self, user: &str, database: &str) -> PostgresTarget {
        let address = Address::Tcp { name: "127.0.0.1".into(), ip: None };
        let hosts = vec![Host { address, port: self.port(), password: None }];
        PostgresTarget { hosts, ..self.target(user, database) }
    }

    /// A new empty database with a name of its own, owned by `postgres`. It goes when the thread that makes it ends.
    pub fn database(&self) -> TestDatabase {
        let number = self.databases.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("test_{number}");
        // Half the work of the other strategy, where nothing goes through a disk.
        let strategy = if self.binaries().major >= 15 { " STRATEGY file_copy" } else { "" };
        self.psql("postgres", &format!("CREATE DATABASE {name}{strategy}"));
        finished::note(&self.access, &name);
        TestDatabase::new(self.target("postgres", &name), Psql::clone(&self.access))
    }

    /// The database `name`, which is there already.
    pub fn named(&self, name: &str) -> TestDatabase {
        TestDatabase::new(self.target("postgres", name), Psql::clone(&self.access))
    }

    /// Runs `sql` with PostgreSQL's own psql (never a wrapper) in `database` as `postgres`, returns unaligned tuples.
    ///
    /// # Panics
    /// A statement fails: the message is psql's.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        match self.try_psql("postgres", database, sql) {
            Ok(answer) => answer,
            Err(words) => panic!("psql: {words}\nin: {sql}"),
        }
    }

    /// The same as any `user`; `Err` has psql's words.
    pub fn try_psql(&self, user: &str, database: &str, sql: &str) -> Result<String, String> {
        self.access.run(user, database, sql)
    }

    /// Kills the process `pid` of this server (`pg_backend_pid()`) outright; the server then restarts all its sessions.
    pub fn kill(&self, pid: u32) {
        let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        assert!(killed.is_ok_and(|status| status.success()), "process {pid} cannot be killed");
    }

    /// Breaks the server off as a power failure would.
    pub fn crash(&mut self) {
        wait_for(self.scratch.crash());
    }

    /// Starts it again after [`TestServer::crash`], or stops it in order and starts it.
    pub fn restart(&mut self) {
        let settings = self.settings.clone();
        wait_for(self.scratch.restart(&borrowed(&settings)));
    }

    /// A server that follows this one, as `pg_basebackup` makes it: it has what is here a moment later.
    ///
    /// # Panics
    /// There is no pg_basebackup, or it fails.
    pub fn standby(&self) -> Self {
        let mut standby = Self::start_on(self.binaries(), &[], "", &[]);
        standby.crash();
        let data = standby.data();
        std::fs::remove_dir_all(&data).expect("its own folder");
        let copied = Command::new(binaries().program("pg_basebackup"))
            .args(["-U", "postgres", "-p", &self.port().to_string(), "-h"])
            .arg(self.socket())
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "-X", "stream", "-D"])
            .arg(&data)
            .env_clear()
            .output()
            .expect("pg_basebackup");
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        // As root it has written files of root's own.
        let like = format!("--reference={}", standby.socket().display());
        let given = Command::new("chown").args(["-R", &like]).arg(&data).status();
        assert!(given.is_ok_and(|status| status.success()), "{} is not the server's", data.display());
        standby.restart();
        standby
    }

    /// Waits until a standby has all that `primary` has by now.
    ///
    /// # Panics
    /// It does not within half a minute.
    pub fn follow(&self, primary: &Self) {
        // What a commit does not wait for may lie half flushed as long as nothing follows it.
        let mark = "SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'followed', '')";
        let wanted = primary.psql("postgres", mark);
        let has = format!("SELECT pg_last_wal_replay_lsn() >= '{wanted}'");
        let begun = std::time::Instant::now();
        while self.psql("postgres", &has) != "t" {
            assert!(begun.elapsed().as_secs() < 30, "the standby does not follow up to {wanted}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// The same as a standby that nobody feeds: what it has can be read.
    pub fn restart_as_standby(&mut self) {
        self.scratch.folder().write("standby.signal", "").expect("its folder can be written to");
        self.restart();
    }
}

fn owned((name, value): &(&str, &str)) -> (String, String) {
    ((*name).to_owned(), (*value).to_owned())
}

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The newest programs that a server needs, psql included.
pub(crate) fn binaries() -> Binaries {
    let search_path = std::env::var("PATH").unwrap_or_default();
    match find_binaries(&search_path, &["postgres", "initdb", "pg_ctl", "psql"]) {
        Ok(found) => found[0].clone(),
        Err(error) => panic!("{error}: {}", error.hints().join("; ")),
    }
}

/// The psql beside the server's programs, else the newest there is, which speaks with older and newer servers too.
pub(crate) fn psql(beside: &Binaries) -> PathBuf {
    let own = beside.program("psql");
    if own.is_file() { own } else { binaries().program("psql") }
}

/// A TCP port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    listener.local_addr().expect("its number").port()
}

/// Waits for a future from anywhere, inside another runtime too.
pub(crate) fn wait_for<T: Send>(work: impl Future<Output = mainstay::Result<T>> + Send) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work)
    };
    let result = std::thread::scope(|scope| scope.spawn(run).join().expect("no panic"));
    result.unwrap_or_else(|error| panic!("{error:?}"))
}
