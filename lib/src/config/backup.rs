//! `[backup]`: where backups lie, how they are written, and which are kept.

use std::path::PathBuf;
use std::time::Duration;

use super::CommandLine;
use super::section::Section;
use crate::error::Result;

/// Older backups than this are no backups: ten years.
const LONGEST_AGE: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Longer waits for a hook than this are slips of the pen.
const LONGEST_HOOK: Duration = Duration::from_secs(86_401);

/// `[backup]`
#[derive(Clone, Debug, PartialEq)]
pub struct BackupConfig {
    /// Where backups lie: a folder, relative to `mainstay.toml`, or `s3://BUCKET/PREFIX`.
    pub to: Option<String>,
    /// How rows are compressed, `zstd:3`; the best that pg_restore reads where nothing is said.
    pub compress: Option<String>,
    /// The public keys to encrypt to, `age1…`; none for no encryption.
    pub encrypt: Vec<String>,
    /// The file with the secret key that opens them, relative to `mainstay.toml`; where backups are only taken it need not be
    /// there.
    pub identity: Option<PathBuf>,
    /// Which backups are kept when they are pruned.
    pub keep: Keep,
    /// Which safety copies are kept, those files that lie beside backups or where there are none.
    pub copies: Keep,
    /// How old the newest backup may be.
    pub stale: Duration,
    /// How old the newest one that is proven may be; without limit where nothing is said.
    pub stale_proof: Option<Duration>,
    /// What is run after a backup was taken, verified or drilled with success.
    pub on_success: Option<CommandLine>,
    /// What is run after that failed.
    pub on_failure: Option<CommandLine>,
    /// How long such a command may take.
    pub hook_timeout: Duration,
    /// The file for Prometheus, relative to `mainstay.toml`.
    pub metrics: Option<String>,
}

/// `[backup] keep`: of how many spans of time the newest backup is kept. A backup may be kept by several rules; a zero is no
/// rule, and without any rule all are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Keep {
    /// The newest ones, whenever they were taken.
    pub last: u32,
    /// Hours.
    pub hourly: u32,
    /// Days.
    pub daily: u32,
    /// Weeks, which begin on Monday.
    pub weekly: u32,
    /// Months.
    pub monthly: u32,
    /// Years.
    pub yearly: u32,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            to: None,
            compress: None,
            encrypt: Vec::new(),
            identity: None,
            keep: Keep::default(),
            copies: Keep { last: 5, daily: 7, weekly: 4, ..Keep::default() },
            stale: Duration::from_secs(36 * 3600),
            stale_proof: None,
            on_success: None,
            on_failure: None,
            hook_timeout: Duration::from_secs(60),
            metrics: None,
        }
    }
}

impl BackupConfig {
    /// Where backups lie: as configured, else the folder `backups`.
    pub fn place(&self) -> &str {
        self.to.as_deref().unwrap_or("backups")
    }

    pub(super) fn read(section: Section<'_>) -> Result<Self> {
        let default = Self::default();
        let moment = Duration::from_millis(1);
        let backup = Self {
            to: section.string("to")?,
            compress: section.checked("compress", "none, gzip:1 to gzip:9, or zstd:1 to zstd:19", is_codec)?,
            encrypt: section.public_keys("encrypt")?,
            identity: section.key_file("identity")?,
            keep: keep(section.section("keep")?)?.unwrap_or(default.keep),
            copies: keep(section.section("copies")?)?.unwrap_or(default.copies),
            stale: section.duration("stale", moment..LONGEST_AGE)?.unwrap_or(default.stale),
            stale_proof: section.duration("stale_proof", moment..LONGEST_AGE)?,
            on_success: section.command_line("on_success", &[])?,
            on_failure: section.command_line("on_failure", &[])?,
            hook_timeout: section.duration("hook_timeout", moment..LONGEST_HOOK)?.unwrap_or(default.hook_timeout),
            metrics: section.checked("metrics", "a file whose name ends in .prom", |file| file.ends_with(".prom"))?,
        };
        section.finish()?;
        Ok(backup)
    }
}

/// `None` where the file says nothing of it.
fn keep(section: Section<'_>) -> Result<Option<Keep>> {
    let count = |key| section.count(key).map(|count| count.map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX)));
    let keep = Keep {
        last: count("last")?,
        hourly: count("hourly")?,
        daily: count("daily")?,
        weekly: count("weekly")?,
        monthly: count("monthly")?,
        yearly: count("yearly")?,
    };
    let said = section.is_there();
    section.finish()?;
    Ok(said.then_some(keep))
}

/// Whether a compression is called so.
fn is_codec(text: &str) -> bool {
    let (name, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
    let up_to = |highest: u8| level.is_none_or(|level| level.parse().is_ok_and(|level| (1..=highest).contains(&level)));
    match name {
        "none" => level.is_none(),
        "gzip" => up_to(9),
        "zstd" => up_to(19),
        _ => false,
    }
}
