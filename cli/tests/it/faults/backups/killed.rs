//! We are killed: at a request to S3, or by the system at a byte of a file that we write, as `kill -9` would.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use mainstay_testing::Fault;

use super::ground::{Ended, Ground, Server, files};
use super::line::{DENIED, behind_one_that_may_die, requests};
use super::moments::moments;

/// Runs `args` at a line to the bucket, and kills the command when the request `at` comes in.
fn killed_at(ground: &mut Ground, args: &[&str], at: u64) -> Ended {
    let ended = behind_one_that_may_die(ground, args, move |asked, process| {
        if asked.number as u64 != at {
            return Fault::None;
        }
        kill(process);
        Fault::Drop
    });
    assert_eq!(ended.code, -1, "{args:?} at request {at}: {ended:?}");
    ended
}

fn kill(process: u32) {
    let killed = Command::new("kill").args(["-KILL", &process.to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()), "process {process} cannot be killed");
}

/// `command` where the system kills whoever writes beyond so many blocks of 512 bytes of a file: there is no handler, no destructor
/// and no error to be told.
fn mortal(command: &Command, blocks: u64) -> Command {
    let mut mortal = Command::new("sh");
    mortal.args(["-c", &format!("ulimit -c 0; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    mortal.arg(command.get_program()).args(command.get_args()).env_clear();
    mortal.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        mortal.current_dir(folder);
    }
    mortal.stdin(std::process::Stdio::null());
    mortal.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    mortal
}

fn ended_by_the_system(ground: &mut Ground, args: &[&str], blocks: u64) -> Ended {
    Ended::of(mortal(&ground.command(args), blocks).spawn().expect("the command starts"))
}

/// The largest file below `folder`, in blocks.
fn largest(folder: &Path) -> u64 {
    files(folder).into_values().map(|bytes| bytes.len() as u64 / 512).max().expect("a file")
}

/// What a killed command leaves beside a file that it writes is taken for left once it has been there for a minute.
fn a_minute_later(folder: &Path) {
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(120);
    for path in std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        std::fs::File::open(path).unwrap().set_modified(then).unwrap();
    }
}

#[test]
fn while_a_backup_goes_to_a_bucket() {
    let mut ground = Ground::in_bucket(Server::shared());
    let args = ["backup", "create", "--jobs", "1"];
    let all = requests(&mut ground, &args).len();
    ground.give_up_others();
    for at in moments(all as u64, 10, 81) {
        let ended = killed_at(&mut ground, &args, at);
        // Killed when the manifest was there already, it has told nobody.
        ground.after_create(&format!("killed at request {at} of {all}"), &ended, false);
    }
    assert!(ground.debris_goes() > 5);
}

#[test]
fn while_a_bucket_is_pruned() {
    let mut ground = Ground::in_bucket(Server::shared());
    ground.plant_old(3);
    let all = requests(&mut ground, &["backup", "prune"]).len();
    for at in moments(all as u64, 7, 82) {
        ground.plant_old(3);
        let ended = killed_at(&mut ground, &["backup", "prune"], at);
        ground.after_prune(&format!("killed at request {at} of {all}"), &ended);
    }
}

#[test]
fn while_a_backup_is_exported() {
    let mut ground = Ground::in_bucket(Server::shared());
    let args = ["backup", "export", "latest", "out"];
    let all = requests(&mut ground, &args).len();
    let out = ground.cli.project().join("out");
    let whole = files(&out);
    std::fs::remove_dir_all(&out).unwrap();
    for at in moments(all as u64, 5, 83) {
        let ended = killed_at(&mut ground, &args, at);
        a_minute_later(&ground.cli.project());
        ground.after_export(&format!("killed at request {at} of {all}"), &ended, &out, &whole);
    }
}

#[test]
fn while_a_file_of_a_backup_is_written() {
    let mut ground = Ground::in_folder(Server::shared());
    let all = largest(&ground.root);
    for blocks in moments(all, 8, 84) {
        let ended = ended_by_the_system(&mut ground, &["backup", "create"], blocks);
        assert_ne!(ended.code, 0, "{blocks}: {ended:?}");
        ground.after_create(&format!("killed at block {blocks} of {all}"), &ended, true);
    }
    assert!(ground.debris_goes() > 3);
}

#[test]
fn while_a_single_file_is_written() {
    let mut ground = Ground::in_folder(Server::shared());
    for (format, name) in [("custom", "walt.dump"), ("plain", "walt.sql.gz")] {
        let args = ["backup", "create", "--format", format, "-o", name];
        ground.good("the first", &args);
        let path = ground.cli.project().join(name);
        let all = path.metadata().unwrap().len() / 512;
        std::fs::remove_file(&path).unwrap();
        for blocks in moments(all, 4, 85) {
            let ended = ended_by_the_system(&mut ground, &args, blocks);
            assert_ne!(ended.code, 0, "{blocks}: {ended:?}");
            assert!(!path.exists(), "{format} killed at {blocks}: {ended:?}");
            a_minute_later(&ground.cli.project());
            ground.good("the system has killed it", &args);
            std::fs::remove_file(&path).unwrap();
            let entries = std::fs::read_dir(ground.cli.project()).unwrap().flatten();
            let left: Vec<_> = entries.filter(|entry| entry.file_name().to_string_lossy().contains(".part")).collect();
            assert!(left.is_empty(), "{format} killed at {blocks}: {left:?}");
            ground.untouched(&format!("{format} killed at block {blocks}"));
        }
    }
}

/// An object of several parts, each of which may be the last that is heard of it.
#[test]
fn while_an_object_goes_up_in_parts() {
    let mut ground = Ground::in_bucket(Server::shared());
    let wide = ground.server.database();
    wide.psql(
        "CREATE TABLE wide AS SELECT n, decode(string_agg(md5(n || ' ' || m), ''), 'hex') AS noise \
         FROM generate_series(1, 560) n, generate_series(1, 1000) m GROUP BY n",
    );
    let url = wide.url();
    let args = ["backup", "create", "--jobs", "1", "--compress", "none", "--url", &url];
    // The upload is begun, two parts go up, and it is completed.
    let killed = (0..4).map(|number| (number, None));
    let broken = [
        (0, Fault::Deaf),
        (1, Fault::Drop),
        (2, Fault::Deaf),
        (1, Fault::Status(503)),
        (3, Fault::Status(500)),
        (3, Fault::Deaf),
        (2, DENIED),
        (3, DENIED),
        (1, Fault::Garble(5_000_000)),
    ];
    for (at, fault) in killed.chain(broken.map(|(at, fault)| (at, Some(fault)))) {
        let seen = AtomicUsize::new(0);
        let ended = behind_one_that_may_die(&mut ground, &args, move |asked, process| {
            let of_parts = ["partNumber=", "uploads", "uploadId="].iter().any(|word| asked.path.contains(word));
            match fault {
                _ if !of_parts || seen.fetch_add(1, Ordering::SeqCst) != at => Fault::None,
                Some(fault) => fault,
                None => {
                    kill(process);
                    Fault::Deaf
                }
            }
        });
        let what = format!("{fault:?} at the request {at} about parts");
        let expected = match fault {
            None => Some(-1),
            Some(Fault::Garble(_)) => None,
            Some(DENIED) => Some(4),
            Some(_) => Some(0),
        };
        assert!(expected.is_none_or(|code| ended.code == code), "{what}: {ended:?}");
        ground.after_create(&what, &ended, true);
    }
    assert_eq!(ground.faults, 13);
    ground.debris_goes();
}
