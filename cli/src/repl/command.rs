//! Lines that begin with a backslash: psql's names for what Mainstay's own commands show.

mod help;
mod listing;
mod session;
mod syntax;

use mainstay::sql::Flavor;
use mainstay::{Error, ErrorKind};

use super::{Flow, Repl};
use crate::error::CliError;

/// What a command does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Describe,
    Tables,
    Views,
    Indexes,
    Schemas,
    Functions,
    Roles,
    Databases,
    Connect,
    Expanded,
    Timing,
    Include,
    Syntax,
    Help,
    Quit,
}

/// What comes after a command's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// Nothing.
    None,
    /// A table or view, or a pattern for several.
    Relation,
    /// A database.
    Database,
    /// A file.
    File,
    /// A statement's name.
    Topic,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any name or pattern.
    Text,
}

/// A command: its names, the usual one first, what follows them, and what it does in a few words.
struct Command {
    names: &'static [&'static str],
    shown: &'static str,
    argument: Argument,
    words: &'static str,
    does: Does,
}

const ON_OFF: Argument = Argument::OneOf(&["on", "off"]);

#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    Command { names: &["\\d"], shown: "[NAME]", argument: Argument::Relation, words: "what a table, view or sequence is made of; without a name, the list", does: Does::Describe },
    Command { names: &["\\dt"], shown: "[PATTERN]", argument: Argument::Relation, words: "tables: \\dt log*, \\dt app.*", does: Does::Tables },
    Command { names: &["\\dv", "\\dm"], shown: "[PATTERN]", argument: Argument::Relation, words: "views", does: Does::Views },
    Command { names: &["\\di"], shown: "[PATTERN]", argument: Argument::Text, words: "indexes", does: Does::Indexes },
    Command { names: &["\\dn"], shown: "[PATTERN]", argument: Argument::Text, words: "schemas", does: Does::Schemas },
    Command { names: &["\\df"], shown: "[PATTERN]", argument: Argument::Text, words: "functions and procedures of this database", does: Does::Functions },
    Command { names: &["\\du", "\\dg"], shown: "[PATTERN]", argument: Argument::Text, words: "roles", does: Does::Roles },
    Command { names: &["\\l", "\\list"], shown: "[PATTERN]", argument: Argument::Database, words: "databases of this server", does: Does::Databases },
    Command { names: &["\\c", "\\connect"], shown: "[DATABASE]", argument: Argument::Database, words: "connect to another database of this server; without one, say where we are", does: Does::Connect },
    Command { names: &["\\x"], shown: "[on|off|auto]", argument: Argument::OneOf(&["on", "off", "auto"]), words: "values below each other", does: Does::Expanded },
    Command { names: &["\\timing"], shown: "[on|off]", argument: ON_OFF, words: "say how long each statement took", does: Does::Timing },
    Command { names: &["\\i", "\\include"], shown: "FILE", argument: Argument::File, words: "run the statements of a file", does: Does::Include },
    Command { names: &["\\h", "\\help"], shown: "[STATEMENT]", argument: Argument::Topic, words: "how a statement is written", does: Does::Syntax },
    Command { names: &["\\?"], shown: "", argument: Argument::None, words: "this list", does: Does::Help },
    Command { names: &["\\q", "\\quit"], shown: "", argument: Argument::None, words: "leave; so does Ctrl-D", does: Does::Quit },
];

/// What only psql does, as people type it.
const OF_PSQL: &[&str] = &[
    "\\!",
    "\\a",
    "\\bind",
    "\\cd",
    "\\conninfo",
    "\\copy",
    "\\crosstabview",
    "\\da",
    "\\db",
    "\\dd",
    "\\dD",
    "\\dE",
    "\\des",
    "\\dew",
    "\\dF",
    "\\do",
    "\\dp",
    "\\drds",
    "\\ds",
    "\\dT",
    "\\dx",
    "\\dy",
    "\\e",
    "\\echo",
    "\\edit",
    "\\ef",
    "\\encoding",
    "\\ev",
    "\\f",
    "\\g",
    "\\gdesc",
    "\\gexec",
    "\\gset",
    "\\gx",
    "\\if",
    "\\ir",
    "\\lo_import",
    "\\o",
    "\\p",
    "\\password",
    "\\prompt",
    "\\pset",
    "\\r",
    "\\s",
    "\\set",
    "\\sf",
    "\\sv",
    "\\t",
    "\\unset",
    "\\w",
    "\\watch",
    "\\z",
];

/// The command of this name; `\d+` and `\dt+` show no more than `\d` and `\dt`, which show all.
fn named(name: &str) -> Option<&'static Command> {
    let name = name.trim_end_matches('+');
    COMMANDS.iter().find(|command| command.names.contains(&name))
}

/// Names of commands that begin so.
pub(super) fn beginning_with(start: &str) -> Vec<String> {
    let names = COMMANDS.iter().flat_map(|command| command.names);
    names.filter(|name| name.starts_with(start)).map(|name| (*name).to_owned()).collect()
}

/// What follows the command `name`.
pub(super) fn argument_of(name: &str) -> Argument {
    named(name).map_or(Argument::None, |command| command.argument)
}

/// The statements that `\h` knows.
pub(super) fn topics(flavor: Flavor) -> Vec<&'static str> {
    syntax::of(flavor).map(|topic| topic.name).collect()
}

/// Runs the backslash command on `line`.
///
/// # Errors
/// What it says goes to nobody any more. An error of the command itself is told, and the console goes on.
pub(super) async fn run(repl: &mut Repl<'_>, line: &str) -> Result<Flow, CliError> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let argument = Some(rest.trim()).filter(|rest| !rest.is_empty());
    let outcome = match named(name) {
        Some(command) => obey(repl, command.does, argument).await,
        None => Err(unknown(name).into()),
    };
    match outcome {
        Ok(flow) => Ok(flow),
        Err(CliError::Failed(error)) => {
            repl.say_error(&error);
            Ok(Flow::GoesOn)
        }
        Err(other) => Err(other),
    }
}

async fn obey(repl: &mut Repl<'_>, does: Does, argument: Option<&str>) -> Result<Flow, CliError> {
    match does {
        Does::Describe => listing::describe(repl, argument).await?,
        Does::Tables => listing::tables(repl, argument, false).await?,
        Does::Views => listing::tables(repl, argument, true).await?,
        Does::Indexes => listing::indexes(repl, argument).await?,
        Does::Schemas => listing::schemas(repl, argument).await?,
        Does::Functions => listing::functions(repl, argument).await?,
        Does::Roles => listing::roles(repl, argument).await?,
        Does::Databases => listing::databases(repl, argument).await?,
        Does::Connect => session::connect(repl, argument).await?,
        Does::Expanded => session::expanded(repl, argument)?,
        Does::Timing => session::timing(repl, argument)?,
        Does::Include => return session::include(repl, argument).await,
        Does::Syntax => help::syntax(repl, argument)?,
        Does::Help => help::commands(repl)?,
        Does::Quit => return Ok(Flow::Ends),
    }
    Ok(Flow::GoesOn)
}

fn unknown(name: &str) -> Error {
    let bare = name.trim_end_matches('+');
    if OF_PSQL.contains(&bare) {
        return Error::new(ErrorKind::Usage, format!("{name} is psql's, and this console has no such command"))
            .hint("psql on the same database: mainstay psql");
    }
    let names = COMMANDS.iter().flat_map(|command| command.names.iter().map(move |name| (*name, command)));
    let nearest = names
        .map(|(known, command)| (strsim::damerau_levenshtein(bare, known), known, command))
        .min_by_key(|(distance, ..)| *distance)
        .filter(|(distance, ..)| *distance <= 2);
    let error = Error::new(ErrorKind::Usage, format!("there is no command {name}"));
    match nearest {
        Some((_, known, command)) => error.hint(format!("the nearest is {known}, {}", command.words)),
        None => error,
    }
    .hint("all of them: \\?")
}

/// Why SQL cannot begin as `text` does, with a backslash command, and what does the same.
pub(crate) fn in_script(text: &str) -> Error {
    let name = text.trim_start().split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default();
    let message = format!("{name} is a command of the console, and no SQL");
    let hint = match named(name).map(|command| command.does) {
        Some(Does::Describe) => "one table: mainstay describe TABLE; all of them: mainstay tables",
        Some(Does::Tables | Does::Views) => "mainstay tables",
        Some(Does::Indexes) => {
            "those of a table: mainstay describe TABLE; how large they are: mainstay inspect index-sizes"
        }
        Some(Does::Schemas | Does::Functions) => "mainstay schema dump",
        Some(Does::Roles) => "mainstay role list",
        Some(Does::Databases) => "mainstay sql -c 'SELECT datname FROM pg_database', or in the console: mainstay sql",
        Some(Does::Connect) => "another database: mainstay sql -d NAME",
        Some(Does::Include) => "mainstay sql -f FILE",
        Some(Does::Timing) => "mainstay sql --echo",
        Some(Does::Expanded) => "each value with its name: mainstay sql --format json",
        Some(Does::Syntax | Does::Help | Does::Quit) => "start the console: mainstay sql",
        None => "psql on the same database: mainstay psql",
    };
    Error::new(ErrorKind::Usage, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_misspelt_ones_have_neighbours() {
        assert!(named("\\dt+").is_some_and(|command| command.does == Does::Tables));
        assert!(named("\\connect").is_some_and(|command| command.does == Does::Connect));
        let hints = |name: &str| unknown(name).hints().join("; ");
        assert_eq!(hints("\\tming"), "the nearest is \\timing, say how long each statement took; all of them: \\?");
        assert_eq!(hints("\\copy"), "psql on the same database: mainstay psql");
        assert_eq!(hints("\\nonsense"), "all of them: \\?");
    }

    #[test]
    fn no_name_stands_for_two() {
        let mut names: Vec<_> = COMMANDS.iter().flat_map(|command| command.names).chain(OF_PSQL).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
