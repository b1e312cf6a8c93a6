//! Reading a plan's file.

use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::plan::Plan;

/// Reads the plan in the file `path`: what `schema diff --format json` has written. What it says of its risks is the file's word:
/// [`crate::states::examined`] holds it against the statements. No risk of it is allowed yet.
///
/// # Errors
/// It cannot be read ([`ErrorKind::Io`]), or is no plan ([`ErrorKind::Source`]).
pub fn read_plan(path: &Path) -> Result<Plan> {
    let write_one = "write one: mainstay schema diff FROM TO --format json -o FILE";
    let text = std::fs::read(path).map_err(|error| Error::io("read", path, error).hint(write_one))?;
    parse(&text).map_err(|error| {
        Error::new(ErrorKind::Source, format!("{} is no plan", path.display())).source(error).hint(write_one)
    })
}

/// A plan alone, or in what the command prints around it.
fn parse(text: &[u8]) -> std::result::Result<Plan, serde_json::Error> {
    let mut value: serde_json::Value = serde_json::from_slice(text)?;
    for around in ["data", "plan"] {
        if let Some(inner) = value.get_mut(around) {
            value = inner.take();
        }
    }
    let mut plan = Plan::deserialize(value)?;
    // Consent is given to a run, not by the file.
    plan.steps.iter_mut().flat_map(|step| &mut step.risks).for_each(|risk| risk.allowed = false);
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::plan::Action;

    #[test]
    fn a_plan_is_read_bare_and_from_what_a_command_prints() {
        let text = r#"{"kind": "schema", "database": "d", "state": "0", "steps": [{"title": "t", "action":
            {"do": "sql", "database": null, "transaction": true, "lock_timeout": 2000, "statement_timeout": null,
             "statements": ["DROP TABLE t"]}, "risks": [{"hazard": "deletes-data", "reason": "drops table t",
             "statement": 0, "allowed": true, "place": null}]}]}"#;
        let plan = parse(text.as_bytes()).unwrap();
        let Action::Sql(sql) = &plan.steps[0].action else { panic!("{plan:?}") };
        assert_eq!(sql.lock_timeout, Some(Duration::from_secs(2)));
        assert!(!plan.risks().next().unwrap().1.allowed, "a file cannot consent");
        for around in [format!("{{\"plan\": {text}}}"), format!("{{\"data\": {{\"plan\": {text}}}}}")] {
            assert_eq!(parse(around.as_bytes()).unwrap(), plan);
        }
        let again = serde_json::to_string(&plan).unwrap();
        assert_eq!(parse(again.as_bytes()).unwrap(), plan);
        assert!(parse(b"{}").is_err());
    }
}
