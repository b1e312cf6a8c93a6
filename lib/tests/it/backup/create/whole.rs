//! What was taken is what was there.

use mainstay::archive::codec::Codec;
use mainstay::archive::digest::CopyFormat;
use mainstay::archive::manifest::Range;
use mainstay::archive::toc::{Toc, Version};
use mainstay::backup::{Cut, RowFormat};
use mainstay_testing::{clients, server, server_of};

use super::{dumped, installed, read, restored, same, taken, zoo};

#[tokio::test]
async fn a_restored_zoo_is_dumped_as_the_source_is() {
    let source = zoo(server());
    let expected = dumped(&installed(), server(), &source);
    let folder = tempfile::tempdir().unwrap();
    for (rows, cut) in [
        (RowFormat::Fast, Cut::Suitable),
        (RowFormat::Text, Cut::Suitable),
        (RowFormat::Fast, Cut::Pages { bytes: 16384 }),
        (RowFormat::Text, Cut::Key { bytes: 16384 }),
    ] {
        let taken = taken(&source.target(), folder.path(), |order| {
            (order.rows, order.cut, order.compress) = (rows, cut, Some(Codec::Gzip(1)));
        })
        .await
        .unwrap();
        let (manifest, archive) = read(folder.path(), &taken);
        let table = |name: &str| manifest.tables.iter().find(|table| table.name == name).unwrap();
        assert_eq!(table("Big").rows.count, 5499);
        assert_eq!(table("Big").columns, ["id", "note", "feeling"]);
        // Without a key, pages do.
        for name in ["Big", "child"] {
            assert_eq!(table(name).parts.len() > 2, cut != Cut::Suitable, "{name} {cut:?}");
        }
        for name in ["kinds", "own_kinds", "Big", "child"] {
            assert_eq!(table(name).copy == CopyFormat::Binary, rows == RowFormat::Fast, "{name}");
        }
        assert_eq!(table("odd").copy, CopyFormat::Text);
        assert_eq!(table("empty").rows.count, 2);
        assert!(
            manifest.tables.iter().all(|table| !["passwd", "parted", "parted_high"].contains(&table.name.as_str()))
        );
        assert_eq!(manifest.left_out, ["the rows of the foreign table public.passwd, which are on another server"]);
        assert_eq!(manifest.large_objects.count, 5);
        let alone = manifest.sequences.iter().find(|sequence| sequence.name == "alone").unwrap();
        assert_eq!((alone.last, alone.called), (110, true));
        let by_key = table("Big").parts.iter().any(|part| matches!(part.range, Some(Range::Key { .. })));
        assert_eq!(by_key, matches!(cut, Cut::Key { .. }));
        let toc = Toc::read(&std::fs::read(archive.join("toc.dat")).unwrap()).unwrap();
        assert_eq!(toc.header.version, Version::V1_14);

        for binaries in clients().into_iter().filter(|binaries| binaries.major < 17) {
            for jobs in [1, 3] {
                let target = restored(&binaries, server(), &archive, jobs);
                let what = format!("{rows:?} {cut:?} by {} -j{jobs}", binaries.version);
                same(&dumped(&installed(), server(), &target), &expected, &what);
            }
        }
    }
}

#[tokio::test]
async fn of_every_server_the_backup_is_whole() {
    for major in [13, 14, 16, 17, 18] {
        let server = server_of(major);
        let source = zoo(server);
        let folder = tempfile::tempdir().unwrap();
        let taken = taken(&source.target(), folder.path(), |order| {
            order.cut = Cut::Pages { bytes: 16384 };
            order.compress = Some(Codec::Gzip(1));
        })
        .await
        .unwrap();
        let (_, archive) = read(folder.path(), &taken);
        for binaries in
            clients().into_iter().filter(|binaries| binaries.major >= major && (binaries.major < 17 || major >= 17))
        {
            for jobs in [1, 3] {
                let target = restored(&binaries, server, &archive, jobs);
                let what = format!("{major} by {} -j{jobs}", binaries.version);
                same(&dumped(&binaries, server, &target), &dumped(&binaries, server, &source), &what);
            }
        }
    }
}
