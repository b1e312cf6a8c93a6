//! Gates before which an upgrade waits, so that what happens at a step happens just there.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use mainstay::tool::give_like;
use mainstay::upgrade::Step;
use mainstay_testing::programs_of;
use rustix::fs::OFlags;

use super::Upgrading;

const LONGEST: Duration = Duration::from_secs(120);

/// A file that can be a pipe: whoever reads it then waits until somebody lets them through.
struct Gate {
    path: PathBuf,
}

impl Gate {
    fn new(path: PathBuf, like: &Path) -> Self {
        let gate = Self { path };
        assert!(Command::new("mkfifo").args(["-m", "666"]).arg(gate.pipe()).status().unwrap().success());
        std::fs::write(gate.open_file(), "").unwrap();
        give_like(&gate.open_file(), like).unwrap();
        gate.set(&gate.open_file());
        gate
    }

    fn pipe(&self) -> PathBuf {
        self.path.with_extension("pipe")
    }

    fn open_file(&self) -> PathBuf {
        self.path.with_extension("open")
    }

    fn set(&self, to: &Path) {
        let aside = self.path.with_extension("aside");
        std::os::unix::fs::symlink(to, &aside).unwrap();
        std::fs::rename(&aside, &self.path).unwrap();
    }

    /// Whoever waits is held as long as the value is.
    fn held(&self) -> Option<File> {
        let flags = OFlags::NONBLOCK.bits().try_into().expect("a flag");
        OpenOptions::new().write(true).custom_flags(flags).open(self.pipe()).ok()
    }
}

/// Gates before each start of a server, and before each look at the old cluster's control file.
pub(super) struct Gates {
    start: Gate,
    control: Gate,
    /// The old version's programs.
    pub(super) bin: PathBuf,
}

impl Gates {
    pub(super) fn of(one: &Upgrading) -> Self {
        let data = one.cluster.data();
        let start = Gate::new(data.with_file_name("start"), &data);
        let control = Gate::new(data.with_file_name("control"), &data);
        let file = data.join("postgresql.conf");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}\ninclude '{}'\n", start.path.display())).unwrap();
        let real = one.cluster.programs(&data).bin.clone();
        let script = format!("cat '{}' >/dev/null", control.path.display());
        let bin = wrapped(&real, &data.with_file_name("bin"), "pg_controldata", &script, "");
        Self { start, control, bin }
    }

    /// Everybody goes through.
    pub(super) fn open(&self) {
        for gate in [&self.start, &self.control] {
            gate.set(&gate.open_file());
        }
    }

    pub(super) fn close(&self) {
        for gate in [&self.start, &self.control] {
            gate.set(&gate.pipe());
        }
    }

    /// Lets `child` through one gate after the other until the journal says `step`, and then holds it.
    pub(super) fn wait_for(&self, one: &Upgrading, child: &mut Child, step: Step) -> File {
        let begun = Instant::now();
        loop {
            for gate in [&self.start, &self.control] {
                if let Some(held) = gate.held() {
                    if one.step() == Some(step) {
                        return held;
                    }
                    drop(held);
                }
            }
            let ended = child.try_wait().expect("a child");
            if ended.is_some() || begun.elapsed() > LONGEST {
                let _ = child.kill();
                let mut said = String::new();
                if let Some(mut stderr) = child.stderr.take() {
                    let _ = std::io::Read::read_to_string(&mut stderr, &mut said);
                }
                panic!("it did not wait at {step:?}: {said}");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets everybody through that a killed run has left, until the last of them has ended.
    pub(super) fn drain(&self, one: &Upgrading) {
        self.open();
        let lock = File::open(one.site().work.join("lock")).unwrap();
        let begun = Instant::now();
        loop {
            drop((self.start.held(), self.control.held()));
            if lock.try_lock().is_ok() {
                return;
            }
            assert!(begun.elapsed() < LONGEST, "somebody holds the lock");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The folder `to` with all programs of `real`, but that `name` does `before` first and `after` last, where it went well.
pub(super) fn wrapped(real: &Path, to: &Path, name: &str, before: &str, after: &str) -> PathBuf {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(real).unwrap().flatten() {
        std::os::unix::fs::symlink(entry.path(), to.join(entry.file_name())).unwrap();
    }
    let path = to.join(name);
    std::fs::remove_file(&path).unwrap();
    let script = format!("#!/bin/sh\n{before}\n'{}' \"$@\" || exit\n{after}\n", real.join(name).display());
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    to.canonicalize().unwrap()
}

impl Upgrading {
    /// `upgrade run` by the gates' programs, with `more` words.
    pub(super) fn gated(&mut self, gates: &Gates, words: &[&str]) -> Child {
        let bin = gates.bin.display().to_string();
        let words: Vec<&str> = match words {
            ["run", ..] => [words, &["--bin", &bin]].concat(),
            _ => words.to_vec(),
        };
        let args = self.args(&words);
        let child = self.cli.args(args).command().spawn().expect("the command starts");
        self.cli.args::<String>([]);
        child
    }

    /// Starts the command and kills it outright while it is at `step`.
    pub(super) fn killed_at(&mut self, gates: &Gates, words: &[&str], step: Step) {
        gates.close();
        let mut child = self.gated(gates, words);
        let held = gates.wait_for(self, &mut child, step);
        child.kill().expect("the command can be killed");
        child.wait().expect("its end");
        if step == Step::Surveying {
            // A server that was being started takes as long as it takes, and must not be left running then.
            std::thread::sleep(Duration::from_secs(3));
        }
        drop(held);
        gates.drain(self);
        assert_eq!(self.step(), Some(step));
        let aside = self.site().aside();
        for folder in [&self.cluster.data(), &aside] {
            let runs = mainstay::cluster::at(folder).is_ok_and(|found| found.running().is_some());
            let own = *folder != aside && matches!(step, Step::Preparing | Step::Swapped | Step::RollingBack);
            assert!(!runs || own, "{step:?}: a server was left running on {}", folder.display());
        }
    }
}

/// The programs of 18 with another pg_upgrade.
pub(super) fn with_pg_upgrade(one: &Upgrading, after: &str) -> PathBuf {
    wrapped(&programs_of(18).bin, &one.cluster.data().with_file_name("bin18"), "pg_upgrade", "", after)
}
