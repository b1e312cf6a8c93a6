//! Columns that refuse NULL from now on.

use super::column::change;
use super::cursor::identifier;
use super::sketch::Sketch;
use crate::catalog::{Constraint, ConstraintKind, Name};
use crate::plan::LockMode::AccessExclusive;
use crate::plan::words::{Word, significant};
use crate::sql::Flavor;

/// A column refuses NULL from now on: rows are looked through, unless it did before or a valid check has proven it.
pub(super) fn must_have(table: &Name, column: &str, sketch: &mut Sketch<'_, '_>) {
    let proves = |one: &Constraint| {
        one.kind == ConstraintKind::Check
            && one.validated
            && one.enforced
            && proves_not_null(one.expression.as_deref(), column)
    };
    let proven = sketch.known.table(table).is_some_and(|table| {
        let has = table
            .column(column)
            .is_some_and(|one| one.not_null && one.not_null_constraint.as_ref().is_none_or(|by| by.validated));
        has || table.constraints.iter().any(proves)
    });
    if !proven {
        sketch.scan(table, AccessExclusive);
    }
    change(table, column, sketch, |one| one.not_null = true);
}

/// Whether a check says `column IS NOT NULL`, alone or among conditions that all must hold.
fn proves_not_null(expression: Option<&str>, column: &str) -> bool {
    let words = significant(expression.unwrap_or_default(), Flavor::Postgres);
    let plain: Vec<&Word<'_>> = words.iter().filter(|word| !matches!(word.text, "(" | ")")).collect();
    let either = plain.iter().any(|word| matches!(word.key.as_str(), "OR" | "CASE"));
    !either
        && plain.windows(4).enumerate().any(|(at, four)| {
            let begins = at == 0 || plain[at - 1].key == "AND";
            let is_column = identifier(four[0]).is_some_and(|name| name == column);
            begins && is_column && four[1].key == "IS" && four[2].key == "NOT" && four[3].key == "NULL"
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_proves() {
        let check =
            |expression: &str, expected| assert_eq!(proves_not_null(Some(expression), "a"), expected, "{expression}");
        check("(a IS NOT NULL)", true);
        check("((a IS NOT NULL) AND (b > 0))", true);
        check("((b > 0) AND (a IS NOT NULL))", true);
        check("((a IS NOT NULL) OR (b > 0))", false);
        check("(ba IS NOT NULL)", false);
        check("(NOT (a IS NOT NULL))", false);
        check("(f(a) IS NOT NULL)", false);
    }
}
