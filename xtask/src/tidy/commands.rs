//! A command's help is the doc comments of its arguments: every struct and every field must have one.

use std::path::{Path, PathBuf};

use super::{Finding, Findings, rust_files};
use crate::repo;

/// Every public struct, and every public field or `#[arg]`, without a doc comment in the command files.
pub fn check(root: &Path, files: &[PathBuf]) -> Findings {
    let mut findings = Vec::new();
    for file in rust_files(files, "cli/src/commands") {
        let text = repo::read(root, file)?;
        let mut item = Item::default();
        for (index, line) in text.lines().map(str::trim).enumerate() {
            match Line::of(line) {
                Line::Doc => item.documented = true,
                Line::Attribute => item.note(line),
                Line::Struct | Line::Field if item.is_help() && !item.documented => {
                    findings.push(Finding::new(
                        file,
                        index + 1,
                        format!("`{line}` has no doc comment: it is the help"),
                    ));
                    item = Item::default();
                }
                _ => item = Item::default(),
            }
        }
    }
    Ok(findings)
}

/// What stands before a line: its documentation and attributes.
#[derive(Default)]
struct Item {
    documented: bool,
    derives_args: bool,
    argument: bool,
}

impl Item {
    fn note(&mut self, attribute: &str) {
        let derives = |name: &str| attribute.starts_with("#[derive(") && attribute.contains(name);
        self.derives_args |= derives("Args") || derives("Parser");
        // A flattened struct brings its own help.
        self.argument |= attribute.starts_with("#[arg(");
    }

    fn is_help(&self) -> bool {
        self.derives_args || self.argument
    }
}

enum Line {
    Doc,
    Attribute,
    Struct,
    Field,
    Other,
}

impl Line {
    fn of(line: &str) -> Self {
        let bare = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        if line.starts_with("///") {
            Self::Doc
        } else if line.starts_with("#[") {
            Self::Attribute
        } else if bare.starts_with("struct ") || bare.starts_with("enum ") {
            Self::Struct
        } else if bare.ends_with(',') && bare.contains(": ") {
            Self::Field
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::say;
    use super::check;

    #[test]
    fn arguments_without_a_doc_comment_are_found() {
        let text = "#[derive(clap::Args)]\npub struct UpArgs {\n    #[arg(long)]\n    pub to: u64,\n    /// Good\n    #[arg(long)]\n    pub by: u64,\n    #[command(flatten)]\n    more: More,\n}\n";
        let said = say(check, &[("cli/src/commands/up.rs", text)]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("up.rs:2: ") && said[1].contains("up.rs:4: "), "{said:?}");
    }

    #[test]
    fn documented_arguments_are_good() {
        let text = "/// Goes up\n#[derive(Debug, clap::Args)]\npub struct UpArgs {\n    /// How far\n    #[arg(long)]\n    pub to: u64,\n}\n";
        assert_eq!(say(check, &[("cli/src/commands/up.rs", text)]), [""; 0]);
    }
}
