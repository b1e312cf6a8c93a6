//! A socket before a server's: at a byte of what passes, something happens.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::TestServer;

/// Which bytes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// What the server says.
    Said,
    /// What it is told.
    Told,
}

/// What becomes of the connections once the byte is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// All goes on.
    Goes,
    /// The connection that the byte belongs to ends there.
    Ends,
    /// All connections end there, and none is taken any more.
    AllEnd,
}

/// What happens at the byte.
type Happens = Box<dyn FnOnce() -> After + Send>;

/// A unix socket in a folder of its own, before the socket of a server. The bytes of all connections are counted together.
pub struct Wire {
    folder: tempfile::TempDir,
    port: u16,
    line: Arc<Line>,
    listener: Option<JoinHandle<()>>,
}

/// What all connections have in common.
struct Line {
    server: PathBuf,
    counted: Counted,
    at: u64,
    passed: AtomicU64,
    /// Taken by the connection that comes to the byte; the others wait at it meanwhile.
    happens: Mutex<Option<Happens>>,
    happened: AtomicBool,
    closed: AtomicBool,
    open: Mutex<Vec<UnixStream>>,
}

impl Wire {
    /// Before `server`; `happens` is called once `at` bytes have passed, and nothing of what follows passes before it returns.
    ///
    /// # Panics
    /// There is no socket to be had.
    pub fn before(
        server: &TestServer,
        counted: Counted,
        at: u64,
        happens: impl FnOnce() -> After + Send + 'static,
    ) -> Self {
        let (folder, port) = (tempfile::tempdir().expect("a folder for the socket"), server.port());
        let name = format!(".s.PGSQL.{port}");
        let listener = UnixListener::bind(folder.path().join(&name)).expect("a socket");
        let line = Arc::new(Line {
            server: server.socket().join(name),
            counted,
            at,
            passed: AtomicU64::new(0),
            happens: Mutex::new(Some(Box::new(happens))),
            happened: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let shared = Arc::clone(&line);
        let listener = std::thread::spawn(move || {
            for client in listener.incoming() {
                if shared.closed.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(client) = client else { break };
                shared.take(client);
            }
        });
        Self { folder, port, line, listener: Some(listener) }
    }

    /// One at which nothing happens: it counts.
    ///
    /// # Panics
    /// There is no socket to be had.
    pub fn counting(server: &TestServer, counted: Counted) -> Self {
        Self::before(server, counted, u64::MAX, || After::Goes)
    }

    /// How the database `name` is reached through it as `postgres`.
    pub fn url(&self, name: &str) -> String {
        format!("postgresql:///{name}?host={}&port={}&user=postgres", self.folder.path().display(), self.port)
    }

    /// The bytes that have passed.
    pub fn passed(&self) -> u64 {
        self.line.passed.load(Ordering::SeqCst)
    }

    /// Whether the byte was reached.
    pub fn happened(&self) -> bool {
        self.line.happened.load(Ordering::SeqCst)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.line.end_all();
        // Whoever listens wakes at one more.
        let _ = UnixStream::connect(self.folder.path().join(format!(".s.PGSQL.{}", self.port)));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Line {
    /// Joins a client with the server; each way is a thread.
    fn take(self: &Arc<Self>, client: UnixStream) {
        let Ok(server) = UnixStream::connect(&self.server) else { return };
        let (Ok(back), Ok(forth)) = (client.try_clone(), server.try_clone()) else { return };
        if let (Ok(client), Ok(server)) = (client.try_clone(), server.try_clone()) {
            self.open.lock().unwrap_or_else(PoisonError::into_inner).extend([client, server]);
        }
        let (told, said) = (Arc::clone(self), Arc::clone(self));
        std::thread::spawn(move || told.carry(client, forth, Counted::Told));
        std::thread::spawn(move || said.carry(server, back, Counted::Said));
    }

    /// Hands on what comes until an end; what follows the byte waits until all has happened.
    fn carry(&self, mut from: UnixStream, mut to: UnixStream, what: Counted) {
        let mut piece = vec![0; 8192];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let mut rest = &piece[..length];
            if what == self.counted {
                let before = self.passed.fetch_add(length as u64, Ordering::SeqCst);
                if before + length as u64 >= self.at {
                    let first = usize::try_from(self.at.saturating_sub(before)).unwrap_or(length).min(length);
                    let (now, later) = rest.split_at(first);
                    if to.write_all(now).is_err() {
                        break;
                    }
                    rest = later;
                    match self.comes_to_it() {
                        After::Goes => {}
                        After::Ends => break,
                        After::AllEnd => {
                            self.end_all();
                            break;
                        }
                    }
                }
            }
            if to.write_all(rest).is_err() {
                break;
            }
        }
        for end in [from, to] {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    fn comes_to_it(&self) -> After {
        let mut happens = self.happens.lock().unwrap_or_else(PoisonError::into_inner);
        match happens.take() {
            Some(happens) => {
                self.happened.store(true, Ordering::SeqCst);
                happens()
            }
            None => After::Goes,
        }
    }

    fn end_all(&self) {
        self.closed.store(true, Ordering::SeqCst);
        for end in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}
