//! Who asks: the key a request carries, or nobody. Without a key only reading
//! from this very machine is open, and only of what is public. Every route
//! below `/v1` passes here, so that a handler cannot forget to look.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, ORIGIN};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use super::problem::{Code, Problem};
use crate::access::{Key, Keyring, Refused, Role, Scope};
use crate::curation::{Collection, Curation};
use crate::entry::Entry;
use crate::index::{Snapshot, Within};

/// The cookie a desk's key is in.
pub(super) const SESSION_COOKIE: &str = "jida_key";

/// Who may read without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenReads {
    /// Programs on this machine.
    Loopback,
    Nobody,
}

/// A use of a key, to be written down.
#[derive(Debug)]
pub(super) struct Used {
    pub key_id: String,
    /// `GET /v1/search`
    pub action: String,
}

/// Who a request is from.
#[derive(Debug, Clone)]
pub struct Caller {
    /// How revisions and the audit log name it.
    pub signature: String,
    /// Empty where there is no key.
    pub key_id: String,
    role: Option<Role>,
    pub scope: Arc<Scope>,
}

impl Caller {
    fn nobody() -> Caller {
        Caller { signature: "无密钥".to_owned(), key_id: String::new(), role: None, scope: Arc::default() }
    }

    fn with(key: &Key) -> Caller {
        Caller {
            signature: key.signature(),
            key_id: key.id.clone(),
            role: Some(key.role),
            scope: Arc::new(key.scope.clone()),
        }
    }

    /// What the caller is; none without a key.
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// Whether it is a program on this machine that shows no key.
    pub fn is_keyless(&self) -> bool {
        self.role.is_none()
    }

    /// Whether the caller may do what a role may.
    pub fn is(&self, role: Role) -> bool {
        self.role.is_some_and(|own| own >= role)
    }

    /// What the caller may find in a snapshot, in a collection where one is
    /// asked; none where that is not limited.
    pub fn within(&self, snapshot: &Snapshot, collection: Option<&Collection>) -> Option<Within> {
        if collection.is_none() && !self.scope.limits_reading() {
            return None;
        }
        let is_in = |category: &str, department: &str| {
            self.scope.has_category(category)
                && collection.is_none_or(|collection| collection.has(category, department))
        };
        Some(snapshot.within(&self.scope.regions, is_in))
    }

    /// The collection a request is asked in: the one it names, else the key's
    /// own; an empty name asks the whole library. A chatbot's key never leaves
    /// its own.
    pub fn collection(
        &self,
        named: Option<&str>,
        curation: &Curation,
    ) -> Result<Option<(String, Collection)>, Problem> {
        let unknown =
            |id: &str| Problem::field("collection", format!("没有语境库“{id}”，用 /v1/collections 查看"));
        let own = self.scope.collection.as_deref();
        let id = match (named, self.kept_in()) {
            (Some(named), Some(kept)) if !named.is_empty() && named != kept => return Err(unknown(named)),
            (_, Some(kept)) => kept,
            (named, None) => match named.or(own) {
                None | Some("") => return Ok(None),
                Some(id) => id,
            },
        };
        curation.collection(id).map(|found| Some((id.to_owned(), found.clone()))).ok_or_else(|| unknown(id))
    }

    /// The collection a key sees nothing outside of: a chatbot's own. People
    /// only look there first.
    pub fn kept_in(&self) -> Option<&str> {
        self.scope.collection.as_deref().filter(|_| self.role == Some(Role::Chatbot))
    }

    /// Whether an entry may be read, its status apart.
    pub fn may_read(&self, entry: &Entry, curation: &Curation) -> bool {
        let is_within = self.kept_in().is_none_or(|id| {
            let collection = curation.collection(id);
            collection.is_some_and(|collection| collection.has(&entry.category, &entry.department))
        });
        is_within && self.scope.may_read(entry)
    }

    /// Refuses whoever may not do what a role may.
    pub fn require(&self, role: Role) -> Result<(), Problem> {
        match self.role {
            Some(own) if own >= role => Ok(()),
            Some(own) => {
                let detail = format!("要“{}”以上的密钥，这个密钥是“{}”", role.chinese(), own.chinese());
                Err(Problem::new(Code::Forbidden, detail))
            }
            None => Err(Problem::new(
                Code::Unauthorized,
                format!("要带“{}”以上的密钥：请求头 Authorization: Bearer 密钥", role.chinese()),
            )),
        }
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Caller, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| Problem::internal("a route outside the identification of callers asks for one"))
    }
}

/// Lets a request through with its caller, or refuses it.
pub(super) async fn identify(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let caller = match bearer(request.headers()) {
        Ok(None) => refuse_cross_site(request.headers()).and_then(|()| match session(request.headers()) {
            None => open(&app, &request),
            Some(presented) => keyed(&app, &presented),
        }),
        Ok(Some(presented)) => keyed(&app, presented),
        Err(problem) => Err(problem),
    };
    match caller {
        Ok((caller, key_id)) => {
            if let Some(key_id) = key_id {
                app.note_use(Used { key_id, action: action_of(&request) });
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

type Identified = Result<(Caller, Option<String>), Problem>;

fn open(app: &App, request: &Request) -> Identified {
    let is_open = app.open_reads == OpenReads::Loopback && is_from_this_machine(request);
    match is_open {
        true => Ok((Caller::nobody(), None)),
        false => Err(Problem::new(Code::Unauthorized, "请带上密钥：请求头 Authorization: Bearer 密钥")),
    }
}

fn keyed(app: &App, presented: &str) -> Identified {
    let caller = of_key(app, presented)?;
    let key_id = caller.key_id.clone();
    Ok((caller, Some(key_id)))
}

/// Who a key stands for.
pub(super) fn of_key(app: &App, presented: &str) -> Result<Caller, Problem> {
    let keyring = app.keyring.load();
    let keyring: &Keyring = keyring.as_deref().ok_or_else(Problem::index_not_ready)?;
    let today = jiff::Zoned::now().date();
    match keyring.open(presented, today) {
        Ok(key) => Ok(Caller::with(key)),
        Err(Refused::Unknown) => Err(Problem::new(Code::Unauthorized, "密钥不对，请核对")),
        Err(Refused::Revoked) => Err(Problem::new(Code::Unauthorized, "这个密钥已停用，请向管理员要新的")),
        Err(Refused::Expired(last)) => {
            Err(Problem::new(Code::Unauthorized, format!("这个密钥 {last} 到期，请向管理员要新的")))
        }
    }
}

/// The key in the request; an error where there is something else.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let malformed = || Problem::new(Code::Unauthorized, "请求头要写成 Authorization: Bearer 密钥");
    let (scheme, key) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    match scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty() {
        true => Ok(Some(key.trim())),
        false => Err(malformed()),
    }
}

/// The key in a desk's cookie.
fn session(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = all.flat_map(cookie::Cookie::split_parse).flatten();
    cookies.find(|cookie| cookie.name() == SESSION_COOKIE).map(|cookie| cookie.value().to_owned())
}

/// Refuses what another site's page sends in the name of who looks at it: a
/// cookie, or being on this machine, is nothing that page may borrow.
pub(super) fn refuse_cross_site(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    // Browsers say where a request comes from; older ones only by its origin.
    let is_own = match headers.get("sec-fetch-site") {
        Some(site) => matches!(site.as_bytes(), b"same-origin" | b"none"),
        None => text(ORIGIN)
            .is_none_or(|origin| origin.split_once("://").is_some_and(|(_, host)| Some(host) == text(HOST))),
    };
    match is_own {
        true => Ok(()),
        false => Err(Problem::new(
            Code::Forbidden,
            "别的网站的页面不能代你操作，请在即答自己的页面里操作，或带上密钥",
        )),
    }
}

/// A proxy on this machine speaks for others: what it forwards is not from here.
fn is_from_this_machine(request: &Request) -> bool {
    let is_forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    !is_forwarded && peer.is_some_and(is_loopback)
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn action_of(request: &Request) -> String {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    format!("{} {path}", request.method())
}
