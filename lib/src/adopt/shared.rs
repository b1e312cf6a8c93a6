//! What a script may touch besides its own database: roles and databases belong to the whole server.

use crate::migrate::Folder;
use crate::sql::{Flavor, significant, words};

/// What all databases of a server share.
const SHARED: [&str; 6] = ["ROLE", "USER", "GROUP", "DATABASE", "TABLESPACE", "SYSTEM"];

/// Whether a script of `folder` may change what the databases of its server share. Then it must not be run beside the target
/// a second time. Statements inside of functions and strings count too, so the answer errs towards yes.
pub(super) fn changes_the_cluster(folder: &Folder) -> bool {
    folder.flavor == Flavor::Postgres
        && folder
            .migrations
            .iter()
            .any(|migration| migration.up.statements(folder.flavor).iter().any(|statement| is_shared(statement.text)))
}

fn is_shared(sql: &str) -> bool {
    let first = words(sql, Flavor::Postgres, 2);
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    match first.as_slice() {
        ["REASSIGN" | "DROP", "OWNED"] => true,
        ["CREATE" | "ALTER" | "DROP", what] if SHARED.contains(what) => true,
        // A right on an object stays in the database; membership in a role has no ON.
        ["GRANT" | "REVOKE", ..] => {
            let rest: Vec<String> = significant(sql, Flavor::Postgres).map(|token| token.text.to_uppercase()).collect();
            let on = rest.iter().position(|word| word == "ON");
            on.is_none_or(|on| rest.get(on + 1).is_some_and(|what| SHARED.contains(&what.as_str())))
        }
        _ => names_shared(sql),
    }
}

/// `CREATE ROLE` and the like anywhere in the text, strings and bodies included.
fn names_shared(sql: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let text: Vec<String> = sql.split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_uppercase).collect();
    text.windows(2).any(|pair| {
        matches!(pair[0].as_str(), "CREATE" | "ALTER" | "DROP" | "ON") && SHARED.contains(&pair[1].as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::is_shared;

    #[test]
    fn what_the_databases_of_a_server_share() {
        for sql in [
            "CREATE ROLE readers",
            "alter /* why */ role walt SET timezone = 'UTC'",
            "ALTER DATABASE walt SET search_path = app",
            "DO $$BEGIN EXECUTE 'DROP USER old'; END$$",
            "GRANT readers TO walt",
            "GRANT CONNECT ON DATABASE walt TO readers",
            "REVOKE admin FROM walt",
            "DROP OWNED BY old",
            "COMMENT ON ROLE walt IS 'the service'",
            "ALTER SYSTEM SET work_mem = '1GB'",
        ] {
            assert!(is_shared(sql), "{sql}");
        }
        for sql in [
            "CREATE TABLE role (database text)",
            "GRANT SELECT ON logs TO readers",
            "ALTER TABLE t OWNER TO walt",
            "UPDATE users SET role = 'user'",
            "ALTER TABLE users ADD COLUMN role text",
            "ALTER DEFAULT PRIVILEGES FOR ROLE walt GRANT SELECT ON TABLES TO readers",
        ] {
            assert!(!is_shared(sql), "{sql}");
        }
    }
}
