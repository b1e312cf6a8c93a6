//! A catalog with some of its tables.

use super::{Catalog, ObjectId, ObjectKind as Kind};

impl Catalog {
    /// The same with those tables, parts of tables and what belongs to them (sequences, statistics) that `keep` accepts. Everything
    /// else stays; publications still name all that they have.
    pub(crate) fn with_tables(&self, keep: impl Fn(&ObjectId) -> bool) -> Self {
        Self {
            database: self.database.clone(),
            schemas: self.schemas.clone(),
            extensions: self.extensions.clone(),
            languages: self.languages.clone(),
            access_methods: self.access_methods.clone(),
            enums: self.enums.clone(),
            composites: self.composites.clone(),
            ranges: self.ranges.clone(),
            base_types: self.base_types.clone(),
            domains: self.domains.clone(),
            collations: self.collations.clone(),
            tables: self.tables.iter().filter(|one| keep(&one.id())).cloned().collect(),
            views: self.views.clone(),
            sequences: self
                .sequences
                .iter()
                .filter(|one| keep(&ObjectId::of(Kind::Sequence, &one.name)))
                .cloned()
                .collect(),
            statistics: self
                .statistics
                .iter()
                .filter(|one| keep(&ObjectId::of(Kind::Statistics, &one.name)))
                .cloned()
                .collect(),
            routines: self.routines.clone(),
            operators: self.operators.clone(),
            operator_families: self.operator_families.clone(),
            operator_classes: self.operator_classes.clone(),
            casts: self.casts.clone(),
            conversions: self.conversions.clone(),
            transforms: self.transforms.clone(),
            text_search_parsers: self.text_search_parsers.clone(),
            text_search_templates: self.text_search_templates.clone(),
            text_search_dictionaries: self.text_search_dictionaries.clone(),
            text_search_configurations: self.text_search_configurations.clone(),
            foreign_data_wrappers: self.foreign_data_wrappers.clone(),
            servers: self.servers.clone(),
            user_mappings: self.user_mappings.clone(),
            event_triggers: self.event_triggers.clone(),
            publications: self.publications.clone(),
            subscriptions: self.subscriptions.clone(),
            privileges: self.privileges.iter().filter(|one| keep(&one.on)).cloned().collect(),
            default_privileges: self.default_privileges.clone(),
            labels: self.labels.iter().filter(|one| keep(&one.on)).cloned().collect(),
            settings: self.settings.clone(),
            depends_on_extension: self.depends_on_extension.iter().filter(|one| keep(&one.object)).cloned().collect(),
            dependencies: self.dependencies.only(&keep),
            unclaimed: self.unclaimed.clone(),
            roles: self.roles.clone(),
        }
    }
}
