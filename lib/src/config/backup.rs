//! `[backup]`: where backups lie, how they are written, and which are kept.

use std::path::PathBuf;

use super::section::Section;
use crate::error::Result;

/// `[backup]`
#[derive(Clone, Debug, PartialEq)]
pub struct BackupConfig {
    /// Where copies and backups lie: a folder, relative to `mainstay.toml`, or `s3://BUCKET/PREFIX`.
    pub to: String,
    /// How rows are compressed, `zstd:3`; the best that pg_restore reads where nothing is said.
    pub compress: Option<String>,
    /// The public keys to encrypt to, `age1…`; none for no encryption.
    pub encrypt: Vec<String>,
    /// The file with the secret key that opens them, relative to `mainstay.toml`; where backups are only taken it need not be there.
    pub identity: Option<PathBuf>,
    /// Which backups are kept when they are pruned.
    pub keep: Keep,
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
        Self { to: "backups".into(), compress: None, encrypt: Vec::new(), identity: None, keep: Keep::default() }
    }
}

impl BackupConfig {
    pub(super) fn read(section: Section<'_>) -> Result<Self> {
        let backup = Self {
            to: section.string("to")?.unwrap_or(Self::default().to),
            compress: section.checked("compress", "none, gzip:1 to gzip:9, or zstd:1 to zstd:19", is_codec)?,
            encrypt: section.public_keys("encrypt")?,
            identity: section.key_file("identity")?,
            keep: keep(section.section("keep")?)?,
        };
        section.finish()?;
        Ok(backup)
    }
}

fn keep(section: Section<'_>) -> Result<Keep> {
    let count = |key| section.count(key).map(|count| count.map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX)));
    let keep = Keep {
        last: count("last")?,
        hourly: count("hourly")?,
        daily: count("daily")?,
        weekly: count("weekly")?,
        monthly: count("monthly")?,
        yearly: count("yearly")?,
    };
    section.finish()?;
    Ok(keep)
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
