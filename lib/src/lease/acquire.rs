//! Taking a lease, or saying who has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::disk::host_name;
use crate::engine::{Flight, FlightError, Guard, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::observer::{Event, Observer};
use crate::sql::Flavor;

use super::{Claim, Lease, Standing, first, tables};

const PAUSE: Duration = Duration::from_millis(200);
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How a lease is taken.
#[derive(Clone, Debug)]
pub struct Options {
    /// What we call ourselves: shown to whoever wants it too.
    pub holder: String,
    /// How long it lasts after a renewal: 1 second to 1 day.
    pub ttl: Duration,
    /// How long to wait for it; zero fails at once.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { holder: "a service".to_owned(), ttl: Duration::from_secs(30), wait: Duration::ZERO }
    }
}

/// Why it cannot be had now.
enum Busy {
    /// Somebody's deadline has not passed.
    Held(Standing),
    /// There is no row and somebody has the lock: who, where that is known.
    Nameless(Option<String>),
}

impl Lease {
    /// Takes the lease `name` on `session`, which must be able to write to Mainstay's own tables.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] when another has it, naming holder, host and since when.
    pub async fn acquire(
        mut session: Box<dyn Session>,
        name: &str,
        options: &Options,
        observer: &Arc<dyn Observer>,
    ) -> Result<Self> {
        let claim = claim(name, options)?;
        prepare(session.as_mut(), &claim).await?;
        let started = Instant::now();
        let mut said = String::new();
        loop {
            let sent = Instant::now();
            let locked = session.try_lock(&lock_name(name)).await?;
            let busy = match attempt(session.as_mut(), &claim, locked).await? {
                Ok(fence) => return Ok(Self { session, claim, fence, locked, renewed: sent }),
                Err(busy) => busy,
            };
            if locked {
                session.unlock(&lock_name(name)).await?;
            }
            if started.elapsed() >= options.wait {
                session.close().await;
                return Err(busy.error(name, options.wait));
            }
            let reason = busy.reason(name);
            if reason != said {
                observer.event(Event::Waiting { reason: &reason });
                said = reason;
            }
            tokio::time::sleep(busy.pause().min(options.wait.saturating_sub(started.elapsed()))).await;
        }
    }
}

/// Takes the lease if it is free; its fencing number.
async fn attempt(session: &mut dyn Session, claim: &Claim, locked: bool) -> Result<Result<u64, Busy>> {
    match standing(session, &claim.name).await? {
        Some(standing) if standing.held() => return Ok(Err(Busy::Held(standing))),
        Some(_) => {}
        None if !locked => {
            let holder = session.lock_holder(&lock_name(&claim.name)).await?;
            return Ok(Err(Busy::Nameless(holder.map(|holder| holder.description))));
        }
        None => {
            let before = session.query(&tables::highest(session.flavor(), &claim.name)).await?;
            if let Some(number) = before.first().and_then(|row| row.first()?.as_deref()) {
                number.parse::<u64>().map_err(|error| unreadable(&claim.name, number).source(error))?;
                // Whether it is this stand-in or another claim by now: ours comes after it.
                let _ = take(session, &claim.unknown()).await?;
            }
        }
    }
    take(session, claim).await
}

fn unreadable(name: &str, number: &str) -> Error {
    let message =
        format!("the highest fencing number of the lease `{name}` is unreadable in Mainstay's settings: {number:?}");
    Error::new(ErrorKind::Verification, message)
        .hint(format!("write a number there that is higher than any used: the setting is `lease-fence:{name}`"))
}

/// Writes `claim` down unless another one's deadline has not passed.
async fn take(session: &mut dyn Session, claim: &Claim) -> Result<Result<u64, Busy>> {
    let flavor = session.flavor();
    let is_ours = tables::is_ours(flavor, claim);
    let guard = Guard { sql: is_ours.clone(), expect: "1".to_owned() };
    let flight = Flight { lead: &tables::take(flavor, claim), guard: Some(&guard), ..Flight::default() };
    match session.fly(flight).await {
        Ok(()) | Err(FlightError::Guard(_)) => {}
        Err(FlightError::Own(error) | FlightError::Statement(_, error)) => {
            return Err(error.context(format!("the lease `{}` cannot be written down", claim.name)));
        }
    }
    let ours = session.query(&is_ours).await?;
    match standing(session, &claim.name).await? {
        Some(standing) if first(&ours) == Some("1") => Ok(Ok(standing.fence)),
        Some(standing) => Ok(Err(Busy::Held(standing))),
        None => Ok(Err(Busy::Nameless(None))),
    }
}

async fn standing(session: &mut dyn Session, name: &str) -> Result<Option<Standing>> {
    let rows = session.query(&tables::read(session.flavor(), Some(name))).await?;
    Ok(rows.into_iter().find_map(Standing::of))
}

/// Makes the tables where they are missing, and has the server notice when we are gone.
async fn prepare(session: &mut dyn Session, claim: &Claim) -> Result<()> {
    let flavor = session.flavor();
    if flavor == Flavor::Postgres {
        session.query(&tables::keepalives(claim.ttl)).await?;
    }
    let is_there = tables::exists(flavor);
    if first(&session.query(is_there).await?) == Some("1") {
        return Ok(());
    }
    let mut statements = ledger::create(flavor);
    statements.push(tables::create(flavor));
    match session.fly(Flight { lead: &statements, ..Flight::default() }).await {
        Ok(()) => Ok(()),
        Err(FlightError::Own(error) | FlightError::Statement(_, error)) => {
            // Two that make the same table at once: one of them is refused, and finds the table.
            if first(&session.query(is_there).await?) == Some("1") { Ok(()) } else { Err(error) }
        }
        Err(FlightError::Guard(_)) => Ok(()),
    }
}

fn claim(name: &str, options: &Options) -> Result<Claim> {
    if name.is_empty() || name.len() > 63 || name.chars().any(char::is_control) {
        return Err(Error::new(ErrorKind::Usage, "a lease's name has 1 to 63 bytes and no control characters"));
    }
    if !(SHORTEST..=LONGEST).contains(&options.ttl) {
        return Err(Error::new(ErrorKind::Usage, "a lease lasts at least 1 second and at most 1 day"));
    }
    let holder = options.holder.replace(char::is_control, " ");
    let (host, pid) = (host_name(), std::process::id());
    Ok(Claim { name: name.to_owned(), token: token(&host, pid), holder, host, pid, ttl: options.ttl })
}

fn token(host: &str, pid: u32) -> String {
    static CLAIMS: AtomicU64 = AtomicU64::new(0);
    let number = CLAIMS.fetch_add(1, Ordering::Relaxed);
    let unique = format!("{host} {pid} {number} {}", jiff::Timestamp::now().as_nanosecond());
    blake3::hash(unique.as_bytes()).to_hex()[..32].to_owned()
}

impl Claim {
    /// Stands for the holder that somebody has removed from the table: it may still be at work for as long as a lease lasts.
    fn unknown(&self) -> Self {
        Self {
            name: self.name.clone(),
            token: token(&self.host, self.pid),
            holder: "an unknown holder, whose entry in the table of leases somebody has removed,".to_owned(),
            host: "an unknown host".to_owned(),
            pid: 0,
            ttl: self.ttl,
        }
    }
}

/// The lock's name. On SQLite it becomes a part of a file's name, in which few characters stay themselves.
pub(super) fn lock_name(name: &str) -> String {
    format!("lease-{}", &blake3::hash(name.as_bytes()).to_hex()[..16])
}

impl Busy {
    fn reason(&self, name: &str) -> String {
        match self {
            Self::Held(by) => format!(
                "the lease `{name}` is held by {} on {} (process {}) since {}",
                by.holder, by.host, by.pid, by.since
            ),
            Self::Nameless(holder) => {
                format!("the lease `{name}` is held by {}", holder.as_deref().unwrap_or("another session"))
            }
        }
    }

    fn error(&self, name: &str, waited: Duration) -> Error {
        let heard = match self {
            Self::Held(by) => format!(", last heard of at {}", by.heartbeat),
            Self::Nameless(_) => String::new(),
        };
        let waited = if waited.is_zero() { String::new() } else { format!(", waited {} s", waited.as_secs_f64()) };
        Error::new(ErrorKind::Locked, format!("{}{heard}{waited}", self.reason(name)))
            .hint("look at it: mainstay lease show; to wait for it, add --wait to mainstay run")
    }

    /// Until it is worth to look again.
    fn pause(&self) -> Duration {
        match self {
            Self::Held(Standing { left: Some(left), .. }) if *left > 0.0 => PAUSE.min(Duration::from_secs_f64(*left)),
            _ => PAUSE,
        }
    }
}
