//! Every command that a message tells the user to type is one that there is.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use mainstay_cli::args::Cli;

#[test]
fn hints_name_commands_and_flags_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut cli = Cli::command();
    cli.build();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for file in sources(&root.join("lib/src")).into_iter().chain(sources(&root.join("cli/src"))) {
        let text = std::fs::read_to_string(&file).expect("a source file");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for (at, name) in line.match_indices("mainstay ").filter(|(at, _)| line[..*at].contains('"')) {
                seen += 1;
                if let Err(why) = check(&cli, &line[at + name.len()..]) {
                    wrong.push(format!("{}:{}: {why}: {}", file.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(seen > 40, "only {seen} commands were found: has the form of hints changed?");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Follows `words` down the tree of commands; what follows is the sentence's. Flags up to there must be known.
fn check(root: &Command, words: &str) -> Result<(), String> {
    let mut at = root;
    let mut after_flag = false;
    for word in words.split([' ', '"', '`', ',', ';', ':', '.', ')', '\\']) {
        let is_flag = word.starts_with('-') && word.len() > 1;
        if is_flag && !knows(at, root, word) {
            return Err(format!("`{}` has no flag {word}", at.get_name()));
        }
        match at.find_subcommand(word) {
            Some(next) => at = next,
            None if is_flag => {}
            // A flag's value, or the sentence goes on.
            None if after_flag => return Ok(()),
            // A placeholder, or `…`.
            None if !word.starts_with(|first: char| first.is_ascii_lowercase()) => return Ok(()),
            None if at.has_subcommands() => {
                return Err(format!("`{}` has no command {word}", at.get_name()));
            }
            None => return Ok(()),
        }
        after_flag = is_flag;
    }
    Ok(())
}

fn knows(command: &Command, root: &Command, flag: &str) -> bool {
    command.get_arguments().chain(root.get_arguments()).any(|arg| match flag.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long) || matches!(long, "version" | "help"),
        None => arg.get_short() == flag.chars().nth(1),
    })
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
