//! A target as a URL, and as variables for programs.

use super::url::encode;
use super::{Address, Host, LoadBalance, PostgresTarget, Resolved, Secret, SessionAttrs, SslMode, Target, tls};

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

    /// The target as libpq's environment variables, for programs: never on their command line. Variables that are not in
    /// the answer must be taken out of the program's environment. Hosts with passwords of their own keep them in the
    /// password file: one variable can hold one password.
    pub fn to_environment(&self) -> Vec<(&'static str, Secret)> {
        let mut variables = vec![
            ("PGHOST", self.list(Host::name)),
            ("PGPORT", self.list(|host| host.port.to_string())),
            ("PGUSER", self.user.clone()),
            ("PGDATABASE", self.dbname.clone()),
            ("PGSSLMODE", tls::name(self.sslmode).to_owned()),
        ];
        if self.hosts.iter().any(|host| host.ip().is_some()) {
            variables.push(("PGHOSTADDR", self.list(|host| host.ip().unwrap_or_default())));
        }
        variables.extend(self.one_password().map(|password| ("PGPASSWORD", password.expose().to_owned())));
        for (keyword, value) in self.parameters().into_iter().filter(|(keyword, _)| *keyword != "sslmode") {
            let variable = super::keyword::KEYWORDS.iter().find(|(known, _)| *known == keyword);
            variables.extend(variable.filter(|(_, name)| !name.is_empty()).map(|(_, name)| (*name, value)));
        }
        for (setting, value) in &self.settings {
            let variable = super::env::SESSION_SETTINGS.iter().find(|(_, known)| known == setting);
            variables.extend(variable.map(|(name, _)| (*name, value.clone())));
        }
        variables.into_iter().map(|(name, value)| (name, Secret::new(value))).collect()
    }

    /// The password, where all hosts share one.
    fn one_password(&self) -> Option<&Secret> {
        let mut all = self.hosts.iter().map(|host| host.password.as_ref().or(self.password.as_ref()));
        let first = all.next()??;
        all.all(|other| other == Some(first)).then_some(first)
    }

    fn list(&self, of: impl Fn(&Host) -> String) -> String {
        self.hosts.iter().map(of).collect::<Vec<_>>().join(",")
    }

    /// Everything beside address, user, database and password that is not libpq's default.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = Vec::new();
        if self.sslmode != SslMode::Prefer {
            parameters.push(("sslmode", tls::name(self.sslmode).to_owned()));
        }
        let root = if self.ssl_system_roots { Some("system".into()) } else { path(self.sslrootcert.as_ref()) };
        let texts = [
            ("sslrootcert", root),
            ("sslcert", path(self.sslcert.as_ref())),
            ("sslkey", path(self.sslkey.as_ref())),
            ("sslsni", (!self.sslsni).then(|| "0".to_owned())),
            ("options", self.options.clone()),
            ("application_name", self.application_name.clone()),
            ("connect_timeout", self.connect_timeout.map(|time| time.as_secs().to_string())),
            ("target_session_attrs", session_attrs(self.session_attrs).map(str::to_owned)),
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

    fn ip(&self) -> Option<String> {
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

fn session_attrs(attrs: SessionAttrs) -> Option<&'static str> {
    Some(match attrs {
        SessionAttrs::Any => return None,
        SessionAttrs::ReadWrite => "read-write",
        SessionAttrs::ReadOnly => "read-only",
        SessionAttrs::Primary => "primary",
        SessionAttrs::Standby => "standby",
        SessionAttrs::PreferStandby => "prefer-standby",
    })
}
