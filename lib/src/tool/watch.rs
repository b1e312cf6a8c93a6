//! Private servers on clusters that are not ours end with us: one that was left behind would keep the cluster's own from starting.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::error::{Error, Result};

/// Waits for the end of its input, which comes when its owner lets go or dies; then stops what runs on the data folders with the
/// private hba file, in order where that works. Where processes can be looked at, a server that is only being started, and whoever
/// starts it, is told to end too, however long it takes: it has no number in its folder yet. Its standard output is the lock, held
/// as long as it is at work.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
PATH="${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin"
hba=$1
shift
cat >/dev/null
begun() {
    printf '%s\n' "hba_file=$hba" | grep -l -s -a -F -f - /proc/[0-9]*/cmdline | sed -n 's,^/proc/\([0-9]*\)/cmdline$,\1,p'
}
tries=0
waited=0
while [ "$tries" -lt 20 ]; do
    for data in "$@"; do
        [ -e "$data/postmaster.pid" ] || continue
        grep -q -F "hba_file=$hba" "$data/postmaster.opts" 2>/dev/null || continue
        pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null)
        [ -n "$pid" ] || continue
        if [ -d /proc/self ] && [ "$(readlink "/proc/$pid/cwd")" != "$data" ]; then continue; fi
        kill -INT "$pid" 2>/dev/null || continue
        waited=0
        while kill -0 "$pid" 2>/dev/null; do
            sleep 0.1
            waited=$((waited + 1))
            if [ "$waited" -eq 300 ]; then kill -QUIT "$pid" 2>/dev/null; fi
        done
    done
    tries=$((tries + 1))
    for pid in $(begun); do
        tries=0
        if [ "$waited" -lt 300 ]; then kill -INT "$pid" 2>/dev/null; else kill -QUIT "$pid" 2>/dev/null; fi
    done
    waited=$((waited + 1))
    sleep 0.1
done
"#;

/// A process of its own that outlives us by a moment.
#[derive(Debug)]
pub struct Watch {
    child: Child,
}

impl Watch {
    /// Watches over the private servers on `folders`, real paths, that let in whom the file `hba` lets in. `lock` is held until it
    /// has done its work.
    ///
    /// # Errors
    /// There is no `sh`.
    pub fn over(hba: &Path, folders: &[&Path], lock: Option<&File>) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        let fails = |error| Error::io("start", Path::new("/bin/sh"), error);
        let held = lock.map(File::try_clone).transpose().map_err(fails)?;
        let child = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "watch"])
            .arg(hba)
            .args(folders)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(held.map_or_else(Stdio::null, Stdio::from))
            .stderr(Stdio::null())
            .spawn()
            .map_err(fails)?;
        Ok(Self { child })
    }

    /// There is nothing left to watch over: every private server was stopped.
    pub fn dismiss(mut self) {
        // It ignores what is gentler, and has started nothing that would stay.
        let _ = self.child.kill();
    }
}

impl Drop for Watch {
    /// Lets it do its work and waits for that.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
