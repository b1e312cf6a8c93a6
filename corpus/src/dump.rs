//! What two `pg_dump --schema-only` say, made comparable: the same schema gives the same list, whatever the order in which its
//! objects and a table's columns were made.

use mainstay::sql::{Flavor, split};

/// The statements of a dump without comments, fences and session settings, in order of their text. A setting that decides what
/// a table becomes is put before it.
pub fn statements(dump: &str) -> Result<Vec<String>, String> {
    let fence = |line: &&str| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict ");
    let text = dump.lines().filter(fence).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    let mut decides: [(&str, String); 2] =
        ["default_tablespace", "default_table_access_method"].map(|name| (name, String::new()));
    for statement in split(&text, Flavor::Postgres).map_err(|error| format!("the dump does not split: {error}"))? {
        let sql = statement.text;
        if let Some(set) = sql.strip_prefix("SET ") {
            for (name, value) in &mut decides {
                if let Some(told) = set.strip_prefix(*name) {
                    *value = told.trim_start_matches([' ', '=']).to_owned();
                }
            }
        } else if !sql.starts_with("SELECT pg_catalog.set_config(") {
            let makes = sql.starts_with("CREATE ") || sql.starts_with("ALTER TABLE");
            let told = |(name, value): &(&str, String)| match value.as_str() {
                "" | "''" | "heap" => String::new(),
                value => format!("[{name} {value}] "),
            };
            let before: String = if makes { decides.iter().map(told).collect() } else { String::new() };
            found.push(before + &steady(sql));
        }
    }
    found.sort();
    Ok(found)
}

/// A statement with a table's columns in order of their text, and without blanks at the ends of lines.
fn steady(sql: &str) -> String {
    let mut lines: Vec<&str> = sql.lines().map(str::trim_end).collect();
    let is_table =
        ["CREATE TABLE ", "CREATE UNLOGGED TABLE ", "CREATE FOREIGN TABLE "].iter().any(|start| sql.starts_with(start));
    let begins = lines.iter().position(|line| line.ends_with('('));
    let ends = lines.iter().position(|line| line.starts_with(')'));
    if let (true, Some(begins), Some(ends)) = (is_table, begins, ends)
        && begins < ends
    {
        let columns = &mut lines[begins + 1..ends];
        columns.iter_mut().for_each(|line| *line = line.trim_end_matches(','));
        columns.sort_unstable();
    }
    // A body's own blank lines at its end are nobody's schema.
    lines.join("\n").replace("\n$$", "$$").replace("\n$_$", "$_$")
}

/// What only one of two lists has, the first few lines each; empty where they are equal.
pub fn difference(found: &[String], wanted: &[String]) -> String {
    const TOLD: usize = 4;
    let only = |mark: &str, these: &[String], those: &[String]| {
        let mut rest = those.to_vec();
        let mut only = Vec::new();
        for one in these {
            match rest.binary_search(one) {
                Ok(at) => drop(rest.remove(at)),
                Err(_) => only.push(format!("{mark} {}", one.replace('\n', "\n    "))),
            }
        }
        only
    };
    let mut lines = only("is    ", found, wanted);
    lines.truncate(TOLD);
    let mut missing = only("wanted", wanted, found);
    missing.truncate(TOLD);
    lines.extend(missing);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "\\restrict abc\n-- dump\nSET lock_timeout = 0;\nSET default_table_access_method = heap;\n\
        CREATE TABLE public.t (\n    b integer,\n    a integer DEFAULT 1\n);\nALTER TABLE public.t OWNER TO postgres;\n\
        CREATE FUNCTION public.f() RETURNS void\n    LANGUAGE sql\n    AS $$\nSELECT 1; \n$$;\n\\unrestrict abc\n";

    fn same(one: &str, other: &str) -> bool {
        difference(&statements(one).unwrap(), &statements(other).unwrap()).is_empty()
    }

    #[test]
    fn the_order_of_columns_and_objects_and_comments_do_not_count() {
        let other = "-- another\n\nCREATE FUNCTION public.f() RETURNS void\n    LANGUAGE sql\n    AS $$\nSELECT 1;\n$$;\n\
            CREATE TABLE public.t (\n    a integer DEFAULT 1,\n    b integer\n);\nALTER TABLE public.t OWNER TO postgres;\n";
        assert!(same(DUMP, other));
    }

    #[test]
    fn everything_else_does() {
        for (from, to) in [
            ("b integer", "b bigint"),
            ("OWNER TO postgres", "OWNER TO other"),
            ("DEFAULT 1", "DEFAULT 2"),
            ("SELECT 1", "SELECT 2"),
            ("CREATE TABLE", "CREATE UNLOGGED TABLE"),
            ("default_table_access_method = heap", "default_tablespace = fast"),
            ("    b integer,\n", ""),
        ] {
            assert!(!same(DUMP, &DUMP.replace(from, to)), "{from} to {to}");
        }
        let twice = format!("{DUMP}ALTER TABLE public.t OWNER TO postgres;\n");
        assert!(!same(DUMP, &twice) && !same(&twice, DUMP));
    }

    #[test]
    fn a_difference_says_what_is_and_what_was_wanted() {
        let told = difference(&statements("CREATE VIEW a;").unwrap(), &statements("CREATE VIEW b;").unwrap());
        assert_eq!(told, "is     CREATE VIEW a\nwanted CREATE VIEW b");
    }
}
