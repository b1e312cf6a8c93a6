//! What a database is made of, in PostgreSQL's own words.

use std::process::Command;

use crate::TestServer;

impl TestServer {
    /// What pg_dump says of the schema of `database`, without comments, settings, owners, rights and Mainstay's own tables.
    ///
    /// # Panics
    /// pg_dump fails: the message is its own.
    pub fn schema(&self, database: &str) -> String {
        let socket = self.socket().display().to_string();
        let dump = Command::new(self.binaries().program("pg_dump"))
            .args(["--schema-only", "--no-owner", "--no-privileges", "--exclude-schema=mainstay"])
            .args(["-h", &socket, "-p", &self.port().to_string(), "-U", "postgres", database])
            .output()
            .expect("pg_dump starts");
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        statements(&String::from_utf8_lossy(&dump.stdout))
    }
}

/// The statements of a schema dump, without comments and settings.
pub fn statements(dump: &str) -> String {
    let noise = ["--", "SET ", "SELECT pg_catalog.set_config", "\\"];
    let lines = dump.lines().filter(|line| !line.is_empty() && !noise.iter().any(|start| line.starts_with(start)));
    lines.collect::<Vec<_>>().join("\n")
}
