//! `[tune]`: what the server's settings are to follow from.

use crate::error::Result;

use super::section::Section;
use super::size::parse_memory;

/// `[tune]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TuneConfig {
    /// `web`, `oltp`, `dw`, `desktop` or `mixed`.
    pub profile: Option<String>,
    /// The machine's memory in bytes, where it is not to be looked at.
    pub memory: Option<u64>,
    /// The part of it that is PostgreSQL's, in percent.
    pub share: Option<u8>,
}

impl TuneConfig {
    pub(super) fn read(section: Section<'_>) -> Result<Self> {
        let profile = section.choice("profile", &["web", "oltp", "dw", "desktop", "mixed"])?;
        let memory = section.checked("memory", "the machine's memory as PostgreSQL writes it: \"8GB\"", |text| {
            parse_memory(text).is_some()
        })?;
        let tune = Self {
            profile: profile.map(str::to_owned),
            memory: memory.and_then(|text| parse_memory(&text)),
            share: section.percent("share")?,
        };
        section.finish()?;
        Ok(tune)
    }
}
