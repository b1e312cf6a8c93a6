//! What the command line says about the connection.

use std::time::Duration;

use super::Secret;

/// The flags. An embedder fills in what it knows, or nothing.
#[derive(Clone, Default)]
pub struct Request {
    /// `--url`: a URL, a keyword string, `sqlite:FILE`, or a path that ends in `.db`, `.sqlite` or `.sqlite3`.
    pub url: Option<String>,
    /// `--target`: a `[target.NAME]` of `mainstay.toml`.
    pub target: Option<String>,
    /// `--host`: names, addresses or socket folders, separated by commas.
    pub host: Option<String>,
    /// `--port`: one number, or one for each host.
    pub port: Option<String>,
    /// `--username`
    pub user: Option<String>,
    /// `--dbname`: a name; a URL or keyword string counts as `--url`, as with psql.
    pub dbname: Option<String>,
    /// `--no-password`: nobody is to be asked; passwords from other sources are used.
    pub no_password: bool,
    /// `--admin-url`: the connection that creates roles and databases, in the forms of `url`.
    pub admin_url: Option<String>,
    /// How long a host may take to answer where no source says (`connect_timeout`); `None`: for ever, as with libpq.
    pub patience: Option<Duration>,
    /// What was typed at a prompt.
    pub password: Option<Secret>,
}
