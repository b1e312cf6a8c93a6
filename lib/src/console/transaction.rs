//! Whether the user's own transaction is open. The driver does not show what the server says of it; the console runs one
//! statement at a time and knows how each ended, which tells as much.

use crate::sql::{Flavor, words};

/// Where the user's transaction stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transaction {
    /// There is none: each statement is committed by itself.
    #[default]
    None,
    /// It is open.
    Open,
    /// A statement of it failed, and PostgreSQL takes only ROLLBACK.
    Failed,
}

/// Follows the user's transaction from statement to statement.
#[derive(Default)]
pub(super) struct Watch {
    state: Transaction,
    /// SQLite's savepoint that began the transaction: its RELEASE commits.
    begun_by: Option<String>,
}

impl Watch {
    pub(super) fn state(&self) -> Transaction {
        self.state
    }

    /// The session is gone, and with it the transaction.
    pub(super) fn lost(&mut self) {
        *self = Self::default();
    }

    /// `sql` has run, well or refused by the server.
    pub(super) fn ran(&mut self, sql: &str, flavor: Flavor, well: bool) {
        let words = words(sql, flavor, 6);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let to_savepoint = words.contains(&"TO");
        let chained = words.ends_with(&["AND", "CHAIN"]);
        match words.as_slice() {
            ["BEGIN" | "START", ..] if well && self.state == Transaction::None => self.state = Transaction::Open,
            ["ROLLBACK", ..] if to_savepoint && well => self.state = Transaction::Open,
            // A COMMIT that fails, for a constraint that is checked last, has ended the transaction too.
            ["COMMIT" | "END" | "ABORT", ..] | ["PREPARE", "TRANSACTION"] | ["ROLLBACK", ..]
                if !to_savepoint && (well || flavor == Flavor::Postgres) && self.state != Transaction::None =>
            {
                *self = Self::default();
                self.state = if chained && well { Transaction::Open } else { Transaction::None };
            }
            ["SAVEPOINT", name, ..] if well && flavor == Flavor::Sqlite && self.state == Transaction::None => {
                *self = Self { state: Transaction::Open, begun_by: Some((*name).to_owned()) };
            }
            ["RELEASE", .., name] if well && self.begun_by.as_deref() == Some(name) => *self = Self::default(),
            _ if !well && flavor == Flavor::Postgres && self.state == Transaction::Open => {
                self.state = Transaction::Failed;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flavor: Flavor, statements: &[(&str, bool, Transaction)]) {
        let mut watch = Watch::default();
        for (sql, well, expected) in statements {
            watch.ran(sql, flavor, *well);
            assert_eq!(watch.state(), *expected, "after {sql}");
        }
    }

    #[test]
    fn postgres() {
        use Transaction::{Failed, None, Open};
        check(
            Flavor::Postgres,
            &[
                ("select 1", true, None),
                ("nonsense", false, None),
                ("begin", true, Open),
                ("select 1", true, Open),
                ("nonsense", false, Failed),
                ("select 1", false, Failed),
                ("rollback to a", true, Open),
                ("rollback to b", false, Failed),
                ("commit", true, None),
                ("start transaction isolation level serializable", true, Open),
                ("commit and chain", true, Open),
                ("commit", false, None),
                ("begin", true, Open),
                ("prepare transaction 'a'", true, None),
                ("commit prepared 'a'", true, None),
            ],
        );
    }

    #[test]
    fn sqlite_goes_on_after_an_error_and_begins_with_a_savepoint_too() {
        use Transaction::{None, Open};
        check(
            Flavor::Sqlite,
            &[
                ("begin immediate", true, Open),
                ("nonsense", false, Open),
                ("commit", false, Open),
                ("rollback", true, None),
                ("savepoint a", true, Open),
                ("savepoint b", true, Open),
                ("release b", true, Open),
                ("release savepoint a", true, None),
            ],
        );
    }
}
