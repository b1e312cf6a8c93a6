//! Columns.

use super::constraint::{self, tree};
use super::cursor::{Cursor, Written};
use super::data_type::Type;
use super::definition::{take_expression, take_type};
use super::known::Kind;
use super::not_null::must_have;
use super::retype::retype;
use super::sketch::Sketch;
use super::volatile::is_volatile;
use crate::catalog::{Column, Constraint, ConstraintKind, Name, ObjectId, ObjectKind, Reference};
use crate::plan::LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
use crate::plan::Work;
use crate::plan::words::{key, phrase, significant, text};
use crate::sql::Flavor;

/// `ADD [COLUMN] …`.
pub(super) fn add(table: &Name, only: bool, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("ADD");
    cursor.eat("COLUMN");
    let unless_there = cursor.eat("IF NOT EXISTS");
    let Some(name) = cursor.identifier() else { return sketch.suspect(table) };
    let tables = tree(table, only, sketch);
    sketch.lock_all(&tables, AccessExclusive);
    if unless_there && sketch.known.table(table).is_some_and(|table| table.column(&name).is_some()) {
        return;
    }
    let (type_words, options) = take_type(cursor.rest());
    let options = Cursor::new(options);
    let column_type = Type::of(type_words);
    let work = match () {
        () if fills(&column_type, options, sketch) => Work::Rewrites,
        () if constraint::looks(options) => Work::Scans,
        () => Work::Nothing,
    };
    for table in &tables {
        match work {
            // A partitioned table has no rows, and its indexes are left alone.
            Work::Rewrites if !sketch.known.is_partitioned(table) => sketch.rewrite(table),
            work => sketch.work(table, work),
        }
    }
    let new =
        |ending: &str| Written { schema: Some(table.schema.clone()), name: format!("{}_{name}_{ending}", table.name) };
    if column_type.is_serial() || (options.has("GENERATED") && options.has("IDENTITY")) {
        sketch.make(&new("seq"), Kind::Sequence { owner: Some(table.clone()) });
    }
    if options.has("UNIQUE") || options.has("PRIMARY KEY") {
        sketch.make(&new("key"), Kind::Index { of: table.clone() });
    }
    let mut references = options;
    if references.skip_to("REFERENCES")
        && let Some(to) = references.name().map(|to| sketch.known.resolve(&to))
    {
        constraint::refers(table, &to, options.has("DEFAULT"), sketch);
        let key = Constraint {
            kind: ConstraintKind::Foreign,
            columns: vec![name.clone()],
            references: Some(Reference { table: to, ..Reference::default() }),
            ..Constraint::default()
        };
        sketch.known.change(table, |table| table.constraints.push(key));
    }
    let column = Column {
        name,
        data_type: phrase(type_words),
        not_null: options.has("NOT NULL") || options.has("PRIMARY KEY"),
        ..Column::default()
    };
    for table in &tables {
        sketch.known.change(table, |table| table.columns.push(column.clone()));
    }
}

/// Whether each row gets a value of its own, which has to be written: else a new column costs nothing.
fn fills(column_type: &Type, options: Cursor<'_, '_>, sketch: &Sketch<'_, '_>) -> bool {
    if options.has("GENERATED") {
        let virtual_one = options.has("VIRTUAL") || (sketch.known.major >= 18 && !options.has("STORED"));
        return options.has("IDENTITY") || !virtual_one;
    }
    let mut default = options;
    let varies = match default.skip_to("DEFAULT") {
        true => is_volatile(take_expression(default.rest()), sketch),
        false => column_type
            .default(sketch.known)
            .is_some_and(|default| is_volatile(&significant(default, Flavor::Postgres), sketch)),
    };
    varies || column_type.is_serial() || column_type.is_guarded_domain(sketch.known)
}

/// `DROP [COLUMN] …`: what is made of the column goes too.
pub(super) fn drop(table: &Name, only: bool, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("DROP");
    if cursor.rest().len() > 1 && !matches!(key(cursor.rest(), 1), "CASCADE" | "RESTRICT") {
        cursor.eat("COLUMN");
    }
    cursor.eat("IF EXISTS");
    let column = cursor.identifier().unwrap_or_default();
    for one in tree(table, only, sketch) {
        sketch.lock(&one, AccessExclusive);
        let was = sketch.known.id(&one).qualified();
        for kind in [ObjectKind::Column, ObjectKind::Default] {
            for fallen in sketch.known.falls_with(ObjectId::part(kind, &was, &*column)) {
                sketch.falls(&fallen);
            }
        }
        let keys = sketch.known.table(&one).into_iter().flat_map(|table| table.constraints.iter());
        let names: Vec<String> = keys.filter(|key| key.columns.contains(&column)).map(|key| key.name.clone()).collect();
        names.iter().for_each(|name| sketch.constraint_falls(&one, name));
        sketch.known.change(&one, |table| {
            table.columns.retain(|one| one.name != column);
            table.constraints.retain(|one| !one.columns.contains(&column));
        });
    }
}

/// `RENAME [COLUMN] a TO b`.
pub(super) fn rename(table: &Name, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("RENAME");
    if key(cursor.rest(), 1) != "TO" {
        cursor.eat("COLUMN");
    }
    let from = cursor.identifier().unwrap_or_default();
    cursor.eat("TO");
    let to = cursor.identifier().unwrap_or_default();
    for one in tree(table, false, sketch) {
        sketch.lock(&one, AccessExclusive);
        sketch.known.change(&one, |table| {
            table.columns.iter_mut().filter(|one| one.name == from).for_each(|one| one.name.clone_from(&to));
        });
    }
}

/// `ALTER [COLUMN] name …`.
pub(super) fn alter(table: &Name, only: bool, mut cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    cursor.eat("ALTER");
    cursor.eat("COLUMN");
    let Some(column) = cursor.identifier() else { return sketch.suspect(table) };
    let tables = tree(table, only, sketch);
    let sets_options = matches!(cursor.key(), "SET" | "RESET") && text(cursor.rest(), 1) == "(";
    if sets_options {
        return sketch.lock(table, ShareUpdateExclusive);
    }
    if cursor.eat("SET STATISTICS") {
        return sketch.lock_all(&tables, ShareUpdateExclusive);
    }
    sketch.lock_all(&tables, AccessExclusive);
    if cursor.eat("TYPE") || cursor.eat("SET DATA TYPE") {
        tables.iter().for_each(|one| retype(one, &column, cursor, sketch));
    } else if cursor.eat("SET NOT NULL") {
        tables.iter().for_each(|one| must_have(one, &column, sketch));
    } else if cursor.eat("SET EXPRESSION") {
        let found = sketch.known.table(table).and_then(|table| table.column(&column));
        if found.and_then(|one| one.generated.as_ref()).is_none_or(|one| one.stored) {
            tables.iter().for_each(|one| sketch.rewrite(one));
        } else {
            tables.iter().for_each(|one| sketch.work(one, Work::Scans));
        }
    } else if cursor.eat("ADD GENERATED") {
        let name = format!("{}_{column}_seq", table.name);
        let written = Written { schema: Some(table.schema.clone()), name };
        sketch.make(&written, Kind::Sequence { owner: Some(table.clone()) });
    } else if cursor.eat("DROP IDENTITY") {
        sketch.lock_all(&sequences(table, &column, sketch), AccessExclusive);
    } else if cursor.eat("DROP NOT NULL") {
        for one in &tables {
            change(one, &column, sketch, |one| one.not_null = false);
        }
    } else if matches!(cursor.key(), "SET" | "RESTART") && !cursor.eat("SET DEFAULT") {
        // The settings of its identity.
        sketch.lock_all(&sequences(table, &column, sketch), ShareRowExclusive);
    }
}

/// The sequences that a column owns.
pub(super) fn sequences(table: &Name, column: &str, sketch: &Sketch<'_, '_>) -> Vec<Name> {
    let was = sketch.known.id(table).qualified();
    let all = sketch.known.catalog.sequences.iter();
    let owned = all.filter(|one| one.owned_by.as_ref().is_some_and(|by| by.table == was && by.column == column));
    owned.filter_map(|one| sketch.known.now(&one.name)).collect()
}

pub(super) fn change(table: &Name, column: &str, sketch: &mut Sketch<'_, '_>, how: impl Fn(&mut Column)) {
    sketch.known.change(table, |table| table.columns.iter_mut().filter(|one| one.name == *column).for_each(&how));
}
