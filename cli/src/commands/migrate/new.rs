//! `mainstay migrate new`.

use clap::Args;
use mainstay::migrate;
use mainstay::observer::{Event, Observer};
use mainstay::states::{Draft, State, Unchecked};
use mainstay::{Builder, Error, ErrorKind};

use super::{migrations, migrations_alone};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::reach::{self, Allow, Way};

/// Write the files of a new migration
///
/// They are empty but for their name, or with --from-schema the way from what the migrations produce to the wanted schema and
/// back, tried in a scratch database before anything is written.
#[derive(Args, Clone)]
pub struct NewArgs {
    /// What it does, in a few words: add_retry_to_tests
    #[arg(required = true, num_args = 1..)]
    name: Vec<String>,

    /// Write the way to this state; without a value, to [migrations] schema of mainstay.toml
    #[arg(long, value_name = "STATE", num_args = 0..=1, default_missing_value = "")]
    from_schema: Option<String>,

    #[command(flatten)]
    allow: Allow,

    #[command(flatten)]
    way: Way,
}

/// Writes the files; touches no database, unless the migrations are another program's, which writes them by its own.
pub(super) async fn run(args: NewArgs, context: &Context) -> Result<Outcome, CliError> {
    let now = jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
    let name = args.name.join(" ");
    let created = match args.from_schema {
        None if args.way.offline || !(args.way.rename.is_empty() && args.allow.allow.is_empty()) => {
            return Err(CliError::usage("--rename, --offline and --allow go with --from-schema"));
        }
        None => match migrations_alone(context)?.create(&name, &now) {
            Some(created) => created?,
            None => {
                let database = reach::open(context, reach::builder(context)?)?;
                database.new_migration(migrations(&database)?.as_ref(), &name, &now).await?
            }
        },
        Some(state) => {
            let intent = args.way.intent(&args.allow.consent(context)?.allow, context)?;
            let builder = reach::builder(context)?.read_only();
            let states = builder.states()?;
            let draft = states.draft(&name, &wanted(&state, &builder, context)?, &intent, &now).await?;
            tell(&draft, context);
            migrate::write(&states.migrations, &draft.files)?
        }
    };
    let mut text: String = created.files.iter().map(|file| format!("wrote {}\n", file.display())).collect();
    if text.is_empty() {
        text.push_str("the migrations produce the wanted schema: nothing to write\n");
    }
    context.answer(&created, Text::Lines(text))?;
    Ok(Outcome::Done)
}

/// The state that was typed, else that of `mainstay.toml`.
fn wanted(typed: &str, builder: &Builder, context: &Context) -> Result<State, CliError> {
    if !typed.is_empty() {
        return reach::state(context, builder, typed);
    }
    let config = context.config()?;
    let schema = config.migrations.schema.ok_or_else(|| {
        Error::new(ErrorKind::Config, "nothing says which schema is wanted")
            .hint("write `schema = \"schema.sql\"` under [migrations] in mainstay.toml")
            .hint("or type: mainstay migrate new NAME --from-schema schema.sql")
    })?;
    reach::state(context, builder, &context.project.root.join(schema).display().to_string())
}

/// What the files do not say.
fn tell(draft: &Draft, context: &Context) {
    let warn = |message: &str| context.observer.event(Event::Warning { message });
    match &draft.unchecked {
        Some(Unchecked::Unnamed) => warn("no database is named: whether it is up to date was not checked"),
        Some(Unchecked::Unreachable(why)) => {
            warn(&format!("whether the database is up to date was not checked: {why}"))
        }
        None => {}
    }
    if !draft.goes_back {
        warn("this layout of migrations has no way back: only the way up was written");
    }
    for id in &draft.up.unclaimed {
        warn(&format!("of a kind that cannot be planned: {id}"));
    }
    for (_, risk) in draft.up.plan.unallowed() {
        let (told, name) = (risk.told(), risk.hazard.name());
        match risk.hazard.loses_rows() {
            true => warn(&format!("the migration {told}: it must be allowed when it is applied ({name})")),
            false => warn(&format!("the migration {told} ({name})")),
        }
    }
}
