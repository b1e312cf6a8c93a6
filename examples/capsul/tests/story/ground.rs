//! The ground that the story stands on: a project's folder, a PostgreSQL server, the two programs.

use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mainstay::Database;
use mainstay_testing::{Cli, Run, TestServer, server};
use rustix::process::{Pid, Signal, kill_process};

/// A machine with capsul's folder on it, and a server that has nothing of capsul yet.
pub struct Ground {
    server: &'static TestServer,
    /// Role and database of this capsul; the schema is `capsul`.
    pub name: String,
    mainstay: Cli,
    capsul: Cli,
}

impl Ground {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("capsul_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut ground = Self {
            server: server(),
            mainstay: Cli::new(mainstay_testing::mainstay()),
            capsul: Cli::new(env!("CARGO_BIN_EXE_capsul")),
            name,
        };
        ground.deploy();
        ground
    }

    /// capsul's settings, the two variables that its page of configuration has.
    pub fn vars(&self) -> [(String, String); 2] {
        let (socket, port, name) = (self.server.socket().display(), self.server.port(), &self.name);
        let parameters = format!("host={socket} port={port} user={name} password='s@/ cret' dbname={name}");
        [("POSTGRES_CONNECTION_PARAMETERS", parameters), ("DATABASE_SCHEMA", "capsul".into())]
            .map(|(name, value)| (name.to_owned(), value))
    }

    /// The server's data folder.
    pub fn data(&self) -> String {
        self.server.data().canonicalize().expect("it is there").display().to_string()
    }

    /// Puts the example's own files into both programs' folder, as a new release does.
    fn deploy(&mut self) {
        for (name, value) in self.vars() {
            self.mainstay.env(&name, &value);
            self.capsul.env(&name, &value);
        }
        self.mainstay.filter(&self.name.clone(), "capsul");
        self.settings(include_str!("../../mainstay.toml"));
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema_migrations");
        for entry in std::fs::read_dir(scripts).expect("the example's scripts") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            self.script(&name, &std::fs::read_to_string(&path).expect("a script"));
        }
    }

    /// Another `mainstay.toml`.
    pub fn settings(&mut self, text: &str) {
        self.mainstay.file("mainstay.toml", text);
        self.capsul.file("mainstay.toml", text);
    }

    /// A script of `schema_migrations`.
    pub fn script(&mut self, name: &str, text: &str) {
        let name = format!("schema_migrations/{name}");
        self.mainstay.file(&name, text);
        self.capsul.file(&name, text);
    }

    /// What is in such a script.
    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.mainstay.project().join("schema_migrations").join(name)).expect("a script")
    }

    /// Takes a script away.
    pub fn forget(&self, name: &str) {
        for project in [self.mainstay.project(), self.capsul.project()] {
            std::fs::remove_file(project.join("schema_migrations").join(name)).expect("it was there");
        }
    }

    /// A file of the project.
    pub fn file(&mut self, name: &str, text: &str) {
        self.mainstay.file(name, text);
    }

    /// `mainstay` with `args`, run to its end.
    pub fn mainstay(&mut self, args: &[&str]) -> Run {
        self.mainstay.args(args.iter().copied()).run()
    }

    /// The same with the administrator's connection at hand.
    pub fn mainstay_as_administrator(&mut self, args: &[&str]) -> Run {
        let mut command = self.mainstay.args(args.iter().copied()).command();
        self.mainstay.args::<&str>([]);
        let (socket, port) = (self.server.socket().display(), self.server.port());
        command.env("MAINSTAY_ADMIN_URL", format!("postgresql:///postgres?host={socket}&port={port}&user=postgres"));
        Run::of(command)
    }

    /// `capsul` with `args`, run to its end.
    pub fn capsul(&mut self, args: &[&str]) -> Run {
        self.capsul.args(args.iter().copied()).run()
    }

    /// `mainstay` with `args`, started.
    pub fn start_mainstay(&mut self, args: &[&str]) -> Running {
        Running(self.mainstay.args(args.iter().copied()).command().spawn().expect("it starts"))
    }

    /// `capsul` with `args`, started.
    pub fn start_capsul(&mut self, args: &[&str]) -> Running {
        Running(self.capsul.args(args.iter().copied()).command().spawn().expect("it starts"))
    }

    /// A spoke: on a machine that knows of no database. It has its socket when this returns.
    pub fn start_spoke(&mut self, host: &str) -> Running {
        let mut command = self.capsul.args(["spoke", host]).command();
        self.capsul.args::<&str>([]);
        for (name, _) in self.vars() {
            command.env_remove(name);
        }
        let spoke = Running(command.spawn().expect("it starts"));
        let socket = self.capsul.project().join("spokes").join(format!("{host}.sock"));
        until("the spoke has its socket", || socket.exists());
        spoke
    }

    /// The same database for the library.
    pub fn database(&self) -> Database {
        capsul::database(self.mainstay.project(), self.vars()).expect("resolved")
    }

    /// What psql answers the administrator in capsul's database.
    pub fn psql(&self, sql: &str) -> String {
        self.server.psql(&self.name, &format!("SET search_path = capsul; {sql}"))
    }

    /// The same in another database.
    pub fn psql_in(&self, database: &str, sql: &str) -> String {
        self.server.psql(database, &format!("SET search_path = capsul; {sql}"))
    }

    /// What psql answers the administrator who is connected elsewhere.
    pub fn ask_server(&self, sql: &str) -> String {
        self.server.psql("postgres", sql)
    }

    /// The version and the tables: equal before and after where nothing was changed.
    pub fn schema(&self) -> String {
        self.psql(
            "SELECT version FROM schemaversion; SELECT table_name, string_agg(column_name, ' ' ORDER BY ordinal_position)
            FROM information_schema.columns WHERE table_schema = 'capsul' GROUP BY table_name ORDER BY table_name",
        )
    }
}

/// A program under way; killed when the test has failed.
pub struct Running(Child);

impl Running {
    /// The next line of its output.
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while let Ok(1) = self.0.stdout.as_mut().expect("a pipe").read(&mut byte) {
            if byte == *b"\n" {
                break;
            }
            line.push(byte[0]);
        }
        String::from_utf8(line).expect("text")
    }

    /// Asks it to end, as a service manager does; its exit code.
    pub fn end(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.0), Signal::TERM).expect("it runs");
        self.0.wait().expect("it ends").code()
    }

    /// Kills it outright.
    pub fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a state, which the story says must come.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
