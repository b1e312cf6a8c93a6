//! Virtual tables: what a module is told cannot be altered, so a changed one is dropped and made again, empty.

use super::shape::same;
use super::statement::Statement;
use crate::catalog::Table;
use crate::sql::{Flavor, TokenKind, ident, literal_for, significant, unquoted};

/// The statements that make it. An index over another table's rows is filled from them.
pub(super) fn create(table: &Table) -> Vec<Statement> {
    let definition = table.definition.clone().unwrap_or_default();
    let fill = indexes_content(&definition).then(|| {
        let name = &table.name.name;
        let (name, column) = (ident(name), ident(name));
        Statement::new(format!("INSERT INTO {name} ({column}) VALUES ({})", literal_for("rebuild", Flavor::Sqlite)))
    });
    [Statement::new(definition)].into_iter().chain(fill).collect()
}

/// Is it a full-text index with `content=` of another table? Source: SQLite documentation, "FTS5", "External Content Tables".
fn indexes_content(definition: &str) -> bool {
    let tokens: Vec<_> = significant(definition, Flavor::Sqlite).collect();
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| same(token.text, word));
    let full_text = (0..tokens.len()).any(|at| is(at, "using") && (is(at + 1, "fts5") || is(at + 1, "fts4")));
    let names_content = |at: usize| {
        let other = tokens.get(at + 2).map(|token| (token.kind, unquoted(token.text)));
        let named = other.is_some_and(|(kind, name)| kind != TokenKind::Punct && !name.is_empty());
        is(at, "content") && is(at + 1, "=") && named
    };
    full_text && (0..tokens.len()).any(names_content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_of_another_tables_rows() {
        for (arguments, expected) in [
            ("fts5(body, content=log, content_rowid=id)", true),
            ("fts4(body, content=\"log\")", true),
            ("fts5(body, content='')", false),
            ("fts5(content)", false),
            ("rtree(id, content, x)", false),
        ] {
            assert_eq!(indexes_content(&format!("CREATE VIRTUAL TABLE t USING {arguments}")), expected, "{arguments}");
        }
    }
}
