//! What this machine leaves a process: memory and processors as its control groups have it, and what is below a folder.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How much there is, and where that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Bytes, or processors.
    pub amount: u64,
    /// The file that says so.
    pub from: PathBuf,
    /// It is a control group's limit, not what the machine has.
    pub limited: bool,
}

/// The files below `/proc` and `/sys`.
pub struct Hardware {
    root: PathBuf,
}

/// The two generations of control groups name their files differently.
struct Group {
    controller: &'static str,
    folder: &'static str,
}

const UNIFIED: Group = Group { controller: "", folder: "sys/fs/cgroup" };

impl Hardware {
    /// Those of the machine where `root` is `/`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// How the process `pid` is called, with its arguments; `None` where there is none.
    pub fn command_line(&self, pid: u32) -> Option<String> {
        let bytes = std::fs::read(self.root.join(format!("proc/{pid}/cmdline"))).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace('\0', " ").trim_end().to_owned())
    }

    /// The memory that the process `pid` can have, in bytes.
    pub fn memory(&self, pid: u32) -> Option<Allowance> {
        let from = self.root.join("proc/meminfo");
        let text = std::fs::read_to_string(&from).ok()?;
        let kilobytes: u64 =
            text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.split_whitespace().next()?.parse().ok()?;
        let all = Allowance { amount: kilobytes * 1024, from, limited: false };
        let first = Group { controller: "memory", folder: "sys/fs/cgroup/memory" };
        let files = [(UNIFIED, "memory.max"), (first, "memory.limit_in_bytes")];
        Some(self.least(pid, all, &files, |file| std::fs::read_to_string(file).ok()?.trim().parse().ok()))
    }

    /// The processors that the process `pid` can use.
    pub fn processors(&self, pid: u32) -> Option<Allowance> {
        let from = self.root.join("proc/cpuinfo");
        let text = std::fs::read_to_string(&from).ok()?;
        let count = text.lines().filter(|line| line.starts_with("processor")).count() as u64;
        let mut all = Allowance { amount: count.max(1), from, limited: false };
        let status = self.root.join(format!("proc/{pid}/status"));
        let allowed = std::fs::read_to_string(&status).ok();
        let allowed =
            allowed.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")));
        if let Some(amount) = allowed.map(listed).filter(|amount| (1..all.amount).contains(amount)) {
            all = Allowance { amount, from: status, limited: true };
        }
        let first = Group { controller: "cpu", folder: "sys/fs/cgroup/cpu" };
        Some(self.least(pid, all, &[(UNIFIED, "cpu.max"), (first, "cpu.cfs_quota_us")], quota))
    }

    /// What is least of `all` and the limits of the groups that `pid` is in, and of those around them.
    fn least(
        &self,
        pid: u32,
        all: Allowance,
        files: &[(Group, &str)],
        read: impl Fn(&Path) -> Option<u64>,
    ) -> Allowance {
        let groups = std::fs::read_to_string(self.root.join(format!("proc/{pid}/cgroup"))).unwrap_or_default();
        let mut least = all;
        for (group, name) in files {
            let Some(own) = groups.lines().find_map(|line| group.path(line)) else { continue };
            let top = self.root.join(group.folder);
            // Seen from inside a container the path may begin outside of it: then the top is the container's own.
            for folder in top.join(own.trim_start_matches('/')).ancestors().take_while(|at| at.starts_with(&top)) {
                let from = folder.join(name);
                if let Some(amount) = read(&from).filter(|amount| *amount < least.amount) {
                    least = Allowance { amount, from, limited: true };
                }
            }
        }
        least
    }

    /// Whether the disk below `folder` turns; `None` where that cannot be told.
    pub fn turns(&self, folder: &Path) -> Option<bool> {
        let device = std::fs::metadata(folder).ok()?.dev();
        let number = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
        let block = self.root.join("sys/dev/block").join(number);
        // A partition's queue is that of its disk.
        let queue = ["queue/rotational", "../queue/rotational"].map(|file| block.join(file));
        let said = queue.iter().find_map(|file| std::fs::read_to_string(file).ok())?;
        Some(said.trim() == "1")
    }

    /// A number of the kernel's: `shmmax`.
    pub fn kernel(&self, name: &str) -> Option<u64> {
        std::fs::read_to_string(self.root.join("proc/sys/kernel").join(name)).ok()?.trim().parse().ok()
    }
}

impl Group {
    /// The path in a line of `/proc/PID/cgroup`, `4:memory:/docker/1` or `0::/system.slice`, where it is of this generation.
    fn path<'l>(&self, line: &'l str) -> Option<&'l str> {
        let mut fields = line.splitn(3, ':');
        let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let fits = match self.controller {
            "" => number == "0" && controllers.is_empty(),
            name => controllers.split(',').any(|one| one == name),
        };
        fits.then_some(path)
    }
}

/// How many numbers a list such as `0-3,8` has.
fn listed(list: &str) -> u64 {
    let one = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(to.trim().parse::<u64>().ok()?.checked_sub(from.trim().parse().ok()?)? + 1)
    };
    list.split(',').filter_map(one).sum()
}

/// Whole processors, at least one: `150000 100000` in one file, or the period in a file beside the quota's.
fn quota(file: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut words = text.split_whitespace();
    let quota: u64 = words.next()?.parse().ok()?;
    let period: u64 = match words.next() {
        Some(period) => period.parse().ok()?,
        None => std::fs::read_to_string(file.with_file_name("cpu.cfs_period_us")).ok()?.trim().parse().ok()?,
    };
    (period > 0).then(|| quota.div_ceil(period).max(1))
}

/// Bytes that are free below `folder` for whoever is no superuser.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    Some(about.f_bavail.saturating_mul(about.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine of 16 GB and four processors with these files besides.
    fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, Hardware) {
        let folder = tempfile::tempdir().unwrap();
        let own = [
            ("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n"),
            ("proc/cpuinfo", "processor\t: 0\n\nprocessor\t: 1\nprocessor\t: 2\nprocessor\t: 3\n"),
        ];
        for (name, text) in own.iter().chain(files) {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let hardware = Hardware::at(folder.path());
        (folder, hardware)
    }

    fn check(files: &[(&str, &str)], gigabytes: u64, processors: u64, limited: [bool; 2]) {
        let (_folder, hardware) = machine(files);
        let (memory, cores) = (hardware.memory(7).unwrap(), hardware.processors(7).unwrap());
        assert_eq!((memory.amount >> 30, cores.amount), (gigabytes, processors), "{files:?}");
        assert_eq!([memory.limited, cores.limited], limited, "{files:?}");
    }

    #[test]
    fn a_machine_without_groups_has_what_it_has() {
        check(&[], 16, 4, [false, false]);
        check(
            &[("proc/7/cgroup", "0::/user.slice\n"), ("sys/fs/cgroup/user.slice/memory.max", "max\n")],
            16,
            4,
            [false, false],
        );
    }

    #[test]
    fn the_narrowest_group_around_a_process_counts() {
        let own = ("proc/7/cgroup", "0::/system.slice/postgresql.service\n");
        let outer = ("sys/fs/cgroup/system.slice/memory.max", "4294967296\n");
        let inner = ("sys/fs/cgroup/system.slice/postgresql.service/memory.max", "8589934592\n");
        let cores = ("sys/fs/cgroup/system.slice/postgresql.service/cpu.max", "150000 100000\n");
        check(&[own, outer, inner, cores], 4, 2, [true, true]);
        // Inside a container the path leads outside of what is there.
        check(&[("proc/7/cgroup", "0::/docker/1\n"), ("sys/fs/cgroup/memory.max", "2147483648")], 2, 4, [true, false]);
    }

    #[test]
    fn processors_that_a_process_may_not_use_do_not_count() {
        check(&[("proc/7/status", "Name:\tpostgres\nCpus_allowed_list:\t0,2-3\n")], 16, 3, [false, true]);
        check(&[("proc/7/status", "Cpus_allowed_list:\t0-63\n")], 16, 4, [false, false]);
    }

    #[test]
    fn groups_of_the_first_generation_count_too() {
        let own = ("proc/7/cgroup", "11:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n1:name=systemd:/\n");
        let memory = ("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "1073741824\n");
        let unlimited = ("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "9223372036854771712\n");
        let quota = ("sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "50000\n");
        let none = ("sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "-1\n");
        let period = ("sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "100000\n");
        check(&[own, memory, quota, period], 1, 1, [true, true]);
        check(&[own, unlimited, none, period], 16, 4, [false, false]);
    }
}
