//! `cargo xtask tidy`: the rules of this project that a program can check, each in a file of its own.

mod builds;
mod commands;
mod layers;
mod shape;
mod source;
mod stories;
mod suites;
mod walls;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::{docs, repo};

/// Checks layers, walls, file sizes, forbidden words, help texts, test lists, the stories' table, feature sets and generated pages
#[derive(clap::Args)]
pub struct TidyArgs {
    /// Only what needs no build
    #[arg(long)]
    quick: bool,
}

/// A rule broken at a place.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    file: PathBuf,
    line: usize,
    message: String,
}

impl Finding {
    fn new(file: &Path, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.into(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.message)
    }
}

type Findings = Result<Vec<Finding>, String>;
type Rule = fn(&Path, &[PathBuf]) -> Findings;

const RULES: [(&str, Rule); 7] = [
    ("layers", layers::check),
    ("walls", walls::check),
    ("shape", shape::check),
    ("words", words::check),
    ("commands", commands::check),
    ("suites", suites::check),
    ("stories", stories::check),
];

/// Runs every rule, lists all that is broken, and fails if anything is.
pub fn run(args: &TidyArgs) -> repo::Outcome {
    let root = repo::root();
    let files = repo::files(&root)?;
    let mut broken = 0;
    for (name, rule) in RULES {
        let findings = rule(&root, &files)?;
        broken += findings.len();
        println!("{name}: {}", if findings.is_empty() { "good".into() } else { format!("{} broken", findings.len()) });
        for finding in findings {
            eprintln!("{finding}");
        }
    }
    if broken > 0 {
        return Err(format!("{broken} rules broken"));
    }
    if !args.quick {
        builds::check()?;
        println!("builds: good");
        docs::run(&docs::DocsArgs { check: true })?;
        println!("docs: good");
    }
    Ok(ExitCode::SUCCESS)
}

/// The Rust files below `folder`.
fn rust_files<'a>(files: &'a [PathBuf], folder: &'a str) -> impl Iterator<Item = &'a PathBuf> {
    files.iter().filter(move |file| file.starts_with(folder) && file.extension().is_some_and(|ext| ext == "rs"))
}

#[cfg(test)]
mod tests {
    //! A small fake tree for the rules' own tests.

    use std::path::PathBuf;

    use super::{Findings, Rule};

    /// What `rule` says of a tree made of `files`, one line each.
    pub fn say(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let names: Vec<PathBuf> = files.iter().map(|(name, _)| name.into()).collect();
        let findings: Findings = rule(dir.path(), &names);
        findings.unwrap().iter().map(ToString::to_string).collect()
    }
}
