//! A target as a URL that other programs take. Source of the form: PostgreSQL documentation, libpq "Connection URIs".

use std::fmt::Write;

use mainstay::conn::{Address, Host, LoadBalance, PostgresTarget, SessionAttrs, SslMode, Target};

/// The URL of `target`, its password only where `with_password` says so. What a URL cannot say is left out: `via`, and
/// a password for one host of several.
pub fn url(target: &Target, with_password: bool) -> String {
    match target {
        Target::Postgres(target) => postgres(target, with_password),
        Target::Sqlite(target) => format!("sqlite:{}", target.path.display()),
    }
}

fn postgres(target: &PostgresTarget, with_password: bool) -> String {
    let mut url = format!("postgresql://{}", encoded(&target.user));
    let own = || target.hosts.first().filter(|_| target.hosts.len() == 1).and_then(|host| host.password.as_ref());
    if let Some(password) = target.password.as_ref().or_else(own).filter(|_| with_password) {
        let _ = write!(url, ":{}", encoded(password.expose()));
    }
    let mut settings = Vec::new();
    url.push('@');
    match target.hosts.as_slice() {
        // Drivers that are not libpq know a socket's folder only by this form.
        [Host { address: Address::Socket(folder), port, .. }] => {
            settings.push(("host", folder.display().to_string()));
            settings.push(("port", port.to_string()));
        }
        hosts => url.push_str(&hosts.iter().map(authority).collect::<Vec<_>>().join(",")),
    }
    let _ = write!(url, "/{}", encoded(&target.dbname));
    settings.extend(options(target));
    let own_settings = target.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
    for (at, (name, value)) in settings.into_iter().chain(own_settings).enumerate() {
        let _ = write!(url, "{}{}={}", if at == 0 { '?' } else { '&' }, encoded(name), encoded(&value));
    }
    url
}

fn authority(host: &Host) -> String {
    match &host.address {
        Address::Socket(folder) => format!("{}:{}", encoded(&folder.display().to_string()), host.port),
        Address::Tcp { name, .. } if name.contains(':') => format!("[{name}]:{}", host.port),
        Address::Tcp { name, .. } => format!("{}:{}", encoded(name), host.port),
    }
}

/// The settings that differ from libpq's defaults.
fn options(target: &PostgresTarget) -> Vec<(&'static str, String)> {
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let seconds = |time: std::time::Duration| time.as_secs().to_string();
    let roots = if target.ssl_system_roots { Some("system".to_owned()) } else { path(&target.sslrootcert) };
    let addresses: Vec<_> = target.hosts.iter().map(address).collect();
    let all = [
        ("hostaddr", addresses.iter().any(|ip| !ip.is_empty()).then(|| addresses.join(","))),
        ("sslmode", ssl_mode(target.sslmode).map(str::to_owned)),
        ("sslrootcert", roots),
        ("sslcert", path(&target.sslcert)),
        ("sslkey", path(&target.sslkey)),
        ("sslsni", (!target.sslsni).then(|| "0".to_owned())),
        ("options", target.options.clone()),
        ("application_name", target.application_name.clone()),
        ("connect_timeout", target.connect_timeout.map(seconds)),
        ("target_session_attrs", session_attrs(target.session_attrs).map(str::to_owned)),
        ("load_balance_hosts", (target.load_balance == LoadBalance::Random).then(|| "random".to_owned())),
        ("keepalives", (!target.keepalives).then(|| "0".to_owned())),
        ("keepalives_idle", target.keepalives_idle.map(seconds)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn address(host: &Host) -> String {
    match &host.address {
        Address::Tcp { ip: Some(ip), name } if *name != ip.to_string() => ip.to_string(),
        _ => String::new(),
    }
}

fn ssl_mode(mode: SslMode) -> Option<&'static str> {
    match mode {
        SslMode::Disable => Some("disable"),
        SslMode::Allow => Some("allow"),
        SslMode::Prefer => None,
        SslMode::Require => Some("require"),
        SslMode::VerifyCa => Some("verify-ca"),
        SslMode::VerifyFull => Some("verify-full"),
    }
}

fn session_attrs(attrs: SessionAttrs) -> Option<&'static str> {
    match attrs {
        SessionAttrs::Any => None,
        SessionAttrs::ReadWrite => Some("read-write"),
        SessionAttrs::ReadOnly => Some("read-only"),
        SessionAttrs::Primary => Some("primary"),
        SessionAttrs::Standby => Some("standby"),
        SessionAttrs::PreferStandby => Some("prefer-standby"),
    }
}

/// `text` with everything but RFC 3986's unreserved characters as `%XX`.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use mainstay::conn::{Secret, SqliteTarget};

    use super::*;

    fn target(hosts: Vec<Host>) -> PostgresTarget {
        PostgresTarget {
            hosts,
            user: "wa lt".into(),
            dbname: "walt".into(),
            password: Some(Secret::new("se:c@ret/")),
            sslmode: SslMode::Prefer,
            sslrootcert: None,
            ssl_system_roots: false,
            sslcert: None,
            sslkey: None,
            sslsni: true,
            options: None,
            application_name: None,
            connect_timeout: None,
            session_attrs: SessionAttrs::Any,
            load_balance: LoadBalance::Disable,
            keepalives: true,
            keepalives_idle: None,
            via: None,
            settings: vec![],
        }
    }

    fn tcp(name: &str, ip: Option<&str>) -> Host {
        let ip = ip.map(|ip| ip.parse().unwrap());
        Host { address: Address::Tcp { name: name.into(), ip }, port: 5432, password: None }
    }

    fn socket() -> Host {
        Host { address: Address::Socket("/run/postgresql".into()), port: 5433, password: None }
    }

    fn check(target: PostgresTarget, with_password: bool, expected: &str) {
        assert_eq!(url(&Target::Postgres(target), with_password), expected);
    }

    #[test]
    fn the_password_only_when_asked_for() {
        check(target(vec![tcp("db", None)]), false, "postgresql://wa%20lt@db:5432/walt");
        check(target(vec![tcp("db", None)]), true, "postgresql://wa%20lt:se%3Ac%40ret%2F@db:5432/walt");
    }

    #[test]
    fn sockets_and_several_hosts() {
        check(target(vec![socket()]), false, "postgresql://wa%20lt@/walt?host=%2Frun%2Fpostgresql&port=5433");
        check(
            target(vec![tcp("::1", None), socket()]),
            false,
            "postgresql://wa%20lt@[::1]:5432,%2Frun%2Fpostgresql:5433/walt",
        );
    }

    #[test]
    fn settings_that_are_no_defaults() {
        let mut target = target(vec![tcp("db", Some("10.0.0.1"))]);
        target.sslmode = SslMode::VerifyFull;
        target.ssl_system_roots = true;
        target.connect_timeout = Some(std::time::Duration::from_secs(3));
        target.settings = vec![("client_encoding".into(), "UTF8".into())];
        check(
            target,
            false,
            "postgresql://wa%20lt@db:5432/walt?hostaddr=10.0.0.1&sslmode=verify-full&sslrootcert=system\
             &connect_timeout=3&client_encoding=UTF8",
        );
    }

    #[test]
    fn a_file() {
        assert_eq!(url(&Target::Sqlite(SqliteTarget { path: "data/walt.db".into() }), false), "sqlite:data/walt.db");
    }
}
