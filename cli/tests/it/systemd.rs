//! `mainstay config systemd`.

use std::path::Path;
use std::process::Command;

use mainstay_testing::Cli;

use crate::mainstay;

/// A project whose folder has all that means something in a unit.
fn in_a_strange_folder() -> (Cli, String) {
    let mut cli = mainstay();
    let folder = "my $walt 100% \"x\"";
    cli.file(&format!("{folder}/mainstay.toml"), "[service]\nname = \"walt ä\"\n[backup]\nkeep = { last = 2 }\n");
    let project = cli.project().join(folder);
    std::fs::create_dir(project.join("backups")).unwrap();
    (cli, project.display().to_string())
}

/// The settings of a unit, each under its section.
fn settings(text: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut settings = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => section = name.to_owned(),
            None => {
                let (key, value) = line.split_once('=').expect("a setting");
                settings.push((section.clone(), key.to_owned(), value.to_owned()));
            }
        }
    }
    settings
}

/// What systemd itself says of the units in `folder`, where it is on this machine; nothing is good.
fn complaints(folder: &Path, names: &[&str], user: bool) -> Option<String> {
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["verify", "--man=no"]).env("XDG_RUNTIME_DIR", folder);
    if user {
        analyze.arg("--user");
    }
    let said = analyze.args(names.iter().map(|name| folder.join(name))).output().ok()?;
    let ours = |line: &&str| names.iter().any(|name| line.contains(name));
    Some(String::from_utf8_lossy(&said.stderr).lines().filter(ours).collect::<Vec<_>>().join("\n"))
}

const NAMES: [&str; 4] =
    ["walt---backup.service", "walt---backup.timer", "walt---backup-verify.service", "walt---backup-verify.timer"];

#[test]
fn units_are_as_systemd_takes_them() {
    let (mut cli, project) = in_a_strange_folder();
    std::fs::create_dir(cli.project().join("units")).unwrap();
    for flags in [&["--run-as", "root", "--on-failure", "mail@%n.service"][..], &["--manager", "user"]] {
        let args = ["-C", &project, "config", "systemd", "--write", "../units", "--at", "23:15"];
        let units = cli.project().join("units");
        let args: Vec<String> = args.map(|arg| arg.replace("../units", &units.display().to_string())).to_vec();
        let run = cli.args(args.iter().map(String::as_str).chain(flags.iter().copied())).run();
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.contains(&format!("enable --now {} {}", NAMES[1], NAMES[3])), "{run:?}");
        let read = |name: &str| settings(&std::fs::read_to_string(units.join(name)).unwrap());
        let service = read(NAMES[0]);
        let value = |wanted: &str| -> Vec<&str> {
            service.iter().filter(|(_, key, _)| key == wanted).map(|(_, _, value)| value.as_str()).collect()
        };
        let escaped = project.replace('%', "%%");
        assert_eq!(value("WorkingDirectory"), [escaped.as_str()]);
        let word = format!("\"{}\"", escaped.replace('$', "$$").replace('"', "\\\""));
        let commands = value("ExecStart");
        assert!(commands[0].ends_with(&format!(" -C {word} backup create")), "{commands:?}");
        assert!(commands[1].ends_with(&format!(" -C {word} backup prune")), "{commands:?}");
        let system = flags.len() > 2;
        assert_eq!(value("User"), if system { vec!["root"] } else { vec![] });
        assert_eq!(value("OnFailure"), if system { vec!["mail@%n.service"] } else { vec![] });
        assert_eq!(value("ProtectSystem"), if system { vec!["strict"] } else { vec![] });
        let when = |name: &str| read(name).into_iter().find(|(_, key, _)| key == "OnCalendar").unwrap().2;
        assert_eq!((when(NAMES[1]), when(NAMES[3])), ("*-*-* 23:15:00".into(), "Sun *-*-* 01:15:00".into()));
        if let Some(complaints) = complaints(&units, &NAMES, !system) {
            assert_eq!(complaints, "", "{flags:?}");
        }
    }
}

#[test]
fn printed_for_a_target_and_never_with_a_connection() {
    let (mut cli, project) = in_a_strange_folder();
    cli.file("mainstay.toml", "[target.prod]\nurl = \"host=db user=walt dbname=walt\"\n");
    let run = cli.args(["--target", "prod", "config", "systemd", "--run-as", "walt", "--json"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let data = &serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["data"];
    assert_eq!(data["units"][0]["name"], "project-prod-backup.service", "{data}");
    let text = data["units"][0]["text"].as_str().unwrap();
    assert!(text.contains(" --target prod backup create\n") && !text.contains("prune"), "{text}");
    assert!(run.stderr.contains("mkdir -p "), "{run:?}");

    let url = "postgresql://walt:hidden@db/walt";
    let run = cli.args(["-C", &project, "--url", url, "config", "systemd"]).run();
    assert_eq!((run.code, run.stderr.contains("--target NAME")), (2, true), "{run:?}");
    assert!(!run.stderr.contains("hidden"), "{run:?}");
    let run = cli.args(["config", "systemd", "--at", "25:00"]).run();
    assert_eq!(run.code, 2, "{run:?}");
    let run = cli.args(["config", "systemd", "--on-failure", "mail.service\n[Service]"]).run();
    assert_eq!(run.code, 2, "{run:?}");
    let run = cli.args(["config", "systemd", "--run-as", "walt\nUser=root"]).run();
    assert_eq!(run.code, 2, "{run:?}");
}
