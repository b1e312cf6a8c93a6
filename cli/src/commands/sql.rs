//! `mainstay sql`.

mod rows_in;

use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mainstay::config::parse_duration;
use mainstay::console::{Options, Script};
use mainstay::engine::Rows;
use mainstay::migrate::Consent;
use mainstay::sql::{Flavor, Statement};
use mainstay::{Database, Error, ErrorKind};

use rows_in::RowsIn;

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::rows::{Collected, Format, Printer};
use crate::output::{self, words};
use crate::{reach, repl};

/// How long a statement may run that only reads, unless the user says.
const PATIENCE: Duration = Duration::from_secs(30);

/// Run SQL from the command line, a file, standard input or the keyboard: read-only unless --write, one statement after the
/// other, up to the first that fails
#[derive(Args, Clone)]
pub struct SqlArgs {
    /// Statements to run; may be given several times
    #[arg(short, long = "command", value_name = "SQL", conflicts_with_all = ["files", "stdin"])]
    commands: Vec<String>,

    /// File with statements to run, `-` for standard input; may be given several times
    #[arg(short, long = "file", value_name = "FILE", conflicts_with = "stdin")]
    files: Vec<PathBuf>,

    /// `-`: statements from standard input
    #[arg(value_name = "-", value_parser = ["-"])]
    stdin: Option<String>,

    /// How rows are printed [default: table on a terminal, tsv otherwise]
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    format: Option<Format>,

    /// Let statements write: each is committed by itself, unless they say BEGIN and COMMIT
    #[arg(long)]
    write: bool,

    /// How long a statement may run, 0 for any time [default: 30s, with --write what the server allows]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    timeout: Option<Duration>,

    /// Go on after a statement that fails
    #[arg(long)]
    keep_going: bool,
}

/// Runs the statements.
pub(super) async fn run(args: SqlArgs, context: &Context) -> Result<Outcome, CliError> {
    if is_interactive(&args, context) {
        return at_the_terminal(&args, context).await;
    }
    let scripts = scripts(&args)?;
    let mut builder = reach::builder(context)?;
    if !args.write {
        builder = builder.read_only();
    }
    let consent = Consent { allow: Vec::new(), confirm: context.globals.confirm.clone() };
    let database = reach::open(context, builder.consent(consent))?;
    let flavor = database.target().flavor();
    if let ([script], false) = (scripts.as_slice(), args.commands.is_empty())
        && let Some(statement) = script.copy_in(flavor)
        && !context.globals.dry_run
    {
        return copy_in(&args, script, &statement, &database, context).await;
    }
    // A script that is wrong as a whole runs in no part.
    let statements = scripts.iter().map(|script| statements(script, flavor)).collect::<Result<Vec<_>, _>>()?;
    if context.globals.dry_run {
        let texts: Vec<&str> = statements.iter().flatten().map(|statement| statement.text).collect();
        let lines = texts.iter().map(|text| format!("{text};\n")).collect();
        context.answer(serde_json::json!({ "would_run": texts }), Text::Lines(lines))?;
        return Ok(Outcome::Done);
    }
    let mut console = database.console(&options(&args)).await?;
    context.observer.tell_notices();
    if args.write {
        database.consent_to(&scripts, &mut console).await?;
    }
    if let Some(reader) = console.reader() {
        context.observer.line(&format!("reading as role {reader}"));
    }
    let mut answer = Answer::new(&args, context);
    let mut failures = Failures::new(args.keep_going);
    'all: for (script, statements) in scripts.iter().zip(&statements) {
        for statement in statements {
            let outcome = console.run(statement, answer.rows()).await;
            match outcome {
                Ok(done) => answer.end(done.changed, context)?,
                Err(error) if error.kind() == ErrorKind::Io => return Err(CliError::not_written(error)),
                Err(error) => {
                    answer.broken_off()?;
                    if !failures.goes_on_after(script.placed(statement, error), context) {
                        break 'all;
                    }
                }
            }
        }
    }
    console.close().await;
    failures.told(statements.iter().map(Vec::len).sum())?;
    answer.whole(context)
}

/// One `COPY … FROM stdin` from the command line, with standard input as its rows.
async fn copy_in(
    args: &SqlArgs,
    script: &Script,
    statement: &Statement<'_>,
    database: &Database,
    context: &Context,
) -> Result<Outcome, CliError> {
    if std::io::stdin().is_terminal() {
        return Err(Error::new(ErrorKind::Usage, "the rows of COPY … FROM stdin are to come from a file or a pipe")
            .hint("mainstay sql --write -c 'COPY … FROM stdin' < FILE")
            .into());
    }
    let mut console = database.console(&options(args)).await?;
    context.observer.tell_notices();
    let mut answer = Answer::new(args, context);
    let mut rows = RowsIn::from_stdin()
        .map_err(|error| Error::new(ErrorKind::Io, "cannot start a thread for standard input").source(error))?;
    let done = console.copy_in(statement, &mut rows).await.map_err(|error| script.placed(statement, error))?;
    console.close().await;
    answer.end(done.changed, context)?;
    answer.whole(context)
}

/// Nothing to run was given, and somebody sits there to type it.
fn is_interactive(args: &SqlArgs, context: &Context) -> bool {
    let given = !args.commands.is_empty() || !args.files.is_empty() || args.stdin.is_some();
    let alone = context.output.json || context.globals.no_input || context.globals.dry_run;
    !given && !alone && std::io::stdin().is_terminal() && context.output.terminal
}

async fn at_the_terminal(args: &SqlArgs, context: &Context) -> Result<Outcome, CliError> {
    let mut builder = reach::builder(context)?;
    if !args.write {
        builder = builder.read_only();
    }
    let database = reach::open(context, builder)?;
    let options = options(args);
    let console = database.console(&options).await?;
    context.observer.tell_notices();
    repl::run(&database, console, options, args.format.unwrap_or(Format::Table), context).await
}

fn options(args: &SqlArgs) -> Options {
    let timeout = args.timeout.or((!args.write).then_some(PATIENCE));
    Options { write: args.write, timeout, readers: Vec::new() }
}

/// Where rows go.
enum Answer {
    Printed(Printer),
    Collected(Collected),
}

impl Answer {
    fn new(args: &SqlArgs, context: &Context) -> Self {
        match context.output.json {
            true => Self::Collected(Collected::default()),
            false => Self::Printed(Printer::new(args.format.unwrap_or_else(|| usual(context)), &context.output)),
        }
    }

    /// All statements are done.
    fn whole(self, context: &Context) -> Result<Outcome, CliError> {
        if let Self::Collected(collected) = self {
            context.answer(collected.data(), Text::Lines(String::new()))?;
        }
        Ok(Outcome::Done)
    }

    fn rows(&mut self) -> &mut dyn Rows {
        match self {
            Self::Printed(printer) => printer,
            Self::Collected(collected) => collected,
        }
    }

    fn end(&mut self, changed: Option<u64>, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Collected(collected) => collected.end(changed),
            Self::Printed(printer) => {
                let rows = printer.end(changed)?;
                if let (Some(changed), false) = (changed, printer.tells_changes()) {
                    context.observer.line(&format!("{} affected", words::plural(changed as usize, "row")));
                } else if let (Some(rows), true) = (rows, context.output.terminal) {
                    context.observer.line(&words::plural(rows as usize, "row"));
                }
            }
        }
        Ok(())
    }

    fn broken_off(&mut self) -> Result<(), CliError> {
        match self {
            Self::Printed(printer) => Ok(printer.broken_off()?),
            Self::Collected(_) => Ok(()),
        }
    }
}

/// The statements that failed.
struct Failures {
    keep_going: bool,
    found: Vec<Error>,
}

impl Failures {
    fn new(keep_going: bool) -> Self {
        Self { keep_going, found: Vec::new() }
    }

    /// Notes `error`; says whether the next statement is to be run.
    fn goes_on_after(&mut self, error: Error, context: &Context) -> bool {
        let goes_on = self.keep_going && matches!(error.kind(), ErrorKind::Sql | ErrorKind::Refused);
        if goes_on && !context.output.json {
            context.output.say(&output::report(&error, &context.output));
        }
        self.found.push(error);
        goes_on
    }

    /// The one error, or that there were several among `all` statements.
    fn told(mut self, all: usize) -> Result<(), Error> {
        let Some(last) = self.found.pop() else { return Ok(()) };
        if !self.keep_going || last.kind() == ErrorKind::ConnectionLost {
            return Err(last);
        }
        let kind = if self.found.is_empty() { last.kind() } else { ErrorKind::Sql };
        let failed = self.found.len() + 1;
        Err(Error::new(kind, format!("{failed} of {} failed", words::plural(all, "statement"))))
    }
}

/// A table for people, tabs for programs.
fn usual(context: &Context) -> Format {
    if context.output.terminal { Format::Table } else { Format::Tsv }
}

/// The script's statements; what psql and the console take beside SQL, no server does.
fn statements(script: &Script, flavor: Flavor) -> Result<Vec<Statement<'_>>, Error> {
    let statements = script.statements(flavor)?;
    match statements.iter().find(|statement| statement.text.trim_start().starts_with('\\')) {
        Some(statement) => Err(script.placed(statement, repl::in_script(statement.text))),
        None => Ok(statements),
    }
}

fn scripts(args: &SqlArgs) -> Result<Vec<Script>, CliError> {
    if !args.commands.is_empty() {
        let script = |text: &String| Script { name: "-c".to_owned(), text: text.clone() };
        return Ok(args.commands.iter().map(script).collect());
    }
    if args.files.is_empty() {
        if args.stdin.is_none() && std::io::stdin().is_terminal() {
            return Err(Error::new(ErrorKind::Usage, "there is no SQL to run")
                .hint("give it: mainstay sql -c 'SELECT …', mainstay sql -f FILE, or through a pipe")
                .into());
        }
        return Ok(vec![standard_input()?]);
    }
    let read = |path: &PathBuf| {
        if path.as_os_str() == "-" {
            return standard_input();
        }
        let bytes = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
        Script::new(path.display().to_string(), bytes)
    };
    Ok(args.files.iter().map(read).collect::<Result<_, _>>()?)
}

fn standard_input() -> Result<Script, Error> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(ErrorKind::Io, "cannot read standard input").source(error))?;
    Script::new("stdin", bytes)
}
