//! Whoever dies, nothing is left behind.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mainstay_testing::TestServer;

/// Not a test: the process that is killed. It starts a server, says where, and waits to be killed.
#[test]
#[ignore = "the victim of the test below"]
fn victim() {
    let server = TestServer::start(&[], "");
    let pid = std::fs::read_to_string(server.data().join("postmaster.pid")).unwrap();
    println!("\nvictim {} {}", pid.lines().next().unwrap(), server.data().parent().unwrap().display());
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_server_goes_with_its_owner_even_when_that_is_killed_outright() {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tool::guardian::victim", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let line = lines.map(Result::unwrap).find(|line| line.starts_with("victim ")).unwrap();
    let mut words = line.split(' ').skip(1);
    let (pid, root) = (words.next().unwrap().to_owned(), PathBuf::from(words.next().unwrap()));
    assert!(runs(&pid) && root.join("data").exists());

    victim.kill().unwrap();
    victim.wait().unwrap();

    let started = Instant::now();
    while runs(&pid) || root.exists() {
        assert!(started.elapsed() < Duration::from_secs(20), "server {pid} or {} is left", root.display());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_dropped_server_is_gone_when_drop_returns() {
    let server = TestServer::start(&[], "");
    let root = server.data().parent().unwrap().to_path_buf();
    let text = std::fs::read_to_string(server.data().join("postmaster.pid")).unwrap();
    let pid = text.lines().next().unwrap();
    assert!(runs(pid));
    drop(server);
    assert!(!root.exists());
    assert!(!runs(pid));
}

fn runs(pid: &str) -> bool {
    let state = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}
