//! SQL text without a server: identifiers, literals, and splitting a script into statements.

mod create_table;
mod ident;
mod keyword;
mod literal;
mod normal;
mod redact;
mod split;
mod token;
mod transaction;
mod typed;
mod words;

pub use create_table::{Clause, ClauseKind, ColumnDef, CreateTable, ForeignDef, KeyPart};
pub use ident::{ident, qualified};
pub use literal::{literal, literal_for};
pub use normal::{normal, normal_name, normal_with, unquoted};
pub use redact::redact;
pub use split::{SplitError, Statement, Unterminated, split};
pub use token::{Token, TokenKind, tokens};
pub use transaction::{needs_no_transaction, rules_transaction};
pub use typed::{Waiting, typed};
pub use words::{significant, words};

/// Whose lexical rules a text follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavor {
    /// PostgreSQL, with `standard_conforming_strings` on.
    Postgres,
    /// SQLite.
    Sqlite,
}
