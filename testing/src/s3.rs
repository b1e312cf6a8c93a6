//! A real S3 server on a loopback port, and a proxy before it that breaks what it is told to.

mod proxy;

pub use proxy::{Fault, FaultyProxy};

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::IF_NONE_MATCH;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, oneshot};

/// The key that the server takes.
pub const S3_KEY_ID: &str = "MAINSTAYTESTKEY";
/// Its secret.
pub const S3_SECRET: &str = "nobody/knows+it=";

/// An S3 server that checks signatures, on a thread of its own; its objects are files in a temporary folder.
pub struct S3Server {
    address: SocketAddr,
    home: tempfile::TempDir,
    thread: Thread,
}

impl S3Server {
    /// Starts one with the bucket `backups`.
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder for the server");
        std::fs::create_dir(home.path().join("backups")).expect("a bucket");
        let files = FileSystem::new(home.path()).expect("the server takes its folder");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(S3_KEY_ID, S3_SECRET));
        let service = service.build();
        let one_by_one = Arc::new(Mutex::new(()));
        let (address, thread) = Thread::listen(move |connection| {
            let (service, one_by_one) = (service.clone(), Arc::clone(&one_by_one));
            let service = service_fn(move |request: Request<Incoming>| {
                let (service, one_by_one) = (service.clone(), Arc::clone(&one_by_one));
                async move {
                    // This server looks whether a name is taken and writes after that; S3 does both at once.
                    let _turn = match request.headers().contains_key(IF_NONE_MATCH) {
                        true => Some(one_by_one.lock().await),
                        false => None,
                    };
                    Service::call(&service, request).await
                }
            });
            tokio::spawn(async move {
                let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(connection), service).await;
            });
        });
        Self { address, home, thread }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder with a folder for each bucket; what else is there are the parts of unfinished uploads.
    pub fn folder(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// Names of all files of unfinished uploads.
    pub fn unfinished(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.home.path()).expect("the server's folder").flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter(|name| name.contains("upload")).collect()
    }

    /// Stops it, as if it had crashed.
    pub fn stop(&mut self) {
        self.thread.stop();
    }
}

/// A thread with a runtime that takes connections.
struct Thread {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Thread {
    /// Listens on a loopback port of its own.
    fn listen(mut take: impl FnMut(tokio::net::TcpStream) + Send + 'static) -> (SocketAddr, Self) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a port that does not block");
        let address = listener.local_addr().expect("its address");
        let (stop, mut stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a port for the runtime");
                loop {
                    tokio::select! {
                        _ = &mut stopped => break,
                        Ok((connection, _)) = listener.accept() => take(connection),
                    }
                }
            });
        });
        (address, Self { stop: Some(stop), thread: Some(thread) })
    }

    fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.stop();
    }
}
