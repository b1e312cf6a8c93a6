//! A log as it grows.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A log that is read from somewhere near its end on.
pub struct Follower {
    path: PathBuf,
    file: File,
    at: u64,
}

/// Bytes that are read at once.
const PIECE: u64 = 64 * 1024;

impl Follower {
    /// The log at `path`, from its last `lines` on.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(path: &Path, lines: usize) -> Result<Self> {
        let failed = |error| Error::io("read", path, error);
        let mut file = File::open(path).map_err(failed)?;
        let end = file.metadata().map_err(failed)?.len();
        let at = before(&mut file, end, lines).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, at })
    }

    /// What has come since the last call; nothing where nothing has. A new file of the same name is read from its beginning.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn piece(&mut self) -> Result<Vec<u8>> {
        let failed = |error| Error::io("read", &self.path, error);
        let mut read = Vec::new();
        self.file.seek(SeekFrom::Start(self.at)).map_err(failed)?;
        (&mut self.file).take(PIECE).read_to_end(&mut read).map_err(failed)?;
        self.at += read.len() as u64;
        if read.is_empty() {
            self.turn();
        }
        Ok(read)
    }

    /// Where the log was exchanged or cut, the next piece is the beginning of what is there now.
    fn turn(&mut self) {
        let Ok(there) = std::fs::metadata(&self.path) else { return };
        let same = self.file.metadata().is_ok_and(|open| (open.dev(), open.ino()) == (there.dev(), there.ino()));
        if same && there.len() >= self.at {
            return;
        }
        if let Ok(file) = File::open(&self.path) {
            (self.file, self.at) = (file, 0);
        }
    }
}

/// Where the last `lines` of the first `end` bytes begin.
fn before(file: &mut File, end: u64, lines: usize) -> std::io::Result<u64> {
    let (mut at, mut seen) = (end, 0);
    while at > 0 {
        let size = PIECE.min(at);
        let mut piece = vec![0; usize::try_from(size).unwrap_or_default()];
        file.seek(SeekFrom::Start(at - size))?;
        file.read_exact(&mut piece)?;
        for (place, _) in piece.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n') {
            let after = at - size + place as u64 + 1;
            // The end of the last line begins none.
            if after == end {
                continue;
            }
            seen += 1;
            if seen == lines {
                return Ok(after);
            }
        }
        at -= size;
    }
    Ok(if lines == 0 { end } else { 0 })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn whole(follower: &mut Follower) -> String {
        let mut text = String::new();
        loop {
            match follower.piece().unwrap() {
                piece if piece.is_empty() => return text,
                piece => text.push_str(std::str::from_utf8(&piece).unwrap()),
            }
        }
    }

    #[test]
    fn the_last_lines_and_what_comes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let all: String = (1..=20_000).map(|number| format!("line {number}\n")).collect();
        std::fs::write(&path, &all).unwrap();
        let last = |lines| whole(&mut Follower::open(&path, lines).unwrap());
        assert_eq!(last(2), "line 19999\nline 20000\n");
        assert_eq!(last(0), "");
        assert_eq!(last(15_000).lines().next(), Some("line 5001"));
        assert_eq!(last(30_000), all);

        let mut follower = Follower::open(&path, 1).unwrap();
        assert_eq!(whole(&mut follower), "line 20000\n");
        File::options().append(true).open(&path).unwrap().write_all(b"half").unwrap();
        assert_eq!(whole(&mut follower), "half");
        // Cut, and exchanged.
        std::fs::write(&path, "new\n").unwrap();
        assert_eq!((whole(&mut follower), whole(&mut follower)), (String::new(), "new\n".to_owned()));
        std::fs::rename(&path, folder.path().join("log.1")).unwrap();
        std::fs::write(&path, "rotated\n").unwrap();
        assert_eq!((whole(&mut follower), whole(&mut follower)), (String::new(), "rotated\n".to_owned()));
    }
}
