//! How types are spelled in diagrams, and when two spellings mean one type.

/// A type taken apart: `character varying(20)[]`.
struct Parts<'a> {
    /// Its name without schema and quotes: `character varying`.
    name: String,
    /// What stands in parentheses, with them: `(20)`.
    modifier: &'a str,
    array: bool,
}

fn parts(data_type: &str) -> Parts<'_> {
    let (element, array) = match data_type.find("[]") {
        Some(at) => (&data_type[..at], true),
        None => (data_type, false),
    };
    let open = element.find('(').filter(|_| !element.starts_with('"'));
    let close = open.and_then(|open| element[open..].find(')').map(|at| open + at + 1));
    let (name, modifier) = match (open, close) {
        (Some(open), Some(close)) => (format!("{}{}", &element[..open], &element[close..]), &element[open..close]),
        _ => (element.to_owned(), ""),
    };
    Parts { name: without_schema(&name), modifier, array }
}

/// `public."My type"` is `My type`.
fn without_schema(name: &str) -> String {
    let mut quoted = false;
    let mut start = 0;
    for (at, char) in name.char_indices() {
        match char {
            '"' => quoted = !quoted,
            '.' if !quoted => start = at + 1,
            _ => {}
        }
    }
    name[start..].replace('"', "").trim().to_owned()
}

/// As the information schema calls it, without lengths and schema: `character varying`, `ARRAY`, an enum's name.
pub(super) fn standard(data_type: &str) -> String {
    let parts = parts(data_type);
    if parts.array {
        return "ARRAY".to_owned();
    }
    // The information schema does not tell `interval day to second` from `interval`.
    if parts.name.starts_with("interval ") { "interval".to_owned() } else { parts.name }
}

/// As people write it, short: `varchar(20)`, `timestamptz`, `int4[]`.
pub(super) fn short(data_type: &str) -> String {
    let parts = parts(data_type);
    let name = match parts.name.as_str() {
        "character varying" => "varchar",
        "character" => "char",
        "bit varying" => "varbit",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        "double precision" => "float8",
        other => other,
    };
    format!("{name}{}{}", parts.modifier, if parts.array { "[]" } else { "" })
}

/// Does `word`, a type as some tool has written it into a diagram, stand for `data_type`? Lengths, schema, case and the
/// usual second names do not matter.
pub(super) fn same(word: &str, data_type: &str) -> bool {
    let word = canonical(&word.replace('_', " "));
    word == canonical(&data_type.replace('_', " ")) || word == canonical(&standard(data_type).replace('_', " "))
}

fn canonical(data_type: &str) -> String {
    if data_type.trim().is_empty() {
        return "any".to_owned();
    }
    let parts = parts(data_type);
    if parts.array || parts.name.eq_ignore_ascii_case("array") {
        return "array".to_owned();
    }
    let words: Vec<String> = parts.name.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let name = words.join(" ");
    let known = match name.as_str() {
        "varchar" | "string" => "character varying",
        "bpchar" | "char" => "character",
        "int" | "int4" | "serial" => "integer",
        "int8" | "bigserial" => "bigint",
        "int2" | "smallserial" => "smallint",
        "bool" => "boolean",
        "float8" | "double" => "double precision",
        "float4" => "real",
        "decimal" => "numeric",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "varbit" => "bit varying",
        other => other,
    };
    let bare = if known.starts_with("interval ") { "interval" } else { known };
    bare.chars().filter(|char| char.is_alphanumeric() || *char == ' ').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (data_type, standard_one, short_one) in [
            ("character varying(20)", "character varying", "varchar(20)"),
            ("character varying(20)[]", "ARRAY", "varchar(20)[]"),
            ("timestamp(3) without time zone", "timestamp without time zone", "timestamp(3)"),
            ("numeric(10,2)", "numeric", "numeric(10,2)"),
            ("interval day to second(3)", "interval", "interval day to second(3)"),
            ("public.allowliststatus", "allowliststatus", "allowliststatus"),
            ("app.\"My. type\"", "My. type", "My. type"),
            ("\"char\"", "char", "char"),
            ("public.geometry(Point,4326)", "geometry", "geometry(Point,4326)"),
            ("", "", ""),
        ] {
            assert_eq!((standard(data_type), short(data_type)), (standard_one.into(), short_one.into()), "{data_type}");
        }
    }

    #[test]
    fn one_type_in_the_words_of_many_tools() {
        for (word, data_type) in [
            ("character_varying", "character varying(20)"),
            ("varchar(20)", "character varying(20)"),
            ("VARCHAR", "character varying"),
            ("int4", "integer"),
            ("timestamp_without_time_zone", "timestamp without time zone"),
            ("timestamptz", "timestamp with time zone"),
            ("ARRAY", "text[]"),
            ("text[]", "text[]"),
            ("My_type", "app.\"My type\""),
            ("build_status", "public.build_status"),
            ("any", ""),
            ("varchar40", "varchar40"),
        ] {
            assert!(same(word, data_type), "{word} is {data_type}");
        }
        for (word, data_type) in [("text", "character varying"), ("json", "jsonb"), ("integer", "bigint")] {
            assert!(!same(word, data_type), "{word} is not {data_type}");
        }
    }
}
