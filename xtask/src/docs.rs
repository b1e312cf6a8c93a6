//! `cargo xtask docs`: the reference pages that the command writes: its own help, and what its rules and checks are about.

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
    for (name, page) in [(PAGE, page()?), (RULES, rules()?), (CHECKS, checks()?), (BLOCKERS, blockers()?)] {
        let path = repo::root().join(name);
        if !args.check {
            std::fs::write(&path, page).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(&page) {
            return Err(format!("{name} is out of date\nhint: type: cargo xtask docs"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the rules of `migrate lint` are about; the command is built by now.
fn rules() -> Result<String, String> {
    let pages = repo::output(mainstay().args(["migrate", "lint", "--explain", "all"]))?;
    Ok(format!(
        "<!-- Written by `cargo xtask docs` from the rules; change them in lib/src/lint/ instead. -->\n{}\n",
        pages.trim_end()
    ))
}

/// What the checks of `doctor` are about.
fn checks() -> Result<String, String> {
    let pages = repo::output(mainstay().args(["doctor", "--explain", "all"]))?;
    Ok(format!(
        "<!-- Written by `cargo xtask docs` from the checks; change them in lib/src/doctor/ instead. -->\n{}\n",
        pages.trim_end()
    ))
}

/// What keeps a cluster from being upgraded.
fn blockers() -> Result<String, String> {
    let pages = repo::output(mainstay().args(["upgrade", "check", "--explain"]))?;
    Ok(format!(
        "<!-- Written by `cargo xtask docs` from the blockers; change them in lib/src/upgrade/ instead. -->\n{}\n",
        pages.trim_end()
    ))
}

fn page() -> Result<String, String> {
    let mut build = repo::cargo();
    build.args(["build", "--quiet", "--package", "mainstay-cli"]);
    if !repo::status(&mut build)?.success() {
        return Err("the command does not build".into());
    }
    let mut page = String::from(
        "<!-- Written by `cargo xtask docs` from the command's help; change the doc comments in cli/src/ instead. -->\n\
         # The command\n",
    );
    write(&mut page, &[])?;
    Ok(page)
}

/// Appends the help of `mainstay COMMANDS` and of everything below it.
fn write(page: &mut String, commands: &[&str]) -> Result<(), String> {
    let help = help(commands)?;
    let level = "#".repeat(commands.len() + 2);
    let title = ["mainstay"].iter().chain(commands).copied().collect::<Vec<_>>().join(" ");
    page.push_str(&format!("\n{level} {title}\n\n```text\n{help}\n```\n"));
    for name in subcommands(&help) {
        write(page, &[commands, &[name]].concat())?;
    }
    Ok(())
}

/// The help of `mainstay COMMANDS`, the same on every machine: no environment, no terminal's width.
fn help(commands: &[&str]) -> Result<String, String> {
    let help = repo::output(mainstay().args(commands).arg("--help"))?;
    Ok(help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned())
}

/// The command as it was built, the same on every machine: no environment.
fn mainstay() -> Command {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repo::root().join("target"), Into::into);
    let mut mainstay = Command::new(target.join("debug").join("mainstay"));
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
