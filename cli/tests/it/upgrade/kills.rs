//! Killed outright at every step of the journal, by copying and by linking: one cluster starts, and the next run goes on.

use std::time::{Duration, Instant};

use mainstay::upgrade::Step;

use super::Upgrading;
use super::gate::Gates;

/// Killed while the old server is being stopped: a session of it does not end before that.
fn killed_while_stopping(one: &mut Upgrading, gates: &Gates, words: &[&str]) {
    let mut session = one.cluster.session();
    let number = one.cluster.psql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'");
    let pid = rustix::process::Pid::from_raw(number.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let mut child = one.gated(gates, words);
    let begun = Instant::now();
    while one.step() != Some(Step::Stopping) {
        assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(60), "{:?}", one.step());
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(one.step(), Some(Step::Stopping));
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    let _ = session.kill();
    session.wait().unwrap();
    gates.drain(one);
}

#[test]
fn a_copy_is_begun_anew_until_it_is_in_place() {
    let mut one = Upgrading::new();
    let gates = Gates::of(&one);
    let mut rows = 20_000;
    let mut goes_on = |one: &mut Upgrading, step: Step| {
        one.cluster.bring_up();
        one.has("15", rows);
        // What is written now must not be lost by the next run.
        one.cluster.psql(&format!("INSERT INTO device (name) VALUES ('after {}')", step.word()));
        rows += 1;
    };
    killed_while_stopping(&mut one, &gates, &["run"]);
    goes_on(&mut one, Step::Stopping);
    let before = [Step::Preparing, Step::Surveying, Step::Upgrading, Step::Upgraded, Step::Settling, Step::Swapping];
    for step in before {
        one.killed_at(&gates, &["run"], step);
        if step == Step::Swapping {
            one.set_step(Step::Swapping, Step::Settled);
        }
        goes_on(&mut one, step);
    }
    one.killed_at(&gates, &["run"], Step::Swapping);
    goes_on(&mut one, Step::Settled);

    one.killed_at(&gates, &["run"], Step::Swapped);
    one.cluster.bring_up();
    one.has("18", rows);
    let done = one.good(&["run"]);
    assert!(done.stdout.contains("rows: the same"), "{}", done.stdout);
    // The exchange was made, and not yet written down.
    one.cluster.stop();
    one.set_step(Step::Open, Step::Swapping);
    one.good(&["run"]);
    one.has("18", rows);
    assert_eq!(one.step(), Some(Step::Open));
    let again = one.run(&["run"]);
    assert!(again.code == 5 && again.stderr.contains("upgraded already"), "{}", again.stderr);

    // On the way back: before the exchange, when others may write to the new one still, and after it.
    one.set_step(Step::Open, Step::RollingBack);
    one.cluster.psql("INSERT INTO device (name) VALUES ('new')");
    let counted = one.run(&["rollback"]);
    assert!(counted.code == 5 && counted.stderr.contains("deletes-data"), "{}", counted.stderr);
    one.has("18", rows + 1);
    one.killed_at(&gates, &["rollback", "--allow", "deletes-data"], Step::RollingBack);
    one.cluster.bring_up();
    one.has("15", rows);
    let refused = one.run(&["run"]);
    assert!(refused.code == 5 && refused.stderr.contains("mainstay upgrade rollback --data "), "{}", refused.stderr);
    one.good(&["rollback"]);
    one.has("15", rows);
}

#[test]
fn a_link_has_a_way_back_until_the_new_server_was_started_and_only_on_from_there() {
    let mut one = Upgrading::new();
    let gates = Gates::of(&one);
    let link = ["run", "--link", "--allow", "no-way-back"];
    let refused = one.run(&["run", "--link"]);
    assert!(refused.code == 5 && refused.stderr.contains("no-way-back"), "{}", refused.stderr);
    one.has("15", 20_000);

    killed_while_stopping(&mut one, &gates, &link);
    one.cluster.bring_up();
    one.has("15", 20_000);
    let mut rows = 20_000;
    for step in [Step::Preparing, Step::Surveying, Step::Upgrading] {
        one.killed_at(&gates, &link, step);
        one.cluster.bring_up();
        one.cluster.psql(&format!("INSERT INTO device (name) VALUES ('after {}')", step.word()));
        rows += 1;
        one.has("15", rows);
    }
    one.killed_at(&gates, &link, Step::Upgraded);
    one.good(&["rollback"]);
    one.has("15", rows);
    one.killed_at(&gates, &link, Step::Upgraded);

    one.killed_at(&gates, &["run"], Step::Settling);
    for _ in 0..2 {
        let closed = one.run(&["rollback", "--allow", "all"]);
        assert!(closed.code == 5 && closed.stderr.contains("the way back is a backup"), "{}", closed.stderr);
        one.killed_at(&gates, &["run"], Step::Swapping);
    }
    one.set_step(Step::Swapping, Step::Settled);
    one.killed_at(&gates, &["run"], Step::Swapped);
    one.cluster.bring_up();
    one.has("18", rows);
    one.good(&["run"]);
    one.has("18", rows);
    assert_eq!(one.run(&["rollback", "--allow", "all"]).code, 5);
    one.good(&["finish", "--allow", "no-way-back"]);
    one.has("18", rows);
}

#[test]
fn what_was_begun_to_be_removed_is_removed() {
    let mut one = Upgrading::new();
    one.good(&["run"]);
    // Killed in the middle of it.
    one.set_step(Step::Open, Step::Finishing);
    std::fs::remove_dir_all(one.site().aside().join("base")).unwrap();
    std::fs::remove_file(one.site().aside().join("PG_VERSION")).unwrap();
    for words in [["rollback", "--allow", "all"], ["run", "--allow", "all"]] {
        let refused = one.run(&words);
        assert!(refused.code == 5 && refused.stderr.contains("mainstay upgrade finish --data "), "{}", refused.stderr);
    }
    one.good(&["finish"]);
    one.has("18", 20_000);
    assert!(!one.site().work.exists());
}

#[test]
fn who_interrupts_it_has_the_old_server_back() {
    let mut one = Upgrading::new();
    let gates = Gates::of(&one);
    for signal in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        gates.close();
        let mut child = one.gated(&gates, &["run"]);
        let held = gates.wait_for(&one, &mut child, Step::Settling);
        let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        gates.open();
        drop(held);
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success() && said.contains("the old cluster is put back"), "{said}");
        one.has("15", 20_000);
        assert!(one.step().is_none() && !one.site().aside().exists());
    }
}
