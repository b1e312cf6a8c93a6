//! The checks, one file each.

mod archiving_fails;
mod autovacuum_off;
mod checksums_off;
mod collation_version;
mod connections_near_limit;
mod constraint_not_valid;
mod database_collation;
mod durability;
mod extension_outdated;
mod foreign_key_without_index;
mod invalid_database;
mod invalid_index;
mod kept_database;
mod md5_passwords;
mod never_analysed;
mod no_encoding;
mod pending_restart;
mod prepared_transaction;
mod public_schema_writable;
mod replication_slot_idle;
mod sequence_end;
mod settings_file;
mod superuser_application;
mod trust_from_afar;
mod unsafe_minor;
mod version_support;
mod wraparound;

use super::check::Check;

/// All checks: what loses data or stops the server first.
pub const CHECKS: [&Check; 27] = [
    &pending_restart::CHECK,
    &settings_file::CHECK,
    &durability::CHECK,
    &wraparound::CHECK,
    &sequence_end::CHECK,
    &version_support::CHECK,
    &unsafe_minor::CHECK,
    &connections_near_limit::CHECK,
    &collation_version::CHECK,
    &database_collation::CHECK,
    &superuser_application::CHECK,
    &public_schema_writable::CHECK,
    &trust_from_afar::CHECK,
    &md5_passwords::CHECK,
    &checksums_off::CHECK,
    &autovacuum_off::CHECK,
    &invalid_index::CHECK,
    &foreign_key_without_index::CHECK,
    &constraint_not_valid::CHECK,
    &never_analysed::CHECK,
    &extension_outdated::CHECK,
    &replication_slot_idle::CHECK,
    &prepared_transaction::CHECK,
    &archiving_fails::CHECK,
    &invalid_database::CHECK,
    &no_encoding::CHECK,
    &kept_database::CHECK,
];
