//! The built command `mainstay`, for tests outside its own package.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The command `mainstay` as this working copy has it: cargo builds it where it is missing, or older than its sources, as when
/// a service's tests are run alone.
///
/// # Panics
/// It does not build.
pub fn mainstay() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the working copy");
        // Tests run in `target/<profile>/deps`.
        let own = std::env::current_exe().expect("this program's path");
        let command = own.parent().and_then(Path::parent).expect("a target folder").join("mainstay");
        let built = changed(&command);
        let newest = ["lib/src", "cli/src"].iter().map(|folder| newest(&root.join(folder))).max().flatten();
        if built.is_none() || built < newest {
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            let status = cargo.args(["build", "--package", "mainstay-cli"]).current_dir(root).status();
            assert!(status.is_ok_and(|status| status.success()), "the command `mainstay` does not build");
        }
        command
    })
}

/// When a file was last changed; `None` where it is not there.
fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|about| about.modified()).ok()
}

/// When the newest file under `folder` was changed.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter_map(|path| if path.is_dir() { newest(&path) } else { changed(&path) }).max()
}
