//! `GET /metrics`: what operators watch, in Prometheus' text form. Counted in
//! place, without a name of anybody who asked and without what was asked.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::App;
use super::caller::Caller;
use super::problem::Problem;
use crate::access::Role;
use crate::meaning::Outcome;

/// A route and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

/// What became of asking for a question's vector.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Embedded {
    outcome: &'static str,
}

/// All counters.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    search_seconds: Histogram,
    embeddings_questions: Family<Embedded, Counter>,
    embeddings_seconds: Histogram,
    limited: Counter,
    overloaded: Counter,
    waiting: Gauge,
    generation_age_seconds: Gauge<f64, AtomicU64>,
    last_change: Gauge,
    indexed_change: Gauge,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("jida");
        let requests = Family::default();
        let search_seconds = Histogram::new(exponential_buckets(0.0005, 2.0, 14));
        let embeddings_questions = Family::default();
        let embeddings_seconds = Histogram::new(exponential_buckets(0.001, 2.0, 12));
        let (limited, overloaded, waiting) = (Counter::default(), Counter::default(), Gauge::default());
        let (generation_age_seconds, last_change, indexed_change) =
            (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("requests", "Requests by route and status", requests.clone());
        registry.register("search_seconds", "Time of questions, waiting included", search_seconds.clone());
        registry.register(
            "embeddings_questions",
            "Questions whose vector was wanted, by what became of it",
            embeddings_questions.clone(),
        );
        registry.register(
            "embeddings_seconds",
            "Time of the requests for questions' vectors, failed ones included",
            embeddings_seconds.clone(),
        );
        registry.register("limited", "Requests refused because their caller asks too often", limited.clone());
        registry.register("overloaded", "Requests refused because too many were waiting", overloaded.clone());
        registry.register("waiting", "Questions that wait for a core or have one", waiting.clone());
        registry.register(
            "generation_age_seconds",
            "Age of the index in use",
            generation_age_seconds.clone(),
        );
        registry.register("last_change", "Number of the library's last change", last_change.clone());
        registry.register("indexed_change", "Number of the last change in the index", indexed_change.clone());
        Metrics {
            registry,
            requests,
            search_seconds,
            embeddings_questions,
            embeddings_seconds,
            limited,
            overloaded,
            waiting,
            generation_age_seconds,
            last_change,
            indexed_change,
        }
    }
}

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, method: &str, route: &str, status: u16) {
        let labels = Answered { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        if status == StatusCode::SERVICE_UNAVAILABLE.as_u16() {
            self.overloaded.inc();
        }
    }

    /// Somebody asked too often.
    pub fn limited(&self) {
        self.limited.inc();
    }

    /// Counts what becomes of questions' vectors.
    pub fn hears_of_embeddings(&self) -> impl Fn(Outcome, Duration) + Send + Sync + 'static {
        let (questions, seconds) = (self.embeddings_questions.clone(), self.embeddings_seconds.clone());
        move |outcome, took| {
            questions.get_or_create(&Embedded { outcome: outcome.as_str() }).inc();
            if outcome.was_asked() {
                seconds.observe(took.as_secs_f64());
            }
        }
    }

    /// A question was computed.
    pub fn searched(&self, took: Duration) {
        self.search_seconds.observe(took.as_secs_f64());
    }
}

/// For this machine, and for an administrator from anywhere.
pub(super) async fn show(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    if !caller.is_keyless() {
        caller.require(Role::Admin)?;
    }
    let metrics = &app.metrics;
    metrics.waiting.set(i64::try_from(app.waiting_now()).unwrap_or(i64::MAX));
    if let Some(snapshot) = app.snapshot.load_full() {
        metrics.indexed_change.set(i64::try_from(snapshot.last_change).unwrap_or(i64::MAX));
        let last = app.read(|library| Ok(library.last_change()?)).await?;
        metrics.last_change.set(i64::try_from(last).unwrap_or(i64::MAX));
    }
    if let Some(age) = app.generation.load().as_ref().and_then(|generation| generation.age()) {
        metrics.generation_age_seconds.set(age.as_secs_f64());
    }
    let mut told = String::new();
    text::encode(&mut told, &metrics.registry).map_err(|error| Problem::internal(&error.to_string()))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], told).into_response())
}
