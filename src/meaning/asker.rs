//! Asks for a question's vector while somebody waits for its answer: within a
//! budget, or not at all. Whatever is wrong with the endpoint costs the search
//! nothing but that time, and costs it only a few questions: an endpoint that
//! fails again and again is left alone for a while, then tried with one question.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;

use super::{Endpoint, EndpointError, Role, TextHash, Vector};

/// Vectors of questions that are kept: 3 MB of 384 dimensions.
const CACHED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(8_191);
/// Failures in a row after which the endpoint rests.
const PATIENT_FOR: u32 = 3;
/// How long it rests.
const REST: Duration = Duration::from_secs(5);
/// Less time than this is not worth a request.
const LEAST_BUDGET: Duration = Duration::from_millis(1);
/// At most one line about failures in this time.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// What became of asking for a question's vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It was known.
    Cached,
    Answered,
    /// Not within the budget.
    Late,
    Unreachable,
    /// The endpoint said no.
    Refused,
    /// No vector could be made of the reply.
    Garbage,
    /// The vector was of another dimension than the library's.
    Dimension,
    /// Not asked: as many questions as the endpoint is given at once were there.
    Busy,
    /// Not asked: the endpoint failed just now.
    Resting,
    /// Not asked: earlier questions of the request have used its budget up.
    Spent,
}

impl Outcome {
    /// Its name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Cached => "cached",
            Outcome::Answered => "answered",
            Outcome::Late => "late",
            Outcome::Unreachable => "unreachable",
            Outcome::Refused => "refused",
            Outcome::Garbage => "garbage",
            Outcome::Dimension => "dimension",
            Outcome::Busy => "busy",
            Outcome::Resting => "resting",
            Outcome::Spent => "spent",
        }
    }

    /// Whether a request was sent.
    pub fn was_asked(self) -> bool {
        !matches!(self, Outcome::Cached | Outcome::Busy | Outcome::Resting | Outcome::Spent)
    }
}

impl From<&EndpointError> for Outcome {
    fn from(error: &EndpointError) -> Outcome {
        match error {
            EndpointError::Late(_) => Outcome::Late,
            EndpointError::Unreachable { .. } => Outcome::Unreachable,
            EndpointError::Refused { .. } => Outcome::Refused,
            EndpointError::Dimension { .. } => Outcome::Dimension,
            EndpointError::TooLarge(_)
            | EndpointError::Unreadable(_)
            | EndpointError::Count { .. }
            | EndpointError::NoDirection => Outcome::Garbage,
        }
    }
}

/// Hears what became of each question, and how long that took.
type Hears = Box<dyn Fn(Outcome, Duration) + Send + Sync>;

/// Asks an endpoint for the vectors of questions.
pub struct Asker {
    endpoint: Endpoint,
    hears: Hears,
    /// By hash: what was asked is not kept. Held for the time of one look-up.
    cache: Mutex<LruCache<TextHash, Arc<Vector>>>,
    in_flight: AtomicUsize,
    breaker: Breaker,
    log: Log,
}

impl Asker {
    /// `hears` is told of each question.
    pub fn new(endpoint: Endpoint, hears: impl Fn(Outcome, Duration) + Send + Sync + 'static) -> Asker {
        Asker {
            endpoint,
            hears: Box::new(hears),
            cache: Mutex::new(LruCache::new(CACHED)),
            in_flight: AtomicUsize::new(0),
            breaker: Breaker::new(),
            log: Log::default(),
        }
    }

    /// What it asks.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether the endpoint is left alone after failures.
    pub fn is_resting(&self) -> bool {
        self.breaker.is_open()
    }

    /// The vector of a question; none where there is none within the budget.
    pub fn question(&self, text: &str) -> Option<Arc<Vector>> {
        self.question_within(text, self.endpoint.budget())
    }

    fn question_within(&self, text: &str, budget: Duration) -> Option<Arc<Vector>> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let began = Instant::now();
        let (outcome, vector) = self.asked(text, budget);
        (self.hears)(outcome, began.elapsed());
        vector
    }

    fn asked(&self, text: &str, budget: Duration) -> (Outcome, Option<Arc<Vector>>) {
        let hash = TextHash::of(Role::Question, text);
        if let Some(vector) = self.cache().get(&hash) {
            return (Outcome::Cached, Some(Arc::clone(vector)));
        }
        if budget < LEAST_BUDGET {
            return (Outcome::Spent, None);
        }
        let Some(_place) = Place::take(&self.in_flight, self.endpoint.at_once()) else {
            return (Outcome::Busy, None);
        };
        if !self.breaker.lets_through() {
            return (Outcome::Resting, None);
        }
        let embedded = self.endpoint.embed(Role::Question, &[text], budget);
        let vector = embedded
            .and_then(|vectors| vectors.into_iter().next().ok_or(EndpointError::Count { asked: 1, got: 0 }));
        match vector {
            Ok(vector) => {
                let vector = Arc::new(vector);
                self.breaker.worked();
                self.cache().put(hash, Arc::clone(&vector));
                (Outcome::Answered, Some(vector))
            }
            Err(error) => {
                self.breaker.failed();
                self.log.failed(&error, self.endpoint.address());
                (Outcome::from(&error), None)
            }
        }
    }

    fn cache(&self) -> MutexGuard<'_, LruCache<TextHash, Arc<Vector>>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for the vectors of all questions of one request within one budget: an
/// answer may ask several, and its caller waits for all of them.
pub struct Budgeted<'a> {
    asker: Option<&'a Asker>,
    spent_us: AtomicU64,
}

impl<'a> Budgeted<'a> {
    /// Begins a request's budget; nobody is asked without an asker.
    pub fn new(asker: Option<&'a Asker>) -> Budgeted<'a> {
        Budgeted { asker, spent_us: AtomicU64::new(0) }
    }

    /// The vector of a question; none where the rest of the budget does not do.
    pub fn question(&self, text: &str) -> Option<Arc<Vector>> {
        let asker = self.asker?;
        let spent = Duration::from_micros(self.spent_us.load(Ordering::Relaxed));
        let rest = asker.endpoint.budget().saturating_sub(spent);
        let began = Instant::now();
        let vector = asker.question_within(text, rest);
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.spent_us.fetch_add(took_us, Ordering::Relaxed);
        vector
    }
}

/// What is asked is nobody's business; who is asked is.
impl std::fmt::Debug for Budgeted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Budgeted").field(&self.asker.map(|asker| asker.endpoint.address())).finish()
    }
}

/// One of the questions the endpoint has at once.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(taken: &'a AtomicUsize, places: usize) -> Option<Place<'a>> {
        let one_more = |taken| (taken < places).then_some(taken + 1);
        taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok().map(|_| Place(taken))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Opens after failures in a row, and lets one question through once it has
/// been open long enough. Without a lock: times are milliseconds since it was made.
struct Breaker {
    made: Instant,
    failures: AtomicU32,
    /// Until when nothing goes through; 0 where all does.
    open_until_ms: AtomicU64,
    is_trying: AtomicBool,
}

impl Breaker {
    fn new() -> Breaker {
        Breaker {
            made: Instant::now(),
            failures: AtomicU32::new(0),
            open_until_ms: AtomicU64::new(0),
            is_trying: AtomicBool::new(false),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is_open(&self) -> bool {
        self.open_until_ms.load(Ordering::Acquire) != 0
    }

    /// Whether this question may be asked; whoever may tells how it went.
    fn lets_through(&self) -> bool {
        match self.open_until_ms.load(Ordering::Acquire) {
            0 => true,
            until => self.now_ms() >= until && !self.is_trying.swap(true, Ordering::AcqRel),
        }
    }

    fn worked(&self) {
        self.failures.store(0, Ordering::Release);
        self.open_until_ms.store(0, Ordering::Release);
        self.is_trying.store(false, Ordering::Release);
    }

    fn failed(&self) {
        let failures = self.failures.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        if failures >= PATIENT_FOR {
            let rest_ms = u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
            self.open_until_ms.store(self.now_ms().saturating_add(rest_ms).max(1), Ordering::Release);
        }
        self.is_trying.store(false, Ordering::Release);
    }
}

/// Says what fails, not for each question.
#[derive(Default)]
struct Log(Mutex<(Option<Instant>, u64)>);

impl Log {
    fn failed(&self, error: &EndpointError, address: &str) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.1 += 1;
        if said.0.is_some_and(|at| at.elapsed() < LOG_EVERY) {
            return;
        }
        let failures = said.1;
        *said = (Some(Instant::now()), 0);
        tracing::warn!(
            %error, address, failures,
            "{failures} questions answered by words alone, the embeddings endpoint failed: {error}"
        );
    }
}

#[cfg(test)]
mod tests;
