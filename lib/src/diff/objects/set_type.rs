//! Another type for a column that keeps its values, and how they follow.

use super::column::{collation, on_column};
use super::{cast, conversion, rewrite};
use crate::catalog::{Column, Table, TableKind};
use crate::diff::change::Statement;
use crate::diff::side::Side;
use crate::sql::ident;

/// Gives it another type.
pub(super) fn set_type(table: &Table, (from, old): (&Side<'_>, &Column), (to, new): (&Side<'_>, &Column)) -> Statement {
    // A foreign table's values are elsewhere, and generated ones are made anew.
    if table.kind == TableKind::Foreign {
        return on_column(table, new, &format!("TYPE {}{}", new.data_type, collation(new)));
    }
    let (was, is) = (cast::beneath(&old.data_type, from), cast::beneath(&new.data_type, to));
    let action = match new.generated.is_none() {
        false => format!("TYPE {}{}", new.data_type, collation(new)),
        true => to_type((old, &was), (new, &is), to),
    };
    let mut statement = on_column(table, new, &action);
    if new.generated.is_none() {
        let same = old.data_type == new.data_type && was == is;
        // A label is there or it is not.
        if !same && !conversion::keeps_values(&was, &is) && !cast::is_enum(&is, to) {
            statement = statement.converting(&table.name, &new.name, (&old.data_type, &new.data_type));
        }
        let of_users = was.contains('.') || is.contains('.');
        let reads_text = (old.data_type == new.data_type && was != is && of_users)
            || (!cast::may_be(&was, &is, to) && !goes_by_text((old, &was), (new, &is), to));
        if !same && reads_text {
            let why = format!("as a text is no {}", new.data_type);
            statement = statement.failing(&table.name, &new.name, &why);
        }
        let gone = cast::labels_gone((from, &was), (to, &is));
        if !gone.is_empty() {
            statement = statement.failing(&table.name, &new.name, &format!("is {}", gone.join(" or ")));
        }
    }
    let made_anew = old.data_type == new.data_type && old.collation == new.collation;
    if made_anew || new.generated.is_some() || rewrite::rewrites(&old.data_type, &new.data_type) {
        return statement.rewriting(&table.name, &format!("column {} gets type {}", new.name, new.data_type));
    }
    // Other words for a longer string are a note in the catalog; another order of them is another index.
    match old.collation == new.collation {
        true => statement,
        false => statement.blocking(&table.name, &format!("the indexes of column {} are built", new.name)),
    }
}

/// Do the two types, of users or extensions both, know each other by their text alone?
fn goes_by_text((old, was): (&Column, &str), (new, is): (&Column, &str), to: &Side<'_>) -> bool {
    let made_anew = old.data_type == new.data_type && old.collation == new.collation;
    made_anew || (was.contains('.') && is.contains('.') && !cast::is_declared(was, is, to))
}

/// `TYPE …`; the values are told how to follow where they would not by themselves. `was` and `is` are the types beneath domains: a
/// text is never cast to one, since that would cut it.
fn to_type((old, was): (&Column, &str), (new, is): (&Column, &str), to: &Side<'_>) -> String {
    let collation = collation(new);
    let bare = |data_type: &str| data_type.split('(').next().unwrap_or_default().trim().to_owned();
    let name = ident(&new.name);
    let text = if new.data_type.ends_with("[]") { "text[]" } else { "text" };
    let using = if conversion::are_texts(was, is) {
        String::new()
    } else if goes_by_text((old, was), (new, is), to) {
        format!(" USING {name}::{text}::{}", new.data_type)
    } else if bare(&old.data_type) == bare(&new.data_type) {
        String::new()
    } else if cast::may_be(was, is, to) {
        format!(" USING {name}::{}", new.data_type)
    } else {
        format!(" USING {name}::text::{}", new.data_type)
    };
    format!("TYPE {}{collation}{using}", new.data_type)
}
