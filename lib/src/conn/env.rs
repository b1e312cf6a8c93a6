//! Every environment variable that the product reads: one name, one line on what it means.

/// The whole connection as a URL or keyword string; `sqlite:FILE` too.
pub const DATABASE_URL: &str = "DATABASE_URL";
/// The connection that creates roles and databases; goes before every `admin` of `mainstay.toml`.
pub const MAINSTAY_ADMIN_URL: &str = "MAINSTAY_ADMIN_URL";
/// A libpq keyword string, as capsul-flask has it.
pub const POSTGRES_CONNECTION_PARAMETERS: &str = "POSTGRES_CONNECTION_PARAMETERS";
/// The schema that capsul-flask keeps its tables in, beside [`POSTGRES_CONNECTION_PARAMETERS`]; without that it is another
/// program's and not read.
pub const DATABASE_SCHEMA: &str = "DATABASE_SCHEMA";
/// A section of the connection service file.
pub const PGSERVICE: &str = "PGSERVICE";
/// The user's connection service file, `~/.pg_service.conf` by default.
pub const PGSERVICEFILE: &str = "PGSERVICEFILE";
/// The folder of the machine's `pg_service.conf`.
pub const PGSYSCONFDIR: &str = "PGSYSCONFDIR";
/// The database of the PostgreSQL container image; alone it means a server on localhost.
pub const POSTGRES_DB: &str = "POSTGRES_DB";
/// The database of the sclorg container image; alone it means a server on localhost.
pub const POSTGRESQL_DATABASE: &str = "POSTGRESQL_DATABASE";
/// Statements are logged: true, 1, yes or on, any case.
pub const DB_ECHO: &str = "DB_ECHO";
/// The same, as SQLAlchemy's users spell it.
pub const SQLALCHEMY_ECHO: &str = "SQLALCHEMY_ECHO";

/// The family of the PostgreSQL container image, each with its keyword. `NAME_FILE` names a file with the value instead.
pub const POSTGRES_FAMILY: [(&str, &str); 5] = [
    ("POSTGRES_HOST", "host"),
    ("POSTGRES_PORT", "port"),
    ("POSTGRES_USER", "user"),
    ("POSTGRES_PASSWORD", "password"),
    (POSTGRES_DB, "dbname"),
];

/// The family of the sclorg container image, each with its keyword.
pub const POSTGRESQL_FAMILY: [(&str, &str); 5] = [
    ("POSTGRESQL_HOST", "host"),
    ("POSTGRESQL_PORT", "port"),
    ("POSTGRESQL_USER", "user"),
    ("POSTGRESQL_PASSWORD", "password"),
    (POSTGRESQL_DATABASE, "dbname"),
];

/// Variables of libpq's clients that become settings of the session, each with its setting.
pub const SESSION_SETTINGS: [(&str, &str); 3] =
    [("PGTZ", "TimeZone"), ("PGDATESTYLE", "DateStyle"), ("PGGEQO", "geqo")];
