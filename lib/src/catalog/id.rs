//! Names that tell every object of a database apart.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Name, ObjectKind};
use crate::sql;

/// One object: `table public.log`, `column public.log.id`, `constraint log_pkey on public.log`,
/// `function public.f(integer)`. Ordered by kind, then by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectId {
    /// What sort of object.
    pub kind: ObjectKind,
    /// The schema, unquoted; empty for what lives in none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub schema: String,
    /// Its name, unquoted; for a part (column, constraint, trigger, rule, policy) that of the whole: the table, view,
    /// type or domain. A cast's source type, a transform's type, a user mapping's server.
    pub name: String,
    /// A part's own name, unquoted; the argument types of a routine or operator; the access method of an operator class
    /// or family; a cast's target type, a transform's language, a user mapping's role.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl ObjectId {
    /// An object that lives in no schema.
    pub fn global(kind: ObjectKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), ..Self::default() }
    }

    /// An object of a schema.
    pub fn of(kind: ObjectKind, name: &Name) -> Self {
        Self::part(kind, name, "")
    }

    /// A part of `whole`, or one of several objects that share a name.
    pub fn part(kind: ObjectKind, whole: &Name, detail: impl Into<String>) -> Self {
        Self { kind, schema: whole.schema.clone(), name: whole.name.clone(), detail: detail.into() }
    }

    /// `schema.name`: of a part, that of the whole.
    pub fn qualified(&self) -> Name {
        Name::new(&*self.schema, &*self.name)
    }
}

/// As a sentence names it, quoted where SQL would.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ObjectKind as Kind;
        let words = self.kind.words();
        let ident = sql::ident;
        let whole = match self.schema.is_empty() {
            true => ident(&self.name),
            false => self.qualified().to_string(),
        };
        let (name, detail) = (&self.name, &self.detail);
        match self.kind {
            Kind::Column | Kind::Default => write!(f, "{words} {whole}.{}", ident(detail)),
            Kind::Constraint | Kind::Trigger | Kind::Rule | Kind::Policy => {
                write!(f, "{words} {} on {whole}", ident(detail))
            }
            Kind::Function | Kind::Procedure | Kind::Aggregate => write!(f, "{words} {whole}({detail})"),
            // An operator's name is never quoted.
            Kind::Operator => write!(f, "{words} {}.{name}({detail})", ident(&self.schema)),
            Kind::OperatorClass | Kind::OperatorFamily => write!(f, "{words} {whole} using {}", ident(detail)),
            Kind::Cast => write!(f, "{words} {name} as {detail}"),
            Kind::Transform => write!(f, "{words} for {name} language {}", ident(detail)),
            Kind::UserMapping => write!(f, "{words} of {} on server {}", ident(detail), ident(name)),
            Kind::Unknown => write!(f, "{name}"),
            _ => write!(f, "{words} {whole}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_people_do() {
        let log = Name::new("public", "log");
        let check = |id: ObjectId, expected: &str| assert_eq!(id.to_string(), expected);
        check(ObjectId::of(ObjectKind::Table, &log), "table public.log");
        check(ObjectId::part(ObjectKind::Column, &log, "Id"), "column public.log.\"Id\"");
        check(ObjectId::part(ObjectKind::Constraint, &log, "log_pkey"), "constraint log_pkey on public.log");
        check(ObjectId::part(ObjectKind::Function, &Name::new("a b", "f"), "integer"), "function \"a b\".f(integer)");
        check(ObjectId::part(ObjectKind::Operator, &Name::new("public", "+"), "NONE, integer"), {
            "operator public.+(NONE, integer)"
        });
        check(ObjectId { detail: "app".into(), ..ObjectId::global(ObjectKind::UserMapping, "far") }, {
            "user mapping of app on server far"
        });
        check(ObjectId { detail: "text".into(), ..ObjectId::global(ObjectKind::Cast, "public.mood") }, {
            "cast public.mood as text"
        });
    }
}
