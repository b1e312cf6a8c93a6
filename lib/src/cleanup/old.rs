//! Which rows are old, as a condition in SQL.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::references::{no_column, shown};
use crate::catalog::{Column, Table};
use crate::config::{CleanupConfig, LinkConfig};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::{Flavor, Token, TokenKind, ident, literal, split, tokens, unquoted};

/// The condition that a row of `table` is old, its columns without the table's name; `before` is the moment that its age ends at.
///
/// # Errors
/// [`ErrorKind::Config`]: the column does not exist or keeps no time, or the policy's own condition is not one expression.
pub(super) fn old(table: &Table, policy: &CleanupConfig, before: Option<Timestamp>, flavor: Flavor) -> Result<String> {
    let mut conditions = Vec::new();
    if let (Some(name), Some(before)) = (&policy.column, before) {
        let column = table.column(name).ok_or_else(|| no_column(table, name, &policy.place))?;
        conditions.push(aged(table, column, before, flavor, &policy.place)?);
    }
    if let Some(condition) = &policy.condition {
        one_expression(condition, flavor, &policy.place)?;
        conditions.push(format!("({}\n)", as_meant(condition, flavor)));
    }
    for LinkConfig { condition, place, .. } in &policy.links {
        if let Some(condition) = condition {
            one_expression(condition, flavor, place)?;
        }
    }
    Ok(conditions.join(" AND "))
}

/// What the column is compared with; a time without a zone is taken for one in UTC.
pub(super) fn moment(column: &Column, before: Timestamp, flavor: Flavor) -> Option<String> {
    let utc = before.to_zoned(TimeZone::UTC);
    let kind = column.data_type.to_ascii_lowercase();
    match flavor {
        Flavor::Postgres if kind.starts_with("timestamp") && kind.ends_with("with time zone") => {
            Some(format!("TIMESTAMPTZ {}", literal(&utc.strftime("%Y-%m-%d %H:%M:%S%.6f+00").to_string())))
        }
        Flavor::Postgres if kind.starts_with("timestamp") => {
            Some(format!("TIMESTAMP {}", literal(&utc.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string())))
        }
        Flavor::Postgres if kind == "date" => Some(format!("DATE {}", literal(&utc.strftime("%Y-%m-%d").to_string()))),
        Flavor::Postgres => None,
        Flavor::Sqlite if ["int", "real", "floa", "doub"].iter().any(|number| kind.contains(number)) => None,
        Flavor::Sqlite => Some(format!("julianday({})", literal(&utc.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()))),
    }
}

fn aged(table: &Table, column: &Column, before: Timestamp, flavor: Flavor, place: &Place) -> Result<String> {
    let name = ident(&column.name);
    let Some(moment) = moment(column, before, flavor) else {
        let message = format!(
            "column `{}` of `{}` is of type {}, which keeps no time",
            column.name,
            shown(&table.name),
            if column.data_type.is_empty() { "none" } else { &column.data_type }
        );
        return Err(Error::new(ErrorKind::Config, message)
            .at(place.clone())
            .hint("say which rows are old as SQL: where = \"created < extract(epoch from now()) - 90 * 86400\""));
    };
    Ok(match flavor {
        Flavor::Postgres => format!("{name} < {moment}"),
        // A number would be taken for a day of the Julian calendar, and a time without a date for one of the year 2000.
        Flavor::Sqlite => format!(
            "(typeof({name}) = 'text' AND {name} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' AND julianday({name}) < {moment})"
        ),
    })
}

/// A condition of the policy, with every quoted name a name: SQLite takes one in double quotes that it does not know for a text,
/// which any row may differ from, and one in backquotes for nothing else.
pub(super) fn as_meant(condition: &str, flavor: Flavor) -> String {
    let piece = |token: Token<'_>| match (flavor, token.kind) {
        (Flavor::Sqlite, TokenKind::QuotedIdent) => format!("`{}`", unquoted(token.text).replace('`', "``")),
        _ => token.text.to_owned(),
    };
    tokens(condition, flavor).into_iter().map(piece).collect()
}

/// A condition stands in parentheses within other statements: it must not leave them.
fn one_expression(condition: &str, flavor: Flavor, place: &Place) -> Result<()> {
    let refuse = |why: &str| {
        Err(Error::new(ErrorKind::Config, format!("the condition {condition:?} is not one expression: {why}"))
            .at(place.clone())
            .hint("write what would follow WHERE: where = \"level = 'debug'\""))
    };
    if split(condition, flavor).is_err() {
        return refuse("a quote stays open");
    }
    let mut depth = 0_i32;
    for token in tokens(condition, flavor) {
        match (token.kind, token.text) {
            (TokenKind::Comment, _) => return refuse("it has a comment"),
            (_, ";") => return refuse("it has a semicolon"),
            (_, "(") => depth += 1,
            (_, ")") => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            break;
        }
    }
    match depth {
        0 => Ok(()),
        1.. => refuse("a parenthesis stays open"),
        _ => refuse("a parenthesis closes that was not opened"),
    }
}
