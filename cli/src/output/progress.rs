//! What happens while a command works, told on stderr.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use mainstay::observer::{Event, Observer};

use super::Output;
use super::words::{self, printable};

/// Time between two lines of progress where no bar can be drawn.
const EVERY: Duration = Duration::from_secs(10);

/// How much is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loudness {
    /// `-q`: 1 leaves out steps and waiting, 2 warnings too.
    pub quiet: u8,
    /// `-v`: 1 adds the beginnings of steps and the server's notices.
    pub verbose: u8,
    /// Every statement.
    pub echo: bool,
}

/// The observer of a command: lines and one progress bar on stderr; warnings are kept for `--json`.
pub struct Progress {
    output: Output,
    loudness: Loudness,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The server's notices are what the user asked for.
    notices: bool,
    work: Option<Work>,
    warnings: Vec<String>,
}

/// The large thing that is being done.
struct Work {
    what: String,
    bar: Option<ProgressBar>,
    begun: Instant,
    said: Instant,
}

impl Progress {
    /// An observer that tells this much on `output`'s stderr.
    pub fn new(output: Output, loudness: Loudness) -> Self {
        Self { output, loudness, state: Mutex::default() }
    }

    /// Takes the bar away; what was said stays.
    pub fn finish(&self) {
        if let Some(bar) = self.state().work.take().and_then(|work| work.bar) {
            bar.finish_and_clear();
        }
    }

    /// From now on the server's notices are told, for the statements are the user's own.
    pub fn tell_notices(&self) {
        self.state().notices = self.loudness.quiet == 0;
    }

    /// Everything that was warned of.
    pub fn warnings(&self) -> Vec<String> {
        self.state().warnings.clone()
    }

    /// One line that is neither a warning nor an error; `-q` leaves it out.
    pub fn line(&self, text: &str) {
        if self.loudness.quiet == 0 {
            self.put(&self.state(), text);
        }
    }

    /// A panic elsewhere while the state was held leaves it usable: it is only words.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Writes a line above the bar.
    fn put(&self, state: &State, text: &str) {
        let say = || self.output.say(&format!("{text}\n"));
        match state.work.as_ref().and_then(|work| work.bar.as_ref()) {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    fn warn(&self, state: &mut State, message: String) {
        if self.loudness.quiet < 2 {
            self.put(state, &format!("{} {message}", self.output.paint().odd("warning:")));
        }
        state.warnings.push(message);
    }

    /// Rows on their way: bytes, rows and the time that is left.
    fn rows(&self, state: &mut State, what: &str, bytes: u64, total: u64, rows: u64) {
        if self.loudness.quiet > 0 {
            return;
        }
        if state.work.as_ref().is_none_or(|work| work.what != what) {
            if let Some(bar) = state.work.take().and_then(|work| work.bar) {
                bar.finish_and_clear();
            }
            let bar = self.output.animated.then(|| {
                let bar = ProgressBar::new(total).with_message(what.to_owned());
                match ProgressStyle::with_template("{msg} {bar:30} {prefix}, {eta} left") {
                    Ok(style) => bar.with_style(style),
                    Err(_) => bar,
                }
            });
            let now = Instant::now();
            state.work = Some(Work { what: what.to_owned(), bar, begun: now, said: now });
        }
        let Some(work) = &mut state.work else { return };
        let far = format!("{} of {}, {} rows", words::bytes(bytes), words::bytes(total), words::count(rows));
        if let Some(bar) = &work.bar {
            bar.set_prefix(far);
            bar.set_position(bytes);
        } else if work.said.elapsed() >= EVERY {
            work.said = Instant::now();
            let left = words::duration(left(work.begun.elapsed(), bytes, total));
            self.output.say(&format!("{what}: {far}, {left} left\n"));
        }
    }

    fn advance(&self, state: &mut State, what: &str, done: u64, total: Option<u64>) {
        if self.loudness.quiet > 0 {
            return;
        }
        if state.work.as_ref().is_none_or(|work| work.what != what) {
            if let Some(bar) = state.work.take().and_then(|work| work.bar) {
                bar.finish_and_clear();
            }
            let bar = self.output.animated.then(|| new_bar(what, total));
            let now = Instant::now();
            state.work = Some(Work { what: what.to_owned(), bar, begun: now, said: now });
        }
        let Some(work) = &mut state.work else { return };
        if let Some(bar) = &work.bar {
            bar.set_position(done);
        } else if work.said.elapsed() >= EVERY {
            work.said = Instant::now();
            self.output.say(&format!("{what}: {}\n", how_far(done, total)));
        }
    }
}

fn new_bar(what: &str, total: Option<u64>) -> ProgressBar {
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template = if total.is_some() { "{msg} {bar:30} {pos}/{len} {eta}" } else { "{spinner} {msg} {pos}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// The time that is left at the pace so far.
fn left(since: Duration, done: u64, total: u64) -> Duration {
    let pace = since.as_secs_f64() / done.max(1) as f64;
    Duration::try_from_secs_f64(pace * total.saturating_sub(done) as f64).unwrap_or_default()
}

fn how_far(done: u64, total: Option<u64>) -> String {
    match total {
        Some(total) if total > 0 => {
            format!("{done} of {total} ({} %)", u128::from(done) * 100 / u128::from(total))
        }
        _ => done.to_string(),
    }
}

impl Observer for Progress {
    fn event(&self, event: Event<'_>) {
        let mut state = self.state();
        let Loudness { quiet, verbose, echo } = self.loudness;
        let paint = self.output.paint();
        match event {
            Event::Sql { sql, took, error } if echo => {
                let took = paint.dim(&format!("[{}]", words::duration(took)));
                let refused = error.map(|error| format!("  {} {}", paint.bad("failed:"), printable(error)));
                self.put(&state, &format!("{took} {}{}", sql.trim_end(), refused.unwrap_or_default()));
            }
            Event::Notice { severity: "WARNING", message } => self.warn(&mut state, printable(message)),
            Event::Notice { severity, message } if verbose > 0 || state.notices => {
                self.put(&state, &format!("{} {}", paint.dim(&severity.to_lowercase()), printable(message)));
            }
            Event::StepStarted { title } if verbose > 0 => self.put(&state, &format!("{title} …")),
            Event::StepDone { title, took } if quiet == 0 => {
                self.put(&state, &format!("{title} {}", paint.dim(&format!("({})", words::duration(took)))));
            }
            Event::Said { program, line } if quiet == 0 => {
                self.put(&state, &format!("{} {}", paint.dim(&format!("{program}:")), printable(line)));
            }
            Event::Waiting { reason } if quiet == 0 => self.put(&state, &format!("waiting: {reason}")),
            Event::Warning { message } => self.warn(&mut state, message.to_owned()),
            Event::Progress { what, done, total } => self.advance(&mut state, what, done, total),
            Event::Rows { what, bytes, total, rows } => self.rows(&mut state, what, bytes, total, rows),
            _ => {}
        }
    }

    fn wants_sql(&self) -> bool {
        self.loudness.echo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is() {
        assert_eq!(how_far(5, Some(20)), "5 of 20 (25 %)");
        assert_eq!(how_far(5, Some(0)), "5");
        assert_eq!(how_far(u64::MAX, Some(u64::MAX)), format!("{0} of {0} (100 %)", u64::MAX));
    }

    #[test]
    fn how_long_it_takes_yet() {
        assert_eq!(left(Duration::from_secs(10), 25, 100), Duration::from_secs(30));
        assert_eq!(left(Duration::from_secs(10), 100, 100), Duration::ZERO);
    }

    #[test]
    fn warnings_are_kept_even_when_silenced() {
        let output = Output::detect(&Default::default(), crate::args::Color::Never, false);
        let progress = Progress::new(output, Loudness { quiet: 2, ..Loudness::default() });
        progress.event(Event::Warning { message: "the copy is old" });
        progress.event(Event::Notice { severity: "WARNING", message: "no\nspace" });
        assert_eq!(progress.warnings(), ["the copy is old", "no\\nspace"]);
    }
}
