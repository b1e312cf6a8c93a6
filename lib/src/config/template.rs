//! The `mainstay.toml` that `init` writes.

/// The file's text: what `init` knows is set, what it may need later is there as a comment. `url` is the database in any
/// form of `[database] url`; `runner` are the keys and lines of `[migrations] runner`, none for scripts of our own.
pub fn render_template(service: &str, dialect: &str, dir: &str, url: &str, runner: &[(&str, String)]) -> String {
    let (name, url, dir, dialect) = (quote(service), quote(url), quote(dir), quote(dialect));
    let runner = runner_lines(runner);
    let owner = commented("owner", &quote(service), "owns the objects, runs DDL");
    let app = commented("app", &quote(service), "what the service logs in as");
    let readers = commented("readers", &format!("[{}]", quote(&format!("{service}_reports"))), "read-only logins");
    format!(
        r#"# What Mainstay knows of this service's database. Every key may be left out.

[service]
name = {name}

[database]
# env:NAME, file:PATH, a URL, libpq keywords, or sqlite:FILE. The environment goes first:
# DATABASE_URL, PGHOST and its like, POSTGRES_* and POSTGRESQL_*.
url = {url}
# The connection that creates roles and databases, where it is another one.
# admin = "env:MAINSTAY_ADMIN_URL"
{owner}
{app}
{readers}
# extensions = []

[migrations]
dir = {dir}
# auto, or whose layout it is: mainstay, capsul, sqlx, dbmate, alembic, django …
dialect = {dialect}
{runner}# schema = "schema.sql"     # the wanted schema, for: mainstay migrate new NAME --from-schema
# to = "latest"             # nothing above it is applied; a database above it is an error
# backup = "before"         # before or never
# lock_timeout = "2s"       # how long DDL waits for a lock before it steps back
# lock_patience = "1 min"   # for how long in all it tries again
# statement_timeout = "10 min"

[backup]
to = "backups"              # a folder, or s3://BUCKET/PREFIX
# compress = "zstd:3"       # none, gzip:1 to gzip:9, zstd:1 to zstd:19
# keep = {{ last = 3, daily = 7, weekly = 4, monthly = 12 }}  # for: mainstay backup prune
# stale = "36h"             # older than this, `mainstay status` calls the newest one stale
# on_failure = "mail-the-admin"  # a command, told by MAINSTAY_* what has failed; on_success likewise
# metrics = "/var/lib/node_exporter/mainstay.prom"  # for Prometheus' node_exporter

# Another database of the same service: mainstay --target prod status
# [target.prod]
# service = "{{a section of ~/.pg_service.conf}}"
# environment = "production"
# via = "ssh -W localhost:5432 bastion"
"#
    )
}

/// The programs that have the migrations.
fn runner_lines(runner: &[(&str, String)]) -> String {
    let lines: Vec<String> = runner.iter().map(|(key, line)| format!("{key} = {}", quote(line))).collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!(
            "# what applies, undoes and writes migrations; no shell reads these lines\nrunner = {{ {} }}\n",
            lines.join(", ")
        ),
    }
}

/// A key that is not set yet, what it means in a column of its own.
fn commented(key: &str, value: &str, meaning: &str) -> String {
    let setting = format!("# {key} = {value}");
    format!("{setting:<27} # {meaning}")
}

/// A TOML basic string.
fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
