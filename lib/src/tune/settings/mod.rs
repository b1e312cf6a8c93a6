//! The settings that depend on the machine, one file each.

mod checkpoint_completion_target;
mod default_statistics_target;
mod effective_cache_size;
mod effective_io_concurrency;
mod maintenance_work_mem;
mod max_parallel_maintenance_workers;
mod max_parallel_workers;
mod max_parallel_workers_per_gather;
mod max_wal_size;
mod max_worker_processes;
mod min_wal_size;
mod random_page_cost;
mod shared_buffers;
mod work_mem;

use super::amount::Amount;
use super::ground::Ground;

const MEGA: u64 = 1 << 20;

/// With fewer processors than these the server's defaults for helpers are as good.
const FEW: u64 = 4;

/// More helpers than these the server does not take.
const MOST: u64 = 1024;

const GIGA: u64 = 1 << 30;

/// A setting that depends on the machine and on what the server is for.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What its value comes from, a phrase.
    pub why: &'static str,
    /// The value for such a machine; `None` where the server's default is right.
    pub(super) amount: fn(&Ground) -> Option<Amount>,
}

/// All settings that are tuned.
pub const SETTINGS: [&Setting; 14] = [
    &shared_buffers::SETTING,
    &effective_cache_size::SETTING,
    &maintenance_work_mem::SETTING,
    &work_mem::SETTING,
    &max_wal_size::SETTING,
    &min_wal_size::SETTING,
    &checkpoint_completion_target::SETTING,
    &random_page_cost::SETTING,
    &effective_io_concurrency::SETTING,
    &default_statistics_target::SETTING,
    &max_worker_processes::SETTING,
    &max_parallel_workers::SETTING,
    &max_parallel_workers_per_gather::SETTING,
    &max_parallel_maintenance_workers::SETTING,
];
