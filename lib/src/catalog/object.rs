//! Every object of a catalog in one list, whatever its kind.

use serde::Serialize;

use super::*;

/// One object of a catalog: its name, and what it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Object<'a> {
    /// What it is called.
    pub id: ObjectId,
    /// What it is.
    pub content: Content<'a>,
}

/// What an object is; parts come with their wholes' contents too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is the model's type of that name")]
pub enum Content<'a> {
    Schema(&'a Schema),
    Extension(&'a Extension),
    Language(&'a Language),
    AccessMethod(&'a AccessMethod),
    Enum(&'a Enum),
    Composite(&'a Composite),
    Range(&'a Range),
    BaseType(&'a BaseType),
    Domain(&'a Domain),
    DomainConstraint(&'a DomainConstraint),
    Collation(&'a Collation),
    Routine(&'a Routine),
    Operator(&'a Operator),
    OperatorFamily(&'a OperatorFamily),
    OperatorClass(&'a OperatorClass),
    Cast(&'a Cast),
    Conversion(&'a Conversion),
    Transform(&'a Transform),
    TextSearchParser(&'a TextSearchParser),
    TextSearchTemplate(&'a TextSearchTemplate),
    TextSearchDictionary(&'a TextSearchDictionary),
    TextSearchConfiguration(&'a TextSearchConfiguration),
    ForeignDataWrapper(&'a ForeignDataWrapper),
    Server(&'a Server),
    UserMapping(&'a UserMapping),
    Sequence(&'a Sequence),
    Table(&'a Table),
    View(&'a View),
    Column(&'a Column),
    Constraint(&'a Constraint),
    Index(&'a Index),
    Statistics(&'a Statistics),
    Trigger(&'a Trigger),
    Rule(&'a Rule),
    Policy(&'a Policy),
    EventTrigger(&'a EventTrigger),
    Publication(&'a Publication),
    Subscription(&'a Subscription),
}

impl Catalog {
    /// Every object of the database in order of its name, parts of others too: columns, constraints, indexes, triggers,
    /// rules and policies. Defaults are parts of their columns. Roles are the cluster's and not listed.
    pub fn objects(&self) -> Vec<Object<'_>> {
        let mut list = List(Vec::new());
        self.tables.iter().for_each(|table| list.table(table));
        self.list_but_tables(list)
    }

    /// The same without tables and their columns, indexes, constraints, triggers, rules and policies.
    pub(crate) fn objects_but_tables(&self) -> Vec<Object<'_>> {
        self.list_but_tables(List(Vec::new()))
    }

    fn list_but_tables<'a>(&'a self, mut list: List<'a>) -> Vec<Object<'a>> {
        self.list_globals(&mut list);
        self.list_types(&mut list);
        self.list_operators(&mut list);
        self.list_text_search(&mut list);
        for view in &self.views {
            list.view(view);
        }
        for one in &self.sequences {
            list.named(ObjectKind::Sequence, &one.name, Content::Sequence(one));
        }
        for one in &self.routines {
            list.add(one.id(), Content::Routine(one));
        }
        for one in &self.statistics {
            list.named(ObjectKind::Statistics, &one.name, Content::Statistics(one));
        }
        list.0.sort_by(|a, b| a.id.cmp(&b.id));
        list.0
    }

    fn list_globals<'a>(&'a self, list: &mut List<'a>) {
        use ObjectKind as Kind;
        for one in &self.schemas {
            list.global(Kind::Schema, &one.name, Content::Schema(one));
        }
        for one in &self.extensions {
            list.global(Kind::Extension, &one.name, Content::Extension(one));
        }
        for one in &self.languages {
            list.global(Kind::Language, &one.name, Content::Language(one));
        }
        for one in &self.access_methods {
            list.global(Kind::AccessMethod, &one.name, Content::AccessMethod(one));
        }
        for one in &self.foreign_data_wrappers {
            list.global(Kind::ForeignDataWrapper, &one.name, Content::ForeignDataWrapper(one));
        }
        for one in &self.servers {
            list.global(Kind::Server, &one.name, Content::Server(one));
        }
        for one in &self.user_mappings {
            list.add(one.id(), Content::UserMapping(one));
        }
        for one in &self.event_triggers {
            list.global(Kind::EventTrigger, &one.name, Content::EventTrigger(one));
        }
        for one in &self.publications {
            list.global(Kind::Publication, &one.name, Content::Publication(one));
        }
        for one in &self.subscriptions {
            list.global(Kind::Subscription, &one.name, Content::Subscription(one));
        }
        for one in &self.casts {
            list.add(one.id(), Content::Cast(one));
        }
        for one in &self.transforms {
            list.add(one.id(), Content::Transform(one));
        }
    }

    fn list_types<'a>(&'a self, list: &mut List<'a>) {
        use ObjectKind as Kind;
        for one in &self.enums {
            list.named(Kind::Type, &one.name, Content::Enum(one));
        }
        for one in &self.composites {
            list.named(Kind::Type, &one.name, Content::Composite(one));
        }
        for one in &self.ranges {
            list.named(Kind::Type, &one.name, Content::Range(one));
        }
        for one in &self.base_types {
            list.named(Kind::Type, &one.name, Content::BaseType(one));
        }
        for one in &self.domains {
            list.named(Kind::Domain, &one.name, Content::Domain(one));
            for check in one.constraints.iter().chain(&one.not_null_constraint) {
                list.part(Kind::Constraint, &one.name, &check.name, Content::DomainConstraint(check));
            }
        }
        for one in &self.collations {
            list.named(Kind::Collation, &one.name, Content::Collation(one));
        }
    }

    fn list_operators<'a>(&'a self, list: &mut List<'a>) {
        use ObjectKind as Kind;
        for one in &self.operators {
            list.add(one.id(), Content::Operator(one));
        }
        for one in &self.operator_families {
            list.part(Kind::OperatorFamily, &one.name, &one.method, Content::OperatorFamily(one));
        }
        for one in &self.operator_classes {
            list.part(Kind::OperatorClass, &one.name, &one.method, Content::OperatorClass(one));
        }
        for one in &self.conversions {
            list.named(Kind::Conversion, &one.name, Content::Conversion(one));
        }
    }

    fn list_text_search<'a>(&'a self, list: &mut List<'a>) {
        use ObjectKind as Kind;
        for one in &self.text_search_parsers {
            list.named(Kind::TextSearchParser, &one.name, Content::TextSearchParser(one));
        }
        for one in &self.text_search_templates {
            list.named(Kind::TextSearchTemplate, &one.name, Content::TextSearchTemplate(one));
        }
        for one in &self.text_search_dictionaries {
            list.named(Kind::TextSearchDictionary, &one.name, Content::TextSearchDictionary(one));
        }
        for one in &self.text_search_configurations {
            list.named(Kind::TextSearchConfiguration, &one.name, Content::TextSearchConfiguration(one));
        }
    }
}

struct List<'a>(Vec<Object<'a>>);

impl<'a> List<'a> {
    fn add(&mut self, id: ObjectId, content: Content<'a>) {
        self.0.push(Object { id, content });
    }

    fn global(&mut self, kind: ObjectKind, name: &str, content: Content<'a>) {
        self.add(ObjectId::global(kind, name), content);
    }

    fn named(&mut self, kind: ObjectKind, name: &Name, content: Content<'a>) {
        self.add(ObjectId::of(kind, name), content);
    }

    fn part(&mut self, kind: ObjectKind, whole: &Name, detail: &str, content: Content<'a>) {
        self.add(ObjectId::part(kind, whole, detail), content);
    }

    fn table(&mut self, table: &'a Table) {
        self.add(table.id(), Content::Table(table));
        self.columns(&table.name, &table.columns);
        for one in &table.constraints {
            self.part(ObjectKind::Constraint, &table.name, &one.name, Content::Constraint(one));
        }
        self.indexes(&table.name, &table.indexes);
        self.triggers(&table.name, &table.triggers, &table.rules);
        for one in &table.policies {
            self.part(ObjectKind::Policy, &table.name, &one.name, Content::Policy(one));
        }
    }

    fn view(&mut self, view: &'a View) {
        self.add(view.id(), Content::View(view));
        self.columns(&view.name, &view.columns);
        self.indexes(&view.name, &view.indexes);
        self.triggers(&view.name, &view.triggers, &view.rules);
    }

    fn columns(&mut self, whole: &Name, columns: &'a [Column]) {
        for one in columns {
            self.part(ObjectKind::Column, whole, &one.name, Content::Column(one));
        }
    }

    fn indexes(&mut self, whole: &Name, indexes: &'a [Index]) {
        for one in indexes {
            self.named(ObjectKind::Index, &Name::new(&*whole.schema, &*one.name), Content::Index(one));
        }
    }

    fn triggers(&mut self, whole: &Name, triggers: &'a [Trigger], rules: &'a [Rule]) {
        for one in triggers {
            self.part(ObjectKind::Trigger, whole, &one.name, Content::Trigger(one));
        }
        for one in rules {
            self.part(ObjectKind::Rule, whole, &one.name, Content::Rule(one));
        }
    }
}

impl Table {
    /// What it is called.
    pub fn id(&self) -> ObjectId {
        let kind = if self.kind == TableKind::Foreign { ObjectKind::ForeignTable } else { ObjectKind::Table };
        ObjectId::of(kind, &self.name)
    }
}

impl View {
    /// What it is called.
    pub fn id(&self) -> ObjectId {
        let kind = if self.materialized { ObjectKind::MaterializedView } else { ObjectKind::View };
        ObjectId::of(kind, &self.name)
    }
}

impl Routine {
    /// What it is called.
    pub fn id(&self) -> ObjectId {
        let kind = match self.kind {
            RoutineKind::Function | RoutineKind::Window => ObjectKind::Function,
            RoutineKind::Procedure => ObjectKind::Procedure,
            RoutineKind::Aggregate => ObjectKind::Aggregate,
        };
        ObjectId::part(kind, &self.name, &*self.signature)
    }
}

impl Operator {
    /// What it is called.
    pub fn id(&self) -> ObjectId {
        let side = |of: &Option<String>| of.clone().unwrap_or_else(|| "NONE".to_owned());
        ObjectId::part(ObjectKind::Operator, &self.name, format!("{}, {}", side(&self.left), side(&self.right)))
    }
}

impl Cast {
    /// What it is called.
    pub fn id(&self) -> ObjectId {
        ObjectId { detail: self.target.clone(), ..ObjectId::global(ObjectKind::Cast, &*self.source) }
    }
}

impl Transform {
    /// What it is called.
    pub fn id(&self) -> ObjectId {
        ObjectId { detail: self.language.clone(), ..ObjectId::global(ObjectKind::Transform, &*self.data_type) }
    }
}

impl UserMapping {
    /// What it is called.
    pub fn id(&self) -> ObjectId {
        ObjectId { detail: self.user.clone(), ..ObjectId::global(ObjectKind::UserMapping, &*self.server) }
    }
}
