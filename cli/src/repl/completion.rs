//! What the Tab key offers: the line editor's side of it.

mod candidates;
mod keywords;
mod mentioned;

use std::sync::{Arc, Mutex, PoisonError};

use mainstay::console::Names;
use mainstay::sql::Flavor;
use rustyline::completion::{Completer, FilenameCompleter};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use super::command;

/// What completion goes by; written by the console while the editor waits for keys.
#[derive(Clone)]
pub(super) struct Known(Arc<Mutex<Knowledge>>);

struct Knowledge {
    flavor: Flavor,
    names: Names,
    /// The statement's lines before this one.
    before: String,
}

impl Known {
    /// Nothing yet.
    pub(super) fn nothing(flavor: Flavor) -> Self {
        Self(Arc::new(Mutex::new(Knowledge { flavor, names: Names::default(), before: String::new() })))
    }

    /// The names of the database that is connected to.
    pub(super) fn learn(&self, flavor: Flavor, names: Names) {
        let mut knowledge = self.lock();
        knowledge.flavor = flavor;
        knowledge.names = names;
    }

    /// The lines that stand before the next one.
    pub(super) fn follow(&self, before: &str) {
        before.clone_into(&mut self.lock().before);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Knowledge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line editor's helper.
pub(super) struct Completion {
    known: Known,
    files: FilenameCompleter,
}

impl Completion {
    pub(super) fn new(known: Known) -> Self {
        Self { known, files: FilenameCompleter::new() }
    }
}

impl Completer for Completion {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let knowledge = self.known.lock();
        if knowledge.before.trim().is_empty() && line.trim_start().starts_with('\\') {
            let name = line[..at].split_whitespace().next().unwrap_or_default();
            if name.len() < at && command::argument_of(name) == command::Argument::File {
                let (start, found) = self.files.complete_path(line, at)?;
                return Ok((start, found.into_iter().map(|pair| pair.replacement).collect()));
            }
            return Ok(candidates::of_command(&line[..at], &knowledge.names, knowledge.flavor));
        }
        let before = format!("{}{}", knowledge.before, &line[..at]);
        let offset = knowledge.before.len();
        let (start, found) = candidates::of_statement(&before, &line[at..], &knowledge.names, knowledge.flavor);
        Ok((start.saturating_sub(offset), found))
    }
}

impl Hinter for Completion {
    type Hint = String;
}
impl Highlighter for Completion {}
impl Validator for Completion {}
impl Helper for Completion {}
