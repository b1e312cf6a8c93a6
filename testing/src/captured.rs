//! Steps of another tool's chain, captured as SQL, as a folder of migrations in Mainstay's own layout.

use std::path::Path;

/// Steps captured as files `001_<revision>.sql`, in order.
pub struct Captured {
    steps: Vec<Step>,
}

struct Step {
    revision: String,
    text: String,
}

/// The line that ends the tool's own transaction: what follows runs outside of one.
const AUTOCOMMIT: &str = "-- ROLLBACK";

impl Captured {
    /// Reads the files of `folder`. Statements that are for the tool's own ledger `books` are left out.
    ///
    /// # Panics
    /// The folder cannot be read, or holds something else.
    pub fn read(folder: &Path, books: &str) -> Self {
        let entries = std::fs::read_dir(folder).expect("the captured steps");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        let step = |path: &std::path::PathBuf| {
            let name = path.file_stem().expect("a name").to_string_lossy();
            let (_, revision) = name.split_once('_').expect("001_<revision>.sql");
            let text = std::fs::read_to_string(path).expect("a step");
            Step { revision: revision.to_owned(), text: without(books, &text) }
        };
        Self { steps: paths.iter().map(step).collect() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.steps.len()
    }

    /// The last revision.
    pub fn head(&self) -> &str {
        self.steps.last().map_or("", |step| &step.revision)
    }

    /// The version of the last file of [`Captured::files`].
    pub fn last_version(&self) -> String {
        version(self.steps.len())
    }

    /// Names and texts of the files, `20200101000001_<revision>.up.sql`.
    pub fn files(&self) -> Vec<(String, String)> {
        let file = |(at, step): (usize, &Step)| {
            let head = if is_autocommit(&step.text) { "-- mainstay: no-transaction\n" } else { "" };
            (format!("{}_{}.up.sql", version(at + 1), step.revision), format!("{head}{}", step.text))
        };
        self.steps.iter().enumerate().map(file).collect()
    }
}

fn version(number: usize) -> String {
    format!("{}", 20_200_101_000_000_u64 + number as u64)
}

/// Whether the tool left its transaction before a statement. The first file of a capture also has what connecting did.
fn is_autocommit(text: &str) -> bool {
    let mut outside = false;
    for line in text.lines() {
        match line {
            AUTOCOMMIT | "-- COMMIT" => outside = true,
            line if line.starts_with("-- BEGIN") => outside = false,
            line if line.starts_with("--") || line.trim().is_empty() => {}
            _ if outside => return true,
            _ => {}
        }
    }
    false
}

/// `text` without the statements about the table `books`, each of which begins and ends with a line.
fn without(books: &str, text: &str) -> String {
    let mut kept = String::new();
    let mut dropping = false;
    for line in text.split_inclusive('\n') {
        let begins = ["CREATE TABLE", "INSERT INTO", "UPDATE", "DELETE FROM"];
        dropping |= begins.iter().any(|verb| line.starts_with(&format!("{verb} {books} ")));
        if !dropping {
            kept.push_str(line);
        }
        dropping &= !line.trim_end().ends_with(';');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::Captured;

    #[test]
    fn steps_become_files() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "001_aa.sql",
            "-- ROLLBACK\n-- BEGIN\nCREATE TABLE books (\n  v text\n);\nCREATE TABLE a (x int);\n-- COMMIT\n",
        );
        write(
            "002_bb.sql",
            "-- BEGIN\n-- ROLLBACK\nALTER TYPE t ADD VALUE 'x';\n-- BEGIN\nUPDATE books SET v = 'bb';\n-- COMMIT\n",
        );
        let captured = Captured::read(folder.path(), "books");
        assert_eq!((captured.count(), captured.head(), captured.last_version().as_str()), (2, "bb", "20200101000002"));
        let expected = [
            ("20200101000001_aa.up.sql", "-- ROLLBACK\n-- BEGIN\nCREATE TABLE a (x int);\n-- COMMIT\n"),
            (
                "20200101000002_bb.up.sql",
                "-- mainstay: no-transaction\n-- BEGIN\n-- ROLLBACK\nALTER TYPE t ADD VALUE 'x';\n-- BEGIN\n-- COMMIT\n",
            ),
        ];
        assert_eq!(captured.files(), expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }
}
