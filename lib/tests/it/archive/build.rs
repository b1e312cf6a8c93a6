//! An archive of ours, made as a backup will make it: the schema from pg_dump, the rows by COPY.

use std::path::Path;

use mainstay::archive::codec::{Codec, Encoder};
use mainstay::archive::compose::{About, Composer, ConfigTable, LINE_END, LargeObject, LargeObjectList};
use mainstay::archive::digest::CopyFormat;
use mainstay::archive::toc::{Toc, Version};
use mainstay::tokio_postgres::Client;
use mainstay::tool::Binaries;
use mainstay_testing::{TestDatabase, TestServer};

use super::{client, copied, run};

/// How an archive is made.
pub(super) struct Order {
    pub(super) version: Version,
    pub(super) codec: Codec,
    /// Parts of the table `big`.
    pub(super) parts: usize,
    /// Whether the table `child` is in binary.
    pub(super) binary: bool,
}

/// A table of contents, and what its files are made of.
pub(super) struct Composed {
    pub(super) toc: Toc,
    /// The name of each file of rows, and the COPY whose stream it is.
    rows: Vec<(String, String, CopyFormat)>,
    lists: Vec<LargeObjectList>,
}

/// The zoo's rows beside its schema.
pub(super) fn compose(database: &TestDatabase, schema: Toc, order: &Order) -> Composed {
    let number = |sql: &str| database.psql(sql).parse::<u32>().unwrap();
    let oid = |name: &str| number(&format!("SELECT '{name}'::regclass::oid"));
    let mut composer = Composer::new(schema, order.version, order.codec).unwrap();
    let mut rows = Vec::new();

    let big = composer.table(oid("\"S t\".big"), &["id", "note"], CopyFormat::Text, order.parts).unwrap();
    for (part, load) in big.iter().enumerate() {
        let parts = order.parts;
        let select = format!("SELECT id, note FROM \"S t\".big WHERE (id - 1) * {parts} / 6000 = {part}");
        rows.push((load.file.clone(), format!("({select})"), CopyFormat::Text));
    }
    let format = if order.binary { CopyFormat::Binary } else { CopyFormat::Text };
    let columns = [
        ("child", &["big", "amount", "at", "raw"][..], format),
        ("empty", &[], CopyFormat::Text),
        ("parted_low", &["n"], CopyFormat::Text),
        ("parted_high", &["n"], CopyFormat::Text),
    ];
    for (name, columns, format) in columns {
        let load = composer.table(oid(name), columns, format, 1).unwrap().remove(0);
        rows.push((load.file, name.to_owned(), format));
    }
    let conf = ConfigTable { oid: oid("conf"), schema: "public", name: "conf", owner: "postgres", after: &[] };
    let load = composer.config_table(&conf, &["k", "v"], CopyFormat::Text);
    rows.push((load.file, "conf".to_owned(), CopyFormat::Text));

    for (name, last, called) in [("alone", 102, true), ("unused", 1, false), ("\"S t\".big_id_seq", 6000, true)] {
        composer.sequence(oid(name), last, called).unwrap();
    }
    composer.config_sequence("public", "conf_numbers", "postgres", 7, true);
    let counted = oid("counted");
    composer.filling(counted, &[]).unwrap();
    composer.filling(oid("counted_again"), &[counted]).unwrap();
    let lists = composer.large_objects(&large_objects());
    Composed { toc: composer.finish(), rows, lists }
}

fn large_objects() -> Vec<LargeObject> {
    let object = |oid: u32, owner: &str, about: Vec<About>| LargeObject { oid, owner: owner.to_owned(), about };
    let comment = "COMMENT ON LARGE OBJECT 17000 IS 'small';\n";
    let grant = "GRANT SELECT ON LARGE OBJECT 17002 TO archive_reader;\n";
    vec![
        object(17000, "postgres", vec![About::Comment(comment.into())]),
        object(17001, "postgres", Vec::new()),
        object(17002, "archive_other", vec![About::Privileges(grant.into())]),
    ]
}

/// Writes the zoo's archive into the new folder `folder`, with the schema from the pg_dump of `binaries`.
pub(super) async fn build(
    server: &TestServer,
    database: &TestDatabase,
    binaries: &Binaries,
    order: &Order,
    folder: &Path,
) {
    let schema = folder.with_extension("schema");
    run(binaries, "pg_dump", server, &["-Fd", "-s", "-d", database.name(), "-f"], &schema).unwrap();
    let schema = Toc::read(&std::fs::read(schema.join("toc.dat")).unwrap()).unwrap();
    let composed = compose(database, schema, order);
    std::fs::create_dir(folder).unwrap();
    std::fs::write(folder.join("toc.dat"), composed.toc.to_bytes()).unwrap();

    let client = client(server, database).await;
    let file = |name: &str| folder.join(format!("{name}{}", order.codec.suffix()));
    for (name, what, format) in &composed.rows {
        std::fs::write(file(name), table_file(&client, what, *format, order.codec).await).unwrap();
    }
    for list in &composed.lists {
        std::fs::write(folder.join(&list.file), &list.text).unwrap();
        for (oid, name) in &list.objects {
            let row = client.query_one("SELECT lo_get($1)", &[oid]).await.unwrap();
            std::fs::write(file(name), compressed(&[row.get(0)], order.codec)).unwrap();
        }
    }
}

/// The bytes of a file of rows: several frames, as parts that were copied apart would give.
async fn table_file(client: &Client, what: &str, format: CopyFormat, codec: Codec) -> Vec<u8> {
    let options = if format == CopyFormat::Binary { " WITH (FORMAT binary)" } else { "" };
    let mut messages = copied(client, &format!("COPY {what} TO STDOUT{options}")).await;
    if format == CopyFormat::Text {
        messages.push(LINE_END.to_vec());
    }
    compressed(&messages, codec)
}

/// The pieces compressed, a frame for every hundred.
fn compressed(pieces: &[Vec<u8>], codec: Codec) -> Vec<u8> {
    let mut made = Vec::new();
    let mut encoder = Encoder::new(codec);
    let mut sink = |piece: &[u8]| {
        made.extend(piece);
        Ok(())
    };
    for some in pieces.chunks(100) {
        some.iter().try_for_each(|piece| encoder.push(piece, &mut sink)).unwrap();
        encoder.end_frame(&mut sink).unwrap();
    }
    encoder.finish(&mut sink).unwrap();
    made
}
