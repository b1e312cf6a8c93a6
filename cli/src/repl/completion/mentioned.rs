//! The tables that a statement speaks of, and what it calls them.

use mainstay::console::{Names, RelationName};
use mainstay::sql::{Flavor, TokenKind, significant};

/// A table of the statement.
pub(super) struct Mentioned<'a> {
    pub(super) relation: &'a RelationName,
    /// `l` of `FROM logs l`, else the table's own name.
    pub(super) called: String,
}

/// Every table that `statement` names where a table's name can stand.
pub(super) fn mentioned<'a>(statement: &str, names: &'a Names, flavor: Flavor) -> Vec<Mentioned<'a>> {
    let tokens: Vec<_> = significant(statement, flavor).collect();
    let name_at = |at: usize| {
        let token = tokens.get(at).filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent))?;
        Some(plain(token.text))
    };
    let mut found = Vec::new();
    let mut list = false;
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).map(|before| tokens[before].text.to_ascii_uppercase()).unwrap_or_default();
        match before.as_str() {
            "FROM" | "JOIN" | "INTO" | "UPDATE" | "TABLE" | "ONLY" | "USING" => list = true,
            "," => {}
            "WHERE" | "SELECT" | "SET" | "ON" | "(" | "GROUP" | "ORDER" => list = false,
            _ => continue,
        }
        if !list {
            continue;
        }
        let Some(first) = name_at(at) else { continue };
        let qualified = tokens.get(at + 1).is_some_and(|token| token.text == ".").then(|| name_at(at + 2)).flatten();
        let (schema, name, mut next) = match &qualified {
            Some(name) => (Some(&first), name, at + 3),
            None => (None, &first, at + 1),
        };
        let fits = |relation: &&RelationName| {
            relation.name == *name && schema.map_or(relation.visible, |schema| relation.schema == *schema)
        };
        let Some(relation) = names.relations.iter().find(fits) else { continue };
        if name_at(next).is_some_and(|word| word == "as") {
            next += 1;
        }
        let alias = name_at(next).filter(|word| !NO_ALIAS.contains(&word.as_str()));
        found.push(Mentioned { relation, called: alias.unwrap_or_else(|| name.clone()) });
    }
    found
}

/// What may follow a table's name and is not what the statement calls it.
const NO_ALIAS: [&str; 20] = [
    "where",
    "join",
    "left",
    "right",
    "full",
    "inner",
    "cross",
    "natural",
    "on",
    "using",
    "order",
    "group",
    "having",
    "limit",
    "offset",
    "set",
    "values",
    "select",
    "union",
    "returning",
];

/// A name as the catalog has it.
fn plain(written: &str) -> String {
    match written.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\""),
        None => written.to_lowercase(),
    }
}
