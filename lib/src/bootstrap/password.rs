//! The form in which a new role's password reaches the server.

use crate::conn::Secret;
use crate::error::Result;

/// Where a plan's statement says the app's password. As psql reads it this is a variable: a printed plan that is piped
/// into `psql` without `-v app_password="'…'"` fails instead of giving the role a password that everybody knows.
pub const PASSWORD_VARIABLE: &str = ":app_password";

/// The clause for a role that gets the password which `variable` stands for; it ends its statement.
pub fn clause(variable: &str) -> String {
    format!(" PASSWORD {variable}")
}

/// `statement` as it is sent: with the verifier of `password` where the plan has `variable` in its place.
///
/// # Errors
/// This build has no engine for PostgreSQL.
pub fn fill(statement: &str, variable: &str, password: Option<&Secret>) -> Result<String> {
    match (statement.strip_suffix(&clause(variable)), password) {
        (Some(start), Some(password)) => Ok(format!("{start} PASSWORD '{}'", verifier(password)?)),
        _ => Ok(statement.to_owned()),
    }
}

/// A SCRAM-SHA-256 verifier, computed here so that the password itself is in no log and no statistics view.
#[cfg(feature = "postgres")]
fn verifier(password: &Secret) -> Result<String> {
    Ok(postgres_protocol::password::scram_sha_256(password.expose().as_bytes()))
}

#[cfg(not(feature = "postgres"))]
fn verifier(_: &Secret) -> Result<String> {
    Err(crate::Error::new(crate::ErrorKind::Usage, "this build of the library has no engine for PostgreSQL"))
}
