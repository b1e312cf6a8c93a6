//! PostgreSQL's own psql, never a distribution's wrapper.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// How psql reaches a server.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Psql {
    pub(crate) program: PathBuf,
    pub(crate) socket: PathBuf,
    pub(crate) port: u16,
}

impl Psql {
    /// One that is told what to run by more arguments.
    pub(crate) fn command(&self, user: &str, database: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-X", "-q", "-A", "-t", "-U", user, "-d", database, "-p", &self.port.to_string(), "-h"]);
        command.arg(&self.socket).env_clear();
        command.envs([("LC_ALL", "C.UTF-8"), ("PGCLIENTENCODING", "UTF8"), ("PGPASSFILE", "/nonexistent")]);
        command
    }

    /// One that runs what it reads.
    pub(crate) fn start(&self, user: &str, database: &str) -> Child {
        self.command(user, database)
            .args(["-v", "ON_ERROR_STOP=1", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql starts")
    }

    /// Runs `sql`; unaligned tuples, or psql's words when a statement fails.
    pub(crate) fn run(&self, user: &str, database: &str, sql: &str) -> Result<String, String> {
        let mut child = self.start(user, database);
        let mut stdin = child.stdin.take().expect("a pipe");
        let sql = sql.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(sql.as_bytes()));
        let output = child.wait_with_output().expect("psql ends");
        let _ = writer.join();
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// The schema in the words of the pg_dump beside psql, or those of its failure.
    pub(crate) fn dump_schema(&self, user: &str, database: &str) -> Result<String, String> {
        let output = Command::new(self.program.with_file_name("pg_dump"))
            .args(["--schema-only", "-U", user, "-d", database, "-p", &self.port.to_string(), "-h"])
            .arg(&self.socket)
            .env_clear()
            .envs([("LC_ALL", "C.UTF-8"), ("PGPASSFILE", "/nonexistent")])
            .output()
            .expect("pg_dump starts");
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}
