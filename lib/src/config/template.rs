//! The `mainstay.toml` that `init` writes.

/// The file's text: what `init` knows is set, what it may need later is there as a comment. `url` is the database in any
/// form of `[database] url`.
pub fn render_template(service: &str, dialect: &str, dir: &str, url: &str) -> String {
    let (name, url, dir, dialect) = (quote(service), quote(url), quote(dir), quote(dialect));
    let role = quote(service);
    let readers = quote(&format!("{service}_reports"));
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
# owner = {role}            # owns the objects, runs DDL
# app = {role}              # what the service logs in as
# readers = [{readers}]     # read-only logins
# extensions = []

[migrations]
dir = {dir}
dialect = {dialect}         # auto, mainstay or capsul
# to = "latest"             # nothing above it is applied; a database above it is an error
# backup = "before"         # before or never
# lock_timeout = "2s"       # how long DDL waits for a lock before it steps back
# lock_patience = "1 min"   # for how long in all it tries again
# statement_timeout = "10 min"

[backup]
to = "backups"

# Another database of the same service: mainstay --target prod status
# [target.prod]
# service = "{{a section of ~/.pg_service.conf}}"
# environment = "production"
# via = "ssh -W localhost:5432 bastion"
"#
    )
}

/// A TOML basic string.
fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
