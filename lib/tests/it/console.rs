//! The console: what it must not let through, and what it lets through as it is.

mod attacks;
mod sqlite;
mod statements;
mod typing;

use std::sync::Arc;

use mainstay::conn::Target;
use mainstay::console::{Console, Options, Script};
use mainstay::engine::{Cell, Context, Rows};
use mainstay::error::Result;
use mainstay::observer::Silent;

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "mainstay tests".to_owned() }
}

async fn console(target: &Target, write: bool) -> Console {
    let options = Options { write, ..Options::default() };
    Console::open(target, &context(), &options).await.expect("opens")
}

/// Keeps the rows as text, NULL as `-`.
#[derive(Default)]
struct Kept(Vec<Vec<String>>);

impl Rows for Kept {
    fn columns(&mut self, names: &[String]) -> std::io::Result<()> {
        self.0.push(names.to_vec());
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> std::io::Result<()> {
        let text = |cell: &Cell<'_>| cell.text.map_or("-".into(), |text| String::from_utf8_lossy(text).into_owned());
        self.0.push(cells.iter().map(text).collect());
        Ok(())
    }
}

/// Runs every statement of `sql`, whatever the others did; each one's rows, changed rows, or error.
async fn run(console: &mut Console, sql: &str) -> Vec<Result<(Vec<Vec<String>>, Option<u64>)>> {
    let script = Script { name: "-c".to_owned(), text: sql.to_owned() };
    let mut outcomes = Vec::new();
    for statement in script.statements(console.flavor()).expect("splits") {
        let mut kept = Kept::default();
        let done = console.run(&statement, &mut kept).await;
        outcomes.push(done.map(|done| (kept.0, done.changed)).map_err(|error| script.placed(&statement, error)));
    }
    outcomes
}
