//! The only place that builds and starts external programs.

mod find;
mod pg_dump;
mod process;
mod server;
mod via;

pub use find::{Binaries, find_binaries};
pub use pg_dump::{PgDump, dump_custom, verify_custom};
pub use server::{ServerFolder, init_server, start_server, stop_server};
pub use via::ViaDial;
