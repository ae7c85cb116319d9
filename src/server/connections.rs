//! Connections: how many there may be, how long they may take to say what they
//! want, and how they end. One that sends its headers letter by letter is
//! closed; those that are under way when the server stops are finished.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

/// Longest time for a request's headers, and for saying nothing in between.
const HEADER_TIME: Duration = Duration::from_secs(20);
/// Connections one address may hold; a proxy on this machine may hold all.
const MOST_OF_AN_ADDRESS: usize = 512;
/// Connections in all.
const MOST: usize = 8_192;
/// Longest time a stopping server waits for requests that are under way.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(10);
/// After a failed accept (no file descriptor left).
const AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Connections held, by address.
#[derive(Default)]
struct Held(Mutex<HashMap<IpAddr, usize>>);

/// One connection held; let go when it is dropped.
struct Place {
    held: Arc<Held>,
    address: IpAddr,
}

impl Held {
    /// A place for a connection; none where there is no room.
    fn take(self: &Arc<Held>, address: IpAddr) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.values().sum::<usize>() >= MOST {
            return None;
        }
        let own = counts.entry(address).or_default();
        if *own >= MOST_OF_AN_ADDRESS && !address.is_loopback() {
            return None;
        }
        *own += 1;
        Some(Place { held: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = counts.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Serves until `shutdown` is done; requests under way are finished first.
pub(super) async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let held = Arc::new(Held::default());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Without room the connection is closed: its caller may try again.
                if let Some(place) = held.take(peer.ip().to_canonical()) {
                    speak(stream, peer, router.clone(), place, &graceful);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "connection not accepted: {error}");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(SHUTDOWN_PATIENCE, graceful.shutdown()).await;
}

fn speak(stream: TcpStream, peer: SocketAddr, router: Router, place: Place, graceful: &GracefulShutdown) {
    // A reply is written in one piece; waiting for more would only delay it.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        async move {
            Ok::<_, Infallible>(
                router.call(request.map(Body::new)).await.unwrap_or_else(|never| match never {}),
            )
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // What a caller does wrong on its connection ends that one only.
        let _ = connection.await;
        drop(place);
    });
}
