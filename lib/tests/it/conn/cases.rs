//! Every `tests/data/conn/*.toml`, through one check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mainstay::config::Dotenv;
use mainstay::conn::{Files, Host, Read, Request, Resolved, Secret, Surroundings, Target, resolve, resolve_admin};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    case: Vec<Case>,
}

/// What is there, and what must come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Case {
    name: String,
    flags: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
    dotenv: String,
    config: String,
    /// Path to text; a path that ends in `@MODE` has that mode.
    files: BTreeMap<String, String>,
    /// Resolve the administrator's connection.
    admin: bool,
    /// Field to `value` or `value <- origin`.
    expect: BTreeMap<String, String>,
    /// `Target::describe`.
    target: Option<String>,
    /// The passwords of the hosts, or the target's own, with `|` between.
    password: Option<String>,
    url: Option<String>,
    warnings: Vec<String>,
    /// Pieces of the refusal to write.
    refused: Vec<String>,
    /// Pieces of the error: its kind, sentence, causes, hints.
    error: Vec<String>,
    /// What no message may hold.
    never: Option<String>,
}

struct Given(BTreeMap<PathBuf, Read>);

impl Files for Given {
    fn read(&self, path: &Path) -> std::io::Result<Option<Read>> {
        Ok(self.0.get(path).cloned())
    }
}

#[test]
fn cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/conn");
    let (mut count, mut failures) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).expect("the folder of the cases") {
        let path = entry.expect("an entry").path();
        assert_eq!(path.extension().and_then(|end| end.to_str()), Some("toml"), "{} is not looked at", path.display());
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let suite: Suite = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in suite.case {
            count += 1;
            if let Err(difference) = check(&case) {
                failures.push(format!("{} / {}: {difference}", path.display(), case.name));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    assert!(count >= 60, "only {count} cases were found");
}

fn check(case: &Case) -> Result<(), String> {
    let config =
        mainstay::config::parse("mainstay.toml", &case.config).map_err(|error| format!("config: {error:?}"))?;
    let around = Surroundings {
        vars: case.env.clone(),
        dotenv: Dotenv {
            file: ".env".into(),
            pairs: mainstay::config::dotenv(&case.dotenv, ".env").map_err(|error| format!("{error:?}"))?,
        },
        os_user: "alice".into(),
        home: Some("/home/alice".into()),
        socket_folders: vec!["/run/pg".into(), "/tmp".into()],
        service_folder: Some("/etc/pg".into()),
        project: "/srv/walt".into(),
    };
    let files = Given(case.files.iter().map(file).collect());
    let resolved = match case.admin {
        false => resolve(&request(case), &config, &around, &files),
        true => resolve_admin(&request(case), &config, &around, &files)
            .map(|found| found.unwrap_or_else(|| panic!("{}: no administrator", case.name))),
    };
    match resolved {
        Ok(_) if !case.error.is_empty() => Err("no error".into()),
        Ok(resolved) => check_resolved(case, &resolved),
        Err(error) => {
            let said = format!("{error:?}");
            hidden(case, &said)?;
            if case.error.is_empty() { Err(said) } else { pieces(&said, &case.error) }
        }
    }
}

fn file((path, text): (&String, &String)) -> (PathBuf, Read) {
    let (path, mode) = path.split_once('@').unwrap_or((path, "600"));
    let mode = u32::from_str_radix(mode, 8).expect("a mode");
    (PathBuf::from(path), Read { text: text.clone(), mode })
}

fn request(case: &Case) -> Request {
    let known = ["url", "target", "host", "port", "user", "dbname", "password", "patience"];
    assert!(case.flags.keys().all(|flag| known.contains(&flag.as_str())), "{}: an unknown flag", case.name);
    let flag = |name: &str| case.flags.get(name).cloned();
    Request {
        url: flag("url"),
        target: flag("target"),
        host: flag("host"),
        port: flag("port"),
        user: flag("user"),
        dbname: flag("dbname"),
        password: flag("password").map(Secret::new),
        patience: flag("patience").map(|seconds| Duration::from_secs(seconds.parse().expect("seconds"))),
        ..Request::default()
    }
}

fn check_resolved(case: &Case, resolved: &Resolved) -> Result<(), String> {
    for (name, expected) in &case.expect {
        let field = resolved.field(name).ok_or_else(|| format!("no field {name}"))?;
        let shown = match expected.contains(" <- ") {
            true => format!("{} <- {}", field.value, field.origin),
            false => field.value.clone(),
        };
        same(name, &shown, expected)?;
    }
    if let Some(expected) = &case.target {
        same("target", &resolved.target.describe(), expected)?;
    }
    if let Some(expected) = &case.password {
        same("password", &passwords(&resolved.target), expected)?;
    }
    if let Some(expected) = &case.url {
        same("url", resolved.url(true).expose(), expected)?;
    }
    let warnings = resolved.warnings.join("\n");
    pieces(&warnings, &case.warnings)?;
    if case.warnings.is_empty() && case.refused.is_empty() && !warnings.is_empty() {
        return Err(format!("unexpected warning: {warnings}"));
    }
    let fields: String = resolved.fields.iter().map(|field| format!("{field:?}")).collect();
    hidden(case, &format!("{fields}{warnings}"))?;
    match resolved.for_writing() {
        Ok(_) if case.refused.is_empty() => Ok(()),
        Ok(_) => Err("writing is not refused".into()),
        Err(error) if case.refused.is_empty() => Err(format!("writing is refused: {error:?}")),
        Err(error) => {
            assert_eq!(error.kind(), mainstay::ErrorKind::Refused);
            pieces(&format!("{error:?}"), &case.refused)
        }
    }
}

fn passwords(target: &Target) -> String {
    let Target::Postgres(target) = target else { return String::new() };
    let shown = |secret: Option<&Secret>| secret.map_or("-", |secret| secret.expose()).to_owned();
    let of = |host: &Host| shown(host.password.as_ref().or(target.password.as_ref()));
    target.hosts.iter().map(of).collect::<Vec<_>>().join("|")
}

fn same(what: &str, found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?}, not {expected:?}")) }
}

fn pieces(said: &str, pieces: &[String]) -> Result<(), String> {
    let missing: Vec<_> = pieces.iter().filter(|piece| !said.contains(piece.as_str())).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} not said in: {said}")) }
}

fn hidden(case: &Case, said: &str) -> Result<(), String> {
    match &case.never {
        Some(secret) if said.contains(secret.as_str()) => Err(format!("the secret is shown: {said}")),
        _ => Ok(()),
    }
}
