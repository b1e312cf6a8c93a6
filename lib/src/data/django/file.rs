//! The file that a fixture is written to.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::archive::codec::{Codec, Encoder};
use crate::data::places::Out;
use crate::error::{Error, ErrorKind, Result};

/// A fixture that is being written: aside, and it gets its name once it is whole. A stream is written as it is made.
pub(in crate::data) struct FixtureFile {
    out: Out,
    encoder: Option<Encoder>,
    lines: bool,
}

/// What a fixture's name ends in, with and without compression.
const FORMS: [(&str, bool); 2] = [(".jsonl", true), (".json", false)];

/// Whether a name is that of a fixture with an object on each line, and how it is compressed; `None` where it is no fixture's.
pub(in crate::data) fn form_of(path: &Path) -> Option<(bool, Codec)> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let (bare, codec) = match name.rsplit_once('.') {
        Some((bare, "gz")) => (bare, Codec::Gzip(6)),
        Some((bare, "zst")) => (bare, Codec::Zstd(3)),
        _ => (name.as_str(), Codec::None),
    };
    FORMS.iter().find(|(suffix, _)| bare.ends_with(suffix)).map(|(_, lines)| (*lines, codec))
}

impl FixtureFile {
    pub(in crate::data) fn create(path: PathBuf) -> Result<Self> {
        let Some((lines, codec)) = form_of(&path) else {
            let message = format!("{} is no name of a fixture: it ends in .json or .jsonl", path.display());
            return Err(Error::new(ErrorKind::Usage, message)
                .hint(format!("mainstay data dump --format django -o {}.json", path.display())));
        };
        Ok(Self { out: Out::create(path)?, encoder: Some(Encoder::new(codec)), lines })
    }

    pub(in crate::data) fn stream(out: Box<dyn Write + Send>) -> Self {
        Self { out: Out::Stream(out), encoder: Some(Encoder::new(Codec::None)), lines: false }
    }

    /// Objects stand on lines of their own, in no list.
    pub(super) fn is_lines(&self) -> bool {
        self.lines
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let out = &mut self.out;
        match &mut self.encoder {
            Some(encoder) => encoder.push(bytes, &mut |piece| out.write(piece)),
            None => Ok(()),
        }
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        let out = &mut self.out;
        if let Some(encoder) = self.encoder.take() {
            encoder.finish(&mut |piece| out.write(piece))?;
        }
        self.out.finish()
    }
}
