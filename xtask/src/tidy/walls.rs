//! What the library must not do by itself: start programs (only `tool` may), read the environment, touch the terminal.

use std::path::{Path, PathBuf};

use super::source;
use super::{Finding, Findings, rust_files};
use crate::repo;

/// A path that is forbidden in the library, where it is allowed all the same, and why it is forbidden.
struct Wall {
    path: &'static [&'static str],
    except: &'static str,
    why: &'static str,
}

const NOWHERE: &str = "lib/src/nowhere";

const WALLS: [Wall; 9] = [
    Wall { path: &["std", "process", "Command"], except: "lib/src/tool", why: "only `tool` starts programs" },
    Wall { path: &["process", "Command"], except: "lib/src/tool", why: "only `tool` starts programs" },
    Wall { path: &["tokio", "process"], except: "lib/src/tool", why: "only `tool` starts programs" },
    Wall { path: &["std", "env"], except: NOWHERE, why: "the environment and the home folder come in as values" },
    Wall { path: &["std", "io", "stdin"], except: NOWHERE, why: "only the command knows the terminal" },
    Wall { path: &["std", "io", "stdout"], except: NOWHERE, why: "only the command knows the terminal" },
    Wall { path: &["std", "io", "stderr"], except: NOWHERE, why: "only the command knows the terminal" },
    Wall { path: &["std", "io", "IsTerminal"], except: NOWHERE, why: "only the command knows the terminal" },
    Wall { path: &["std", "process", "exit"], except: NOWHERE, why: "only the command ends the process" },
];

const PRINTERS: [&str; 4] = ["println!", "eprintln!", "print!", "eprint!"];

/// Every forbidden path and every printing macro in the library's code, its tests excepted.
pub fn check(root: &Path, files: &[PathBuf]) -> Findings {
    let mut findings = Vec::new();
    for file in rust_files(files, "lib/src") {
        let code = source::code(&repo::read(root, file)?);
        for path in source::paths(&code) {
            let hit = WALLS.iter().find(|wall| path.begins(wall.path) && !file.starts_with(wall.except));
            if let Some(wall) = hit {
                findings.push(Finding::new(file, path.line, format!("`{}`: {}", wall.path.join("::"), wall.why)));
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
}
