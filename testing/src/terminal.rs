//! The command at a real pseudo-terminal: keys in, and the screen as a person sees it.

use std::io::{Read, Write};
use std::num::NonZero;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

/// Rows of the screen: so many that nothing scrolls away in a test.
const ROWS: NonZero<u16> = NonZero::new(400).unwrap();

/// The longest that a test waits for the screen to change as it expects.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running command and its screen.
pub struct Terminal {
    pty: std::sync::Arc<Pty>,
    screen: vt100::Parser,
    printed: Receiver<Vec<u8>>,
    child: Child,
}

impl Terminal {
    /// Starts `command` at a terminal of `columns` columns.
    pub(crate) fn start(command: std::process::Command, columns: u16) -> Self {
        let columns = wide(columns);
        let (pty, inner) = open().expect("a pseudo-terminal");
        pty.resize(size(columns)).expect("a size");
        let mut wrapped = Command::new(command.get_program()).args(command.get_args()).env_clear();
        wrapped = wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            wrapped = wrapped.current_dir(folder);
        }
        let child = wrapped.env("TERM", "xterm").spawn(inner).expect("the command starts");
        let pty = std::sync::Arc::new(pty);
        let (sender, printed) = channel();
        let reading = std::sync::Arc::clone(&pty);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            // The end of the child is an error of the terminal's other side.
            while let Ok(read @ 1..) = (&*reading).read(&mut piece) {
                if sender.send(piece[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { pty, screen: vt100::Parser::new(ROWS, columns, 0), printed, child }
    }

    /// Presses keys: text, `\r` for Enter, `\t`, `\x03` for Ctrl-C, `\x04` for Ctrl-D.
    pub fn keys(&mut self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Types a line and waits for the next prompt; returns what was printed in between.
    pub fn line(&mut self, line: &str) -> String {
        let (row, column) = self.screen.screen().cursor_position();
        let typed = (usize::from(column) + line.chars().count()) / usize::from(self.screen.screen().size().1.get());
        let after = usize::from(row) + typed + 1;
        self.keys(&format!("{line}\r"));
        self.wait("the next prompt", |terminal| terminal.row() >= after && terminal.at_prompt());
        self.rows()[after..self.row()].join("\n")
    }

    /// Waits until the command asks for a line.
    pub fn prompt(&mut self) {
        self.wait("a prompt", Self::at_prompt);
    }

    /// Waits until `text` is on the screen.
    pub fn shows(&mut self, text: &str) {
        self.wait(text, |terminal| terminal.text().contains(text));
    }

    /// Everything on the screen, without the empty rows below.
    pub fn text(&self) -> String {
        self.rows().join("\n").trim_end().to_owned()
    }

    /// Makes the terminal as wide as this.
    pub fn resize(&mut self, columns: u16) {
        let columns = wide(columns);
        self.pty.resize(size(columns)).expect("a size");
        self.screen.screen_mut().set_size(ROWS, columns);
    }

    /// Does the terminal show and gather what is typed, as a shell expects to find it?
    pub fn is_as_found(&self) -> bool {
        use rustix::termios::{LocalModes, tcgetattr};
        let modes = tcgetattr(&*self.pty).expect("the terminal's modes").local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// The process of the command.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the command's end and returns its exit code, 128 and the signal's number where one ended it.
    pub fn end(&mut self) -> i32 {
        let begun = Instant::now();
        loop {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.screen.process(&piece),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.text()),
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{}", self.text());
        }
        let status = self.child.wait().expect("the command ends");
        status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(-1)
    }

    /// Reads what is printed until `until` holds.
    fn wait(&mut self, what: &str, until: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !until(self) {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match self.printed.recv_timeout(left) {
                Ok(piece) => self.screen.process(&piece),
                Err(_) => panic!("waited for {what}:\n{}", self.text()),
            }
        }
    }

    /// The cursor stands behind `> `, where a line is asked for.
    fn at_prompt(&self) -> bool {
        let (row, column) = self.screen.screen().cursor_position();
        let text = self.rows().swap_remove(usize::from(row));
        text.trim_end().ends_with('>') && text.trim_end().chars().count() + 1 == usize::from(column)
    }

    fn row(&self) -> usize {
        usize::from(self.screen.screen().cursor_position().0)
    }

    fn rows(&self) -> Vec<String> {
        let screen = self.screen.screen();
        screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned()).collect()
    }
}

fn wide(columns: u16) -> NonZero<u16> {
    NonZero::new(columns).expect("a terminal has columns")
}

fn size(columns: NonZero<u16>) -> Size {
    Size::new(ROWS.get(), columns.get())
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
