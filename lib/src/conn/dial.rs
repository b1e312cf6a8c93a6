//! A byte stream to the server that is not a socket: a bastion, a pod.

use tokio::io::{AsyncRead, AsyncWrite};

/// Any stream that can carry the protocol.
pub trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for T {}

/// Opens such a stream by a command whose standard input and output are the server's bytes.
#[async_trait::async_trait]
pub trait Dial: Send + Sync {
    /// Starts `command` (a shell line) and returns its streams; the process ends when the stream is dropped.
    async fn dial(&self, command: &str) -> crate::Result<Box<dyn ByteStream>>;
}
