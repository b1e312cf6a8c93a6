//! From a target to a session: every host in turn, every address of a host, TLS and plain as the mode says.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::BuildHasher;

use tokio_postgres::config::{SslMode as DriverTls, SslNegotiation};
use tokio_postgres::{Config, NoTls};

use super::cancel::Canceller;
use super::outgoing::{Asking, Handshake, Outgoing};
use super::session::Opened;
use super::stream::{self, Endpoint, Identity};
use super::tls::{self, Tls};
use super::wire::Wire;
use super::{PostgresSession, attrs, refusal};
use crate::conn::{Address, Host, LoadBalance, PostgresTarget, SessionAttrs, SslMode};
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};

/// Connects as `identity` says.
pub(super) async fn connect(target: &PostgresTarget, context: &Context, identity: Identity) -> Result<PostgresSession> {
    let search = Search { target, context, identity };
    match target.session_attrs {
        SessionAttrs::PreferStandby => match search.first_suitable(SessionAttrs::Standby).await {
            Err(error) if goes_on(error.kind()) => search.first_suitable(SessionAttrs::Any).await,
            outcome => outcome,
        },
        wanted => search.first_suitable(wanted).await,
    }
}

/// As libpq: nobody there or not ready yet means the next server; a server that refuses us ends the search.
fn goes_on(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unreachable | ErrorKind::Starting)
}

struct Search<'a> {
    target: &'a PostgresTarget,
    context: &'a Context,
    identity: Identity,
}

impl Search<'_> {
    async fn first_suitable(&self, wanted: SessionAttrs) -> Result<PostgresSession> {
        let mut failures = Vec::new();
        for host in in_order(self.target) {
            let found = match self.within_timeout(host, stream::endpoints(host, self.target)).await {
                Ok(found) => shuffled(found, self.target.load_balance),
                Err(error) => {
                    failures.push(error);
                    continue;
                }
            };
            for endpoint in found {
                let attempt = Attempt { search: self, host, endpoint: &endpoint };
                match self.within_timeout(host, attempt.suitable(wanted)).await {
                    Ok(session) => return Ok(session),
                    Err(error) if goes_on(error.kind()) => failures.push(error),
                    Err(error) => return Err(error),
                }
            }
        }
        Err(none_fits(failures))
    }

    async fn within_timeout<T>(&self, host: &Host, work: impl Future<Output = Result<T>>) -> Result<T> {
        match self.target.connect_timeout {
            None => work.await,
            Some(limit) => match tokio::time::timeout(limit, work).await {
                Ok(outcome) => outcome,
                Err(_) => Err(refusal::timeout(host, limit)),
            },
        }
    }
}

/// The one failure, or all of them in one message. A server that is starting counts most: waiting helps there.
fn none_fits(mut failures: Vec<Error>) -> Error {
    if failures.len() == 1 {
        return failures.remove(0);
    }
    let starting = failures.iter().any(|error| error.kind() == ErrorKind::Starting);
    let kind = if starting { ErrorKind::Starting } else { ErrorKind::Unreachable };
    let said: Vec<&str> = failures.iter().map(Error::message).collect();
    let mut all = Error::new(kind, format!("none of the servers can be used: {}", said.join("; ")));
    let mut hints: Vec<&String> = failures.iter().flat_map(Error::hints).collect();
    hints.dedup();
    for hint in hints {
        all = all.hint(hint.clone());
    }
    all
}

fn in_order(target: &PostgresTarget) -> Vec<&Host> {
    shuffled(target.hosts.iter().collect(), target.load_balance)
}

fn shuffled<T>(mut items: Vec<T>, order: LoadBalance) -> Vec<T> {
    if order == LoadBalance::Random {
        let seed = RandomState::new();
        for last in (1..items.len()).rev() {
            items.swap(last, (seed.hash_one(last) % (last as u64 + 1)) as usize);
        }
    }
    items
}

/// One endpoint of one host.
struct Attempt<'a> {
    search: &'a Search<'a>,
    host: &'a Host,
    endpoint: &'a Endpoint,
}

impl Attempt<'_> {
    async fn suitable(&self, wanted: SessionAttrs) -> Result<PostgresSession> {
        let mut session = self.session().await?;
        match attrs::unsuited(&mut session, wanted).await? {
            None => Ok(session),
            Some(what) => {
                let wanted = wanted.name();
                let message = format!("{} {what}, not what target_session_attrs={wanted} asks for", self.host);
                Err(Error::new(ErrorKind::Unreachable, message).hint("see which servers are set: mainstay conn show"))
            }
        }
    }

    /// The order of plain and TLS is libpq's; the second way is tried only where the first was refused as such.
    async fn session(&self) -> Result<PostgresSession> {
        let target = self.search.target;
        let by_tcp = matches!(self.host.address, Address::Tcp { .. });
        match target.sslmode {
            _ if !by_tcp => self.plain().await,
            SslMode::Disable => self.plain().await,
            SslMode::Allow => match self.plain().await {
                Err(refused) if is_refusal(&refused) => self.secured().await.map_err(|error| telling(refused, error)),
                outcome => outcome,
            },
            SslMode::Prefer => match self.secured().await {
                Err(refused) if is_refusal(&refused) => self.plain().await.map_err(|error| telling(refused, error)),
                outcome => outcome,
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => self.secured().await,
        }
    }

    async fn plain(&self) -> Result<PostgresSession> {
        let stream = self.open().await?;
        self.start_plain(stream).await
    }

    async fn open(&self) -> Result<Wire> {
        let Search { target, context, identity } = *self.search;
        stream::open(self.endpoint, self.host, target, context, identity).await
    }

    async fn start_plain(&self, stream: Wire) -> Result<PostgresSession> {
        let config = self.config(DriverTls::Disable);
        let asking = Asking::default();
        let connected = config.connect_raw(Outgoing::new(stream, asking.clone()), NoTls).await;
        let (client, connection) = connected.map_err(|error| self.refusal(error))?;
        let canceller = self.canceller(&client, None);
        Ok(PostgresSession::start(client, connection, self.opened(canceller, asking, false)))
    }

    /// With TLS; plain on the same stream where the server has no TLS and the mode does not insist.
    async fn secured(&self) -> Result<PostgresSession> {
        let target = self.search.target;
        let tls = tls::make_ready(target, self.host)?;
        let mut stream = self.open().await?;
        if !stream::ask_for_tls(&mut stream, self.host).await? {
            return match target.sslmode {
                SslMode::Prefer => self.start_plain(stream).await,
                _ => Err(tls::none_there(target, self.host)),
            };
        }
        // The question has been asked and answered: the driver goes straight to the handshake.
        let config = self.config(DriverTls::Require);
        let asking = Asking::default();
        let handshake = Handshake { connector: tls.connector(), asking: asking.clone() };
        let connected = config.connect_raw(stream, handshake).await;
        let (client, connection) = connected.map_err(|error| self.refusal(error))?;
        let canceller = self.canceller(&client, Some(tls));
        Ok(PostgresSession::start(client, connection, self.opened(canceller, asking, true)))
    }

    fn config(&self, tls: DriverTls) -> Config {
        let target = self.search.target;
        let mut config = Config::new();
        config.user(&target.user).dbname(&target.dbname).ssl_mode(tls).ssl_negotiation(SslNegotiation::Direct);
        config.application_name(target.application_name.as_ref().unwrap_or(&self.search.context.application_name));
        if let Some(password) = self.host.password.as_ref().or(target.password.as_ref()) {
            config.password(password.expose());
        }
        if let Some(options) = target.session_options() {
            config.options(options);
        }
        config
    }

    fn refusal(&self, error: tokio_postgres::Error) -> Error {
        let target = self.search.target;
        let has_password = self.host.password.is_some() || target.password.is_some();
        tls::refusal(&error, self.host).unwrap_or_else(|| refusal::startup(error, target, self.host, has_password))
    }

    fn canceller(&self, client: &tokio_postgres::Client, tls: Option<Tls>) -> Canceller {
        Canceller {
            token: client.cancel_token(),
            endpoint: self.endpoint.clone(),
            host: self.host.clone(),
            target: self.search.target.clone(),
            context: self.search.context.clone(),
            tls,
        }
    }

    fn opened(&self, canceller: Canceller, asking: Asking, tls: bool) -> Opened {
        Opened {
            user: self.search.target.user.clone(),
            database: self.search.target.dbname.clone(),
            address: self.host.to_string(),
            tls,
            observer: self.search.context.observer.clone(),
            canceller,
            asking,
        }
    }
}

/// Refused in a way that TLS instead of plain, or plain instead of TLS, may change.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Tls)
}

/// Of the two refusals the one that says more: a missing line in `pg_hba.conf` for one of the two ways says least.
fn telling(first: Error, second: Error) -> Error {
    let routine = |error: &Error| error.sql().and_then(|sql| sql.routine.clone());
    let says_little = |error: &Error| routine(error).as_deref() == Some("ClientAuthentication");
    let first_is_tls = first.kind() == ErrorKind::Tls;
    if !goes_on(second.kind()) && (says_little(&first) || first_is_tls) && !says_little(&second) {
        second
    } else {
        first
    }
}
