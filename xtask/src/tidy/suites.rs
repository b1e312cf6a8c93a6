//! No forgotten test: every file of a test binary is in its list of modules.

use std::path::{Path, PathBuf};

use super::{Finding, Findings};
use crate::repo;

const SUITES: [&str; 3] = ["lib/tests/it", "cli/tests/it", "peers/tests/it"];

/// Every file of a suite's folder that its `main.rs` does not name.
pub fn check(root: &Path, files: &[PathBuf]) -> Findings {
    let mut findings = Vec::new();
    for suite in SUITES.map(Path::new) {
        let main = suite.join("main.rs");
        if !files.contains(&main) {
            continue;
        }
        let listed = repo::read(root, &main)?;
        for file in files.iter().filter(|file| file.parent() == Some(suite) && **file != main) {
            let is_rust = file.extension().is_some_and(|ext| ext == "rs");
            let module = format!("mod {};", file.file_stem().unwrap_or_default().to_string_lossy());
            if is_rust && !listed.lines().any(|line| line == module) {
                findings.push(Finding::new(file, 1, format!("forgotten: `{module}` is not in {}", main.display())));
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
    fn a_forgotten_file_is_found() {
        let tree = [("lib/tests/it/main.rs", "mod sql;\n"), ("lib/tests/it/sql.rs", ""), ("lib/tests/it/tls.rs", "")];
        assert_eq!(say(check, &tree), ["lib/tests/it/tls.rs:1: forgotten: `mod tls;` is not in lib/tests/it/main.rs"]);
    }
}
