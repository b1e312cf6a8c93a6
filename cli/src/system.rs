//! What the operating system says of us: variables, the user and the home folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mainstay::conn::{Files, Read};

use crate::env;

/// The environment, without the variables that are not UTF-8.
pub fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The user that runs us.
pub struct User {
    /// Name, empty where nobody knows it.
    pub name: String,
    /// Home folder.
    pub home: Option<PathBuf>,
}

impl User {
    /// Finds the effective user in the system's list, as libpq does; variables fill what is missing there.
    pub fn current(vars: &BTreeMap<String, String>) -> Self {
        let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let entry = find(&list, rustix::process::geteuid().as_raw());
        let variable = |name: &str| vars.get(name).filter(|value| !value.is_empty());
        Self {
            name: entry.map(|(name, _)| name.to_owned()).or_else(|| variable(env::USER).cloned()).unwrap_or_default(),
            home: variable(env::HOME).map(PathBuf::from).or_else(|| entry.map(|(_, home)| PathBuf::from(home))),
        }
    }
}

/// Name and home folder of user `id` in `list`, the text of `/etc/passwd`.
fn find(list: &str, id: u32) -> Option<(&str, &str)> {
    list.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.len() >= 6 && fields[2].parse() == Ok(id)).then(|| (fields[0], fields[5]))
    })
}

/// The file system, for the few files that resolution asks for.
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> std::io::Result<Option<Read>> {
        use std::os::unix::fs::PermissionsExt;
        let metadata = match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let text = std::fs::read_to_string(path)?;
        Ok(Some(Read { text, mode: metadata.permissions().mode() & 0o7777 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_user_by_number() {
        let list = "root:x:0:0:root:/root:/bin/bash\nbroken\nwalt:x:1000:1000::/home/walt:/bin/sh\n";
        assert_eq!(find(list, 1000), Some(("walt", "/home/walt")));
        assert_eq!(find(list, 7), None);
    }

    #[test]
    fn variables_fill_in_for_a_user_without_entry() {
        let vars = BTreeMap::from([(env::HOME.to_owned(), "/srv".to_owned())]);
        assert_eq!(User::current(&vars).home, Some(PathBuf::from("/srv")));
    }
}
