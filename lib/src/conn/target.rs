//! A database and how to reach it, fully resolved.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Secret;
use crate::sql::ident;

/// One database of a service.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there are one or two of them in a process")]
pub enum Target {
    /// A PostgreSQL database.
    Postgres(PostgresTarget),
    /// An SQLite file.
    Sqlite(SqliteTarget),
}

/// Where a PostgreSQL database is and how to get in.
#[derive(Clone)]
pub struct PostgresTarget {
    /// Servers to try, in order; never empty.
    pub hosts: Vec<Host>,
    /// Role to connect as.
    pub user: String,
    /// Database to connect to.
    pub dbname: String,
    /// Password for every host that has none of its own.
    pub password: Option<Secret>,
    /// How much TLS is wanted.
    pub sslmode: SslMode,
    /// Root certificates, PEM. `None`: `~/.postgresql/root.crt` was not there.
    pub sslrootcert: Option<PathBuf>,
    /// Use the system's trusted roots (`sslrootcert=system`).
    pub ssl_system_roots: bool,
    /// Client certificate, PEM.
    pub sslcert: Option<PathBuf>,
    /// Client key, PEM.
    pub sslkey: Option<PathBuf>,
    /// Send the host's name in the TLS handshake.
    pub sslsni: bool,
    /// Command-line options for the server process (`options`).
    pub options: Option<String>,
    /// Shown in `pg_stat_activity`.
    pub application_name: Option<String>,
    /// For each host; `None` waits for ever.
    pub connect_timeout: Option<Duration>,
    /// Which kind of server is acceptable.
    pub session_attrs: SessionAttrs,
    /// Order in which hosts are tried.
    pub load_balance: LoadBalance,
    /// TCP keepalives on.
    pub keepalives: bool,
    /// Idle time before the first keepalive.
    pub keepalives_idle: Option<Duration>,
    /// A command whose standard input and output are the server's byte stream.
    pub via: Option<String>,
    /// The schema in which names are looked for and objects are created; `None`: where the server's `search_path` leads.
    pub schema: Option<String>,
    /// Further settings that the server is told at start (`client_encoding`, `TimeZone` …).
    pub settings: Vec<(String, String)>,
}

/// One server to try.
#[derive(Clone)]
pub struct Host {
    /// Where.
    pub address: Address,
    /// TCP port, or the number in the socket's name.
    pub port: u16,
    /// Password from the passfile, which goes by host.
    pub password: Option<Secret>,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host name or address; `ip` (`hostaddr`) saves the look-up and leaves the name for certificates.
    Tcp {
        /// Name as given; the address itself where only `hostaddr` was given.
        name: String,
        /// `hostaddr`.
        ip: Option<IpAddr>,
    },
    /// A folder with the socket `.s.PGSQL.<port>` in it.
    Socket(PathBuf),
}

/// An SQLite database file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteTarget {
    /// The file, absolute or relative to the working folder.
    pub path: PathBuf,
}

/// `sslmode`, with libpq's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// Plain first, TLS when the server insists.
    Allow,
    /// TLS first, plain when the server has none.
    Prefer,
    /// TLS or nothing; certificates unchecked unless a root file exists.
    Require,
    /// TLS with a certificate that leads to a trusted root.
    VerifyCa,
    /// The same, and the certificate names the host.
    VerifyFull,
}

/// `target_session_attrs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAttrs {
    /// Any server.
    Any,
    /// Writes are accepted.
    ReadWrite,
    /// Writes are refused.
    ReadOnly,
    /// Not in recovery.
    Primary,
    /// In recovery.
    Standby,
    /// A standby if there is one, else any.
    PreferStandby,
}

/// `load_balance_hosts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadBalance {
    /// In the order given.
    Disable,
    /// In random order.
    Random,
}

impl SslMode {
    /// libpq's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

impl SessionAttrs {
    /// libpq's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::PreferStandby => "prefer-standby",
        }
    }
}

impl Target {
    /// The target as one line for people, without secrets: `walt at /run/postgresql:5432 as root`.
    pub fn describe(&self) -> String {
        match self {
            Self::Postgres(target) => target.describe(),
            Self::Sqlite(target) => target.path.display().to_string(),
        }
    }

    /// What a file about this database is called: another one of the same name elsewhere has its own.
    pub fn file_name(&self) -> String {
        let harmless = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
        let name: String = self.database().chars().map(harmless).collect();
        let place = blake3::hash(self.describe().as_bytes()).to_hex();
        format!("{name}-{}", &place[..12])
    }

    /// The database's name: PostgreSQL's, or the SQLite file's.
    pub fn database(&self) -> String {
        match self {
            Self::Postgres(target) => target.dbname.clone(),
            Self::Sqlite(target) => {
                target.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
        }
    }

    /// Whose lexical rules and which engine.
    pub fn flavor(&self) -> crate::sql::Flavor {
        match self {
            Self::Postgres(_) => crate::sql::Flavor::Postgres,
            Self::Sqlite(_) => crate::sql::Flavor::Sqlite,
        }
    }
}

impl PostgresTarget {
    /// Database `dbname` on `host` as `user`; everything else as libpq has it when nothing is said.
    pub fn new(host: Host, user: impl Into<String>, dbname: impl Into<String>) -> Self {
        Self {
            hosts: vec![host],
            user: user.into(),
            dbname: dbname.into(),
            password: None,
            sslmode: SslMode::Prefer,
            sslrootcert: None,
            ssl_system_roots: false,
            sslcert: None,
            sslkey: None,
            sslsni: true,
            options: None,
            application_name: None,
            connect_timeout: None,
            session_attrs: SessionAttrs::Any,
            load_balance: LoadBalance::Disable,
            keepalives: true,
            keepalives_idle: None,
            via: None,
            schema: None,
            settings: Vec::new(),
        }
    }

    /// Whether the server is on this machine for sure: behind a command or a network, its folders are another machine's.
    pub fn is_on_this_machine(&self) -> bool {
        self.via.is_none() && self.hosts.iter().all(|host| matches!(host.address, Address::Socket(_)))
    }

    /// `options` with the schema and the further settings behind, each as `-c name=value`; the session is always UTF-8.
    pub fn session_options(&self) -> Option<String> {
        let told = self.settings.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("client_encoding")).cloned();
        let schema = self.schema.iter().map(|schema| ("search_path".to_owned(), ident(schema)));
        let escaped = |value: &str| value.replace('\\', r"\\").replace(' ', r"\ ");
        let settings = schema.chain(told).map(|(name, value)| format!("-c {name}={}", escaped(&value)));
        let all: Vec<String> = self.options.iter().cloned().chain(settings).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    fn describe(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(Host::to_string).collect();
        let via = self.via.as_ref().map(|via| format!(" via `{via}`")).unwrap_or_default();
        format!("{} at {} as {}{via}", self.dbname, hosts.join(","), self.user)
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.address {
            Address::Tcp { name, .. } if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Address::Tcp { name, .. } => write!(f, "{name}:{}", self.port),
            Address::Socket(folder) => write!(f, "{}:{}", folder.display(), self.port),
        }
    }
}
