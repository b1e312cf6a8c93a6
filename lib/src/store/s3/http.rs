//! HTTP for the S3 client: one pool of connections, TLS by the machine's roots, and an end to every wait.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use hyper::Method;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::IF_NONE_MATCH;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
    HttpService,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, Sleep};

use crate::disk::system_certificates;
use crate::error::{Error, ErrorKind, Result};

/// How long one address is tried.
const CONNECT: Duration = Duration::from_secs(10);
/// From a request's first byte to its answer's: a part has to go up in this time, 8 MiB over a line of 0.6 Mbit/s.
const ANSWER: Duration = Duration::from_secs(120);
/// How long an answer may pause.
const PAUSE: Duration = Duration::from_secs(60);

/// Hands the same pool of connections to every client.
#[derive(Clone)]
pub(super) struct Connector {
    pool: Client<HttpsConnector<TcpConnector>, HttpRequestBody>,
}

impl Connector {
    /// For a server at `endpoint`, Amazon's where there is none. The machine's certificates are read only where they matter.
    pub(super) fn new(endpoint: Option<&str>) -> Result<Self> {
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
        let roots = if plain { RootCertStore::empty() } else { roots()? };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(ErrorKind::Tls, "cannot set up TLS").source(error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let https =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        let pool = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https);
        Ok(Self { pool })
    }
}

fn roots() -> Result<RootCertStore> {
    let bundle = system_certificates()?;
    let unreadable = |error: rustls::pki_types::pem::Error| {
        Error::new(ErrorKind::Tls, format!("cannot read the certificates in {}", bundle.display()))
            .source(error.to_string())
    };
    let mut roots = RootCertStore::empty();
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(bundle).and_then(Iterator::collect::<Result<_, _>>).map_err(unreadable)?;
    // A bundle may hold one that is too old to be read; those that are wanted are not.
    roots.add_parsable_certificates(certificates);
    Ok(roots)
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let again = may_be_said_again(&request);
        let answer = match tokio::time::timeout(ANSWER, self.pool.request(request)).await {
            Err(late) => return Err(HttpError::new(HttpErrorKind::Timeout, late)),
            Ok(Err(error)) if error.is_connect() => return Err(HttpError::new(HttpErrorKind::Connect, error)),
            Ok(Err(error)) => return Err(HttpError::new(again, error)),
            Ok(Ok(answer)) => answer,
        };
        Ok(answer.map(|body| HttpResponseBody::new(Timed { body, pause: Box::pin(tokio::time::sleep(PAUSE)) })))
    }
}

/// What a connection that breaks during `request` means: the client tries again what may be done twice.
fn may_be_said_again(request: &HttpRequest) -> HttpErrorKind {
    match *request.method() {
        Method::GET | Method::HEAD | Method::DELETE => HttpErrorKind::Request,
        Method::PUT if !request.headers().contains_key(IF_NONE_MATCH) => HttpErrorKind::Request,
        _ => HttpErrorKind::Interrupted,
    }
}

/// An answer that may not pause for long.
struct Timed {
    body: Incoming,
    pause: Pin<Box<Sleep>>,
}

impl Body for Timed {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let broken = |error: Box<dyn StdError + Send + Sync>| HttpError::new_boxed(HttpErrorKind::Interrupted, error);
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                self.pause.as_mut().reset(Instant::now() + PAUSE);
                Poll::Ready(frame.map(|frame| frame.map_err(|error| broken(Box::new(error)))))
            }
            Poll::Pending => match self.pause.as_mut().poll(context) {
                Poll::Ready(()) => {
                    let message = format!("nothing came for {} seconds", PAUSE.as_secs());
                    Poll::Ready(Some(Err(HttpError::new_boxed(HttpErrorKind::Timeout, message.into()))))
                }
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
