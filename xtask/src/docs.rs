//! `cargo xtask docs`: the reference page of the command, written from its own help.

use std::process::{Command, ExitCode};

use crate::repo;

/// Where the page is.
pub const PAGE: &str = "docs/reference/cli.md";

/// Writes docs/reference/cli.md from the command's help
#[derive(clap::Args)]
pub struct DocsArgs {
    /// Write nothing; fail when the page is out of date
    #[arg(long)]
    pub check: bool,
}

/// Writes or checks the page.
pub fn run(args: &DocsArgs) -> repo::Outcome {
    let page = page()?;
    let path = repo::root().join(PAGE);
    if !args.check {
        std::fs::write(&path, page).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    } else if std::fs::read_to_string(&path).ok().as_deref() != Some(&page) {
        return Err(format!("{PAGE} is out of date\nhint: type: cargo xtask docs"));
    }
    Ok(ExitCode::SUCCESS)
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
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repo::root().join("target"), Into::into);
    let mut mainstay = Command::new(target.join("debug").join("mainstay"));
    mainstay.env_clear().args(commands).arg("--help");
    let help = repo::output(&mut mainstay)?;
    Ok(help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned())
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
