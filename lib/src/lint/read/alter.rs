//! `ALTER TABLE` and `ALTER TYPE`.

use crate::plan::words::{Word, begins, key, parts, phrase, skip, text};
use crate::sql::TokenKind;

use super::act::folded;
use super::table::{column_reference, foreign_key};
use super::{Act, Does, Kind, Named, NewColumn, behind_name, columns};

/// `ALTER …`, `words` being what follows ALTER and `start` where that is.
pub(super) fn read(words: &[Word<'_>], start: usize) -> Vec<Act> {
    match key(words, 0) {
        "TABLE" => table(&words[1..], start),
        "TYPE" => enum_value(&words[1..]).map(|does| Act { offset: start, does }).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn enum_value(words: &[Word<'_>]) -> Option<Does> {
    let rest = behind_name(words);
    if !begins(rest, &["ADD", "VALUE"]) {
        return None;
    }
    let value = skip(&rest[2..], &["IF", "NOT", "EXISTS"]).first().filter(|word| word.kind == TokenKind::String)?;
    let value = value.text.trim_matches('\'').replace("''", "'");
    Some(Does::AddEnumValue { name: Named::read(words), value })
}

fn table(words: &[Word<'_>], start: usize) -> Vec<Act> {
    let words = skip(skip(words, &["IF", "EXISTS"]), &["ONLY"]);
    let table = Named::read(words);
    let rest = behind_name(words);
    let rest = if text(rest, 0) == "*" { &rest[1..] } else { rest };
    if key(rest, 0) == "RENAME" {
        return vec![Act { offset: start, does: rename(&rest[1..], table) }];
    }
    let depth = words.first().map_or(0, |word| word.depth);
    parts(rest, |word| word.text == "," && word.depth == depth)
        .flat_map(|action| {
            let offset = action[0].offset;
            self::action(action, &table).into_iter().map(move |does| Act { offset, does })
        })
        .collect()
}

fn rename(words: &[Word<'_>], table: Named) -> Does {
    match key(words, 0) {
        "TO" => Does::RenameTable { table, to: text(words, 1).to_owned() },
        "CONSTRAINT" => Does::AlterTable { table, what: "RENAME CONSTRAINT".to_owned() },
        _ => Does::RenameColumn { table, column: folded(text(skip(words, &["COLUMN"]), 0)) },
    }
}

fn action(words: &[Word<'_>], table: &Named) -> Vec<Does> {
    let rest = &words[1..];
    match key(words, 0) {
        "ADD" => add(rest, table),
        "DROP" => vec![drop(rest, table)],
        "ALTER" => vec![alter_column(skip(rest, &["COLUMN"]), table)],
        _ => {
            let keys: Vec<&str> = words.iter().take(3).map(|word| word.key.as_str()).collect();
            vec![Does::AlterTable { table: table.clone(), what: keys.join(" ").trim().to_owned() }]
        }
    }
}

fn add(words: &[Word<'_>], table: &Named) -> Vec<Does> {
    let body = if key(words, 0) == "CONSTRAINT" { words.get(2..).unwrap_or_default() } else { words };
    let kind = match key(body, 0) {
        "PRIMARY" => Kind::Primary,
        "UNIQUE" => Kind::Unique,
        "CHECK" => Kind::Check,
        "EXCLUDE" => Kind::Exclusion,
        "FOREIGN" => Kind::Foreign,
        _ => return add_column(skip(skip(words, &["COLUMN"]), &["IF", "NOT", "EXISTS"]), table),
    };
    let using_index = body.windows(2).any(|pair| begins(pair, &["USING", "INDEX"]));
    let not_valid = body.windows(2).any(|pair| begins(pair, &["NOT", "VALID"]));
    let key = matches!(kind, Kind::Primary | Kind::Unique);
    let columns = if key && !using_index { columns(body) } else { Vec::new() };
    let mut does = vec![Does::AddConstraint {
        table: table.clone(),
        kind,
        columns: columns.clone(),
        expression: phrase(&body[1..]),
        checked: !using_index && !not_valid,
    }];
    if key && !using_index {
        does.push(Does::CreateIndex { table: table.clone(), columns });
    }
    if kind == Kind::Foreign {
        does.extend(foreign_key(body, table));
    }
    does
}

fn add_column(definition: &[Word<'_>], table: &Named) -> Vec<Does> {
    let column = NewColumn::read(definition, table);
    let mut does = Vec::new();
    if column.primary || column.unique {
        let columns = vec![column.column.clone()];
        does.push(Does::CreateIndex { table: table.clone(), columns });
    }
    does.extend(column_reference(definition, table));
    does.insert(0, Does::AddColumn(column));
    does
}

fn drop(words: &[Word<'_>], table: &Named) -> Does {
    let table = table.clone();
    let cascade = words.last().is_some_and(|word| word.key == "CASCADE") && words.len() > 1;
    if key(words, 0) == "CONSTRAINT" {
        let name = folded(text(skip(&words[1..], &["IF", "EXISTS"]), 0));
        return Does::DropConstraint { table, name, cascade };
    }
    // `DROP column` is a column of that name.
    let named = key(words, 0) == "COLUMN" && words.len() > 1;
    let rest = skip(if named { &words[1..] } else { words }, &["IF", "EXISTS"]);
    Does::DropColumn { table, column: folded(text(rest, 0)), cascade }
}

fn alter_column(words: &[Word<'_>], table: &Named) -> Does {
    let (table, column) = (table.clone(), folded(text(words, 0)));
    let rest = words.get(1..).unwrap_or_default();
    let rest = if begins(rest, &["SET", "DATA"]) { &rest[2..] } else { rest };
    if begins(rest, &["SET", "NOT", "NULL"]) {
        return Does::SetNotNull { table, column };
    }
    if begins(rest, &["TYPE"]) {
        let clause = |word: &Word<'_>| matches!(word.key.as_str(), "USING" | "COLLATE") && word.depth == rest[0].depth;
        let end = rest.iter().position(clause).unwrap_or(rest.len());
        let using = rest.iter().any(|word| word.key == "USING");
        return Does::ChangeType { table, column, to: phrase(&rest[1..end]), using };
    }
    let keys: Vec<&str> = rest.iter().take(2).map(|word| word.key.as_str()).collect();
    Does::AlterTable { table, what: format!("ALTER COLUMN {}", keys.join(" ").trim()) }
}
