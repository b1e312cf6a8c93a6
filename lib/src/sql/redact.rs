//! Secrets out of statements before anyone logs them.

use super::token::{Token, TokenKind, dollar_delimiter, tokens};
use super::{Flavor, words};

const MASK: &str = "'***'";

/// `sql` with its secrets replaced by `***`: the literal after each `PASSWORD`, `password=…` and the password
/// of a URL inside literals, also in the body of a DO block. Text that ends inside a literal is taken as it is.
///
/// What follows `password` inside a literal and is itself quoted is replaced up to that literal's end, and a
/// literal that leaves the password to a later argument (`format('… PASSWORD %L', 'x')`) hides every later one
/// of the statement: rather too much than too little.
pub fn redact(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let roles = matches!(words(sql, Flavor::Postgres, 2).last().map(String::as_str), Some("ROLE" | "USER" | "GROUP"));
    let mut expected = false;
    let mut hides_later = false;
    for token in tokens(sql, Flavor::Postgres) {
        match token.kind {
            TokenKind::String if expected || hides_later => out.push_str(MASK),
            // A password in double quotes is an error that would be logged with the statement.
            TokenKind::QuotedIdent if expected && roles => out.push_str(MASK),
            TokenKind::String => {
                let (text, unresolved) = inside(token.text);
                out.push_str(&text);
                hides_later |= unresolved;
            }
            _ => out.push_str(token.text),
        }
        expected = match token.kind {
            TokenKind::Space | TokenKind::Comment => expected,
            TokenKind::Word | TokenKind::QuotedIdent => names_password(&token),
            TokenKind::Punct => expected && matches!(token.text, "=" | ":" | ">"),
            TokenKind::String => expected,
            TokenKind::Number | TokenKind::Parameter => false,
        };
        hides_later &= token.text != ";";
    }
    out
}

fn names_password(token: &Token<'_>) -> bool {
    matches!(
        token.text.trim_matches('"').to_ascii_lowercase().as_str(),
        "password" | "passwd" | "passcode" | "sslpassword"
    )
}

/// A literal with the secrets inside it replaced, and whether it asks for one that comes later.
fn inside(literal: &str) -> (String, bool) {
    match dollar_delimiter(literal) {
        Some(delimiter) => {
            let body = &literal[delimiter.len()..];
            let end = body.rfind(delimiter).unwrap_or(body.len());
            (format!("{delimiter}{}{}", redact_text(&redact(&body[..end])).0, &body[end..]), false)
        }
        None => {
            let end = if literal.len() > 1 && literal.ends_with('\'') { literal.len() - 1 } else { literal.len() };
            let (text, unresolved) = redact_text(&literal[..end]);
            (text + &literal[end..], unresolved)
        }
    }
}

/// Replaces `password = value` and `//user:value@` in the inside of a literal.
fn redact_text(text: &str) -> (String, bool) {
    // Lower-casing only ASCII keeps every offset; once for all, as a body may name thousands of passwords.
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    let mut unresolved = false;
    while let Some(at) = lower[from..].find("password") {
        let (before, after) = text[from..].split_at(at + "password".len());
        out.push_str(&redact_urls(before));
        let value = after.trim_start_matches([' ', '\t', '\n', '\r', '=']);
        let assigned = after[..after.len() - value.len()].contains('=');
        out.push_str(&after[..after.len() - value.len()]);
        from = text.len() - value.len();
        if value.starts_with("***") || value.starts_with(MASK) {
            continue;
        }
        if value.starts_with(['\'', '\\']) {
            out.push_str("***");
            return (out, unresolved);
        }
        unresolved |= value.is_empty() || value.starts_with('%');
        if assigned && !value.starts_with('%') {
            let end = value.find([' ', '\t', '\n', '\r', '&', '\\']).unwrap_or(value.len());
            out.push_str("***");
            from = if value[end..].starts_with('\\') { text.len() } else { from + end };
        }
    }
    out.push_str(&redact_urls(&text[from..]));
    (out, unresolved)
}

/// Replaces the password in `scheme://user:password@host`.
fn redact_urls(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let authority = after.find(['/', '?', ' ', '\n', '\'']).unwrap_or(after.len());
        let host = after[..authority].rfind('@').unwrap_or(0);
        rest = match after[..host].find(':') {
            Some(colon) => {
                out.push_str(&after[..colon + 1]);
                out.push_str("***");
                &after[host..]
            }
            None => after,
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quadratic in the number of passwords, this would take minutes.
    #[test]
    fn a_body_of_many_passwords_is_read_once() {
        let body = "PERFORM 'password is x';\n".repeat(40_000);
        let sql = format!("DO $x$ BEGIN {body} END $x$");
        assert_eq!(redact(&sql), sql);
    }

    #[test]
    fn every_form_of_a_password() {
        for (sql, expected) in [
            ("ALTER ROLE a PASSWORD 'se''cret'", "ALTER ROLE a PASSWORD '***'"),
            ("create role a encrypted password E'se\\'cret' login", "create role a encrypted password '***' login"),
            ("CREATE USER a PASSWORD /* c */ $x$secret$x$;", "CREATE USER a PASSWORD /* c */ '***';"),
            ("CREATE USER a PASSWORD U&'secret' VALID UNTIL 'x'", "CREATE USER a PASSWORD '***' VALID UNTIL 'x'"),
            ("CREATE USER a PASSWORD 'sec'\n'ret'", "CREATE USER a PASSWORD '***'"),
            ("ALTER USER a PASSWORD \"secret\"", "ALTER USER a PASSWORD '***'"),
            ("ALTER ROLE a PASSWORD NULL", "ALTER ROLE a PASSWORD NULL"),
            ("ALTER ROLE a PASSWORD 'secr", "ALTER ROLE a PASSWORD '***'"),
            ("ALTER ROLE a PASSWORD", "ALTER ROLE a PASSWORD"),
            ("ALTER ROLE a PASSWORD $x$secr", "ALTER ROLE a PASSWORD '***'"),
            (
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password 'secret')",
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password '***')",
            ),
            (
                "ALTER USER MAPPING FOR a SERVER s OPTIONS (SET \"password\" 'secret', SET user 'u')",
                "ALTER USER MAPPING FOR a SERVER s OPTIONS (SET \"password\" '***', SET user 'u')",
            ),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=secret dbname=d' PUBLICATION p",
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=*** dbname=d' PUBLICATION p",
            ),
            ("SELECT dblink('password = ''a b'' host=h', 'x')", "SELECT dblink('password = ***', 'x')"),
            ("SELECT dblink('host=h password=pa\\ ss', 'x')", "SELECT dblink('host=h password=***', 'x')"),
            ("SELECT dblink('host=h password=secr", "SELECT dblink('host=h password=***"),
            (
                "SELECT dblink('postgresql://u:p@ss@h/d?sslmode=require', 'x')",
                "SELECT dblink('postgresql://u:***@h/d?sslmode=require', 'x')",
            ),
            ("DO $$BEGIN ALTER ROLE a PASSWORD 'secret'; END$$", "DO $$BEGIN ALTER ROLE a PASSWORD '***'; END$$"),
            (
                "DO $$BEGIN EXECUTE 'ALTER ROLE a PASSWORD ''secret'''; END$$",
                "DO $$BEGIN EXECUTE 'ALTER ROLE a PASSWORD ***'; END$$",
            ),
            (
                "SELECT format('ALTER ROLE a PASSWORD %L', 'secret'); SELECT 'x'",
                "SELECT format('ALTER ROLE a PASSWORD %L', '***'); SELECT 'x'",
            ),
            ("SELECT 'PASSWORD ' || 'secret'", "SELECT 'PASSWORD ' || '***'"),
            ("ALTER SERVER s OPTIONS (ADD passcode 'secret')", "ALTER SERVER s OPTIONS (ADD passcode '***')"),
            ("UPDATE u SET password = 'secret', name = 'n'", "UPDATE u SET password = '***', name = 'n'"),
        ] {
            assert_eq!(redact(sql), expected);
        }
    }

    #[test]
    fn the_rest_stays() {
        for sql in [
            "CREATE TABLE users (password text NOT NULL, note text DEFAULT 'x')",
            "COMMENT ON COLUMN u.password IS 'the password of a user, hashed'",
            "SELECT 'http://h:80/x', 'a@b', password \"p\" FROM u",
            "-- password 'x'\nSELECT 1",
        ] {
            assert_eq!(redact(sql), sql);
        }
    }
}
