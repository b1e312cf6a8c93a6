//! A catalog without some of its objects.

use super::{Catalog, Name, ObjectId, ObjectKind as Kind};

impl Catalog {
    /// Leaves out every object that `keep` refuses, with its parts, what surrounds it and what it needs. Parts that stay are not
    /// asked for by themselves.
    pub fn retain(&mut self, keep: impl Fn(&ObjectId) -> bool) {
        self.retain_globals(&keep);
        self.retain_types(&keep);
        self.retain_relations(&keep);
        self.retain_operators(&keep);
        self.privileges.retain(|one| keep(&one.on));
        self.labels.retain(|one| keep(&one.on));
        self.default_privileges.retain(|one| one.schema.as_ref().is_none_or(|name| keep(&schema(name))));
        self.depends_on_extension.retain(|one| keep(&one.object));
        self.unclaimed.retain(&keep);
        self.dependencies.retain(&keep);
    }

    fn retain_globals(&mut self, keep: &impl Fn(&ObjectId) -> bool) {
        let global = |kind, name: &str| keep(&ObjectId::global(kind, name));
        self.schemas.retain(|one| keep(&schema(&one.name)));
        self.extensions.retain(|one| global(Kind::Extension, &one.name));
        self.languages.retain(|one| global(Kind::Language, &one.name));
        self.access_methods.retain(|one| global(Kind::AccessMethod, &one.name));
        self.foreign_data_wrappers.retain(|one| global(Kind::ForeignDataWrapper, &one.name));
        self.servers.retain(|one| global(Kind::Server, &one.name));
        self.user_mappings.retain(|one| keep(&one.id()));
        self.event_triggers.retain(|one| global(Kind::EventTrigger, &one.name));
        self.publications.retain(|one| global(Kind::Publication, &one.name));
        for publication in &mut self.publications {
            publication.tables.retain(|one| keep(&table(&one.table)));
            publication.schemas.retain(|name| keep(&schema(name)));
        }
        self.subscriptions.retain(|one| global(Kind::Subscription, &one.name));
        self.casts.retain(|one| keep(&one.id()));
        self.transforms.retain(|one| keep(&one.id()));
    }

    fn retain_types(&mut self, keep: &impl Fn(&ObjectId) -> bool) {
        let named = |kind, name: &Name| keep(&ObjectId::of(kind, name));
        self.enums.retain(|one| named(Kind::Type, &one.name));
        self.composites.retain(|one| named(Kind::Type, &one.name));
        self.ranges.retain(|one| named(Kind::Type, &one.name));
        self.base_types.retain(|one| named(Kind::Type, &one.name));
        self.domains.retain(|one| named(Kind::Domain, &one.name));
        self.collations.retain(|one| named(Kind::Collation, &one.name));
        self.text_search_parsers.retain(|one| named(Kind::TextSearchParser, &one.name));
        self.text_search_templates.retain(|one| named(Kind::TextSearchTemplate, &one.name));
        self.text_search_dictionaries.retain(|one| named(Kind::TextSearchDictionary, &one.name));
        self.text_search_configurations.retain(|one| named(Kind::TextSearchConfiguration, &one.name));
    }

    fn retain_relations(&mut self, keep: &impl Fn(&ObjectId) -> bool) {
        self.tables.retain(|one| keep(&one.id()));
        self.views.retain(|one| keep(&one.id()));
        self.sequences.retain(|one| {
            let owner = one.owned_by.as_ref().map(|column| table(&column.table));
            keep(&ObjectId::of(Kind::Sequence, &one.name)) && owner.is_none_or(|owner| keep(&owner))
        });
        self.statistics.retain(|one| keep(&ObjectId::of(Kind::Statistics, &one.name)) && keep(&table(&one.table)));
    }

    fn retain_operators(&mut self, keep: &impl Fn(&ObjectId) -> bool) {
        self.routines.retain(|one| keep(&one.id()));
        self.operators.retain(|one| keep(&one.id()));
        self.operator_families.retain(|one| keep(&ObjectId::part(Kind::OperatorFamily, &one.name, &*one.method)));
        self.operator_classes.retain(|one| keep(&ObjectId::part(Kind::OperatorClass, &one.name, &*one.method)));
        self.conversions.retain(|one| keep(&ObjectId::of(Kind::Conversion, &one.name)));
    }
}

fn schema(name: &str) -> ObjectId {
    ObjectId::global(Kind::Schema, name)
}

fn table(name: &Name) -> ObjectId {
    ObjectId::of(Kind::Table, name)
}
