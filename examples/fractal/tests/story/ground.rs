//! The ground that the story stands on: a PostgreSQL server that wants passwords, and fractal's folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use mainstay_testing::{Cli, Run, TestServer};

/// No easy password: each of its marks means something in a URL.
pub const PASSWORD: &str = "p@ss/w%rd:#? é";

/// A machine with a server, and a folder of fractal's.
pub struct Ground {
    pub server: &'static TestServer,
    pub mainstay: Cli,
    fractalctl: Cli,
    pub database: String,
}

impl Ground {
    /// A server whose administrator comes in through the socket; over the network everybody has a password.
    pub fn new(database: &str) -> Self {
        static SERVER: OnceLock<TestServer> = OnceLock::new();
        let hba = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256";
        let server = SERVER.get_or_init(|| TestServer::start(&[("listen_addresses", "127.0.0.1")], hba));
        let (mainstay, fractalctl) =
            (Cli::new(mainstay_testing::mainstay()), Cli::new(env!("CARGO_BIN_EXE_fractalctl")));
        let mut ground = Self { server, mainstay, fractalctl, database: database.to_owned() };
        ground.file("mainstay.toml", include_str!("../../mainstay.toml"));
        let admin = format!("postgresql:///postgres?host={}&port={}&user=postgres", ground.socket(), ground.port());
        ground.env("MAINSTAY_ADMIN_URL", &admin);
        ground
    }

    /// The same with the settings of fractal's page, and the example's migrations.
    pub fn with_migrations(database: &str) -> Self {
        let mut ground = Self::new(database);
        ground.set(&[("POSTGRES_HOST", "localhost"), ("POSTGRES_USER", "fractal"), ("POSTGRES_PASSWORD", PASSWORD)]);
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        for (name, text) in files(&migrations) {
            ground.file(&format!("migrations/{name}"), &text);
        }
        ground
    }

    /// Writes `.fractal_server.env`: the database, the port, and `more`.
    pub fn set(&mut self, more: &[(&str, &str)]) {
        let mut text = format!("POSTGRES_DB={}\nPOSTGRES_PORT={}\n", self.database, self.port());
        for (name, value) in more {
            text += &format!("{name}='{value}'\n");
        }
        self.file(".fractal_server.env", &text);
    }

    /// A file of the project.
    pub fn file(&mut self, name: &str, text: &str) {
        self.mainstay.file(name, text);
        self.fractalctl.file(name, text);
    }

    /// A variable of the real environment.
    pub fn env(&mut self, name: &str, value: &str) {
        self.mainstay.env(name, value);
        self.fractalctl.env(name, value);
    }

    /// `mainstay` with `args`, run to its end.
    pub fn mainstay(&mut self, args: &[&str]) -> Run {
        self.mainstay.args(args.iter().copied()).run()
    }

    /// The same, which must succeed.
    pub fn does(&mut self, args: &[&str]) -> Run {
        let run = self.mainstay(args);
        assert_eq!(run.code, 0, "{args:?} {run:?}");
        run
    }

    /// `fractalctl` with `args`, run to its end.
    pub fn fractalctl(&mut self, args: &[&str]) -> Run {
        self.fractalctl.args(args.iter().copied()).run()
    }

    /// The copies that were taken.
    pub fn copies(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.mainstay.project().join("backups")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    pub fn socket(&self) -> String {
        self.server.socket().display().to_string()
    }

    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// What psql answers the administrator in fractal's database.
    pub fn psql(&self, sql: &str) -> String {
        self.server.psql(&self.database, sql)
    }

    /// The highest version in the ledger.
    pub fn version(&self) -> String {
        self.psql("SELECT max(version) FROM mainstay.migration")
    }

    /// What pg_dump says of the schema, without comments and settings.
    pub fn schema(&self) -> String {
        let (socket, port) = (self.socket(), self.port().to_string());
        let dump = Command::new(self.server.binaries().program("pg_dump"))
            .args(["--schema-only", "--no-owner", "--no-privileges", "--exclude-schema=mainstay"])
            .args(["-h", &socket, "-p", &port, "-U", "postgres", &self.database])
            .output()
            .expect("pg_dump starts");
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        plain(&String::from_utf8_lossy(&dump.stdout))
    }
}

/// The files of a folder, by name, with their text.
pub fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<(String, String)> = entries
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("text"))
        })
        .collect();
    files.sort();
    files
}

/// The statements of a schema dump.
pub fn plain(dump: &str) -> String {
    let noise = ["--", "SET ", "SELECT pg_catalog.set_config", "\\"];
    let lines = dump.lines().filter(|line| !line.is_empty() && !noise.iter().any(|start| line.starts_with(start)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Waits for a state, which the story says must come.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
