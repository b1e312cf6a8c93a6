//! Folders, archives and streams.

use std::io::Write;
use std::sync::{Arc, Mutex};

use mainstay::ErrorKind;
use mainstay::data::{self, Input, Options, Order, Output};

use super::lab::Lab;

/// Bytes that can be looked at after the writer is gone.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_stream_is_an_archive_and_an_archive_unpacks_to_a_folder() {
    let lab = Lab::new();
    // More than one file of an archive takes.
    let ddl = "CREATE TABLE item (id int PRIMARY KEY, note text); CREATE TABLE \"an / odd.name\" (id int); CREATE TABLE empty (id int)";
    let (_, from) = lab.postgres(&format!(
        "{ddl}; INSERT INTO item SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n; INSERT INTO \"an / odd.name\" VALUES (1)"
    ));
    let shared = Shared::default();
    let stream = Output::Stream(Box::new(shared.clone()));
    let dumped = data::dump(lab.base(&from), &Order::default(), stream).await.unwrap();
    let item = dumped.manifest.tables.iter().find(|table| table.name == "item").unwrap();
    assert_eq!(item.files, ["item.jsonl", "item+2.jsonl", "item+3.jsonl"]);

    let bytes = shared.0.lock().unwrap().clone();
    let (_, to) = lab.postgres(ddl);
    let input = Input::Stream(Box::new(std::io::Cursor::new(bytes.clone())));
    let ready = data::plan(lab.base(&to), input, &Options::default()).await.unwrap();
    data::load(lab.base(&to), ready, &Options::default()).await.unwrap();
    assert_eq!(lab.digests(&from).await, lab.digests(&to).await);

    std::fs::write(lab.path("dump.tar.zst"), &bytes).unwrap();
    std::fs::create_dir(lab.path("unpacked")).unwrap();
    let mut decoder = mainstay::archive::codec::Decoder::new(mainstay::archive::codec::Codec::Zstd(3)).unwrap();
    let mut tar = Vec::new();
    decoder
        .push(&bytes, &mut |piece| {
            tar.extend_from_slice(piece);
            Ok(())
        })
        .unwrap();
    std::fs::write(lab.path("dump.tar"), &tar).unwrap();
    let unpacked = std::process::Command::new("tar")
        .arg("-xf")
        .arg(lab.path("dump.tar"))
        .arg("-C")
        .arg(lab.path("unpacked"))
        .status();
    assert!(unpacked.unwrap().success());
    let (_, again) = lab.postgres(ddl);
    lab.load("unpacked", &again).await.unwrap();
    assert_eq!(lab.digests(&from).await, lab.digests(&again).await);
}

#[tokio::test]
async fn nothing_is_written_over_and_nothing_is_left_of_a_failure() {
    let lab = Lab::new();
    let (_, from) = lab.postgres("CREATE TABLE item (id int); INSERT INTO item VALUES (1)");
    std::fs::create_dir(lab.path("full")).unwrap();
    std::fs::write(lab.path("full/file"), "").unwrap();
    std::fs::write(lab.path("file.tar.zst"), "").unwrap();
    std::fs::create_dir(lab.path("free")).unwrap();
    for taken in ["full", "file.tar.zst"] {
        let error = lab.dump_tables(&from, &[], taken).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    }
    for unnamed in [".", "..", "/"] {
        assert_eq!(Output::named(unnamed.into()).err().unwrap().kind(), ErrorKind::Usage);
    }
    for odd in ["dump.json", "dump.tar.gz"] {
        assert_eq!(lab.dump_tables(&from, &[], odd).await.unwrap_err().kind(), ErrorKind::Usage);
    }
    lab.dump(&from, "dotted/.").await;
    assert!(lab.path("dotted").join("manifest.json").is_file());
    lab.dump(&from, "free").await;
    assert_eq!(std::fs::read_to_string(lab.path("free/item.jsonl")).unwrap(), "{\"id\":1}\n");

    let (_, broken) =
        lab.sqlite("broken.db", "CREATE TABLE item (note text); INSERT INTO item VALUES (CAST(x'ff' AS text))");
    for to in ["failed", "failed.tar.zst"] {
        let error = lab.dump_tables(&broken, &[], to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(
            error.message().contains("item, column `note`, row 1 as they are read: the text is not UTF-8"),
            "{error:?}"
        );
    }
    let mut left: Vec<String> =
        lab.path("").read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.retain(|name| name.contains("failed") || name.contains("part"));
    assert_eq!(left, [""; 0]);
}
