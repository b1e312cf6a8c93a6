//! A pod: the service's folder, its environment, and the command.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread::spawn;

use mainstay_testing::{Cli, Run, S3_KEY_ID, S3_SECRET, S3Server, TestServer, python_peers, server};

/// The folder of this example.
const SERVICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/packit");

/// A pod with the service's files in it, and the variables that packit's deployment sets.
pub struct Pod {
    cli: Cli,
    bucket: S3Server,
}

impl Pod {
    pub fn new() -> Self {
        let bucket = S3Server::start();
        Self { cli: service(server(), &bucket), bucket }
    }

    fn command(&self, path: Option<&str>, args: &[&str]) -> Command {
        let mut command = self.cli.command();
        command.args(args).stdin(std::process::Stdio::null());
        if let Some(path) = path {
            command.env("PATH", path);
        }
        command
    }

    /// Runs the command in the pod.
    pub fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(None, args))
    }

    /// The same where it must succeed.
    pub fn good(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{args:?}: {run:?}");
        run
    }

    /// The same with another PATH.
    pub fn run_with_path(&self, path: &str, args: &[&str]) -> Run {
        Run::of(self.command(Some(path), args))
    }

    /// The same in two pods at once.
    pub fn run_both(&self, args: &[&str]) -> (Run, Run) {
        let pods = [self.command(None, args), self.command(None, args)].map(|command| spawn(|| Run::of(command)));
        let [one, other] = pods.map(|pod| pod.join().expect("no panic"));
        (one, other)
    }

    /// What psql answers the administrator.
    pub fn psql(&self, sql: &str) -> String {
        server().psql("packit", sql)
    }

    /// Writes a file of the service.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.cli.project().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }

    /// The revision that was written last.
    pub fn newest_revision(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.cli.project().join("alembic/versions")).expect("revisions");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
        files.retain(|path| path.to_string_lossy().ends_with("_another.py"));
        files.pop().expect("one of that name")
    }
}

/// A developer's machine with a server of its own, on which packit's tables are empty.
pub struct Laptop {
    cli: Mutex<Cli>,
    server: TestServer,
}

impl Laptop {
    /// One whose owner may read the pod's bucket.
    pub fn new(pod: &Pod) -> Self {
        let server = TestServer::start(&[], "local all all trust");
        let mut cli = service(&server, &pod.bucket);
        let (socket, port) = (server.socket().display(), server.port());
        cli.env("MAINSTAY_ADMIN_URL", &format!("postgresql:///postgres?host={socket}&port={port}&user=postgres"));
        let laptop = Self { cli: Mutex::new(cli), server };
        laptop.good(&["prepare"]);
        laptop
    }

    /// Runs the command, which must succeed.
    pub fn good(&self, args: &[&str]) -> Run {
        let run = self.cli.lock().expect("nobody panicked").args(args.iter().copied()).run();
        assert_eq!(run.code, 0, "{args:?}: {run:?}");
        run
    }

    /// What psql answers the administrator.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        self.server.psql(database, sql)
    }
}

/// The service's files and the variables of its deployment, with its database on `server` and its backups in `bucket`.
fn service(server: &TestServer, bucket: &S3Server) -> Cli {
    let mut cli = Cli::new(env!("CARGO_BIN_EXE_mainstay"));
    std::fs::copy(Path::new(SERVICE).join("alembic.ini"), cli.project().join("alembic.ini")).expect("copied");
    let settings = std::fs::read_to_string(Path::new(SERVICE).join("mainstay.toml")).expect("settings");
    cli.file("mainstay.toml", &settings.replace("s3://arr-packit-prod", "s3://backups/packit"));
    let copied = Command::new("cp").arg("-r").arg(Path::new(SERVICE).join("alembic")).arg(cli.project()).status();
    assert!(copied.is_ok_and(|status| status.success()), "the revisions are copied");
    let (host, port) = (server.socket().display().to_string(), server.port().to_string());
    cli.env("POSTGRESQL_HOST", &host).env("POSTGRESQL_PORT", &port);
    cli.env("POSTGRESQL_USER", "packit").env("POSTGRESQL_DATABASE", "packit");
    cli.env("AWS_ENDPOINT_URL", &bucket.endpoint()).env("AWS_ACCESS_KEY_ID", S3_KEY_ID);
    cli.env("AWS_SECRET_ACCESS_KEY", S3_SECRET);
    let path = std::env::var("PATH").unwrap_or_default();
    cli.env("PATH", &format!("{}:{path}", python_peers().display()));
    cli
}
