//! How a column's definition reads: its type, and the options behind it.

use crate::plan::words::{Word, key};

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

/// The type that `words` begin with, and what comes after it.
pub(super) fn take_type<'w, 'a>(words: &'w [Word<'a>]) -> (&'w [Word<'a>], &'w [Word<'a>]) {
    let depth = words.first().map_or(0, |word| word.depth);
    let ends = |word: &Word<'_>| word.depth == depth && AFTER_TYPE.contains(&word.key.as_str());
    words.split_at(words.iter().position(ends).unwrap_or(words.len()))
}

/// The default's expression: up to the next option of the column.
pub(super) fn take_expression<'w, 'a>(words: &'w [Word<'a>]) -> &'w [Word<'a>] {
    let depth = words.first().map_or(0, |word| word.depth);
    // The first word is the expression's own, NULL too.
    let ends = |at: usize| words[at].depth == depth && AFTER_TYPE.contains(&key(words, at));
    let end = (1..words.len()).find(|&at| ends(at)).unwrap_or(words.len());
    &words[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::words::{phrase, significant};
    use crate::sql::Flavor;

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
}
