//! Where a server's log is.

use std::path::{Path, PathBuf};

use super::postmaster::Postmaster;

/// The file that a running server's own collector writes to, as the data folder says.
pub(super) fn collected(data: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(data.join("current_logfiles")).ok()?;
    let named = |format: &str| text.lines().find_map(|line| line.strip_prefix(format)?.strip_prefix(' '));
    let file = ["stderr", "csvlog", "jsonlog"].into_iter().find_map(named)?;
    // A relative one is relative to the data folder.
    Some(data.join(file))
}

/// The file that its standard error is, where it is one.
pub(super) fn standard_error(server: &Postmaster) -> Option<PathBuf> {
    let file = std::fs::read_link(format!("/proc/{}/fd/2", server.pid)).ok()?;
    file.metadata().is_ok_and(|about| about.is_file()).then_some(file)
}

/// The unit of systemd that a process runs under.
pub(super) fn unit(server: &Postmaster) -> Option<String> {
    let groups = std::fs::read_to_string(format!("/proc/{}/cgroup", server.pid)).ok()?;
    unit_in(&groups)
}

fn unit_in(groups: &str) -> Option<String> {
    let paths = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let mut names = paths.flat_map(|path| path.rsplit('/')).filter(|name| name.ends_with(".service"));
    // A user's own manager is no unit of the server's.
    names.find(|name| !name.starts_with("user@")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_the_innermost_service() {
        let unit = |groups| unit_in(groups);
        assert_eq!(unit("0::/system.slice/postgresql-15.service\n").as_deref(), Some("postgresql-15.service"));
        let debian = "0::/system.slice/system-postgresql.slice/postgresql@15-main.service";
        assert_eq!(unit(debian).as_deref(), Some("postgresql@15-main.service"));
        assert_eq!(unit("0::/user.slice/user-1000.slice/user@1000.service/app.slice/run.scope"), None);
    }

    #[test]
    fn the_collectors_file_is_relative_to_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(collected(folder.path()), None);
        std::fs::write(folder.path().join("current_logfiles"), "csvlog log/a.csv\nstderr log/a.log\n").unwrap();
        assert_eq!(collected(folder.path()), Some(folder.path().join("log/a.log")));
        std::fs::write(folder.path().join("current_logfiles"), "jsonlog /var/log/pg/a.json\n").unwrap();
        assert_eq!(collected(folder.path()), Some("/var/log/pg/a.json".into()));
    }
}
