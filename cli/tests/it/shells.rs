//! Completions and manual pages.

use std::process::Command;

use crate::mainstay;

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let run = mainstay().args(["completions", shell]).run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        assert!(run.stdout.contains("completions") && run.stdout.contains("dbname"), "{shell}");
    }
}

#[test]
fn bash_understands_its_script() {
    let mut cli = mainstay();
    let script = cli.args(["completions", "bash"]).run().stdout;
    cli.file("mainstay.bash", &script);
    let status = Command::new("bash").arg("-n").arg(cli.project().join("mainstay.bash")).status().expect("bash");
    assert!(status.success());
}

#[test]
fn the_main_manual_page() {
    let run = mainstay().args(["man"]).run();
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains(".TH mainstay 1"), "{}", run.stdout);
}

#[test]
fn one_manual_page_for_each_command() {
    let mut cli = mainstay();
    assert_eq!(cli.args(["man", "--out", "pages"]).run().code, 0);
    for page in ["mainstay.1", "mainstay-completions.1", "mainstay-config.1", "mainstay-config-show.1"] {
        let text = std::fs::read_to_string(cli.project().join("pages").join(page)).expect(page);
        assert!(text.contains(".SH NAME"), "{page}");
    }
}
