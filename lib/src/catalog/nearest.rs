//! Which name somebody may have meant.

use super::{Catalog, Name};

/// Below this likeness a name is no help: "devices" for "device", not "devices" for "logs".
const ALIKE: f64 = 0.8;

impl Catalog {
    /// The names of tables, views and sequences that are most like `typed`, nearest first; none where nothing is like it.
    pub fn nearest(&self, typed: &str) -> Vec<&Name> {
        let typed = typed.to_lowercase();
        let bare = typed.rsplit('.').next().unwrap_or_default().trim_matches('"');
        let likeness = |name: &Name| {
            let alone = strsim::jaro_winkler(bare, &name.name.to_lowercase());
            let whole = strsim::jaro_winkler(&typed, &format!("{}.{}", name.schema, name.name).to_lowercase());
            alone.max(if typed.contains('.') { whole } else { 0.0 })
        };
        let mut found: Vec<(f64, &Name)> = (self.relations())
            .map(|relation| (likeness(relation.name()), relation.name()))
            .filter(|(alike, _)| *alike >= ALIKE)
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        found.into_iter().map(|(_, name)| name).collect()
    }
}
