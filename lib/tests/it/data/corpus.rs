//! Every type of PostgreSQL, to SQLite and back: the digests are equal, or the value is refused by its name.

use mainstay::ErrorKind;
use mainstay_testing::{TestServer, server, server_of};

use super::lab::{Lab, ask};

/// What the types need.
const TYPES: &str = "
CREATE TYPE mood AS ENUM ('sad', 'happy, \"very\"');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS numeric(8,3) CHECK (VALUE > 0);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE EXTENSION hstore; CREATE EXTENSION citext;";

/// A type, values of it, and the type that a column of SQLite's has for it.
const CORPUS: &[(&str, &[&str], &str)] = &[
    ("boolean", &["true", "false"], "boolean"),
    ("smallint", &["-32768", "32767"], "smallint"),
    ("integer", &["-2147483648", "0"], "integer"),
    ("bigint", &["-9223372036854775808", "9223372036854775807"], "bigint"),
    ("oid", &["4294967295"], "integer"),
    ("real", &["0.1", "3e10", "16777216", "3.4028235e38", "1e-45", "'-Infinity'"], "real"),
    (
        "double precision",
        &["0.1", "1.7976931348623157e308", "5e-324", "'Infinity'", "-0.0", "1e15", "123456789012345680"],
        "double precision",
    ),
    ("double precision", &["'NaN'", "0.30000000000000004"], "text"),
    ("numeric", &["12.50", "'NaN'", "1e40", "0.1234567890123456789012345678901234567890", "-0.00"], "text"),
    ("numeric(12,4)", &["12345678.1234", "-0.0001", "7"], "decimal(12,4)"),
    ("numeric", &["'Infinity'", "'-Infinity'"], ""),
    ("positive", &["0.125"], "numeric(8,3)"),
    ("money", &["'-1234567.89'"], "text"),
    (
        "text",
        &[
            "''",
            "E'tab\\there\\nand \\\\ back \"quote\" ''single'''",
            "E'\\\\N'",
            "'äöü 🐘'",
            "'007'",
            "E'\\u0001\\u007f'",
        ],
        "text",
    ),
    ("character varying(5)", &["'abc  '"], "varchar(5)"),
    ("character(5)", &["'abc'"], "char(5)"),
    ("name", &["'n'"], "text"),
    ("\"char\"", &["'c'"], "text"),
    ("citext", &["'CaSe'"], "text"),
    ("bytea", &["'\\x00ff0a5c'", "''"], "blob"),
    ("date", &["'2024-02-29'", "'infinity'", "'-infinity'", "'0044-03-15 BC'", "'5874897-12-31'"], "date"),
    ("time", &["'23:59:59.999999'", "'24:00:00'"], "time"),
    ("time with time zone", &["'12:00:00.5+05:30'"], "text"),
    ("timestamp", &["'2024-02-29 12:34:56.789012'", "'infinity'", "'4713-01-01 00:00:00 BC'"], "timestamp"),
    (
        "timestamp with time zone",
        &[
            "'2024-02-29 12:34:56.789012+05:30'",
            "'-infinity'",
            "'0044-03-15 00:00:00+00 BC'",
            "'294276-12-31 23:59:59.999999+00'",
        ],
        "timestamptz",
    ),
    ("timestamp with time zone", &["'2024-02-29 23:59:59.5-08'"], "datetime"),
    ("interval", &["'1 year -2 mons +3 days -04:05:06.789'", "'0'", "'-178000000 years'"], "text"),
    ("uuid", &["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"], "uuid"),
    ("json", &["'{\"b\":1, \"a\" : [1.50, null], \"b\": 2}'"], "json"),
    ("jsonb", &["'{\"b\":1,\"a\":[1.50,null,\"ä\\n\"]}'", "'12345678901234567890.123'"], "text"),
    ("mood", &["'sad'", "'happy, \"very\"'"], "text"),
    ("inet", &["'192.168.0.1/24'", "'::1'"], "text"),
    ("cidr", &["'10.0.0.0/8'"], "text"),
    ("macaddr", &["'08:00:2b:01:02:03'"], "text"),
    ("macaddr8", &["'08:00:2b:01:02:03:04:05'"], "text"),
    ("bit(4)", &["B'0101'"], "text"),
    ("bit varying", &["B'1'", "B''"], "text"),
    ("point", &["'(0.1,-2)'"], "text"),
    ("line", &["'{1,2,3}'"], "text"),
    ("lseg", &["'[(0,0),(1,1)]'"], "text"),
    ("box", &["'(1,1),(0,0)'"], "text"),
    ("path", &["'((0,0),(1,1))'", "'[(0,0),(1,1)]'"], "text"),
    ("polygon", &["'((0,0),(1,1),(2,0))'"], "text"),
    ("circle", &["'<(0,0),0.30000000000000004>'"], "text"),
    ("int4range", &["'[1,5)'", "'empty'", "'(,)'"], "text"),
    ("numrange", &["'(0.5,1.50]'"], "text"),
    ("tstzrange", &["'[2024-01-01 00:00+00,infinity]'"], "text"),
    ("span", &["'[0.1,0.2)'"], "text"),
    ("int4multirange", &["'{[1,3),[5,9)}'", "'{}'"], "text"),
    ("tsvector", &["'a:1A fat:2 ''q'''"], "text"),
    ("tsquery", &["'fat & (rat | cat)'"], "text"),
    ("xml", &["'<a b=\"c\">d &amp; e</a>'"], "text"),
    ("pg_lsn", &["'16/B374D848'"], "text"),
    ("pair", &["'(1,\"a, b\")'", "'(,)'"], "text"),
    ("hstore", &["'a=>1, \"b c\"=>NULL'"], "text"),
    ("integer[]", &["'{1,NULL,3}'", "'{}'", "'{{1,2},{3,4}}'", "'[2:3]={1,2}'"], "text"),
    ("text[]", &["'{\"a,b\",\"\\\"q\\\"\",NULL,\"NULL\",\"\"}'"], "text"),
    ("double precision[]", &["'{0.1,NaN,-Infinity,0.30000000000000004}'"], "text"),
    ("timestamp with time zone[]", &["'{2024-02-29 12:00+01}'"], "text"),
    ("bytea[]", &["'{\"\\\\x00ff\"}'"], "text"),
    ("mood[]", &["'{sad,\"happy, \\\"very\\\"\"}'"], "text"),
    ("pair[]", &["'{\"(1,a)\",\"(2,\\\"b c\\\")\"}'"], "text"),
    ("jsonb[]", &["'{\"{\\\"a\\\": 1}\"}'"], "text"),
];

type Entry = (&'static str, &'static [&'static str], &'static str);

/// What a server knows of the corpus, each with its number.
fn corpus(server: &TestServer) -> impl Iterator<Item = (usize, &'static Entry)> {
    let knows_infinities = server.binaries().major >= 14;
    let known = move |(data_type, values, _): &Entry| {
        knows_infinities
            || !(data_type.contains("multirange") || *data_type == "numeric" && values.contains(&"'Infinity'"))
    };
    CORPUS.iter().enumerate().filter(move |(_, entry)| known(entry))
}

/// The corpus as tables of either engine, one for each entry: a key and the value; the last row has none.
fn tables(server: &TestServer) -> (String, String, String) {
    let (mut postgres, mut rows, mut sqlite) = (String::from(TYPES), String::new(), String::new());
    for (at, (data_type, values, declared)) in corpus(server) {
        postgres.push_str(&format!("CREATE TABLE t{at} (id int PRIMARY KEY, v {data_type});"));
        sqlite.push_str(&format!("CREATE TABLE t{at} (id integer PRIMARY KEY, v {declared});"));
        for (id, value) in values.iter().chain(&["NULL"]).enumerate() {
            let literal = if *value == "NULL" { (*value).to_owned() } else { format!("CAST({value} AS {data_type})") };
            rows.push_str(&format!("INSERT INTO t{at} VALUES ({id}, {literal});"));
        }
    }
    (postgres, rows, sqlite)
}

#[tokio::test]
async fn every_type_comes_back_from_sqlite_as_it_was() {
    there_and_back(server()).await;
}

#[tokio::test]
async fn every_type_comes_back_on_the_oldest_and_the_newest_server() {
    for major in [13, 18] {
        there_and_back(server_of(major)).await;
    }
}

async fn there_and_back(server: &TestServer) {
    let lab = Lab::new();
    let (schema, rows, sqlite) = tables(server);
    let (before, from) = lab.postgres_on(server, &format!("{schema}{rows}"));
    let (_, between) = lab.sqlite("between.db", &sqlite);
    let (after, to) = lab.postgres_on(server, &schema);

    lab.dump(&from, "out").await;
    lab.load("out", &between).await.unwrap();
    lab.dump(&between, "back").await;
    lab.load("back", &to).await.unwrap();

    let (expected, found) = (lab.digests(&from).await, lab.digests(&to).await);
    for (expected, found) in expected.iter().zip(&found) {
        let at: usize = expected.0[1..].parse().unwrap();
        assert_eq!(expected, found, "{:?}", CORPUS[at]);
    }
    assert_eq!(expected.len(), corpus(server).count());
    // The server's own word: the rows print alike, where a digest could be blind.
    for (at, entry) in corpus(server) {
        let printed = format!("SELECT id, v::text FROM t{at} ORDER BY id");
        // Trailing zeros of an unconstrained numeric are kept too where the column is text; -0.0 is 0 in SQLite.
        let (expected, found) = (before.psql(&printed), after.psql(&printed));
        let zero = |text: &str| text.replace("|-0\n", "|0\n");
        assert_eq!(zero(&expected), zero(&found), "{entry:?}");
    }
}

#[tokio::test]
async fn postgres_to_postgres_is_the_same_to_the_last_byte() {
    let lab = Lab::new();
    // From an older server to a newer one, as for a move, and back.
    let (old, new) = (server_of(13), server_of(18));
    for (one, other) in [(server(), server()), (old, new), (new, old)] {
        let (schema, rows, _) = tables(old);
        let (before, from) = lab.postgres_on(one, &format!("{schema}{rows}"));
        let (after, to) = lab.postgres_on(other, &schema);
        lab.copy(&from, &to).await.unwrap();
        for (at, entry) in corpus(old) {
            let printed = format!("SELECT id, v::text FROM t{at} ORDER BY id");
            assert_eq!(before.psql(&printed), after.psql(&printed), "{entry:?}");
        }
    }
}

#[tokio::test]
async fn what_a_column_of_sqlite_cannot_hold_is_refused_by_name() {
    let lab = Lab::new();
    for (data_type, value, declared, said) in [
        ("numeric", "0.1234567890123456789", "numeric", "would become another number"),
        ("numeric(30,2)", "12345678901234567890.25", "decimal(30,2)", "would become another number"),
        ("double precision", "'NaN'", "double precision", "SQLite would keep NULL"),
        ("bigint", "9007199254740993", "real", "has no binary number that is exactly it"),
        ("text", "'007'", "integer", "would become another number"),
        ("bit(4)", "B'0101'", "bit(4)", "would become another number"),
    ] {
        let (_, from) =
            lab.postgres(&format!("CREATE TABLE item (id int, v {data_type}); INSERT INTO item VALUES (1, {value})"));
        let file = format!("{}.db", lab.path("").read_dir().unwrap().count());
        let (path, to) = lab.sqlite(&file, &format!("CREATE TABLE item (id integer, v {declared})"));
        let error = lab.copy(&from, &to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
        assert!(error.message().contains("item, column `v`") && error.message().contains(said), "{error:?}");
        assert_eq!(ask(&path, "SELECT count(*) FROM item"), "0");
    }
}

#[tokio::test]
async fn what_a_column_of_postgres_cannot_hold_is_refused_by_name() {
    let lab = Lab::new();
    for (number, (declared, value, data_type, said)) in [
        ("real", "0.125", "numeric(10,2)", "has more digits than numeric(10,2) keeps"),
        ("integer", "40000", "smallint", "is out of the range of smallint"),
        ("real", "2.5", "integer", "is no whole number"),
        ("boolean", "2", "boolean", "is no truth value"),
        ("text", "'a' || char(0) || 'b'", "text", "has a NUL character"),
        ("varchar(3)", "'abcd'", "varchar(3)", "has more characters than character varying(3) holds"),
        ("datetime", "1700000000", "timestamptz", "is a whole number, not a date or time written as text"),
        ("date", "'2024-02-29 12:00:00'", "date", "has a time of day"),
        ("time", "'23:59:60'", "time", "has a second 60"),
        ("datetime", "'2024-02-29 24:00:00'", "timestamp", "has an hour 24"),
        ("datetime", "'2016-12-31 23:59:60Z'", "timestamptz", "has a second 60"),
        ("text", "'12:00:00.5+02'", "timetz(0)", "has more digits of a second"),
        ("text", "'0.123456 years'", "interval", "has a fraction of something other than a second"),
        ("text", "'3 days 04:30:00'", "interval day to hour", "has parts that are smaller"),
        ("text", "'{1.256}'", "numeric(5,2)[]", "has more digits than numeric(5,2) keeps"),
        ("text", "'{1e-3}'", "numeric(5,2)[]", "has more digits than numeric(5,2) keeps"),
        ("text", "'{0.123456789}'", "real[]", "has more digits than a number of 4 bytes keeps"),
        ("text", "'{2024-02-29 12:00:00}'", "date[]", "has a time of day"),
        ("text", "'[2024-02-29 12:00:00,)'", "daterange", "has a time of day"),
        ("text", "'(0.1234567890123456789,0)'", "point", "which is no binary number that is exactly it"),
        ("text", "'{\"abc \"}'", "varchar(3)[]", "has more characters"),
        ("any", "x'00ff'", "text", "is no text"),
    ]
    .into_iter()
    .enumerate()
    {
        let ddl = format!("CREATE TABLE item (id integer, v {declared}); INSERT INTO item VALUES (1, {value})");
        let (_, from) = lab.sqlite(&format!("{number}.db"), &ddl);
        let (database, to) = lab.postgres(&format!("CREATE TABLE item (id int, v {data_type})"));
        let dump = format!("dump{number}");
        lab.dump(&from, &dump).await;
        let error = lab.load(&dump, &to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{value} in {data_type}: {error:?}");
        assert!(error.message().contains("item, column `v`") && error.message().contains(said), "{error:?}");
        let place = error.place().expect("a place");
        assert!(
            place.file.ends_with("item.jsonl") && place.line == 1 && place.text.starts_with("{\"id\":1"),
            "{place:?}"
        );
        assert_eq!(database.psql("SELECT count(*) FROM item").trim(), "0");
    }
}

#[tokio::test]
async fn types_of_one_name_may_be_made_of_other_parts() {
    let lab = Lab::new();
    let types = |digits: u32| {
        format!(
            "CREATE TYPE price AS (amount numeric(8,{digits}), unit text); CREATE DOMAIN cents AS numeric(8,{digits});
             CREATE TABLE one (id int PRIMARY KEY, v price); CREATE TABLE many (id int PRIMARY KEY, v price[]);
             CREATE TABLE few (id int PRIMARY KEY, v cents[]); CREATE TABLE nested (id int PRIMARY KEY, v one);"
        )
    };
    let whole = "INSERT INTO one VALUES (1, '(1.25,\"a, b\")'), (2, '(,)'); INSERT INTO many VALUES (1, '{\"(1.25,EUR)\",NULL}');
                 INSERT INTO few VALUES (1, '{1.25,NULL}'); INSERT INTO nested VALUES (1, '(1,\"(1.25,x)\")');";
    let (before, fits) = lab.postgres(&format!("{}{whole}", types(3)));
    let (after, to) = lab.postgres(&types(2));
    lab.copy(&fits, &to).await.unwrap();
    let tables = ["one", "many", "few", "nested"];
    for table in tables {
        // Their zeros at the end differ, as those of any decimal.
        let printed = format!("SELECT id, v::text FROM {table} ORDER BY id");
        assert_eq!(before.psql(&printed).replace("1.250", "1.25"), after.psql(&printed), "{table}");
    }
    for (table, value) in tables.iter().zip(["(1.256,EUR)", "{\"(1.256,EUR)\"}", "{1.256}", "(1,\"(1.256,x)\")"]) {
        let (_, from) = lab.postgres(&format!("{}INSERT INTO {table} VALUES (7, '{value}')", types(3)));
        let (database, to) = lab.postgres(&types(2));
        let error = lab.copy(&from, &to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
        assert!(error.message().contains(&format!("{table}, column `v`")), "{error:?}");
        assert!(error.message().contains("has more digits than numeric(8,2) keeps"), "{error:?}");
        assert_eq!(database.psql(&format!("SELECT count(*) FROM {table}")), "0");
    }
}
