//! Private servers, one database per test, and a harness that runs the command.

use std::path::Path;

/// The test run's own PostgreSQL server, started at first use.
pub struct TestServer {}

/// A database of its own for one test.
pub struct TestDatabase {}

/// The server of this test run.
///
/// # Panics
/// No PostgreSQL server binaries are found: the message is the line to type.
pub fn server() -> &'static TestServer {
    todo!()
}

impl TestServer {
    /// The socket's folder.
    pub fn socket(&self) -> &Path {
        todo!()
    }

    /// The number in the socket's name.
    pub fn port(&self) -> u16 {
        todo!()
    }

    /// A new empty database with a name of its own, owned by `postgres`.
    pub fn database(&self) -> TestDatabase {
        todo!()
    }

    /// Runs `sql` with PostgreSQL's own psql (never a wrapper) in `database` as `postgres`, returns unaligned tuples.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        todo!("{database}{sql}")
    }
}

impl TestDatabase {
    /// Its name.
    pub fn name(&self) -> &str {
        todo!()
    }

    /// How the library reaches it as `postgres`.
    pub fn target(&self) -> mainstay::conn::Target {
        todo!()
    }

    /// The same as a URL: `postgresql:///name?host=/socket/folder&port=5432&user=postgres`.
    pub fn url(&self) -> String {
        todo!()
    }

    /// [`TestServer::psql`] in this database.
    pub fn psql(&self, sql: &str) -> String {
        todo!("{sql}")
    }
}
