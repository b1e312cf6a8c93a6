//! The cases as they lie on the disk: see the README beside them.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A case: from `old.sql` to `new.sql`.
#[derive(Clone, Debug)]
pub struct Case {
    pub suite: String,
    pub id: String,
    pub folder: PathBuf,
    pub meta: Meta,
    /// Roles that its suite wants to be there.
    pub roles: Option<PathBuf>,
}

/// What the peer says of the case, as far as the judge needs it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Meta {
    pub suite: String,
    /// `15`, `18.0`, `9.1`
    pub min_version: Option<String>,
    pub max_version: Option<String>,
    /// The role that the peer connects as: its schema `foo` goes first then.
    pub user: Option<String>,
    pub peer_meta: Option<PeerMeta>,
}

/// What pg-delta says of the case.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PeerMeta {
    /// Both sides make the same roles in different ways: each wants a cluster of its own.
    pub isolated_cluster: bool,
    pub min_version: Option<serde_json::Value>,
}

/// Which way a case is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Back,
}

impl Direction {
    /// `old.sql` and `new.sql`, as this direction has them.
    pub fn files(self) -> [&'static str; 2] {
        match self {
            Self::Forward => ["old.sql", "new.sql"],
            Self::Back => ["new.sql", "old.sql"],
        }
    }

    /// The rows that must survive.
    pub fn seed(self) -> &'static str {
        match self {
            Self::Forward => "seed.sql",
            Self::Back => "seed-b.sql",
        }
    }

    /// Its name in `budget.json`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Forward => "a-to-b",
            Self::Back => "b-to-a",
        }
    }
}

impl Case {
    /// The text of one of its files; `None` where it has no such file.
    pub fn text(&self, name: &str) -> Result<Option<String>, String> {
        let path = self.folder.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        }
    }

    /// pg-delta's cases hold both ways.
    pub fn directions(&self) -> &'static [Direction] {
        if self.meta.suite == "pg-delta" { &[Direction::Forward, Direction::Back] } else { &[Direction::Forward] }
    }

    pub fn wants_own_clusters(&self) -> bool {
        self.meta.peer_meta.as_ref().is_some_and(|meta| meta.isolated_cluster)
    }

    /// Why the case is not for a server of that major version.
    pub fn unfit(&self, major: u32) -> Option<String> {
        let number = |text: &str| text.split('.').next().and_then(|text| text.parse::<u32>().ok());
        let of_peer = self.meta.peer_meta.as_ref().and_then(|meta| meta.min_version.as_ref());
        let of_peer = of_peer.map(|value| value.to_string().trim_matches('"').to_owned());
        let least = self.meta.min_version.clone().or(of_peer);
        if let Some(least) = least.filter(|least| number(least).is_some_and(|least| major < least)) {
            return Some(format!("wants PostgreSQL {least}"));
        }
        let most = self.meta.max_version.clone().filter(|most| number(most).is_some_and(|most| major > most));
        most.map(|most| format!("is for PostgreSQL up to {most}"))
    }
}

/// The cases in `folder`, which is a case, a suite, or a folder of suites; those whose suite or name holds `filter`.
pub fn cases(folder: &Path, filter: Option<&str>) -> Result<Vec<Case>, String> {
    let mut found = Vec::new();
    gather(folder, &mut found)?;
    found.retain(|case| filter.is_none_or(|filter| format!("{}/{}", case.suite, case.id).contains(filter)));
    match found.is_empty() {
        true => Err(format!("there is no case in {}", folder.display())),
        false => Ok(found),
    }
}

fn gather(folder: &Path, found: &mut Vec<Case>) -> Result<(), String> {
    if folder.join("old.sql").is_file() {
        found.push(case(folder)?);
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.iter().try_for_each(|folder| gather(folder, found))
}

fn case(folder: &Path) -> Result<Case, String> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let above = folder.parent().unwrap_or(folder);
    let meta = folder.join("meta.json");
    let meta = match std::fs::read(&meta) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", meta.display()))?,
        Err(_) => Meta::default(),
    };
    let roles = Some(above.join("roles.sql")).filter(|roles| roles.is_file());
    Ok(Case { suite: name(above), id: name(folder), folder: folder.to_owned(), meta, roles })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_for_the_versions_that_it_names() {
        let case = |meta: &str| Case {
            suite: "s".into(),
            id: "1".into(),
            folder: "f".into(),
            meta: serde_json::from_str(meta).unwrap(),
            roles: None,
        };
        let unfit = |meta: &str, major| case(meta).unfit(major).is_some();
        assert!(!unfit("{}", 13));
        assert!(unfit(r#"{"min_version": "18.0"}"#, 15) && !unfit(r#"{"min_version": "9.1"}"#, 15));
        assert!(
            unfit(r#"{"peer_meta": {"minVersion": 18}}"#, 15) && !unfit(r#"{"peer_meta": {"minVersion": 15}}"#, 15)
        );
        assert!(unfit(r#"{"max_version": "14"}"#, 15));
        assert!(case(r#"{"peer_meta": {"isolatedCluster": true}}"#).wants_own_clusters());
    }
}
