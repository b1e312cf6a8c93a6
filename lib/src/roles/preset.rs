//! What a role is for.

use serde::{Deserialize, Serialize};

/// From this version on one predefined role reads everything.
const READ_ALL_DATA: u32 = 140_000;

/// What a role is for, which says what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// A login that acts as the owner of the service's objects.
    Owner,
    /// What a service logs in as: reads and writes rows.
    App,
    /// Only reads.
    Reader,
    /// Looks at the server's statistics, settings and sessions.
    Monitor,
    /// Reads whatever a backup must have.
    Backup,
}

impl Preset {
    /// Every preset there is.
    pub const ALL: [Preset; 5] = [Preset::Owner, Preset::App, Preset::Reader, Preset::Monitor, Preset::Backup];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::App => "app",
            Self::Reader => "reader",
            Self::Monitor => "monitor",
            Self::Backup => "backup",
        }
    }

    /// The end of "create role x, which …".
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Owner => "which acts as the owner",
            Self::App => "which reads and writes rows",
            Self::Reader => "which only reads",
            Self::Monitor => "which watches the server",
            Self::Backup => "which takes backups",
        }
    }

    /// Whether it is given every table, and then whether it writes to them.
    pub(super) fn writes(self, version: u32) -> Option<bool> {
        match self {
            Self::App => Some(true),
            Self::Reader => Some(false),
            Self::Backup if version < READ_ALL_DATA => Some(false),
            Self::Owner | Self::Monitor | Self::Backup => None,
        }
    }

    /// The role that it is made a member of, `owner` being the service's.
    pub(super) fn group(self, owner: &str, version: u32) -> Option<&str> {
        match self {
            Self::Owner => Some(owner),
            Self::Monitor => Some("pg_monitor"),
            Self::Backup if version >= READ_ALL_DATA => Some("pg_read_all_data"),
            Self::App | Self::Reader | Self::Backup => None,
        }
    }
}
