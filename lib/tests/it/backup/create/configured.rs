//! What extensions have made, and users have moved on.

use mainstay::archive::toc::Toc;
use mainstay_testing::server;

use super::{read, taken};

#[tokio::test]
async fn positions_of_an_extensions_sequences_are_kept_where_they_are_the_users() {
    let database = server().database();
    database.psql(
        "CREATE EXTENSION hstore;
         CREATE SEQUENCE numbers; SELECT setval('numbers', 41); CREATE SEQUENCE its_own;
         ALTER EXTENSION hstore ADD SEQUENCE numbers; ALTER EXTENSION hstore ADD SEQUENCE its_own;
         UPDATE pg_extension SET extconfig = ARRAY['numbers'::regclass::oid], extcondition = ARRAY[''] WHERE extname = 'hstore'",
    );
    let folder = tempfile::tempdir().unwrap();
    let taken = taken(&database.target(), folder.path(), |_| ()).await.unwrap();
    let (manifest, archive) = read(folder.path(), &taken);
    let kept: Vec<_> = manifest.sequences.iter().map(|one| (one.name.as_str(), one.last, one.called)).collect();
    assert_eq!(kept, [("numbers", 41, true)]);
    let toc = Toc::read(&std::fs::read(archive.join("toc.dat")).unwrap()).unwrap();
    let set: Vec<_> = toc.entries.iter().filter(|entry| entry.kind == "SEQUENCE SET").collect();
    assert_eq!(set.len(), 1);
    let said = "SELECT pg_catalog.setval('public.numbers', 41, true);\n";
    assert_eq!(set[0].definition.as_deref(), Some(said.as_bytes()));
}
