//! PostgreSQL's own psql, never a distribution's wrapper.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// How psql reaches a server.
#[derive(Clone)]
pub(crate) struct Psql {
    pub(crate) program: PathBuf,
    pub(crate) socket: PathBuf,
    pub(crate) port: u16,
}

impl Psql {
    /// Runs `sql`; unaligned tuples, or psql's words when a statement fails.
    pub(crate) fn run(&self, user: &str, database: &str, sql: &str) -> Result<String, String> {
        let mut child = Command::new(&self.program)
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-f", "-"])
            .args(["-p", &self.port.to_string(), "-h"])
            .arg(&self.socket)
            .env_clear()
            .envs([("LC_ALL", "C.UTF-8"), ("PGCLIENTENCODING", "UTF8"), ("PGPASSFILE", "/nonexistent")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql starts");
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
}
