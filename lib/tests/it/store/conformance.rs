//! What every store does.

use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::store::{Object, Store};

use super::{list, names, noise, read, write};

/// A store with nothing in it, for one test.
pub struct Empty {
    pub store: Arc<dyn Store>,
    /// What has to live as long.
    pub _home: Box<dyn std::any::Any>,
}

/// Makes the suite's tests for one store; `$empty` makes an [`Empty`].
macro_rules! conformance {
    ($name:ident, $empty:expr) => {
        mod $name {
            use super::*;

            conformance!(@test $empty,
                what_was_written_is_read,
                there_is_nothing_at_first,
                pieces_of_any_size_make_one_object,
                an_object_is_not_seen_before_it_is_finished,
                a_dropped_sink_leaves_nothing,
                a_dropped_sink_leaves_the_old_one,
                the_new_one_takes_the_place_of_the_old,
                a_reader_of_the_old_one_reads_it_whole,
                a_name_is_created_once,
                of_many_creators_one_succeeds,
                what_is_removed_is_gone,
                lists_are_sorted_and_go_by_the_prefix,
                a_long_list_is_whole,
                names_may_be_odd,
                names_lead_nowhere_else,
                many_are_written_at_once,
            );
        }
    };
    (@test $empty:expr, $($case:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                let empty: $crate::store::conformance::Empty = $empty.await;
                $crate::store::conformance::$case(Arc::clone(&empty.store)).await;
            }
        )*
    };
}
pub(super) use conformance;

type Any = Arc<dyn Store>;

pub async fn what_was_written_is_read(store: Any) {
    for (name, bytes) in [("a/some", noise(1000, 1)), ("a/none", Vec::new()), ("one", vec![7])] {
        write(&*store, name, &bytes, &[300]).await.unwrap();
        assert!(read(&*store, name).await.unwrap() == bytes, "{name}");
    }
    let expected = [("a/none", 0), ("a/some", 1000), ("one", 1)].map(|(name, bytes)| (name.to_owned(), bytes));
    assert_eq!(list(&*store, "").await, expected);
}

pub async fn there_is_nothing_at_first(store: Any) {
    assert_eq!(store.list("").await.unwrap(), []);
    assert_eq!(store.list("some/where").await.unwrap(), []);
    for name in ["none", "a/none", "a/b/none"] {
        let error = store.read(name).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
        assert!(error.message().contains(name) && error.message().contains(&store.describe()), "{error:?}");
    }
}

pub async fn pieces_of_any_size_make_one_object(store: Any) {
    // Two parts of S3 and the beginning of a third; and exactly two.
    for (size, sizes) in [
        (17_456_789, &[1, 65_536, 3, 7_000_000, 131_072, 1_048_575][..]),
        (17_000_000, &[30_000_000]),
        (16_777_216, &[8_388_608]),
        (2_000_000, &[1_048_576]),
    ] {
        let bytes = noise(size, 2);
        write(&*store, "big", &bytes, sizes).await.unwrap();
        assert!(read(&*store, "big").await.unwrap() == bytes, "{sizes:?}");
    }
    let mut sink = store.write("empty pieces").await.unwrap();
    for piece in [&b""[..], b"a", b"", b"bc", b""] {
        sink.write(piece).await.unwrap();
    }
    sink.finish().await.unwrap();
    assert_eq!(read(&*store, "empty pieces").await.unwrap(), b"abc");
}

pub async fn an_object_is_not_seen_before_it_is_finished(store: Any) {
    for (name, size) in [("a/small", 10), ("a/big", 9_000_000)] {
        let mut sink = store.write(name).await.unwrap();
        assert!(!names(&*store).await.contains(&name.to_owned()));
        sink.write(&noise(size, 3)).await.unwrap();
        assert!(!names(&*store).await.contains(&name.to_owned()));
        assert_eq!(store.read(name).await.err().unwrap().kind(), ErrorKind::NotFound);
        sink.finish().await.unwrap();
        assert!(names(&*store).await.contains(&name.to_owned()));
    }
}

pub async fn a_dropped_sink_leaves_nothing(store: Any) {
    for size in [0, 10, 9_000_000] {
        let mut sink = store.write("a/dropped").await.unwrap();
        sink.write(&noise(size, 4)).await.unwrap();
        drop(sink);
        assert_eq!(store.list("").await.unwrap(), []);
        assert_eq!(store.read("a/dropped").await.err().unwrap().kind(), ErrorKind::NotFound);
    }
}

pub async fn a_dropped_sink_leaves_the_old_one(store: Any) {
    write(&*store, "a/kept", b"old", &[3]).await.unwrap();
    let mut sink = store.write("a/kept").await.unwrap();
    sink.write(b"new and longer").await.unwrap();
    drop(sink);
    assert_eq!(read(&*store, "a/kept").await.unwrap(), b"old");
}

pub async fn the_new_one_takes_the_place_of_the_old(store: Any) {
    for size in [5000, 3, 12_000_000, 0] {
        let bytes = noise(size, 5);
        write(&*store, "a/same", &bytes, &[4_000_000]).await.unwrap();
        assert!(read(&*store, "a/same").await.unwrap() == bytes);
        assert_eq!(list(&*store, "").await, [("a/same".to_owned(), size as u64)]);
    }
}

pub async fn a_reader_of_the_old_one_reads_it_whole(store: Any) {
    let old = noise(9_000_000, 6);
    write(&*store, "a", &old, &[1_000_000]).await.unwrap();
    let mut source = store.read("a").await.unwrap();
    let mut got = source.next().await.unwrap().unwrap();
    write(&*store, "a", &noise(9_000_000, 7), &[1_000_000]).await.unwrap();
    // Whole, or an error: never some of each.
    loop {
        match source.next().await {
            Ok(Some(piece)) => got.extend(piece),
            Ok(None) => break assert!(got == old),
            Err(_) => break,
        }
    }
}

pub async fn a_name_is_created_once(store: Any) {
    store.create("a/manifest.json", b"first").await.unwrap();
    let error = store.create("a/manifest.json", b"second").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(error.message().contains("a/manifest.json"), "{error:?}");
    assert_eq!(read(&*store, "a/manifest.json").await.unwrap(), b"first");
    write(&*store, "b", b"written", &[7]).await.unwrap();
    assert_eq!(store.create("b", b"created").await.unwrap_err().kind(), ErrorKind::Refused);
    store.remove("b").await.unwrap();
    store.create("b", b"").await.unwrap();
    assert_eq!(list(&*store, "").await, [("a/manifest.json".to_owned(), 5), ("b".to_owned(), 0)]);
}

pub async fn of_many_creators_one_succeeds(store: Any) {
    for round in 0..5 {
        let name = format!("round {round}/lock");
        let one = |number: u8| {
            let (store, name) = (Arc::clone(&store), name.clone());
            tokio::spawn(async move { store.create(&name, &[number; 100]).await.map(|()| number) })
        };
        let mut winners = Vec::new();
        for task in (0..8).map(one).collect::<Vec<_>>() {
            match task.await.unwrap() {
                Ok(number) => winners.push(number),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(read(&*store, &name).await.unwrap(), [winners[0]; 100]);
    }
    assert_eq!(names(&*store).await.len(), 5);
}

pub async fn what_is_removed_is_gone(store: Any) {
    for name in ["a/b/one", "a/b/two", "a/three"] {
        write(&*store, name, b"x", &[1]).await.unwrap();
    }
    store.remove("a/b/one").await.unwrap();
    store.remove("a/b/one").await.unwrap();
    store.remove("never/there").await.unwrap();
    assert_eq!(names(&*store).await, ["a/b/two", "a/three"]);
    store.remove("a/b/two").await.unwrap();
    store.remove("a/three").await.unwrap();
    assert_eq!(store.list("").await.unwrap(), []);
    write(&*store, "a/b/one", b"again", &[5]).await.unwrap();
    assert_eq!(read(&*store, "a/b/one").await.unwrap(), b"again");
}

pub async fn lists_are_sorted_and_go_by_the_prefix(store: Any) {
    let all = ["2026/a", "2026/b.gz", "2026-2/a", "2026.old/a", "2027/x/y", "Z", "z"];
    for name in all.iter().rev() {
        write(&*store, name, name.as_bytes(), &[9]).await.unwrap();
    }
    let check = async |under: &str, mut expected: Vec<&str>| {
        expected.sort_unstable();
        let expected: Vec<(String, u64)> =
            expected.into_iter().map(|name| (name.to_owned(), name.len() as u64)).collect();
        assert_eq!(list(&*store, under).await, expected, "{under:?}");
    };
    check("", all.to_vec()).await;
    check("2026", vec!["2026/a", "2026/b.gz", "2026-2/a", "2026.old/a"]).await;
    check("2026/", vec!["2026/a", "2026/b.gz"]).await;
    check("2026/b", vec!["2026/b.gz"]).await;
    check("2026/b.gz", vec!["2026/b.gz"]).await;
    check("2027/x", vec!["2027/x/y"]).await;
    check("2027/x/y/", vec![]).await;
    check("6/", vec![]).await;
    check("/", vec![]).await;
    check("../", vec![]).await;
    check("z", vec!["z"]).await;
}

pub async fn a_long_list_is_whole(store: Any) {
    // S3 lists a thousand at once.
    let expected: Vec<Object> = (0..1100).map(|n| Object { name: format!("many/{n:04}"), bytes: 2 }).collect();
    for some in expected.chunks(50) {
        let one = |object: &Object| {
            let (store, name) = (Arc::clone(&store), object.name.clone());
            tokio::spawn(async move { write(&*store, &name, b"12", &[2]).await })
        };
        for task in some.iter().map(one).collect::<Vec<_>>() {
            task.await.unwrap().unwrap();
        }
    }
    assert_eq!(store.list("many/").await.unwrap(), expected);
}

pub async fn names_may_be_odd(store: Any) {
    let all = [
        "größe/ünïcode ☃.dat",
        "a b/c  d",
        "plus+and%20and&and?and#and=and;and,and@and:and~and^and$and!and*and(and)and[and]and{and}and|and'and\"and<and>",
        "-rf/--",
        "a..b/c.",
        "deep/1/2/3/4/5/6/7/8/9",
    ];
    for name in all {
        write(&*store, name, name.as_bytes(), &[5]).await.unwrap();
        assert_eq!(read(&*store, name).await.unwrap(), name.as_bytes(), "{name}");
        assert_eq!(list(&*store, name).await, [(name.to_owned(), name.len() as u64)]);
        store.create(&format!("{name}.made"), b"").await.unwrap();
        store.remove(&format!("{name}.made")).await.unwrap();
    }
    let mut sorted = all.map(str::to_owned);
    sorted.sort();
    assert_eq!(names(&*store).await, sorted);
    for name in all {
        store.remove(name).await.unwrap();
    }
    assert_eq!(store.list("").await.unwrap(), []);
}

pub async fn names_lead_nowhere_else(store: Any) {
    for name in
        ["", "/etc/passwd", "../outside", "a/../../outside", "a//b", "a/", ".hidden", "a/.b", "a\\b", "a\nb", "a\0b"]
    {
        let kinds = [
            store.read(name).await.err().map(|error| error.kind()),
            store.write(name).await.err().map(|error| error.kind()),
            store.create(name, b"x").await.err().map(|error| error.kind()),
            store.remove(name).await.err().map(|error| error.kind()),
        ];
        assert_eq!(kinds, [Some(ErrorKind::Usage); 4], "{name:?}");
    }
    assert_eq!(store.list("").await.unwrap(), []);
}

pub async fn many_are_written_at_once(store: Any) {
    let one = |number: u64| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let (name, bytes) = (format!("at once/{number}"), noise(1_500_000 + number as usize, number));
            write(&*store, &name, &bytes, &[100_000, 77]).await.unwrap();
            assert!(read(&*store, &name).await.unwrap() == bytes);
        })
    };
    for task in (0..12).map(one).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(names(&*store).await.len(), 12);
}
