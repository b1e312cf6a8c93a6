//! Views and materialised views.

use super::{column, one_statement, options};
use crate::catalog::{Column, ObjectId, ObjectKind, View};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::diff::spelling;
use crate::sql::ident;

pub(super) fn create(id: &ObjectId, view: &View, to: &Side<'_>) -> Vec<Statement> {
    let empty = View { populated: view.populated && !is_filled_last(id, view, to), ..view.clone() };
    let mut statements = one_statement(format!("CREATE {}", statement(&empty)));
    for one in &view.columns {
        let column = ObjectId::part(ObjectKind::Column, &view.name, &*one.name);
        if !column::default_comes_later(&column, to) {
            statements.extend(column::create(&column, one, to));
        }
    }
    statements
}

/// Does its query call functions? A body in a string says to nobody what it needs, so that it may be run only once all is there.
fn is_filled_last(id: &ObjectId, view: &View, to: &Side<'_>) -> bool {
    view.materialized && view.populated && calls(id, to)
}

fn calls(id: &ObjectId, to: &Side<'_>) -> bool {
    to.needs(id).iter().any(|needed| match needed.kind {
        ObjectKind::Function => true,
        ObjectKind::View | ObjectKind::MaterializedView => calls(needed, to),
        ObjectKind::Column => match to.whole(needed) {
            Some(view) if matches!(view.kind, ObjectKind::View | ObjectKind::MaterializedView) => calls(view, to),
            _ => false,
        },
        _ => false,
    })
}

/// Fills a materialised view that was made empty.
pub(in crate::diff) fn fill(id: &ObjectId, view: &View, to: &Side<'_>) -> Vec<Statement> {
    match is_filled_last(id, view, to) {
        true => one_statement(format!("REFRESH MATERIALIZED VIEW {}", view.name)),
        false => Vec::new(),
    }
}

fn statement(view: &View) -> String {
    let kind = if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
    let method = view.access_method.as_ref().filter(|method| *method != "heap");
    let method = method.map(|method| format!(" USING {}", ident(method))).unwrap_or_default();
    let tablespace = view.tablespace.as_ref().map(|name| format!(" TABLESPACE {}", ident(name))).unwrap_or_default();
    let filled = if view.materialized && !view.populated { "\nWITH NO DATA" } else { "" };
    let query = view.definition.trim_end().trim_end_matches(';');
    format!("{kind} {}{method}{}{tablespace} AS\n{query}{filled}", view.name, options::with(&view.options))
}

pub(super) fn change(old: &View, new: &View) -> Change {
    if old.materialized != new.materialized {
        return Change::Rebuild;
    }
    if new.materialized {
        return change_materialized(old, new);
    }
    if !spelling::same(&old.definition, &new.definition) {
        // Columns may be added at the end, and nothing else may happen to them.
        let same =
            |a: &Column, b: &Column| (&a.name, &a.data_type, &a.collation) == (&b.name, &b.data_type, &b.collation);
        let grows = old.columns.len() <= new.columns.len()
            && old.columns.iter().zip(&new.columns).all(|(old, new)| same(old, new));
        return match grows {
            true => Change::Alter(one_statement(format!("CREATE OR REPLACE {}", statement(new)))),
            false => Change::Rebuild,
        };
    }
    Change::Alter(alter(old, new))
}

fn change_materialized(old: &View, new: &View) -> Change {
    if !spelling::same(&old.definition, &new.definition) {
        return Change::Rebuild;
    }
    let mut statements = alter(old, new);
    let mut say =
        |action: String| statements.push(Statement::new(format!("ALTER MATERIALIZED VIEW {} {action}", new.name)));
    if old.access_method != new.access_method {
        say(format!("SET ACCESS METHOD {}", ident(new.access_method.as_deref().unwrap_or("heap"))));
    }
    if old.tablespace != new.tablespace {
        say(format!("SET TABLESPACE {}", ident(new.tablespace.as_deref().unwrap_or("pg_default"))));
    }
    if old.populated != new.populated {
        let data = if new.populated { "" } else { " WITH NO DATA" };
        statements.push(Statement::new(format!("REFRESH MATERIALIZED VIEW {}{data}", new.name)));
    }
    Change::Alter(statements)
}

fn alter(old: &View, new: &View) -> Vec<Statement> {
    let kind = if new.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
    let actions = options::set_and_reset(&old.options, &new.options);
    actions.into_iter().map(|action| Statement::new(format!("ALTER {kind} {} {action}", new.name))).collect()
}
