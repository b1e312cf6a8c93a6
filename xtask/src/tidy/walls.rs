//! What the library must not do by itself: start programs (only `tool` may), read the environment, touch the terminal.

use std::path::{Path, PathBuf};

use super::source;
use super::{Finding, Findings, rust_files};
use crate::repo;

/// Paths that are forbidden in a part of the library.
struct Wall {
    paths: &'static [&'static str],
    holds_in: fn(&Path) -> bool,
    why: &'static str,
}

const WALLS: [Wall; 5] = [
    Wall {
        paths: &["std::process::Command", "process::Command", "tokio::process"],
        holds_in: |file| !file.starts_with("lib/src/tool"),
        why: "only `tool` starts programs",
    },
    Wall { paths: &["std::env"], holds_in: anywhere, why: "the environment and the home folder come in as values" },
    Wall {
        paths: &[
            "std::io::stdin",
            "std::io::stdout",
            "std::io::stderr",
            "std::io::IsTerminal",
            "io::stdin",
            "io::stdout",
            "io::stderr",
            "tokio::io::stdin",
            "tokio::io::stdout",
            "tokio::io::stderr",
        ],
        holds_in: anywhere,
        why: "only the command knows the terminal",
    },
    Wall {
        paths: &["std::process::exit", "process::exit", "std::process::abort", "process::abort"],
        holds_in: anywhere,
        why: "only the command ends the process",
    },
    Wall {
        paths: &[
            "std::fs",
            "std::net::TcpStream",
            "tokio::fs",
            "tokio::net",
            "tokio::time",
            "Instant::now",
            "SystemTime::now",
            "Timestamp::now",
            "Zoned::now",
            "jiff::Timestamp::now",
            "jiff::Zoned::now",
            "std::time::Instant",
            "std::time::SystemTime",
        ],
        holds_in: is_pure,
        why: "the pure modules do no IO and read no clock",
    },
];

fn anywhere(_: &Path) -> bool {
    true
}

/// Layers 0 to 2: same input, same answer.
fn is_pure(file: &Path) -> bool {
    [
        "error",
        "observer.rs",
        "sql",
        "catalog",
        "config",
        "plan",
        "archive",
        "conn",
        "diagram",
        "diff",
        "portable",
        "revisions",
    ]
    .iter()
    .any(|module| file.starts_with(Path::new("lib/src").join(module)))
}

const PRINTERS: [&str; 4] = ["println!", "eprintln!", "print!", "eprint!"];

/// Every forbidden path and every printing macro in the library's code, its tests excepted.
pub fn check(root: &Path, files: &[PathBuf]) -> Findings {
    let mut findings = Vec::new();
    for file in rust_files(files, "lib/src") {
        let code = source::code(&repo::read(root, file)?);
        for path in source::paths(&code) {
            let name = path.names.join("::");
            let hit = |wall: &&Wall| (wall.holds_in)(file) && wall.paths.iter().any(|wall| leads_into(&name, wall));
            if let Some(wall) = WALLS.iter().find(hit) {
                findings.push(Finding::new(file, path.line, format!("`{name}`: {}", wall.why)));
            }
        }
        for (index, line) in code.lines().enumerate() {
            if PRINTERS.iter().any(|printer| line.contains(printer)) {
                findings.push(Finding::new(file, index + 1, "the library never prints: tell the observer"));
            }
        }
    }
    Ok(findings)
}

fn leads_into(path: &str, wall: &str) -> bool {
    path.strip_prefix(wall).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::say;
    use super::check;

    #[test]
    fn programs_are_started_in_tool_and_nowhere_else() {
        let text = "use std::process::{Command, Stdio};\nuse tokio::process::Child;\n";
        assert_eq!(say(check, &[("lib/src/tool/run.rs", text)]), [""; 0]);
        assert_eq!(say(check, &[("lib/src/backup/mod.rs", text)]).len(), 2);
    }

    #[test]
    fn the_library_reads_no_environment_and_prints_nothing() {
        let text = "use std::{env, fs};\nfn f() {\n    let text = \"println!\";\n    println!(\"x\");\n}\n";
        let said = say(check, &[("lib/src/a.rs", text)]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("lib/src/a.rs:1: `std::env`"), "{said:?}");
        assert!(said[1].starts_with("lib/src/a.rs:4: "), "{said:?}");
        assert_eq!(say(check, &[("cli/src/a.rs", text)]), [""; 0]);
    }

    #[test]
    fn the_pure_modules_read_no_clock_and_no_file() {
        let text = "use std::{fs::File, io::Read};\nfn f() -> Timestamp {\n    jiff::Timestamp::now()\n}\nfn g() -> Timestamp {\n    \
                    Timestamp::now()\n}\n";
        assert_eq!(say(check, &[("lib/src/conn/pgpass.rs", text)]).len(), 3);
        assert_eq!(say(check, &[("lib/src/disk/mod.rs", text)]), [""; 0]);
    }
}
