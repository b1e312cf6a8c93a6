//! Another server has its port.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "busy-port",
    severity: Severity::Error,
    title: "another server has its port",
    why: "Once upgraded it could not start.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

fn look(machine: &Machine) -> Vec<Found> {
    let busy = machine.busy_port.as_ref().map(|(port, evidence)| Found {
        object: format!("port {port}"),
        evidence: evidence.clone(),
        mend: "stop that server, or give this cluster another port in postgresql.conf".to_owned(),
    });
    busy.into_iter().collect()
}
