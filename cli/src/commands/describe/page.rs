//! The page of one table, view or sequence.

use mainstay::catalog::{Column, Constraint, ConstraintKind, Identity, Sequence, Size, Trigger, TriggerState};
use mainstay::inspect::{Description, IndexLine, Referrer};
use mainstay::sql::{Flavor, ident};

use crate::commands::tables::{name, rows};
use crate::output::{Output, Page, Table, words};

/// Everything that is known of it, a section each; sections that have nothing to say are left out.
pub(crate) fn page(about: &Description, flavor: Flavor, output: &Output) -> String {
    let mut page = Page::new(output);
    page.heading(about.kind.words(), &name(&about.name, flavor));
    page.facts(facts(about, flavor));
    page.table(&columns(&about.columns, flavor));
    page.table(&indexes(&about.indexes));
    page.table(&constraints("CHECK", &about.checks));
    page.table(&constraints("FOREIGN KEY", &about.foreign_keys));
    page.table(&referrers(&about.referenced_by, flavor));
    // SQLite keeps statements as they were typed, on several lines.
    let (long, short) = about.triggers.iter().partition::<Vec<_>, _>(|trigger| trigger.definition.contains('\n'));
    page.table(&triggers(&short));
    for trigger in long {
        page.verbatim(&format!("TRIGGER {}", trigger.name), &trigger.definition);
    }
    page.table(&partitions(about, flavor));
    if let Some(definition) = &about.definition {
        page.verbatim("DEFINITION", definition);
    }
    page.finish()
}

/// What can be said in a line each.
fn facts(about: &Description, flavor: Flavor) -> Vec<(&'static str, String)> {
    let names = |names: &[mainstay::catalog::Name]| names.iter().map(|one| name(one, flavor)).collect::<Vec<_>>();
    let part_of = about.partition_of.as_ref().map(|of| format!("{} {}", name(&of.parent, flavor), of.bound));
    let flags = [(about.unlogged, "unlogged: empty after a crash"), (about.row_security, "row security")];
    let flags: Vec<&str> = flags.iter().filter(|(set, _)| *set).map(|(_, words)| *words).collect();
    // A primary key with an index of its own is listed there.
    let key = if about.indexes.iter().any(|line| line.index.primary) { "" } else { &about.primary_key.join(", ") };
    let mut facts = vec![
        ("owner", about.owner.clone()),
        ("rows", rows(about.rows)),
        ("size", about.bytes.map(|bytes| size(bytes, &about.size)).unwrap_or_default()),
        ("comment", about.comment.clone().unwrap_or_default()),
        ("primary key", key.to_owned()),
        ("partition of", part_of.unwrap_or_default()),
        ("partitioned by", about.partition_key.clone().unwrap_or_default()),
        ("inherits", names(&about.inherits).join(", ")),
        ("server", about.server.clone().unwrap_or_default()),
        ("options", about.options.join(", ")),
        ("flags", flags.join(", ")),
        ("sequences", names(&about.sequences).join(", ")),
    ];
    facts.extend(about.sequence.iter().flat_map(|sequence| sequence_facts(sequence, flavor)));
    facts.retain(|(_, fact)| !fact.is_empty());
    facts
}

/// `57.3 kB: table 8.2 kB, indexes 49.1 kB`.
fn size(total: u64, parts: &Size) -> String {
    let parts = [("table", parts.table), ("indexes", parts.indexes), ("large values", parts.toast)];
    let parts: Vec<String> = (parts.iter())
        .filter_map(|(what, bytes)| Some(format!("{what} {}", words::bytes((*bytes).filter(|bytes| *bytes > 0)?))))
        .collect();
    if parts.len() < 2 { words::bytes(total) } else { format!("{}: {}", words::bytes(total), parts.join(", ")) }
}

fn sequence_facts(sequence: &Sequence, flavor: Flavor) -> Vec<(&'static str, String)> {
    let owner = sequence.owned_by.as_ref().map(|owner| format!("{}.{}", name(&owner.table, flavor), owner.column));
    vec![
        ("type", sequence.data_type.clone()),
        ("last value", sequence.last_value.map(|value| value.to_string()).unwrap_or_default()),
        ("start", sequence.start.to_string()),
        ("increment", sequence.increment.to_string()),
        ("range", format!("{} to {}", sequence.min, sequence.max)),
        ("cache", sequence.cache.to_string()),
        ("at its end", if sequence.cycle { "starts over" } else { "an error" }.to_owned()),
        (if sequence.identity { "identity of" } else { "owned by" }, owner.unwrap_or_default()),
    ]
}

fn columns(columns: &[Column], flavor: Flavor) -> Table {
    let mut table = Table::new(["COLUMN", "TYPE", "NULLABLE", "DEFAULT", "STORAGE", "COMMENT"]).wrapped();
    for column in columns {
        let collation = column.collation.as_ref().map(|name| format!(" collate {name}")).unwrap_or_default();
        table.row([
            column.name.clone(),
            format!("{}{collation}", column.data_type),
            if column.not_null { "not null" } else { "" }.to_owned(),
            default(column, flavor),
            column.storage.map(|storage| format!("{storage:?}").to_lowercase()).unwrap_or_default(),
            column.comment.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// Where a value comes from when the row gives none.
fn default(column: &Column, flavor: Flavor) -> String {
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "stored" } else { "virtual" };
        return format!("generated always as ({}) {kept}", generated.expression);
    }
    match (column.identity, &column.default) {
        (Some(_), _) if flavor == Flavor::Sqlite => "autoincrement".to_owned(),
        (Some(Identity::Always), _) => "generated always as identity".to_owned(),
        (Some(Identity::ByDefault), _) => "generated by default as identity".to_owned(),
        (None, default) => default.clone().unwrap_or_default(),
    }
}

fn indexes(indexes: &[IndexLine]) -> Table {
    let mut table = Table::new(["INDEX", "KEYS", "SIZE", "COMMENT"]).numbers(&[2]).wrapped();
    for line in indexes {
        table.row([
            line.index.name.clone(),
            keys(line),
            line.index.bytes.map(words::bytes).unwrap_or_default(),
            line.index.comment.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// `primary key (id)`, `unique (name) where (gone IS NULL)`, `gin (tags)`.
fn keys(line: &IndexLine) -> String {
    let index = &line.index;
    let mut words = Vec::new();
    match line.constraint_kind {
        _ if index.primary => words.push("primary key".to_owned()),
        Some(ConstraintKind::Unique) => words.push("unique constraint".to_owned()),
        Some(ConstraintKind::Exclusion) => words.push("exclusion constraint".to_owned()),
        _ if index.unique => words.push("unique".to_owned()),
        _ => {}
    }
    if !matches!(index.method.as_str(), "" | "btree") {
        words.push(index.method.clone());
    }
    words.push(format!("({})", index.columns.join(", ")));
    if !index.include.is_empty() {
        words.push(format!("include ({})", index.include.join(", ")));
    }
    words.extend(index.predicate.as_ref().map(|predicate| format!("where {predicate}")));
    if !index.valid {
        words.push("INVALID: drop it and make it again".to_owned());
    }
    words.join(" ")
}

fn constraints(header: &str, constraints: &[Constraint]) -> Table {
    let mut table = Table::new([header, "DEFINITION", "COMMENT"]).wrapped();
    for one in constraints {
        let comment = one.comment.clone().unwrap_or_default();
        table.row([one.name.clone(), what_it_asks(&one.definition), comment]);
    }
    table
}

/// The definition without the words that the header says already, and without the outer brackets of a check.
fn what_it_asks(definition: &str) -> String {
    let check = definition.strip_prefix("CHECK (").and_then(|rest| rest.strip_suffix(')'));
    check.or_else(|| definition.strip_prefix("FOREIGN KEY ")).unwrap_or(definition).to_owned()
}

fn referrers(referrers: &[Referrer], flavor: Flavor) -> Table {
    let mut table = Table::new(["REFERENCED BY", "FOREIGN KEY", "DEFINITION"]).wrapped();
    for from in referrers {
        table.row([name(&from.table, flavor), from.constraint.clone(), what_it_asks(&from.definition)]);
    }
    table
}

fn triggers(triggers: &[&Trigger]) -> Table {
    let mut table = Table::new(["TRIGGER", "DEFINITION", "FIRES", "COMMENT"]).wrapped();
    for trigger in triggers {
        let fires = match trigger.enabled {
            TriggerState::Origin => "",
            TriggerState::Disabled => "never: disabled",
            TriggerState::Replica => "in replication only",
            TriggerState::Always => "always, in replication too",
        };
        let comment = trigger.comment.clone().unwrap_or_default();
        // What comes after the name says it all.
        let beginning = format!(" TRIGGER {} ", ident(&trigger.name));
        let what = trigger.definition.split_once(&beginning).map_or(&*trigger.definition, |(_, rest)| rest);
        table.row([trigger.name.clone(), what.to_owned(), fires.to_owned(), comment]);
    }
    table
}

fn partitions(about: &Description, flavor: Flavor) -> Table {
    let mut table = Table::new(["PARTITION", "BOUND"]).wrapped();
    for (part, bound) in &about.partitions {
        table.row([name(part, flavor), bound.clone()]);
    }
    table
}
