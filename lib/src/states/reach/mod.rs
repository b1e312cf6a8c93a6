//! What a statement does beyond its own database. Roles, tablespaces and other databases belong to the whole cluster, so such a
//! statement runs on a private server alone; what reaches beyond even that is refused.

mod code;
mod known;
#[cfg(feature = "postgres")]
mod live;

pub use known::{Known, Reached};

use crate::dialect::Script;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Statement, TokenKind, significant, words};

use code::{deed, flat, grants_a_role, language, of_language, outside_texts};

/// What belongs to the cluster, as SQL names it.
const OF_CLUSTER: [&str; 6] = ["ROLE", "USER", "GROUP", "DATABASE", "TABLESPACE", "SYSTEM"];

/// Words of statements that change roles and what they own: in code nobody looks what they are said of.
const TO_ROLES: [&str; 4] = ["GRANT", "REVOKE", "REASSIGN", "OWNED"];

/// Statements whose texts are data and never code.
const OF_DATA: [&str; 6] = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "COMMENT"];

/// How far a statement reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Its own database.
    Database,
    /// The cluster.
    Cluster,
    /// Another server, a program, or another file.
    World,
}

/// Whether any of `scripts` reaches beyond its database, by itself or by what they define.
///
/// # Errors
/// [`ErrorKind::Refused`], with the place: a statement reaches beyond the server.
pub(super) fn beyond<'a>(scripts: impl IntoIterator<Item = &'a Script>, flavor: Flavor) -> Result<bool> {
    let scripts: Vec<(&Script, Vec<Statement<'_>>)> =
        scripts.into_iter().map(|script| (script, script.statements(flavor))).collect();
    let mut known = Known::default();
    if flavor == Flavor::Postgres {
        scripts.iter().flat_map(|(_, statements)| statements).for_each(|statement| known.learn(statement.text));
    }
    let mut cluster = false;
    for (script, statements) in &scripts {
        for statement in statements {
            let Reached { reach, through } = known.reach(statement.text, flavor);
            match reach {
                Reach::Database => {}
                Reach::Cluster => cluster = true,
                Reach::World => return Err(refused(script, statement, &through, flavor)),
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

fn refused(script: &Script, statement: &Statement<'_>, through: &str, flavor: Flavor) -> Error {
    let error = Error::new(ErrorKind::Refused, format!("{through} reaches beyond the scratch database"))
        .at(script.place(statement, None));
    match flavor {
        Flavor::Postgres if through == "CREATE SUBSCRIPTION" => {
            error.hint(format!("it would connect to the publisher: write WITH (connect = false) in {}", script.file))
        }
        Flavor::Postgres => error.hint(format!(
            "it would connect to another server, run a program or write a file: take it out of {}",
            script.file
        )),
        Flavor::Sqlite => error.hint(format!("it would open or write another file: take it out of {}", script.file)),
    }
}

/// How far the statement `sql` reaches, told from its words; by what is defined elsewhere, [`Known::reach`] tells.
pub fn reach(sql: &str, flavor: Flavor) -> Reach {
    own(sql, flavor).reach
}

/// How far a statement reaches by itself, and what in it does.
fn own(sql: &str, flavor: Flavor) -> Reached {
    let first = words(sql, flavor, 4);
    let words: Vec<&str> = first.iter().map(String::as_str).collect();
    let reached = |reach| Reached { reach, through: first.iter().take(2).cloned().collect::<Vec<_>>().join(" ") };
    if flavor == Flavor::Sqlite {
        return reached(match words.as_slice() {
            ["ATTACH", ..] => Reach::World,
            ["VACUUM", ..] if has_word(sql, flavor, &["INTO"]) => Reach::World,
            _ => Reach::Database,
        });
    }
    match words.as_slice() {
        ["CREATE" | "ALTER" | "DROP", "USER", "MAPPING", ..] => reached(Reach::Database),
        ["CREATE" | "ALTER" | "DROP", what, ..] if OF_CLUSTER.contains(what) => reached(Reach::Cluster),
        ["COMMENT", "ON", what, ..] if OF_CLUSTER.contains(what) => reached(Reach::Cluster),
        ["SECURITY", "LABEL", ..] if has_word(sql, flavor, &OF_CLUSTER) => reached(Reach::Cluster),
        ["COMMENT" | "SECURITY", ..] => reached(Reach::Database),
        ["GRANT" | "REVOKE", ..] if grants_a_role(&outside_texts(sql)) => reached(Reach::Cluster),
        ["GRANT" | "REVOKE", ..] => reached(Reach::Database),
        ["CREATE", rest @ ..] if !rest.contains(&"MATERIALIZED") && rest.iter().any(|word| DEFINES.contains(word)) => {
            reached(if texts_change_the_cluster(sql) { Reach::Cluster } else { Reach::Database })
        }
        ["DO", ..] => in_block(sql, reached),
        [what, ..] if OF_DATA.contains(what) => of_deed(deed(&outside_texts(sql)), reached),
        _ if texts_change_the_cluster(sql) => of_deed(deed(&flat(sql)), reached).at_least(Reach::Cluster),
        _ => of_deed(deed(&flat(sql)), reached),
    }
}

/// What only defines code, which runs later: named as statements of `CREATE` name it.
const DEFINES: [&str; 8] = ["FUNCTION", "PROCEDURE", "VIEW", "TRIGGER", "RULE", "POLICY", "AGGREGATE", "EVENT"];

fn of_deed(deed: Option<(Reach, String)>, reached: impl FnOnce(Reach) -> Reached) -> Reached {
    match deed {
        Some((reach, through)) => Reached { reach, through },
        None => reached(Reach::Database),
    }
}

/// The code of a DO block: one of the words of the cluster anywhere, also in a text that it may execute, is enough.
fn in_block(sql: &str, reached: impl Fn(Reach) -> Reached) -> Reached {
    let words = flat(sql);
    let most = language(&words).and_then(of_language).or_else(|| deed(&words));
    let named = body_names(sql, &OF_CLUSTER) || body_names(sql, &TO_ROLES);
    let found = of_deed(most, &reached);
    if named { found.at_least(Reach::Cluster) } else { found }
}

impl Reached {
    fn at_least(self, reach: Reach) -> Self {
        Self { reach: self.reach.max(reach), ..self }
    }
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
                "SELECT pg_terminate_backend(1)",
                "UPDATE pg_database SET datallowconn = false",
                "DO $$BEGIN PERFORM pg_reload_conf(); END$$",
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
                "INSERT INTO help VALUES ('SELECT dblink_exec(1)')",
                "COMMENT ON EXTENSION dblink IS 'connect to another database'",
                "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT dblink_exec(1)'",
                "CREATE EXTENSION dblink",
                "COPY t FROM '/data.csv'",
            ],
        );
        check(Flavor::Sqlite, Reach::Database, &["CREATE TABLE t (a)", "VACUUM", "PRAGMA foreign_keys = on"]);
    }

    #[test]
    fn what_reaches_beyond_the_server() {
        let subscription = "CREATE SUBSCRIPTION s CONNECTION 'host=live' PUBLICATION p";
        check(
            Flavor::Postgres,
            Reach::World,
            &[
                subscription,
                "ALTER SUBSCRIPTION s ENABLE",
                "IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b",
                "COPY t TO PROGRAM 'gzip > x'",
                "COPY (SELECT 1) TO '/tmp/x'",
                "SELECT dblink_exec('c', 'DROP TABLE t')",
                "INSERT INTO t SELECT * FROM dblink('c', 'q') AS d (a int)",
                "DO $$BEGIN EXECUTE 'SELECT lo_export(1, ''/tmp/x'')'; END$$",
                "DO LANGUAGE plpython3u 'import os'",
            ],
        );
        check(Flavor::Sqlite, Reach::World, &["ATTACH 'live.db' AS live", "vacuum into 'copy.db'"]);
    }
}
