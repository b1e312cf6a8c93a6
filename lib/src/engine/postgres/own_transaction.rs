//! What a flight may hold, told before anything is sent: nothing that ends the transaction it runs in.

use crate::engine::FlightError;
use crate::error::{Error, ErrorKind};
use crate::sql::Statement;

/// How far a flight may be sent before its answers are awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// COMMIT included: any failure leaves the transaction failed.
    Whole,
    /// A `ROLLBACK TO` may bring the transaction back from a failure, so COMMIT waits until all is seen to be well.
    MayHealItself,
}

/// # Errors
/// A statement would end the transaction, or needs COPY data and has none.
pub(super) fn reach(statements: &[Statement<'_>]) -> Result<Reach, FlightError> {
    let mut reach = Reach::Whole;
    for (index, statement) in statements.iter().enumerate() {
        match effect(statement) {
            Effect::Plain => {}
            Effect::BackToSavepoint => reach = Reach::MayHealItself,
            Effect::Refused(error) => return Err(FlightError::Statement(index, error)),
        }
    }
    Ok(reach)
}

/// A `COPY` that speaks another protocol than a statement's, on either side.
pub(super) fn check_copy(statement: &Statement<'_>) -> Result<(), Error> {
    match copy_trouble(&first_words(statement.text), statement) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

enum Effect {
    Plain,
    BackToSavepoint,
    Refused(Error),
}

fn effect(statement: &Statement<'_>) -> Effect {
    let words = first_words(statement.text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK" | "TRANSACTION", "TO", ..] => Effect::BackToSavepoint,
        ["BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT", ..] => ends_it(words[0]),
        ["START", "TRANSACTION", ..] => ends_it("START TRANSACTION"),
        ["PREPARE", "TRANSACTION", ..] => ends_it("PREPARE TRANSACTION"),
        _ => copy_trouble(&first_words(statement.text), statement).map_or(Effect::Plain, Effect::Refused),
    }
}

fn ends_it(word: &str) -> Effect {
    let message = format!("{word} inside a transaction of Mainstay's own: all statements are one transaction already");
    Effect::Refused(
        Error::new(ErrorKind::Source, message)
            .hint(format!("remove {word}, or put `-- mainstay: no-transaction` at the top of the file")),
    )
}

fn copy_trouble(words: &[String], statement: &Statement<'_>) -> Option<Error> {
    if words.first().is_none_or(|word| word != "COPY") || statement.copy_data.is_some() {
        return None;
    }
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

/// The statement's words in capitals; letters and digits only, so that a comment in between can but cause a refusal.
/// No more than can matter: three words, or all of a COPY.
fn first_words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let is_copy = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("copy"));
    words.take(if is_copy { usize::MAX } else { 3 }).map(str::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Effect, Reach, effect, reach};
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
            "rollback /* not */ to nothing",
            "ABORT WORK",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "start transaction",
            "PREPARE TRANSACTION 'x'",
            "COPY t FROM stdin",
            "COPY t (a, b) FROM STDIN WITH (FORMAT csv)",
            "COPY t TO STDOUT",
        ] {
            assert!(matches!(effect(&statement(text, None)), Effect::Refused(_)), "{text}");
        }
    }

    #[test]
    fn what_does_not_is_let_through() {
        for (text, copy_data) in [
            ("SELECT 'commit'", None),
            ("SAVEPOINT a", None),
            ("PREPARE p AS SELECT 1", None),
            ("CREATE TABLE begin_at (x int)", None),
            ("COPY t FROM '/tmp/file'", None),
            ("COPY t FROM stdin", Some("1\n")),
        ] {
            assert!(matches!(effect(&statement(text, copy_data)), Effect::Plain), "{text}");
        }
    }

    #[test]
    fn a_way_back_makes_commit_wait() {
        for back in ["ROLLBACK TO a", "rollback work to savepoint a"] {
            let statements = [statement("SAVEPOINT a", None), statement(back, None)];
            assert!(matches!(reach(&statements), Ok(Reach::MayHealItself)), "{back}");
        }
    }
}
