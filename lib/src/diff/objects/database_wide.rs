//! Extensions, languages, access methods, collations, casts, conversions and transforms.

use super::{one_statement, rebuild_unless};
use crate::catalog::{
    AccessMethod, Cast, CastContext, CastMethod, Collation, CollationProvider, Conversion, Extension, Language,
    Transform,
};
use crate::diff::change::{Change, Statement};
use crate::sql::{ident, literal};

pub(super) fn create_extension(one: &Extension) -> Vec<Statement> {
    let (name, schema, version) = (ident(&one.name), ident(&one.schema), literal(&one.version));
    one_statement(format!("CREATE EXTENSION {name} WITH SCHEMA {schema} VERSION {version}"))
}

pub(super) fn change_extension(old: &Extension, new: &Extension) -> Change {
    if old.schema != new.schema && !old.relocatable {
        return Change::Rebuild;
    }
    let name = ident(&new.name);
    let mut statements = Vec::new();
    if old.version != new.version {
        statements.push(Statement::new(format!("ALTER EXTENSION {name} UPDATE TO {}", literal(&new.version))));
    }
    if old.schema != new.schema {
        statements.push(Statement::new(format!("ALTER EXTENSION {name} SET SCHEMA {}", ident(&new.schema))));
    }
    Change::Alter(statements)
}

pub(super) fn create_language(one: &Language) -> Vec<Statement> {
    let trusted = if one.trusted { "TRUSTED " } else { "" };
    let clause = |word: &str, function: &Option<String>| {
        function.as_ref().map(|function| format!(" {word} {function}")).unwrap_or_default()
    };
    one_statement(format!(
        "CREATE {trusted}LANGUAGE {}{}{}{}",
        ident(&one.name),
        clause("HANDLER", &one.handler),
        clause("INLINE", &one.inline),
        clause("VALIDATOR", &one.validator)
    ))
}

pub(super) fn change_language(old: &Language, new: &Language) -> Change {
    let plain = |one: &Language| Language { owner: String::new(), comment: None, ..one.clone() };
    rebuild_unless(plain(old) == plain(new))
}

pub(super) fn create_access_method(one: &AccessMethod) -> Vec<Statement> {
    let kind = if one.indexes { "INDEX" } else { "TABLE" };
    one_statement(format!("CREATE ACCESS METHOD {} TYPE {kind} HANDLER {}", ident(&one.name), one.handler))
}

pub(super) fn create_collation(one: &Collation) -> Vec<Statement> {
    let provider = match one.provider {
        CollationProvider::Libc => "libc",
        CollationProvider::Icu => "icu",
        CollationProvider::Builtin => "builtin",
        CollationProvider::Default => "default",
    };
    let mut settings = vec![format!("provider = {provider}")];
    let mut set = |name: &str, value: &Option<String>| {
        settings.extend(value.as_ref().map(|value| format!("{name} = {}", literal(value))));
    };
    set("locale", &one.locale);
    set("lc_collate", &one.collate);
    set("lc_ctype", &one.ctype);
    set("rules", &one.rules);
    if !one.deterministic {
        settings.push("deterministic = false".to_owned());
    }
    one_statement(format!("CREATE COLLATION {} ({})", one.name, settings.join(", ")))
}

pub(super) fn change_collation(old: &Collation, new: &Collation) -> Change {
    let plain = |one: &Collation| Collation { owner: String::new(), comment: None, ..one.clone() };
    rebuild_unless(plain(old) == plain(new))
}

pub(super) fn create_cast(one: &Cast) -> Vec<Statement> {
    let method = match (one.method, &one.function) {
        (CastMethod::Function, Some(function)) => format!("WITH FUNCTION {function}"),
        (CastMethod::Inout, _) => "WITH INOUT".to_owned(),
        _ => "WITHOUT FUNCTION".to_owned(),
    };
    let context = match one.context {
        CastContext::Explicit => "",
        CastContext::Assignment => " AS ASSIGNMENT",
        CastContext::Implicit => " AS IMPLICIT",
    };
    one_statement(format!("CREATE CAST ({} AS {}) {method}{context}", one.source, one.target))
}

pub(super) fn change_cast(old: &Cast, new: &Cast) -> Change {
    rebuild_unless((&old.function, old.method, old.context) == (&new.function, new.method, new.context))
}

pub(super) fn create_conversion(one: &Conversion) -> Vec<Statement> {
    let default = if one.default { "DEFAULT " } else { "" };
    let (source, target) = (literal(&one.source), literal(&one.target));
    one_statement(format!("CREATE {default}CONVERSION {} FOR {source} TO {target} FROM {}", one.name, one.function))
}

pub(super) fn change_conversion(old: &Conversion, new: &Conversion) -> Change {
    let plain = |one: &Conversion| Conversion { owner: String::new(), comment: None, ..one.clone() };
    rebuild_unless(plain(old) == plain(new))
}

pub(super) fn create_transform(one: &Transform) -> Vec<Statement> {
    let clause = |words: &str, function: &Option<String>| {
        function.as_ref().map(|function| format!("{words} SQL WITH FUNCTION {function}"))
    };
    let clauses: Vec<String> =
        [clause("FROM", &one.from_sql), clause("TO", &one.to_sql)].into_iter().flatten().collect();
    one_statement(format!(
        "CREATE TRANSFORM FOR {} LANGUAGE {} ({})",
        one.data_type,
        ident(&one.language),
        clauses.join(", ")
    ))
}
