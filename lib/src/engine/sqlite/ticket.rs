//! Numbers drawn by those who want to write. A number is a byte of the queue's file, locked by its writer until it is done;
//! the system frees the byte when the writer dies. Nobody can step in front: a new number is higher than all others.
//!
//! Source: fcntl_locking(2), "Open file description locks", which belong to an opened file and not to a process, so that
//! threads queue as processes do.

use std::fs::File;
use std::io;

/// Draws the next number for whoever has opened `file`; `None` while another one is drawing. Closing `file` gives it back.
#[cfg(target_os = "linux")]
pub(super) fn draw(file: &File) -> io::Result<Option<i64>> {
    use nix::libc::{F_UNLCK, F_WRLCK};
    use std::os::unix::fs::FileExt;

    /// Locked while a number is drawn; numbers begin behind it.
    const DOOR: i64 = 0;
    if !bytes::lock(file, F_WRLCK, DOOR)? {
        return Ok(None);
    }
    let mut number = last(file) + 1;
    // Somebody has it: the file's text was lost, its locks were not.
    while !bytes::lock(file, F_WRLCK, number)? {
        number += 1;
    }
    // Where it cannot be noted, the next one finds it locked.
    let _ = file.write_all_at(format!("{number:0WIDTH$}").as_bytes(), 0);
    bytes::lock(file, F_UNLCK, DOOR)?;
    Ok(Some(number))
}

/// Whether everybody who drew a lower number is done.
#[cfg(target_os = "linux")]
pub(super) fn is_next(file: &File, number: i64) -> io::Result<bool> {
    bytes::are_free(file, 1..number)
}

/// How many digits the last number has at the beginning of the file.
pub(super) const WIDTH: usize = 20;

/// The last number drawn; 0 where the file does not say, or says what nobody can have drawn.
#[cfg(target_os = "linux")]
fn last(file: &File) -> i64 {
    use std::os::unix::fs::FileExt;
    let mut digits = [0; WIDTH];
    let read = file.read_exact_at(&mut digits, 0).ok();
    let number = read.and_then(|()| std::str::from_utf8(&digits).ok()?.parse().ok());
    number.filter(|number| (0..i64::MAX / 2).contains(number)).unwrap_or(0)
}

/// Other systems have no such locks: there, one lock for all, in the order in which the system grants it.
#[cfg(not(target_os = "linux"))]
pub(super) fn draw(_: &File) -> io::Result<Option<i64>> {
    Ok(Some(0))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_next(file: &File, _: i64) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(target_os = "linux")]
mod bytes {
    use std::fs::File;
    use std::io;
    use std::ops::Range;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc::{F_RDLCK, F_UNLCK, SEEK_SET, flock};

    /// Locks or frees one byte; `false`: somebody else has it.
    pub(super) fn lock(file: &File, kind: i32, at: i64) -> io::Result<bool> {
        match fcntl(file, FcntlArg::F_OFD_SETLK(&region(kind, at..at + 1))) {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether nobody else has locked any of these bytes.
    pub(super) fn are_free(file: &File, bytes: Range<i64>) -> io::Result<bool> {
        if bytes.is_empty() {
            return Ok(true);
        }
        let mut found = region(F_RDLCK, bytes);
        fcntl(file, FcntlArg::F_OFD_GETLK(&mut found))?;
        Ok(i32::from(found.l_type) == F_UNLCK)
    }

    fn region(kind: i32, bytes: Range<i64>) -> flock {
        flock {
            l_type: kind as _,
            l_whence: SEEK_SET as _,
            l_start: bytes.start,
            l_len: bytes.end - bytes.start,
            l_pid: 0,
        }
    }
}
