//! Another server asked over HTTP: what `jida search --server` is a client of.

use std::time::Duration;

use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};

use crate::entry::Region;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("{address} 连不上：{reason}")]
    Unreachable { address: String, reason: String },
    #[error("{address} 没有答：{reason}")]
    Refused { address: String, reason: String },
}

/// What is asked of a server.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    pub question: &'a str,
    pub region: Option<Region>,
    pub limit: usize,
    pub explains: bool,
}

/// The reply of a server's `/v1/search`.
pub fn ask(server: &str, key: Option<&str>, ask: &Ask<'_>) -> Result<Value, AskError> {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        // A key is for this address and no other.
        .max_redirects(0)
        .tls_config(tls)
        .build();
    let address = format!("{}/v1/search", server.trim_end_matches('/'));
    let unreachable =
        |error: ureq::Error| AskError::Unreachable { address: server.to_owned(), reason: error.to_string() };
    let mut request = ureq::Agent::from(config)
        .get(&address)
        .query("q", ask.question)
        .query("limit", ask.limit.to_string())
        .query("explain", ask.explains.to_string());
    if let Some(region) = ask.region {
        request = request.query("region", region.to_string());
    }
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let mut response = request.call().map_err(unreachable)?;
    let status = response.status();
    let told: Value = response.body_mut().read_json().map_err(unreachable)?;
    if !status.is_success() {
        let reason = told["detail"].as_str().map_or_else(|| status.to_string(), str::to_owned);
        return Err(AskError::Refused { address: server.to_owned(), reason });
    }
    Ok(told)
}
