//! libpq's connection keywords: their names, their variables, and what becomes of each.
//!
//! Source: PostgreSQL documentation, "Parameter Key Words" and "Environment Variables" (version 18).

use crate::error::{Error, ErrorKind, Result};

/// Keyword and variable of everything that libpq knows; an empty variable means that there is none.
pub(super) const KEYWORDS: [(&str, &str); 47] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("service", "PGSERVICE"),
    ("servicefile", "PGSERVICEFILE"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslsni", "PGSSLSNI"),
    ("sslcertmode", "PGSSLCERTMODE"),
    ("sslpassword", ""),
    ("sslcrl", "PGSSLCRL"),
    ("sslcrldir", "PGSSLCRLDIR"),
    ("sslcompression", "PGSSLCOMPRESSION"),
    ("sslnegotiation", "PGSSLNEGOTIATION"),
    ("sslkeylogfile", ""),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    ("min_protocol_version", "PGMINPROTOCOLVERSION"),
    ("max_protocol_version", "PGMAXPROTOCOLVERSION"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("require_auth", "PGREQUIREAUTH"),
    ("requirepeer", "PGREQUIREPEER"),
    ("requiressl", "PGREQUIRESSL"),
    ("gssencmode", "PGGSSENCMODE"),
    ("krbsrvname", "PGKRBSRVNAME"),
    ("gsslib", "PGGSSLIB"),
    ("gssdelegation", "PGGSSDELEGATION"),
    ("scram_client_key", ""),
    ("scram_server_key", ""),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("fallback_application_name", ""),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("client_encoding", "PGCLIENTENCODING"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    ("keepalives", ""),
    ("keepalives_idle", ""),
    ("keepalives_interval", ""),
    ("keepalives_count", ""),
    ("tcp_user_timeout", ""),
];

/// Keywords that say which database: one of them is enough for a source to name one.
pub(super) const LOCATING: [&str; 6] = ["host", "hostaddr", "port", "dbname", "user", "service"];

/// The keyword as the table has it.
///
/// # Errors
/// libpq does not know it: names the nearest one.
pub(super) fn find(name: &str) -> Result<&'static str> {
    if let Some((known, _)) = KEYWORDS.iter().find(|(known, _)| *known == name) {
        return Ok(known);
    }
    let error = Error::new(ErrorKind::Config, format!("unknown connection parameter {name:?}"));
    let nearest = nearest(name, KEYWORDS.iter().map(|(known, _)| *known));
    Err(match nearest {
        Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
        None => error.hint("the parameters are libpq's: host, port, user, dbname, password, sslmode …"),
    })
}

/// The name most like `wanted`, if any is alike at all.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.map(|name| (strsim::jaro_winkler(wanted, name), name));
    scored.filter(|(score, _)| *score > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// What becomes of a parameter's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Support {
    /// It has its effect, or asks for what is so anyway.
    Given,
    /// It has no effect here, which weakens nothing: worth a warning.
    Unused(&'static str),
    /// It asks for something that would not be given.
    Refused(&'static str),
}

const NO_GSSAPI: &str = "GSSAPI is not supported";

/// Judges `value` of the keyword `name`.
pub(super) fn support(name: &str, value: &str) -> Support {
    use Support::{Given, Refused, Unused};
    let harmless: (&[&str], &'static str) = match name {
        "gssencmode" => (&["disable", "prefer"], NO_GSSAPI),
        "krbsrvname" => (&["postgres"], NO_GSSAPI),
        "gssdelegation" => (&["0"], NO_GSSAPI),
        "gsslib" => (&[], NO_GSSAPI),
        "channel_binding" => (&["disable", "prefer"], "channel binding cannot be required"),
        "sslcrl" | "sslcrldir" => (&[], "certificate revocation lists are not read"),
        "sslpassword" => (&[], "client keys with a passphrase are not read"),
        "sslcertmode" => (&["allow", "disable"], "a client certificate cannot be required"),
        "sslnegotiation" => (&["postgres"], "TLS starts with the server's consent only"),
        "sslkeylogfile" => (&[], "TLS secrets are not logged"),
        "ssl_min_protocol_version" => (&["TLSv1", "TLSv1.1", "TLSv1.2"], "TLS 1.2 and 1.3 are both accepted"),
        "ssl_max_protocol_version" => (&["TLSv1.3"], "TLS 1.2 and 1.3 are both accepted"),
        "min_protocol_version" => (&["3.0"], "protocol 3.0 is spoken"),
        "max_protocol_version" => (&["3.0", "3.2", "latest"], "protocol 3.0 is spoken"),
        "require_auth" => (&[], "the server chooses the way to log in"),
        "requirepeer" => (&[], "the owner of the server's process is not checked"),
        "requiressl" => (&["0"], "say sslmode=require"),
        "scram_client_key" | "scram_server_key" => (&[], "SCRAM keys cannot stand for a password"),
        "keepalives_interval" | "keepalives_count" | "tcp_user_timeout" => {
            return if matches!(value, "" | "0") { Given } else { Unused("the system's own value is used") };
        }
        "client_encoding" => {
            let utf8 = ["utf8", "utf-8", "unicode", "auto", ""].contains(&value.to_lowercase().as_str());
            return if utf8 { Given } else { Unused("Mainstay always speaks UTF8 to the server") };
        }
        _ => return Given,
    };
    let (accepted, reason) = harmless;
    let same = |known: &&str| known.eq_ignore_ascii_case(value);
    if value.is_empty() || accepted.iter().any(same) { Given } else { Refused(reason) }
}
