//! Names of files that any file system takes.

use crate::catalog::Name;

/// The file of a table's rows; `part` counts from 1. No two tables share one: what is more than letters, digits, `_` and `-` is
/// written as `%2F`, so that a dot stands between schema and table alone, and a plus sign before a part's number.
pub fn file_name(name: &Name, part: usize) -> String {
    let schema = match name.schema.as_str() {
        "public" | "main" => String::new(),
        schema => plain(schema) + ".",
    };
    let part = if part > 1 { format!("+{part}") } else { String::new() };
    format!("{schema}{}{part}.jsonl", plain(&name.name))
}

fn plain(name: &str) -> String {
    let mut plain = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => plain.push(char::from(byte)),
            _ => plain.push_str(&format!("%{byte:02X}")),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_for_any_file_system() {
        for (schema, name, expected) in [
            ("public", "item", "item.jsonl"),
            ("main", "item", "item.jsonl"),
            ("audit", "Log", "audit.Log.jsonl"),
            ("public", "../../etc", "%2E%2E%2F%2E%2E%2Fetc.jsonl"),
            ("public", "ä b", "%C3%A4%20b.jsonl"),
        ] {
            assert_eq!(file_name(&Name::new(schema, name), 1), expected);
        }
        assert_eq!(file_name(&Name::new("public", "item"), 2), "item+2.jsonl");
        let one = file_name(&Name::new("a", "b"), 1);
        assert_ne!(one, file_name(&Name::new("public", "a.b"), 1));
    }
}
