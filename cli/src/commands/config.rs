//! `mainstay config`.

mod policies;
mod systemd;
mod units;

use std::fmt::Write;
use std::time::Duration;

use clap::Subcommand;
use mainstay::config::{BackupRule, Config as Settings, DjangoConfig, Keep, LintLevel, Named, RunnerConfig};
use mainstay::tune::Profile;
use mainstay::{Error, ErrorKind};
use serde_json::{Value, json};

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;

/// `mainstay config …`
#[derive(Subcommand, Clone)]
pub enum Config {
    /// Print every setting that has a value as mainstay.toml; what is the default is marked so
    Show,
    /// Print where mainstay.toml is
    Path,
    /// Print systemd units that back the database up at their times
    Systemd(systemd::SystemdArgs),
}

/// Shows the settings, where they are, or what they come to elsewhere.
pub(super) async fn run(args: Config, context: &Context) -> Result<Outcome, CliError> {
    match args {
        Config::Show => {
            let mut data = settings(&context.config()?);
            let defaults = defaults(&data);
            let text = toml(&data, &defaults);
            data["defaults"] = defaults.into();
            context.answer(data, Text::Lines(text))?;
        }
        Config::Path => {
            let Some(file) = &context.project.file else {
                return Err(missing(context).into());
            };
            context
                .answer(json!({ "path": file.display().to_string() }), Text::Lines(format!("{}\n", file.display())))?;
        }
        Config::Systemd(args) => return systemd::run(&args, context),
    }
    Ok(Outcome::Done)
}

fn missing(context: &Context) -> Error {
    let root = context.project.root.display();
    Error::new(ErrorKind::Config, format!("there is no mainstay.toml in {root} or above it"))
        .hint("every setting then has its default: `mainstay config show`")
}

/// The settings as tables of keys, in the order of the documentation; keys without a value are left out.
fn settings(config: &Settings) -> Value {
    let Settings { service, database, targets, migrations, backup, lint, cleanup, tune, data } = config;
    let url = |url: &Option<String>| url.as_deref().map(without_password);
    let mut tables = serde_json::Map::new();
    tables.insert("service".into(), json!({ "name": service.name, "env_file": service.env_file() }));
    tables.insert(
        "database".into(),
        json!({
            "url": url(&database.url),
            "admin": url(&database.admin),
            "owner": database.owner,
            "app": database.app,
            "readers": database.readers,
            "extensions": database.extensions,
            "encoding": database.encoding(),
            "locale": database.locale,
        }),
    );
    for (name, target) in targets {
        tables.insert(
            format!("target.{}", key(name)),
            json!({
                "url": url(&target.url),
                "admin": url(&target.admin),
                "service": target.service,
                "environment": target.environment,
                "via": target.via,
            }),
        );
    }
    tables.insert(
        "migrations".into(),
        json!({
            "dir": migrations.dir,
            "dialect": migrations.dialect,
            "runner": runner(&migrations.runner),
            "schema": migrations.schema,
            "to": migrations.to.as_deref().unwrap_or("latest"),
            "backup": match migrations.backup { BackupRule::Before => "before", BackupRule::Never => "never" },
            "lock_timeout": seconds(migrations.lock_timeout),
            "lock_patience": seconds(migrations.lock_patience),
            "statement_timeout": migrations.statement_timeout.map(seconds),
        }),
    );
    tables.insert(
        "backup".into(),
        json!({
            "to": backup.place(),
            "compress": backup.compress,
            "encrypt": backup.encrypt,
            "identity": backup.identity,
            "keep": (backup.keep != Keep::default()).then_some(backup.keep),
            "copies": backup.copies,
            "stale": seconds(backup.stale),
            "stale_proof": backup.stale_proof.map(seconds),
            "on_success": backup.on_success.as_ref().map(ToString::to_string),
            "on_failure": backup.on_failure.as_ref().map(ToString::to_string),
            "hook_timeout": seconds(backup.hook_timeout),
            "metrics": backup.metrics,
        }),
    );
    tables.insert("lint".into(), json!({ "small_rows": lint.small_rows, "small_size": size(lint.small_size) }));
    let rules = lint.rules.iter().map(|rule| (rule.name.clone(), level(rule.level).into())).collect();
    tables.insert("lint.rules".into(), Value::Object(rules));
    tables.extend(cleanup.iter().map(|(name, one)| (format!("cleanup.{}", key(name)), policies::policy(one))));
    tables.insert(
        "tune".into(),
        json!({
            "profile": tune.profile.as_deref().unwrap_or(Profile::default().name()),
            "memory": tune.memory.map(|bytes| format!("{}kB", bytes / 1024)),
            "share": tune.share.map(|share| format!("{share}%")),
        }),
    );
    if data.django != DjangoConfig::default() {
        tables.insert("data.django".into(), django(&data.django));
    }
    for table in tables.values_mut().filter_map(Value::as_object_mut) {
        table.retain(|_, value| !value.is_null());
    }
    Value::Object(tables)
}

/// The names of `[data.django]`.
fn django(django: &DjangoConfig) -> Value {
    let names = |names: &[Named]| -> Option<Value> {
        let pairs = names.iter().map(|named| (named.name.clone(), named.here.clone().into()));
        (!names.is_empty()).then(|| Value::Object(pairs.collect()))
    };
    json!({
        "models": names(&django.models),
        "columns": names(&django.columns),
        "joins": names(&django.joins),
        "durations": (!django.durations.is_empty()).then_some(&django.durations),
    })
}

/// The lines of `[migrations] runner`, where there are any.
fn runner(runner: &RunnerConfig) -> Option<Value> {
    let lines = [("up", &runner.up), ("down", &runner.down), ("new", &runner.new)];
    let lines = lines.into_iter().filter_map(|(key, line)| Some((key.to_owned(), line.as_ref()?.to_string().into())));
    Some(Value::Object(lines.collect())).filter(|lines| lines.as_object().is_some_and(|lines| !lines.is_empty()))
}

/// The keys of `tables` whose value is the default: `migrations.dir`.
fn defaults(tables: &Value) -> Vec<String> {
    let usual = settings(&Settings::default());
    let policy = policies::usual();
    let mut found = Vec::new();
    for (name, table) in tables.as_object().into_iter().flatten() {
        let usual = if name.starts_with("cleanup.") { &policy } else { &usual[name] };
        let keys = table.as_object().into_iter().flatten();
        let same = keys.filter(|(key, value)| usual.get(key) == Some(value));
        found.extend(same.map(|(key, _)| format!("{name}.{key}")));
    }
    found
}

/// Tables of keys as TOML. A JSON string of printable text is a TOML basic string.
fn toml(tables: &Value, defaults: &[String]) -> String {
    let mut text = String::new();
    for (name, table) in tables.as_object().into_iter().flatten() {
        let Some(table) = table.as_object().filter(|table| !table.is_empty()) else { continue };
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}[{name}]");
        for (key, value) in table {
            let mark = if defaults.contains(&format!("{name}.{key}")) { "  # default" } else { "" };
            let _ = writeln!(text, "{key} = {}{mark}", inline(value));
        }
    }
    text
}

/// A value as TOML takes it; JSON's objects are written with colons.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(name, value)| format!("{} = {}", key(name), inline(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// A key as TOML takes it: bare, or quoted.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { name.to_owned() } else { Value::from(name).to_string() }
}

fn level(level: LintLevel) -> &'static str {
    match level {
        LintLevel::Off => "off",
        LintLevel::Note => "note",
        LintLevel::Warning => "warning",
        LintLevel::Error => "error",
    }
}

/// A size in the largest unit that says it whole.
fn size(bytes: u64) -> String {
    let units = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} B"),
    }
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{}s", duration.as_secs())
    } else {
        format!("{}ms", duration.as_millis())
    }
}

/// A literal URL or keyword string with its password starred out.
fn without_password(text: &str) -> String {
    if let Some((scheme, rest)) = text.split_once("://") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let end = rest[..end].rfind('@').or_else(|| rest.rfind('@')).unwrap_or(0);
        let (login, after) = rest.split_at(end);
        let login = login.split_once(':').map_or(login.to_owned(), |(user, _)| format!("{user}:***"));
        return format!("{scheme}://{login}{}", without_value(after, '&'));
    }
    without_value(text, ' ')
}

/// `text` with the values of `password=` and `sslpassword=` starred out, up to `end`.
fn without_value(text: &str, end: char) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("password=") {
        let from = at + "password=".len();
        shown.push_str(&rest[..from]);
        shown.push_str("***");
        let value = &rest[from..];
        let quoted = value.strip_prefix('\'').and_then(|inside| inside.rfind('\'').map(|at| at + 2));
        rest = &value[quoted.or_else(|| value.find(end)).unwrap_or(value.len())..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use mainstay::config::LintRule;

    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let check = |text: &str, shown: &str| assert_eq!(without_password(text), shown);
        check("env:DATABASE_URL", "env:DATABASE_URL");
        check("postgresql://walt@db/walt", "postgresql://walt@db/walt");
        check("postgresql://walt:se:c@ret@db:5432/walt", "postgresql://walt:***@db:5432/walt");
        check("postgresql://walt:se/cret@db/walt", "postgresql://walt:***@db/walt");
        check("postgresql:///walt?password=x&user=w", "postgresql:///walt?password=***&user=w");
        check("host=db password=secret user=walt", "host=db password=*** user=walt");
        check("host=db password='se cret' user=walt", "host=db password=*** user=walt");
    }

    #[test]
    fn settings_are_toml() {
        let mut config = Settings::default();
        config.service.name = Some("wa\"lt".into());
        config.migrations.lock_timeout = Duration::from_secs(5);
        config.targets.entry("my prod".into()).or_default().environment = Some("production".into());
        let place = mainstay::error::Place::in_text("mainstay.toml", "", 0);
        config.lint.rules.push(LintRule { name: "several-locks".into(), level: LintLevel::Off, place });
        let data = settings(&config);
        insta::assert_snapshot!(toml(&data, &defaults(&data)), @r#"
        [service]
        name = "wa\"lt"
        env_file = ".env"  # default

        [database]
        readers = []  # default
        extensions = []  # default
        encoding = "UTF8"  # default

        [target."my prod"]
        environment = "production"

        [migrations]
        dir = "migrations"  # default
        dialect = "auto"  # default
        to = "latest"  # default
        backup = "before"  # default
        lock_timeout = "5s"
        lock_patience = "60s"  # default

        [backup]
        to = "backups"  # default
        encrypt = []  # default
        copies = { last = 5, hourly = 0, daily = 7, weekly = 4, monthly = 0, yearly = 0 }  # default
        stale = "129600s"  # default
        hook_timeout = "60s"  # default

        [lint]
        small_rows = 10000  # default
        small_size = "10 MB"  # default

        [lint.rules]
        several-locks = "off"

        [tune]
        profile = "web"  # default
        "#);
    }
}
