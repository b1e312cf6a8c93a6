//! Names of files that any file system takes.

use super::manifest::Engine;
use crate::catalog::Name;

/// A name in a tar archive has 100 bytes at most, ending and part included.
const LONGEST: usize = 90;

/// Bytes of a longer name that are shown; its digest follows.
const SHOWN: usize = 70;

/// The file of the rows of a table of `engine`; `part` counts from 1. No two tables share one: what is more than letters, digits,
/// `_` and `-` is written as `%2F`, so that a dot stands between schema and table alone, and a plus sign before a part's number.
/// What gets too long by that ends in `~` and a digest.
pub fn file_name(engine: Engine, name: &Name, part: usize) -> String {
    let schema = match (engine, name.schema.as_str()) {
        (Engine::Postgres, "public") | (Engine::Sqlite, _) => String::new(),
        (Engine::Postgres, schema) => plain(schema) + ".",
    };
    let part = if part > 1 { format!("+{part}") } else { String::new() };
    format!("{}{part}.jsonl", shortened(schema + &plain(&name.name)))
}

fn shortened(name: String) -> String {
    match name.len() > LONGEST {
        true => format!("{}~{}", &name[..SHOWN], &blake3::hash(name.as_bytes()).to_hex()[..LONGEST - SHOWN - 1]),
        false => name,
    }
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
        for (engine, schema, name, expected) in [
            (Engine::Postgres, "public", "item", "item.jsonl"),
            (Engine::Postgres, "main", "item", "main.item.jsonl"),
            (Engine::Sqlite, "main", "item", "item.jsonl"),
            (Engine::Postgres, "audit", "Log", "audit.Log.jsonl"),
            (Engine::Postgres, "public", "../../etc", "%2E%2E%2F%2E%2E%2Fetc.jsonl"),
            (Engine::Postgres, "public", "ä b", "%C3%A4%20b.jsonl"),
        ] {
            assert_eq!(file_name(engine, &Name::new(schema, name), 1), expected);
        }
        assert_eq!(file_name(Engine::Postgres, &Name::new("public", "item"), 2), "item+2.jsonl");
        let long = |last: char| {
            file_name(Engine::Postgres, &Name::new("表".repeat(21), "表".repeat(20) + &last.to_string()), 999)
        };
        assert_eq!(long('甲').len(), 100);
        assert_ne!(long('甲'), long('乙'));
        let one = file_name(Engine::Postgres, &Name::new("a", "b"), 1);
        assert_ne!(one, file_name(Engine::Postgres, &Name::new("public", "a.b"), 1));
    }
}
