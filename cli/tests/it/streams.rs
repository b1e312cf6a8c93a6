//! The two streams: a reader that is gone, colour, and signals.

use std::process::Stdio;

use crate::mainstay;

#[test]
fn a_closed_pipe_is_a_quiet_success() {
    let mut cli = mainstay();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = cli.args(["completions", "bash"]).command().stdout(writer).stdin(Stdio::null()).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}

#[test]
fn a_full_disk_is_a_failure() {
    let mut cli = mainstay();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = cli.args(["completions", "bash"]).command().stdout(full).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("error: cannot write the result"));
}

#[test]
fn colour_is_asked_for_or_absent() {
    let wrong = |args: &[&str], env: &[(&str, &str)]| {
        let mut cli = mainstay();
        for (name, value) in env {
            cli.env(name, value);
        }
        cli.args(args.iter().copied()).run().stderr
    };
    let path: &[&str] = &["config", "path"];
    assert!(!wrong(path, &[]).contains('\u{1b}'));
    assert!(wrong(path, &[("FORCE_COLOR", "1")]).contains("\u{1b}[1;31merror:"));
    assert!(!wrong(path, &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(wrong(&["--color", "always", "nope"], &[("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(!wrong(&["--color=never", "nope"], &[("FORCE_COLOR", "1")]).contains('\u{1b}'));
}
