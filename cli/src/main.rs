//! The command `mainstay`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mainstay_cli::run(std::env::args_os())
}
