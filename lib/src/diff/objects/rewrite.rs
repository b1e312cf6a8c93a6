//! Changes of a column's type that write the table anew, and those that the rows do not notice.

/// Must a value of type `old` be written again to be one of type `new`?
pub(super) fn rewrites(old: &str, new: &str) -> bool {
    let (before, after) = (Shape::of(old), Shape::of(new));
    // Nothing said is no limit.
    let grows = |old: Option<i32>, new: Option<i32>| new.is_none_or(|new| old.is_some_and(|old| old <= new));
    match (before.name.as_str(), after.name.as_str()) {
        _ if old == new => false,
        ("character varying" | "text", "text") => false,
        ("text", "character varying") => after.size().is_some(),
        ("character varying", "character varying") | ("bit varying", "bit varying") => {
            !grows(before.size(), after.size())
        }
        ("numeric", "numeric") => {
            let same_scale = after.sizes.is_empty() || before.sizes.get(1) == after.sizes.get(1);
            !(same_scale && grows(before.size(), after.size()))
        }
        (old, new) if old == new && (old.starts_with("time") || old == "interval") => {
            !grows(before.size(), after.size())
        }
        ("cidr", "inet") => false,
        _ => true,
    }
}

/// A type's name and the numbers that it takes: `timestamp without time zone` and 3 of `timestamp(3) without time zone`.
pub(super) struct Shape {
    pub name: String,
    /// A scale may be negative.
    pub sizes: Vec<i32>,
}

impl Shape {
    pub(super) fn of(data_type: &str) -> Self {
        let whole = || Self { name: data_type.to_owned(), sizes: Vec::new() };
        // An array's elements are written again as its own are.
        let Some((name, rest)) = data_type.split_once('(').filter(|_| !data_type.ends_with(']')) else {
            return whole();
        };
        let Some((sizes, rest)) = rest.split_once(')') else { return whole() };
        Self { name: format!("{name}{rest}"), sizes: sizes.split(',').filter_map(|size| size.parse().ok()).collect() }
    }

    fn size(&self) -> Option<i32> {
        self.sizes.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writes_a_table_anew() {
        for (old, new, expected) in [
            ("integer", "bigint", true),
            ("integer", "integer", false),
            ("character varying(10)", "character varying(20)", false),
            ("character varying(20)", "character varying(10)", true),
            ("character varying(20)", "text", false),
            ("text", "character varying", false),
            ("text", "character varying(20)", true),
            ("character varying", "character varying(20)", true),
            ("numeric(10,2)", "numeric(12,2)", false),
            ("numeric(10,2)", "numeric", false),
            ("numeric(10,2)", "numeric(12,3)", true),
            ("numeric", "numeric(10,2)", true),
            ("numeric(5,-2)", "numeric(7,-2)", false),
            ("numeric(5,-2)", "numeric(7,-3)", true),
            ("timestamp(3) without time zone", "timestamp without time zone", false),
            ("timestamp without time zone", "timestamp with time zone", true),
            ("cidr", "inet", false),
            ("text", "integer", true),
        ] {
            assert_eq!(rewrites(old, new), expected, "{old} to {new}");
        }
    }
}
