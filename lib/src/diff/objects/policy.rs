//! Row security policies.

use super::one_statement;
use crate::catalog::{ObjectId, Policy, PolicyCommand};
use crate::diff::change::{Change, Statement};
use crate::diff::spelling;
use crate::sql::ident;

pub(super) fn create(id: &ObjectId, policy: &Policy) -> Vec<Statement> {
    let kind = if policy.permissive { "" } else { " AS RESTRICTIVE" };
    let command = match policy.command {
        PolicyCommand::All => "",
        PolicyCommand::Select => " FOR SELECT",
        PolicyCommand::Insert => " FOR INSERT",
        PolicyCommand::Update => " FOR UPDATE",
        PolicyCommand::Delete => " FOR DELETE",
    };
    let (name, table) = (ident(&policy.name), id.qualified());
    one_statement(format!("CREATE POLICY {name} ON {table}{kind}{command} TO {}{}", roles(policy), conditions(policy)))
}

fn roles(policy: &Policy) -> String {
    match policy.roles.is_empty() {
        true => "PUBLIC".to_owned(),
        false => policy.roles.iter().map(|role| ident(role)).collect::<Vec<_>>().join(", "),
    }
}

fn conditions(policy: &Policy) -> String {
    let using = policy.using.as_ref().map(|condition| format!(" USING ({condition})")).unwrap_or_default();
    let check = policy.check.as_ref().map(|condition| format!(" WITH CHECK ({condition})")).unwrap_or_default();
    format!("{using}{check}")
}

pub(super) fn change(id: &ObjectId, old: &Policy, new: &Policy) -> Change {
    let loses = |old: &Option<String>, new: &Option<String>| old.is_some() && new.is_none();
    if (old.command, old.permissive) != (new.command, new.permissive)
        || loses(&old.using, &new.using)
        || loses(&old.check, &new.check)
    {
        return Change::Rebuild;
    }
    let same = |old: &Option<String>, new: &Option<String>| spelling::same_or_none(old.as_ref(), new.as_ref());
    if old.roles == new.roles && same(&old.using, &new.using) && same(&old.check, &new.check) {
        return Change::none();
    }
    let sql = format!("ALTER POLICY {} ON {} TO {}{}", ident(&new.name), id.qualified(), roles(new), conditions(new));
    Change::Alter(vec![Statement::new(sql)])
}
