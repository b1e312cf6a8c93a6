//! `sslmode` and its files, with libpq's rules on which files exist.
//!
//! Source: PostgreSQL documentation, "SSL Support".

use std::path::{Path, PathBuf};

use super::{Files, SslMode};
use crate::error::{Error, ErrorKind, Result};

/// What was given, empty or `None` where nothing was.
pub(super) struct Given<'a> {
    pub(super) mode: Option<&'a str>,
    pub(super) rootcert: Option<&'a str>,
    pub(super) cert: Option<&'a str>,
    pub(super) key: Option<&'a str>,
    pub(super) certmode: Option<&'a str>,
    pub(super) home: Option<&'a Path>,
}

/// What holds.
pub(super) struct Tls {
    pub(super) mode: SslMode,
    /// Why the mode is not the one given, or not the usual one.
    pub(super) reason: Option<String>,
    pub(super) rootcert: Option<PathBuf>,
    pub(super) system_roots: bool,
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// Settles the mode and the files.
///
/// # Errors
/// No such mode; a weak mode with the system's roots.
pub(super) fn settle(given: &Given<'_>, files: &dyn Files) -> Result<Tls> {
    let mode = given.mode.map(mode).transpose()?;
    let system_roots = given.rootcert == Some("system");
    if system_roots && mode.is_some_and(|mode| mode != SslMode::VerifyFull) {
        let given = given.mode.unwrap_or_default();
        return Err(Error::new(ErrorKind::Config, format!("sslmode={given} is too weak for sslrootcert=system"))
            .hint("say sslmode=verify-full"));
    }
    let (cert, key) = client_files(given, files);
    let rootcert = if system_roots { None } else { root_file(given, mode, files) };
    let (mode, reason) = match mode {
        None if system_roots => (SslMode::VerifyFull, Some("sslrootcert=system".into())),
        None => (SslMode::Prefer, None),
        Some(SslMode::Require) => match &rootcert {
            Some(file) => (SslMode::VerifyCa, Some(format!("require, and {} exists", file.display()))),
            None => (SslMode::Require, None),
        },
        Some(mode) => (mode, None),
    };
    Ok(Tls { mode, reason, rootcert, system_roots, cert, key })
}

fn mode(text: &str) -> Result<SslMode> {
    Ok(match text {
        "disable" => SslMode::Disable,
        "allow" => SslMode::Allow,
        "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => {
            return Err(Error::new(ErrorKind::Config, format!("there is no sslmode {text:?}"))
                .hint("the modes are disable, allow, prefer, require, verify-ca and verify-full"));
        }
    })
}

/// A root file that is named and missing stays named where the mode needs one, so that connecting says so.
fn root_file(given: &Given<'_>, mode: Option<SslMode>, files: &dyn Files) -> Option<PathBuf> {
    let file = file(given.rootcert, given.home, "root.crt")?;
    let needed = given.rootcert.is_some() && matches!(mode, Some(SslMode::VerifyCa | SslMode::VerifyFull));
    (needed || exists(&file, files)).then_some(file)
}

/// The client's certificate counts only where its file exists, as in libpq; its key goes with it.
fn client_files(given: &Given<'_>, files: &dyn Files) -> (Option<PathBuf>, Option<PathBuf>) {
    let cert = file(given.cert, given.home, "postgresql.crt").filter(|file| exists(file, files));
    match cert {
        Some(cert) if given.certmode != Some("disable") => (
            Some(cert),
            file(given.key, given.home, "postgresql.key").filter(|key| given.key.is_some() || exists(key, files)),
        ),
        _ => (None, None),
    }
}

fn file(given: Option<&str>, home: Option<&Path>, usual: &str) -> Option<PathBuf> {
    match given {
        Some(given) => Some(PathBuf::from(given)),
        None => home.map(|home| home.join(".postgresql").join(usual)),
    }
}

/// A file that cannot be read does exist: connecting will say what is wrong with it.
fn exists(file: &Path, files: &dyn Files) -> bool {
    !matches!(files.read(file), Ok(None))
}
