//! What may not stand inside a transaction that Mainstay runs: a statement that would end it.

use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, words};

/// # Errors
/// [`ErrorKind::Source`]: `sql` begins or ends a transaction.
pub(super) fn stays_inside(sql: &str, flavor: Flavor) -> Result<()> {
    let words = words(sql, flavor, 3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ends = match words.as_slice() {
        ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK" | "TRANSACTION", "TO"] => return Ok(()),
        [word @ ("BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT"), ..] => (*word).to_owned(),
        [word @ ("START" | "PREPARE"), "TRANSACTION", ..] => format!("{word} TRANSACTION"),
        _ => return Ok(()),
    };
    let message = format!("{ends} inside a transaction of Mainstay's own: all statements are one transaction already");
    Err(Error::new(ErrorKind::Source, message)
        .hint(format!("remove {ends}, or put `-- mainstay: no-transaction` at the top of the file")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_transaction_is_refused() {
        for sql in [
            "commit",
            "COMMIT AND CHAIN",
            "END",
            "End/* of it */",
            "ROLLBACK",
            "rollback /* not */ \"to\"",
            "ROLLBACK /* to */",
            "rollback -- to\n",
            "/* to */ commit",
            "ABORT WORK",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "start transaction",
            "PREPARE TRANSACTION 'x'",
        ] {
            let error = stays_inside(sql, Flavor::Postgres).expect_err(sql);
            assert!(error.hints()[0].contains("no-transaction"), "{error:?}");
        }
        assert!(stays_inside("begin immediate", Flavor::Sqlite).is_err());
    }

    #[test]
    fn what_does_not_is_let_through() {
        for sql in [
            "SELECT 'commit'",
            "SAVEPOINT a",
            "ROLLBACK TO a",
            "ROLLBACK /* not all */ TO a",
            "rollback work to savepoint a",
            "PREPARE p AS SELECT 1",
            "CREATE TABLE begin_at (x int)",
        ] {
            assert!(stays_inside(sql, Flavor::Postgres).is_ok(), "{sql}");
        }
        assert!(stays_inside("rollback transaction to a", Flavor::Sqlite).is_ok());
    }
}
