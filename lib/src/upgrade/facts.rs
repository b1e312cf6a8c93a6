//! What of the machine can be known before anybody is asked.

use std::path::PathBuf;

use super::blockers::{Machine, Room, broken, bytes_in, clones_in, is_mount};
use super::debian::Registration;
use super::{Method, Order, Site};
use crate::cluster::Cluster;
use crate::error::Result;
use crate::tool::Keeper;

/// Where Debian's tools look for the programs of the new version; tools that are not Debian's own know better.
fn debian_programs(order: &Order<'_>) -> PathBuf {
    let usual = PathBuf::from(format!("/usr/lib/postgresql/{}/bin", order.to.major));
    match order.configurations {
        // The programs were found by their real path.
        None => usual.canonicalize().unwrap_or(usual),
        Some(_) => order.to.bin.clone(),
    }
}

/// What of the machine can be known before anybody is asked.
pub(super) async fn machine(order: &Order<'_>, site: &Site) -> Result<Machine> {
    let cluster: &Cluster = order.cluster;
    let keeper = Keeper { binaries: order.from, data: &cluster.data, like: &cluster.data, lock: None };
    let has_control = order.from.program("pg_controldata").is_file();
    let control = if has_control { keeper.control().await? } else { Default::default() };
    let above = cluster.data.parent().unwrap_or(&cluster.data);
    let wal = cluster.data.join("pg_wal");
    // A new cluster is about so large before there is anything in it.
    const EMPTY: u64 = 128 << 20;
    let rows = if order.method == Method::Copy {
        bytes_in(&cluster.data) - bytes_in(&wal).min(bytes_in(&cluster.data))
    } else {
        0
    };
    Ok(Machine {
        from: order.from.clone(),
        to: order.to.clone(),
        old_number: 0,
        new_number: 0,
        data: cluster.data.clone(),
        work: site.work.clone(),
        configuration: cluster.configuration.clone(),
        debian: cluster.debian.is_some(),
        taken: Registration::of(cluster).map(|one| one.folder(order.to.major)).filter(|folder| folder.exists()),
        usual_programs: cluster.debian.as_ref().map(|_| debian_programs(order)),
        unit: cluster.unit.clone(),
        broken: if has_control { broken(cluster, &control) } else { None },
        busy_port: None,
        is_mount: is_mount(&cluster.data),
        wal_elsewhere: std::fs::read_link(&wal).ok(),
        rooms: vec![Room::of(above, rows + EMPTY)],
        clones: (order.method == Method::Clone).then(|| clones_in(above)),
        links: order.method == Method::Link,
        new_extensions: None,
        new_libraries: None,
        new_settings: Default::default(),
        init_error: None,
        start_error: None,
        upgrade_error: None,
    })
}
