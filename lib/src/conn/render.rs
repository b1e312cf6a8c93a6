//! A target as a URL.

use super::url::encode;
use super::{Address, Host, LoadBalance, PostgresTarget, Resolved, Secret, SessionAttrs, SslMode, Target};

impl Resolved {
    /// The target as a URL that libpq reads, with its password or without. `via` has no place in a URL.
    pub fn url(&self, with_password: bool) -> Secret {
        match &self.target {
            Target::Postgres(target) => target.url(with_password),
            Target::Sqlite(target) => Secret::new(format!("sqlite:{}", target.path.display())),
        }
    }
}

impl PostgresTarget {
    /// As [`Resolved::url`].
    pub fn url(&self, with_password: bool) -> Secret {
        let password = self.password.as_ref().or_else(|| self.hosts.iter().find_map(|host| host.password.as_ref()));
        let password = password.filter(|_| with_password).map(|secret| format!(":{}", encode(secret.expose())));
        let mut parameters: Vec<(&str, String)> = Vec::new();
        let sockets = self.hosts.iter().any(|host| matches!(host.address, Address::Socket(_)));
        // A socket's folder has no good place before the slash: several readers of URLs know it as a parameter only.
        let authority = if sockets {
            parameters.push(("host", self.list(|host| host.name())));
            parameters.push(("port", self.list(|host| host.port.to_string())));
            String::new()
        } else {
            self.list(|host| format!("{}:{}", bracketed(&host.name()), host.port))
        };
        if self.hosts.iter().any(|host| host.ip().is_some()) {
            parameters.push(("hostaddr", self.list(|host| host.ip().unwrap_or_default())));
        }
        parameters.extend(self.parameters());
        let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let (user, dbname) = (encode(&self.user), encode(&self.dbname));
        Secret::new(format!("postgresql://{user}{}@{authority}/{dbname}{query}", password.unwrap_or_default()))
    }

    fn list(&self, of: impl Fn(&Host) -> String) -> String {
        self.hosts.iter().map(of).collect::<Vec<_>>().join(",")
    }

    /// Everything beside address, user, database and password that is not libpq's default.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = Vec::new();
        if self.sslmode != SslMode::Prefer {
            parameters.push(("sslmode", self.sslmode.name().to_owned()));
        }
        let root = if self.ssl_system_roots { Some("system".into()) } else { path(self.sslrootcert.as_ref()) };
        let texts = [
            ("sslrootcert", root),
            ("sslcert", path(self.sslcert.as_ref())),
            ("sslkey", path(self.sslkey.as_ref())),
            ("sslsni", (!self.sslsni).then(|| "0".to_owned())),
            ("options", self.session_options()),
            ("application_name", self.application_name.clone()),
            ("connect_timeout", self.connect_timeout.map(|time| time.as_secs().to_string())),
            (
                "target_session_attrs",
                (self.session_attrs != SessionAttrs::Any).then(|| self.session_attrs.name().to_owned()),
            ),
            ("load_balance_hosts", (self.load_balance == LoadBalance::Random).then(|| "random".to_owned())),
            ("keepalives", (!self.keepalives).then(|| "0".to_owned())),
            ("keepalives_idle", self.keepalives_idle.map(|time| time.as_secs().to_string())),
        ];
        parameters.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text?))));
        parameters
    }
}

impl Host {
    /// The host's name, address or socket folder.
    pub fn name(&self) -> String {
        match &self.address {
            Address::Tcp { name, .. } => name.clone(),
            Address::Socket(folder) => folder.display().to_string(),
        }
    }

    /// `hostaddr`, where it was given.
    pub fn ip(&self) -> Option<String> {
        match &self.address {
            Address::Tcp { ip, .. } => ip.map(|ip| ip.to_string()),
            Address::Socket(_) => None,
        }
    }
}

fn bracketed(name: &str) -> String {
    if name.contains(':') { format!("[{name}]") } else { encode(name) }
}

fn path(path: Option<&std::path::PathBuf>) -> Option<String> {
    path.map(|path| path.display().to_string())
}
