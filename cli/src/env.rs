//! Names of every environment variable that the command itself reads. Those of a connection (`PG*`,
//! `DATABASE_URL`, `POSTGRES_*` …) are listed with their rules in the library's `conn`, those of S3 (`AWS_*`) in its `store`.

use std::collections::BTreeMap;

/// Any value but the empty one: no colour (no-color.org).
pub const NO_COLOR: &str = "NO_COLOR";
/// Any value but `0` and the empty one: colour even where no terminal is.
pub const CLICOLOR_FORCE: &str = "CLICOLOR_FORCE";
/// The same as [`CLICOLOR_FORCE`], as other tools name it.
pub const FORCE_COLOR: &str = "FORCE_COLOR";
/// `dumb`: neither colour nor a moving progress bar.
pub const TERM: &str = "TERM";
/// Width to lay out for, in columns, before the terminal's own.
pub const COLUMNS: &str = "COLUMNS";
/// Print every statement, as `--echo` does: true, 1, yes, t, y, on, in any case.
pub const DB_ECHO: &str = "DB_ECHO";
/// The same as [`DB_ECHO`], as services on SQLAlchemy name it.
pub const SQLALCHEMY_ECHO: &str = "SQLALCHEMY_ECHO";
/// The target where `--target` names none.
pub const MAINSTAY_TARGET: &str = "MAINSTAY_TARGET";
/// Connection that creates roles and databases, before `admin` in `mainstay.toml`.
pub const MAINSTAY_ADMIN_URL: &str = "MAINSTAY_ADMIN_URL";
/// File with the secret key that opens encrypted backups, before `[backup] identity` in `mainstay.toml`.
pub const MAINSTAY_IDENTITY: &str = "MAINSTAY_IDENTITY";
/// Folders in which PostgreSQL's programs are looked for.
pub const PATH: &str = "PATH";
/// Where Debian's tools have the configuration of clusters, instead of `/etc/postgresql`.
pub const PG_CLUSTER_CONF_ROOT: &str = "PG_CLUSTER_CONF_ROOT";
/// The database, as most services name it; its rules are the library's.
pub const DATABASE_URL: &str = "DATABASE_URL";
/// Folder for what lives only as long as a command.
pub const TMPDIR: &str = "TMPDIR";
/// The user's folder; the system's user list where it is not set.
pub const HOME: &str = "HOME";
/// Folder of what a program keeps between its runs: the console's history (XDG Base Directory Specification).
pub const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
/// `true`: a job of GitHub's runs the command, and findings are written as its annotations.
pub const GITHUB_ACTIONS: &str = "GITHUB_ACTIONS";
/// The folder of the repository that such a job works on, by which annotations name files.
pub const GITHUB_WORKSPACE: &str = "GITHUB_WORKSPACE";
/// The user's name where the system's user list has no entry (containers with a random user id).
pub const USER: &str = "USER";

/// Does `value` say yes, or no? `None`: neither.
pub fn says_yes(value: &str) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| value.trim().eq_ignore_ascii_case(word));
    match is_one_of(&["true", "1", "yes", "t", "y", "on"]) {
        true => Some(true),
        false => is_one_of(&["false", "0", "no", "f", "n", "off", ""]).then_some(false),
    }
}

/// The environment, without the variables that are not UTF-8.
pub fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
