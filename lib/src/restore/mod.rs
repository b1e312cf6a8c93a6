//! Restoring: an archive of ours, or what pg_dump has written, becomes a database again.
//!
//! [`plan`] asks the server first and names all that is missing; [`restore`] then makes the objects in order, loads rows on
//! several sessions, builds indexes and constraints side by side, and reads every table again to compare it with what was sent.
//! All of that happens in a scratch database, which gets its name at the very end.

mod archive;
mod attributes;
mod backup;
mod birth;
mod blocks;
mod check;
mod clean;
mod copy;
mod course;
mod crew;
mod decide;
mod decision;
mod decoded;
mod existing;
mod file;
mod fill;
mod lacking;
mod large_objects;
mod lent;
mod live;
mod making;
mod object;
mod options;
mod outside;
mod perform;
mod plain;
mod reach;
mod restored;
mod roles;
mod room;
mod rows;
mod run;
mod schedule;
mod script;
mod select;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;
mod swap;
mod text;
mod transcode;
mod trial;
mod work;
mod world;

pub use archive::Archive;
pub use backup::Backup;
pub use birth::Birth;
pub use decision::RestorePlan;
pub use live::{By, Copied, CopyPlan, Desk, LIVE, copy, new_name, plan_copy};
pub use making::{make_roles, strangers};
pub use options::{Asks, Consent, Options, Way};
pub use plain::Plain;
pub use reach::{Servers, maker_version};
pub use restored::Restored;
pub use roles::Owners;
pub use run::{plan, restore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteBackup, check_new_file, plan_sqlite, restore_sqlite};
pub use trial::{Tried, try_out};
