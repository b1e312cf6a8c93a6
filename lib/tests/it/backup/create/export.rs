//! Backups as plain folders, and single files.

use std::time::Duration;

use mainstay::ErrorKind;
use mainstay::archive::codec::Codec;
use mainstay::backup::{SingleFormat, Unlocking, export, single_file};
use mainstay::store::{FolderStore, Store, find};
use mainstay_testing::server;

use super::super::{context, names, search_path};
use super::{dumped, installed, restored, same, taken, zoo};

#[tokio::test]
async fn an_exported_folder_is_restored_by_stock_programs() {
    let source = zoo(server());
    let expected = dumped(&installed(), server(), &source);
    let folder = tempfile::tempdir().unwrap();
    let (backups, out) = (folder.path().join("backups"), folder.path().join("out"));
    // This pg_restore reads no zstd: only an export is of use to it.
    let taken = taken(&source.target(), &backups, |order| order.compress = Some(Codec::Zstd(1))).await.unwrap();
    let (store, closed) = (FolderStore::new(&backups), Unlocking::default());
    let manifest = find(&store, "latest", None).await.unwrap().manifest;
    assert_eq!(manifest, taken.manifest);
    let exported = export(&store, &manifest, &closed, &out, Some(Codec::Gzip(1)), &context()).await.unwrap();
    assert_eq!((exported.files, names(&out).len()), (manifest.files.len(), manifest.files.len()));
    let target = restored(&installed(), server(), &out, 2);
    same(&dumped(&installed(), server(), &target), &expected, "exported");

    let error = export(&store, &manifest, &closed, &out, None, &context()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);

    // Whatever is damaged is found, and nothing is left.
    for file in &manifest.files {
        let path = backups.join(&manifest.id).join(&file.name);
        let whole = std::fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 4;
        for bytes in [&damaged[..], &whole[..middle]] {
            std::fs::write(&path, bytes).unwrap();
            for codec in [None, Some(Codec::Gzip(1))] {
                let error =
                    export(&store, &manifest, &closed, &folder.path().join("no"), codec, &context()).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Verification, "{}: {error:?}", file.name);
            }
        }
        std::fs::write(&path, &whole).unwrap();
    }
    store.remove(&format!("{}/toc.dat", manifest.id)).await.unwrap();
    let error = export(&store, &manifest, &closed, &folder.path().join("no"), None, &context()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(names(folder.path()), ["backups", "out"]);
}

#[tokio::test]
async fn a_single_file_is_whole_or_not_there() {
    let database = server().database();
    database.psql("CREATE TABLE t AS SELECT n, md5(n::text) AS note FROM generate_series(1, 3000) n");
    let folder = tempfile::tempdir().unwrap();
    let single = async |name: &str, format| {
        let file = folder.path().join(name);
        let wait = Duration::from_secs(5);
        single_file(&database.target(), format, &file, wait, &search_path(), &context()).await
    };
    for name in ["a.sql", "a.sql.gz", "a.sql.zst"] {
        let written = single(name, SingleFormat::Plain).await.unwrap();
        assert_eq!(written.bytes, std::fs::metadata(&written.path).unwrap().len());
    }
    let plain = std::fs::read_to_string(folder.path().join("a.sql")).unwrap();
    assert!(plain.contains("COPY public.t (n, note) FROM stdin;"));
    let target = server().database();
    target.psql(
        plain.lines().filter(|line| !line.starts_with('\\') || *line == "\\.").collect::<Vec<_>>().join("\n").as_str(),
    );
    assert_eq!(target.psql("SELECT count(*) FROM t"), "3000");
    single("a.dump", SingleFormat::Custom).await.unwrap();

    assert_eq!(single("a.sql", SingleFormat::Plain).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(single("b.dump.gz", SingleFormat::Custom).await.unwrap_err().kind(), ErrorKind::Usage);
    database.psql("CREATE ROLE backup_single LOGIN");
    let file = folder.path().join("b.sql");
    let closed = database.target_as("backup_single");
    let refused =
        single_file(&closed, SingleFormat::Plain, &file, Duration::from_secs(5), &search_path(), &context()).await;
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Program);
    assert!(error.causes().join(" ").contains("permission denied for table t"), "{error:?}");
    assert_eq!(names(folder.path()), ["a.dump", "a.sql", "a.sql.gz", "a.sql.zst"]);
}
