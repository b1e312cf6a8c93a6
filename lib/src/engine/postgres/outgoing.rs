//! What the driver sends, with one message changed.
//!
//! The driver ends the request for a `COPY … FROM stdin` with Sync, and after the rows sends another. A server that refuses the
//! COPY (no such table, no right to it) answers both, and the second answer is then taken for that of the next statement, each
//! later one gets its neighbour's, or the session is given up. The first is made a Flush, which is of the same length and is
//! answered by nothing: a COPY that begins is the same with either, and a refused one waits for the Sync after it (PostgreSQL
//! documentation, "Message Flow", "COPY Operations"; rust-postgres issue 789).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::tls::Connector;
use super::wire::Wire;

/// Tells the stream of a session that the request for a COPY comes next.
#[derive(Clone, Default)]
pub(super) struct Asking(Arc<AtomicBool>);

/// As long as it is there the request may come.
pub(super) struct Asked<'a>(&'a Asking);

impl Asking {
    pub(super) fn begin(&self) -> Asked<'_> {
        self.0.store(true, Ordering::Relaxed);
        Asked(self)
    }

    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn is_sent(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.is_sent();
    }
}

/// A stream whose messages are followed on their way out.
pub(super) struct Outgoing<S> {
    stream: S,
    asking: Asking,
    at: Place,
}

impl<S> Outgoing<S> {
    pub(super) fn new(stream: S, asking: Asking) -> Self {
        Self { stream, asking, at: Place::default() }
    }
}

/// Where in the messages a stream is. The first has no type, the others have one before their length.
#[derive(Clone, Default)]
struct Place {
    /// The first message is through.
    started: bool,
    /// What there is of the next message's type and length.
    header: [u8; 5],
    known: usize,
    /// What there is to come of this message's contents.
    contents: usize,
    /// The types of the last two messages.
    before: [u8; 2],
}

impl Place {
    /// Goes over `bytes`.
    fn pass(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = self.step(rest);
        }
    }

    /// Where in `bytes` the Sync after a Bind and an Execute stands.
    fn sync_after_execute(&self, bytes: &[u8]) -> Option<usize> {
        let (mut place, mut rest) = (self.clone(), bytes);
        while !rest.is_empty() {
            if place.between() && rest[0] == b'S' && place.before == *b"BE" {
                return Some(bytes.len() - rest.len());
            }
            rest = place.step(rest);
        }
        None
    }

    fn between(&self) -> bool {
        self.started && self.known == 0 && self.contents == 0
    }

    /// The contents of a message, or a byte of what is before them; what is left of `bytes`.
    fn step<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.contents > 0 {
            let passed = self.contents.min(bytes.len());
            self.contents -= passed;
            return &bytes[passed..];
        }
        let whole = if self.started { 5 } else { 4 };
        self.header[self.known] = bytes[0];
        self.known += 1;
        if self.known == whole {
            let [.., a, b, c, d] = self.header;
            let length = if self.started { [a, b, c, d] } else { [self.header[0], a, b, c] };
            // The length counts itself.
            self.contents = (u32::from_be_bytes(length) as usize).saturating_sub(4);
            if self.started {
                self.before = [self.before[1], self.header[0]];
            }
            (self.started, self.known) = (true, 0);
        }
        &bytes[1..]
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Outgoing<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let sync = if self.asking.is_on() { self.at.sync_after_execute(buf) } else { None };
        // What stands before it goes by itself, for the rest is offered again.
        let next = match sync {
            Some(0) => b"H",
            Some(before) => &buf[..before],
            None => buf,
        };
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, next))?;
        self.at.pass(&next[..written]);
        if sync == Some(0) && written > 0 {
            self.asking.is_sent();
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Outgoing<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: TlsStream + Unpin> TlsStream for Outgoing<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

/// A handshake whose stream is followed: what is to be changed is changed before it is encrypted.
pub(super) struct Handshake {
    pub(super) connector: Connector,
    pub(super) asking: Asking,
}

impl TlsConnect<Wire> for Handshake {
    type Stream = Outgoing<<Connector as TlsConnect<Wire>>::Stream>;
    type Error = <Connector as TlsConnect<Wire>>::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: Wire) -> Self::Future {
        let Self { connector, asking } = self;
        Box::pin(async move { Ok(Outgoing::new(connector.connect(stream).await?, asking)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn message(kind: &str, contents: &[u8]) -> Vec<u8> {
        let length = u32::try_from(contents.len() + 4).unwrap().to_be_bytes();
        [kind.as_bytes(), length.as_slice(), contents].concat()
    }

    /// What arrives of `messages` where they are written in pieces of `size`, while a COPY is asked for or not.
    async fn sent(messages: &[u8], size: usize, asked: bool) -> Vec<u8> {
        let (near, mut far) = tokio::io::duplex(4096);
        let asking = Asking::default();
        let on = asked.then(|| asking.begin());
        let mut outgoing = Outgoing::new(near, asking.clone());
        for piece in messages.chunks(size) {
            outgoing.write_all(piece).await.unwrap();
        }
        drop((outgoing, on));
        let mut arrived = Vec::new();
        far.read_to_end(&mut arrived).await.unwrap();
        arrived
    }

    #[tokio::test]
    async fn only_the_sync_of_the_asked_copy_is_changed_wherever_it_is_cut() {
        let first = message("", b"\0\x03\0\0SBESBES\0");
        let parse = [message("P", b"BES"), message("D", b"S"), message("S", b"")].concat();
        let request = |end: &str| [message("B", b"S\0S"), message("E", b"BES"), message(end, b"")].concat();
        let rows = [message("d", &[b'S'; 300]), message("c", b""), message("S", b"")].concat();
        let all = |end: &str| [first.clone(), parse.clone(), request(end), rows.clone(), request("S")].concat();
        for size in 1..=400 {
            assert_eq!(sent(&all("S"), size, true).await, all("H"), "in pieces of {size}");
            assert_eq!(sent(&all("S"), size, false).await, all("S"), "in pieces of {size}");
        }
    }
}
