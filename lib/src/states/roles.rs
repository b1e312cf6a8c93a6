//! Roles that files name and a server lacks. Servers speak many languages: the source routine tells, which is never translated.

use crate::error::Error;
use crate::sql::ident;

/// The routines that look a role up by name.
const LOOKUPS: [&str; 4] = ["get_role_oid", "get_rolespec_oid", "get_rolespec_tuple", "get_rolespec_name"];

/// Whether `error` says that a role does not exist.
pub(super) fn is_missing_role(error: &Error) -> bool {
    let Some(sql) = error.sql() else { return false };
    let looked_up = sql.routine.as_deref().is_some_and(|routine| LOOKUPS.contains(&routine));
    // SET ROLE and SET SESSION AUTHORIZATION say that their value is invalid.
    let set = sql.sqlstate == "22023" && missing_role(error).is_some();
    (sql.sqlstate == "42704" && looked_up) || set
}

/// What to do about the role that `error` misses; `None` where it misses none.
pub(crate) fn make_role_hint(error: &Error) -> Option<String> {
    let of_bootstrap = "or name it in mainstay.toml under [database], then: mainstay bootstrap";
    is_missing_role(error).then(|| match missing_role(error) {
        Some(role) => {
            let command = format!("mainstay sql --write -c 'CREATE ROLE {}'", ident(role));
            format!("the server has no role {role}; make it: {command}, {of_bootstrap}")
        }
        None => format!("the server lacks a role; make it: mainstay sql --write -c 'CREATE ROLE …', {of_bootstrap}"),
    })
}

/// The name of the missing role, from a server that speaks English, as private servers do.
pub(super) fn missing_role(error: &Error) -> Option<&str> {
    let message = &error.sql()?.message;
    message.strip_prefix("role \"")?.strip_suffix("\" does not exist")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::SqlError;

    #[test]
    fn a_missing_role_is_told_from_other_missing_things() {
        let error = |sqlstate: &str, message: &str, routine: &str| {
            Error::from_sql(SqlError {
                sqlstate: sqlstate.into(),
                message: message.into(),
                routine: Some(routine.into()),
                ..SqlError::default()
            })
            .context("a.sql does not load")
        };
        let missing = error("42704", "role \"a \"\"b\" does not exist", "get_role_oid");
        assert!(is_missing_role(&missing));
        assert_eq!(missing_role(&missing), Some("a \"\"b"));
        assert!(is_missing_role(&error("42704", "Rolle »x« existiert nicht", "get_rolespec_oid")));
        assert!(is_missing_role(&error("22023", "role \"x\" does not exist", "call_string_check_hook")));
        assert!(!is_missing_role(&error("42704", "type \"x\" does not exist", "typenameType")));
        assert!(!is_missing_role(&error("22023", "invalid value", "call_string_check_hook")));
    }
}
