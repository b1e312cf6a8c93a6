//! A proxy for HTTP that breaks some of what goes through it.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::Sleep;

use super::Thread;

/// What the proxy does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Hands it on, and the answer back.
    None,
    /// Answers so by itself, `SlowDown`; the server hears nothing.
    Status(u16),
    /// Refuses by itself, with S3's own word for it.
    Refuse(u16, &'static str),
    /// Ends the connection; the server hears nothing.
    Drop,
    /// Hands it on and ends the connection instead of answering.
    Deaf,
    /// Hands the answer's first bytes back and ends the connection.
    Cut(usize),
    /// Hands the answer back after so many milliseconds.
    Slow(u64),
    /// Hands the answer back with a bit of one byte turned: of the byte at this place, counted round.
    Flip(usize),
    /// Hands the request on with a bit of one byte of its body turned.
    Garble(usize),
}

/// A proxy on a loopback port; what it breaks is decided for each request.
pub struct FaultyProxy {
    address: SocketAddr,
    broken: Arc<AtomicUsize>,
    _thread: Thread,
}

type Answer = Response<BoxBody<Bytes, Cut>>;
type Pool = Client<HttpConnector, Full<Bytes>>;

impl FaultyProxy {
    /// Before the server at `server`; `decide` is told each request and its number, from 0.
    pub fn start(server: SocketAddr, decide: impl Fn(&Parts, usize) -> Fault + Send + Sync + 'static) -> Self {
        let (decide, number) = (Arc::new(decide), Arc::new(AtomicUsize::new(0)));
        let broken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&broken);
        let pool: Pool = Client::builder(TokioExecutor::new()).build_http();
        let (address, thread) = Thread::listen(move |connection| {
            let (decide, number, count, pool) =
                (Arc::clone(&decide), Arc::clone(&number), Arc::clone(&count), pool.clone());
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let (decide, pool, count) = (Arc::clone(&decide), pool.clone(), Arc::clone(&count));
                let number = number.fetch_add(1, Ordering::Relaxed);
                async move {
                    let (parts, body) = request.into_parts();
                    let fault = decide(&parts, number);
                    count.fetch_add(usize::from(fault != Fault::None), Ordering::Relaxed);
                    answer(fault, parts, body, &pool, server).await
                }
            });
            tokio::spawn(async move {
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(connection), service)
                    .await;
            });
        });
        Self { address, broken, _thread: thread }
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests it has broken.
    pub fn broken(&self) -> usize {
        self.broken.load(Ordering::Relaxed)
    }
}

async fn answer(fault: Fault, parts: Parts, body: Incoming, pool: &Pool, server: SocketAddr) -> Result<Answer, Cut> {
    match fault {
        Fault::Drop => return Err(Cut),
        Fault::Status(status) => return refuse(status, "SlowDown", body).await,
        Fault::Refuse(status, code) => return refuse(status, code, body).await,
        Fault::Slow(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
        Fault::None | Fault::Deaf | Fault::Cut(_) | Fault::Flip(_) | Fault::Garble(_) => {}
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri: Uri = format!("http://{server}{path}").parse().map_err(|_| Cut)?;
    let mut sent = body.collect().await.map_err(|_| Cut)?.to_bytes();
    if let Fault::Garble(at) = fault {
        sent = turned(&sent, at);
    }
    // The header `host` stays: it is signed.
    let mut request = Request::new(Full::new(sent));
    (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (parts.method, uri, parts.headers);
    let (parts, body) = pool.request(request).await.map_err(|_| Cut)?.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    match fault {
        Fault::Deaf => Err(Cut),
        Fault::Cut(bytes) if bytes < body.len() => {
            let wait = Box::pin(tokio::time::sleep(Duration::from_millis(30)));
            let cut = CutBody { front: Some(body.slice(..bytes)), wait, whole: body.len() as u64 };
            Ok(Response::from_parts(parts, BodyExt::boxed(cut)))
        }
        Fault::Flip(at) => Ok(Response::from_parts(parts, whole(turned(&body, at)))),
        _ => Ok(Response::from_parts(parts, whole(body))),
    }
}

/// The same bytes but for one bit.
fn turned(bytes: &Bytes, at: usize) -> Bytes {
    let mut bytes = bytes.to_vec();
    let place = at % bytes.len().max(1);
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1 << (at % 8);
    }
    bytes.into()
}

async fn refuse(status: u16, code: &str, body: Incoming) -> Result<Answer, Cut> {
    // What was sent has to be taken, or the client sees a broken connection instead.
    body.collect().await.map_err(|_| Cut)?;
    let text = format!("<Error><Code>{code}</Code><Message>the test says so</Message></Error>");
    let mut answer = Response::new(whole(text.into()));
    *answer.status_mut() = StatusCode::from_u16(status).map_err(|_| Cut)?;
    Ok(answer)
}

fn whole(body: Bytes) -> BoxBody<Bytes, Cut> {
    Full::new(body).map_err(|never: Infallible| match never {}).boxed()
}

/// The connection ends here.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut by the test")
    }
}

impl std::error::Error for Cut {}

/// A body that says how long it is and ends earlier.
struct CutBody {
    front: Option<Bytes>,
    /// What was sent has to be on its way before the connection ends.
    wait: Pin<Box<Sleep>>,
    whole: u64,
}

impl Body for CutBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.front.take() {
            Some(front) => Poll::Ready(Some(Ok(Frame::data(front)))),
            None => self.wait.as_mut().poll(context).map(|()| Some(Err(Cut))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.whole)
    }
}
