//! An old and a new cluster, and what turns the one into the other: for the real ones and for those of a rehearsal.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::evidence::{Evidence, refuted};
use super::probe::Probe;
use super::seconds::since;
use super::servers::{OLD_PORT, Private, only, private_options};
use super::settle::settle;
use super::site::remove;
use super::swap::next_transaction;
use super::{Order, Settled, Site, carry};
use crate::error::{Error, ErrorKind, Result};
use crate::tool::{Keeper, MajorUpgrade, Watch, give_like};

/// The two.
pub(super) struct Pair<'a> {
    pub(super) order: &'a Order<'a>,
    pub(super) site: &'a Site,
    /// The old data folder.
    pub(super) old: PathBuf,
    /// The new one.
    pub(super) new: PathBuf,
    /// Held by every program.
    pub(super) lock: &'a File,
    /// The folder of private sockets.
    pub(super) socket: &'a Path,
    /// The role that has made the old one.
    pub(super) user: &'a str,
    /// The configuration, where it is not in the data folder.
    pub(super) outside: Option<&'a Path>,
    /// What the private servers are told besides.
    pub(super) besides: &'a [&'a str],
}

impl Pair<'_> {
    /// What ends the private servers of both should we be killed.
    pub(super) fn watch(&self) -> Result<Watch> {
        Watch::over(&self.site.hba(), &[&self.old, &self.new], Some(self.lock))
    }

    /// The old one's keeper.
    pub(super) fn old_keeper(&self) -> Keeper<'_> {
        Keeper { binaries: self.order.from, data: &self.old, like: &self.site.data, lock: Some(self.lock) }
    }

    /// The new one's.
    pub(super) fn new_keeper(&self) -> Keeper<'_> {
        Keeper { binaries: self.order.to, data: &self.new, like: &self.site.data, lock: Some(self.lock) }
    }

    fn private<'a>(&'a self, keeper: Keeper<'a>) -> Private<'a> {
        Private { keeper, socket: self.socket, port: OLD_PORT, user: self.user }
    }

    fn options(&self, data: &Path, major: u32) -> Vec<String> {
        let mut options = private_options(data, &self.site.hba(), self.outside, major);
        options.extend(self.besides.iter().flat_map(|one| ["-c".to_owned(), (*one).to_owned()]));
        options
    }

    fn log(&self, name: &str) -> PathBuf {
        self.site.logs().join(name)
    }

    /// Makes the new cluster, like the old one and with its configuration, and sees the new server start with that. What was left
    /// of an earlier one goes.
    pub(super) async fn make_new(&self, probe: &Probe) -> Result<()> {
        remove(&self.new)?;
        self.site.write(&self.site.hba(), &only(self.user))?;
        self.new_keeper().init(&probe.init_options(self.order.to.major)).await?;
        carry::configuration(&self.old, &self.new, &probe.log_folder)?;
        let server = self.private(self.new_keeper());
        server.start(&self.options(&self.new, self.order.to.major), &self.log("new.log")).await?;
        server.keeper.stop().await
    }

    /// Starts the old server on a private socket, looks at what it has, and stops it.
    pub(super) async fn survey(&self) -> Result<Evidence> {
        let server = self.private(self.old_keeper());
        server.start(&self.options(&self.old, self.order.from.major), &self.log("old.log")).await?;
        let evidence = Evidence::read(&server, self.order, self.site, "old", None).await;
        let stopped = server.keeper.stop().await;
        let evidence = evidence?;
        stopped?;
        Ok(evidence)
    }

    /// The next transaction of the old cluster, which is down; where pg_upgrade has taken its control file away for linking, by
    /// that.
    pub(super) async fn old_transaction(&self) -> Result<Option<u64>> {
        let away = self.old.join("global/pg_control.old");
        if !away.exists() {
            return next_transaction(&self.old_keeper()).await;
        }
        let folder = self.site.work.join("control");
        remove(&folder)?;
        for one in [folder.clone(), folder.join("global")] {
            std::fs::create_dir(&one).map_err(|error| Error::io("make the folder", &one, error))?;
            give_like(&one, &self.site.data)?;
        }
        let copy = folder.join("global/pg_control");
        std::fs::copy(&away, &copy).map_err(|error| Error::io("copy", &away, error))?;
        give_like(&copy, &self.site.data)?;
        let found = next_transaction(&Keeper { data: &folder, ..self.old_keeper() }).await;
        remove(&folder)?;
        found
    }

    /// Lets the old server recover from having been copied, and says how long it takes to stop.
    pub(super) async fn recover(&self) -> Result<f64> {
        let server = self.private(self.old_keeper());
        server.start(&self.options(&self.old, self.order.from.major), &self.log("old.log")).await?;
        let begun = Instant::now();
        server.keeper.stop().await?;
        Ok(since(begun))
    }

    /// Starts the new server and stops it, and says how long it takes to start.
    pub(super) async fn start_once(&self) -> Result<f64> {
        let server = self.private(self.new_keeper());
        let begun = Instant::now();
        server.start(&self.options(&self.new, self.order.to.major), &self.log("new.log")).await?;
        let took = since(begun);
        server.keeper.stop().await?;
        Ok(took)
    }

    /// The real pg_upgrade.
    pub(super) async fn upgrade(&self) -> Result<()> {
        let (old_options, new_options) =
            (self.options(&self.old, self.order.from.major), self.options(&self.new, self.order.to.major));
        let upgrade = MajorUpgrade {
            old: self.old_keeper(),
            new: self.new_keeper(),
            user: self.user,
            socket: self.socket,
            old_options: &old_options,
            new_options: &new_options,
            method: self.order.method.option(),
            folder: &self.site.logs(),
            jobs: self.order.jobs,
        };
        let done = upgrade.run(&self.order.context.observer).await;
        // It would delete the old cluster, and knows nothing of where that is by then.
        let _ = std::fs::remove_file(self.log("delete_old_cluster.sh"));
        let Err(error) = done else { return Ok(()) };
        let words = keep_logs(&self.new, &self.site.logs());
        let error = match words.is_empty() {
            true => error,
            false => Error::new(ErrorKind::Program, "pg_upgrade failed").source(words),
        };
        Err(error.hint(format!("its logs are in {}", self.site.logs().display())))
    }

    /// Starts the new server on a private socket, compares it with what the old one had, brings it up to date, and stops it.
    pub(super) async fn settle(&self, before: &Evidence) -> Result<Settled> {
        let server = self.private(self.new_keeper());
        server.start(&self.options(&self.new, self.order.to.major), &self.log("new.log")).await?;
        let settled = self.settle_running(&server, before).await;
        let stopped = server.keeper.stop().await;
        let settled = settled?;
        stopped?;
        Ok(settled)
    }

    async fn settle_running(&self, server: &Private<'_>, before: &Evidence) -> Result<Settled> {
        let logs = self.site.logs();
        // First as pg_upgrade has left it: what an extension's update changes of its own is no loss.
        let after = Evidence::read(server, self.order, self.site, "new", Some(before)).await?;
        let differences = before.differences(&after, &logs, self.order.from.major);
        if !differences.is_empty() {
            return Err(refuted(&differences, &logs));
        }
        let mut settled = settle(server, self.order).await?;
        settled.tables = before.tables();
        settled.rows = before.rows();
        settled.databases = before.databases.len();
        Ok(settled)
    }
}

/// pg_upgrade leaves its logs in the new data folder, which goes: keeps them, and says what was written last.
fn keep_logs(new: &Path, logs: &Path) -> String {
    let kept = logs.join("pg_upgrade");
    let _ = std::fs::remove_dir_all(&kept);
    if std::fs::rename(new.join("pg_upgrade_output.d"), &kept).is_err() {
        return String::new();
    }
    let runs = std::fs::read_dir(&kept).into_iter().flatten().flatten().map(|run| run.path().join("log"));
    let files = runs.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let last = files.max_by_key(|file| file.metadata().and_then(|about| about.modified()).ok());
    let text = last.and_then(|file| std::fs::read_to_string(file.path()).ok()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(6)..].join("\n")
}

/// Stops whatever runs on `data` by what we were doing before we were killed.
pub(super) async fn quiet(keeper: &Keeper<'_>) -> Result<()> {
    match crate::cluster::at(keeper.data) {
        Ok(found) if found.running().is_some() => keeper.stop().await,
        _ => Ok(()),
    }
}
