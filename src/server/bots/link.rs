//! Addresses handed to platforms that want a link: the source's own, else the
//! entry here, under the name by which this server was asked.

use axum::http::HeaderMap;
use axum::http::header::HOST;

use crate::entry::Source;

/// The address of this server as its caller knows it.
pub(super) fn base_of(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host").or_else(|| text(HOST.as_str())).unwrap_or("localhost");
    let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    format!("{scheme}://{host}")
}

/// Where a person reads more about an entry.
pub(super) fn link_of(headers: &HeaderMap, id: &str, source: &[Source]) -> String {
    let own = source.iter().filter_map(|source| source.link.as_deref()).find(|link| link.starts_with("http"));
    own.map_or_else(|| format!("{}/v1/entries/{}", base_of(headers), encoded(id)), str::to_owned)
}

/// An id as a part of an address.
fn encoded(id: &str) -> String {
    let keeps = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    id.bytes()
        .map(|byte| if keeps(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
