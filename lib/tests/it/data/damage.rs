//! Dumps that are not what they were.

use mainstay::ErrorKind;
use mainstay::conn::Target;
use mainstay_testing::TestDatabase;

use super::lab::{Lab, ask};

const DDL: &str = "CREATE TABLE item (id integer PRIMARY KEY, note text); CREATE TABLE last (id integer PRIMARY KEY);";

/// A dump in the folder `dump` and in the file `dump.tar.zst`, and two databases to load it into.
async fn dumped() -> (Lab, TestDatabase, Target, Target) {
    let lab = Lab::new();
    let (_, from) = lab.postgres(&format!(
        "{DDL} INSERT INTO item SELECT n, 'note ' || n FROM generate_series(1, 5000) n; INSERT INTO last VALUES (1);"
    ));
    lab.dump(&from, "dump").await;
    lab.dump(&from, "dump.tar.zst").await;
    let (database, server) = lab.postgres(DDL);
    let (_, file) = lab.sqlite("to.db", DDL);
    (lab, database, server, file)
}

#[tokio::test]
async fn damage_is_told_with_file_and_line_and_nothing_is_loaded() {
    let (lab, database, server, file) = dumped().await;
    let rows = lab.path("dump").join("item.jsonl");
    let manifest = lab.path("dump").join("manifest.json");
    let (whole, said) = (std::fs::read_to_string(&rows).unwrap(), std::fs::read_to_string(&manifest).unwrap());
    let cut = whole[..whole.len() - 5].to_owned();
    let without_last = whole.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n";
    for (text, manifest_text, kind, expected, line) in [
        (
            Some(whole.replace("note 4000", "note 400x")),
            None,
            ErrorKind::Verification,
            "their digest is another one",
            None,
        ),
        (Some(whole.replace("{\"id\":77,", "{\"id\":77 ")), None, ErrorKind::Verification, "is damaged", Some(77)),
        (
            Some(whole.replace("{\"id\":77,\"note\"", "{\"id\":77,\"nota\"")),
            None,
            ErrorKind::Verification,
            "stands where `note` should be",
            Some(77),
        ),
        (Some(cut), None, ErrorKind::Verification, "is cut off", Some(5000)),
        (
            Some(without_last),
            None,
            ErrorKind::Verification,
            "has 4999 rows of public.item, and its manifest says 5000",
            None,
        ),
        (Some(format!("{whole}{{\"id\":5001,\"note\":null}}\n")), None, ErrorKind::Verification, "has 5001 rows", None),
        (None, None, ErrorKind::Verification, "a file of the dump is missing", None),
        (
            Some(whole.clone()),
            Some(said.replace("\"format\": 1", "\"format\": 2")),
            ErrorKind::Unsupported,
            "is of format 2",
            None,
        ),
        (
            Some(whole.clone()),
            Some(said.replace("\"complete\": true", "\"complete\": false")),
            ErrorKind::Verification,
            "is not whole",
            None,
        ),
        (Some(whole.clone()), Some(said[..300].to_owned()), ErrorKind::Verification, "is no manifest", Some(0)),
    ] {
        match &text {
            Some(text) => std::fs::write(&rows, text).unwrap(),
            None => std::fs::remove_file(&rows).unwrap(),
        }
        std::fs::write(&manifest, manifest_text.as_ref().unwrap_or(&said)).unwrap();
        for to in [&server, &file] {
            let error = lab.load("dump", to).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{expected}: {error:?}");
            assert!(error.one_line().contains(expected), "{expected}: {error:?}");
            if let Some(line) = line {
                let place = error.place().unwrap_or_else(|| panic!("{error:?}"));
                assert!(line == 0 || (place.line == line && place.file.ends_with("item.jsonl")), "{place:?}");
            }
        }
        assert_eq!(
            database.psql("SELECT (SELECT count(*) FROM item) + (SELECT count(*) FROM last)"),
            "0",
            "{expected}"
        );
        assert_eq!(
            ask(&lab.path("to.db"), "SELECT (SELECT count(*) FROM item) + (SELECT count(*) FROM last)"),
            "0",
            "{expected}"
        );
    }
    std::fs::write(&rows, &whole).unwrap();
    std::fs::write(&manifest, &said).unwrap();
    lab.load("dump", &server).await.unwrap();
    lab.load("dump", &file).await.unwrap();
}

#[tokio::test]
async fn an_archive_that_is_cut_off_or_changed_anywhere_loads_nothing() {
    let (lab, database, server, _) = dumped().await;
    let whole = std::fs::read(lab.path("dump.tar.zst")).unwrap();
    let damaged = lab.path("damaged.tar.zst");
    let places = [0, 3, 200, whole.len() / 2, whole.len() - 3];
    for at in places {
        std::fs::write(&damaged, &whole[..at]).unwrap();
        let error = lab.load("damaged.tar.zst", &server).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Verification, "{at}: {error:?}");
        let mut changed = whole.clone();
        changed[at] ^= 4;
        std::fs::write(&damaged, &changed).unwrap();
        let error = lab.load("damaged.tar.zst", &server).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Verification, "{at}: {error:?}");
        assert_eq!(database.psql("SELECT (SELECT count(*) FROM item) + (SELECT count(*) FROM last)"), "0", "{at}");
    }
    lab.load("dump.tar.zst", &server).await.unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM item"), "5000");
}

#[tokio::test]
async fn what_is_no_dump_is_refused() {
    let lab = Lab::new();
    let (_, to) = lab.postgres(DDL);
    std::fs::create_dir(lab.path("empty")).unwrap();
    std::fs::write(lab.path("dump.sql"), "SELECT 1;").unwrap();
    for (dump, kind, said) in [
        ("missing", ErrorKind::Io, "cannot read the dump"),
        ("empty", ErrorKind::Verification, "is no dump, or not a whole one"),
        ("dump.sql", ErrorKind::Verification, "is no archive of a dump"),
    ] {
        let error = lab.load(dump, &to).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.message().contains(said), "{error:?}");
    }
}
