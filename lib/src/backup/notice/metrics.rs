//! The file that node_exporter's textfile collector reads: one gauge for each database and operation, the others' kept.
//!
//! Source: Prometheus, "Exposition formats", text-based format.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;

use crate::disk;
use crate::error::{Error, Result};
use crate::store::started;

use super::{Notice, Operation};

const SUCCESS: &str = "mainstay_backup_success_timestamp_seconds";
const FAILURE: &str = "mainstay_backup_failure_timestamp_seconds";
const DURATION: &str = "mainstay_backup_duration_seconds";
const BYTES: &str = "mainstay_backup_bytes";
const ROWS: &str = "mainstay_backup_rows";
const TAKEN: &str = "mainstay_backup_taken_timestamp_seconds";
const PROVEN: &str = "mainstay_backup_proven_timestamp_seconds";

/// Every metric and what it means, in the order in which they stand in the file.
const MEANINGS: [(&str, &str); 7] = [
    (SUCCESS, "When the operation last ended well."),
    (FAILURE, "When the operation last failed."),
    (DURATION, "How long the operation took when it last ended well."),
    (BYTES, "Bytes that the newest backup has in its store."),
    (ROWS, "Rows of the newest backup."),
    (TAKEN, "When the newest backup was begun."),
    (PROVEN, "When the newest backup that was restored and compared was begun."),
];

/// Values by metric and labels, the labels as they are written.
type Values = BTreeMap<(String, String), String>;

/// Puts `notice` into `file`: written aside, renamed, readable by everybody. What it says of other databases stays.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn write(file: &Path, notice: &Notice, now: Timestamp) -> Result<()> {
    // A failure that belongs to no database has no place in the file.
    let Some(database) = &notice.database else { return Ok(()) };
    let _lock = lock(file)?;
    let before = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::io("read", file, error)),
    };
    let mut values = read(&before);
    add(&mut values, database, notice, now);
    disk::write_public(file, &text(&values))
}

/// Two backups that end at once do not write over each other's numbers.
fn lock(file: &Path) -> Result<File> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let path = file.with_file_name(format!(".{name}.lock"));
    let lock = OpenOptions::new().create(true).append(true).mode(0o644).open(&path).and_then(|lock| {
        lock.lock()?;
        Ok(lock)
    });
    lock.map_err(|error| Error::io("lock", &path, error))
}

fn add(values: &mut Values, database: &str, notice: &Notice, now: Timestamp) {
    let of_database = format!("database=\"{}\"", escaped(database));
    let of_operation = format!("{of_database},operation=\"{}\"", notice.operation.word());
    let mut set = |metric: &str, labels: &str, value: String| {
        values.insert((metric.to_owned(), labels.to_owned()), value);
    };
    let begun = notice.id.as_deref().and_then(started).and_then(|at| at.parse::<Timestamp>().ok());
    if notice.error.is_some() {
        set(FAILURE, &of_operation, now.as_second().to_string());
        // The last drill of a backup has the last word.
        let key = (PROVEN.to_owned(), of_database);
        let named = values.get(&key).and_then(|value| value.parse().ok()) == begun.map(Timestamp::as_second);
        if notice.operation == Operation::Drill && begun.is_some() && named {
            values.remove(&key);
        }
        return;
    }
    set(SUCCESS, &of_operation, now.as_second().to_string());
    set(DURATION, &of_operation, format!("{:.3}", notice.seconds));
    match (notice.operation, begun) {
        (Operation::Create, Some(begun)) => {
            set(TAKEN, &of_database, begun.as_second().to_string());
            set(BYTES, &of_database, notice.bytes.unwrap_or_default().to_string());
            set(ROWS, &of_database, notice.rows.unwrap_or_default().to_string());
        }
        (Operation::Drill, Some(begun)) => {
            // An older backup that is proven later takes nothing away from a newer one.
            let key = (PROVEN.to_owned(), of_database.clone());
            let known = values.get(&key).and_then(|value| value.parse().ok()).unwrap_or(i64::MIN);
            values.insert(key, begun.as_second().max(known).to_string());
        }
        _ => {}
    }
}

/// The values of a file as [`text`] writes it; other lines are nobody's.
fn read(text: &str) -> Values {
    let value = |line: &str| {
        let (metric, rest) = line.split_once('{')?;
        let (labels, value) = rest.rsplit_once("} ")?;
        let known = MEANINGS.iter().any(|(name, _)| *name == metric) && value.parse::<f64>().is_ok();
        known.then(|| ((metric.to_owned(), labels.to_owned()), value.to_owned()))
    };
    text.lines().filter_map(value).collect()
}

fn text(values: &Values) -> String {
    let mut text = String::new();
    for (metric, meaning) in MEANINGS {
        let mut lines = values.iter().filter(|((name, _), _)| name == metric).peekable();
        if lines.peek().is_some() {
            let _ = writeln!(text, "# HELP {metric} {meaning}\n# TYPE {metric} gauge");
        }
        for ((_, labels), value) in lines {
            let _ = writeln!(text, "{metric}{{{labels}}} {value}");
        }
    }
    text
}

/// A label's value.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(operation: Operation, database: &str, id: &str, error: Option<&str>) -> Notice {
        Notice {
            operation,
            database: Some(database.to_owned()),
            store: "/srv/backups".to_owned(),
            id: Some(id.to_owned()),
            bytes: Some(4096),
            rows: Some(12),
            seconds: 1.5,
            state: "checked",
            error: error.map(str::to_owned),
        }
    }

    #[test]
    fn each_database_keeps_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("walt.prom");
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let tell = |notice: &Notice, second: i64| write(&file, notice, at(second)).unwrap();
        tell(&notice(Operation::Create, "walt", "20261120T023000Z-p7aa", None), 1000);
        tell(&notice(Operation::Drill, "walt", "20261120T023000Z-p7aa", None), 2000);
        tell(&notice(Operation::Drill, "walt", "20261110T023000Z-p7aa", None), 3000);
        tell(&notice(Operation::Create, "walt", "20261121T023000Z-p7aa", Some("no room")), 4000);
        tell(&notice(Operation::Create, "a\"b\\c\nd", "20261121T023000Z-p7ab", None), 5000);
        insta::assert_snapshot!(std::fs::read_to_string(&file).unwrap(), @r#"
        # HELP mainstay_backup_success_timestamp_seconds When the operation last ended well.
        # TYPE mainstay_backup_success_timestamp_seconds gauge
        mainstay_backup_success_timestamp_seconds{database="a\"b\\c\nd",operation="create"} 5000
        mainstay_backup_success_timestamp_seconds{database="walt",operation="create"} 1000
        mainstay_backup_success_timestamp_seconds{database="walt",operation="drill"} 3000
        # HELP mainstay_backup_failure_timestamp_seconds When the operation last failed.
        # TYPE mainstay_backup_failure_timestamp_seconds gauge
        mainstay_backup_failure_timestamp_seconds{database="walt",operation="create"} 4000
        # HELP mainstay_backup_duration_seconds How long the operation took when it last ended well.
        # TYPE mainstay_backup_duration_seconds gauge
        mainstay_backup_duration_seconds{database="a\"b\\c\nd",operation="create"} 1.500
        mainstay_backup_duration_seconds{database="walt",operation="create"} 1.500
        mainstay_backup_duration_seconds{database="walt",operation="drill"} 1.500
        # HELP mainstay_backup_bytes Bytes that the newest backup has in its store.
        # TYPE mainstay_backup_bytes gauge
        mainstay_backup_bytes{database="a\"b\\c\nd"} 4096
        mainstay_backup_bytes{database="walt"} 4096
        # HELP mainstay_backup_rows Rows of the newest backup.
        # TYPE mainstay_backup_rows gauge
        mainstay_backup_rows{database="a\"b\\c\nd"} 12
        mainstay_backup_rows{database="walt"} 12
        # HELP mainstay_backup_taken_timestamp_seconds When the newest backup was begun.
        # TYPE mainstay_backup_taken_timestamp_seconds gauge
        mainstay_backup_taken_timestamp_seconds{database="a\"b\\c\nd"} 1795228200
        mainstay_backup_taken_timestamp_seconds{database="walt"} 1795141800
        # HELP mainstay_backup_proven_timestamp_seconds When the newest backup that was restored and compared was begun.
        # TYPE mainstay_backup_proven_timestamp_seconds gauge
        mainstay_backup_proven_timestamp_seconds{database="walt"} 1795141800
        "#);
    }

    #[test]
    fn what_a_later_drill_refutes_is_proven_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("walt.prom");
        let drill = |id: &str, error: Option<&str>| {
            write(&file, &notice(Operation::Drill, "walt", id, error), Timestamp::UNIX_EPOCH).unwrap();
            std::fs::read_to_string(&file).unwrap().contains(PROVEN)
        };
        assert!(drill("20261120T023000Z-p7aa", None));
        assert!(drill("20261110T023000Z-p7aa", Some("it came out otherwise")), "another one");
        assert!(!drill("20261120T023000Z-p7aa", Some("it came out otherwise")));
    }

    #[test]
    fn everybody_reads_it_and_nothing_is_left_beside() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("walt.prom");
        write(&file, &notice(Operation::Verify, "walt", "20261120T023000Z", None), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".walt.prom.lock", "walt.prom"]);
        let gone = folder.path().join("gone/walt.prom");
        let error = write(&gone, &notice(Operation::Verify, "walt", "x", None), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(error.message().contains("gone"), "{error:?}");
    }
}
