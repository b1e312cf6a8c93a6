//! How the common statements are written, in short, and where the manual has all of it.

use mainstay::sql::Flavor;

/// A statement.
pub(super) struct Topic {
    pub(super) name: &'static str,
    /// Its usual form: capitals are typed as they stand, `[…]` may be left out, `a | b` is one of both.
    pub(super) form: &'static str,
    /// Names of its pages in PostgreSQL's and in SQLite's manual; empty where an engine does not have it.
    pages: (&'static str, &'static str),
}

impl Topic {
    /// The address of its page.
    pub(super) fn manual(&self, flavor: Flavor) -> String {
        match flavor {
            Flavor::Postgres => format!("https://www.postgresql.org/docs/current/sql-{}.html", self.pages.0),
            Flavor::Sqlite => format!("https://www.sqlite.org/{}.html", self.pages.1),
        }
    }
}

/// The manual's list of all statements.
pub(super) fn manual(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Postgres => "https://www.postgresql.org/docs/current/sql-commands.html",
        Flavor::Sqlite => "https://www.sqlite.org/lang.html",
    }
}

/// The statements that an engine has.
pub(super) fn of(flavor: Flavor) -> impl Iterator<Item = &'static Topic> {
    TOPICS.iter().filter(move |topic| match flavor {
        Flavor::Postgres => !topic.pages.0.is_empty(),
        Flavor::Sqlite => !topic.pages.1.is_empty(),
    })
}

#[rustfmt::skip]
const TOPICS: &[Topic] = &[
    Topic { name: "SELECT", pages: ("select", "lang_select"), form: "\
[WITH name AS (query), …]
SELECT [DISTINCT] value [AS name], … | *
  FROM table [AS name] [[LEFT] JOIN table ON condition] …
  [WHERE condition] [GROUP BY value, …] [HAVING condition]
  [ORDER BY value [DESC] [NULLS LAST], …] [LIMIT count] [OFFSET count]" },
    Topic { name: "INSERT", pages: ("insert", "lang_insert"), form: "\
INSERT INTO table [(column, …)]
  VALUES (value, …), … | query | DEFAULT VALUES
  [ON CONFLICT [(column, …)] DO NOTHING | DO UPDATE SET column = value, …]
  [RETURNING value, …]" },
    Topic { name: "UPDATE", pages: ("update", "lang_update"), form: "\
UPDATE table SET column = value, …
  [FROM table, …] [WHERE condition] [RETURNING value, …]" },
    Topic { name: "DELETE", pages: ("delete", "lang_delete"), form: "\
DELETE FROM table [WHERE condition] [RETURNING value, …]" },
    Topic { name: "MERGE", pages: ("merge", ""), form: "\
MERGE INTO table USING source ON condition
  WHEN MATCHED THEN UPDATE SET column = value, … | DELETE
  WHEN NOT MATCHED THEN INSERT (column, …) VALUES (value, …)" },
    Topic { name: "VALUES", pages: ("values", "lang_select"), form: "\
VALUES (value, …), … [ORDER BY column1] [LIMIT count]" },
    Topic { name: "COPY", pages: ("copy", ""), form: "\
COPY table [(column, …)] | (query) TO STDOUT [(FORMAT csv, HEADER)]
COPY table [(column, …)] FROM STDIN [(FORMAT csv, HEADER)]
  rows follow on the next line, up to one that is \\." },
    Topic { name: "EXPLAIN", pages: ("explain", "lang_explain"), form: "\
EXPLAIN [(ANALYZE, BUFFERS)] statement      PostgreSQL; ANALYZE runs it
EXPLAIN QUERY PLAN statement                SQLite" },
    Topic { name: "CREATE TABLE", pages: ("createtable", "lang_createtable"), form: "\
CREATE TABLE [IF NOT EXISTS] name (
  column type [NOT NULL] [DEFAULT value] [PRIMARY KEY | UNIQUE] [REFERENCES table (column)] [CHECK (condition)],
  …,
  [PRIMARY KEY (column, …)], [FOREIGN KEY (column, …) REFERENCES table (column, …) [ON DELETE CASCADE]]
)" },
    Topic { name: "CREATE INDEX", pages: ("createindex", "lang_createindex"), form: "\
CREATE [UNIQUE] INDEX [CONCURRENTLY] [IF NOT EXISTS] name
  ON table [USING method] (column | (expression), …) [WHERE condition]
CONCURRENTLY, which lets others write meanwhile, and USING are PostgreSQL's" },
    Topic { name: "CREATE VIEW", pages: ("createview", "lang_createview"), form: "\
CREATE [OR REPLACE] VIEW name [(column, …)] AS query      OR REPLACE is PostgreSQL's" },
    Topic { name: "CREATE FUNCTION", pages: ("createfunction", ""), form: "\
CREATE [OR REPLACE] FUNCTION name (argument type, …) RETURNS type
  LANGUAGE sql | plpgsql [IMMUTABLE | STABLE] AS $$ body $$" },
    Topic { name: "CREATE TRIGGER", pages: ("createtrigger", "lang_createtrigger"), form: "\
CREATE TRIGGER name BEFORE | AFTER INSERT | UPDATE | DELETE ON table
  FOR EACH ROW [WHEN (condition)]
  EXECUTE FUNCTION function()      PostgreSQL
  BEGIN statement; … END           SQLite" },
    Topic { name: "CREATE ROLE", pages: ("createrole", ""), form: "\
CREATE ROLE name [LOGIN] [PASSWORD 'text'] [IN ROLE group]
a password is better given by: mainstay bootstrap" },
    Topic { name: "CREATE DATABASE", pages: ("createdatabase", ""), form: "\
CREATE DATABASE name [OWNER role] [TEMPLATE template0] [ENCODING 'UTF8']" },
    Topic { name: "CREATE SCHEMA", pages: ("createschema", ""), form: "\
CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION role]" },
    Topic { name: "CREATE EXTENSION", pages: ("createextension", ""), form: "\
CREATE EXTENSION [IF NOT EXISTS] name [SCHEMA schema]" },
    Topic { name: "ALTER TABLE", pages: ("altertable", "lang_altertable"), form: "\
ALTER TABLE name ADD COLUMN column type [NOT NULL DEFAULT value]
ALTER TABLE name DROP COLUMN column
ALTER TABLE name RENAME [COLUMN column] TO name
ALTER TABLE name ALTER COLUMN column TYPE type [USING value] | SET NOT NULL | SET DEFAULT value      PostgreSQL
ALTER TABLE name ADD CONSTRAINT name CHECK (condition) [NOT VALID]                                   PostgreSQL" },
    Topic { name: "ALTER ROLE", pages: ("alterrole", ""), form: "\
ALTER ROLE name [LOGIN | NOLOGIN] [PASSWORD 'text'] [SET setting = value]" },
    Topic { name: "DROP TABLE", pages: ("droptable", "lang_droptable"), form: "\
DROP TABLE [IF EXISTS] name [CASCADE]      CASCADE, which takes what depends on it along, is PostgreSQL's" },
    Topic { name: "DROP INDEX", pages: ("dropindex", "lang_dropindex"), form: "\
DROP INDEX [CONCURRENTLY] [IF EXISTS] name      CONCURRENTLY is PostgreSQL's" },
    Topic { name: "TRUNCATE", pages: ("truncate", ""), form: "\
TRUNCATE table, … [RESTART IDENTITY] [CASCADE]" },
    Topic { name: "GRANT", pages: ("grant", ""), form: "\
GRANT SELECT | INSERT | UPDATE | DELETE | ALL ON table | ALL TABLES IN SCHEMA schema TO role
GRANT USAGE ON SCHEMA schema TO role
GRANT group TO role" },
    Topic { name: "REVOKE", pages: ("revoke", ""), form: "\
REVOKE right, … ON table FROM role" },
    Topic { name: "COMMENT", pages: ("comment", ""), form: "\
COMMENT ON TABLE table | COLUMN table.column | … IS 'text' | NULL" },
    Topic { name: "BEGIN", pages: ("begin", "lang_transaction"), form: "\
BEGIN      opens a transaction; COMMIT keeps what it did, ROLLBACK undoes it" },
    Topic { name: "SAVEPOINT", pages: ("savepoint", "lang_savepoint"), form: "\
SAVEPOINT name …  ROLLBACK TO name | RELEASE name      inside of a transaction" },
    Topic { name: "SET", pages: ("set", ""), form: "\
SET [LOCAL] setting = value      LOCAL: to the end of the transaction" },
    Topic { name: "SHOW", pages: ("show", ""), form: "\
SHOW setting | ALL" },
    Topic { name: "ANALYZE", pages: ("analyze", "lang_analyze"), form: "\
ANALYZE [table]      looks at the rows, so that queries are planned well" },
    Topic { name: "VACUUM", pages: ("vacuum", "lang_vacuum"), form: "\
VACUUM [(ANALYZE)] [table]      PostgreSQL: makes room of dead rows usable again
VACUUM                          SQLite: writes the file anew, without gaps" },
    Topic { name: "PRAGMA", pages: ("", "pragma"), form: "\
PRAGMA name              reads a setting: table_info(table), foreign_key_check, integrity_check
PRAGMA name = value      changes it" },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_page_and_a_form() {
        for topic in TOPICS {
            assert!(topic.pages != ("", "") && !topic.form.is_empty(), "{}", topic.name);
            assert!(topic.name.chars().all(|c| c.is_ascii_uppercase() || c == ' '), "{}", topic.name);
        }
    }
}
