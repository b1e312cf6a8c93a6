//! Quoting of identifiers.

use super::keyword::is_keyword;

/// `name` as an identifier in SQL text: bare where every server reads it back unchanged, quoted otherwise.
///
/// Bare is what matches `[a-z_][a-z0-9_$]*` and is no keyword of PostgreSQL or SQLite. No server stores a
/// NUL character in a name; one in `name` is passed on, so that the server refuses the statement.
pub fn ident(name: &str) -> String {
    if is_plain(name) && !is_keyword(name) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// `schema.name`, both as [`ident`].
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

fn is_plain(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_only_where_it_reads_back_the_same() {
        for (name, expected) in [
            ("devices", "devices"),
            ("_a1$b", "_a1$b"),
            ("Devices", "\"Devices\""),
            ("1st", "\"1st\""),
            ("$a", "\"$a\""),
            ("", "\"\""),
            ("user", "\"user\""),
            ("left", "\"left\""),
            ("int", "\"int\""),
            ("index", "\"index\""),
            ("naïve", "\"naïve\""),
            ("a\"b", "\"a\"\"b\""),
            ("a b", "\"a b\""),
        ] {
            assert_eq!(ident(name), expected);
        }
        assert_eq!(qualified("public", "Order"), "public.\"Order\"");
    }
}
