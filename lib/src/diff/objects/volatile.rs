//! Defaults that give every row a value of its own: a column with one cannot be added without writing each row.

use crate::catalog::{ObjectId, Volatility};
use crate::diff::side::Side;
use crate::sql::{Flavor, TokenKind, significant};

/// The server's own functions that are volatile and that a default may call.
const VOLATILE: [&str; 18] = [
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "pg_backend_pid",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_sleep",
    "query_to_xml",
    "random",
    "random_normal",
    "set_config",
    "setval",
    "timeofday",
    "uuidv4",
    "uuidv7",
];

/// May the default of the column `id` be another value for each row? A function of an extension, which the catalog does not
/// know, may.
pub(in crate::diff) fn is_volatile(id: &ObjectId, default: &str, to: &Side<'_>) -> bool {
    let called = called(default);
    let own = |schema: &str, name: &str| {
        let mut routines = to.catalog.routines.iter();
        routines.any(|one| {
            (one.name.schema.as_str(), one.name.name.as_str()) == (schema, name)
                && one.volatility != Volatility::Volatile
        })
    };
    called.iter().any(|(schema, name)| match schema.as_str() {
        "" | "pg_catalog" => VOLATILE.contains(&name.as_str()),
        schema => !own(schema, name),
    }) || to.needs(id).iter().any(|needed| needed.kind == crate::catalog::ObjectKind::Operator)
}

/// The functions that an expression calls: schema, or nothing for the server's own, and name.
fn called(expression: &str) -> Vec<(String, String)> {
    let bare = |text: &str| match text.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\""),
        None => text.to_lowercase(),
    };
    let tokens: Vec<_> = significant(expression, Flavor::Postgres).collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let named = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent);
        if !named || tokens.get(at + 1).is_none_or(|next| next.text != "(") {
            continue;
        }
        let schema = match at.checked_sub(2).map(|before| (&tokens[before], &tokens[before + 1])) {
            Some((schema, dot)) if dot.text == "." => bare(schema.text),
            _ => String::new(),
        };
        found.push((schema, bare(token.text)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Name, ObjectKind, Routine};

    #[test]
    fn defaults_that_differ_from_row_to_row() {
        let routine =
            |name: &str, volatility| Routine { name: Name::new("public", name), volatility, ..Routine::default() };
        let routines = vec![routine("fixed", Volatility::Immutable), routine("Odd", Volatility::Volatile)];
        let catalog = Catalog { routines, ..Catalog::default() };
        let side = Side::new(&catalog, "me");
        let id = ObjectId::part(ObjectKind::Column, &Name::new("public", "t"), "c");
        let check = |default: &str, expected: bool| assert_eq!(is_volatile(&id, default, &side), expected, "{default}");
        check("0", false);
        check("now()", false);
        check("'random()'::text", false);
        check("'x'::character varying(20)", false);
        check("(random() * (6)::double precision)", true);
        check("nextval('s'::regclass)", true);
        check("public.fixed(1)", false);
        check("public.\"Odd\"()", true);
        check("uuid.uuid_generate_v4()", true);
    }
}
