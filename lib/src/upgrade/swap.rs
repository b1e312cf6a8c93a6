//! Two data folders change places, and the server in its place is started and stopped.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{Journal, Order, Site};
use crate::cluster::{self, Cluster};
use crate::error::{Error, ErrorKind, Result};
use crate::tool::{Keeper, debian_control};

/// Where one of them is between two renames, on a file system that cannot exchange.
fn between(site: &Site) -> PathBuf {
    site.work.join("between")
}

/// Exchanges the data folder and the one aside: in one step of the file system, or else by three renames that [`mend`] completes or
/// takes back.
pub(super) fn exchange(site: &Site) -> Result<()> {
    let (data, aside, between) = (&site.data, site.aside(), between(site));
    let fails = |error: std::io::Error| Error::io("exchange", data, error);
    match renameat_with(CWD, data, CWD, &aside, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            std::fs::rename(data, &between).map_err(fails)?;
            std::fs::rename(&aside, data).map_err(fails)?;
            std::fs::rename(&between, &aside).map_err(fails)?;
        }
        Err(error) => return Err(fails(error.into())),
    }
    for folder in [data.parent(), Some(site.work.as_path())].into_iter().flatten() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(fails)?;
    }
    Ok(())
}

/// Puts in order what a kill between the three renames has left: before the second the data folder comes back, after it the third
/// is made.
///
/// # Errors
/// A rename fails.
pub(super) fn mend(site: &Site) -> Result<()> {
    let between = between(site);
    if !between.exists() {
        return Ok(());
    }
    let to = if site.data.exists() { site.aside() } else { site.data.clone() };
    std::fs::rename(&between, &to).map_err(|error| Error::io("rename", &between, error))
}

/// The data folder `data` as a real path, after what a kill in the middle of an exchange has left was put in order.
///
/// # Errors
/// There is no such folder.
pub fn whole(data: &Path) -> Result<PathBuf> {
    let found = |data: &Path| std::fs::canonicalize(data);
    if let (Err(_), Some(above), Some(name)) = (found(data), data.parent(), data.file_name()) {
        let above = found(above).map_err(|error| Error::io("find", data, error))?;
        let site = Site::of(&above.join(name));
        // Somebody else may be at work on just that.
        if let Some(_lock) = site.try_lock() {
            mend(&site)?;
        }
    }
    found(data).map_err(|error| Error::io("find", data, error))
}

/// The major version of the cluster in a folder.
pub(super) fn major_in(folder: &Path) -> Option<u32> {
    std::fs::read_to_string(folder.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// What the running server of `cluster` was started with, but for the data folder: pg_ctl says that itself.
pub(super) fn options_of(cluster: &Cluster) -> Vec<String> {
    let Some(server) = cluster.running() else { return Vec::new() };
    // The file that the server writes for pg_ctl has no word on what stood in quotes.
    let line = std::fs::read(format!("/proc/{}/cmdline", server.pid)).ok().filter(|line| !line.is_empty());
    let words: Vec<String> = match line {
        Some(line) => String::from_utf8_lossy(&line).split_terminator('\0').map(str::to_owned).collect(),
        None => {
            let written = std::fs::read_to_string(cluster.data.join("postmaster.opts")).unwrap_or_default();
            shlex::split(&written).unwrap_or_default()
        }
    };
    without_folder(words.into_iter().skip(1), &cluster.data)
}

/// The folder that -D names stays where it is another one: all of the configuration is in there, and the later -D is what counts.
fn without_folder(mut words: impl Iterator<Item = String>, data: &Path) -> Vec<String> {
    let mut options = Vec::new();
    while let Some(word) = words.next() {
        let folder = match word.strip_prefix("-D") {
            Some("") => words.next().unwrap_or_default(),
            Some(folder) => folder.to_owned(),
            None => {
                options.push(word);
                continue;
            }
        };
        if std::fs::canonicalize(&folder).is_ok_and(|real| real != data) {
            options.extend(["-D".to_owned(), folder]);
        }
    }
    options
}

/// Where the log of a server goes that pg_ctl starts: where it went, or a file in the data folder.
pub(super) fn log_of(cluster: &Cluster) -> PathBuf {
    let collected = |log: &&PathBuf| log.starts_with(&cluster.data);
    cluster.log.as_ref().filter(|log| !collected(log)).cloned().unwrap_or_else(|| cluster.data.join("server.log"))
}

/// Starts the server in its place as it was started before, unless it runs.
pub(super) async fn start_in_place(order: &Order<'_>, keeper: &Keeper<'_>, journal: &Journal) -> Result<()> {
    if let Some(server) = cluster::at(keeper.data)?.running() {
        if server.status.as_deref() != Some("stopping") {
            return Ok(());
        }
        // Whoever told it to stop was killed: its end is waited for. It may have come by now.
        let _ = keeper.stop().await;
    }
    match &journal.registration {
        Some(one) => {
            let version = keeper.binaries.major.to_string();
            debian_control(order.search_path, order.configurations, &version, &one.name, "start").await
        }
        None => keeper.start(&journal.options, &journal.log).await,
    }
}

/// Stops the server in its place, where one runs: ours on a private socket, or the cluster's own.
pub(super) async fn stop_in_place(
    order: &Order<'_>,
    keeper: &Keeper<'_>,
    site: &Site,
    journal: &Journal,
) -> Result<()> {
    if cluster::at(keeper.data)?.running().is_none() {
        return Ok(());
    }
    match &journal.registration {
        Some(one) if !is_ours(site) => {
            let version = keeper.binaries.major.to_string();
            debian_control(order.search_path, order.configurations, &version, &one.name, "stop").await
        }
        _ => keeper.stop().await,
    }
}

/// Whether the server on the data folder, if one runs, is one that we have started on a private socket.
pub(super) fn is_ours(site: &Site) -> bool {
    let options = std::fs::read_to_string(site.data.join("postmaster.opts")).unwrap_or_default();
    options.contains(&format!("hba_file={}", site.hba().display()))
}

/// The next transaction of a cluster that is down; `None` where it was not shut down in order: its log knows more than its control
/// file.
///
/// # Errors
/// pg_controldata fails, or says no number.
pub(super) async fn next_transaction(keeper: &Keeper<'_>) -> Result<Option<u64>> {
    let control = keeper.control().await?;
    let said = |name: &str| control.get(name).map(String::as_str).unwrap_or_default();
    if !said("Database cluster state").starts_with("shut down") {
        return Ok(None);
    }
    let number = said("Latest checkpoint's NextXID");
    transaction(number).map(Some).ok_or_else(|| {
        Error::new(ErrorKind::Program, format!("pg_controldata says `{number}` where a transaction's number belongs"))
    })
}

/// The number in `epoch:number`.
fn transaction(text: &str) -> Option<u64> {
    let (epoch, number) = text.split_once(':')?;
    Some((epoch.trim().parse::<u64>().ok()? << 32) | number.trim().parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(folder: &Path) -> Site {
        let site = Site::of(&folder.join("data"));
        for (folder, version) in [(site.data.clone(), "15\n"), (site.aside(), "18\n")] {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("PG_VERSION"), version).unwrap();
        }
        site
    }

    #[test]
    fn an_exchange_and_back() {
        let folder = tempfile::tempdir().unwrap();
        let site = site(folder.path());
        let both = |site: &Site| (major_in(&site.data), major_in(&site.aside()));
        exchange(&site).unwrap();
        assert_eq!(both(&site), (Some(18), Some(15)));
        mend(&site).unwrap();
        assert_eq!(both(&site), (Some(18), Some(15)));
        // Killed after the first of three renames, and after the second.
        std::fs::rename(&site.data, between(&site)).unwrap();
        mend(&site).unwrap();
        assert_eq!(both(&site), (Some(18), Some(15)));
        std::fs::rename(&site.data, between(&site)).unwrap();
        std::fs::rename(site.aside(), &site.data).unwrap();
        mend(&site).unwrap();
        assert_eq!(both(&site), (Some(15), Some(18)));
    }

    #[test]
    fn options_and_transactions_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().canonicalize().unwrap();
        let words = |line: &str| without_folder(line.split(' ').map(str::to_owned), &data);
        let own = format!("-D {} -c work_mem=1MB -p 5433", data.display());
        assert_eq!(words(&own), ["-c", "work_mem=1MB", "-p", "5433"]);
        assert_eq!(words(&format!("-D{} -d 1", data.display())), ["-d", "1"]);
        assert_eq!(words("-D / -p 5433"), ["-D", "/", "-p", "5433"]);
        assert_eq!(transaction("0:755"), Some(755));
        assert_eq!(transaction("2:1"), Some((2 << 32) + 1));
        assert_eq!(transaction("none"), None);
    }
}
