//! Connection URLs, read as libpq reads them.
//!
//! Source: PostgreSQL documentation, "Connection URIs".

use super::keyword;
use crate::error::{Error, ErrorKind, Result};

/// Keywords with their values, in the order in which they were given.
pub(super) type Pairs = Vec<(&'static str, String)>;

const ENCODINGS: &str =
    "in user and password write @ as %40, / as %2F, : as %3A, # as %23, ? as %3F, % as %25, space as %20";

/// Does `text` start with a scheme that means PostgreSQL, with or without a driver's name in it?
pub(super) fn is_postgres(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        let engine = scheme.split('+').next().unwrap_or_default();
        matches!(engine, "postgres" | "postgresql")
    })
}

/// Reads a `postgresql://` URL. Messages never quote user or password.
///
/// # Errors
/// Something that libpq would not read either, or a reserved character that stands unescaped.
pub(super) fn parse(url: &str) -> Result<Pairs> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| fault("the URL has no ://"))?;
    let mut pairs = Pairs::new();
    let (credentials, rest) = split_credentials(rest);
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        push(&mut pairs, "user", decode(user, "the user")?);
        push(&mut pairs, "password", decode(password, "the password")?);
    } else {
        refuse_slash_in_password(rest)?;
    }
    let rest = hosts(rest, &mut pairs)?;
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    push(&mut pairs, "dbname", decode(path.strip_prefix('/').unwrap_or(path), "the database")?);
    if let Some(query) = query {
        parameters(query, scheme, &mut pairs)?;
    }
    Ok(pairs)
}

fn push(pairs: &mut Pairs, keyword: &'static str, value: String) {
    if !value.is_empty() {
        pairs.push((keyword, value));
    }
}

/// What stands before the first `@`, if no `/` comes earlier.
fn split_credentials(rest: &str) -> (Option<&str>, &str) {
    match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => (Some(&rest[..at]), &rest[at + 1..]),
        _ => (None, rest),
    }
}

/// `user:pa/ss@host` reads as host `user`, port `pa`: nobody means that.
fn refuse_slash_in_password(rest: &str) -> Result<()> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.split('?').next().unwrap_or_default();
    if authority.contains(':') && !authority.starts_with('[') && path.contains('@') {
        return Err(fault("a / stands unescaped before the @: it must be %2F in a password").hint(ENCODINGS));
    }
    Ok(())
}

/// Reads `host:port,host:port`, and returns what follows.
fn hosts<'a>(mut rest: &'a str, pairs: &mut Pairs) -> Result<&'a str> {
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    loop {
        let (name, after) = match rest.strip_prefix('[') {
            Some(bracketed) => bracketed_address(bracketed)?,
            None => cut(rest, &[':', '/', '?', ',']),
        };
        if name.contains('@') {
            return Err(
                fault("an @ stands unescaped before the last @: it must be %40 in user or password").hint(ENCODINGS)
            );
        }
        let (port, after) = after.strip_prefix(':').map_or(("", after), |port| cut(port, &['/', '?', ',']));
        if port.contains('@') {
            return Err(fault("two @ stand in the address: one in user or password must be %40").hint(ENCODINGS));
        }
        names.push(decode(name, "the host")?);
        ports.push(decode(port, "the port")?);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => {
                push(pairs, "host", names.join(","));
                push(pairs, "port", if ports.iter().all(String::is_empty) { String::new() } else { ports.join(",") });
                return Ok(after);
            }
        }
    }
}

fn bracketed_address(bracketed: &str) -> Result<(&str, &str)> {
    let (address, after) = bracketed.split_once(']').ok_or_else(|| fault("the [ of an IPv6 address has no ]"))?;
    if address.is_empty() {
        return Err(fault("the IPv6 address in [] is empty"));
    }
    if !after.is_empty() && !after.starts_with([':', '/', '?', ',']) {
        return Err(fault("after the ] of an IPv6 address only : / ? or , may follow"));
    }
    Ok((address, after))
}

fn cut<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn parameters(query: &str, scheme: &str, pairs: &mut Pairs) -> Result<()> {
    for parameter in query.split('&').filter(|_| !query.is_empty()) {
        let Some((name, value)) = parameter.split_once('=') else {
            return Err(fault(format!("the parameter {} has no =", shown(parameter))));
        };
        if value.contains('=') {
            return Err(fault(format!("the parameter {} has a second =: it must be %3D", shown(name))));
        }
        let name = decode(name, "a parameter's name")?;
        let value = decode(value, "a parameter's value")?;
        match (name.as_str(), value.as_str()) {
            // JDBC's spelling, which libpq takes too.
            ("ssl", "true") => pairs.push(("sslmode", "require".into())),
            // asyncpg's spelling of sslmode.
            ("ssl", _) if scheme.ends_with("+asyncpg") => pairs.push(("sslmode", value)),
            _ => {
                let known = keyword::find(&name)?;
                pairs.retain(|(earlier, _)| *earlier != known);
                pairs.push((known, value));
            }
        }
    }
    Ok(())
}

/// A piece of a URL that may be part of a secret is shown only where it looks like a name.
fn shown(name: &str) -> &str {
    if name.len() < 32 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') { name } else { "in the query" }
}

/// Undoes percent-encoding.
pub(super) fn decode(text: &str, what: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let hex = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(0) => return Err(fault(format!("%00 is not allowed in {what}"))),
            Some(decoded) => bytes.push(decoded),
            None => {
                return Err(fault(format!("in {what} a % is not followed by two hexadecimal digits")).hint(ENCODINGS));
            }
        }
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| fault(format!("{what} is not UTF-8 once decoded")))
}

/// Percent-encodes everything that could mean something in a URL.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message)
}
