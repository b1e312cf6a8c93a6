//! The disk is full: a small file system of the test's own, in a mount namespace, where that may be made, else a limit on the size
//! of files. The tests run themselves again in there, with the server that they start.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::ground::{Ended, Ground, Server, files};
use super::moments::moments;

/// How the inner run is told that it is one, and whether it may mount.
const TOLD: &str = "MAINSTAY_TEST_DISK";

/// What the namespace is made with: as root, and as somebody who becomes root in it.
const WAYS: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-m", "--map-current-user", "--keep-caps"]];

/// Runs `body` of the test `name` of this module: in a process of its own that may mount, or is under a limit. That process comes
/// here too, and runs it.
fn within(name: &str, body: fn()) {
    if std::env::var_os(TOLD).is_some() {
        return body();
    }
    let folder = tempfile::tempdir().unwrap();
    inner(name, way(folder.path()), folder.path());
}

/// As [`within`], only where it may mount. A server has no limit that would be a full disk to it alone: where nothing can be
/// mounted, that is said past the harness, which keeps to itself what a test says that passes.
fn within_mounts(name: &str, body: fn()) {
    if std::env::var_os(TOLD).is_some() {
        return body();
    }
    let folder = tempfile::tempdir().unwrap();
    match way(folder.path()) {
        Some(way) => inner(name, Some(way), folder.path()),
        None => {
            let line = format!(
                "{name} was NOT run: no mount namespace may be made here; as root: sysctl -w kernel.unprivileged_userns_clone=1\n"
            );
            std::io::stderr().write_all(line.as_bytes()).expect("somebody hears it");
        }
    }
}

/// How a mount namespace is made here, tried on `folder`.
fn way(folder: &Path) -> Option<&'static [&'static str]> {
    // A server does not run as root, and has to get there.
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    WAYS.into_iter().find(|way| {
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(["sh", "-c", "mount -t tmpfs -o size=64k tmpfs \"$0\""]).arg(folder);
        command.output().is_ok_and(|output| output.status.success())
    })
}

/// Runs this program again for the test `name` alone, its temporary files in `folder`.
fn inner(name: &str, way: Option<&[&str]>, folder: &Path) {
    let mut command = Command::new(way.map_or("env", |way| way[0]));
    command.args(way.map_or(&[][..], |way| &way[1..]));
    command.arg(std::env::current_exe().expect("this program"));
    command.args(["--exact", &format!("faults::backups::disk::{name}"), "--nocapture"]);
    command.env(TOLD, if way.is_some() { "mounts" } else { "limits" }).env("TMPDIR", folder);
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// A folder that is a file system of a few kilobytes, or only said to be one.
struct Small {
    folder: PathBuf,
    mounts: bool,
    mounted: bool,
}

impl Small {
    fn at(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).expect("a folder");
        Self { folder, mounts: std::env::var(TOLD).is_ok_and(|told| told == "mounts"), mounted: false }
    }

    /// Empty, with room for so many kilobytes.
    fn fresh(&mut self, kilobytes: u64) {
        if self.mounts {
            self.unmount();
            mount(&["-t", "tmpfs", "-o", &format!("size={kilobytes}k,mode=0777"), "tmpfs"], &self.folder);
            self.mounted = true;
        } else {
            let _ = std::fs::remove_dir_all(&self.folder);
            std::fs::create_dir_all(&self.folder).expect("a folder");
        }
    }

    /// What is in it stays, and the room is another.
    fn resize(&self, kilobytes: u64) {
        if self.mounts {
            mount(&["-o", &format!("remount,size={kilobytes}k")], &self.folder);
        }
    }

    /// Runs `command` while there is no more room than `kilobytes` besides what is there.
    fn runs(&self, command: &Command, kilobytes: u64) -> Ended {
        let limit = if self.mounts { String::new() } else { format!("trap '' XFSZ; ulimit -f {};", 2 * kilobytes) };
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("{limit} exec \"$0\" \"$@\"")]).arg(command.get_program());
        limited.args(command.get_args()).env_clear().current_dir(command.get_current_dir().expect("the project"));
        limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ended::of(limited.spawn().expect("the command starts"))
    }

    fn unmount(&mut self) {
        if std::mem::take(&mut self.mounted) {
            let done = Command::new("umount").arg(&self.folder).status();
            assert!(done.is_ok_and(|status| status.success()), "{} stays", self.folder.display());
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        if self.mounted {
            // Whoever still has a file open there keeps it: it goes with them.
            let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
        }
    }
}

fn mount(options: &[&str], folder: &Path) {
    let output = Command::new("mount").args(options).arg(folder).output().expect("mount");
    assert!(output.status.success(), "{options:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The kilobytes that are taken on the file system of `folder`.
fn used(folder: &Path) -> u64 {
    let output = Command::new("df").args(["-k", "--output=used"]).arg(folder).output().expect("df");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines().nth(1).and_then(|line| line.trim().parse().ok()).unwrap_or_else(|| panic!("df: {said}"))
}

/// A full disk is told as such, and what to look at.
fn told(what: &str, ended: &Ended) {
    let words = ["No space left on device", "SQLSTATE: 53100", "File too large"];
    assert!(words.iter().any(|words| ended.err.contains(words)), "{what}: {ended:?}");
}

/// The kilobytes of files, each in whole pages, with some for their folders.
fn kilobytes(bytes: impl Iterator<Item = usize>) -> u64 {
    bytes.map(|bytes| (bytes as u64).div_ceil(4096) * 4).sum::<u64>() + 8
}

#[test]
fn a_store_on_a_full_disk() {
    within("a_store_on_a_full_disk", where_backups_go);
}

fn where_backups_go() {
    let mut ground = Ground::in_folder(Server::shared());
    let kept = files(&ground.root);
    let needed = kilobytes(kept.values().map(Vec::len));
    let mut small = Small::at(ground.root.clone());
    let again = |small: &mut Small, room: u64| {
        small.fresh(needed + room);
        for (path, bytes) in &kept {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    };
    let mut full = 0;
    for room in moments(needed, 18, 91) {
        again(&mut small, room);
        let ended = small.runs(&ground.command(&["backup", "create"]), room);
        small.resize(65536);
        let what = format!("{room} of {needed} kilobytes for a backup");
        if ended.code != 0 {
            full += 1;
            told(&what, &ended);
        }
        ground.after_create(&what, &ended, true);
    }
    assert!(full > 12, "most have not room enough: {full}");
    // What a drill has to write is its proof.
    again(&mut small, 0);
    let filler = ground.root.join("filler");
    let _ = std::fs::write(&filler, vec![0; 65536]);
    let ended = small.runs(&ground.command(&["backup", "drill"]), 0);
    small.resize(65536);
    let _ = std::fs::remove_file(&filler);
    told("no room for a proof", &ended);
    ground.after_drill("no room for a proof", &ended);
    assert_eq!(ground.faults, 19);
}

#[test]
fn an_export_to_a_full_disk() {
    within("an_export_to_a_full_disk", where_exports_go);
}

fn where_exports_go() {
    let mut ground = Ground::in_folder(Server::shared());
    let mut small = Small::at(ground.cli.project().join("small"));
    let out = small.folder.join("out");
    small.fresh(65536);
    ground.good("the first", &["backup", "export", "latest", "small/out"]);
    let whole = files(&out);
    let needed = kilobytes(whole.values().map(Vec::len));
    for room in moments(needed - 12, 10, 92) {
        small.fresh(room);
        let ended = small.runs(&ground.command(&["backup", "export", "latest", "small/out"]), room);
        small.resize(65536);
        let what = format!("{room} of {needed} kilobytes for an export");
        told(&what, &ended);
        ground.after_export(&what, &ended, &out, &whole);
    }
    for (format, name) in [("custom", "small/walt.dump"), ("plain", "small/walt.sql"), ("plain", "small/walt.sql.gz")] {
        let args = ["backup", "create", "--format", format, "-o", name];
        small.fresh(65536);
        let path = ground.cli.project().join(name);
        ground.good("the first", &args);
        let needed = path.metadata().unwrap().len() / 1024;
        for room in moments(needed - 4, 3, 93) {
            small.fresh(room);
            let ended = small.runs(&ground.command(&args), room);
            let what = format!("{room} of {needed} kilobytes for {name}");
            assert_ne!(ended.code, 0, "{what}: {ended:?}");
            assert_eq!(std::fs::read_dir(&small.folder).unwrap().count(), 0, "{what}: {ended:?}");
            small.resize(65536);
            ground.good(&what, &args);
            ground.untouched(&what);
        }
    }
}

#[test]
fn a_tablespace_on_a_full_disk() {
    within_mounts("a_tablespace_on_a_full_disk", where_a_tablespace_lies);
}

/// The server has no room for the rows, or for their indexes.
fn where_a_tablespace_lies() {
    let server = Server::own();
    let home = server.data().parent().unwrap().to_owned();
    let mut small = Small::at(home.join("tiny"));
    small.fresh(65536);
    let owner = std::os::unix::fs::MetadataExt::uid(&server.data().metadata().unwrap());
    std::os::unix::fs::chown(&small.folder, Some(owner), Some(owner)).unwrap();
    server.psql("postgres", &format!("CREATE TABLESPACE tiny LOCATION '{}'", small.folder.display()));
    let mut ground = Ground::in_tablespace(server, "tiny");
    let source = used(&small.folder);
    let id = ground.proven.clone();
    let mut full = 0;
    for room in moments(source + source / 4, 9, 94) {
        small.resize(source + room);
        let ended = ground.ended(&["restore", &id, "--into", "came"]);
        small.resize(65536);
        let what = format!("{room} of {source} kilobytes for a restore");
        if ended.code != 0 {
            full += 1;
            told(&what, &ended);
        }
        ground.after_restore(&what, &ended, "came");
    }
    for room in moments(source, 6, 95) {
        small.resize(source + room);
        let ended = ground.ended(&["backup", "drill", "--on", "server"]);
        small.resize(65536);
        let what = format!("{room} of {source} kilobytes for a drill");
        if ended.code != 0 {
            full += 1;
            told(&what, &ended);
        }
        ground.after_drill(&what, &ended);
    }
    assert!(full > 8, "most have not room enough: {full}");
    assert_eq!(ground.faults, 15);
}

#[test]
fn a_server_on_a_full_disk() {
    within_mounts("a_server_on_a_full_disk", where_the_whole_server_lies);
}

/// Not even its log of changes has room: it may end all sessions for it, and recover.
fn where_the_whole_server_lies() {
    let mut small = Small::at(std::env::temp_dir());
    small.fresh(1_048_576);
    let mut ground = Ground::in_folder(Server::own());
    let id = ground.proven.clone();
    for (seed, args) in
        [vec!["restore", &id, "--into", "came"], vec!["backup", "drill", "--on", "server"]].iter().enumerate()
    {
        for room in moments(16_384, 4, 96 + seed as u64) {
            small.resize(used(&small.folder) + room);
            let ended = ground.ended(args);
            small.resize(1_048_576);
            let what = format!("{room} kilobytes for the server: {args:?}");
            crate::faults::until("the server is there", || {
                ground.server.try_psql("postgres", "postgres", "SELECT 1").is_ok()
            });
            match seed {
                0 => ground.after_restore(&what, &ended, "came"),
                _ => ground.after_drill(&what, &ended),
            }
        }
    }
    assert_eq!(ground.faults, 8);
}
