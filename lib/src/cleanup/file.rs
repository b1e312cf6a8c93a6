//! Reading a plan's file.

use std::path::Path;

use serde::Deserialize;

use super::plan::CleanupPlan;
use crate::error::{Error, ErrorKind, Result};

/// Reads the plan in the file `path`: what `cleanup plan NAME -o FILE` has written. Consent is given to a run, not by the file.
///
/// # Errors
/// It cannot be read ([`ErrorKind::Io`]), or is no plan ([`ErrorKind::Source`]).
pub fn read_plan(path: &Path) -> Result<CleanupPlan> {
    let write_one = "write one: mainstay cleanup plan NAME -o FILE";
    let text = std::fs::read(path).map_err(|error| Error::io("read", path, error).hint(write_one))?;
    parse(&text).map_err(|error| {
        Error::new(ErrorKind::Source, format!("{} is no plan of a clean-up", path.display()))
            .source(error)
            .hint(write_one)
    })
}

/// A plan alone, or in what the command prints around it.
fn parse(text: &[u8]) -> std::result::Result<CleanupPlan, serde_json::Error> {
    let mut value: serde_json::Value = serde_json::from_slice(text)?;
    if let Some(inner) = value.get_mut("data") {
        value = inner.take();
    }
    if let Some(inner) = value.as_array_mut().filter(|plans| plans.len() == 1) {
        value = inner.remove(0);
    }
    let mut plan = CleanupPlan::deserialize(value)?;
    plan.plan.steps.iter_mut().flat_map(|step| &mut step.risks).for_each(|risk| risk.allowed = false);
    Ok(plan)
}
