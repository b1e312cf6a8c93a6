//! Values that cannot become a column's new type.

use std::collections::BTreeMap;

use crate::catalog::Name;
use crate::engine::Session;
use crate::error::Result;
use crate::rehearse::Offence;
use crate::sql::{Flavor, Statement, Token, TokenKind, ident, literal, significant};

use super::rows::{self, NAMED};
use super::{Emptied, regclass};

/// For so long values are tried one by one.
const SECONDS: u32 = 40;

/// The values that `failing`, an `ALTER TABLE … TYPE`, cannot convert; `None` where it is another statement.
pub(super) async fn find(session: &mut dyn Session, failing: &Statement<'_>) -> Result<Option<Offence>> {
    let Some(table) = altered(session, failing.text).await? else { return Ok(None) };
    let before = types(session, &table).await?;
    let Some(emptied) = Emptied::make(session, &table, failing).await? else { return Ok(None) };
    let after = types(session, &table).await?;
    emptied.undo(session).await?;
    for (number, (column, from)) in &before {
        let Some((_, to)) = after.get(number).filter(|(_, to)| to != from) else { continue };
        let using = using(failing.text, column).unwrap_or_else(|| ident(column));
        let breaks = format!("{} from {from} to {to}", ident(column));
        if let Some(offence) = tried(session, &table, column, to, &using, breaks).await? {
            return Ok(Some(offence));
        }
    }
    Ok(None)
}

/// The columns of `table` by number, each with its type.
async fn types(session: &mut dyn Session, table: &Name) -> Result<BTreeMap<String, (String, String)>> {
    let rows = session
        .query(&format!(
            "SELECT attnum, attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute \
             WHERE attrelid = {} AND attnum > 0 AND NOT attisdropped",
            regclass(table)
        ))
        .await?;
    let column = |row: crate::engine::Row| match row.as_slice() {
        [Some(number), Some(name), Some(of)] => Some((number.clone(), (name.clone(), of.clone()))),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(column).collect())
}

/// Converts row by row, as the statement would: what fails is counted.
async fn tried(
    session: &mut dyn Session,
    table: &Name,
    column: &str,
    to: &str,
    using: &str,
    breaks: String,
) -> Result<Option<Offence>> {
    let key = rows::key(session, table).await?;
    let old = rows::values(&[ident(column)]);
    session
        .query(&format!(
            "CREATE FUNCTION pg_temp.mainstay_tried(OUT bad bigint, OUT cut boolean, OUT shown text[]) \
             LANGUAGE plpgsql AS $mainstay$\n#variable_conflict use_column\n\
             DECLARE one record; turned {to}; ends timestamptz := pg_catalog.clock_timestamp() + interval '{SECONDS} s';\n\
             BEGIN\n\
               bad := 0; cut := false; shown := '{{}}';\n\
               FOR one IN SELECT tableoid AS mainstay_of, ctid AS mainstay_at, {key} || ': ' || {old} AS mainstay_name \
                 FROM {table} LOOP\n\
                 BEGIN\n\
                   SELECT ({using}\n) INTO turned FROM {table} WHERE ctid = one.mainstay_at AND tableoid = one.mainstay_of;\n\
                 EXCEPTION WHEN others THEN\n\
                   bad := bad + 1;\n\
                   IF bad <= {NAMED} THEN shown := shown || one.mainstay_name; END IF;\n\
                 END;\n\
                 IF pg_catalog.clock_timestamp() > ends THEN cut := true; EXIT; END IF;\n\
               END LOOP;\n\
             END $mainstay$"
        ))
        .await?;
    let found = session
        .query(
            "SELECT bad, cut, example FROM pg_temp.mainstay_tried() \
             LEFT JOIN LATERAL pg_catalog.unnest(shown) AS example ON true",
        )
        .await?;
    session.query("DROP FUNCTION pg_temp.mainstay_tried()").await?;
    let cell = |at: usize| found.first().and_then(|row| row.get(at)).and_then(|cell| cell.as_deref());
    let rows = cell(0).and_then(|bad| bad.parse().ok()).unwrap_or(0);
    let at_least = cell(1) == Some("t");
    let examples = found.iter().filter_map(|row| row.get(2)?.clone()).collect();
    Ok((rows > 0).then(|| Offence { table: table.clone(), breaks, rows, at_least, examples }))
}

/// The table that `ALTER TABLE` names.
async fn altered(session: &mut dyn Session, sql: &str) -> Result<Option<Name>> {
    let Some(name) = name_after_alter_table(sql) else { return Ok(None) };
    let found = session
        .query(&format!(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
             ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass({})",
            literal(&name)
        ))
        .await?;
    Ok(found.into_iter().next().and_then(|row| match row.as_slice() {
        [Some(schema), Some(table)] => Some(Name::new(schema, table)),
        _ => None,
    }))
}

fn name_after_alter_table(sql: &str) -> Option<String> {
    let mut tokens = significant(sql, Flavor::Postgres).peekable();
    tokens.next().filter(|token| is(token, "alter"))?;
    tokens.next().filter(|token| is(token, "table"))?;
    for word in ["if", "exists", "only"] {
        tokens.next_if(|token| is(token, word));
    }
    let mut name = tokens.next()?.text.to_owned();
    while tokens.next_if(|token| token.text == ".").is_some() {
        name = format!("{name}.{}", tokens.next()?.text);
    }
    Some(name)
}

/// The expression behind USING in what `sql` does to `column`.
fn using(sql: &str, column: &str) -> Option<String> {
    let tokens: Vec<Token<'_>> = significant(sql, Flavor::Postgres).collect();
    let is_column = |token: &Token<'_>| match token.kind {
        TokenKind::QuotedIdent => token.text.trim_matches('"').replace("\"\"", "\"") == column,
        _ => token.text.to_lowercase() == column,
    };
    let start = (0..tokens.len()).find(|at| {
        let named = if is(&tokens[*at], "alter") { at + 1 } else { return false };
        let named = if tokens.get(named).is_some_and(|token| is(token, "column")) { named + 1 } else { named };
        tokens.get(named).is_some_and(is_column)
            && tokens.get(named + 1).is_some_and(|token| is(token, "type") || is(token, "set"))
    })?;
    let mut depth = 0_i32;
    let mut expression: Option<std::ops::Range<usize>> = None;
    for token in &tokens[start..] {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => break,
            _ => {}
        }
        if let Some(expression) = &mut expression {
            expression.end = token.offset + token.text.len();
        } else if depth == 0 && is(token, "using") {
            let end = token.offset + token.text.len();
            expression = Some(end..end);
        }
    }
    expression.map(|expression| sql[expression].trim().to_owned())
}

fn is(token: &Token<'_>, word: &str) -> bool {
    token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_expression_are_found() {
        for (sql, table, expression) in [
            ("ALTER TABLE log ALTER n TYPE int USING n::int", Some("log"), Some("n::int")),
            (
                "alter table if exists only app.\"Log\" alter a type text, alter column n set data type int using (coalesce(n, '0'))::int, drop b",
                Some("app.\"Log\""),
                Some("(coalesce(n, '0'))::int"),
            ),
            ("ALTER TABLE log ALTER n TYPE varchar(5)", Some("log"), None),
            ("ALTER TABLE log ALTER \"n\" TYPE int USING 1", Some("log"), Some("1")),
            ("UPDATE log SET n = 1", None, None),
        ] {
            assert_eq!(name_after_alter_table(sql).as_deref(), table, "{sql}");
            assert_eq!(using(sql, "n").as_deref(), expression, "{sql}");
        }
    }
}
