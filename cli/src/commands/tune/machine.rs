//! What a user says of the machine and of the server's work, where nobody can look or another value is wanted.

use clap::{Args, ValueEnum};
use mainstay::config;
use mainstay::tune::{Disk, Profile, Told, Wanted};

/// The machine and what the server is for.
#[derive(Args, Clone)]
pub struct MachineArgs {
    /// What the server is for [default: [tune] profile, else web]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<For>,

    /// The machine's memory, 8GB [default: [tune] memory, else what the server's control group or the machine has]
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    memory: Option<u64>,

    /// The part of it that is PostgreSQL's, 50% [default: [tune] share, else half, and all in a container of its own]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    share: Option<u8>,

    /// The processors that it can use
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    processors: Option<u64>,

    /// The disk below its data
    #[arg(long, value_name = "KIND")]
    disk: Option<Kind>,

    /// So many connections; as many as now otherwise
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    connections: Option<u64>,

    /// Lower what somebody has set higher, too
    #[arg(long)]
    lower: bool,
}

/// What a server is for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum For {
    /// Many short queries, little written
    Web,
    /// Many short queries, much written
    Oltp,
    /// Few long queries over many rows
    Dw,
    /// A developer's own machine
    Desktop,
    /// Short and long queries together
    Mixed,
}

/// A kind of disk.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// It does not turn
    Ssd,
    /// It turns
    Hdd,
}

impl MachineArgs {
    /// What is said of the machine, and what is wanted of the server.
    pub fn read(&self) -> (Told, Wanted) {
        let disk = self.disk.map(|kind| match kind {
            Kind::Ssd => Disk::Ssd,
            Kind::Hdd => Disk::Hdd,
        });
        let profile = self.profile.map(|one| match one {
            For::Web => Profile::Web,
            For::Oltp => Profile::Oltp,
            For::Dw => Profile::Dw,
            For::Desktop => Profile::Desktop,
            For::Mixed => Profile::Mixed,
        });
        let told = Told { memory: self.memory, processors: self.processors, disk, share: self.share };
        (told, Wanted { profile, connections: self.connections, lower: self.lower })
    }
}

fn memory(text: &str) -> Result<u64, String> {
    config::parse_memory(text).ok_or_else(|| "write it as PostgreSQL does: 8GB, 512MB".to_owned())
}

fn percent(text: &str) -> Result<u8, String> {
    let number = text.trim_end_matches('%').parse().ok().filter(|number| (1..=100).contains(number));
    number.ok_or_else(|| "write a part of the memory: 1% to 100%".to_owned())
}
