//! How statements name an object: `TABLE public.log`, `POLICY p ON public.log`.

use crate::catalog::{ObjectId, ObjectKind as Kind};
use crate::sql::ident;

/// The object after `DROP`, `COMMENT ON` and `SECURITY LABEL ON`; a constraint's table after the constraint.
pub(super) fn named(id: &ObjectId) -> String {
    let word = word(id.kind);
    let detail = ident(&id.detail);
    match id.kind {
        Kind::Column => format!("{word} {}.{detail}", whole(id)),
        Kind::Constraint | Kind::Trigger | Kind::Rule | Kind::Policy => format!("{word} {detail} ON {}", whole(id)),
        Kind::Function | Kind::Procedure => format!("{word} {}({})", whole(id), id.detail),
        // An aggregate without arguments is called with a star.
        Kind::Aggregate if id.detail.is_empty() => format!("{word} {}(*)", whole(id)),
        Kind::Aggregate => format!("{word} {}({})", whole(id), id.detail),
        Kind::Operator => format!("{word} {}.{} ({})", ident(&id.schema), id.name, id.detail),
        Kind::OperatorClass | Kind::OperatorFamily => format!("{word} {} USING {detail}", whole(id)),
        Kind::Cast => format!("{word} ({} AS {})", id.name, id.detail),
        Kind::Transform => format!("{word} FOR {} LANGUAGE {detail}", id.name),
        Kind::UserMapping => format!("{word} FOR {} SERVER {}", mapped_role(&id.detail), ident(&id.name)),
        _ => format!("{word} {}", whole(id)),
    }
}

/// The object's name alone, with its schema; of a part, the whole's.
pub(super) fn whole(id: &ObjectId) -> String {
    match id.schema.is_empty() {
        true => ident(&id.name),
        false => id.qualified().to_string(),
    }
}

/// A user mapping's role, `PUBLIC` for everyone.
pub(super) fn mapped_role(role: &str) -> String {
    match role {
        "public" => "PUBLIC".to_owned(),
        role => ident(role),
    }
}

/// The keyword of a kind.
pub(super) fn word(kind: Kind) -> String {
    kind.words().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Name;

    #[test]
    fn objects_are_named_as_statements_do() {
        let log = Name::new("public", "Log");
        let check = |id: ObjectId, expected: &str| assert_eq!(named(&id), expected);
        check(ObjectId::of(Kind::MaterializedView, &log), "MATERIALIZED VIEW public.\"Log\"");
        check(ObjectId::part(Kind::Policy, &log, "p"), "POLICY p ON public.\"Log\"");
        check(ObjectId::part(Kind::Column, &log, "a"), "COLUMN public.\"Log\".a");
        check(ObjectId::part(Kind::Function, &log, "integer, text"), "FUNCTION public.\"Log\"(integer, text)");
        check(ObjectId::part(Kind::Aggregate, &log, ""), "AGGREGATE public.\"Log\"(*)");
        check(ObjectId::part(Kind::Operator, &Name::new("s", "=="), "NONE, text"), "OPERATOR s.== (NONE, text)");
        check(ObjectId::part(Kind::OperatorClass, &Name::new("s", "c"), "btree"), "OPERATOR CLASS s.c USING btree");
        check(ObjectId::global(Kind::Schema, "a b"), "SCHEMA \"a b\"");
        let mapping = ObjectId { detail: "public".to_owned(), ..ObjectId::global(Kind::UserMapping, "far") };
        check(mapping, "USER MAPPING FOR PUBLIC SERVER far");
    }
}
