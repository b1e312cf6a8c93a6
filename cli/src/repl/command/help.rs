//! `\?` and `\h`.

use mainstay::{Error, ErrorKind};

use super::{COMMANDS, Repl, syntax};
use crate::error::CliError;
use crate::output::{Page, Table};

/// `\?`
pub(super) fn commands(repl: &Repl<'_>) -> Result<(), CliError> {
    let mut table = Table::new(["COMMAND", "DOES"]).wrapped();
    for command in COMMANDS {
        let names = command.names.join(", ");
        table.row([format!("{names} {}", command.shown).trim_end().to_owned(), command.words.to_owned()]);
    }
    let mut page = Page::new(&repl.output);
    page.table(&table);
    let write = match repl.options.write {
        true => "each statement is committed by itself, unless BEGIN opens a transaction",
        false => "this console only reads: each statement is a transaction of its own that is rolled back",
    };
    page.next(&format!(
        "a statement ends with a semicolon and may have any number of lines; {write}. Tab completes, Ctrl-R looks for an \
         earlier line, Ctrl-C clears the line or cancels what runs"
    ));
    repl.print(&page.finish())
}

/// `\h`
pub(super) fn syntax(repl: &Repl<'_>, argument: Option<&str>) -> Result<(), CliError> {
    let Some(wanted) = argument else {
        let names: Vec<&str> = syntax::of(repl.flavor()).map(|topic| topic.name).collect();
        let mut page = Page::new(&repl.output);
        page.facts([("\\h of", names.join(", "))]);
        return repl.print(&page.finish());
    };
    let wanted = wanted.to_uppercase();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let fitting: Vec<_> =
        syntax::of(repl.flavor()).filter(|topic| words(topic.name).starts_with(&words(&wanted))).collect();
    let mut page = Page::new(&repl.output);
    for topic in &fitting {
        page.verbatim(topic.name, topic.form);
        page.facts([("manual", topic.manual(repl.flavor()))]);
    }
    if fitting.is_empty() {
        let manual = syntax::manual(repl.flavor());
        return Err(Error::new(ErrorKind::Usage, format!("\\h knows nothing of {wanted}"))
            .hint(format!("what it knows: \\h; everything: {manual}"))
            .into());
    }
    repl.print(&page.finish())
}
