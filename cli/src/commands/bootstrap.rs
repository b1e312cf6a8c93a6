//! `mainstay bootstrap`.

use clap::Args;
use mainstay::bootstrap;
use mainstay::plan::Plan;
use mainstay::{Error, ErrorKind};

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach;

/// Create the roles, database, extensions and grants that are missing; a second run changes nothing
#[derive(Args, Clone)]
pub struct BootstrapArgs {
    /// Print the SQL and run nothing
    #[arg(long)]
    print: bool,

    /// Connection that may create roles and databases, in any form that --url takes
    #[arg(long, value_name = "URL")]
    admin_url: Option<String>,
}

/// Creates what is missing.
pub(super) async fn run(args: BootstrapArgs, context: &Context) -> Result<Outcome, CliError> {
    let mut builder = reach::builder(context)?;
    if let Some(url) = args.admin_url {
        builder = builder.admin_url(url);
    }
    let database = reach::open(context, builder)?;
    if database.wish().is_none() {
        return Err(Error::new(ErrorKind::Usage, "an SQLite file has no roles to create")
            .hint("mainstay prepare creates the file itself")
            .into());
    }
    if args.print {
        let plan = database.bootstrap_plan_to_print().await?;
        context.answer(&plan, Text::Lines(script(&plan)))?;
        return Ok(Outcome::Done);
    }
    let plan = database.bootstrap_plan().await?;
    if context.globals.dry_run {
        context.answer(&plan, Text::Lines(plan.to_text()))?;
        return Ok(Outcome::Done);
    }
    database.bootstrap(&plan).await?;
    let mut text: String = plan.steps.iter().map(|step| format!("done  {}\n", step.title)).collect();
    if plan.is_empty() {
        text = format!("everything is there already; {} is ready for migrations\n", plan.database);
    }
    context.answer(&plan, Text::Lines(text))?;
    Ok(Outcome::Done)
}

/// The plan as a script for psql, with the line that says how the password is given where one is needed.
fn script(plan: &Plan) -> String {
    let sql = plan.to_sql();
    if sql.contains(bootstrap::PASSWORD_VARIABLE) {
        return format!("-- the password is a variable of psql: psql -v app_password=\"'…'\"\n{sql}");
    }
    sql
}
