//! A login for a reporting or graphing tool: WalT's page leaves it to the administrator.

use mainstay::roles::{self, Change, Deed, Password, Preset};

use crate::ground::Ground;

/// # A reporting tool
///
/// "You can create another database user, give it read-only access to walt tables … This is out of scope." Here it is one command,
/// `mainstay role create walt_reports --preset reader --close-public`: it reads what is there and what later versions of WalT will
/// create, and writes nothing, while WalT goes on as before.
pub async fn a_graphing_tool_reads_and_only_reads(machine: &Ground) {
    let database = machine.database("walt");
    let deed = Deed::Create { preset: Preset::Reader, password: Password::WhenNew, close_public: true };
    let reports = Change { role: "walt_reports".into(), deed };
    let proposal = database.plan_role(&reports).await.unwrap();
    let password = roles::generate().unwrap();
    database.change_role(&reports, &proposal.plan, Some(&password)).await.unwrap();
    assert!(proposal.remains.is_empty(), "{:?}", proposal.remains);
    assert!(database.plan_role(&reports).await.unwrap().plan.is_empty());

    machine.psql_as("walt", "walt", "CREATE TABLE of_a_later_version (id int)").unwrap();
    let as_reports = |sql: &str| machine.psql_as("walt_reports", "walt", sql);
    assert_eq!(as_reports("SELECT count(*) FROM logs").unwrap(), machine.psql("walt", "SELECT count(*) FROM logs"));
    as_reports("SELECT count(*) FROM of_a_later_version").unwrap();
    for sql in ["DELETE FROM logs", "CREATE TEMP TABLE t (id int)", "SELECT lo_create(0)", "CREATE TABLE mine (id int)"]
    {
        let words = as_reports(&format!("SET default_transaction_read_only = off; {sql}")).unwrap_err();
        assert!(words.contains("permission denied"), "{sql}: {words}");
    }
    machine.psql_as("walt", "walt", "DROP TABLE of_a_later_version; CREATE TEMP TABLE t (id int)").unwrap();

    let gone = Change { role: "walt_reports".into(), deed: Deed::Drop { reassign_to: None } };
    let proposal = database.plan_role(&gone).await.unwrap();
    database.change_role(&gone, &proposal.plan, None).await.unwrap();
}
