//! The bucket: how it is reached, and how its objects' keys are made of names.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStoreExt, RetryConfig};

use crate::conn::Secret;
use crate::error::{Error, ErrorKind, Result};

use super::super::{Access, check_name};
use super::http::Connector;
use super::refusal;

/// Where Amazon's own bills are made; servers of one's own go by the name too.
const REGION: &str = "us-east-1";
/// Before the first answer, an error is more likely a wrong setting than a passing one.
const TRIES_AT_FIRST: usize = 3;
const TRIES_LATER: usize = 10;
/// How long one request is tried again in all: credentials may be renewed between requests only.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long an unfinished upload is tried to be given up.
const FAREWELL: Duration = Duration::from_secs(4);

/// A bucket and the clients for it.
pub(super) struct Reach {
    bucket: String,
    prefix: String,
    endpoint: String,
    settings: Settings,
    eager: AmazonS3,
    patient: AmazonS3,
    once: AmazonS3,
    /// Whether it has ever answered.
    answers: AtomicBool,
    /// Whether a farewell went unheard: none is tried again.
    silent: AtomicBool,
}

/// All that a client is made of.
#[derive(Clone)]
struct Settings {
    bucket: String,
    key_id: String,
    secret: Secret,
    token: Option<Secret>,
    region: String,
    endpoint: Option<String>,
}

impl Reach {
    pub(super) fn new(bucket: &str, prefix: &str, access: &Access) -> Result<Self> {
        let place = if prefix.is_empty() { format!("s3://{bucket}") } else { format!("s3://{bucket}/{prefix}") };
        let wrong = |why: String| Error::new(ErrorKind::Config, format!("{place} cannot be a store: {why}"));
        if bucket.is_empty() || !bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) {
            return Err(wrong(format!("{bucket:?} is no name of a bucket"))
                .hint("set [backup] to in mainstay.toml to s3://BUCKET/PREFIX"));
        }
        if !prefix.is_empty() {
            check_name(prefix).map_err(|error| wrong(error.message().to_owned()))?;
        }
        let (Some(key_id), Some(secret)) = (access.key_id.clone(), access.secret.clone()) else {
            return Err(Error::new(ErrorKind::Config, format!("there is no access key for {place}"))
                .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in the environment or in .env")
                .hint("for a server of your own, set AWS_ENDPOINT_URL too"));
        };
        let settings = Settings {
            bucket: bucket.to_owned(),
            key_id,
            secret,
            token: access.token.clone(),
            region: access.region.clone().unwrap_or_else(|| REGION.to_owned()),
            endpoint: access.endpoint.as_ref().map(|endpoint| endpoint.trim_end_matches('/').to_owned()),
        };
        if let Some(endpoint) = settings.endpoint.as_deref().filter(|endpoint| {
            !["http://", "https://"]
                .iter()
                .any(|scheme| endpoint.strip_prefix(scheme).is_some_and(|host| !host.is_empty()))
        }) {
            return Err(wrong(format!("the endpoint {endpoint:?} is no URL"))
                .hint("set AWS_ENDPOINT_URL to a URL such as https://s3.example.org"));
        }
        let connector = Connector::new(settings.endpoint.as_deref())?;
        let client = |tries| settings.client(tries, connector.clone()).map_err(|error| wrong(error.to_string()));
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: settings.endpoint.clone().unwrap_or_else(|| format!("Amazon S3 in {}", settings.region)),
            eager: client(TRIES_AT_FIRST)?,
            patient: client(TRIES_LATER)?,
            once: client(0)?,
            settings,
            answers: AtomicBool::new(false),
            silent: AtomicBool::new(false),
        })
    }

    pub(super) fn describe(&self) -> String {
        format!("s3://{}", self.key_of_bucket())
    }

    fn key_of_bucket(&self) -> String {
        if self.prefix.is_empty() { self.bucket.clone() } else { format!("{}/{}", self.bucket, self.prefix) }
    }

    pub(super) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The key that `name`, or what begins a name, has in the bucket.
    pub(super) fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    /// The name of the object with this key; `None` for one of somebody else.
    pub(super) fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        match self.prefix.is_empty() {
            true => Some(key),
            false => key.strip_prefix(&self.prefix)?.strip_prefix('/'),
        }
    }

    /// The key as the client wants it.
    pub(super) fn path(&self, name: &str) -> Result<Path> {
        check_name(name)?;
        Path::parse(self.key(name)).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("{name:?} is no name of a stored object")).source(error)
        })
    }

    /// A client that tries again, patiently once the server has answered.
    pub(super) fn client(&self) -> &AmazonS3 {
        if self.answers.load(Ordering::Relaxed) { &self.patient } else { &self.eager }
    }

    /// A client that tries again for minutes.
    pub(super) fn patient(&self) -> &AmazonS3 {
        &self.patient
    }

    /// A client that does not try again.
    pub(super) fn once(&self) -> &AmazonS3 {
        &self.once
    }

    /// What was answered, its error in our words; `doing` says what was wanted.
    pub(super) fn heard<T>(&self, answer: object_store::Result<T>, doing: impl FnOnce() -> String) -> Result<T> {
        match answer {
            Ok(answer) => {
                self.answers.store(true, Ordering::Relaxed);
                Ok(answer)
            }
            Err(error) => Err(refusal::explain(self, &doing(), &error)),
        }
    }

    /// Gives up an unfinished upload, and waits a moment for it: on a thread of its own, for whoever drops it may be about to
    /// end the runtime. What could not be given up lies in the bucket until `note`, which stays then, is followed.
    pub(super) fn give_up(&self, path: &Path, id: String, note: Path) {
        if self.silent.load(Ordering::Relaxed) {
            return;
        }
        let (settings, path) = (self.settings.clone(), path.clone());
        let (told, done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let given_up = || {
                let connector = Connector::new(settings.endpoint.as_deref()).ok()?;
                let client = settings.client(2, connector).ok()?;
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
                let given_up = async {
                    client.abort_multipart(&path, &id).await?;
                    client.delete(&note).await
                };
                runtime.block_on(given_up).ok()
            };
            let _ = told.send(given_up().is_some());
        });
        if done.recv_timeout(FAREWELL) != Ok(true) {
            self.silent.store(true, Ordering::Relaxed);
        }
    }
}

impl Settings {
    /// A client that tries a request so many times again.
    fn client(&self, tries: usize, connector: Connector) -> object_store::Result<AmazonS3> {
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(15),
            ..BackoffConfig::default()
        };
        let retry = RetryConfig { backoff, max_retries: tries, retry_timeout: PATIENCE };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_access_key_id(&self.key_id)
            .with_secret_access_key(self.secret.expose())
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            // Not every server knows how to remove many objects at once.
            .with_disable_bulk_delete(true)
            .with_http_connector(connector)
            .with_retry(retry);
        if let Some(token) = &self.token {
            builder = builder.with_token(token.expose());
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        builder.build()
    }
}
