//! Tests of `tool`.

#[test]
fn the_test_server_answers() {
    let database = mainstay_testing::server().database();
    assert_eq!(database.psql("SELECT 1; SELECT current_database()"), format!("1\n{}", database.name()));
}
