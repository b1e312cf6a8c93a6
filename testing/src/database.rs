//! A database for one test.

use mainstay::conn::{Address, PostgresTarget, Target};

use crate::finished;
use crate::psql::Psql;

/// A database of its own for one test. It goes with the test, or with its server.
#[derive(Clone)]
pub struct TestDatabase {
    target: PostgresTarget,
    psql: Psql,
}

impl TestDatabase {
    pub(crate) fn new(target: PostgresTarget, psql: Psql) -> Self {
        Self { target, psql }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.target.dbname
    }

    /// How the library reaches it as `postgres`.
    pub fn target(&self) -> Target {
        Target::Postgres(self.target.clone())
    }

    /// How the library reaches it as `user`.
    pub fn target_as(&self, user: &str) -> Target {
        Target::Postgres(PostgresTarget { user: user.to_owned(), ..self.target.clone() })
    }

    /// The same as a URL: `postgresql:///name?host=/socket/folder&port=5432&user=postgres`.
    pub fn url(&self) -> String {
        let host = &self.target.hosts[0];
        let Address::Socket(socket) = &host.address else { unreachable!("test databases are reached by socket") };
        format!("postgresql:///{}?host={}&port={}&user=postgres", self.name(), socket.display(), host.port)
    }

    /// [`TestServer::psql`](crate::TestServer::psql) in this database.
    pub fn psql(&self, sql: &str) -> String {
        match self.psql.run("postgres", self.name(), sql) {
            Ok(answer) => answer,
            Err(words) => panic!("psql: {words}\nin: {sql}"),
        }
    }

    /// It may go before its test ends: for tests that make hundreds.
    pub fn discard(self) {
        finished::discard(&self.psql, self.name());
    }

    /// The schema as `pg_dump --schema-only` prints it.
    pub fn dump_schema(&self) -> String {
        match self.psql.dump_schema("postgres", self.name()) {
            Ok(text) => text,
            Err(words) => panic!("pg_dump: {words}"),
        }
    }
}
