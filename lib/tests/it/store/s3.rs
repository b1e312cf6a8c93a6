//! What S3 does, on a real server: the suite, and refusals in words.

use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::backup::{plan_prune, remove};
use mainstay::config::Keep;
use mainstay::conn::Secret;
use mainstay::store::{Access, S3Store, Store, open};
use mainstay_testing::{Fault, FaultyProxy, S3_KEY_ID, S3_SECRET, S3Server};

use super::conformance::{Empty, conformance};
use super::{list, names, noise, write};

pub(super) fn access(endpoint: String) -> Access {
    Access {
        key_id: Some(S3_KEY_ID.to_owned()),
        secret: Some(Secret::new(S3_SECRET)),
        endpoint: Some(endpoint),
        ..Access::default()
    }
}

pub(super) fn store(endpoint: String) -> S3Store {
    S3Store::new("backups", "a prefix/of mine", &access(endpoint)).unwrap()
}

async fn empty() -> Empty {
    let server = S3Server::start();
    Empty { store: Arc::new(store(server.endpoint())), _home: Box::new(server) }
}

conformance!(conforms, empty());

#[tokio::test]
async fn prefixes_keep_stores_apart() {
    let server = S3Server::start();
    let at = |prefix: &str| S3Store::new("backups", prefix, &access(server.endpoint())).unwrap();
    let (all, one, longer) = (at(""), at("one"), at("/one more/"));
    for store in [&all, &one, &longer] {
        write(store, "x/y", b"1", &[1]).await.unwrap();
    }
    assert_eq!(names(&one).await, ["x/y"]);
    assert_eq!(names(&longer).await, ["x/y"]);
    assert_eq!(names(&all).await, ["one more/x/y", "one/x/y", "x/y"]);
    assert_eq!(one.describe(), "s3://backups/one");
    assert_eq!((longer.describe(), all.describe()), ("s3://backups/one more".into(), "s3://backups".into()));
    let opened = open("s3://backups/one", std::path::Path::new("/"), &access(server.endpoint())).unwrap();
    assert_eq!(list(&*opened, "x").await, [("x/y".to_owned(), 1)]);
}

#[tokio::test]
async fn an_upload_that_is_dropped_is_given_up() {
    let server = S3Server::start();
    let store = store(server.endpoint());
    let mut sink = store.write("a").await.unwrap();
    sink.write(&noise(30_000_000, 1)).await.unwrap();
    assert!(!server.unfinished().is_empty(), "parts are on the server");
    drop(sink);
    assert_eq!(server.unfinished(), [""; 0]);
    write(&store, "a", &noise(30_000_000, 1), &[1_000_000]).await.unwrap();
    assert_eq!(server.unfinished(), [""; 0]);
}

/// What is left of a writer that was killed is on no list, and is given up by its name all the same.
#[tokio::test]
async fn an_upload_that_was_killed_is_known_and_given_up() {
    let server = S3Server::start();
    let store = store(server.endpoint());
    let begin = async |name: &str| {
        let mut sink = store.write(name).await.unwrap();
        sink.write(&noise(30_000_000, 1)).await.unwrap();
        sink
    };
    // Nobody hears of its end.
    std::mem::forget(begin("x/one.dat").await);
    let going = begin("x/two.dat").await;
    assert_eq!(store.uploads().await.unwrap(), ["x/one.dat", "x/two.dat"]);
    assert_eq!(names(&store).await, [""; 0], "nothing of them is an object");
    going.finish().await.unwrap();
    assert_eq!(
        (store.uploads().await.unwrap(), names(&store).await),
        (vec!["x/one.dat".into()], vec!["x/two.dat".into()])
    );
    assert!(!server.unfinished().is_empty());
    store.give_up("x/one.dat").await.unwrap();
    assert_eq!((store.uploads().await.unwrap(), server.unfinished()), (Vec::<String>::new(), Vec::<String>::new()));
    // Twice is as good as once.
    store.give_up("x/one.dat").await.unwrap();

    drop(begin("x/three.dat").await);
    assert_eq!((store.uploads().await.unwrap().len(), server.unfinished().len()), (0, 0));
}

/// `prune` gives up the uploads of backups that were begun a day ago, and of no younger one.
#[tokio::test]
async fn uploads_of_backups_that_nobody_finishes_are_pruned() {
    let server = S3Server::start();
    let store = store(server.endpoint());
    for id in ["20261120T023000Z-p7aa", "20261121T023000Z-p7aa"] {
        let mut sink = store.write(&format!("{id}/1.dat")).await.unwrap();
        sink.write(&noise(30_000_000, 1)).await.unwrap();
        std::mem::forget(sink);
    }
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let plan = plan_prune(&store, Keep::default(), now).await.unwrap();
    assert_eq!(plan.uploads, ["20261120T023000Z-p7aa/1.dat"]);
    remove(&store, &plan).await.unwrap();
    assert_eq!(store.uploads().await.unwrap(), ["20261121T023000Z-p7aa/1.dat"]);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let server = S3Server::start();
    let endpoint = server.endpoint();
    let right = access(endpoint.clone());
    let check = async |bucket: &str, access: &Access, kind: ErrorKind, message: &str, hint: &str| {
        let store = S3Store::new(bucket, "p", access).unwrap();
        let started = std::time::Instant::now();
        let errors = [
            store.create("a", b"x").await.unwrap_err(),
            write(&store, "b", b"x", &[1]).await.unwrap_err(),
            write(&store, "c", &noise(9_000_000, 1), &[1_000_000]).await.unwrap_err(),
            store.read("a").await.err().unwrap(),
        ];
        for error in errors {
            assert_eq!(error.kind(), kind, "{error:?}");
            assert!(error.message().contains(message), "{error:?}");
            assert!(error.hints().iter().any(|said| said.contains(hint)), "{error:?}");
            assert!(!format!("{error:?}").contains(S3_SECRET));
        }
        assert!(started.elapsed().as_secs() < 20, "{message}: {:?}", started.elapsed());
    };
    let wrong = Access { secret: Some(Secret::new("not it")), ..right.clone() };
    check("backups", &wrong, ErrorKind::Authentication, "secret key", "AWS_SECRET_ACCESS_KEY").await;
    let unknown = Access { key_id: Some("SOMEBODY".into()), ..right.clone() };
    check("backups", &unknown, ErrorKind::Authentication, "access key", "AWS_ACCESS_KEY_ID").await;
    let nobody = Access { endpoint: Some("http://127.0.0.1:1".into()), ..right.clone() };
    check("backups", &nobody, ErrorKind::Unreachable, "http://127.0.0.1:1", "AWS_ENDPOINT_URL").await;
    let nameless = Access { endpoint: Some("https://s3.invalid".into()), ..right };
    check("backups", &nameless, ErrorKind::Unreachable, "https://s3.invalid", "AWS_ENDPOINT_URL").await;
}

#[tokio::test]
async fn every_word_of_refusal() {
    let server = S3Server::start();
    for (status, code, kind, hint) in [
        (404, "NoSuchBucket", ErrorKind::Config, "aws s3 mb s3://backups"),
        (403, "AccessDenied", ErrorKind::Authentication, "allow it to list backups"),
        (403, "ExpiredToken", ErrorKind::Authentication, "AWS_SESSION_TOKEN"),
        (403, "RequestTimeTooSkewed", ErrorKind::Authentication, "set the clock"),
        (301, "PermanentRedirect", ErrorKind::Config, "AWS_REGION"),
        (400, "AuthorizationHeaderMalformed", ErrorKind::Config, "AWS_REGION"),
        (500, "InternalError", ErrorKind::Io, "try again later"),
    ] {
        let proxy = FaultyProxy::start(server.address(), move |_, _| Fault::Refuse(status, code));
        let store = store(proxy.endpoint());
        let errors = [
            store.create("a", b"x").await.unwrap_err(),
            write(&store, "b", b"x", &[1]).await.unwrap_err(),
            store.read("a").await.err().unwrap(),
            store.list("").await.unwrap_err(),
            store.remove("a").await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), kind, "{error:?}");
            assert!(error.hints().iter().any(|said| said.contains(hint)), "{code}: {error:?}");
        }
    }
}

#[test]
fn settings_that_cannot_be() {
    let right = access("http://127.0.0.1:1".into());
    let check = |bucket: &str, prefix: &str, access: &Access, said: &str| {
        let error = S3Store::new(bucket, prefix, access).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(format!("{error:?}").contains(said), "{error:?}");
    };
    check("", "p", &right, "BUCKET");
    check("a bucket", "p", &right, "no name of a bucket");
    check("b", "a/../b", &right, "begins with a dot");
    check("b", "p", &Access { key_id: None, ..right.clone() }, "AWS_ACCESS_KEY_ID");
    check("b", "p", &Access { secret: None, ..right.clone() }, "AWS_SECRET_ACCESS_KEY");
    check("b", "p", &Access { endpoint: Some("localhost:9000".into()), ..right }, "https://");
}

#[test]
fn variables_as_other_programs_have_them() {
    let from = |pairs: &'static [(&'static str, &'static str)]| {
        Access::from_variables(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_owned()))
    };
    let access = from(&[
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_REGION", ""),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "http://all"),
        ("AWS_ENDPOINT_URL_S3", "http://s3"),
    ]);
    assert_eq!(access.key_id.as_deref(), Some("id"));
    assert_eq!(access.secret.as_ref().map(Secret::expose), Some("secret"));
    assert!(access.token.is_none());
    assert_eq!((access.region.as_deref(), access.endpoint.as_deref()), (Some("eu-central-1"), Some("http://s3")));
    assert_eq!(from(&[("AWS_ENDPOINT_URL", "http://all")]).endpoint.as_deref(), Some("http://all"));
}
