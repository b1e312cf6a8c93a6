//! The order of a catalog's lists.

use super::Catalog;

impl Catalog {
    /// Puts every list in its order: by name, overloaded routines by argument types.
    pub fn sort(&mut self) {
        self.schemas.sort_by(|a, b| a.name.cmp(&b.name));
        self.extensions.sort_by(|a, b| a.name.cmp(&b.name));
        self.languages.sort_by(|a, b| a.name.cmp(&b.name));
        self.access_methods.sort_by(|a, b| a.name.cmp(&b.name));
        self.enums.sort_by(|a, b| a.name.cmp(&b.name));
        self.composites.sort_by(|a, b| a.name.cmp(&b.name));
        self.ranges.sort_by(|a, b| a.name.cmp(&b.name));
        self.base_types.sort_by(|a, b| a.name.cmp(&b.name));
        self.domains.sort_by(|a, b| a.name.cmp(&b.name));
        self.collations.sort_by(|a, b| a.name.cmp(&b.name));
        self.tables.sort_by(|a, b| a.name.cmp(&b.name));
        self.views.sort_by(|a, b| a.name.cmp(&b.name));
        self.sequences.sort_by(|a, b| a.name.cmp(&b.name));
        self.statistics.sort_by(|a, b| a.name.cmp(&b.name));
        self.conversions.sort_by(|a, b| a.name.cmp(&b.name));
        self.text_search_parsers.sort_by(|a, b| a.name.cmp(&b.name));
        self.text_search_templates.sort_by(|a, b| a.name.cmp(&b.name));
        self.text_search_dictionaries.sort_by(|a, b| a.name.cmp(&b.name));
        self.text_search_configurations.sort_by(|a, b| a.name.cmp(&b.name));
        self.foreign_data_wrappers.sort_by(|a, b| a.name.cmp(&b.name));
        self.servers.sort_by(|a, b| a.name.cmp(&b.name));
        self.event_triggers.sort_by(|a, b| a.name.cmp(&b.name));
        self.publications.sort_by(|a, b| a.name.cmp(&b.name));
        self.subscriptions.sort_by(|a, b| a.name.cmp(&b.name));
        self.roles.sort_by(|a, b| a.name.cmp(&b.name));
        self.routines.sort_by(|a, b| (&a.name, &a.identity).cmp(&(&b.name, &b.identity)));
        self.operators.sort_by(|a, b| (&a.name, &a.left, &a.right).cmp(&(&b.name, &b.left, &b.right)));
        self.operator_families.sort_by(|a, b| (&a.name, &a.method).cmp(&(&b.name, &b.method)));
        self.operator_classes.sort_by(|a, b| (&a.name, &a.method).cmp(&(&b.name, &b.method)));
        self.casts.sort_by(|a, b| (&a.source, &a.target).cmp(&(&b.source, &b.target)));
        self.transforms.sort_by(|a, b| (&a.data_type, &a.language).cmp(&(&b.data_type, &b.language)));
        self.user_mappings.sort_by(|a, b| (&a.server, &a.user).cmp(&(&b.server, &b.user)));
        self.settings.sort_by(|a, b| (&a.role, &a.name).cmp(&(&b.role, &b.name)));
        self.default_privileges.sort_by(|a, b| (&a.role, &a.schema, a.objects).cmp(&(&b.role, &b.schema, b.objects)));
        self.privileges.sort_by(|a, b| a.on.cmp(&b.on));
        self.labels.sort_by(|a, b| (&a.on, &a.provider).cmp(&(&b.on, &b.provider)));
        self.depends_on_extension.sort();
        self.unclaimed.sort();
        self.sort_parts();
    }

    /// Parameters stand in the order in which they were set, which says nothing.
    fn sort_options(&mut self) {
        for table in &mut self.tables {
            table.options.sort();
            table.foreign_options.sort();
            for column in &mut table.columns {
                column.options.sort();
                column.foreign_options.sort();
            }
        }
        self.views.iter_mut().for_each(|view| view.options.sort());
        let of_tables = self.tables.iter_mut().flat_map(|table| &mut table.indexes);
        of_tables
            .chain(self.views.iter_mut().flat_map(|view| &mut view.indexes))
            .for_each(|index| index.options.sort());
        self.foreign_data_wrappers.iter_mut().for_each(|one| one.options.sort());
        self.servers.iter_mut().for_each(|one| one.options.sort());
        self.user_mappings.iter_mut().for_each(|one| one.options.sort());
    }

    fn sort_parts(&mut self) {
        self.sort_options();
        for table in &mut self.tables {
            table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
            table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            table.triggers.sort_by(|a, b| a.name.cmp(&b.name));
            table.rules.sort_by(|a, b| a.name.cmp(&b.name));
            table.policies.sort_by(|a, b| a.name.cmp(&b.name));
        }
        for view in &mut self.views {
            view.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            view.triggers.sort_by(|a, b| a.name.cmp(&b.name));
            view.rules.sort_by(|a, b| a.name.cmp(&b.name));
        }
        for domain in &mut self.domains {
            domain.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        }
        for publication in &mut self.publications {
            publication.tables.sort_by(|a, b| a.table.cmp(&b.table));
            publication.schemas.sort();
        }
        for privileges in &mut self.privileges {
            privileges.granted.sort();
            privileges.revoked.sort();
        }
        for privileges in &mut self.default_privileges {
            privileges.granted.sort();
            privileges.revoked.sort();
        }
    }
}
