//! Putting the rows of the catalog's queries together.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, from_str};

use super::book::{Book, Row};
use super::class;
use super::parts::{Bytes, Columns, Parts, complete_table, complete_view};
use crate::catalog::{
    Catalog, Domain, DomainConstraint, Grant, Label, Membership, ObjectId, ObjectKind as Kind, Privileges, Role,
    Sequence, Table, View,
};

/// A row's number in the system catalogs.
pub(super) type Oid = u32;

/// What has been read so far, by oid; the parts of a table may come before the table.
#[derive(Default)]
pub(super) struct Assembly {
    catalog: Catalog,
    book: Book,
    tables: HashMap<Oid, Table>,
    views: HashMap<Oid, View>,
    parts: HashMap<Oid, Parts>,
    sequences: HashMap<Oid, Sequence>,
    domains: HashMap<Oid, Domain>,
    domain_constraints: Vec<(Oid, OfDomain)>,
    not_nulls: Vec<(Oid, NotNullOf)>,
    roles: HashMap<Oid, Role>,
    memberships: HashMap<Oid, Vec<Membership>>,
    privileges: Vec<(Row, PrivilegesOf)>,
    labels: Vec<(Row, LabelOf)>,
}

/// A constraint of a domain, and which; only `not_null` has no condition of its own.
#[derive(Deserialize)]
struct OfDomain {
    domain: Oid,
    not_null: bool,
    constraint: DomainConstraint,
}

/// The name of a NOT NULL constraint, and its table.
#[derive(Deserialize)]
struct NotNullOf {
    relation: Oid,
    name: String,
}

#[derive(Deserialize)]
pub(super) struct PrivilegesOf {
    class: Oid,
    pub(super) part: i32,
    granted: Vec<Grant>,
    revoked: Vec<Grant>,
}

#[derive(Deserialize)]
pub(super) struct LabelOf {
    class: Oid,
    pub(super) part: i32,
    provider: String,
    label: String,
}

#[derive(Deserialize)]
struct PartOfPublication {
    class: Oid,
    publication: Oid,
}

#[derive(Deserialize)]
struct Notes {
    of: Oid,
    on: Oid,
    kind: char,
    pairs: String,
}

#[derive(Deserialize)]
struct Oids {
    oids: String,
}

impl Assembly {
    /// Takes one row: its kind, the oid of the object that it belongs to, and its JSON.
    pub(super) fn add(&mut self, kind: &str, oid: Oid, json: &str) -> Result<(), Error> {
        match kind {
            "database" => self.catalog.database = from_str(json)?,
            "table" => drop(self.tables.insert(oid, from_str(json)?)),
            "view" => drop(self.views.insert(oid, from_str(json)?)),
            "columns" => self.parts(oid).columns = from_str::<Columns>(json)?,
            "constraints" => self.parts(oid).constraints = from_str(json)?,
            "indexes" => self.parts(oid).indexes = from_str(json)?,
            "triggers" => self.parts(oid).triggers = from_str(json)?,
            "rules" => self.parts(oid).rules = from_str(json)?,
            "policies" => self.parts(oid).policies = from_str(json)?,
            "size" => self.parts(oid).sizes = Some(from_str::<Vec<Bytes>>(json)?),
            "sequence" => drop(self.sequences.insert(oid, from_str(json)?)),
            "domain" => drop(self.domains.insert(oid, from_str(json)?)),
            "domain_constraint" => self.domain_constraints.push((oid, from_str(json)?)),
            "not_null" => self.not_nulls.push((oid, from_str(json)?)),
            "role" => drop(self.roles.insert(oid, from_str(json)?)),
            "memberships" => drop(self.memberships.insert(oid, from_str(json)?)),
            "setting" => self.catalog.settings.push(from_str(json)?),
            "privileges" => {
                let of: PrivilegesOf = from_str(json)?;
                self.privileges.push(((of.class, oid), of));
            }
            "label" => {
                let of: LabelOf = from_str(json)?;
                self.labels.push(((of.class, oid), of));
            }
            "default_privileges" => self.catalog.default_privileges.push(from_str(json)?),
            _ => return self.add_named(kind, oid, json),
        }
        Ok(())
    }

    /// The kinds whose rows are one object each, under a name of its own.
    fn add_named(&mut self, kind: &str, oid: Oid, json: &str) -> Result<(), Error> {
        let (catalog, book) = (&mut self.catalog, &mut self.book);
        match kind {
            "schema" => named(&mut catalog.schemas, book, (class::SCHEMA, oid), json, |one| {
                ObjectId::global(Kind::Schema, &*one.name)
            }),
            "extension" => named(&mut catalog.extensions, book, (class::EXTENSION, oid), json, |one| {
                ObjectId::global(Kind::Extension, &*one.name)
            }),
            "collation" => named(&mut catalog.collations, book, (class::COLLATION, oid), json, |one| {
                ObjectId::of(Kind::Collation, &one.name)
            }),
            "enum" => {
                named(&mut catalog.enums, book, (class::TYPE, oid), json, |one| ObjectId::of(Kind::Type, &one.name))
            }
            "composite" => named(&mut catalog.composites, book, (class::TYPE, oid), json, |one| {
                ObjectId::of(Kind::Type, &one.name)
            }),
            "range" => {
                named(&mut catalog.ranges, book, (class::TYPE, oid), json, |one| ObjectId::of(Kind::Type, &one.name))
            }
            "base_type" => named(&mut catalog.base_types, book, (class::TYPE, oid), json, |one| {
                ObjectId::of(Kind::Type, &one.name)
            }),
            "routine" => named(&mut catalog.routines, book, (class::ROUTINE, oid), json, |one| one.id()),
            "operator" => named(&mut catalog.operators, book, (class::OPERATOR, oid), json, |one| one.id()),
            "operator_class" => named(&mut catalog.operator_classes, book, (class::OPERATOR_CLASS, oid), json, |one| {
                ObjectId::part(Kind::OperatorClass, &one.name, &*one.method)
            }),
            "operator_family" => {
                named(&mut catalog.operator_families, book, (class::OPERATOR_FAMILY, oid), json, |one| {
                    ObjectId::part(Kind::OperatorFamily, &one.name, &*one.method)
                })
            }
            "cast" => named(&mut catalog.casts, book, (class::CAST, oid), json, |one| one.id()),
            "conversion" => named(&mut catalog.conversions, book, (class::CONVERSION, oid), json, |one| {
                ObjectId::of(Kind::Conversion, &one.name)
            }),
            "transform" => named(&mut catalog.transforms, book, (class::TRANSFORM, oid), json, |one| one.id()),
            "language" => named(&mut catalog.languages, book, (class::LANGUAGE, oid), json, |one| {
                ObjectId::global(Kind::Language, &*one.name)
            }),
            "access_method" => named(&mut catalog.access_methods, book, (class::ACCESS_METHOD, oid), json, |one| {
                ObjectId::global(Kind::AccessMethod, &*one.name)
            }),
            "text_search_parser" => {
                named(&mut catalog.text_search_parsers, book, (class::TEXT_SEARCH_PARSER, oid), json, |one| {
                    ObjectId::of(Kind::TextSearchParser, &one.name)
                })
            }
            "text_search_template" => {
                named(&mut catalog.text_search_templates, book, (class::TEXT_SEARCH_TEMPLATE, oid), json, |one| {
                    ObjectId::of(Kind::TextSearchTemplate, &one.name)
                })
            }
            "text_search_dictionary" => {
                named(&mut catalog.text_search_dictionaries, book, (class::TEXT_SEARCH_DICTIONARY, oid), json, |one| {
                    ObjectId::of(Kind::TextSearchDictionary, &one.name)
                })
            }
            "text_search_configuration" => named(
                &mut catalog.text_search_configurations,
                book,
                (class::TEXT_SEARCH_CONFIGURATION, oid),
                json,
                |one| ObjectId::of(Kind::TextSearchConfiguration, &one.name),
            ),
            "statistics" => named(&mut catalog.statistics, book, (class::STATISTICS, oid), json, |one| {
                ObjectId::of(Kind::Statistics, &one.name)
            }),
            "foreign_data_wrapper" => {
                named(&mut catalog.foreign_data_wrappers, book, (class::FOREIGN_DATA_WRAPPER, oid), json, |one| {
                    ObjectId::global(Kind::ForeignDataWrapper, &*one.name)
                })
            }
            "server" => named(&mut catalog.servers, book, (class::SERVER, oid), json, |one| {
                ObjectId::global(Kind::Server, &*one.name)
            }),
            "user_mapping" => named(&mut catalog.user_mappings, book, (class::USER_MAPPING, oid), json, |one| one.id()),
            "event_trigger" => named(&mut catalog.event_triggers, book, (class::EVENT_TRIGGER, oid), json, |one| {
                ObjectId::global(Kind::EventTrigger, &*one.name)
            }),
            "publication" => named(&mut catalog.publications, book, (class::PUBLICATION, oid), json, |one| {
                ObjectId::global(Kind::Publication, &*one.name)
            }),
            "subscription" => named(&mut catalog.subscriptions, book, (class::SUBSCRIPTION, oid), json, |one| {
                ObjectId::global(Kind::Subscription, &*one.name)
            }),
            _ => self.add_note(kind, oid, json),
        }
    }

    /// What is said of rows of the system catalogs by address.
    fn add_note(&mut self, kind: &str, oid: Oid, json: &str) -> Result<(), Error> {
        let book = &mut self.book;
        match kind {
            "published" => {
                let part: PartOfPublication = from_str(json)?;
                book.claim_part((part.class, oid), (class::PUBLICATION, part.publication));
            }
            "nameless" => oids(json)?.into_iter().for_each(|one| book.claim_nameless((oid, one))),
            "objects" => oids(json)?.into_iter().for_each(|one| book.user_made((oid, one))),
            "dependencies" => {
                let notes: Notes = from_str(json)?;
                let taken = book.note(notes.of, notes.on, notes.kind as u8, &notes.pairs);
                taken.ok_or_else(|| Error::custom("a note of dependence that is not four numbers"))?;
            }
            other => return Err(Error::custom(format!("a row of kind {other}"))),
        }
        Ok(())
    }

    /// The sequences, in a steady order.
    pub(super) fn sequence_oids(&self) -> Vec<Oid> {
        let mut oids: Vec<Oid> = self.sequences.keys().copied().collect();
        oids.sort_unstable();
        oids
    }

    /// Notes a sequence's position.
    pub(super) fn set_last_value(&mut self, oid: Oid, value: i64) {
        if let Some(sequence) = self.sequences.get_mut(&oid) {
            sequence.last_value = Some(value);
        }
    }

    /// Gives every part its place and every row its name. What is left is to be named by the server.
    pub(super) fn join(mut self) -> Joined {
        self.join_relations();
        self.join_domains();
        for (oid, member_of) in self.memberships {
            if let Some(role) = self.roles.get_mut(&oid) {
                role.member_of = member_of;
            }
        }
        self.catalog.roles = self.roles.into_values().collect();
        self.book.name_defaults();
        Joined { catalog: self.catalog, book: self.book, privileges: self.privileges, labels: self.labels }
    }

    fn join_relations(&mut self) {
        for (oid, name) in &self.not_nulls {
            self.parts.entry(name.relation).or_default().not_nulls.push((*oid, name.name.clone()));
        }
        self.catalog.tables.reserve_exact(self.tables.len());
        for (oid, mut table) in std::mem::take(&mut self.tables) {
            let parts = self.parts.remove(&oid).unwrap_or_default();
            self.book.claim((class::RELATION, oid), table.id());
            parts.claim(oid, &table.name, &mut self.book);
            complete_table(&mut table, parts);
            self.catalog.tables.push(table);
        }
        for (oid, mut view) in std::mem::take(&mut self.views) {
            let parts = self.parts.remove(&oid).unwrap_or_default();
            self.book.claim((class::RELATION, oid), view.id());
            parts.claim(oid, &view.name, &mut self.book);
            complete_view(&mut view, parts);
            self.catalog.views.push(view);
        }
        for (oid, sequence) in std::mem::take(&mut self.sequences) {
            self.book.claim((class::RELATION, oid), ObjectId::of(Kind::Sequence, &sequence.name));
            self.catalog.sequences.push(sequence);
        }
    }

    fn join_domains(&mut self) {
        for (oid, of) in std::mem::take(&mut self.domain_constraints) {
            let Some(domain) = self.domains.get_mut(&of.domain) else { continue };
            let id = ObjectId::part(Kind::Constraint, &domain.name, &*of.constraint.name);
            self.book.claim((class::CONSTRAINT, oid), id);
            match of.not_null {
                true => domain.not_null_constraint = Some(of.constraint),
                false => domain.constraints.push(of.constraint),
            }
        }
        for (oid, domain) in std::mem::take(&mut self.domains) {
            self.book.claim((class::TYPE, oid), ObjectId::of(Kind::Domain, &domain.name));
            self.catalog.domains.push(domain);
        }
    }

    fn parts(&mut self, oid: Oid) -> &mut Parts {
        self.parts.entry(oid).or_default()
    }
}

fn named<T: DeserializeOwned>(
    list: &mut Vec<T>,
    book: &mut Book,
    row: Row,
    json: &str,
    id: impl Fn(&T) -> ObjectId,
) -> Result<(), Error> {
    let one = from_str(json)?;
    book.claim(row, id(&one));
    list.push(one);
    Ok(())
}

fn oids(json: &str) -> Result<Vec<Oid>, Error> {
    let list: Oids = from_str(json)?;
    list.oids.split(' ').map(|oid| oid.parse().map_err(Error::custom)).collect()
}

/// Everything in its place, but for rows that only the server can name: those of the system and of extensions.
pub(super) struct Joined {
    catalog: Catalog,
    book: Book,
    privileges: Vec<(Row, PrivilegesOf)>,
    labels: Vec<(Row, LabelOf)>,
}

impl Joined {
    /// Rows, and columns of them, that the server has to name.
    pub(super) fn strange(&self) -> Vec<(Row, i32)> {
        let privileges = self.privileges.iter().map(|(row, of)| (*row, of.part));
        let labels = self.labels.iter().map(|(row, of)| (*row, of.part));
        let unknown = privileges.chain(labels).filter(|(row, part)| self.book.id(*row, *part).is_none());
        unknown.chain(self.book.unclaimed().into_iter().map(|row| (row, 0))).collect()
    }

    /// The catalog; `names` are the server's for what is strange.
    pub(super) fn finish(self, names: &HashMap<(Row, i32), ObjectId>) -> Catalog {
        let Self { mut catalog, book, privileges, labels } = self;
        let id = |row: Row, part: i32| book.id(row, part).or_else(|| names.get(&(row, part)).cloned());
        for (row, PrivilegesOf { part, granted, revoked, .. }) in privileges {
            catalog.privileges.extend(id(row, part).map(|on| Privileges { on, granted, revoked }));
        }
        for (row, LabelOf { part, provider, label, .. }) in labels {
            catalog.labels.extend(id(row, part).map(|on| Label { on, provider, label }));
        }
        catalog.unclaimed = book.unclaimed().iter().filter_map(|row| names.get(&(*row, 0)).cloned()).collect();
        (catalog.dependencies, catalog.depends_on_extension) = book.finish();
        catalog.sort();
        catalog
    }
}
