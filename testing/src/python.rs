//! Alembic and Django, as `cargo xtask test` installs them.

use std::path::PathBuf;

/// The variable that names their virtual environment.
const VARIABLE: &str = "MAINSTAY_PYTHON_PEERS";

/// The folder of their programs: `alembic`, `python`, `django-admin`.
///
/// # Panics
/// The tests were started without them: the message is the line to type.
pub fn python_peers() -> PathBuf {
    match std::env::var_os(VARIABLE) {
        Some(folder) => PathBuf::from(folder).join("bin"),
        None => panic!("this test needs Alembic and Django; they come with: cargo xtask test (it sets {VARIABLE})"),
    }
}
