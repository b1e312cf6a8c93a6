//! Clusters of the tests' own that become others: started by whatever version the data folder says.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mainstay::cluster;
use mainstay::tool::{Binaries, Keeper, init_server, start_server};

use crate::psql::Psql;
use crate::server::{FAST, binaries, psql, wait_for};

/// A cluster in a folder of its own: `data`, `socket`, `log`; superuser `postgres`, no password. Gone with the value.
pub struct TestCluster {
    root: PathBuf,
    programs: Vec<Binaries>,
    access: Psql,
}

impl TestCluster {
    /// A running one of the newest installed version; `newer` are the programs that it may be upgraded to.
    ///
    /// # Panics
    /// No server binaries, or it does not start.
    pub fn start(settings: &[(&str, &str)], newer: Binaries) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let own = binaries();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("mc-{}-{number}", std::process::id()));
        let root = wait_for(async {
            let folder = init_server(&own, &root).await?;
            start_server(&folder, &[&FAST, settings].concat()).await?;
            Ok(folder.root)
        });
        let root = root.canonicalize().expect("a folder");
        let access = Psql { program: psql(&own), socket: root.join("socket"), port: 5432 };
        Self { root, programs: vec![own, newer], access }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The socket's folder; the port is 5432.
    pub fn socket(&self) -> PathBuf {
        self.root.join("socket")
    }

    /// The programs of the version that the data folder `data` is of.
    ///
    /// # Panics
    /// It is no data folder of one of the versions.
    pub fn programs(&self, data: &Path) -> &Binaries {
        let major = cluster::at(data).expect("a data folder").major;
        self.programs.iter().find(|binaries| binaries.major == major).expect("programs of its version")
    }

    /// Whether its server runs.
    pub fn runs(&self) -> bool {
        cluster::at(&self.data()).is_ok_and(|found| found.running().is_some())
    }

    /// Starts whatever version is in place. What a killed program has left behind has a while to end.
    ///
    /// # Panics
    /// It does not start within half a minute.
    pub fn bring_up(&self) {
        self.wait_for_orphans();
        self.bring_up_beside();
    }

    /// The same while an upgrade of it is at work.
    ///
    /// # Panics
    /// It does not start within half a minute.
    pub fn bring_up_beside(&self) {
        let begun = Instant::now();
        let data = self.data();
        loop {
            let keeper = Keeper { binaries: self.programs(&data), data: &data, like: &data, lock: None };
            let (runs, log) = (self.runs(), self.root.join("log"));
            if runs && self.try_psql("SELECT 1").is_ok() {
                return;
            }
            let started = wait_for(async { Ok(if runs { false } else { keeper.start(&[], &log).await.is_ok() }) });
            if started {
                return;
            }
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(30), "{} does not start: {said}", data.display());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the programs of an upgrade that was killed have ended: each of them holds its lock.
    fn wait_for_orphans(&self) {
        let Ok(lock) = std::fs::File::open(self.root.join("data.upgrade/lock")) else { return };
        let begun = Instant::now();
        while lock.try_lock().is_err() && begun.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it in order.
    ///
    /// # Panics
    /// It does not run.
    pub fn stop(&self) {
        let data = self.data();
        let keeper = Keeper { binaries: self.programs(&data), data: &data, like: &data, lock: None };
        wait_for(keeper.stop());
    }

    /// Stops it, moves all files of its configuration to a folder of their own, which is returned, and starts it with that.
    ///
    /// # Panics
    /// It does not start.
    pub fn configured_elsewhere(&self) -> PathBuf {
        self.stop();
        let (data, folder) = (self.data(), self.root.join("etc"));
        std::fs::create_dir(&folder).expect("a folder");
        for name in ["postgresql.conf", "pg_hba.conf", "pg_ident.conf", "private.conf"] {
            std::fs::rename(data.join(name), folder.join(name)).expect("a file of its configuration");
        }
        let main = folder.join("postgresql.conf");
        let text = std::fs::read_to_string(&main).expect("its configuration");
        std::fs::write(&main, format!("{text}\ndata_directory = '{}'\n", data.display())).expect("its configuration");
        mainstay::tool::give_like(&folder, &data).expect("its owner");
        let keeper = Keeper { binaries: self.programs(&data), data: &data, like: &data, lock: None };
        let options = ["-D".to_owned(), folder.display().to_string()];
        wait_for(keeper.start(&options, &self.root.join("log")));
        folder
    }

    /// Kills it outright.
    ///
    /// # Panics
    /// It does not run, or does not end.
    pub fn crash(&self) {
        let data = self.data();
        let number = cluster::at(&data).ok().and_then(|found| found.running().map(|server| server.pid));
        let pid = number.and_then(rustix::process::Pid::from_raw).expect("a server");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it can be killed");
        let begun = Instant::now();
        // A server that comes next minds a process that nobody has waited for yet.
        while rustix::process::test_kill_process(pid).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(30), "process {number:?} does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A session that does nothing for ten minutes.
    ///
    /// # Panics
    /// It cannot be begun.
    pub fn session(&self) -> Child {
        let mut child = self.access.start("postgres", "postgres");
        let mut stdin = child.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut stdin, b"SELECT pg_sleep(600);").expect("psql reads");
        drop(stdin);
        let seen = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
        while self.psql(seen) != "1" {
            std::thread::sleep(Duration::from_millis(20));
        }
        child
    }

    /// Runs `sql` with psql in the database `postgres`.
    ///
    /// # Panics
    /// A statement fails: the message is psql's.
    pub fn psql(&self, sql: &str) -> String {
        self.try_psql(sql).unwrap_or_else(|words| panic!("psql: {words}\nin: {sql}"))
    }

    fn try_psql(&self, sql: &str) -> Result<String, String> {
        self.access.run("postgres", "postgres", sql)
    }
}

impl Drop for TestCluster {
    fn drop(&mut self) {
        let folders = [self.data(), self.root.join("data.upgrade/aside")];
        for folder in folders.iter().filter(|folder| cluster::at(folder).is_ok_and(|found| found.running().is_some())) {
            let keeper = Keeper { binaries: self.programs(folder), data: folder, like: folder, lock: None };
            wait_for(async { Ok(keeper.stop().await.is_ok()) });
        }
        let _ = std::fs::remove_dir_all(&self.root);
    }
}
