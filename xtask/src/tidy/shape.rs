//! Small files with one subject: sizes, the width of comments, and names that say nothing.

use std::path::{Path, PathBuf};

use super::{Finding, Findings, rust_files, source};
use crate::repo;

const MAX_FILE: usize = 600;
const MAX_MAIN: usize = 40;
const MAX_COMMAND: usize = 300;
/// What the formatter leaves alone, in characters.
const MAX_COMMENT: usize = 132;
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "common", "helpers", "helper", "misc"];

/// Every file that is too long or whose name names no subject, and every comment that is too wide.
pub fn check(root: &Path, files: &[PathBuf]) -> Findings {
    let mut findings = Vec::new();
    for file in rust_files(files, "") {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        for name in [stem, folder] {
            if EMPTY_NAMES.contains(&name.as_ref()) {
                findings.push(Finding::new(file, 1, format!("`{name}` names no subject")));
            }
        }
        let text = repo::read(root, file)?;
        for (number, line) in text.lines().enumerate() {
            let wide = line.chars().count();
            if line.trim_start().starts_with("//") && wide > MAX_COMMENT {
                let message = format!("a comment of {wide} characters, at most {MAX_COMMENT}: wrap it");
                findings.push(Finding::new(file, number + 1, message));
            }
        }
        let lines = source::code(&text).trim_end().lines().count();
        let most = most_lines(file);
        if lines > most {
            findings.push(Finding::new(
                file,
                most,
                format!("{lines} lines before its tests, at most {most}: split it"),
            ));
        }
    }
    Ok(findings)
}

fn most_lines(file: &Path) -> usize {
    if file.ends_with("src/main.rs") && !file.starts_with("examples") {
        MAX_MAIN
    } else if file.starts_with("cli/src/commands") {
        MAX_COMMAND
    } else {
        MAX_FILE
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::say;
    use super::check;

    #[test]
    fn long_files_are_found_and_tests_do_not_count() {
        let long = "fn f() {}\n".repeat(301);
        let tested = format!("fn f() {{}}\n\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        let tree = [("cli/src/commands/up.rs", &*long), ("lib/src/a.rs", &*long), ("cli/src/main.rs", &*tested)];
        let said = "cli/src/commands/up.rs:300: 301 lines before its tests, at most 300: split it";
        assert_eq!(say(check, &tree), [said]);
    }

    #[test]
    fn wide_comments_are_found() {
        let wide = format!("// {}\nconst A: &str = \"{}\";\n", "é".repeat(130), "a".repeat(140));
        let said = "lib/src/a.rs:1: a comment of 133 characters, at most 132: wrap it";
        assert_eq!(say(check, &[("lib/src/a.rs", &*wide)]), [said]);
    }

    #[test]
    fn names_without_a_subject_are_found() {
        assert_eq!(say(check, &[("lib/src/sql/utils.rs", ""), ("cli/src/common/mod.rs", "")]).len(), 2);
    }
}
