//! `mainstay.toml`: its keys, and reading it.

use std::collections::BTreeMap;
use std::time::Duration;

mod backup;
mod cleanup;
mod command_line;
mod data;
mod dotenv;
mod duration;
mod lint;
mod mask;
mod parse;
mod percent;
mod section;
mod size;
mod template;
mod tune;

pub use backup::{BackupConfig, Keep};
pub use cleanup::{Age, CleanupConfig, LinkConfig, OrphanRule, PartitionRule, ReferenceRule};
pub use command_line::CommandLine;
pub use data::{DataConfig, DjangoConfig, Named};
pub use dotenv::{Dotenv, dotenv};
pub use duration::parse_duration;
pub use lint::{LintConfig, LintLevel, LintRule};
pub use parse::parse;
pub use size::parse_memory;
pub use template::render_template;
pub use tune::TuneConfig;

/// All of `mainstay.toml`; every key may be left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `[service]`
    pub service: ServiceConfig,
    /// `[database]`
    pub database: DatabaseConfig,
    /// `[target.NAME]`
    pub targets: BTreeMap<String, TargetConfig>,
    /// `[migrations]`
    pub migrations: MigrationsConfig,
    /// `[backup]`
    pub backup: BackupConfig,
    /// `[lint]`
    pub lint: LintConfig,
    /// `[cleanup.NAME]`
    pub cleanup: BTreeMap<String, CleanupConfig>,
    /// `[tune]`
    pub tune: TuneConfig,
    /// `[data]`
    pub data: DataConfig,
}

/// `[service]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceConfig {
    /// The service's name, for messages and session names.
    pub name: Option<String>,
    /// The file with variables that the real environment lacks; `.env` by default.
    pub env_file: Option<String>,
}

impl ServiceConfig {
    /// The file with variables, whether it is named or not.
    pub fn env_file(&self) -> &str {
        self.env_file.as_deref().unwrap_or(".env")
    }
}

/// `[database]`: the default target and what bootstrap makes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatabaseConfig {
    /// `env:NAME`, `file:PATH`, or a URL or keyword string (warned about if it holds a password).
    /// `sqlite:PATH` names an embedded file.
    pub url: Option<String>,
    /// The same forms: the connection that creates roles and databases.
    pub admin: Option<String>,
    /// The role that owns the objects and runs DDL.
    pub owner: Option<String>,
    /// The role that the service logs in as.
    pub app: Option<String>,
    /// Read-only logins.
    pub readers: Vec<String>,
    /// Extensions to create.
    pub extensions: Vec<String>,
    /// Encoding of a new database; UTF8 by default.
    pub encoding: Option<String>,
    /// Locale of a new database; the cluster's by default.
    pub locale: Option<String>,
}

impl DatabaseConfig {
    /// Encoding of a new database, whether it is named or not.
    pub fn encoding(&self) -> &str {
        self.encoding.as_deref().unwrap_or("UTF8")
    }
}

/// `[target.NAME]`: another database of the same service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetConfig {
    /// As in `[database]`.
    pub url: Option<String>,
    /// As in `[database]`.
    pub admin: Option<String>,
    /// A section of the connection service file.
    pub service: Option<String>,
    /// `development`, `staging` or `production`.
    pub environment: Option<String>,
    /// A command whose standard input and output are the server's byte stream.
    pub via: Option<String>,
}

/// `[migrations]`
#[derive(Clone, Debug, PartialEq)]
pub struct MigrationsConfig {
    /// Folder of the files, relative to `mainstay.toml`.
    pub dir: String,
    /// `auto`, a dialect's name (see [`crate::dialect::all`]), or `alembic`, `django` or `south`.
    pub dialect: String,
    /// How another program is run that has the migrations: Alembic and its like.
    pub runner: RunnerConfig,
    /// The wanted schema: a file of SQL or a folder of such, relative to `mainstay.toml`.
    pub schema: Option<String>,
    /// The desired version; nothing above it is applied, and a database above it is an error.
    pub to: Option<String>,
    /// Take a safety copy before applying when there is something to lose.
    pub backup: BackupRule,
    /// How long DDL waits for a lock before it steps back and tries again.
    pub lock_timeout: Duration,
    /// How often and how long in all it tries again.
    pub lock_patience: Duration,
    /// How long one statement may run; `None` leaves the server's setting.
    pub statement_timeout: Option<Duration>,
}

/// `[migrations] runner`: the program that has the migrations. Every line is one program with its arguments; no shell reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunnerConfig {
    /// Brings the database to the newest revision.
    pub up: Option<CommandLine>,
    /// Goes back one revision.
    pub down: Option<CommandLine>,
    /// Writes a new revision file.
    pub new: Option<CommandLine>,
}

/// `[migrations] backup`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupRule {
    /// A safety copy before anything is applied to a database that has rows.
    Before,
    /// Never.
    Never,
}

impl Default for MigrationsConfig {
    fn default() -> Self {
        Self {
            dir: "migrations".into(),
            dialect: "auto".into(),
            runner: RunnerConfig::default(),
            schema: None,
            to: None,
            backup: BackupRule::Before,
            lock_timeout: Duration::from_secs(2),
            lock_patience: Duration::from_secs(60),
            statement_timeout: None,
        }
    }
}
