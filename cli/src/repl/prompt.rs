//! What stands before the line: the database, whether statements may write, the transaction, and what the text waits for.

use mainstay::console::Transaction;
use mainstay::sql::{Unterminated, Waiting};

use crate::output::Paint;

/// A prompt, and the same with colour.
pub(super) struct Prompt {
    pub(super) plain: String,
    pub(super) painted: String,
}

/// What a prompt tells.
pub(super) struct Told<'a> {
    /// The database; empty while there is no connection.
    pub(super) database: &'a str,
    pub(super) write: bool,
    pub(super) production: bool,
    pub(super) transaction: Transaction,
    pub(super) waiting: Waiting,
}

impl Prompt {
    /// psql's signs, `mydb=> `, with what psql does not know: `mydb write=*> `.
    pub(super) fn new(told: &Told<'_>, paint: Paint) -> Self {
        let name = if told.database.is_empty() { "not connected" } else { told.database };
        let mark = match (told.write, told.production) {
            (true, true) => " PRODUCTION write",
            (true, false) => " write",
            (false, _) => "",
        };
        let sign = match told.waiting {
            Waiting::Nothing => '=',
            Waiting::Statement => '-',
            Waiting::Parenthesis => '(',
            Waiting::Open(Unterminated::String) => '\'',
            Waiting::Open(Unterminated::Identifier) => '"',
            Waiting::Open(Unterminated::DollarQuote) => '$',
            Waiting::Open(Unterminated::Comment) => '*',
            Waiting::Open(Unterminated::CopyData) => '>',
            Waiting::Open(Unterminated::Body) => '-',
        };
        let transaction = match told.transaction {
            Transaction::None => "",
            Transaction::Open => "*",
            Transaction::Failed => "!",
        };
        let rest = format!("{sign}{transaction}> ");
        let painted_mark = if told.production { paint.bad(mark) } else { paint.odd(mark) };
        let painted_mark = if mark.is_empty() { String::new() } else { painted_mark };
        Self { plain: format!("{name}{mark}{rest}"), painted: format!("{}{painted_mark}{rest}", paint.strong(name)) }
    }

    /// A question.
    pub(super) fn question(text: &str) -> Self {
        Self { plain: text.to_owned(), painted: text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_tells() {
        let check = |write, production, transaction, waiting, expected: &str| {
            let told = Told { database: "walt", write, production, transaction, waiting };
            assert_eq!(Prompt::new(&told, Paint(false)).plain, expected);
        };
        check(false, false, Transaction::None, Waiting::Nothing, "walt=> ");
        check(false, true, Transaction::None, Waiting::Parenthesis, "walt(> ");
        check(true, false, Transaction::Open, Waiting::Statement, "walt write-*> ");
        check(true, true, Transaction::Failed, Waiting::Open(Unterminated::String), "walt PRODUCTION write'!> ");
    }
}
