//! What others do while a cluster is upgraded, or between two commands.

use std::fs::File;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use mainstay::upgrade::Step;
use mainstay_testing::Run;

use super::Upgrading;
use super::gate::{Gates, wrapped};

/// Waits until `child` has opened the file: what it does next is to wait for the lock.
fn wants(child: &mut Child, file: &Path) {
    let begun = Instant::now();
    let folder = format!("/proc/{}/fd", child.id());
    let opened = || std::fs::read_dir(&folder).into_iter().flatten().flatten();
    while !opened().any(|entry| std::fs::read_link(entry.path()).is_ok_and(|target| target == file)) {
        assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(60), "it does not ask");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What becomes of the command when `meanwhile` happens between its look at the journal and its turn.
fn with_another(one: &mut Upgrading, words: &[&str], meanwhile: impl FnOnce(&Upgrading)) -> Run {
    let path = one.site().work.join("lock");
    let lock = File::create(&path).unwrap();
    lock.lock().unwrap();
    let args = one.args(words);
    let mut child = one.cli.args(args).command().spawn().unwrap();
    one.cli.args::<String>([]);
    wants(&mut child, &path);
    meanwhile(one);
    lock.unlock().unwrap();
    let output = child.wait_with_output().unwrap();
    Run::said(&output)
}

#[test]
fn whoever_waited_looks_again() {
    let mut one = Upgrading::new();
    one.good(&["run"]);
    let open = std::fs::read_to_string(one.site().journal()).unwrap();

    // A finish that waited for a rollback would remove what is in use by then.
    let late = with_another(&mut one, &["finish", "--allow", "all"], |one| one.set_step(Step::Open, Step::RollingBack));
    assert!(late.code == 5 && late.stderr.contains("is not through"), "{}", late.stderr);
    one.set_step(Step::RollingBack, Step::Open);
    one.good(&["rollback", "--allow", "all"]);

    // A run that waited for another would make its new cluster where the old one is by then.
    let late = with_another(&mut one, &["run"], |one| std::fs::write(one.site().journal(), &open).unwrap());
    assert!(late.code != 0 && late.stderr.contains("begun meanwhile"), "{}", late.stderr);
    one.has("15", 20_000);
    std::fs::remove_file(one.site().journal()).unwrap();
}

#[test]
fn an_old_server_that_somebody_starts_keeps_its_place() {
    let mut one = Upgrading::new();
    let gates = Gates::of(&one);
    for stays in [true, false] {
        gates.close();
        let mut child = one.gated(&gates, &["run"]);
        let held = gates.wait_for(&one, &mut child, Step::Settling);
        gates.open();
        one.cluster.bring_up_beside();
        one.cluster.psql(&format!("INSERT INTO device (name) VALUES ('{stays}')"));
        if !stays {
            one.cluster.stop();
        }
        drop(held);
        let run = Run::said(&child.wait_with_output().unwrap());
        let words = if stays { "started the old server" } else { "written to the old cluster" };
        assert!(run.code == 6 && run.stderr.contains(words), "{}", run.stderr);
        one.has("15", if stays { 20_001 } else { 20_002 });
        assert!(one.step().is_none() && !one.site().aside().exists());
    }
}

#[test]
fn what_cannot_be_written_down_or_started_is_taken_back() {
    let mut one = Upgrading::new();
    let gates = Gates::of(&one);
    // The journal cannot be written, as on a full disk.
    gates.close();
    let mut child = one.gated(&gates, &["run"]);
    let held = gates.wait_for(&one, &mut child, Step::Settling);
    let blocked = one.site().work.join(format!(".journal.json.{}.part", child.id()));
    std::fs::create_dir_all(blocked.join("x")).unwrap();
    gates.open();
    drop(held);
    let run = Run::said(&child.wait_with_output().unwrap());
    assert!(run.code == 1 && run.stderr.contains("the old cluster is as it was"), "{}", run.stderr);
    one.has("15", 20_000);
    std::fs::remove_dir_all(blocked).unwrap();

    // The new server does not start in its place.
    gates.close();
    let mut child = one.gated(&gates, &["run"]);
    let held = gates.wait_for(&one, &mut child, Step::Swapping);
    let file = one.site().aside().join("postgresql.conf");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text + "\nnonsense = 1\n").unwrap();
    gates.open();
    drop(held);
    let run = Run::said(&child.wait_with_output().unwrap());
    assert!(run.code == 1 && run.stderr.contains("nonsense"), "{}", run.stderr);
    assert!(run.stderr.contains("the old cluster is as it was"), "{}", run.stderr);
    one.has("15", 20_000);
    assert!(one.step().is_none() && !one.site().aside().exists());
}

#[test]
fn a_way_back_is_looked_at_before_anything_is_stopped() {
    let mut one = Upgrading::new();
    let data = one.cluster.data();
    let real = one.cluster.programs(&data).bin.clone();
    let bin = wrapped(&real, &data.with_file_name("bin"), "pg_controldata", "", "");
    let named = bin.display().to_string();
    one.good(&["run", "--bin", &named]);
    let refused = |one: &mut Upgrading, words: &[&str], code: i32, says: &str| {
        let run = one.run(words);
        assert!(run.code == code && run.stderr.contains(says), "{}", run.stderr);
        one.has("18", 20_000);
    };
    let back = ["rollback", "--allow", "all"];
    // The old version's programs went with their package.
    std::fs::rename(&bin, bin.with_extension("gone")).unwrap();
    refused(&mut one, &back, 1, "install them again");
    std::fs::rename(bin.with_extension("gone"), &bin).unwrap();
    // Somebody has moved the old cluster away, or another one there.
    let aside = one.site().aside();
    std::fs::rename(&aside, aside.with_extension("x")).unwrap();
    refused(&mut one, &back, 5, "the old cluster is not in");
    std::fs::create_dir(&aside).unwrap();
    std::fs::write(aside.join("PG_VERSION"), "14\n").unwrap();
    refused(&mut one, &back, 6, "is of version 14, and 15 was expected there");
    refused(&mut one, &["finish", "--allow", "all"], 6, "is of version 14");
    std::fs::remove_dir_all(&aside).unwrap();
    std::fs::rename(aside.with_extension("x"), &aside).unwrap();
    // The folders were moved, or copied, together.
    let moved = data.with_file_name("moved");
    std::fs::create_dir(&moved).unwrap();
    std::fs::write(moved.join("PG_VERSION"), "18\n").unwrap();
    std::fs::create_dir(data.with_file_name("moved.upgrade")).unwrap();
    std::fs::copy(one.site().journal(), data.with_file_name("moved.upgrade/journal.json")).unwrap();
    let other = one.cli.args(["upgrade", "rollback", "--allow", "all", "--data", &moved.display().to_string()]).run();
    assert!(other.code == 5 && other.stderr.contains("is of an upgrade of"), "{}", other.stderr);

    // What a server that was broken off has written, nobody knows.
    one.cluster.psql("INSERT INTO device (name) VALUES ('new')");
    one.cluster.crash();
    let dry = one.good(&["rollback", "--dry-run"]);
    assert!(dry.stdout.contains("without what was written since"), "{}", dry.stdout);
    let unknown = one.run(&["rollback"]);
    assert!(unknown.code == 5 && unknown.stderr.contains("nobody knows"), "{}", unknown.stderr);
    one.good(&["rollback", "--allow", "deletes-data"]);
    one.cluster.bring_up();
    one.has("15", 20_000);
}

#[test]
fn a_server_is_started_with_the_folder_of_its_configuration() {
    let mut one = Upgrading::new();
    let folder = one.cluster.configured_elsewhere();
    let elsewhere = |one: &Upgrading| {
        let files =
            "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN ('config_file', 'hba_file')";
        assert_eq!(one.cluster.psql(files), format!("{0}/postgresql.conf {0}/pg_hba.conf", folder.display()));
    };
    elsewhere(&one);
    one.good(&["run"]);
    one.has("18", 20_000);
    elsewhere(&one);
    one.good(&["rollback", "--allow", "all"]);
    one.has("15", 20_000);
    elsewhere(&one);
}

#[test]
fn a_dry_run_does_nothing_also_where_an_upgrade_was_broken_off() {
    let mut one = Upgrading::new();
    let gates = Gates::of(&one);
    let dry = one.good(&["rehearse", "--dry-run"]);
    assert!(dry.stdout.contains("pg_upgrade") && !one.site().work.exists(), "{}", dry.stdout);
    one.killed_at(&gates, &["run"], Step::Surveying);
    let dry = one.good(&["run", "--dry-run"]);
    assert!(dry.stdout.contains("broken off (surveying)"), "{}", dry.stdout);
    one.good(&["rollback", "--dry-run"]);
    assert_eq!(one.step(), Some(Step::Surveying));
    one.good(&["rollback", "--no-start"]);
    assert!(!one.cluster.runs());
    one.cluster.bring_up();
    one.has("15", 20_000);
}
