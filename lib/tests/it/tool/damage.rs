//! A damaged dump never passes for a good one.

use mainstay::ErrorKind;
use mainstay::tool::verify_custom;
use mainstay_testing::server;

use super::dump::{clients, dump};

#[tokio::test]
async fn every_kind_of_damage_is_seen() {
    let database = server().database();
    database.psql("CREATE TABLE a AS SELECT md5(n::text) AS text FROM generate_series(1, 20000) AS n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.dump");
    dump(&server().target("postgres", database.name()), &file).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let cases = [
        ("empty", Vec::new()),
        ("another format", b"SELECT 1;\n".to_vec()),
        ("cut in the header", whole[..20].to_vec()),
        ("cut in the middle", whole[..whole.len() / 2].to_vec()),
        ("without its last byte", whole[..whole.len() - 1].to_vec()),
        ("a bit in the middle", flipped(whole.len() / 2)),
        ("a bit in the magic", flipped(0)),
    ];
    for (what, bytes) in cases {
        std::fs::write(&file, bytes).unwrap();
        let error = verify_custom(&clients(), &file).await.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Verification, "{what}: {error:?}");
        assert!(error.causes().concat().contains("pg_restore"), "{what}: {error:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_missing_is_named() {
    let error = verify_custom(&clients(), "/nonexistent/a.dump".as_ref()).await.unwrap_err();
    assert_eq!(error.message(), "cannot read /nonexistent/a.dump");
}
