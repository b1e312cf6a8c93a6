//! A cluster that Debian's tools look after: known by its folder of configuration, whose place says the version.
//!
//! Both versions are registered while the data folders change places. Each server refuses the other's data folder, so that the exchange alone
//! decides which of them starts.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::site::remove;
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::tool::give_like;

/// Where its configurations are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Its name among those of a version.
    pub name: String,
    /// The folder of all configurations, /etc/postgresql.
    pub root: PathBuf,
}

impl Registration {
    /// Of `cluster`, where Debian's tools look after it.
    pub(super) fn of(cluster: &Cluster) -> Option<Self> {
        let debian = cluster.debian.as_ref()?;
        // Root, version, name, file.
        let root = cluster.configuration.ancestors().nth(3)?;
        Some(Self { name: debian.name.clone(), root: root.to_owned() })
    }

    /// Its folder of version `major`.
    pub(super) fn folder(&self, major: u32) -> PathBuf {
        self.root.join(major.to_string()).join(&self.name)
    }

    /// Where a folder is that is not, or no longer, registered.
    fn aside(&self, major: u32) -> PathBuf {
        self.root.join(format!(".{major}-{}.upgrade", self.name))
    }

    /// Registers version `new`, with the configuration of version `old`, unless that is done.
    pub(super) fn add(&self, old: u32, new: u32) -> Result<()> {
        let (from, to, aside) = (self.folder(old), self.folder(new), self.aside(new));
        if to.exists() {
            return Ok(());
        }
        remove(&aside)?;
        self.copy(&from, &aside, old, new)?;
        if let Some(above) = to.parent().filter(|above| !above.exists()) {
            std::fs::create_dir(above).map_err(|error| Error::io("make the folder", above, error))?;
            give_like(above, &from)?;
        }
        rename(&aside, &to)
    }

    /// Takes version `major` out of the register, unless that is done; its folder is kept aside.
    pub(super) fn take_out(&self, major: u32) -> Result<()> {
        let (folder, aside) = (self.folder(major), self.aside(major));
        if !folder.exists() {
            return Ok(());
        }
        remove(&aside)?;
        rename(&folder, &aside)
    }

    /// Registers version `major` again, unless it is.
    pub(super) fn put_back(&self, major: u32) -> Result<()> {
        match self.aside(major).exists() && !self.folder(major).exists() {
            true => rename(&self.aside(major), &self.folder(major)),
            false => Ok(()),
        }
    }

    /// Removes what is kept aside of version `major`.
    pub(super) fn forget(&self, major: u32) -> Result<()> {
        remove(&self.aside(major))
    }

    /// Copies a folder of configuration; what names the old version's own files names the new one's.
    fn copy(&self, from: &Path, to: &Path, old: u32, new: u32) -> Result<()> {
        let fails = |error| Error::io("copy", from, error);
        std::fs::create_dir(to).map_err(fails)?;
        for entry in std::fs::read_dir(from).map_err(fails)? {
            let entry = entry.map_err(fails)?;
            let (path, copy) = (entry.path(), to.join(entry.file_name()));
            let about = path.symlink_metadata().map_err(fails)?;
            if about.is_dir() {
                self.copy(&path, &copy, old, new)?;
                continue;
            }
            match std::fs::read_link(&path) {
                // The new version's log has its usual place, where the old one's had.
                Ok(target) if target.to_string_lossy().contains(&format!("{old}-{}", self.name)) => continue,
                Ok(target) => std::os::unix::fs::symlink(target, &copy).map_err(fails)?,
                Err(_) => {
                    std::fs::copy(&path, &copy).map_err(fails)?;
                    if path.extension().is_some_and(|end| end == "conf") {
                        let text = std::fs::read_to_string(&path).map_err(fails)?;
                        std::fs::write(&copy, self.renamed(&text, old, new)).map_err(fails)?;
                    }
                    give_like(&copy, from)?;
                }
            }
        }
        std::fs::set_permissions(to, from.metadata().map_err(fails)?.permissions()).map_err(fails)?;
        give_like(to, from)
    }

    /// A file's text with the paths and names of the new version: its own folder, `15/main` of the processes' title, `15-main.pid`.
    fn renamed(&self, text: &str, old: u32, new: u32) -> String {
        let folder = |major| format!("{}/", self.folder(major).display());
        text.replace(&folder(old), &folder(new))
            .replace(&format!("'{old}/{}'", self.name), &format!("'{new}/{}'", self.name))
            .replace(&format!("{old}-{}.pid", self.name), &format!("{new}-{}.pid", self.name))
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|error| Error::io("rename", from, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_registered_with_its_own_names_and_taken_out_again() {
        let folder = tempfile::tempdir().unwrap();
        // A folder of root's is nobody's to become.
        let _ = std::os::unix::fs::chown(folder.path(), Some(65_534), None);
        let root = folder.path().to_owned();
        let one = Registration { name: "main".into(), root: root.clone() };
        std::fs::create_dir_all(root.join("15/main/conf.d")).unwrap();
        let own = |text: &str| text.replace("ROOT", &root.display().to_string());
        let text = own("hba_file = 'ROOT/15/main/pg_hba.conf'\ncluster_name = '15/main'\n\
                        external_pid_file = '/run/15-main.pid'\ndata_directory = '/var/lib/postgresql/15/main'\n");
        std::fs::write(root.join("15/main/postgresql.conf"), &text).unwrap();
        std::fs::write(root.join("15/main/start.conf"), "auto\n").unwrap();
        std::os::unix::fs::symlink("/var/log/postgresql/postgresql-15-main.log", root.join("15/main/log")).unwrap();
        for path in ["15/main", "15/main/conf.d", "15/main/postgresql.conf", "15/main/start.conf"] {
            let _ = std::os::unix::fs::chown(root.join(path), Some(65_534), None);
        }

        // Done twice, as after a kill, it is the same as once.
        for _ in 0..2 {
            one.add(15, 18).unwrap();
        }
        let new = std::fs::read_to_string(root.join("18/main/postgresql.conf")).unwrap();
        let expected = own("hba_file = 'ROOT/18/main/pg_hba.conf'\ncluster_name = '18/main'\n\
                            external_pid_file = '/run/18-main.pid'\ndata_directory = '/var/lib/postgresql/15/main'\n");
        assert_eq!(new, expected);
        assert!(root.join("18/main/conf.d").is_dir() && !root.join("18/main/log").exists());
        for _ in 0..2 {
            one.take_out(15).unwrap();
        }
        assert!(!root.join("15/main").exists());

        for _ in 0..2 {
            one.put_back(15).unwrap();
            one.take_out(18).unwrap();
        }
        assert_eq!(std::fs::read_to_string(root.join("15/main/postgresql.conf")).unwrap(), text);
        one.forget(18).unwrap();
        let left: Vec<_> = std::fs::read_dir(&root).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}
