//! From what a ledger records, or a user says, to migrations of the folder.

use std::path::Path;

use crate::dialect::{Migration, Version};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Folder;

use super::books::{Books, Recorded};

/// How many of a list a message shows.
const SHOWN: usize = 5;

/// The versions of `folder` that `books` say the database has had, lowest first.
///
/// # Errors
/// [`ErrorKind::Verification`]: a record fits no file, or several files, or two records fit one.
pub(super) fn map(books: &Books, folder: &Folder) -> Result<Vec<Version>> {
    let mut lost = Vec::new();
    let mut found: Vec<(&Recorded, &Migration)> = Vec::new();
    for record in &books.records {
        match fitting(record, &folder.migrations, books.chain).as_slice() {
            [one] => match found.iter().find(|(_, taken)| taken.version == one.version) {
                Some((other, _)) => lost.push(format!("{} and {} are both {}", other.label, record.label, one.title())),
                None => found.push((record, one)),
            },
            [] => lost.push(record.label.clone()),
            [one, other, ..] => {
                lost.push(format!("{} could be {} or {}", record.label, one.title(), other.title()));
            }
        }
    }
    if !lost.is_empty() {
        return Err(unmapped(books, &lost, &folder.path, folder.migrations.last()));
    }
    let highest = found.iter().map(|(_, migration)| &migration.version).max();
    let wanted = |migration: &&Migration| match books.chain {
        true => highest.is_some_and(|highest| migration.version <= *highest),
        false => found.iter().any(|(_, one)| one.version == migration.version),
    };
    Ok(folder.migrations.iter().filter(wanted).map(|migration| migration.version.clone()).collect())
}

/// The versions of `folder` up to the one that the user names, by number or by name.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is no such migration, with those that there are; [`ErrorKind::Usage`]: it is that of several.
pub(super) fn up_to(wanted: &str, folder: &Folder) -> Result<Vec<Version>> {
    let number = wanted.split('_').next().unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let record = Recorded {
        label: wanted.to_owned(),
        version: is_number.then(|| Version::new(number)),
        names: vec![wanted.to_owned()],
    };
    let fitting = fitting(&record, &folder.migrations, true);
    let [one] = fitting.as_slice() else {
        let (kind, how_many) = match fitting.is_empty() {
            true => (ErrorKind::NotFound, "no migration"),
            false => (ErrorKind::Usage, "more than one migration"),
        };
        return Err(Error::new(kind, format!("{how_many} in {} is {wanted}", folder.path.display()))
            .hint(format!("they are: {}", shown(&folder.migrations))));
    };
    let below = folder.migrations.iter().filter(|migration| migration.version <= one.version);
    Ok(below.map(|migration| migration.version.clone()).collect())
}

/// The first and the last migrations by name, for a message.
pub(super) fn shown(migrations: &[Migration]) -> String {
    let titles: Vec<String> = migrations.iter().map(Migration::title).collect();
    match titles.as_slice() {
        [] => "none".to_owned(),
        few if few.len() <= 2 * SHOWN => few.join(", "),
        many => format!("{}, …, {}", many[..SHOWN].join(", "), many[many.len() - SHOWN..].join(", ")),
    }
}

/// The migrations that `record` may be: the one of its number; else those that bear its name. An id, which is like nothing
/// else, may stand anywhere in a file's name.
fn fitting<'a>(record: &Recorded, migrations: &'a [Migration], is_id: bool) -> Vec<&'a Migration> {
    if let Some(version) = &record.version {
        let same: Vec<&Migration> = migrations.iter().filter(|migration| migration.version == *version).collect();
        if !same.is_empty() {
            return same;
        }
    }
    for name in record.names.iter().map(|name| plain(name)) {
        let bears = |migration: &&Migration| plain(&migration.name) == name || plain(&migration.title()) == name;
        let holds = |migration: &&Migration| format!("_{}_", plain(&migration.title())).contains(&format!("_{name}_"));
        let mut found: Vec<&Migration> = migrations.iter().filter(bears).collect();
        if found.is_empty() && is_id {
            found = migrations.iter().filter(holds).collect();
        }
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// A name without what tools write differently: case, and what stands between words.
fn plain(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

fn unmapped(books: &Books, lost: &[String], path: &Path, last: Option<&Migration>) -> Error {
    let (tool, table) = (&books.tool, &books.table);
    let first: Vec<&str> = lost.iter().take(SHOWN).map(String::as_str).collect();
    let more = if lost.len() > SHOWN { format!(", and {} more", lost.len() - SHOWN) } else { String::new() };
    let last = last.map_or_else(|| "VERSION".to_owned(), |migration| migration.version.to_string());
    Error::new(
        ErrorKind::Verification,
        format!(
            "{} of {} records in {tool}'s table {table} fit no file in {}: {}{more}",
            lost.len(),
            books.records.len(),
            path.display(),
            first.join(", ")
        ),
    )
    .hint("name the files by the same numbers or names; an Alembic id goes into the name: 20260101000000_b4e11a52ea52.up.sql")
    .hint(format!("or say yourself up to which file the database has had them: mainstay migrate adopt --at {last}"))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::disk::SourceFile;
    use crate::sql::Flavor;

    fn folder(names: &[&str]) -> Folder {
        let file = |name: &&str| SourceFile {
            name: (*name).to_owned(),
            path: (*name).into(),
            bytes: Cow::Borrowed(b"SELECT 1"),
        };
        Folder::from_files("migrations".as_ref(), names.iter().map(file).collect(), "mainstay", Flavor::Postgres)
            .expect("reads")
    }

    fn books(chain: bool, records: &[(Option<&str>, &[&str])]) -> Books {
        let record = |(version, names): &(Option<&str>, &[&str])| Recorded {
            label: version.or(names.first().copied()).unwrap_or_default().to_owned(),
            version: version.map(Version::new),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        Books { table: "t".into(), tool: "a tool".into(), records: records.iter().map(record).collect(), chain }
    }

    fn mapped(books: &Books, files: &[&str]) -> Result<Vec<String>, String> {
        let versions = map(books, &folder(files)).map_err(|error| error.message().to_owned())?;
        Ok(versions.iter().map(ToString::to_string).collect())
    }

    const FILES: [&str; 3] = ["10_aa11_users.up.sql", "20_bb22.up.sql", "30_core_0003_logs.up.sql"];

    #[test]
    fn a_number_goes_before_a_name() {
        let by_number = books(false, &[(Some("010"), &["other"]), (Some("20"), &[])]);
        assert_eq!(mapped(&by_number, &FILES).unwrap(), ["10", "20"]);
        let by_name = books(false, &[(Some("7"), &["BB22"])]);
        assert_eq!(mapped(&by_name, &FILES).unwrap(), ["20"]);
        assert_eq!(mapped(&books(false, &[(None, &["core_0003_logs", "0003_logs"])]), &FILES).unwrap(), ["30"]);
    }

    #[test]
    fn a_chain_means_all_before() {
        assert_eq!(mapped(&books(true, &[(None, &["bb22"])]), &FILES).unwrap(), ["10", "20"]);
        assert_eq!(mapped(&books(true, &[(None, &["aa11"])]), &FILES).unwrap(), ["10"], "an id within a name");
        assert_eq!(mapped(&books(true, &[(None, &["aa11"]), (None, &["bb22"])]), &FILES).unwrap(), ["10", "20"]);
    }

    #[test]
    fn what_fits_nothing_or_too_much_is_listed() {
        let lost = books(false, &[(None, &["aa11"]), (Some("20"), &[]), (Some("21"), &["users"])]);
        let message = mapped(&lost, &FILES).unwrap_err();
        assert_eq!(message, "2 of 3 records in a tool's table t fit no file in migrations: aa11, 21");
        let twice = books(false, &[(Some("20"), &[]), (None, &["bb22"])]);
        assert!(mapped(&twice, &FILES).unwrap_err().ends_with("20 and bb22 are both 20_bb22"));
        let message = mapped(&books(false, &[(None, &["a"])]), &["1_a.up.sql", "2_a.up.sql"]).unwrap_err();
        assert!(message.ends_with("a could be 1_a or 2_a"), "{message}");
        let many: Vec<(Option<&str>, &[&str])> = vec![(Some("99"), &[]); 7];
        assert!(mapped(&books(false, &many), &FILES).unwrap_err().ends_with("99, 99, 99, 99, 99, and 2 more"));
    }

    #[test]
    fn a_version_is_told_by_number_name_or_id() {
        let all = |wanted| up_to(wanted, &folder(&FILES)).map(|versions| versions.len());
        assert_eq!(all("20").unwrap(), 2);
        assert_eq!(all("10_aa11_users").unwrap(), 1);
        assert_eq!(all("bb22").unwrap(), 2);
        let error = all("40").unwrap_err();
        assert_eq!(error.message(), "no migration in migrations is 40");
        assert_eq!(error.hints(), ["they are: 10_aa11_users, 20_bb22, 30_core_0003_logs"]);
    }
}
