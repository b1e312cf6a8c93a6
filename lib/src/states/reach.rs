//! What a statement does beyond its own database. Roles, tablespaces and other databases belong to the whole cluster, so such a
//! statement runs on a private server alone; what reaches beyond even that is refused.

use crate::dialect::Script;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Statement, TokenKind, significant, words};

/// What belongs to the cluster, as SQL names it.
const OF_CLUSTER: [&str; 6] = ["ROLE", "USER", "GROUP", "DATABASE", "TABLESPACE", "SYSTEM"];

/// Words of statements that change roles and what they own: in code nobody looks what they are said of.
const TO_ROLES: [&str; 4] = ["GRANT", "REVOKE", "REASSIGN", "OWNED"];

/// Statements whose texts are data and never code.
const OF_DATA: [&str; 6] = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "COMMENT"];

/// How far a statement reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Its own database.
    Database,
    /// The cluster.
    Cluster,
    /// Another server, or another file.
    World,
}

/// Whether any of `scripts` reaches beyond its database.
///
/// # Errors
/// [`ErrorKind::Refused`], with the place: a statement reaches beyond the server.
pub(super) fn beyond<'a>(scripts: impl IntoIterator<Item = &'a Script>, flavor: Flavor) -> Result<bool> {
    let mut cluster = false;
    for script in scripts {
        for statement in script.statements(flavor) {
            match reach(statement.text, flavor) {
                Reach::Database => {}
                Reach::Cluster => cluster = true,
                Reach::World => return Err(refused(script, &statement, flavor)),
            }
        }
    }
    Ok(cluster)
}

/// The first statement of `script` that makes what belongs to the cluster, and so is in no dump of a database. A function that
/// would do so when it is called is.
pub(super) fn of_cluster(script: &Script, flavor: Flavor) -> Option<Statement<'_>> {
    let is_routine = |sql: &str| {
        let words = words(sql, flavor, 4);
        words.first().is_some_and(|word| word == "CREATE")
            && words.iter().any(|word| matches!(word.as_str(), "FUNCTION" | "PROCEDURE"))
    };
    let makes = |one: &Statement<'_>| reach(one.text, flavor) == Reach::Cluster && !is_routine(one.text);
    script.statements(flavor).into_iter().find(makes)
}

fn refused(script: &Script, statement: &Statement<'_>, flavor: Flavor) -> Error {
    let what = words(statement.text, flavor, 2).join(" ");
    let error = Error::new(ErrorKind::Refused, format!("{what} reaches beyond the scratch database"))
        .at(script.place(statement, None));
    match flavor {
        Flavor::Postgres => {
            error.hint(format!("it would connect to the publisher: write WITH (connect = false) in {}", script.file))
        }
        Flavor::Sqlite => error.hint(format!("it would open or write another file: take it out of {}", script.file)),
    }
}

/// How far the statement `sql` reaches, told from its words.
pub fn reach(sql: &str, flavor: Flavor) -> Reach {
    let words = words(sql, flavor, 4);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (flavor, words.as_slice()) {
        (Flavor::Sqlite, ["ATTACH", ..]) => Reach::World,
        (Flavor::Sqlite, ["VACUUM", ..]) if has_word(sql, flavor, &["INTO"]) => Reach::World,
        (Flavor::Sqlite, _) => Reach::Database,
        (_, ["CREATE", "SUBSCRIPTION", ..]) if !stays_unconnected(sql) => Reach::World,
        (_, ["CREATE" | "ALTER" | "DROP", "SUBSCRIPTION", ..]) => Reach::Cluster,
        (_, ["CREATE" | "ALTER" | "DROP", "USER", "MAPPING", ..]) => Reach::Database,
        (_, ["CREATE" | "ALTER" | "DROP", what, ..]) if OF_CLUSTER.contains(what) => Reach::Cluster,
        (_, ["REASSIGN" | "DROP", "OWNED", ..]) => Reach::Cluster,
        (_, ["COMMENT", "ON", what, ..]) if OF_CLUSTER.contains(what) => Reach::Cluster,
        (_, ["SECURITY", "LABEL", ..]) if has_word(sql, flavor, &OF_CLUSTER) => Reach::Cluster,
        (_, ["GRANT" | "REVOKE", ..]) => grant(sql),
        (_, ["DO", ..]) if body_names(sql, &OF_CLUSTER) || body_names(sql, &TO_ROLES) => Reach::Cluster,
        (_, [what, ..]) if !OF_DATA.contains(what) && texts_change_the_cluster(sql) => Reach::Cluster,
        _ => Reach::Database,
    }
}

/// `GRANT … ON …` is of an object, mostly of this database; without ON it is of a role.
fn grant(sql: &str) -> Reach {
    let mut tokens = significant(sql, Flavor::Postgres).skip_while(|token| !token.text.eq_ignore_ascii_case("on"));
    let of_object = tokens.next().is_some();
    let is = |text: &str, names: &[&str]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
    match tokens.next() {
        Some(token) if of_object && !is(token.text, &["DATABASE", "TABLESPACE", "PARAMETER"]) => Reach::Database,
        _ => Reach::Cluster,
    }
}

/// `connect = false`, as pg_dump writes it.
fn stays_unconnected(sql: &str) -> bool {
    let tokens: Vec<&str> = significant(sql, Flavor::Postgres).map(|token| token.text).collect();
    tokens.windows(3).any(|three| {
        three[0].eq_ignore_ascii_case("connect")
            && three[1] == "="
            && ["false", "off", "0", "'false'"].iter().any(|no| three[2].eq_ignore_ascii_case(no))
    })
}

fn has_word(sql: &str, flavor: Flavor, names: &[&str]) -> bool {
    significant(sql, flavor)
        .filter(|token| token.kind == TokenKind::Word)
        .any(|token| names.iter().any(|name| token.text.eq_ignore_ascii_case(name)))
}

/// Whether a text in the statement, such as a function's body, has `CREATE ROLE`, `ON DATABASE` or the like: it may be executed.
fn texts_change_the_cluster(sql: &str) -> bool {
    let mut texts = significant(sql, Flavor::Postgres).filter(|token| token.kind == TokenKind::String);
    texts.any(|text| {
        let words: Vec<String> = parts(text.text).map(str::to_uppercase).collect();
        words.windows(2).any(|pair| match pair[0].as_str() {
            "CREATE" | "ALTER" | "DROP" => OF_CLUSTER.contains(&pair[1].as_str()),
            "ON" => matches!(pair[1].as_str(), "ROLE" | "DATABASE" | "TABLESPACE"),
            _ => false,
        })
    })
}

/// Whether the code of a DO block has one of the words anywhere, also in a text that it may execute.
fn body_names(sql: &str, names: &[&str]) -> bool {
    parts(sql).any(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name)))
}

/// The words of a text, whatever language it is in.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flavor: Flavor, expected: Reach, statements: &[&str]) {
        for sql in statements {
            assert_eq!(reach(sql, flavor), expected, "{sql}");
        }
    }

    #[test]
    fn what_belongs_to_the_cluster() {
        check(
            Flavor::Postgres,
            Reach::Cluster,
            &[
                "create role app",
                "ALTER USER app PASSWORD 'x'",
                "DROP DATABASE IF EXISTS other",
                "ALTER DATABASE app SET search_path = app",
                "ALTER SYSTEM SET fsync = off",
                "GRANT admin TO app",
                "REVOKE admin FROM app",
                "GRANT CONNECT ON DATABASE live TO app",
                "COMMENT ON ROLE app IS 'x'",
                "SECURITY LABEL FOR p ON ROLE app IS 'x'",
                "DROP OWNED BY app",
                "DO $$ BEGIN IF NOT EXISTS (SELECT) THEN CREATE ROLE app; END IF; END $$",
                "DO $$ BEGIN EXECUTE 'drop database ' || n; END $$",
                "DO $$ BEGIN GRANT other TO app; END $$",
                "DO $$ BEGIN REASSIGN OWNED BY app TO other; END $$",
                "alter /* why */ role walt SET timezone = 'UTC'",
                "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'DROP USER old'; END$$",
                "SELECT admin.execute('GRANT CONNECT ON DATABASE live TO app')",
                "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (connect = false, slot_name = 's')",
                "DROP SUBSCRIPTION s",
            ],
        );
    }

    #[test]
    fn what_stays_in_its_database() {
        check(
            Flavor::Postgres,
            Reach::Database,
            &[
                "CREATE TABLE role (system int)",
                "CREATE USER MAPPING FOR app SERVER s",
                "GRANT SELECT ON t TO app",
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO app WITH GRANT OPTION",
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app",
                "DO $$ BEGIN PERFORM current_database(); END $$",
                "COMMENT ON TABLE t IS 'the role'",
                "CREATE POLICY p ON t TO app",
                "CREATE INDEX ON \"user\" (role)",
                "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM a JOIN b ON user_id = role'",
                "ALTER DEFAULT PRIVILEGES FOR ROLE walt GRANT SELECT ON TABLES TO readers",
                "INSERT INTO help VALUES ('type CREATE ROLE name')",
                "UPDATE users SET role = 'user'",
            ],
        );
        check(Flavor::Sqlite, Reach::Database, &["CREATE TABLE t (a)", "VACUUM", "PRAGMA foreign_keys = on"]);
    }

    #[test]
    fn what_reaches_beyond_the_server() {
        let subscription = "CREATE SUBSCRIPTION s CONNECTION 'host=live' PUBLICATION p";
        check(Flavor::Postgres, Reach::World, &[subscription]);
        check(Flavor::Sqlite, Reach::World, &["ATTACH 'live.db' AS live", "vacuum into 'copy.db'"]);
    }
}
