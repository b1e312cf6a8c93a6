//! A cluster that Debian's tools look after: known by its folder of configuration, whose place says the version.
//!
//! Both versions are registered while the data folders change places. Each server refuses the other's data folder, so that the
//! exchange alone decides which of them starts.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::site::remove;
use crate::cluster::Cluster;
use crate::error::{Error, ErrorKind, Result};
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

    /// Makes the configuration of version `new` aside, from that of version `old`.
    pub(super) fn prepare(&self, old: u32, new: u32) -> Result<()> {
        let aside = self.aside(new);
        remove(&aside)?;
        self.copy(&self.folder(old), &aside, old, new)
    }

    /// Registers version `new`, with the configuration of version `old`, unless that is done.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: another cluster was registered by its name meanwhile.
    pub(super) fn add(&self, old: u32, new: u32) -> Result<()> {
        let (from, to, aside) = (self.folder(old), self.folder(new), self.aside(new));
        match (to.exists(), aside.exists()) {
            (true, false) => return Ok(()),
            (true, true) => {
                let message = format!("Debian's tools know a cluster {new}/{} by now", self.name);
                return Err(Error::new(ErrorKind::Refused, message)
                    .hint(format!("drop it, if it is empty: pg_dropcluster --stop {new} {}", self.name)));
            }
            (false, true) => {}
            (false, false) => self.prepare(old, new)?,
        }
        if let Some(above) = to.parent().filter(|above| !above.exists()) {
            std::fs::create_dir(above).map_err(|error| Error::io("make the folder", above, error))?;
            give_like(above, &from)?;
        }
        rename(&aside, &to)?;
        // The exchange that follows is of another file system, maybe, and would be durable before.
        for folder in [to.parent(), Some(self.root.as_path())].into_iter().flatten() {
            sync(folder)?;
        }
        Ok(())
    }

    /// Takes version `new` out of the register again, where we have put it there, and forgets its configuration.
    pub(super) fn withdraw(&self, new: u32) -> Result<()> {
        if !self.aside(new).exists() {
            self.take_out(new)?;
        }
        // Of use to nobody, where we have made it; not to be removed where others are in it.
        let _ = std::fs::remove_dir(self.root.join(new.to_string()));
        self.forget(new)
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
                Ok(target) => {
                    // Others' files stay links, but for those that name the old version's.
                    if !self.copy_file(&path, &copy, old, new)? {
                        std::os::unix::fs::symlink(target, &copy).map_err(fails)?;
                    }
                }
                Err(_) => {
                    if !self.copy_file(&path, &copy, old, new)? {
                        std::fs::copy(&path, &copy).map_err(fails)?;
                        give_as(&copy, &about)?;
                    }
                }
            }
        }
        sync(to)?;
        let about = from.metadata().map_err(fails)?;
        std::fs::set_permissions(to, about.permissions()).map_err(fails)?;
        give_as(to, &about)
    }

    /// Writes a file of settings with the new version's names at `copy`, where that makes a difference.
    fn copy_file(&self, path: &Path, copy: &Path, old: u32, new: u32) -> Result<bool> {
        let fails = |error| Error::io("copy", path, error);
        if path.extension().is_none_or(|end| end != "conf") || !path.is_file() {
            return Ok(false);
        }
        let about = path.metadata().map_err(fails)?;
        let text = std::fs::read(path).map_err(fails)?;
        let renamed = self.renamed(&text, old, new);
        if renamed == text {
            return Ok(false);
        }
        std::fs::write(copy, renamed).map_err(fails)?;
        std::fs::set_permissions(copy, about.permissions()).map_err(fails)?;
        sync(copy)?;
        give_as(copy, &about)?;
        Ok(true)
    }

    /// A file's text with the paths and names of the new version: its own folder, `15/main` of the processes' title, `15-main.pid`.
    fn renamed(&self, text: &[u8], old: u32, new: u32) -> Vec<u8> {
        // A byte a character: comments are in any encoding.
        let each = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
        let folder = |major| each(format!("{}/", self.folder(major).display()).as_bytes());
        let name = each(self.name.as_bytes());
        let renamed = each(text)
            .replace(&folder(old), &folder(new))
            .replace(&format!("'{old}/{name}'"), &format!("'{new}/{name}'"))
            .replace(&format!("{old}-{name}.pid"), &format!("{new}-{name}.pid"));
        renamed.chars().filter_map(|one| u8::try_from(u32::from(one)).ok()).collect()
    }
}

/// Gives `path` to whom `about` says, where we may.
fn give_as(path: &Path, about: &std::fs::Metadata) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    std::os::unix::fs::chown(path, Some(about.uid()), Some(about.gid()))
        .map_err(|error| Error::io("change the owner of", path, error))
}

fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| Error::io("sync", path, error))
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
