//! Keywords to offer where the server has not told its own: SQLite never does.

/// What statements are made of, in both engines.
#[rustfmt::skip]
pub(super) const KEYWORDS: &[&str] = &[
    "add", "all", "alter", "analyze", "and", "as", "asc", "begin", "between", "by", "cascade", "case", "cast", "check",
    "collate", "column", "commit", "conflict", "constraint", "create", "cross", "current_date", "current_timestamp",
    "default", "delete", "desc", "distinct", "do", "drop", "else", "end", "escape", "except", "exists", "explain",
    "filter", "foreign", "from", "full", "group", "having", "if", "in", "index", "inner", "insert", "intersect", "into",
    "is", "join", "key", "left", "like", "limit", "natural", "not", "nothing", "null", "nulls", "offset", "on", "or",
    "order", "outer", "over", "partition", "pragma", "primary", "query", "recursive", "references", "rename", "replace",
    "returning", "right", "rollback", "row", "rows", "savepoint", "select", "set", "table", "temporary", "then",
    "transaction", "trigger", "union", "unique", "update", "using", "vacuum", "values", "view", "when", "where",
    "window", "with",
];

/// What a statement begins with.
#[rustfmt::skip]
pub(super) const FIRST: &[&str] = &[
    "alter", "analyze", "begin", "call", "comment", "commit", "copy", "create", "delete", "do", "drop", "explain",
    "grant", "insert", "merge", "pragma", "reindex", "revoke", "rollback", "select", "set", "show", "start", "table",
    "truncate", "update", "vacuum", "values", "with",
];
