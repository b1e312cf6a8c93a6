//! `CREATE TABLE`: its keys, and what a column's definition says.

use crate::plan::words::{Word, begins, group, key, parts, phrase, skip, text};

use super::act::folded;
use super::{Act, Does, Named, NewColumn, behind_name, columns};

/// `CREATE TABLE …`, `words` being what begins with its name.
pub(super) fn create(words: &[Word<'_>], start: usize) -> Vec<Act> {
    let named = skip(words, &["IF", "NOT", "EXISTS"]);
    let table = Named::read(named);
    let does = Does::CreateTable { table: table.clone(), if_not_exists: named.len() < words.len() };
    let mut acts = vec![Act { offset: start, does }];
    let rest = behind_name(named);
    if text(rest, 0) == "(" {
        let depth = rest[0].depth + 1;
        for part in parts(group(rest, 0), |word| word.text == "," && word.depth == depth) {
            let offset = part[0].offset;
            acts.extend(keys(part, &table).into_iter().map(|does| Act { offset, does }));
        }
    }
    acts
}

/// The indexes and foreign keys of one column or constraint.
fn keys(part: &[Word<'_>], table: &Named) -> Vec<Does> {
    let index = |columns| Does::CreateIndex { table: table.clone(), columns };
    let body = if key(part, 0) == "CONSTRAINT" { part.get(2..).unwrap_or_default() } else { part };
    match key(body, 0) {
        "PRIMARY" | "UNIQUE" => return vec![index(columns(body))],
        "FOREIGN" => return foreign_key(body, table).into_iter().collect(),
        "CHECK" | "EXCLUDE" | "LIKE" => return Vec::new(),
        _ => {}
    }
    let column = NewColumn::read(part, table);
    let mut keys = Vec::new();
    if column.primary || column.unique {
        keys.push(index(vec![column.column.clone()]));
    }
    keys.extend(column_reference(part, table));
    keys
}

/// `FOREIGN KEY (a, b) REFERENCES t …`.
pub(super) fn foreign_key(words: &[Word<'_>], table: &Named) -> Option<Does> {
    let at = words.iter().position(|word| word.key == "REFERENCES")?;
    Some(Does::ForeignKey { table: table.clone(), columns: columns(&words[..at]), to: Named::read(&words[at + 1..]) })
}

/// `a int REFERENCES t …`.
pub(super) fn column_reference(definition: &[Word<'_>], table: &Named) -> Option<Does> {
    let depth = definition.first()?.depth;
    let at = definition.iter().position(|word| word.key == "REFERENCES" && word.depth == depth)?;
    let to = Named::read(&definition[at + 1..]);
    Some(Does::ForeignKey { table: table.clone(), columns: vec![folded(text(definition, 0))], to })
}

impl NewColumn {
    /// A column's definition: its name, its type and what follows.
    pub(super) fn read(words: &[Word<'_>], table: &Named) -> Self {
        let depth = words.first().map_or(0, |word| word.depth);
        let has = |keys: &[&str]| {
            let begins_here = |at: usize| words[at].depth == depth && begins(&words[at..], keys);
            (1..words.len()).find(|at| begins_here(*at))
        };
        let serial =
            matches!(key(words, 1), "SERIAL" | "BIGSERIAL" | "SMALLSERIAL" | "SERIAL4" | "SERIAL8" | "SERIAL2");
        let default = has(&["DEFAULT"]).map(|at| phrase(default(&words[at + 1..], depth)));
        Self {
            table: table.clone(),
            column: folded(text(words, 0)),
            not_null: has(&["NOT", "NULL"]).is_some(),
            default: default.filter(|text| !text.eq_ignore_ascii_case("NULL")),
            filled: serial || has(&["GENERATED"]).is_some() || has(&["AS"]).is_some(),
            stored: has(&["STORED"]).is_some(),
            unique: has(&["UNIQUE"]).is_some(),
            primary: has(&["PRIMARY", "KEY"]).is_some(),
            references: has(&["REFERENCES"]).is_some(),
        }
    }
}

/// The words of a default, up to the next clause of the column.
fn default<'w, 'a>(words: &'w [Word<'a>], depth: usize) -> &'w [Word<'a>] {
    let clause = |word: &Word<'_>| {
        word.depth == depth
            && matches!(
                word.key.as_str(),
                "NOT" | "NULL" | "CONSTRAINT" | "CHECK" | "UNIQUE" | "PRIMARY" | "REFERENCES" | "COLLATE" | "GENERATED"
            )
    };
    // `DEFAULT NULL`: its first word is always the default's.
    let end = words.iter().skip(1).position(clause).map_or(words.len(), |at| at + 1);
    &words[..end]
}
