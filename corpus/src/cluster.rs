//! A private server for one side of a case, and psql and pg_dump on it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use mainstay::conn::PostgresTarget;
use mainstay::scratch::ScratchServer;

use crate::programs::Programs;

/// Durability is of no use to a server that dies with its cases.
const SETTINGS: [(&str, &str); 7] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "64MB"),
    ("wal_level", "logical"),
    ("max_wal_size", "4GB"),
    ("autovacuum", "off"),
];

/// What of roles a case may have changed.
const ROLES: &str = "SELECT pg_catalog.md5(pg_catalog.string_agg(line, e'\\n' ORDER BY line)) FROM (\
    SELECT (a.rolname, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb, a.rolcanlogin, a.rolreplication, a.rolbypassrls, \
      a.rolconnlimit, a.rolvaliduntil, pg_catalog.shobj_description(a.oid, 'pg_authid'))::text AS line FROM pg_catalog.pg_authid a \
    UNION ALL SELECT (m.roleid::pg_catalog.regrole, m.member::pg_catalog.regrole, m.admin_option)::text FROM pg_catalog.pg_auth_members m \
    UNION ALL SELECT (s.setrole::pg_catalog.regrole, s.setconfig)::text FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = 0) all_of_them";

/// A private server.
pub struct Cluster {
    server: ScratchServer,
    client: PathBuf,
    dumps: bool,
    suite: Option<PathBuf>,
    roles: String,
}

impl Cluster {
    /// Starts one, with the roles of `suite` (a file) in it.
    pub async fn start(programs: &Programs, parent: &Path, suite: Option<&Path>) -> Result<Self, String> {
        let server =
            ScratchServer::start(&programs.server, parent, &SETTINGS).await.map_err(|error| format!("{error:?}"))?;
        let suite = suite.map(Path::to_owned);
        let mut cluster =
            Self { server, client: programs.client.clone(), dumps: programs.dumps, suite, roles: String::new() };
        if let Some(file) = &cluster.suite {
            let text =
                std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            cluster.psql("postgres", "", &text)?;
        }
        cluster.roles = cluster.psql("postgres", "", ROLES)?;
        Ok(cluster)
    }

    /// Whether it was started for the same suite.
    pub fn is_for(&self, suite: Option<&Path>) -> bool {
        self.suite.as_deref() == suite
    }

    pub fn target(&self, database: &str) -> PostgresTarget {
        self.server.target("postgres", database)
    }

    /// Makes an empty database.
    pub fn create(&self, database: &str) -> Result<(), String> {
        self.psql("postgres", "", &format!("CREATE DATABASE {database} TEMPLATE template0")).map(drop)
    }

    /// Makes a copy of a database that nobody is connected with.
    pub fn copy(&self, from: &str, to: &str) -> Result<(), String> {
        self.psql("postgres", "", &format!("CREATE DATABASE {to} TEMPLATE {from}")).map(drop)
    }

    /// Runs `sql` as psql does, each statement by itself, up to the first that fails.
    pub fn psql(&self, database: &str, options: &str, sql: &str) -> Result<String, String> {
        let mut command = self.client("psql", database);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]).env("PGOPTIONS", options);
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(|error| format!("cannot start psql: {error}"))?;
        let mut stdin = child.stdin.take().ok_or("psql takes no input")?;
        let sql = sql.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(sql.as_bytes()));
        let output = child.wait_with_output().map_err(|error| format!("cannot wait for psql: {error}"))?;
        // It stops reading at the first error, which is told by its exit code.
        let _ = writer.join();
        text(output).map(|text| text.trim_end().to_owned())
    }

    /// Whether there is a pg_dump for it.
    pub fn dumps(&self) -> bool {
        self.dumps
    }

    /// `pg_dump --schema-only`; nothing where no pg_dump knows the server.
    pub fn dump(&self, database: &str) -> Result<String, String> {
        if !self.dumps {
            return Ok(String::new());
        }
        let output = self.client("pg_dump", database).arg("--schema-only").stdin(Stdio::null()).output();
        text(output.map_err(|error| format!("cannot start pg_dump: {error}"))?)
    }

    /// Takes `databases` and all roles that a case has made away; `false`: the roles are not as they were, and only a new
    /// cluster will do.
    pub fn clean(&self, databases: &[&str]) -> bool {
        if databases.iter().any(|database| self.clean_database(database).is_err()) {
            return false;
        }
        if self.psql("postgres", "", ROLES).as_ref() == Ok(&self.roles) {
            return true;
        }
        let roles = "SELECT pg_catalog.format('DROP ROLE IF EXISTS %I;', rolname) FROM pg_catalog.pg_roles \
                     WHERE oid >= 16384 ORDER BY oid DESC";
        let drops = self.psql("postgres", "", roles).unwrap_or_default();
        let suite = self.suite.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        let again = self.psql("postgres", "", &drops).and_then(|_| self.psql("postgres", "", &suite));
        again.is_ok() && self.psql("postgres", "", ROLES).as_ref() == Ok(&self.roles)
    }

    /// Takes a database away, where it is.
    pub fn clean_database(&self, database: &str) -> Result<(), String> {
        self.drop_subscriptions(database);
        self.psql("postgres", "", &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).map(drop)
    }

    /// A database with a subscription cannot be dropped.
    fn drop_subscriptions(&self, database: &str) {
        let list = "SELECT pg_catalog.format('ALTER SUBSCRIPTION %1$I DISABLE; ALTER SUBSCRIPTION %1$I SET (slot_name = NONE); \
                    DROP SUBSCRIPTION %1$I;', subname) FROM pg_catalog.pg_subscription \
                    WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";
        if let Ok(drops) = self.psql(database, "", list)
            && !drops.is_empty()
        {
            // What stays makes DROP DATABASE fail, which is told.
            let _ = self.psql(database, "", &drops);
        }
    }

    fn client(&self, program: &str, database: &str) -> Command {
        let mut command = Command::new(self.client.join(program));
        command.env_clear().envs([("LC_ALL", "C.UTF-8"), ("PGCLIENTENCODING", "UTF8"), ("PGPASSFILE", "/nonexistent")]);
        command.envs([("PGUSER", "postgres"), ("PGDATABASE", database)]).env("PGPORT", self.server.port().to_string());
        command.env("PGHOST", self.server.folder().socket()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn text(output: Output) -> Result<String, String> {
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}
