//! The library builds with each engine alone, not only with everything.

use crate::repo;

const FEATURE_SETS: [&[&str]; 2] = [&[], &["--no-default-features", "--features", "sqlite"]];

/// Checks each feature set.
///
/// # Errors
/// One does not build: the sentence is the command that shows it.
pub fn check() -> Result<(), String> {
    for features in FEATURE_SETS {
        let mut cargo = repo::cargo();
        cargo.args(["check", "--quiet", "--package", "mainstay"]).args(features);
        if !repo::status(&mut cargo)?.success() {
            return Err(format!("`cargo check -p mainstay {}` fails", features.join(" ")));
        }
    }
    Ok(())
}
