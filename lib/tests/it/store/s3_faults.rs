//! An S3 server behind a line that breaks: what comes back is right, or an error; never a false success.

use mainstay::ErrorKind;
use mainstay::store::Store;
use mainstay_testing::{Fault, FaultyProxy, S3Server};

use super::s3::store;
use super::{list, noise, read, write};

/// A number that looks like chance and is the same for the same seed.
fn chance(seed: u64, number: usize) -> u64 {
    let mixed = (seed << 32 | number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
}

/// Of three requests one is broken, in one of the ways of a bad line.
fn bad_line(seed: u64, number: usize) -> Fault {
    match chance(seed, number) % 18 {
        0 => Fault::Status(500),
        1 => Fault::Status(503),
        2 => Fault::Drop,
        3 => Fault::Deaf,
        4 => Fault::Cut((chance(seed, number) % 500_000) as usize),
        5 => Fault::Slow(30),
        _ => Fault::None,
    }
}

#[tokio::test]
async fn a_bad_line_is_borne() {
    let server = S3Server::start();
    let direct = store(server.endpoint());
    let (mut broken, mut refused) = (0, 0);
    for seed in 0..8 {
        let proxy = FaultyProxy::start(server.address(), move |_, number| bad_line(seed, number));
        let store = store(proxy.endpoint());
        for (name, size) in [("small", 1000), ("middle", 300_000), ("large", 17_000_000)] {
            let name = format!("{seed}/{name}");
            let bytes = noise(size, seed + size as u64);
            match write(&store, &name, &bytes, &[777_777]).await {
                Ok(()) => assert!(read(&direct, &name).await.unwrap() == bytes, "{name}"),
                // The last answer of an upload went lost: that it is there cannot be told for sure.
                Err(_) => refused += 1,
            }
            if let Ok(got) = read(&store, &name).await {
                assert!(got == bytes, "{name}");
            }
        }
        store.create(&format!("{seed}/manifest"), b"mine").await.unwrap();
        assert_eq!(store.create(&format!("{seed}/manifest"), b"other").await.unwrap_err().kind(), ErrorKind::Refused);
        assert_eq!(list(&store, &format!("{seed}/manifest")).await, [(format!("{seed}/manifest"), 4)]);
        store.remove(&format!("{seed}/manifest")).await.unwrap();
        assert_eq!(list(&direct, &format!("{seed}/manifest")).await, []);
        broken += proxy.broken();
    }
    assert!(broken > 40, "only {broken} requests were broken");
    assert!(refused < 4, "{refused} of 24 objects could not be written");
}

#[tokio::test]
async fn a_body_that_is_cut_is_asked_for_again() {
    let server = S3Server::start();
    let bytes = noise(11_000_000, 1);
    write(&store(server.endpoint()), "a", &bytes, &[1_000_000]).await.unwrap();
    // Each answer ends after a part, be it what is asked for or what is left of it.
    let proxy = FaultyProxy::start(server.address(), |_, number| match number {
        0..=3 => Fault::Cut(2_000_001),
        _ => Fault::None,
    });
    assert!(read(&store(proxy.endpoint()), "a").await.unwrap() == bytes);
    assert_eq!(proxy.broken(), 4);
}

#[tokio::test]
async fn a_body_that_never_comes_whole_is_an_error() {
    let server = S3Server::start();
    write(&store(server.endpoint()), "a", &noise(100_000, 1), &[1_000_000]).await.unwrap();
    let proxy = FaultyProxy::start(server.address(), |_, number| match number {
        0 => Fault::Cut(60_000),
        _ => Fault::Cut(0),
    });
    let store = store(proxy.endpoint());
    let mut source = store.read("a").await.unwrap();
    let mut got = 0;
    let error = loop {
        match source.next().await {
            Ok(Some(piece)) => got += piece.len(),
            Ok(None) => panic!("the end came after {got} bytes"),
            Err(error) => break error,
        }
    };
    assert_eq!(got, 60_000);
    assert!(error.message().contains("60000 of 100000"), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_went_lost_makes_no_second_winner() {
    let server = S3Server::start();
    let first = FaultyProxy::start(server.address(), |request, number| match number {
        0 if request.method == "PUT" => Fault::Deaf,
        _ => Fault::None,
    });
    // The server has made it, nobody heard of it, and trying again finds it there.
    store(first.endpoint()).create("a", b"first").await.unwrap();
    assert_eq!(first.broken(), 1);
    let second = FaultyProxy::start(server.address(), |_, number| match number {
        0 => Fault::Drop,
        _ => Fault::None,
    });
    let error = store(second.endpoint()).create("a", b"second").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(read(&store(server.endpoint()), "a").await.unwrap(), b"first");
}

#[tokio::test]
async fn a_server_that_dies_meanwhile_is_no_success() {
    let mut server = S3Server::start();
    let store = store(server.endpoint());
    let mut sink = store.write("a").await.unwrap();
    sink.write(&noise(20_000_000, 1)).await.unwrap();
    server.stop();
    let given_up = tokio::time::timeout(std::time::Duration::from_secs(3), sink.finish()).await;
    assert!(given_up.is_err() || given_up.unwrap().is_err());
    assert!(!server.folder().join("backups/a prefix/of mine/a").exists());
}
