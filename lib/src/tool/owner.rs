//! The user that a server's processes run as: PostgreSQL refuses to run as root.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// A user of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Owner {
    /// The user to become before a server's programs are started: `None` unless we are root.
    pub(super) fn needed() -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let file = Path::new("/etc/passwd");
        let text = std::fs::read_to_string(file).map_err(|e| Error::io("read", file, e))?;
        let owner = find(&text, "postgres").or_else(|| find(&text, "nobody"));
        let none = || {
            let message = "PostgreSQL does not run as root, and /etc/passwd has neither `postgres` nor `nobody`";
            Error::new(ErrorKind::Program, message).hint("create the user: useradd --system postgres")
        };
        owner.map(Some).ok_or_else(none)
    }

    /// The user to become for what is done to the data folder `data`: the one that it belongs to, `None` where that is us.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it is somebody else's, and we are not root.
    pub(super) fn of(data: &Path) -> Result<Option<Self>> {
        let about = std::fs::metadata(data).map_err(|e| Error::io("read", data, e))?;
        let own = rustix::process::geteuid();
        if about.uid() == own.as_raw() && !own.is_root() {
            return Ok(None);
        }
        if own.is_root() && about.uid() != 0 {
            return Ok(Some(Self { uid: about.uid(), gid: about.gid() }));
        }
        let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = user_name(&list, about.uid()).map_or_else(|| format!("user {}", about.uid()), str::to_owned);
        let message = format!("{} belongs to {name}, and we are another user", data.display());
        let hint = match name.as_str() {
            "root" => format!("PostgreSQL does not run as root: chown -R postgres: {}", data.display()),
            _ => format!("as that user: sudo -u {name} mainstay …"),
        };
        Err(Error::new(ErrorKind::Refused, message).hint(hint))
    }

    /// What stands before a program's name so that it runs as this user with all of their groups, where a tool of the machine does
    /// that: keys are readable by a group, often.
    pub(super) fn with_groups(self) -> Option<Vec<String>> {
        let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        user_name(&list, self.uid)?;
        let tool = ["/usr/bin/setpriv", "/bin/setpriv"].into_iter().map(Path::new).find(|tool| {
            // A smaller one of the same name knows no groups.
            std::fs::canonicalize(tool).is_ok_and(|real| real.file_name() == tool.file_name())
        })?;
        let (uid, gid) = (format!("--reuid={}", self.uid), format!("--regid={}", self.gid));
        Some(vec![tool.display().to_string(), uid, gid, "--init-groups".to_owned(), "--".to_owned()])
    }

    /// Gives `path` to this user.
    pub(super) fn give(self, path: &Path) -> Result<()> {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
            .map_err(|e| Error::io("change the owner of", path, e))
    }

    /// This user must be able to enter every folder on the way to `folder`, and `folder` itself.
    pub(super) fn check_way(self, folder: &Path) -> Result<()> {
        let folder = std::fs::canonicalize(folder).map_err(|e| Error::io("find", folder, e))?;
        for step in folder.ancestors() {
            let metadata = std::fs::metadata(step).map_err(|e| Error::io("read", step, e))?;
            let bit = match (metadata.uid() == self.uid, metadata.gid() == self.gid) {
                (true, _) => 0o100,
                (_, true) => 0o010,
                _ => 0o001,
            };
            if metadata.mode() & bit == 0 {
                let message =
                    format!("{} cannot be entered by user {}, as which PostgreSQL runs", step.display(), self.uid);
                return Err(Error::new(ErrorKind::Io, message));
            }
        }
        Ok(())
    }
}

/// The line of `name` in the text of /etc/passwd.
fn find(passwd: &str, name: &str) -> Option<Owner> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(Owner { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

/// The name of user `id` in the text of /etc/passwd.
fn user_name(passwd: &str, id: u32) -> Option<&str> {
    let line = passwd.lines().find(|line| line.split(':').nth(2).and_then(|field| field.parse().ok()) == Some(id))?;
    line.split(':').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_the_line_of_exactly_that_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\npostgresql:x:7:7::/:\npostgres:x:101:104:PostgreSQL,,,:/var:/bin/sh\n";
        assert_eq!(find(passwd, "postgres"), Some(Owner { uid: 101, gid: 104 }));
        assert_eq!(find(passwd, "nobody"), None);
        assert_eq!((user_name(passwd, 101), user_name(passwd, 10)), (Some("postgres"), None));
    }
}
