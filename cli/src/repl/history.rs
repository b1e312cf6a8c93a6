//! Where the lines that were typed are kept, and which of them are not.

use std::collections::BTreeMap;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mainstay::Error;
use mainstay::sql::{Flavor, TokenKind, redact, tokens};

use crate::env;

/// The file, made for nobody else's eyes; `None` where no home folder is known.
///
/// # Errors
/// It cannot be made.
pub(super) fn file(vars: &BTreeMap<String, String>) -> Result<Option<PathBuf>, Error> {
    let set = |name: &str| vars.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // The XDG Base Directory Specification: a relative path is to be ignored.
    let state = set(env::XDG_STATE_HOME)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(set(env::HOME)?.join(".local/state")));
    let Some(state) = state else { return Ok(None) };
    let folder = state.join("mainstay");
    let file = folder.join("sql_history");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| Error::io("make the folder", &folder, error))?;
    private(&file).map_err(|error| Error::io("write the history", &file, error))?;
    Ok(Some(file))
}

fn private(file: &Path) -> std::io::Result<()> {
    let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    opened.set_permissions(std::fs::Permissions::from_mode(0o600))
}

/// Is `text` to be kept? Not one that holds a password, nor one that may.
pub(super) fn keeps(text: &str) -> bool {
    let names_one = |text: &str| {
        let mut tokens = tokens(text, Flavor::Postgres).into_iter();
        tokens.any(|token| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case("password"))
    };
    !text.trim().is_empty() && !names_one(text) && redact(text) == text
}

#[cfg(test)]
mod tests {
    use super::keeps;

    #[test]
    fn passwords_are_not_kept() {
        for text in [
            "ALTER ROLE a PASSWORD 'geheim'",
            "create user a with encrypted\npassword $$geheim$$",
            "SELECT dblink('host=a password=geheim', 'SELECT 1')",
            "DO $$ BEGIN EXECUTE 'ALTER ROLE a PASSWORD ''geheim'''; END $$",
            " ",
        ] {
            assert!(!keeps(text), "{text}");
        }
        assert!(keeps("SELECT password_changed FROM users") && keeps("\\d users"));
    }
}
