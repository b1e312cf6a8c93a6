//! Rights of roles that nobody speaks of: what `bootstrap` and `role create` grant, and an administrator by hand, stands in no file
//! and is none of a file's business.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Grant, ObjectId, ObjectKind};

/// Takes out of `found` what is granted to roles of which `expected` says nothing, and what everybody has or has not on what every
/// database comes with, where `expected` says nothing of that.
pub(super) fn spoken_of(found: &mut Catalog, expected: &Catalog) {
    let of_objects = expected.privileges.iter().flat_map(|one| one.granted.iter().chain(&one.revoked));
    let of_defaults = expected.default_privileges.iter().flat_map(|one| one.granted.iter().chain(&one.revoked));
    let roles: BTreeSet<&str> = of_objects.chain(of_defaults).filter_map(|grant| grant.grantee.as_deref()).collect();
    let spoken_of = |grant: &Grant| grant.grantee.as_deref().is_none_or(|role| roles.contains(role));
    for one in &mut found.privileges {
        one.granted.retain(spoken_of);
        if comes_with_every_database(&one.on) && expected.privileges_on(&one.on).is_none() {
            one.granted.clear();
            one.revoked.clear();
        }
    }
    for one in &mut found.default_privileges {
        one.granted.retain(spoken_of);
    }
    found.privileges.retain(|one| !(one.granted.is_empty() && one.revoked.is_empty()));
    found.default_privileges.retain(|one| !(one.granted.is_empty() && one.revoked.is_empty()));
}

fn comes_with_every_database(id: &ObjectId) -> bool {
    let public = id.kind == ObjectKind::Schema && id.name == "public";
    public || id.kind == ObjectKind::Database || id.schema == "pg_catalog"
}

#[cfg(test)]
mod tests {
    use super::spoken_of;
    use crate::catalog::{Catalog, DefaultPrivileges, Grant, Name, ObjectId, ObjectKind, Privileges};

    fn to(role: Option<&str>) -> Grant {
        Grant { grantee: role.map(str::to_owned), privilege: "SELECT".into(), ..Grant::default() }
    }

    fn on(id: ObjectId, granted: &[Option<&str>], revoked: &[Option<&str>]) -> Privileges {
        let grants = |roles: &[Option<&str>]| roles.iter().map(|role| to(*role)).collect();
        Privileges { on: id, granted: grants(granted), revoked: grants(revoked) }
    }

    #[test]
    fn others_rights_stay_out_of_it_and_what_is_spoken_of_counts() {
        let table = || ObjectId::of(ObjectKind::Table, &Name::new("public", "vms"));
        let other = || ObjectId::of(ObjectKind::Table, &Name::new("public", "operations"));
        let public = || ObjectId::global(ObjectKind::Schema, "public");
        let defaults = DefaultPrivileges { granted: vec![to(Some("app"))], ..DefaultPrivileges::default() };
        let found = Catalog {
            privileges: vec![
                on(table(), &[Some("app"), Some("billing"), None], &[]),
                on(other(), &[Some("app")], &[]),
                on(public(), &[Some("owner")], &[None]),
            ],
            default_privileges: vec![defaults],
            ..Catalog::default()
        };
        let expected = Catalog { privileges: vec![on(other(), &[Some("billing")], &[])], ..Catalog::default() };
        let mut rest = found.clone();
        spoken_of(&mut rest, &expected);
        assert_eq!(rest.privileges, [on(table(), &[Some("billing"), None], &[])]);
        assert!(rest.default_privileges.is_empty());

        let closes = Catalog { privileges: vec![on(public(), &[], &[None])], ..Catalog::default() };
        let mut rest = found;
        spoken_of(&mut rest, &closes);
        assert_eq!(rest.privileges, [on(table(), &[None], &[]), on(public(), &[], &[None])]);
    }
}
