//! Nothing is left behind: not even when the owner of a private server is killed outright.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::error::{Error, Result};

/// Waits for the end of its input, which comes when its owner lets go or dies; then stops the server at once and removes
/// everything. A process counts as the server only while it works in the data folder: numbers are used again. Without
/// `private.conf` an orphaned initdb may still be writing: it is given the time to end.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
# Whoever started us may have another PATH, or none.
PATH="${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin"
cat >/dev/null
stop() {
    pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) || return
    [ -n "$pid" ] || return
    if [ -d /proc/self ] && [ "$(readlink "/proc/$pid/cwd")" != "$1/data" ]; then return; fi
    kill -QUIT "$pid" 2>/dev/null
    tries=0
    while [ -e "$1/data/postmaster.pid" ] && kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null
}
[ -d "$1" ] || exit 0
stop "$1"
[ -e "$1/data/private.conf" ] || sleep 2
rm -rf "$1" || { sleep 0.5; rm -rf "$1"; }
"#;

/// A process of its own that outlives us by a moment and cleans a server's folder.
#[derive(Debug)]
pub struct Guardian {
    child: Child,
}

impl Guardian {
    /// Watches over the private server whose everything is in `root`.
    ///
    /// # Errors
    /// There is no `sh`.
    pub fn watch(root: &Path) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        let root = std::fs::canonicalize(root).map_err(|e| Error::io("find", root, e))?;
        let child = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "guardian"])
            .arg(&root)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| Error::io("start", Path::new("/bin/sh"), e))?;
        Ok(Self { child })
    }
}

impl Drop for Guardian {
    /// Lets it do its work and waits for that: less than a second.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
