//! The working copy, and running programs in it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What a chore ends with: an exit code to pass on, or a sentence about why it could not run.
pub type Outcome = Result<ExitCode, String>;

/// The working copy's top folder.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The program `name` of the workspace, built with the features that `cargo test` gives it: what that has compiled serves both.
///
/// # Errors
/// It does not build.
pub fn program(name: &str) -> Result<PathBuf, String> {
    let mut build = cargo();
    // There are no examples: asked for them, cargo counts the features that only tests want.
    build.args(["build", "--quiet", "--workspace", "--all-features", "--examples", "--bin", name]);
    if !status(&mut build)?.success() {
        return Err(format!("{name} does not build"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug").join(name))
}

/// Runs `command` with our own terminal and waits for it.
///
/// # Errors
/// It cannot be started.
pub fn status(command: &mut Command) -> Result<std::process::ExitStatus, String> {
    command.status().map_err(|e| format!("cannot run {}: {e}", command.get_program().to_string_lossy()))
}

/// Runs `command` and returns its exit code as ours.
///
/// # Errors
/// It cannot be started.
pub fn pass_on(command: &mut Command) -> Outcome {
    let code = status(command)?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Runs `command` and returns its standard output.
///
/// # Errors
/// It cannot be started or fails; its standard error is part of the sentence.
pub fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("cannot run {program}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{program} printed something that is not UTF-8"))
}

/// Every file that git tracks or would add under `root`, relative to it and sorted.
///
/// # Errors
/// git is missing or `root` is no working copy.
pub fn files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = output(&mut git)?;
    let mut files: Vec<PathBuf> = list
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .filter(|f| root.join(f).is_file())
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// The text of `file`, named in the error.
///
/// # Errors
/// It cannot be read or is not UTF-8.
pub fn read(root: &Path, file: &Path) -> Result<String, String> {
    std::fs::read_to_string(root.join(file)).map_err(|e| format!("cannot read {}: {e}", file.display()))
}
