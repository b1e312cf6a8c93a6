//! pg_upgrade, initdb, pg_ctl, pg_controldata and pg_basebackup on a cluster that is there already.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::process::Command;

use crate::conn::PostgresTarget;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};

use super::cluster::on_path;
use super::find::Binaries;
use super::heard::Heard;
use super::owner::Owner;
use super::pg_dump::Route;
use super::process::{LIBPQ_VARIABLES, Program, last_lines};

/// A server may have to recover, or to write all that it has in memory, before it is up or down.
const PATIENCE: &str = "--timeout=86400";

/// Programs that work on one cluster's files, as the user that these belong to.
///
/// The lock is each program's standard input too: it is held until the last of them has ended, even if we were killed.
#[derive(Clone, Copy)]
pub struct Keeper<'a> {
    /// The programs.
    pub binaries: &'a Binaries,
    /// The data folder.
    pub data: &'a Path,
    /// Whose owner the programs run as: the data folder, or the folder that it is to be made in.
    pub like: &'a Path,
    /// The lock, where one is held.
    pub lock: Option<&'a File>,
}

impl Keeper<'_> {
    fn program(&self, name: &str) -> Result<Program> {
        let program =
            Program::new(self.binaries.program(name)).owner(Owner::of(self.like)?).groups().folder(Path::new("/"));
        match self.lock {
            Some(lock) => program.holding(lock),
            None => Ok(program),
        }
    }

    /// What pg_controldata says, by its own names.
    ///
    /// # Errors
    /// It fails: its own words are the cause.
    pub async fn control(&self) -> Result<BTreeMap<String, String>> {
        let said = self.program("pg_controldata")?.arg("-D", self.data).run().await?.stdout;
        let fields = said.lines().filter_map(|line| line.split_once(':'));
        Ok(fields.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect())
    }

    /// Makes the cluster, with these options of initdb.
    ///
    /// # Errors
    /// It fails: its own words are the cause.
    pub async fn init(&self, options: &[String]) -> Result<()> {
        self.program("initdb")?.arg("-D", self.data).args(options).run().await.map(drop)
    }

    /// Starts it with these options of `postgres` and waits until it takes connections.
    ///
    /// # Errors
    /// It does not come up: the last lines of its log are the cause.
    pub async fn start(&self, options: &[String], log: &Path) -> Result<()> {
        let before = std::fs::metadata(log).map_or(0, |about| about.len());
        let line: Vec<String> = options.iter().map(|option| quoted(option)).collect();
        let start = self
            .program("pg_ctl")?
            .args(["start", "--silent", "--wait", PATIENCE])
            .arg("-D", self.data)
            .arg("-l", log)
            .args(["-o", &line.join(" ")]);
        let outcome = start.outcome().await?;
        if outcome.status.success() {
            return Ok(());
        }
        let said = std::fs::read(log).unwrap_or_default();
        let new = said.get(usize::try_from(before).unwrap_or(0)..).unwrap_or_default();
        let words = last_lines(&String::from_utf8_lossy(new));
        let message = format!("PostgreSQL {} did not start on {}", self.binaries.major, self.data.display());
        Err(Error::new(ErrorKind::Program, message).source(if words.is_empty() {
            last_lines(&outcome.stderr)
        } else {
            words
        }))
    }

    /// Stops it and waits for its end: sessions are ended, what they have not committed is taken back.
    ///
    /// # Errors
    /// It does not end.
    pub async fn stop(&self) -> Result<()> {
        let stop = self.program("pg_ctl")?.args(["stop", "--silent", "--wait", PATIENCE, "--mode=fast"]);
        stop.arg("-D", self.data).run().await.map(drop)
    }

    /// The names of all settings that its version knows.
    ///
    /// # Errors
    /// It does not say.
    pub async fn known_settings(&self) -> Result<BTreeSet<String>> {
        let said = self.program("postgres")?.args(["--describe-config"]).keep_all().run().await?.stdout;
        Ok(said.lines().filter_map(|line| line.split('\t').next()).map(str::to_lowercase).collect())
    }

    /// Copies the whole cluster of the running server `target` to the data folder, which is made; each tablespace of `elsewhere`,
    /// folder now and folder then.
    ///
    /// # Errors
    /// It fails: its own words are the cause.
    pub async fn copy_of(&self, target: &PostgresTarget, elsewhere: &[(PathBuf, PathBuf)]) -> Result<()> {
        let owner = Owner::of(self.like)?;
        let mapped =
            elsewhere.iter().map(|(from, to)| format!("--tablespace-mapping={}={}", mapping(from), mapping(to)));
        let mapped: Vec<String> = mapped.collect();
        let copy = |program: Program| {
            let program = program
                .arg("-D", self.data)
                .args(["--checkpoint=fast", "--wal-method=stream", "--no-sync"])
                .args(&mapped)
                .owner(owner)
                .folder(Path::new("/"));
            async move {
                let program = match self.lock {
                    Some(lock) => program.holding(lock)?,
                    None => program,
                };
                program.run().await.map(drop)
            }
        };
        Route::by("pg_basebackup", target, self.binaries)?.each_way(copy).await
    }
}

/// What pg_upgrade is told.
#[derive(Clone, Copy)]
pub struct MajorUpgrade<'a> {
    /// The old cluster and its programs.
    pub old: Keeper<'a>,
    /// The new one and its.
    pub new: Keeper<'a>,
    /// The old one's bootstrap superuser, which is the new one's too.
    pub user: &'a str,
    /// Where its private sockets are.
    pub socket: &'a Path,
    /// Further options of the old server; no spaces in them.
    pub old_options: &'a [String],
    /// Further options of the new server; no spaces in them.
    pub new_options: &'a [String],
    /// `--copy`, `--clone` or `--link`.
    pub method: &'a str,
    /// Where it works, and leaves its script.
    pub folder: &'a Path,
    /// Processes side by side.
    pub jobs: usize,
}

impl MajorUpgrade<'_> {
    /// Looks only: the old server may be running. `password` is for that one.
    ///
    /// # Errors
    /// [`ErrorKind::Program`]: they do not fit; its own words are the cause.
    pub async fn check(&self, port: Option<u16>, password: Option<&str>) -> Result<()> {
        let mut program = self.new.program("pg_upgrade")?.args(["--check"]).args(self.arguments(port));
        if let Some(password) = password {
            program = program.env("PGPASSWORD", password);
        }
        program.folder(self.folder).run().await.map(drop)
    }

    /// Does it: both servers are down. Killed with us, together with all that it has started but the servers themselves.
    ///
    /// # Errors
    /// [`ErrorKind::Program`]: its last words are the cause.
    pub async fn run(&self, observer: &Arc<dyn Observer>) -> Result<()> {
        let owner = Owner::of(self.new.like)?;
        let before = owner.and_then(Owner::with_groups);
        let program = self.new.binaries.program("pg_upgrade");
        let mut command = match &before {
            Some(before) => Command::new(&before[0]),
            None => Command::new(&program),
        };
        if let Some(before) = &before {
            command.args(&before[1..]).arg(&program);
        }
        command.args(self.arguments(None)).current_dir(self.folder);
        for name in LIBPQ_VARIABLES {
            command.env_remove(name);
        }
        if let Some(owner) = owner {
            command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
            if before.is_none() {
                command.uid(owner.uid).gid(owner.gid);
            }
        }
        command.env("LC_ALL", "C");
        let stdin = match self.new.lock {
            Some(lock) => Stdio::from(lock.try_clone().map_err(|e| Error::io("hold", self.folder, e))?),
            None => Stdio::null(),
        };
        let observer: Arc<dyn Observer> = Arc::new(WithoutAdvice(Arc::clone(observer), AtomicBool::new(false)));
        let heard = Heard { program: "pg_upgrade", secrets: &[], observer: &observer };
        heard.run_with(&mut command, stdin, "pg_upgrade", Duration::from_secs(30 * 86_400)).await
    }

    fn arguments(&self, port: Option<u16>) -> Vec<String> {
        let shown = |path: &Path| path.display().to_string();
        let mut arguments = vec![
            format!("--old-bindir={}", shown(&self.old.binaries.bin)),
            format!("--new-bindir={}", shown(&self.new.binaries.bin)),
            format!("--old-datadir={}", shown(self.old.data)),
            format!("--new-datadir={}", shown(self.new.data)),
            format!("--username={}", self.user),
            format!("--socketdir={}", shown(self.socket)),
            format!("--old-port={}", port.unwrap_or(50_432)),
            "--new-port=50433".to_owned(),
            format!("--jobs={}", self.jobs.max(1)),
            format!("--old-options={}", self.old_options.join(" ")),
            format!("--new-options={}", self.new_options.join(" ")),
        ];
        // Copying is what every version does when it is told nothing.
        if self.method != "--copy" {
            arguments.push(self.method.to_owned());
        }
        arguments
    }
}

/// Hears pg_upgrade up to its end: what it then advises is done by us already, or, to delete the old cluster, by `upgrade finish`.
struct WithoutAdvice(Arc<dyn Observer>, AtomicBool);

impl Observer for WithoutAdvice {
    fn event(&self, event: Event<'_>) {
        if let Event::Said { line, .. } = &event {
            if line.starts_with("Upgrade Complete") {
                self.1.store(true, Ordering::Relaxed);
            }
            if self.1.load(Ordering::Relaxed) {
                return;
            }
        }
        self.0.event(event);
    }
}

/// Gives `path` to the owner of `like`, where we are root.
///
/// # Errors
/// It cannot be given.
pub fn give_like(path: &Path, like: &Path) -> Result<()> {
    match Owner::of(like)? {
        Some(owner) => owner.give(path),
        None => Ok(()),
    }
}

/// Whether the owner of `like` can enter the folder `folder`.
///
/// # Errors
/// It cannot: says which folder on the way is closed.
pub fn way_is_open(folder: &Path, like: &Path) -> Result<()> {
    match Owner::of(like)? {
        Some(owner) => owner.check_way(folder),
        None => Ok(()),
    }
}

/// Debian's pg_ctlcluster: `action` is `start` or `stop`.
///
/// # Errors
/// It fails: its own words are the cause.
pub async fn debian_control(
    search_path: &str,
    configurations: Option<&Path>,
    version: &str,
    name: &str,
    action: &str,
) -> Result<()> {
    let Some(tool) = on_path(search_path, "pg_ctlcluster") else {
        return Err(Error::new(ErrorKind::Program, "pg_ctlcluster is not on this machine"));
    };
    let mut program = Program::new(tool).args([version, name, action]).env("PATH", search_path);
    if action == "stop" {
        program = program.args(["-m", "fast"]);
    }
    if let Some(folder) = configurations {
        program = program.env("PG_CLUSTER_CONF_ROOT", folder);
    }
    program.run().await.map(drop)
}

/// An option as a shell takes it.
fn quoted(option: &str) -> String {
    format!("'{}'", option.replace('\'', r"'\''"))
}

/// A path of a mapping: an equals sign in it would end it.
fn mapping(path: &Path) -> String {
    path.display().to_string().replace('=', r"\=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_survive_a_shell() {
        assert_eq!(quoted("-c"), "'-c'");
        assert_eq!(quoted("work_mem='1 MB'"), r"'work_mem='\''1 MB'\'''");
        assert_eq!(mapping(Path::new("/a=b/c")), r"/a\=b/c");
    }
}
