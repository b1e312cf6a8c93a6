//! Digests of what a server's COPY sends.

use mainstay::archive::digest::{CopyFormat, RowReader, Rows, Seed};
use mainstay_testing::server;

use super::{client, copied, zoo};

fn digest<'a>(format: CopyFormat, pieces: impl IntoIterator<Item = &'a [u8]>) -> Rows {
    let mut reader = RowReader::new(format, Seed(11));
    pieces.into_iter().for_each(|piece| reader.push(piece).unwrap());
    reader.finish().unwrap()
}

#[tokio::test]
async fn a_table_has_one_digest_however_it_is_copied() {
    let database = zoo(server());
    let client = client(server(), &database).await;
    for (format, options) in [(CopyFormat::Text, ""), (CopyFormat::Binary, " WITH (FORMAT binary)")] {
        let copy = |what: &str| format!("COPY {what} TO STDOUT{options}");
        let rows = |messages: &[Vec<u8>]| digest(format, messages.iter().map(Vec::as_slice));
        let messages = copied(&client, &copy("\"S t\".big")).await;
        let whole = rows(&messages);
        assert_eq!(whole.count, 6000);

        let stream = messages.concat();
        for size in [1, 13, 4096, stream.len()] {
            assert_eq!(digest(format, stream.chunks(size)), whole, "{format:?} {size}");
        }
        let backwards = copied(&client, &copy("(SELECT id, note FROM \"S t\".big ORDER BY id DESC)")).await;
        assert_ne!(backwards, messages);
        assert_eq!(rows(&backwards), whole, "{format:?}");
        let mut parts = Rows::default();
        for (from, to) in [(1, 17), (18, 4000), (4001, 6000)] {
            let select = format!("(SELECT id, note FROM \"S t\".big WHERE id BETWEEN {from} AND {to})");
            parts += rows(&copied(&client, &copy(&select)).await);
        }
        assert_eq!(parts, whole, "{format:?}");

        let one_less = copied(&client, &copy("(SELECT id, note FROM \"S t\".big WHERE id <> 5)")).await;
        assert_ne!(rows(&one_less), whole, "{format:?}");
        let changed = "(SELECT id, CASE id WHEN 9 THEN 'x' ELSE note END FROM \"S t\".big)";
        assert_ne!(rows(&copied(&client, &copy(changed)).await), whole, "{format:?}");
        assert_eq!(rows(&copied(&client, &copy("empty")).await), Rows::default(), "{format:?}");
    }
}
