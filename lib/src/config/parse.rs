//! From the file's text to [`Config`].

use std::time::Duration;

use toml::de::DeTable;

use super::section::{Section, Source};
use super::{
    BackupConfig, BackupRule, CleanupConfig, Config, DataConfig, DatabaseConfig, LintConfig, MigrationsConfig,
    RunnerConfig, ServiceConfig, TargetConfig, TuneConfig,
};
use crate::error::Result;

const ENVIRONMENTS: [&str; 3] = ["development", "staging", "production"];
const DIALECTS: [&str; 13] = [
    "auto",
    "mainstay",
    "capsul",
    "sqlx",
    "dbmate",
    "golang-migrate",
    "goose",
    "refinery",
    "diesel",
    "flyway",
    "alembic",
    "django",
    "south",
];

/// Longer waits than this are slips of the pen.
const DAY: Duration = Duration::from_secs(86_401);

/// Reads the text of `mainstay.toml`; `file` is its name for messages.
///
/// # Errors
/// [`ErrorKind::Config`](crate::ErrorKind::Config) with the place: not TOML, an unknown key (with the nearest
/// one), a wrong type, a value out of range.
pub fn parse(file: &str, text: &str) -> Result<Config> {
    let source = Source { file, text };
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        source
            .error(offset, format!("{file} is not TOML: {}", error.message().lines().next().unwrap_or_default()))
            .hint("mend that line, then: mainstay config show")
    })?;
    let root = Section::new(source, String::new(), Some(table.get_ref()));
    let config = Config {
        service: service(root.section("service")?)?,
        database: database(root.section("database")?)?,
        targets: root
            .sections("target")?
            .into_iter()
            .map(|(name, section)| Ok((name, target(section)?)))
            .collect::<Result<_>>()?,
        migrations: migrations(root.section("migrations")?)?,
        backup: BackupConfig::read(root.section("backup")?)?,
        lint: LintConfig::read(root.section("lint")?)?,
        cleanup: root
            .sections("cleanup")?
            .into_iter()
            .map(|(name, section)| Ok((name, CleanupConfig::read(section)?)))
            .collect::<Result<_>>()?,
        tune: TuneConfig::read(root.section("tune")?)?,
        data: DataConfig::read(root.section("data")?)?,
    };
    root.finish()?;
    Ok(config)
}

fn service(section: Section<'_>) -> Result<ServiceConfig> {
    let service = ServiceConfig { name: section.string("name")?, env_file: section.string("env_file")? };
    section.finish()?;
    Ok(service)
}

fn database(section: Section<'_>) -> Result<DatabaseConfig> {
    let database = DatabaseConfig {
        url: section.string("url")?,
        admin: section.string("admin")?,
        owner: section.string("owner")?,
        app: section.string("app")?,
        readers: section.strings("readers")?,
        extensions: section.strings("extensions")?,
        encoding: section.string("encoding")?,
        locale: section.string("locale")?,
    };
    section.finish()?;
    Ok(database)
}

fn target(section: Section<'_>) -> Result<TargetConfig> {
    let target = TargetConfig {
        url: section.string("url")?,
        admin: section.string("admin")?,
        service: section.string("service")?,
        environment: section.choice("environment", &ENVIRONMENTS)?.map(str::to_owned),
        via: section.string("via")?,
    };
    section.finish()?;
    Ok(target)
}

fn migrations(section: Section<'_>) -> Result<MigrationsConfig> {
    let default = MigrationsConfig::default();
    let moment = Duration::from_millis(1);
    let migrations = MigrationsConfig {
        dir: section.string("dir")?.unwrap_or(default.dir),
        dialect: section.choice("dialect", &DIALECTS)?.map_or(default.dialect, str::to_owned),
        runner: runner(section.section("runner")?)?,
        schema: section.string("schema")?,
        to: section.string_or_integer("to")?.filter(|to| to != "latest"),
        backup: match section.choice("backup", &["before", "never"])? {
            Some("never") => BackupRule::Never,
            _ => BackupRule::Before,
        },
        lock_timeout: section.duration("lock_timeout", moment..DAY)?.unwrap_or(default.lock_timeout),
        lock_patience: section.duration("lock_patience", Duration::ZERO..DAY)?.unwrap_or(default.lock_patience),
        statement_timeout: section.duration("statement_timeout", Duration::ZERO..DAY * 30)?,
    };
    section.finish()?;
    Ok(migrations)
}

fn runner(section: Section<'_>) -> Result<RunnerConfig> {
    let runner = RunnerConfig {
        up: section.command_line("up", &["to", "url"])?,
        down: section.command_line("down", &["to", "version", "app", "url"])?,
        new: section.command_line("new", &["name", "url"])?,
    };
    section.finish()?;
    Ok(runner)
}
