//! The table of what the five pages say: every row names steps, and every step is a function of that story.

use std::path::{Path, PathBuf};

use super::{Finding, Findings, rust_files};
use crate::repo;

const PAGE: &str = "docs/reference/pages.md";

/// Every row without a step, and every step that its story does not have.
pub fn check(root: &Path, files: &[PathBuf]) -> Findings {
    let page = Path::new(PAGE);
    if !files.iter().any(|file| file == page) {
        return Ok(Vec::new());
    }
    let (mut findings, mut story, mut steps) = (Vec::new(), String::new(), String::new());
    for (at, line) in repo::read(root, page)?.lines().enumerate() {
        if let Some(title) = line.strip_prefix("## ") {
            let name = title.split('-').next().unwrap_or(title).to_ascii_lowercase();
            story = format!("examples/{name}/tests/story");
            steps.clear();
            for file in rust_files(files, &story) {
                steps.push_str(&repo::read(root, file)?);
            }
        }
        let Some(cell) = last_cell(line) else { continue };
        let named: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            findings.push(Finding::new(page, at + 1, "no step shows this"));
        }
        for step in named.into_iter().filter(|step| !steps.contains(&format!("fn {step}("))) {
            findings.push(Finding::new(page, at + 1, format!("`{step}` is no step of {story}")));
        }
    }
    Ok(findings)
}

/// The last cell of a table's row; nothing where the line is none, or a heading's.
fn last_cell(line: &str) -> Option<&str> {
    let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let cell = row.rsplit(" | ").next()?;
    (cell != "step").then_some(cell)
}

#[cfg(test)]
mod tests {
    use super::super::tests::say;
    use super::check;

    #[test]
    fn a_row_without_a_step_is_found_and_a_step_that_is_not_there() {
        let page = "## WalT\n\n| the page | here | step |\n|---|---|---|\n| a | b | `starts`, `stops` |\n| a | b | |\n| a | b | later |\n";
        let story = "/// # Start\npub async fn starts(machine: &Ground) {}\n";
        let tree = [("docs/reference/pages.md", page), ("examples/walt/tests/story/main.rs", story)];
        let said = say(check, &tree);
        assert_eq!(said.len(), 3, "{said:?}");
        assert_eq!(said[0], "docs/reference/pages.md:5: `stops` is no step of examples/walt/tests/story");
        assert!(said[1].ends_with(":6: no step shows this") && said[2].ends_with(":7: no step shows this"), "{said:?}");
    }
}
