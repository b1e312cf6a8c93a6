//! Help: complete, learnable, and never in the way of `-h`.

use clap::{Command, CommandFactory};
use mainstay_cli::args::Cli;

use crate::mainstay;

fn every(command: &Command, check: &mut dyn FnMut(&Command)) {
    check(command);
    command.get_subcommands().for_each(|sub| every(sub, check));
}

#[test]
fn the_tree_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_and_flag_has_one_paragraph_of_help() {
    let mut root = Cli::command();
    root.build();
    let mut without = Vec::new();
    every(&root, &mut |command| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        if about.is_empty() || about.ends_with('.') {
            without.push(command.get_name().to_owned());
        }
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            if help.is_empty() || argument.get_long_help().is_some() {
                without.push(format!("{} {}", command.get_name(), argument.get_id()));
            }
        }
    });
    assert_eq!(without, Vec::<String>::new());
}

#[test]
fn h_is_the_host_and_question_mark_is_help() {
    let short = mainstay().args(["-?"]).run();
    let long = mainstay().args(["--help"]).run();
    assert_eq!((short.code, &short.stdout), (0, &long.stdout));
    assert!(short.stdout.contains("-h, --host <HOST>"), "{}", short.stdout);
    assert!(short.stdout.contains("-?, --help"), "{}", short.stdout);
    assert_eq!(mainstay().args(["-h", "db", "config", "show"]).run().code, 0);
}

#[test]
fn the_version() {
    let run = mainstay().args(["--version"]).run();
    assert_eq!((run.code, run.stdout), (0, format!("mainstay {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn help_fits_the_columns() {
    let run = mainstay().env("COLUMNS", "72").args(["--help"]).run();
    let long: Vec<&str> = run.stdout.lines().filter(|line| line.chars().count() > 72).collect();
    assert_eq!(long, Vec::<&str>::new());
}
