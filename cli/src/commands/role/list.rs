//! `mainstay role list`.

use clap::Args;
use mainstay::roles::{InSchema, Who};
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::Table;
use crate::reach;

/// Show who may do what, by role and schema
///
/// PUBLIC is what everybody may do. Roles that may do no more than that are left out. READ and WRITE count tables and views;
/// NEW is what the roles that create will grant on tables to come.
#[derive(Args, Clone)]
pub struct ListArgs {
    /// Only these roles
    names: Vec<String>,

    /// Roles that may do no more than everybody, too
    #[arg(long)]
    all: bool,
}

/// Lists them.
pub(super) async fn run(args: ListArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let roles = database.roles(&args.names, args.all).await?;
    let mut table = Table::new([
        "ROLE",
        "IS",
        "MEMBER_OF",
        "CONNECT",
        "CREATE",
        "TEMP",
        "SCHEMA",
        "CREATE_IN",
        "READ",
        "WRITE",
        "NEW",
    ]);
    for who in &roles {
        if who.schemas.is_empty() {
            table.row(line(who, None));
        }
        for schema in &who.schemas {
            table.row(line(who, Some(schema)));
        }
    }
    context.answer(json!({ "roles": roles }), Text::Table(table))?;
    Ok(Outcome::Done)
}

fn line(who: &Who, schema: Option<&InSchema>) -> [String; 11] {
    let yes = |may: bool| if may { "yes" } else { "no" }.to_owned();
    let of = |part: fn(&InSchema) -> u64| schema.map(|schema| share(part(schema), schema.tables)).unwrap_or_default();
    [
        who.role.clone(),
        who.is.join(", "),
        who.member_of.join(", "),
        yes(who.connect),
        yes(who.create),
        yes(who.temp),
        schema.map(|schema| schema.schema.clone()).unwrap_or_default(),
        schema.map(|schema| yes(schema.create)).unwrap_or_default(),
        of(|schema| schema.reads),
        of(|schema| schema.writes),
        schema.map(|schema| schema.tomorrow.clone()).unwrap_or_default(),
    ]
}

fn share(part: u64, all: u64) -> String {
    match part {
        0 => "none".to_owned(),
        part if part == all => "all".to_owned(),
        part => format!("{part} of {all}"),
    }
}
