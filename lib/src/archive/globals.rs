//! `globals.sql`: the roles that a database uses, read again. What is restored of it is made anew from what was read: the file is
//! never run as it stands, and a statement that makes no role is refused.

use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Statement, Token, TokenKind, ident, significant, split, unquoted};

/// The file's name in the backup's folder, without the suffix of its encryption.
pub const GLOBALS: &str = "globals.sql";

/// The roles of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Globals {
    /// Roles by their names.
    pub roles: Vec<Role>,
    /// Who is in which.
    pub memberships: Vec<Membership>,
}

/// A role as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it has that a new role has not, as CREATE ROLE takes it: `LOGIN`, `CONNECTION LIMIT 5`.
    pub attributes: Vec<String>,
    /// Its comment, and its settings in every database, a statement each.
    pub more: Vec<String>,
}

/// That a role is a member of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The role that gives its rights.
    pub role: String,
    /// Who has them.
    pub member: String,
    /// What GRANT says besides: `WITH ADMIN OPTION`.
    pub options: String,
}

/// What every role has unless it is said otherwise: saying so is left out, since it takes a superuser to say some of it.
const USUAL: [&str; 7] =
    ["NOSUPERUSER", "INHERIT", "NOCREATEROLE", "NOCREATEDB", "NOLOGIN", "NOREPLICATION", "NOBYPASSRLS"];
/// The attributes of one word.
const WORDS: [&str; 7] = ["SUPERUSER", "NOINHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS"];

impl Role {
    /// The statements that make it.
    pub fn statements(&self) -> Vec<String> {
        let attributes: String = self.attributes.iter().map(|one| format!(" {one}")).collect();
        let create = format!("CREATE ROLE {}{attributes}", ident(&self.name));
        std::iter::once(create).chain(self.more.iter().cloned()).collect()
    }

    /// Whether only a superuser may make it.
    pub fn is_powerful(&self) -> bool {
        self.attributes.iter().any(|one| matches!(one.as_str(), "SUPERUSER" | "REPLICATION" | "BYPASSRLS"))
    }
}

impl Membership {
    /// The statement that makes it.
    pub fn statement(&self) -> String {
        let options = if self.options.is_empty() { String::new() } else { format!(" {}", self.options) };
        format!("GRANT {} TO {}{options}", ident(&self.role), ident(&self.member))
    }

    /// Whether it says what only servers since version 16 know.
    pub fn is_since_16(&self) -> bool {
        self.options.contains("INHERIT") || self.options.contains("SET")
    }
}

impl Globals {
    /// Reads the script.
    ///
    /// # Errors
    /// It is not whole, or has something that is none of a role's.
    pub fn read(script: &str) -> Result<Self> {
        let wrong = |line: usize| {
            let message = format!("{GLOBALS} has a statement on line {line} that makes no role as Mainstay writes it");
            Error::new(ErrorKind::Verification, message)
                .hint("read it, and run what is right of it: psql -d postgres -f globals.sql")
        };
        let statements = split(script, Flavor::Postgres).map_err(|error| {
            Error::new(ErrorKind::Verification, format!("{GLOBALS} is not whole")).source(error.to_string())
        })?;
        let mut globals = Self::default();
        for statement in &statements {
            globals.statement(statement).ok_or_else(|| wrong(statement.line))?;
        }
        Ok(globals)
    }

    /// The role `name`.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// `None` where the statement is of no kind that is known.
    fn statement(&mut self, statement: &Statement<'_>) -> Option<()> {
        let tokens: Vec<Token<'_>> = significant(statement.text, Flavor::Postgres).collect();
        let word = |at: usize| tokens.get(at).map(|token| token.text).unwrap_or_default();
        let name = |at: usize| tokens.get(at).filter(|token| is_name(token)).map(|token| unquoted(token.text));
        match (word(0), word(1), word(2)) {
            ("CREATE", "ROLE", _) if tokens.len() == 3 => {
                self.roles.push(Role { name: name(2)?, ..Role::default() });
            }
            ("ALTER", "ROLE", _) if word(3) == "WITH" => {
                let attributes = attributes(&tokens[4..])?;
                self.named(&name(2)?)?.attributes.extend(attributes);
            }
            ("ALTER", "ROLE", _) if word(3) == "SET" => self.named(&name(2)?)?.more.push(statement.text.to_owned()),
            ("COMMENT", "ON", "ROLE") if word(4) == "IS" => {
                self.named(&name(3)?)?.more.push(statement.text.to_owned());
            }
            ("GRANT", _, "TO") => {
                let options = tokens.get(4).map_or("", |token| &statement.text[token.offset..]);
                let plain = tokens[4.min(tokens.len())..]
                    .iter()
                    .all(|token| token.kind == TokenKind::Word || token.text == ",");
                let (role, member) = (name(1)?, name(3)?);
                plain.then(|| self.memberships.push(Membership { role, member, options: options.to_owned() }))?;
            }
            _ => return None,
        }
        Some(())
    }

    fn named(&mut self, name: &str) -> Option<&mut Role> {
        self.roles.iter_mut().find(|role| role.name == name)
    }
}

/// What ALTER ROLE … WITH says, without what is usual.
fn attributes(tokens: &[Token<'_>]) -> Option<Vec<String>> {
    let mut attributes = Vec::new();
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        let value =
            |at: usize, kind: TokenKind| rest.get(at).filter(|token| token.kind == kind).map(|token| token.text);
        let (taken, attribute) = match first.text {
            word if USUAL.contains(&word) => (1, None),
            word if WORDS.contains(&word) => (1, Some(word.to_owned())),
            "CONNECTION" => (3, Some(format!("CONNECTION LIMIT {}", value(2, TokenKind::Number)?))),
            "PASSWORD" => (2, Some(format!("PASSWORD {}", value(1, TokenKind::String)?))),
            "VALID" => (3, Some(format!("VALID UNTIL {}", value(2, TokenKind::String)?))),
            _ => return None,
        };
        attributes.extend(attribute);
        rest = rest.get(taken..)?;
    }
    Some(attributes)
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "-- Roles of the database, as psql runs it.\n
CREATE ROLE \"the app\";
ALTER ROLE \"the app\" WITH NOSUPERUSER NOINHERIT NOCREATEROLE CREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5 \
        PASSWORD 'SCRAM-SHA-256$4096:a''b' VALID UNTIL '2030-01-01 00:00:00+00';
COMMENT ON ROLE \"the app\" IS 'it''s; ours';
CREATE ROLE walt;
ALTER ROLE walt WITH SUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
ALTER ROLE walt SET search_path TO app, public;
GRANT pg_read_all_data TO walt;
GRANT walt TO \"the app\" WITH ADMIN OPTION;
GRANT walt TO other WITH ADMIN FALSE, INHERIT FALSE, SET TRUE;
";

    #[test]
    fn roles_are_read_with_all_that_is_theirs_and_nothing_usual() {
        let globals = Globals::read(SCRIPT).unwrap();
        let statements: Vec<String> = globals.roles.iter().flat_map(Role::statements).collect();
        assert_eq!(
            statements,
            [
                "CREATE ROLE \"the app\" NOINHERIT CREATEDB LOGIN CONNECTION LIMIT 5 PASSWORD 'SCRAM-SHA-256$4096:a''b' \
                 VALID UNTIL '2030-01-01 00:00:00+00'",
                "COMMENT ON ROLE \"the app\" IS 'it''s; ours'",
                "CREATE ROLE walt SUPERUSER",
                "ALTER ROLE walt SET search_path TO app, public",
            ]
        );
        let powerful: Vec<bool> = globals.roles.iter().map(Role::is_powerful).collect();
        assert_eq!(powerful, [false, true]);
        let memberships: Vec<String> = globals.memberships.iter().map(Membership::statement).collect();
        assert_eq!(
            memberships,
            [
                "GRANT pg_read_all_data TO walt",
                "GRANT walt TO \"the app\" WITH ADMIN OPTION",
                "GRANT walt TO other WITH ADMIN FALSE, INHERIT FALSE, SET TRUE",
            ]
        );
        let since_16: Vec<bool> = globals.memberships.iter().map(Membership::is_since_16).collect();
        assert_eq!(since_16, [false, false, true]);
        assert_eq!(globals.role("walt").map(|role| role.more.len()), Some(1));
    }

    #[test]
    fn what_is_no_roles_is_refused_by_its_line() {
        for (statement, line) in [
            ("DROP TABLE t", 2),
            ("ALTER ROLE walt WITH SUPERUSER WHATEVER", 2),
            ("ALTER ROLE nobody WITH LOGIN", 2),
            ("GRANT walt TO a; SELECT 1", 2),
            ("CREATE ROLE a LOGIN", 2),
            ("GRANT walt TO a WITH ADMIN OPTION GRANTED BY \"b\"", 2),
        ] {
            let error = Globals::read(&format!("CREATE ROLE walt;\n{statement};\n")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Verification, "{statement}");
            assert!(error.message().contains(&format!("line {line}")), "{statement}: {error:?}");
        }
        assert_eq!(
            Globals::read("CREATE ROLE walt;\nCOMMENT ON ROLE walt IS 'x").unwrap_err().kind(),
            ErrorKind::Verification
        );
    }
}
