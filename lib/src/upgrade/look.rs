//! The looks that are taken at a cluster: at files and programs, by queries, by a new cluster that is thrown away, by pg_upgrade.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::blockers::{BLOCKERS, Blocker, Found, Machine, Room, busy_port, bytes_in, folders_of};
use super::check::{Checked, Finding};
use super::probe::Probe;
use super::servers::{NEW_PORT, OLD_PORT, Private, live, only, open, outside, private_options};
use super::{Method, Order, Site, carry};
use crate::conn::PostgresTarget;
use crate::engine::postgres::PostgresSession;
use crate::engine::{Row, Session, first_cell};
use crate::error::{ErrorKind, Result};
use crate::plan::Severity;
use crate::tool::{Keeper, MajorUpgrade, give_like, setting_of};

/// A look at a cluster.
pub(super) struct Look<'a> {
    pub(super) order: &'a Order<'a>,
    pub(super) site: &'a Site,
    /// A folder for sockets and for a new cluster that is thrown away.
    pub(super) folder: &'a Path,
    pub(super) machine: Machine,
    pub(super) found: Vec<Finding>,
}

impl Look<'_> {
    /// Looks at everything, and says what the old cluster is like, where that could be seen.
    pub(super) async fn take(&mut self, checked: &mut Checked) -> Result<Option<Probe>> {
        // Without programs, or with a cluster that was broken off, nothing else can be asked.
        let first: Vec<&Blocker> = BLOCKERS.into_iter().filter(|blocker| blocker.is_first()).collect();
        for blocker in first {
            self.tell(blocker, None, blocker.of_machine(&self.machine));
        }
        let runs = self.order.cluster.running().is_some();
        if !runs && !self.found.is_empty() {
            checked.checks = self.found.len();
            return Ok(None);
        }
        let hba = self.folder.join("hba.conf");
        let (target, mut session) = match runs {
            true => live(self.order).await?,
            false => self.start_old(&hba).await?,
        };
        let asked = self.ask(&target, &mut session, checked, &hba).await;
        Box::new(session).close().await;
        if !runs {
            self.old().stop().await?;
        }
        let probe = asked?;
        if self.machine.new_number > 0 {
            self.last_word(&target, &probe, &hba, checked).await;
        }
        for blocker in BLOCKERS.into_iter().filter(|blocker| !blocker.is_first()) {
            let found = blocker.of_machine(&self.machine);
            self.tell(blocker, None, found);
        }
        checked.checks =
            BLOCKERS.iter().filter(|blocker| blocker.concerns(self.order.from.major, self.order.to.major)).count()
                - checked.left_out.len();
        Ok(Some(probe))
    }

    fn old(&self) -> Keeper<'_> {
        Keeper { binaries: self.order.from, data: &self.order.cluster.data, like: &self.order.cluster.data, lock: None }
    }

    fn tell(&mut self, blocker: &Blocker, database: Option<&str>, found: Vec<Found>) {
        let finding = |found| Finding {
            blocker: blocker.name,
            severity: blocker.severity,
            title: blocker.title,
            database: database.map(str::to_owned),
            found,
            why: blocker.why,
        };
        if blocker.concerns(self.order.from.major, self.order.to.major) {
            self.found.extend(found.into_iter().map(finding));
        }
    }

    /// Starts the old server, which does not run, where nobody else finds it.
    async fn start_old(&self, hba: &Path) -> Result<(PostgresTarget, PostgresSession)> {
        let user = self.order.user.unwrap_or("postgres");
        self.write(hba, "local all all trust\n")?;
        let data = &self.order.cluster.data;
        let configuration = outside(self.order.cluster);
        let mut options = private_options(data, hba, configuration.as_deref(), self.order.from.major);
        // A standby, which is found by asking it, does not start with less of it than its primary has.
        if let Some(at) = options.iter().position(|option| option == "max_worker_processes=0") {
            options.drain(at - 1..=at);
        }
        let server = Private { keeper: self.old(), socket: self.folder, port: OLD_PORT, user };
        server.start(&options, &self.folder.join("old.log")).await?;
        let target = server.target("template1");
        match open(&target, self.order).await {
            Ok(session) => Ok((target, session)),
            Err(error) => {
                server.keeper.stop().await?;
                Err(error.context("the old server cannot be looked into").hint("name its superuser: -U NAME"))
            }
        }
    }

    fn write(&self, path: &Path, text: &str) -> Result<()> {
        crate::disk::write_private(path, text)?;
        give_like(path, &self.site.data)
    }

    async fn ask(
        &mut self,
        target: &PostgresTarget,
        session: &mut PostgresSession,
        checked: &mut Checked,
        hba: &Path,
    ) -> Result<Probe> {
        let probe = Probe::ask(session, self.order.cluster).await?;
        self.machine.old_number = probe.number;
        checked.databases.clone_from(&probe.databases);
        if self.order.cluster.running().is_none() {
            self.machine.busy_port = self.busy_port(&probe).await?;
        }
        for place in &probe.tablespaces {
            // A tablespace's new files lie beside its old ones.
            let bytes = folders_of(place, self.order.from.major).iter().map(|folder| bytes_in(folder)).sum();
            checked.bytes += bytes;
            if self.order.method == Method::Copy {
                Room::add(&mut self.machine.rooms, Room::of(place, bytes));
            }
        }
        self.try_new(&probe, hba).await?;
        for blocker in BLOCKERS.into_iter().filter(|one| one.concerns(self.order.from.major, self.order.to.major)) {
            let Some((sql, everywhere)) = blocker.query() else { continue };
            if everywhere {
                continue;
            }
            self.asked(blocker, None, session.query(sql).await, checked)?;
        }
        for name in &probe.databases {
            let mut inside = open(&PostgresTarget { dbname: name.clone(), ..target.clone() }, self.order).await?;
            for blocker in BLOCKERS.into_iter().filter(|one| one.concerns(self.order.from.major, self.order.to.major)) {
                let Some((sql, true)) = blocker.query() else { continue };
                let rows = inside.query(sql).await;
                self.asked(blocker, Some(name), rows, checked)?;
            }
            Box::new(inside).close().await;
        }
        Ok(probe)
    }

    /// Somebody who has the port of the cluster, which is down. Its own settings are asked of its files: the private server has
    /// others.
    async fn busy_port(&self, probe: &Probe) -> Result<Option<(u16, String)>> {
        let cluster = self.order.cluster;
        let configuration = probe.outside.as_ref().unwrap_or(&cluster.configuration);
        let mut values = Vec::new();
        for name in ["port", "unix_socket_directories", "listen_addresses"] {
            let value = setting_of(self.order.from, &cluster.data, configuration, name).await?;
            values.push(value.unwrap_or_default());
        }
        let folders = values[1].split(',').map(str::trim).filter(|folder| folder.starts_with('/'));
        let folders: Vec<PathBuf> = folders.map(PathBuf::from).collect();
        Ok(values[0].parse().ok().and_then(|port| busy_port(port, &folders, !values[2].is_empty())))
    }

    fn asked(
        &mut self,
        blocker: &'static Blocker,
        database: Option<&str>,
        rows: Result<Vec<Row>>,
        checked: &mut Checked,
    ) -> Result<()> {
        match rows {
            Ok(rows) => {
                let found = blocker.of_rows(rows, &self.machine);
                self.tell(blocker, database, found);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::ConnectionLost => Err(error),
            // What this server does not show is no finding, and no silence either.
            Err(error) => {
                checked.left_out.push((blocker.name, error.one_line()));
                Ok(())
            }
        }
    }

    /// A new cluster like the old one, made to be thrown away: what the new version has, and whether it starts with the old
    /// configuration.
    async fn try_new(&mut self, probe: &Probe, hba: &Path) -> Result<()> {
        if !self.found.iter().all(|finding| finding.blocker != "program-missing") {
            return Ok(());
        }
        let data = self.folder.join("new");
        let keeper = Keeper { binaries: self.order.to, data: &data, like: &self.site.data, lock: None };
        self.machine.new_settings = keeper.known_settings().await?;
        self.write(hba, &only(&probe.user))?;
        if let Err(error) = keeper.init(&probe.init_options(self.order.to.major)).await {
            self.machine.init_error = Some(error.causes().join("\n"));
            return Ok(());
        }
        let major = self.order.to.major;
        let server = Private { keeper, socket: self.folder, port: NEW_PORT, user: &probe.user };
        let log = self.folder.join("new.log");
        server.start(&private_options(&data, hba, None, major), &log).await?;
        let facts = self.new_facts(&server).await;
        server.keeper.stop().await?;
        (self.machine.new_number, self.machine.new_extensions, self.machine.new_libraries) = facts?;
        carry::configuration(&self.order.cluster.data, &data, &probe.log_folder)?;
        match server.start(&proof_options(&data, probe.outside.as_deref()), &log).await {
            Ok(()) => server.keeper.stop().await,
            Err(error) => {
                self.machine.start_error = Some(error.causes().join("\n"));
                Ok(())
            }
        }
    }

    async fn new_facts(&self, server: &Private<'_>) -> Result<NewFacts> {
        let mut session = open(&server.target("template1"), self.order).await?;
        let extensions = session.query("SELECT name, default_version FROM pg_catalog.pg_available_extensions").await?;
        let extensions = extensions.into_iter().filter_map(|row| {
            let mut cells = row.into_iter();
            Some((cells.next()??, cells.next()?.unwrap_or_default()))
        });
        let libraries = session.query("SELECT setting FROM pg_catalog.pg_config WHERE name = 'PKGLIBDIR'").await?;
        let libraries = first_cell(&libraries).map(PathBuf::from);
        let number = session.server().version_number;
        Box::new(session).close().await;
        Ok((number, Some(extensions.collect()), libraries))
    }

    /// What pg_upgrade itself says, where nothing of ours is in the way already: it ends at the first thing that it finds.
    async fn last_word(&mut self, target: &PostgresTarget, probe: &Probe, hba: &Path, checked: &mut Checked) {
        let runs = self.order.cluster.running();
        let data = self.folder.join("new");
        let new = Keeper { binaries: self.order.to, data: &data, like: &self.site.data, lock: None };
        // Its own configuration was tried already, and may ask for what a second server cannot have.
        let new_options = private_options(&data, hba, None, self.order.to.major);
        let configuration = probe.outside.as_deref();
        let old_options = private_options(&self.order.cluster.data, hba, configuration, self.order.from.major);
        let upgrade = MajorUpgrade {
            old: self.old(),
            new,
            user: &probe.user,
            socket: self.folder,
            old_options: &old_options,
            new_options: &new_options,
            method: self.order.method.option(),
            folder: self.folder,
            jobs: 1,
        };
        let password = target.password.as_ref().map(|password| password.expose());
        let port = runs.map(|server| server.port.unwrap_or(OLD_PORT));
        let said = upgrade.check(port, password).await;
        checked.fits = Some(said.is_ok());
        let ours =
            self.found.iter().any(|finding| finding.severity == Severity::Error) || self.machine.start_error.is_some();
        if let (Err(error), false) = (said, ours) {
            self.machine.upgrade_error = Some(error.causes().join("\n"));
        }
    }
}

type NewFacts = (u32, Option<BTreeMap<String, String>>, Option<PathBuf>);

/// The new server as it would be, but for where it listens and writes.
fn proof_options(data: &Path, configuration: Option<&Path>) -> Vec<String> {
    let mut settings = vec![
        format!("data_directory={}", data.display()),
        "external_pid_file=".to_owned(),
        "logging_collector=off".to_owned(),
        "log_destination=stderr".to_owned(),
        "archive_mode=off".to_owned(),
        "autovacuum=off".to_owned(),
        "huge_pages=try".to_owned(),
        "max_logical_replication_workers=0".to_owned(),
    ];
    if let Some(file) = configuration {
        settings.insert(0, format!("config_file={}", file.display()));
    }
    settings.into_iter().flat_map(|one| ["-c".to_owned(), one]).collect()
}
