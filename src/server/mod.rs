//! The only place that knows HTTP: routes by resource, problems, limits.
//! The caller brings the listener and the stop signal.

mod answer;
mod entries;
mod follow;
mod health;
mod problem;
mod search;
mod stats;
mod suggest;
mod view;

pub use suggest::suggestion_view;
pub use view::hit_view;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use axum::Router;
use axum::extract::Request;
use axum::http::HeaderName;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};

use crate::index::Snapshot;
use problem::Problem;

/// Largest request body: a citizen's letter is some kilobytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Searches that may wait for a core before the server says it is overloaded.
const MAX_WAITING_SEARCHES: usize = 256;
/// Longest time a stopping server waits for requests that are under way.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(10);

/// What every handler sees.
pub struct App {
    /// The state requests are answered from; none until the index is ready.
    snapshot: ArcSwapOption<Snapshot>,
    /// The corpus folder, where the library is opened for single entries.
    corpus: PathBuf,
    cores: Semaphore,
    waiting: Semaphore,
}

impl App {
    /// An application that is not ready yet.
    pub fn new(corpus: PathBuf) -> Arc<App> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Arc::new(App {
            snapshot: ArcSwapOption::empty(),
            corpus,
            cores: Semaphore::new(cores),
            waiting: Semaphore::new(cores + MAX_WAITING_SEARCHES),
        })
    }

    /// Answers from this state from now on.
    pub fn publish(&self, snapshot: Arc<Snapshot>) {
        self.snapshot.store(Some(snapshot));
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, Problem> {
        self.snapshot.load_full().ok_or_else(Problem::index_not_ready)
    }

    /// Runs work that takes more than half a millisecond on a thread of its own,
    /// at most as many at once as there are cores.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.waiting.try_acquire().map_err(|_| Problem::overloaded())?;
        let _core = self.cores.acquire().await.map_err(|_| Problem::overloaded())?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Problem::internal(&format!("search task: {error}")))?
    }
}

/// The routes.
pub fn router(app: Arc<App>) -> Router {
    let id_header = HeaderName::from_static("x-request-id");
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/v1/search", get(search::search))
        .route("/v1/suggest", get(suggest::suggest))
        .route("/v1/answer", post(answer::answer))
        .route("/v1/entries/{*id}", get(entries::entry))
        .route("/v1/stats/library", get(stats::library))
        .route("/problems/{code}", get(problem::page))
        .fallback(problem::route_not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(CatchPanicLayer::custom(problem::from_panic))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(axum::middleware::from_fn(trace))
        .layer(PropagateRequestIdLayer::new(id_header.clone()))
        .layer(SetRequestIdLayer::new(id_header, NewRequestId))
        .with_state(app)
}

/// Serves until `shutdown` is done; requests under way are finished first.
pub async fn run(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let signal = async move {
        shutdown.await;
        let _ = stopping.send(());
    };
    let patience = async move {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(SHUTDOWN_PATIENCE).await;
    };
    let serving = axum::serve(listener, router(app)).with_graceful_shutdown(signal);
    tokio::select! {
        ended = serving.into_future() => ended,
        () = patience => Ok(()),
    }
}

pub use follow::{Held, follow};

#[derive(Clone, Copy)]
struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        uuid::Uuid::now_v7().to_string().parse().ok().map(RequestId::new)
    }
}

/// One line a request. What callers ask may be personal: the address is logged
/// without its query.
async fn trace(request: Request, next: axum::middleware::Next) -> axum::response::Response {
    let began = std::time::Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("").to_owned();
    let response = problem::with_request_id(next.run(request).await, &id).await;
    tracing::info!(
        request.id = %id,
        %method,
        %path,
        status = response.status().as_u16(),
        duration_ms = began.elapsed().as_secs_f64() * 1000.0,
        "{method} {path} answered {}",
        response.status().as_u16()
    );
    response
}
