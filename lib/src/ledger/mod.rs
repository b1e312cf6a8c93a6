//! Mainstay's own tables in the service's database: `migration` (which migrations it has had), `journal` (who did
//! what when) and `setting` (format version, environment marker).
//!
//! PostgreSQL keeps them in the schema `mainstay`; SQLite, which has no schemas, under the prefix `mainstay_`.
//! The format is described in `docs/reference/ledger.md`; its number is [`FORMAT`].

mod checksums;
mod journal;
mod line;
mod missing;
mod production;
mod tables;

use journal::journal_end;

pub use checksums::{checksums_query, remember_checksum};
pub use journal::{Entry, journal_insert, journal_query};
pub use line::Line;
pub use missing::missing;
pub use production::{is_marked, is_production, marker};
pub use tables::{create, drop_setting, environment, has_ledger_query, owns, set_setting, setting_query, table};

/// Version of the tables' layout, kept in `setting` under `format`. A database with a higher number is refused:
/// a newer Mainstay has been at work there.
pub const FORMAT: u32 = 1;

/// This tool's version as the ledger records it.
pub const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");
