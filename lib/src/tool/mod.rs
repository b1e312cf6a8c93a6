//! The only place that builds and starts external programs.

#[cfg(feature = "postgres")]
mod bridge;
#[cfg(feature = "postgres")]
mod cluster;
#[cfg(feature = "postgres")]
mod dump_stream;
#[cfg(feature = "postgres")]
mod find;
mod guarded;
#[cfg(feature = "postgres")]
mod guardian;
mod handed;
mod heard;
mod hook;
#[cfg(feature = "postgres")]
mod libpq;
#[cfg(feature = "postgres")]
mod owner;
#[cfg(feature = "postgres")]
mod pg_dump;
#[cfg(feature = "postgres")]
mod process;
#[cfg(feature = "postgres")]
mod psql;
mod runner;
#[cfg(feature = "postgres")]
mod schema_dump;
#[cfg(feature = "postgres")]
mod server;
#[cfg(feature = "postgres")]
mod upgrade;
mod via;
#[cfg(feature = "postgres")]
mod watch;

#[cfg(feature = "postgres")]
pub use cluster::{DebianCluster, debian_clusters, setting_of};
#[cfg(feature = "postgres")]
pub use dump_stream::dump_plain;
#[cfg(feature = "postgres")]
pub use find::{Binaries, binaries_in, find_binaries};
pub use guarded::{Guarded, Program, Signal};
#[cfg(feature = "postgres")]
pub use guardian::Guardian;
pub use hook::Hooks;
#[cfg(feature = "postgres")]
pub use pg_dump::{PgDump, dump_custom, dump_schema, dump_statements, restore_custom, verify_custom};
#[cfg(feature = "postgres")]
pub use psql::psql;
pub use runner::Workshop;
#[cfg(feature = "postgres")]
pub use schema_dump::{SchemaDump, dump_toc, knows_zstd};
#[cfg(feature = "postgres")]
pub use server::{ServerFolder, check_socket_length, init_server, start_server, stop_server};
#[cfg(feature = "postgres")]
pub use upgrade::{Keeper, MajorUpgrade, debian_control, give_like, way_is_open};
pub use via::ViaDial;
#[cfg(feature = "postgres")]
pub use watch::Watch;
