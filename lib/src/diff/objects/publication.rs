//! Publications and subscriptions.

use super::one_statement;
use crate::catalog::{ObjectId, Publication, PublishedTable, Subscription};
use crate::diff::change::{Change, Statement};
use crate::diff::naming::named;
use crate::sql::{ident, literal};

pub(super) fn create(one: &Publication) -> Vec<Statement> {
    let what = match one.all_tables {
        true => " FOR ALL TABLES".to_owned(),
        false => contents(&one.tables, &one.schemas).map(|what| format!(" FOR {what}")).unwrap_or_default(),
    };
    one_statement(format!("CREATE PUBLICATION {}{what} WITH ({})", ident(&one.name), settings(one)))
}

fn contents(tables: &[PublishedTable], schemas: &[String]) -> Option<String> {
    let tables = tables.iter().map(|table| format!("TABLE {}", published(table)));
    let schemas = schemas.iter().map(|schema| format!("TABLES IN SCHEMA {}", ident(schema)));
    let all: Vec<String> = tables.chain(schemas).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn published(table: &PublishedTable) -> String {
    let columns = table.columns.as_ref().map(|columns| {
        let names: Vec<String> = columns.iter().map(|column| ident(column)).collect();
        format!(" ({})", names.join(", "))
    });
    let filter = table.filter.as_ref().map(|filter| format!(" WHERE ({filter})"));
    format!("{}{}{}", table.table, columns.unwrap_or_default(), filter.unwrap_or_default())
}

fn settings(one: &Publication) -> String {
    let mut settings = format!("publish = {}", literal(&one.publish.join(", ")));
    if one.via_partition_root {
        settings.push_str(", publish_via_partition_root = true");
    }
    if one.generated_columns {
        settings.push_str(", publish_generated_columns = stored");
    }
    settings
}

pub(super) fn change(id: &ObjectId, old: &Publication, new: &Publication) -> Change {
    if old.all_tables != new.all_tables {
        return Change::Rebuild;
    }
    let mut statements = Vec::new();
    let mut alter = |action: String| statements.push(Statement::new(format!("ALTER {} {action}", named(id))));
    let gone: Vec<String> = old
        .tables
        .iter()
        .filter(|table| !new.tables.contains(table))
        .map(|table| format!("TABLE {}", table.table))
        .chain(
            old.schemas
                .iter()
                .filter(|one| !new.schemas.contains(one))
                .map(|one| format!("TABLES IN SCHEMA {}", ident(one))),
        )
        .collect();
    if !gone.is_empty() {
        alter(format!("DROP {}", gone.join(", ")));
    }
    let tables: Vec<PublishedTable> = new.tables.iter().filter(|table| !old.tables.contains(table)).cloned().collect();
    let schemas: Vec<String> = new.schemas.iter().filter(|schema| !old.schemas.contains(schema)).cloned().collect();
    if let Some(fresh) = contents(&tables, &schemas) {
        alter(format!("ADD {fresh}"));
    }
    let set = |old: bool, new: bool, on: &str, off: &str| (old != new).then(|| if new { on } else { off }.to_owned());
    let changed = [
        (old.publish != new.publish).then(|| format!("publish = {}", literal(&new.publish.join(", ")))),
        set(
            old.via_partition_root,
            new.via_partition_root,
            "publish_via_partition_root = true",
            "publish_via_partition_root = false",
        ),
        set(
            old.generated_columns,
            new.generated_columns,
            "publish_generated_columns = stored",
            "publish_generated_columns = none",
        ),
    ];
    let changed: Vec<String> = changed.into_iter().flatten().collect();
    if !changed.is_empty() {
        alter(format!("SET ({})", changed.join(", ")));
    }
    Change::Alter(statements)
}

/// It is made without reaching for the other server: that one may not be there, and its slot is its own affair.
pub(super) fn create_subscription(one: &Subscription) -> Vec<Statement> {
    let publications: Vec<String> = one.publications.iter().map(|name| ident(name)).collect();
    let connection = literal(one.connection.as_deref().unwrap_or_default());
    let slot = one.slot.as_ref().map_or("NONE".to_owned(), |slot| literal(slot));
    let mut settings = vec!["connect = false".to_owned(), format!("slot_name = {slot}")];
    settings.extend(one.options.iter().cloned());
    let name = ident(&one.name);
    let made = format!(
        "CREATE SUBSCRIPTION {name} CONNECTION {connection} PUBLICATION {} WITH ({})",
        publications.join(", "),
        settings.join(", ")
    );
    let mut statements = one_statement(made);
    if one.enabled {
        statements.push(Statement::new(format!("ALTER SUBSCRIPTION {name} ENABLE")));
    }
    statements
}

/// Dropping one with a slot reaches for the other server; the slot is left to whoever keeps that.
pub(super) fn drop_subscription(one: &Subscription) -> Vec<Statement> {
    let name = ident(&one.name);
    let mut statements = Vec::new();
    if one.slot.is_some() {
        statements.push(Statement::new(format!("ALTER SUBSCRIPTION {name} DISABLE")));
        statements.push(Statement::new(format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)")));
    }
    statements.push(Statement::new(format!("DROP SUBSCRIPTION {name}")));
    statements
}

pub(super) fn change_subscription(id: &ObjectId, old: &Subscription, new: &Subscription) -> Change {
    let mut statements = Vec::new();
    let mut alter = |action: String| statements.push(Statement::new(format!("ALTER {} {action}", named(id))));
    if let Some(connection) = new.connection.as_ref().filter(|_| old.connection != new.connection) {
        alter(format!("CONNECTION {}", literal(connection)));
    }
    if old.publications != new.publications {
        let names: Vec<String> = new.publications.iter().map(|name| ident(name)).collect();
        alter(format!("SET PUBLICATION {} WITH (refresh = false)", names.join(", ")));
    }
    let mut settings: Vec<String> = new.options.iter().filter(|one| !old.options.contains(one)).cloned().collect();
    let name = |option: &String| option.split('=').next().unwrap_or_default().trim().to_owned();
    let gone = old.options.iter().map(name).filter(|gone| !new.options.iter().any(|kept| name(kept) == *gone));
    settings.extend(gone.map(|gone| format!("{gone} = {}", usual(&gone))));
    if old.slot != new.slot {
        settings.push(
            new.slot.as_ref().map_or("slot_name = NONE".to_owned(), |slot| format!("slot_name = {}", literal(slot))),
        );
    }
    if !settings.is_empty() {
        alter(format!("SET ({})", settings.join(", ")));
    }
    if old.enabled != new.enabled {
        alter(if new.enabled { "ENABLE" } else { "DISABLE" }.to_owned());
    }
    Change::Alter(statements)
}

/// What an option is where nothing is said.
fn usual(option: &str) -> &'static str {
    match option {
        "streaming" | "synchronous_commit" => "off",
        "origin" => "any",
        "password_required" => "true",
        _ => "false",
    }
}
