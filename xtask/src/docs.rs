//! `cargo xtask docs`: the reference pages that the command writes: its own help, and what its rules and checks are about.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::repo;

/// Where the page of the command is.
pub const PAGE: &str = "docs/reference/cli.md";

/// Where the page of the rules is.
pub const RULES: &str = "docs/reference/lint.md";

/// Where the page of the checks is.
pub const CHECKS: &str = "docs/reference/doctor.md";

/// Where the page of what keeps a cluster from being upgraded is.
pub const BLOCKERS: &str = "docs/reference/upgrade.md";

/// Writes docs/reference/cli.md, lint.md, doctor.md and upgrade.md from what the command says of itself
#[derive(clap::Args)]
pub struct DocsArgs {
    /// Write nothing; fail when a page is out of date
    #[arg(long)]
    pub check: bool,
}

/// Writes or checks the pages.
pub fn run(args: &DocsArgs) -> repo::Outcome {
    let program = repo::program("mainstay")?;
    let pages = [
        (PAGE, page(&program)?),
        (RULES, explained(&program, &["migrate", "lint", "--explain", "all"], "rules", "lint")?),
        (CHECKS, explained(&program, &["doctor", "--explain", "all"], "checks", "doctor")?),
        (BLOCKERS, explained(&program, &["upgrade", "check", "--explain"], "blockers", "upgrade")?),
    ];
    for (name, page) in pages {
        let path = repo::root().join(name);
        if !args.check {
            std::fs::write(&path, page).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(&page) {
            return Err(format!("{name} is out of date\nhint: type: cargo xtask docs"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the command says of its rules, its checks or what it refuses; they are in the `folder` of the library.
fn explained(program: &Path, command: &[&str], what: &str, folder: &str) -> Result<String, String> {
    let pages = repo::output(alone(program).args(command))?;
    let from = format!("Written by `cargo xtask docs` from the {what}; change them in lib/src/{folder}/ instead.");
    Ok(format!("<!-- {from} -->\n{}\n", pages.trim_end()))
}

fn page(program: &Path) -> Result<String, String> {
    let mut page = String::from(
        "<!-- Written by `cargo xtask docs` from the command's help; change the doc comments in cli/src/ instead. -->\n\
         # The command\n",
    );
    write(&mut page, program, &[])?;
    Ok(page)
}

/// Appends the help of `mainstay COMMANDS` and of everything below it.
fn write(page: &mut String, program: &Path, commands: &[&str]) -> Result<(), String> {
    let help = help(program, commands)?;
    let level = "#".repeat(commands.len() + 2);
    let title = ["mainstay"].iter().chain(commands).copied().collect::<Vec<_>>().join(" ");
    page.push_str(&format!("\n{level} {title}\n\n```text\n{help}\n```\n"));
    for name in subcommands(&help) {
        write(page, program, &[commands, &[name]].concat())?;
    }
    Ok(())
}

/// The help of `mainstay COMMANDS`, the same on every machine: no environment, no terminal's width.
fn help(program: &Path, commands: &[&str]) -> Result<String, String> {
    let help = repo::output(alone(program).args(commands).arg("--help"))?;
    Ok(help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned())
}

/// The command, the same on every machine: no environment.
fn alone(program: &Path) -> Command {
    let mut mainstay = Command::new(program);
    mainstay.env_clear();
    mainstay
}

/// The names in the `Commands:` part of a help text, clap's own `help` excepted.
fn subcommands(help: &str) -> Vec<&str> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    list.filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::subcommands;

    #[test]
    fn subcommands_are_the_names_at_the_left() {
        let help = "Does it\n\nUsage: x <COMMAND>\n\nCommands:\n  new   Makes one\n        of many words\n  up    Goes up\n  \
                    help  Prints\n\nOptions:\n  -q  Quiet";
        assert_eq!(subcommands(help), ["new", "up"]);
        assert!(subcommands("Usage: x\n\nOptions:\n  -q  Quiet").is_empty());
    }
}
