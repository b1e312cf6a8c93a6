//! Security labels.

use crate::catalog::ObjectId;
use crate::diff::change::Statement;
use crate::diff::naming::named;
use crate::diff::side::Side;
use crate::sql::{ident, literal};

pub(super) fn change(id: &ObjectId, (from, was): (&Side<'_>, bool), to: &Side<'_>) -> Vec<Statement> {
    let old = if was { from.catalog.labels_on(id) } else { &[] };
    let new = to.catalog.labels_on(id);
    let say = |provider: &str, label: String| {
        Statement::new(format!("SECURITY LABEL FOR {} ON {} IS {label}", ident(provider), named(id)))
    };
    let gone = old.iter().filter(|one| !new.iter().any(|other| other.provider == one.provider));
    let gone = gone.map(|one| say(&one.provider, "NULL".to_owned()));
    let fresh = new.iter().filter(|one| !old.contains(one)).map(|one| say(&one.provider, literal(&one.label)));
    gone.chain(fresh).collect()
}
