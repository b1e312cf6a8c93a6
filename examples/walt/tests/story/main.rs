//! The story of one WalT server's database. It runs as a test, and each step says what it shows.
//!
//! A WalT server looks after a platform of small computers (nodes) on network switches that can cut their power. All that it
//! knows of them is in one PostgreSQL database, which must be there whenever the server starts, whatever was there before.

mod adoption;
mod backups;
mod ground;
mod logging;
mod looks;
mod network;
mod newer_postgresql;
mod owner;
mod program;
mod reports;
mod starts;
mod upgrades;

use adoption::*;
use backups::*;
use ground::Ground;
use logging::*;
use looks::*;
use network::*;
use newer_postgresql::*;
use owner::*;
use reports::*;
use starts::*;
use upgrades::*;

const SERVER: &str = "52:54:00:00:00:01";
const SWITCH: &str = "aa:00:00:00:00:01";
const OTHER_SWITCH: &str = "aa:00:00:00:00:02";
const NODE: &str = "bb:00:00:00:00:01";
const OTHER_NODE: &str = "bb:00:00:00:00:02";

#[tokio::test]
async fn the_story_of_a_walt_server() {
    let mut machine = Ground::new();

    // A new server.
    first_start_from_nothing(&machine).await;
    second_start_changes_nothing(&machine).await;
    only_one_process_owns_the_database(&machine).await;

    // A server that was upgraded.
    the_schema_is_walts_own(&machine).await;
    an_old_database_is_brought_up(&machine).await;
    any_version_is_brought_up_without_a_ledger(&machine).await;
    a_database_that_nobody_kept_books_of_is_adopted(&machine).await;
    a_version_that_it_is_not_at_is_refused(&machine).await;

    // What the database is for.
    let (_, mut db) = machine.start("walt").await;
    devices_and_what_they_boot(&mut db).await;
    links_are_seen_from_both_ends(&mut db).await;
    only_chosen_port_names_are_kept(&machine, &db).await;
    logs_go_in_by_the_batch(&mut db).await;
    logs_are_found_again(&db).await;
    keys_are_revoked_and_never_removed(&db).await;
    reasons_outlive_a_restart(&mut machine, db).await;
    devices_are_forgotten_whole(&machine).await;
    the_server_gets_a_new_network_card(&machine).await;

    // By hand.
    the_server_is_found_and_says_what_happened(&machine);
    tables_and_rows_are_looked_at(&machine);

    // What WalT never had.
    a_backup_every_night(&machine).await;
    a_graphing_tool_reads_and_only_reads(&machine).await;

    // A new system, on a machine of its own.
    an_os_upgrade_brings_a_newer_postgresql().await;
}
