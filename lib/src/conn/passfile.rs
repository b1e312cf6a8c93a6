//! The password file.
//!
//! Source: PostgreSQL documentation, "The Password File".

use std::path::{Path, PathBuf};

use super::{Address, Host, Secret};

/// What a line is looked up by.
pub(super) struct Wanted<'a> {
    /// Host's name, address, or `localhost` for the default socket folder.
    pub(super) host: String,
    /// Port.
    pub(super) port: u16,
    /// Database.
    pub(super) dbname: &'a str,
    /// Role.
    pub(super) user: &'a str,
}

impl<'a> Wanted<'a> {
    /// The key of `host`; `default_socket` is the folder that counts as `localhost`.
    pub(super) fn of(host: &Host, default_socket: Option<&PathBuf>, dbname: &'a str, user: &'a str) -> Self {
        let name = match &host.address {
            Address::Tcp { name, .. } => name.clone(),
            Address::Socket(folder) if Some(folder) == default_socket => "localhost".into(),
            Address::Socket(folder) => folder.display().to_string(),
        };
        Self { host: name, port: host.port, dbname, user }
    }
}

/// Why a password file with `mode` is not read, if it is not.
pub(super) fn objection(file: &Path, mode: u32) -> Option<String> {
    (mode & 0o077 != 0).then(|| {
        let file = file.display();
        format!(
            "password file {file} is ignored: others may read it (mode {:04o}); type: chmod 0600 {file}",
            mode & 0o7777
        )
    })
}

/// The first line that fits, with its number. An empty password counts as none, and ends the search.
pub(super) fn find(text: &str, wanted: &Wanted<'_>) -> Option<(usize, Secret)> {
    let port = wanted.port.to_string();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let keys = [wanted.host.as_str(), &port, wanted.dbname, wanted.user];
        if let Some(rest) = keys.iter().try_fold(line, |rest, key| after_match(rest, key)) {
            let password = unescape(rest);
            return (!password.is_empty()).then(|| (index + 1, Secret::new(password)));
        }
    }
    None
}

/// What follows the first field of `line`, if that is `*` or spells `key`.
fn after_match<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut key = key.chars();
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        let expected = key.next();
        match c {
            ':' if expected.is_none() => return Some(&line[at + 1..]),
            '\\' if chars.clone().next().is_some_and(|(_, escaped)| Some(escaped) == expected) => {
                chars.next();
            }
            c if c != '\\' && Some(c) == expected => {}
            _ => return None,
        }
    }
    None
}

/// The password: up to an unescaped colon, backslashes taken away.
fn unescape(text: &str) -> String {
    let mut password = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' => break,
            '\\' => password.push(chars.next().unwrap_or('\\')),
            c => password.push(c),
        }
    }
    password
}
