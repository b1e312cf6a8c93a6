//! A target as libpq's environment variables: the way in for PostgreSQL's own programs, never on their command line.
//!
//! Source: PostgreSQL documentation, "Environment Variables".

use std::ffi::OsString;
use std::path::Path;

use crate::conn::{Address, Host, LoadBalance, PostgresTarget, SslMode};

/// The variables that lead a program to one of `hosts` of `target`, which share one password.
pub(super) fn environment(target: &PostgresTarget, hosts: &[Host]) -> Vec<(&'static str, OsString)> {
    let mut variables: Vec<(&str, OsString)> = vec![
        ("PGHOST", list(hosts, Host::name)),
        ("PGHOSTADDR", list(hosts, |host| host.ip().unwrap_or_default())),
        ("PGPORT", list(hosts, |host| host.port.to_string())),
        ("PGUSER", target.user.clone().into()),
        ("PGDATABASE", target.dbname.clone().into()),
        ("PGSSLMODE", target.sslmode.name().into()),
        ("PGSSLSNI", if target.sslsni { "1" } else { "0" }.into()),
        ("PGTARGETSESSIONATTRS", target.session_attrs.name().into()),
        // Everything was resolved before: the program must not find other answers in the user's home.
        ("PGPASSFILE", "/nonexistent".into()),
        ("PGGSSENCMODE", "disable".into()),
    ];
    let password = hosts.first().and_then(|host| password(target, host));
    variables.extend(password.map(|password| ("PGPASSWORD", password.into())));
    let files = [("PGSSLROOTCERT", &target.sslrootcert), ("PGSSLCERT", &target.sslcert), ("PGSSLKEY", &target.sslkey)];
    variables.extend(files.into_iter().filter_map(|(name, path)| Some((name, path.as_deref()?.as_os_str().into()))));
    if target.ssl_system_roots {
        variables.push(("PGSSLROOTCERT", "system".into()));
    }
    if target.load_balance == LoadBalance::Random {
        variables.push(("PGLOADBALANCEHOSTS", "random".into()));
    }
    let texts = [("PGOPTIONS", target.session_options()), ("PGAPPNAME", target.application_name.clone())];
    variables.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text?.into()))));
    variables
        .extend(target.connect_timeout.map(|time| ("PGCONNECT_TIMEOUT", time.as_secs().max(1).to_string().into())));
    variables
}

/// The password for `host`: its own goes first.
pub(super) fn password<'a>(target: &'a PostgresTarget, host: &'a Host) -> Option<&'a str> {
    host.password.as_ref().or(target.password.as_ref()).map(|secret| secret.expose())
}

/// `target` through the socket in `folder` instead of its own hosts.
pub(super) fn through(target: &PostgresTarget, folder: &Path, port: u16) -> PostgresTarget {
    let password = target.hosts.first().and_then(|host| host.password.clone());
    let host = Host { address: Address::Socket(folder.to_path_buf()), port, password };
    PostgresTarget { hosts: vec![host], via: None, sslmode: SslMode::Disable, ..target.clone() }
}

fn list(hosts: &[Host], of: impl Fn(&Host) -> String) -> OsString {
    hosts.iter().map(of).collect::<Vec<_>>().join(",").into()
}
