//! The machine that a server runs on: looked at where it is this one, else as the user says.

use std::path::Path;

use serde::Serialize;

use super::ground::Disk;
use super::now::Now;
use crate::cluster;
use crate::disk::{Allowance, Hardware, free_bytes};
use crate::error::{Error, ErrorKind, Result};

/// What the user says of it; what is not said is looked at.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Its memory in bytes.
    pub memory: Option<u64>,
    /// Its processors.
    pub processors: Option<u64>,
    /// The disk below the server's data.
    pub disk: Option<Disk>,
    /// The part of the memory that is PostgreSQL's, in percent.
    pub share: Option<u8>,
}

/// A machine, each thing with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// It is this one.
    pub here: bool,
    /// Its memory in bytes, all of it.
    pub memory: u64,
    /// Where that is written.
    pub memory_from: String,
    /// The part of it that is PostgreSQL's, in percent.
    pub share: u8,
    /// Its processors.
    pub processors: u64,
    /// Where that is written.
    pub processors_from: String,
    /// The disk below the server's data.
    pub disk: Disk,
    /// How that is known.
    pub disk_from: String,
    /// Bytes that are free there.
    pub free_disk: Option<u64>,
    /// The command that restarts the server, where that is known.
    pub restart: Option<String>,
    /// The largest segment of System V memory that the kernel gives, in bytes; only where that is asked for.
    pub shmmax: Option<u64>,
}

/// Of a machine that the service itself runs on too.
const HALF: u8 = 50;

const TOLD: &str = "as you say";

impl Machine {
    /// The machine that the server of `now` runs on.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it is another one, and its memory or its processors were not told.
    pub(super) fn find(hardware: &Hardware, now: &Now, told: &Told) -> Result<Self> {
        let here = is_here(hardware, now);
        let memory = told_or(told.memory, || here.then(|| hardware.memory(now.pid)).flatten());
        let processors = told_or(told.processors, || here.then(|| hardware.processors(now.pid)).flatten());
        let (Some(memory), Some(processors)) = (memory, processors) else {
            return Err(Error::new(
                ErrorKind::Refused,
                "the server is on another machine, whose memory nobody here can see",
            )
            .hint("say what it has: mainstay tune plan --memory 8GB --processors 4 --disk ssd"));
        };
        let data = now.data.as_deref().filter(|_| here);
        let (disk, disk_from) = disk(hardware, data, told);
        // In a control group of its own the server shares with nobody; one that we are in too has others in it.
        let ours = hardware.memory(std::process::id()).is_some_and(|ours| ours.from.display().to_string() == memory.1);
        let share = told.share.unwrap_or(if memory.2 && !ours { 100 } else { HALF });
        Ok(Self {
            here,
            memory: memory.0,
            memory_from: memory.1,
            share,
            processors: processors.0,
            processors_from: processors.1,
            disk,
            disk_from,
            free_disk: data.and_then(free_bytes),
            restart: data.map(restart),
            shmmax: here.then(|| hardware.kernel("shmmax")).flatten(),
        })
    }

    /// The memory that is PostgreSQL's.
    pub fn own_memory(&self) -> u64 {
        self.memory.saturating_mul(u64::from(self.share)) / 100
    }
}

/// The amount, where it is from, and whether it is a control group's limit.
fn told_or(told: Option<u64>, look: impl FnOnce() -> Option<Allowance>) -> Option<(u64, String, bool)> {
    match told {
        Some(amount) => Some((amount, TOLD.to_owned(), false)),
        None => look().map(|found| (found.amount, found.from.display().to_string(), found.limited)),
    }
}

/// Whether the process that serves us is one of this machine: the numbers of other machines and containers mean others.
fn is_here(hardware: &Hardware, now: &Now) -> bool {
    let title = hardware.command_line(now.pid).map(|title| title + " ");
    title.is_some_and(|title| title.starts_with("postgres") && title.contains(&now.whose))
}

/// What restarts the server of this data folder.
fn restart(data: &Path) -> String {
    match cluster::at(data).ok().and_then(|cluster| cluster.unit) {
        Some(unit) => format!("systemctl restart {unit}"),
        None => format!("pg_ctl restart -D {}", data.display()),
    }
}

fn disk(hardware: &Hardware, data: Option<&Path>, told: &Told) -> (Disk, String) {
    match (told.disk, data.and_then(|data| hardware.turns(data))) {
        (Some(disk), _) => (disk, TOLD.to_owned()),
        (None, Some(true)) => (Disk::Hdd, "as the kernel says".to_owned()),
        (None, Some(false)) => (Disk::Ssd, "as the kernel says".to_owned()),
        (None, None) => (Disk::Ssd, "nobody knows: for a disk that turns say --disk hdd".to_owned()),
    }
}
