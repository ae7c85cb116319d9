//! How often somebody may ask. A key has the rate it was given; a chatbot's key
//! without one has a rate no honest chatbot reaches, people's keys have none: an
//! agent's desk asks with every letter typed. Without a key there is only
//! reading from this machine, which is not limited. Whoever is refused for want
//! of a key again and again is told to wait, by address.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock, QuantaInstant};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

use super::App;
use super::caller::Caller;
use super::problem::{Code, Problem};
use crate::access::{Key, Keyring, Role};

/// A chatbot's rate where its key says none: a hundred questions a second.
const CHATBOT_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(5_999);
/// Refusals an address may collect in a minute.
const REFUSALS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(119);
/// Addresses remembered before those that were quiet for long are forgotten.
const MOST_ADDRESSES: usize = 10_000;
/// How late a key over its rate is told so: whoever hammers on without a look at
/// `Retry-After` takes a connection's patience and not the others' cores.
const HELD_UP: Duration = Duration::from_millis(100);
/// Longest time a question may take, its body's way here included.
pub(super) const QUESTION_TIME: Duration = Duration::from_secs(30);
/// Longest time an upload, an edit or a preview may take.
pub(super) const EDIT_TIME: Duration = Duration::from_secs(600);

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// One key's budget.
struct Meter {
    per_minute: NonZeroU32,
    limiter: RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>,
}

impl Meter {
    fn new(per_minute: NonZeroU32) -> Meter {
        let limiter = RateLimiter::direct(Quota::per_minute(per_minute)).with_middleware();
        Meter { per_minute, limiter }
    }
}

/// All budgets.
pub(super) struct Limits {
    /// By key; looked up without a lock.
    keys: ArcSwap<HashMap<String, Arc<Meter>>>,
    refusals: RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock>,
}

impl Default for Limits {
    fn default() -> Limits {
        let refusals = RateLimiter::keyed(Quota::per_minute(REFUSALS_PER_MINUTE));
        Limits { keys: ArcSwap::default(), refusals }
    }
}

impl Limits {
    /// Measures these keys from now on; what is left of a key's budget stays.
    pub fn hold(&self, keyring: &Keyring) {
        let before = self.keys.load();
        let metered = keyring.keys().filter_map(|key| Some((key.id.clone(), rate_of(key)?)));
        let meters = metered.map(|(id, rate)| {
            let kept = before.get(&id).filter(|meter| meter.per_minute == rate).cloned();
            (id, kept.unwrap_or_else(|| Arc::new(Meter::new(rate))))
        });
        self.keys.store(Arc::new(meters.collect()));
    }
}

/// Requests a key may make in a minute; none where it is not limited.
fn rate_of(key: &Key) -> Option<NonZeroU32> {
    key.scope.rate_per_minute.or((key.role == Role::Chatbot).then_some(CHATBOT_PER_MINUTE))
}

/// Lets a key through as often as it may.
pub(super) async fn measure(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>();
    let meter = caller.and_then(|caller| app.limits.keys.load().get(&caller.key_id).cloned());
    let Some(meter) = meter else { return next.run(request).await };
    match meter.limiter.check() {
        Ok(snapshot) => {
            let mut response = next.run(request).await;
            let left = snapshot.remaining_burst_capacity();
            // Until the budget is whole again.
            let used = meter.per_minute.get().saturating_sub(left);
            let reset = (u64::from(used) * 60).div_ceil(u64::from(meter.per_minute.get()));
            tell(response.headers_mut(), meter.per_minute, left, reset);
            response
        }
        Err(until) => {
            app.metrics.limited();
            let wait = seconds_until(&until);
            let detail = format!("这个密钥每分钟最多 {} 次，请 {wait} 秒后再试", meter.per_minute);
            tokio::time::sleep(HELD_UP).await;
            let mut response = Problem::new(Code::TooManyRequests, detail).into_response();
            tell(response.headers_mut(), meter.per_minute, 0, wait);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
            response
        }
    }
}

fn tell(headers: &mut HeaderMap, per_minute: NonZeroU32, left: u32, reset: u64) {
    headers.insert(LIMIT, HeaderValue::from(per_minute.get()));
    headers.insert(REMAINING, HeaderValue::from(left));
    headers.insert(RESET, HeaderValue::from(reset));
    if let Ok(policy) = HeaderValue::from_str(&format!("{per_minute};w=60")) {
        headers.insert(POLICY, policy);
    }
}

/// Tells an address to wait that is refused again and again.
pub(super) async fn count_refusals(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let address = address_of(&request).filter(|address| !address.to_canonical().is_loopback());
    let response = next.run(request).await;
    let Some(address) = address.filter(|_| response.status() == StatusCode::UNAUTHORIZED) else {
        return response;
    };
    if app.limits.refusals.len() > MOST_ADDRESSES {
        app.limits.refusals.retain_recent();
    }
    let Err(until) = app.limits.refusals.check_key(&address) else { return response };
    app.metrics.limited();
    let wait = seconds_until(&until);
    let detail = format!("这个地址被拒绝的次数太多，请核对密钥，{wait} 秒后再试");
    let mut response = Problem::new(Code::TooManyRequests, detail).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}

fn seconds_until(until: &NotUntil<QuantaInstant>) -> u64 {
    let wait = until.wait_time_from(DefaultClock::default().now());
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(60).max(1)
}

/// Who asks: the peer, or whom a proxy on this machine passes on.
fn address_of(request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip();
    let forwarded = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
    // The last one is the proxy's own word; what stands before it anybody can write.
    let last = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    Some(last.filter(|_| peer.to_canonical().is_loopback()).unwrap_or(peer))
}

/// Ends a request that takes too long.
pub(super) async fn in_time(State(most): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(most, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::RequestTimeout, format!("{} 秒还没做完，请重试", most.as_secs()))
            .into_response(),
    }
}
