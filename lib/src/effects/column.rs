//! Columns.

use super::constraint::{self, tree};
use super::cursor::{Cursor, Written};
use super::data_type::Type;
use super::known::Kind;
use super::sketch::Sketch;
use crate::catalog::{Column, Constraint, ConstraintKind, Name, ObjectId, ObjectKind, Reference, Volatility};
use crate::plan::LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
use crate::plan::Work;
use crate::plan::words::{Word, key, phrase, significant, text};
use crate::sql::Flavor;

/// Words that end the type in a column's definition.
const AFTER_TYPE: &[&str] = &[
    "COLLATE",
    "CONSTRAINT",
    "NOT",
    "NULL",
    "CHECK",
    "DEFAULT",
    "GENERATED",
    "UNIQUE",
    "PRIMARY",
    "REFERENCES",
    "USING",
    "STORAGE",
    "COMPRESSION",
    "DEFERRABLE",
    "INITIALLY",
    "OPTIONS",
];

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

/// The default's expression: up to the next option of the column.
pub(super) fn take_expression<'w, 'a>(words: &'w [Word<'a>]) -> &'w [Word<'a>] {
    let depth = words.first().map_or(0, |word| word.depth);
    // The first word is the expression's own, NULL too.
    let ends = |at: usize| words[at].depth == depth && AFTER_TYPE.contains(&key(words, at));
    let end = (1..words.len()).find(|&at| ends(at)).unwrap_or(words.len());
    &words[..end]
}

/// Functions of the server that give the same to every row of a statement.
const STEADY: &[&str] = &[
    "NOW",
    "TRANSACTION_TIMESTAMP",
    "STATEMENT_TIMESTAMP",
    "CURRENT_TIMESTAMP",
    "CURRENT_TIME",
    "LOCALTIMESTAMP",
    "LOCALTIME",
    "CURRENT_SETTING",
    "TIMEZONE",
    "DATE_TRUNC",
    "DATE_PART",
    "EXTRACT",
    "TO_TIMESTAMP",
    "TO_DATE",
    "TO_CHAR",
    "MAKE_DATE",
    "MAKE_INTERVAL",
    "LOWER",
    "UPPER",
    "CONCAT",
    "MD5",
    "COALESCE",
    "NULLIF",
    "GREATEST",
    "LEAST",
    "CAST",
    "ARRAY",
    "ROW",
    "JSONB_BUILD_OBJECT",
    "JSON_BUILD_OBJECT",
    "JSONB_BUILD_ARRAY",
    "JSON_BUILD_ARRAY",
    "TO_JSONB",
    "TO_JSON",
    "ABS",
    "ROUND",
    "LENGTH",
    "SUBSTRING",
    "REPLACE",
    "TRIM",
    "INT4RANGE",
    "INT8RANGE",
    "NUMRANGE",
    "TSRANGE",
    "TSTZRANGE",
    "DATERANGE",
    "POINT",
    "DECODE",
    "ENCODE",
    "TO_TSVECTOR",
    "INTERVAL",
    "NUMERIC",
    "VARCHAR",
    "CHAR",
    "CHARACTER",
    "VARYING",
    "DECIMAL",
    "BIT",
    "TIMESTAMP",
    "TIME",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "WHEN",
    "THEN",
    "ELSE",
    "DEFAULT",
];

/// Whether an expression may give another value each time: what is not known to be steady may.
fn is_volatile(words: &[Word<'_>], sketch: &Sketch<'_, '_>) -> bool {
    let calls = |at: &usize| text(words, at + 1) == "(" && super::cursor::identifier(&words[*at]).is_some();
    let steady = |at: usize| {
        let name = super::cursor::identifier(&words[at]).unwrap_or_default();
        let mut own = sketch.known.catalog.routines.iter().filter(|routine| routine.name.name == name).peekable();
        match own.peek() {
            Some(_) => own.all(|routine| routine.volatility != Volatility::Volatile),
            // A type with its length, behind `::`.
            None => STEADY.contains(&key(words, at)) || (at > 0 && text(words, at - 1) == ":"),
        }
    };
    (0..words.len()).filter(calls).any(|at| !steady(at))
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
fn sequences(table: &Name, column: &str, sketch: &Sketch<'_, '_>) -> Vec<Name> {
    let was = sketch.known.id(table).qualified();
    let all = sketch.known.catalog.sequences.iter();
    let owned = all.filter(|one| one.owned_by.as_ref().is_some_and(|by| by.table == was && by.column == column));
    owned.filter_map(|one| sketch.known.now(&one.name)).collect()
}

fn change(table: &Name, column: &str, sketch: &mut Sketch<'_, '_>, how: impl Fn(&mut Column)) {
    sketch.known.change(table, |table| table.columns.iter_mut().filter(|one| one.name == *column).for_each(&how));
}

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
            let is_column = super::cursor::identifier(four[0]).is_some_and(|name| name == column);
            begins && is_column && four[1].key == "IS" && four[2].key == "NOT" && four[3].key == "NULL"
        })
}

/// `ALTER COLUMN … TYPE …`, behind TYPE.
fn retype(table: &Name, column: &str, cursor: Cursor<'_, '_>, sketch: &mut Sketch<'_, '_>) {
    let (type_words, options) = take_type(cursor.rest());
    let new = Type::of(type_words);
    let old = sketch.known.table(table).and_then(|table| table.column(column)).map(|one| Type::parse(&one.data_type));
    let known = &*sketch.known;
    let keeps =
        old.as_ref().is_some_and(|old| old.keeps_values_as(&new, known)) && !computes(options, column, type_words);
    let alike = old.as_ref().is_some_and(|old| old.sorts_like(&new, known));
    let sorts_anew = Cursor::new(options).has("COLLATE") || !alike || is_share(table, sketch);
    let indexes = indexes_with(table, column, sketch);
    for index in &indexes {
        sketch.lock(index, AccessExclusive);
        if keeps && sorts_anew {
            sketch.work(index, Work::Rewrites);
        }
    }
    let checked = sketch.known.table(table).is_some_and(|table| {
        table
            .constraints
            .iter()
            .any(|one| one.kind == ConstraintKind::Check && one.columns.iter().any(|one| one == column))
    });
    match keeps {
        false => sketch.rewrite(table),
        true if checked => sketch.work(table, Work::Scans),
        true if sorts_anew && !indexes.is_empty() => sketch.work(table, Work::Scans),
        true => {}
    }
    other_ends(table, column, sketch);
    sketch.lock_all(&sequences(table, column, sketch), AccessExclusive);
    change(table, column, sketch, |one| one.data_type = phrase(type_words));
}

/// Whether the indexes of a table are shares of those of a partitioned one, which are always built anew.
fn is_share(table: &Name, sketch: &Sketch<'_, '_>) -> bool {
    sketch.known.table(table).is_some_and(|table| table.partition_of.is_some())
}

/// The indexes in which a column is.
fn indexes_with(table: &Name, column: &str, sketch: &Sketch<'_, '_>) -> Vec<Name> {
    let mentions = |sql: &String| {
        let words = significant(sql, Flavor::Postgres);
        words.iter().filter_map(super::cursor::identifier).any(|name| name == column)
    };
    let with_it = |index: &Name| {
        let known = sketch.known.table(table).and_then(|table| table.index(&index.name));
        known.is_none_or(|one| one.columns.iter().chain(&one.include).chain(&one.predicate).any(mentions))
    };
    sketch.known.indexes(table).into_iter().filter(with_it).collect()
}

/// Foreign keys with the column are taken away and made again, on both sides.
fn other_ends(table: &Name, column: &str, sketch: &mut Sketch<'_, '_>) {
    let keys = sketch.known.table(table).into_iter().flat_map(|table| table.foreign_keys());
    let with_it = keys.filter(|key| key.columns.is_empty() || key.columns.iter().any(|one| one == column));
    let mut others: Vec<Name> = with_it.filter_map(|key| key.references.as_ref()).map(|to| to.table.clone()).collect();
    for other in sketch.known.referencing(table) {
        let mut keys = sketch.known.table(&other).into_iter().flat_map(|other| other.foreign_keys());
        let hits = |key: &Constraint| {
            key.references.as_ref().is_some_and(|to| {
                to.table == *table && (to.columns.is_empty() || to.columns.iter().any(|one| one == column))
            })
        };
        if keys.any(hits) {
            others.push(other);
        }
    }
    for other in others {
        sketch.lock_tree(&other, false, AccessExclusive);
        sketch.work(&other, Work::Scans);
        if sketch.known.is_partitioned(&other) {
            continue;
        }
        sketch.work(table, Work::Scans);
    }
}

/// Whether USING gives anything but the column itself, perhaps cast to the new type.
fn computes(options: &[Word<'_>], column: &str, new: &[Word<'_>]) -> bool {
    let mut using = Cursor::new(options);
    if !using.skip_to("USING") {
        return false;
    }
    let is_column = using.identifier().is_some_and(|name| name == column);
    let cast = using.punct(":") && using.punct(":");
    !is_column || !(using.is_empty() || (cast && phrase(using.rest()) == phrase(new)))
}

/// The type that `words` begin with, and what comes after it.
pub(super) fn take_type<'w, 'a>(words: &'w [Word<'a>]) -> (&'w [Word<'a>], &'w [Word<'a>]) {
    let depth = words.first().map_or(0, |word| word.depth);
    let ends = |word: &Word<'_>| word.depth == depth && AFTER_TYPE.contains(&word.key.as_str());
    words.split_at(words.iter().position(ends).unwrap_or(words.len()))
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

    #[test]
    fn a_type_ends_where_options_begin() {
        let check = |sql: &str, of_type: &str, rest: &str| {
            let words = significant(sql, Flavor::Postgres);
            let (found, options) = take_type(&words);
            assert_eq!((phrase(found).as_str(), phrase(options).as_str()), (of_type, rest));
        };
        check("numeric(10, 2) NOT NULL", "numeric(10, 2)", "NOT NULL");
        check("timestamp with time zone", "timestamp with time zone", "");
        check("s.\"T\"[] COLLATE \"C\"", "s.\"T\" [ ]", "COLLATE \"C\"");
    }

    #[test]
    fn using_that_computes_nothing() {
        let check = |sql: &str, expected| {
            let words = significant(sql, Flavor::Postgres);
            let (new, options) = take_type(&words);
            assert_eq!(computes(options, "a", new), expected, "{sql}");
        };
        check("text", false);
        check("text USING a", false);
        check("text USING a::text", false);
        check("text USING a::varchar", true);
        check("text USING lower(a)", true);
    }
}
