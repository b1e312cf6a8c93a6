//! What a server says when it refuses a statement.

/// The fields of a PostgreSQL ErrorResponse that matter to a reader or to a decision.
/// For SQLite, `sqlstate` holds the nearest SQLSTATE and `routine` the name of the extended result code.
///
/// Source: PostgreSQL documentation, "Error and Notice Message Fields".
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SqlError {
    /// Five characters, `42P01` and the like.
    pub sqlstate: String,
    /// The primary message, in the server's language.
    pub message: String,
    /// Secondary message.
    pub detail: Option<String>,
    /// The server's own suggestion.
    pub hint: Option<String>,
    /// Character offset in the statement, from 1.
    pub position: Option<usize>,
    /// Call stack inside functions, "PL/pgSQL function f() line 3 at RAISE" and so on.
    pub context: Option<String>,
    /// Name of the table, column or constraint concerned.
    pub object: Option<String>,
    /// Schema of the table concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The table concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The column concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The constraint concerned; an index counts as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// The source routine that raised it: never translated, so it tells apart what shares a SQLSTATE.
    pub routine: Option<String>,
}
