//! `mainstay conn`.

use std::time::Instant;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Table, words};
use crate::reach;

/// What is shown instead of a password.
const HIDDEN: &str = "***";

/// `mainstay conn …`
#[derive(Subcommand, Clone)]
pub enum Conn {
    /// Show every connection setting and where it comes from
    Show,
    /// Connect, and show what answers
    Test,
    /// Print the connection as a URL for other programs
    Url {
        /// Put the password in
        #[arg(long)]
        show_password: bool,
    },
}

/// Shows, tests or prints the connection.
pub(super) async fn run(args: Conn, context: &Context) -> Result<Outcome, CliError> {
    match args {
        Conn::Show => show(context).await,
        Conn::Test => test(context).await,
        Conn::Url { show_password } => print_url(context, show_password).await,
    }
}

async fn show(context: &Context) -> Result<Outcome, CliError> {
    let resolved = reach::resolved(context)?;
    let mut table = Table::new(["FIELD", "VALUE", "SOURCE"]);
    let mut fields = Vec::new();
    for field in &resolved.fields {
        let name = field.name.to_string();
        let secret = name.ends_with("password");
        let value = if secret { HIDDEN.to_owned() } else { field.value.to_string() };
        let source = field.origin.to_string();
        fields.push(json!({ "field": name, "value": value, "source": source }));
        table.row([name, value, source]);
    }
    context.answer(json!({ "fields": fields }), Text::Table(table))?;
    Ok(Outcome::Done)
}

async fn test(context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let begin = Instant::now();
    let mut session = database.connect().await?;
    session.query("SELECT 1").await?;
    let took = begin.elapsed();
    let server = session.server().clone();
    session.close().await;
    let facts: [(&str, Value); 8] = [
        ("server", server.version.into()),
        ("database", server.database.into()),
        ("user", server.user.into()),
        ("superuser", server.superuser.into()),
        ("standby", server.standby.into()),
        ("tls", server.tls.into()),
        ("address", server.address.into()),
        ("took", words::duration(took).into()),
    ];
    let mut table = Table::new(["FACT", "VALUE"]);
    for (name, value) in &facts {
        table.row([(*name).to_owned(), in_words(value)]);
    }
    let mut data: serde_json::Map<_, _> = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    data.insert("took".into(), json!(took.as_secs_f64()));
    context.answer(data, Text::Table(table))?;
    Ok(Outcome::Done)
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

async fn print_url(context: &Context, show_password: bool) -> Result<Outcome, CliError> {
    let resolved = reach::resolved(context)?;
    let url = resolved.url(show_password);
    let text = url.expose();
    context.answer(json!({ "url": text }), Text::Lines(format!("{text}\n")))?;
    Ok(Outcome::Done)
}
