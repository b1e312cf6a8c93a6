//! Files of SQL as they lie on the disk: pg_dump's, and those written by hand.

use std::path::Path;

use crate::dialect::{Directives, Script};
use crate::disk::{self, SourceFile};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::{Flavor, split};

/// What pg_dump writes around its output for psql alone.
const FENCES: [&str; 2] = ["\\restrict ", "\\unrestrict "];

/// The scripts at `path`: a file, or every `.sql` file in a folder and those directly below it, sorted by name.
///
/// # Errors
/// There is nothing ([`ErrorKind::Source`]), a file is not UTF-8, a quote is never closed, or it has commands of psql's own.
pub(super) fn read(path: &Path, flavor: Flavor) -> Result<Vec<Script>> {
    let files = if path.is_dir() {
        disk::read_tree(path, |name| !name.starts_with('.') && name.ends_with(".sql"), &[".sql"])?
    } else {
        vec![read_file(path)?]
    };
    if files.is_empty() {
        let message = format!("there is no .sql file in {}", path.display());
        return Err(Error::new(ErrorKind::Source, message).hint(format!("type: ls -la {}", path.display())));
    }
    files.iter().map(|file| script(file, flavor)).collect()
}

fn read_file(path: &Path) -> Result<SourceFile> {
    let bytes = std::fs::read(path).map_err(|error| {
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        Error::io("read", path, error).hint(format!("the files beside it: ls -l {}", folder.display()))
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(SourceFile { name, path: path.to_owned(), bytes: bytes.into() })
}

fn script(file: &SourceFile, flavor: Flavor) -> Result<Script> {
    let name = file.path.display().to_string();
    let text = without_fences(&Script::text(file)?);
    let statements = split(&text, flavor).map_err(|error| {
        Error::new(ErrorKind::Source, error.to_string())
            .at(Place::in_text(&name, &text, error.offset))
            .hint(format!("close it in {name}, then try again"))
    })?;
    if let Some(found) = statements.iter().find(|statement| statement.text.starts_with('\\')) {
        let command = found.text.split_whitespace().next().unwrap_or_default();
        return Err(Error::new(ErrorKind::Source, format!("{command} is a command of psql's own, and no SQL"))
            .at(Place::in_text(&name, &text, found.offset))
            .hint(format!("take it out of {name}; several files are read as a folder: they may stand in any order")));
    }
    Ok(Script { file: name, text, directives: Directives::default() })
}

/// Blanks pg_dump's fences, so that places stay right.
fn without_fences(text: &str) -> String {
    let blank = |line: &str| match FENCES.iter().any(|fence| line.starts_with(fence)) {
        true => line.replace(|char: char| char != '\n', " "),
        false => line.to_owned(),
    };
    text.split_inclusive('\n').map(blank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Script> {
        let file = SourceFile { name: "a.sql".into(), path: "a.sql".into(), bytes: text.as_bytes().to_vec().into() };
        script(&file, Flavor::Postgres)
    }

    #[test]
    fn the_fences_of_pg_dump_are_no_statements() {
        let script = read_text("-- dump\n\\restrict a1B2\n\nSET x = 1;\nSELECT 2;\n\\unrestrict a1B2\n\n").unwrap();
        let statements = script.statements(Flavor::Postgres);
        let found: Vec<(usize, &str)> = statements.iter().map(|one| (one.line, one.text)).collect();
        assert_eq!(found, [(4, "SET x = 1"), (5, "SELECT 2")]);
    }

    #[test]
    fn commands_of_psql_are_refused_with_their_place() {
        let error = read_text("CREATE TABLE a ();\n\\i other.sql\nCREATE TABLE b ();").unwrap_err();
        assert_eq!(error.message(), "\\i is a command of psql's own, and no SQL");
        assert_eq!(error.place().unwrap().to_string(), "a.sql:2:1");
    }

    #[test]
    fn data_of_copy_may_begin_with_a_backslash() {
        let script = read_text("COPY t FROM stdin;\n\\N\n\\\\x\n\\.\nSELECT 1;").unwrap();
        assert_eq!(script.statements(Flavor::Postgres).len(), 2);
    }
}
