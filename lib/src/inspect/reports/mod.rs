//! The reports, one file each.

mod activity;
mod bloat;
mod blocking;
mod cache_hit;
mod calls;
mod duplicate_indexes;
mod extensions;
mod index_sizes;
mod locks;
mod long_running_queries;
mod outliers;
mod replication_slots;
mod role_connections;
mod sequences;
mod table_sizes;
mod unused_indexes;
mod vacuum_stats;
mod wraparound;

use super::report::Report;

/// All reports: what goes on now, then sizes, then what wants care.
pub const REPORTS: [&Report; 18] = [
    &activity::REPORT,
    &blocking::REPORT,
    &locks::REPORT,
    &long_running_queries::REPORT,
    &role_connections::REPORT,
    &outliers::REPORT,
    &calls::REPORT,
    &table_sizes::REPORT,
    &index_sizes::REPORT,
    &unused_indexes::REPORT,
    &duplicate_indexes::REPORT,
    &bloat::REPORT,
    &cache_hit::REPORT,
    &vacuum_stats::REPORT,
    &wraparound::REPORT,
    &sequences::REPORT,
    &replication_slots::REPORT,
    &extensions::REPORT,
];
