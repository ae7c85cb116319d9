//! The only place that knows HTTP: routes by resource, problems, limits.
//! The caller brings the listener and the stop signal.

mod answer;
mod audit;
mod body;
mod bots;
mod caller;
mod changes;
mod check;
mod conflicts;
mod connections;
mod corrections;
mod curation;
mod dispatches;
mod editing;
mod embedder;
mod entries;
mod events;
mod feedback;
mod figures;
mod follow;
mod gaps;
mod gathering;
mod generations;
mod golden;
mod health;
mod imports;
mod jobs;
mod journal;
mod keys;
mod learner;
mod librarian;
mod limits;
mod lists;
mod memory;
mod metrics;
mod openapi;
mod pages;
mod preview;
mod problem;
mod proposals;
mod regions;
mod reindexer;
mod revisions;
mod schedule;
mod search;
mod session;
mod settings;
mod stats;
mod suggest;
mod upkeep;
mod view;
mod warnings;
mod wordings;

pub use body::{MAX_ENTRY_BODY_BYTES, MAX_FILE_BODY_BYTES, MAX_QUESTION_BODY_BYTES};
pub use caller::OpenReads;
pub use suggest::suggestion_view;
pub use view::hit_view;

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderName;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use crossbeam_channel::{Receiver, Sender};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};

use crate::access::Keyring;
use crate::curation::{Collection, Curated, Curation, Notice, Rule};
use crate::embedding;
use crate::index::{Generation, Snapshot};
use crate::indexing::Indexer;
use crate::journal::Journal;
use crate::library::{Library, LibraryError};
use crate::meaning::{Asker, Budgeted, Endpoint};
use caller::Used;
use embedder::Embedded;
use librarian::Librarian;
use limits::{EDIT_TIME, Limits, QUESTION_TIME};
use metrics::Metrics;
use preview::GoldenCache;
use problem::Problem;

/// Searches that may wait for a core before the server says it is overloaded.
const MAX_WAITING_SEARCHES: usize = 256;
/// What every handler sees.
pub struct App {
    /// The state requests are answered from; none until the index is ready.
    snapshot: ArcSwapOption<Snapshot>,
    /// The generation in use, and the folder of all; none until then likewise.
    generation: ArcSwapOption<Generation>,
    indexer: ArcSwapOption<Indexer>,
    /// Golden questions of the library, for previews.
    golden: GoldenCache,
    librarian: Librarian,
    /// The corpus folder, where word lists stand as files.
    corpus: PathBuf,
    /// The library's keys; none until the library is open.
    keyring: ArcSwapOption<Keyring>,
    /// What was asked and what became of it.
    pub journal: Journal,
    /// Set when the server is told to stop: streams end then.
    is_stopping: AtomicBool,
    /// Rules, notices and collections in force.
    curation: ArcSwap<Curation>,
    open_reads: OpenReads,
    uses: (Sender<Used>, Receiver<Used>),
    /// Asks for questions' vectors; none where no endpoint is configured.
    asker: OnceLock<Asker>,
    /// What was embedded and is not in the served state yet.
    embedded: (Sender<Embedded>, Receiver<Embedded>),
    /// Held while gaps are gathered: two passes at once would make them twice.
    gathering: Mutex<()>,
    limits: Limits,
    metrics: Metrics,
    /// Places of those who wait for a core or have one, and the cores.
    cores: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    places: usize,
}

impl App {
    /// An application that is not ready yet.
    pub fn new(corpus: PathBuf, open_reads: OpenReads, journal: Journal) -> Arc<App> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Arc::new(App {
            snapshot: ArcSwapOption::empty(),
            generation: ArcSwapOption::empty(),
            indexer: ArcSwapOption::empty(),
            golden: GoldenCache::default(),
            librarian: Librarian::new(corpus.clone()),
            corpus,
            keyring: ArcSwapOption::empty(),
            journal,
            is_stopping: AtomicBool::new(false),
            curation: ArcSwap::default(),
            open_reads,
            uses: crossbeam_channel::unbounded(),
            asker: OnceLock::new(),
            embedded: crossbeam_channel::unbounded(),
            gathering: Mutex::default(),
            limits: Limits::default(),
            metrics: Metrics::default(),
            cores: Arc::new(Semaphore::new(cores)),
            waiting: Arc::new(Semaphore::new(cores + MAX_WAITING_SEARCHES)),
            places: cores + MAX_WAITING_SEARCHES,
        })
    }

    /// Answers from this state from now on.
    pub fn publish(&self, snapshot: Arc<Snapshot>) {
        self.snapshot.store(Some(snapshot));
    }

    /// Tries changes on this generation from now on.
    pub fn hold_generation(&self, generation: Generation) {
        self.generation.store(Some(Arc::new(generation)));
    }

    /// Lists and activates the generations of this folder from now on.
    pub fn hold_indexer(&self, indexer: Arc<Indexer>) {
        self.indexer.store(Some(indexer));
    }

    fn indexer(&self) -> Result<Arc<Indexer>, Problem> {
        self.indexer.load_full().ok_or_else(Problem::index_not_ready)
    }

    /// Lets these keys in from now on.
    pub fn hold_keys(&self, keyring: Keyring) {
        self.limits.hold(&keyring);
        self.keyring.store(Some(Arc::new(keyring)));
    }

    /// These rules, notices and collections count from now on.
    pub fn hold_curation(&self, curation: Curation) {
        self.curation.store(Arc::new(curation));
    }

    /// Asks this endpoint for the vectors of questions; said once, at the start.
    pub fn ask_for_vectors(&self, endpoint: Endpoint) {
        let _ = self.asker.set(Asker::new(endpoint, self.metrics.hears_of_embeddings()));
    }

    /// What a request's questions are asked by meaning with.
    fn oracle(&self, snapshot: &Snapshot) -> Budgeted<'_> {
        embedding::oracle(self.asker.get(), snapshot)
    }

    /// Believes only vectors of the dimension the library has of that model.
    pub fn expect_vectors_of(&self, library: &Library) -> Result<(), LibraryError> {
        if let Some(asker) = self.asker.get() {
            embedding::expect_dimension(library, asker.endpoint())?;
        }
        Ok(())
    }

    /// Whether streams have to end.
    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Puts the use of a key where the following thread writes it down.
    fn note_use(&self, used: Used) {
        // Fails only without a receiver, which lives as long as the sender.
        let _ = self.uses.0.send(used);
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
        let began = std::time::Instant::now();
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Problem::overloaded())?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| Problem::overloaded())?;
        // The work holds its core until it is done, also where its caller has
        // gone meanwhile: hanging up buys nobody more cores than there are.
        let work = move || {
            let done = work();
            drop((core, place));
            done
        };
        let done = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Problem::internal(&format!("search task: {error}")))?;
        self.metrics.searched(began.elapsed());
        done
    }

    /// Questions that wait for a core or have one.
    fn waiting_now(&self) -> usize {
        self.places.saturating_sub(self.waiting.available_permits())
    }
}

/// The routes.
pub fn router(app: Arc<App>) -> Router {
    let id_header = HeaderName::from_static("x-request-id");
    let asking = Router::new()
        .route("/v1/search", get(search::search))
        .route("/v1/suggest", get(suggest::suggest))
        .route("/v1/answer", post(answer::answer))
        .route("/v1/regions", get(regions::list))
        .route("/v1/feedback", post(feedback::feedback))
        .route("/v1/events", get(events::events))
        .route("/v1/gaps", get(gaps::list).post(gaps::report))
        .route("/v1/gaps/{id}", get(gaps::show).post(gaps::settle))
        .route("/v1/gaps/{id}/check", post(gaps::check))
        .route("/v1/corrections", get(corrections::list).post(corrections::report))
        .route("/v1/corrections/{id}", post(corrections::settle))
        .route("/v1/dispatches", get(dispatches::show))
        .route("/v1/warnings", get(warnings::list))
        .route("/v1/warnings/{id}", get(warnings::show).post(warnings::acknowledge))
        .route("/v1/stats/library", get(stats::library))
        .route("/v1/stats/instant-answer", get(stats::instant_answer))
        .route("/v1/stats/entries", get(stats::entries))
        .route("/v1/stats/figures", get(figures::figures))
        .route("/v1/stats/groups", get(figures::groups))
        .route("/v1/journal/export", get(journal::export))
        .route("/v1/changes", get(changes::changes))
        .route("/v1/session", get(session::show))
        .route("/v1/keys", get(keys::list).post(keys::create))
        .route("/v1/keys/{id}", get(keys::uses).delete(keys::revoke))
        .route("/v1/keys/{id}/rotate", post(keys::rotate))
        .route("/v1/audit", get(audit::lines))
        .route("/v1/memory", get(memory::list).delete(memory::forget))
        .route("/v1/settings", get(settings::show).put(settings::put))
        .route("/v1/conflicts", get(conflicts::list))
        .route("/v1/conflicts/{*id}", post(conflicts::settle))
        .route("/v1/schedule", get(schedule::list).post(schedule::put))
        .route("/v1/rules", get(curation::list::<Rule>))
        .route("/v1/rules/{id}", curated::<Rule>())
        .route("/v1/notices", get(curation::notices))
        .route("/v1/notices/{id}", curated::<Notice>())
        .route("/v1/collections", get(curation::list::<Collection>))
        .route("/v1/collections/{id}", curated::<Collection>())
        .route("/v1/reindex", post(jobs::reindex))
        .route("/v1/jobs", get(jobs::list))
        .route("/v1/jobs/{id}", get(jobs::show))
        .route("/v1/jobs/{id}/events", get(jobs::events))
        .route("/v1/jobs/{id}/cancel", post(jobs::cancel))
        .route("/v1/generations", get(generations::list))
        .route("/v1/generations/{name}/activate", post(generations::activate))
        .route("/metrics", get(metrics::show))
        .merge(bots::routes(&app))
        .layer(from_fn_with_state(MAX_QUESTION_BODY_BYTES, body::limit));
    let editing = Router::new()
        .route("/v1/entries", get(entries::list).post(editing::create))
        .route(
            "/v1/entries/{*id}",
            get(entries::entry).put(editing::put).patch(editing::patch).delete(editing::retire),
        )
        .route("/v1/lists/{name}", get(lists::show).put(lists::put))
        .route("/v1/cut", post(lists::cut))
        .route("/v1/revisions/{*id}", get(revisions::list).post(revisions::restore))
        .route("/v1/suggested-questions/{*id}", get(wordings::list).post(wordings::refuse))
        .route("/v1/differences/{*id}", get(revisions::differences))
        .route("/v1/preview", post(preview::preview))
        .route("/v1/check", post(check::check))
        .route("/v1/golden/run", post(golden::run))
        .route("/v1/gaps/gather", post(gathering::gather))
        .layer(from_fn_with_state(MAX_ENTRY_BODY_BYTES, body::limit));
    let importing = Router::new()
        .route("/v1/imports", post(imports::send))
        .route("/v1/imports/{id}", get(imports::show).post(imports::apply))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(from_fn_with_state(MAX_FILE_BODY_BYTES, body::limit));
    let identified = |routes: Router<Arc<App>>| {
        routes
            .layer(from_fn_with_state(Arc::clone(&app), limits::measure))
            .layer(from_fn_with_state(Arc::clone(&app), caller::identify))
            .layer(from_fn_with_state(Arc::clone(&app), limits::count_refusals))
    };
    let dify = bots::dify(|routes| {
        identified(routes.layer(from_fn_with_state(MAX_QUESTION_BODY_BYTES, body::limit)))
            .layer(from_fn_with_state(QUESTION_TIME, limits::in_time))
    });
    let asking = identified(asking).layer(from_fn_with_state(QUESTION_TIME, limits::in_time));
    let editing = identified(editing.merge(importing)).layer(from_fn_with_state(EDIT_TIME, limits::in_time));
    let logging_in = Router::new()
        .route("/v1/session", post(session::open).delete(session::close))
        .layer(from_fn_with_state(MAX_QUESTION_BODY_BYTES, body::limit));
    Router::new()
        .route("/", get(pages::agent))
        .route("/editor", get(pages::editor))
        .route("/managers", get(pages::managers))
        .route("/web/{*path}", get(pages::asset))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/problems/{code}", get(problem::page))
        .route("/openapi.json", get(openapi::document))
        .route("/docs", get(openapi::page))
        .merge(asking)
        .merge(editing)
        .merge(dify)
        .merge(bots::descriptions())
        .merge(logging_in)
        .fallback(problem::route_not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(CatchPanicLayer::custom(problem::from_panic))
        .layer(axum::middleware::from_fn(body::read_small))
        .layer(from_fn_with_state(Arc::clone(&app), trace))
        .layer(PropagateRequestIdLayer::new(id_header.clone()))
        .layer(SetRequestIdLayer::new(id_header, NewRequestId))
        .with_state(app)
}

fn curated<C: Curated>() -> MethodRouter<Arc<App>> {
    get(curation::show::<C>).put(curation::put::<C>).delete(curation::remove::<C>)
}

/// Serves until `shutdown` is done; requests under way are finished first.
pub async fn run(listener: TcpListener, app: Arc<App>, shutdown: impl Future<Output = ()>) {
    let stopping = Arc::clone(&app);
    let signal = async move {
        shutdown.await;
        stopping.is_stopping.store(true, Ordering::Relaxed);
    };
    connections::serve(listener, router(app), signal).await;
}

pub use embedder::keep_embedded;
pub use follow::{Held, follow};
pub use gathering::keep_gathered;
pub use learner::keep_learning;
pub use reindexer::carry_out_jobs;
pub use upkeep::keep_up;

#[derive(Clone, Copy)]
struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        uuid::Uuid::now_v7().to_string().parse().ok().map(RequestId::new)
    }
}

/// One line a request. What callers ask may be personal: the address is logged
/// without its query.
async fn trace(
    State(app): State<Arc<App>>,
    request: Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let began = std::time::Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("").to_owned();
    let response = problem::with_request_id(next.run(request).await, &id).await;
    app.metrics.answered(method.as_str(), &route, response.status().as_u16());
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
