//! Baselines: one migration that stands for the history before it, by the directive `replaces`.
//!
//! A database that has had all that it replaces goes on behind it, its ledger as it was; a new one runs the baseline alone. The
//! baseline bears the version of the last migration that it replaces, so that releases from before the squash still know the
//! first, and one number says of both where they stand.

use crate::dialect::{Applied, AppliedState, Migration, Version};
use crate::error::{Error, ErrorKind, Place, Result, shell_word};

use super::state::find;

/// How a database stands to a migration that may be a baseline.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// It has had none of what it replaces, or it has run the baseline itself: a migration like any other.
    Usual,
    /// It has had what it replaces, migration by migration.
    Past,
    /// It has had a part of that.
    Between {
        /// The newest of that part.
        newest: &'a Version,
        /// What it has not had, after that or else before it.
        lacks: &'a Version,
    },
}

/// How the database whose ledger says `applied` stands to `migration`.
///
/// Each list of `replaces` is one squash, whose last version stands for the whole list afterwards. So a database may have had
/// the last list, or the last two, and so on: exactly these of all that is replaced.
pub(super) fn standing<'a>(applied: &[Applied], migration: &'a Migration) -> Standing<'a> {
    let lists = &migration.up.directives.replaces;
    if !lists.iter().flatten().any(|version| *version != migration.version && find(applied, version).is_some()) {
        return Standing::Usual;
    }
    let is_done = |version: &Version| find(applied, version).is_some_and(|applied| applied.state == AppliedState::Done);
    let is_whole = |from: usize| {
        let (before, since) = lists.split_at(from);
        let is_since = |version: &Version| since.iter().flatten().any(|one| one == version);
        since.iter().flatten().all(&is_done)
            && !before.iter().flatten().any(|version| !is_since(version) && find(applied, version).is_some())
    };
    if (0..lists.len()).any(is_whole) {
        return Standing::Past;
    }
    let newest = lists.iter().flatten().filter(|version| find(applied, version).is_some()).max();
    let newest = newest.unwrap_or(&migration.version);
    let lacking = || lists.iter().flatten().filter(|version| !is_done(version));
    let lacks = lacking().filter(|version| *version > newest).min().or(lacking().min()).unwrap_or(&migration.version);
    Standing::Between { newest, lacks }
}

/// Whether a baseline among `migrations` stands for `version`.
pub(super) fn is_replaced(version: &Version, migrations: &[Migration]) -> bool {
    migrations.iter().any(|migration| migration.up.directives.replaces.iter().flatten().any(|one| one == version))
}

/// # Errors
/// [`ErrorKind::Source`]: a baseline does not bear the version of the last that it replaces, or files stand before it, which would
/// run on an empty database.
pub(super) fn check(migrations: &[Migration]) -> Result<()> {
    for (at, migration) in migrations.iter().enumerate() {
        let lists = &migration.up.directives.replaces;
        let Some(last) = lists.last().and_then(|list| list.iter().max()) else { continue };
        let place = |migration: &Migration| Place::in_text(&migration.up.file, &migration.up.text, 0);
        if *last != migration.version {
            let message = format!("{} replaces versions up to {last}, and has another itself", migration.title());
            return Err(Error::new(ErrorKind::Source, message)
                .at(place(migration))
                .hint(format!("name it {last}_{}, as the last that it replaces", migration.name)));
        }
        let Some(before) = migrations[..at].iter().find(|before| before.version.is_number()) else { continue };
        let error = if is_replaced(&before.version, &migrations[at..=at]) {
            let message = format!("{} is replaced by {}, and still here", before.title(), migration.title());
            Error::new(ErrorKind::Source, message).hint(format!("take it away: rm {}", shell_word(&before.up.file)))
        } else {
            let message = format!("{} comes before the baseline {}", before.title(), migration.title());
            Error::new(ErrorKind::Source, message).hint(format!(
                "on a new database it would run before there is anything: give it a version above {}",
                migration.version
            ))
        };
        return Err(error.at(place(before)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Directives, Script};

    fn migration(version: &str, replaces: &[&[&str]]) -> Migration {
        let replaces = replaces.iter().map(|list| list.iter().map(|one| Version::new(*one)).collect()).collect();
        let directives = Directives { replaces, ..Directives::default() };
        let up = Script { file: format!("{version}_m.up.sql"), text: String::new(), directives };
        Migration { version: Version::new(version), name: "m".into(), up, down: None, checksum: None, any_order: false }
    }

    fn ledger(versions: &[&str]) -> Vec<Applied> {
        let applied = |version: &&str| Applied {
            version: Version::new(*version),
            name: None,
            checksum: None,
            state: if version.ends_with('0') { AppliedState::Partial(1) } else { AppliedState::Done },
            applied_at: None,
        };
        versions.iter().map(applied).collect()
    }

    #[test]
    fn a_database_is_past_it_or_between_or_new() {
        let once = migration("3", &[&["1", "2", "3"]]);
        let twice = migration("5", &[&["1", "2", "3"], &["3", "4", "5"]]);
        let told = |baseline: &Migration, versions: &[&str]| match standing(&ledger(versions), baseline) {
            Standing::Usual => "usual".to_owned(),
            Standing::Past => "past".to_owned(),
            Standing::Between { newest, lacks } => format!("{newest} without {lacks}"),
        };
        for (versions, expected) in [
            (&[][..], "usual"),
            (&["3"], "usual"),
            (&["4"], "usual"),
            (&["1", "2", "3"], "past"),
            (&["1", "2", "3", "4"], "past"),
            (&["1"], "1 without 2"),
            (&["1", "3"], "3 without 2"),
        ] {
            assert_eq!(told(&once, versions), expected, "{versions:?}");
        }
        for (versions, expected) in [
            (&["5"][..], "usual"),
            (&["3", "4", "5"], "past"),
            (&["1", "2", "3", "4", "5", "6"], "past"),
            (&["3"], "3 without 4"),
            (&["3", "4"], "4 without 5"),
            (&["1", "3", "4", "5"], "5 without 2"),
            (&["1", "2", "3"], "3 without 4"),
        ] {
            assert_eq!(told(&twice, versions), expected, "{versions:?}");
        }
        let unfinished = migration("20", &[&["10", "20"]]);
        assert_eq!(told(&unfinished, &["10"]), "10 without 20");
    }

    #[test]
    fn files_before_a_baseline_are_no_history() {
        let message = |migrations: &[Migration]| check(migrations).map_err(|error| error.message().to_owned());
        let baseline = || migration("3", &[&["1", "2", "3"]]);
        assert_eq!(message(&[baseline(), migration("4", &[])]), Ok(()));
        assert_eq!(message(&[migration("2", &[]), baseline()]), Err("2_m is replaced by 3_m, and still here".into()));
        assert_eq!(message(&[migration("2.5", &[]), baseline()]), Err("2.5_m comes before the baseline 3_m".into()));
        let renamed = migration("4", &[&["1", "2", "3"]]);
        assert_eq!(message(&[renamed]), Err("4_m replaces versions up to 3, and has another itself".into()));
    }
}
