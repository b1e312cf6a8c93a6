//! Roles that files name and a server lacks. Servers speak many languages: the source routine tells, which is never translated.

use crate::error::Error;

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
