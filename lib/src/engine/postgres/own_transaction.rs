//! What a flight may hold, told before anything is sent: nothing that ends the transaction it runs in.

use crate::engine::FlightError;
use crate::error::{Error, ErrorKind};
use crate::sql::{Flavor, Statement, words};

/// # Errors
/// A statement would end the transaction, or needs COPY data and has none.
pub(super) fn check(statements: &[Statement<'_>]) -> Result<(), FlightError> {
    for (index, statement) in statements.iter().enumerate() {
        if let Some(error) = trouble(statement) {
            return Err(FlightError::Statement(index, error));
        }
    }
    Ok(())
}

/// A `COPY` that speaks another protocol than a statement's, on either side.
pub(super) fn check_copy(statement: &Statement<'_>) -> Result<(), Error> {
    match copy_trouble(statement) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn trouble(statement: &Statement<'_>) -> Option<Error> {
    let words = words(statement.text, Flavor::Postgres, 3);
    let starts: Vec<&str> = words.iter().map(String::as_str).collect();
    match starts.as_slice() {
        ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK" | "TRANSACTION", "TO", ..] => None,
        ["BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT", ..] => Some(ends_it(starts[0])),
        ["START", "TRANSACTION", ..] => Some(ends_it("START TRANSACTION")),
        ["PREPARE", "TRANSACTION", ..] => Some(ends_it("PREPARE TRANSACTION")),
        _ => copy_trouble(statement),
    }
}

fn ends_it(word: &str) -> Error {
    let message = format!("{word} inside a transaction of Mainstay's own: all statements are one transaction already");
    Error::new(ErrorKind::Source, message)
        .hint(format!("remove {word}, or put `-- mainstay: no-transaction` at the top of the file"))
}

fn copy_trouble(statement: &Statement<'_>) -> Option<Error> {
    if statement.copy_data.is_some() || words(statement.text, Flavor::Postgres, 1) != ["COPY"] {
        return None;
    }
    let words = all_words(statement.text);
    let says = |pair: [&str; 2]| words.windows(2).any(|two| two == pair);
    let message = if says(["FROM", "STDIN"]) {
        "COPY … FROM stdin without its rows"
    } else if says(["TO", "STDOUT"]) {
        "COPY … TO stdout has nowhere to write"
    } else {
        return None;
    };
    Some(Error::new(ErrorKind::Source, message).hint("psql reads and writes COPY streams: mainstay psql"))
}

/// All words in capitals, letters and digits only, those of comments and strings too: they can but cause a refusal.
fn all_words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::trouble;
    use crate::sql::Statement;

    fn statement<'a>(text: &'a str, copy_data: Option<&'a str>) -> Statement<'a> {
        Statement { text, offset: 0, line: 1, copy_data }
    }

    #[test]
    fn what_ends_a_transaction_is_refused() {
        for text in [
            "commit",
            "COMMIT AND CHAIN",
            "END",
            "End/* of it */",
            "ROLLBACK",
            "ROLLBACK /* to */",
            "rollback -- to\n",
            "/* to */ commit",
            "ABORT WORK",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "start transaction",
            "PREPARE TRANSACTION 'x'",
            "COPY t FROM stdin",
            "COPY t (a, b) FROM STDIN WITH (FORMAT csv)",
            "COPY t TO STDOUT",
        ] {
            assert!(trouble(&statement(text, None)).is_some(), "{text}");
        }
    }

    #[test]
    fn what_does_not_is_let_through() {
        for (text, copy_data) in [
            ("SELECT 'commit'", None),
            ("SAVEPOINT a", None),
            ("ROLLBACK TO a", None),
            ("rollback /* back */ to a", None),
            ("rollback work to savepoint a", None),
            ("PREPARE p AS SELECT 1", None),
            ("CREATE TABLE begin_at (x int)", None),
            ("COPY t FROM '/tmp/file'", None),
            ("COPY t FROM stdin", Some("1\n")),
        ] {
            assert!(trouble(&statement(text, copy_data)).is_none(), "{text}");
        }
    }
}
