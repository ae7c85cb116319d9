//! The endpoint that turns texts into vectors, in the form everyone speaks:
//! `POST …/v1/embeddings` as OpenAI has it. What comes back is checked before
//! it is believed; a vector that is none never leaves here.

use std::io::ErrorKind;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use ureq::tls::{RootCerts, TlsConfig};

use super::settings::{Manner, Settings};
use super::texts::MAX_CHARS;
use super::{Role, Texts, Vector};

/// Longest reply per text: 8,192 numbers of 25 characters and what is around.
const MAX_BYTES_A_TEXT: u64 = 256 << 10;
/// Most of what an endpoint says about an error that is read.
const MAX_ERROR_BYTES: u64 = 64 << 10;
/// Most characters of it that are told.
const MAX_ERROR_CHARS: usize = 200;
/// More numbers than any embedding model has.
const MAX_DIMENSION: usize = 8_192;
/// Connections kept for the next question.
const KEPT_CONNECTIONS: usize = 8;

/// Why there are no vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("{0} 毫秒内没有等到向量服务的回答")]
    Late(u128),
    #[error("向量服务 {address} 连不上：{reason}")]
    Unreachable { address: String, reason: String },
    #[error("向量服务不答应（{status}）：{reason}")]
    Refused { status: u16, reason: String },
    #[error("向量服务的回答超过 {0} 字节")]
    TooLarge(u64),
    #[error("向量服务的回答读不懂：{0}")]
    Unreadable(String),
    #[error("问了 {asked} 段文字，向量服务答了 {got} 个向量")]
    Count { asked: usize, got: usize },
    #[error("向量应当是 {expected} 维，向量服务给的是 {got} 维；换了模型请改 model 再运行 jida embed")]
    Dimension { expected: usize, got: usize },
    #[error("向量服务给的不是向量：空的、全是零，或有不是数的")]
    NoDirection,
}

/// The request's form.
#[derive(Serialize)]
struct Asked<'a> {
    model: &'a str,
    input: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_type: Option<&'a str>,
}

/// The reply's form; what else is in it is passed over.
#[derive(Deserialize)]
struct Told {
    data: Vec<ToldVector>,
}

#[derive(Deserialize)]
struct ToldVector {
    index: Option<usize>,
    embedding: Numbers,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    Listed(Vec<f32>),
    /// Little-endian 32-bit numbers in base64.
    Packed(String),
}

/// An embedding model behind an address.
pub struct Endpoint {
    settings: Settings,
    set_name: String,
    agent: ureq::Agent,
    /// Of every vector: what the set has, or what came first.
    dimension: OnceLock<usize>,
}

impl std::fmt::Debug for Endpoint {
    /// Without the key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Endpoint").field("set_name", &self.set_name).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Speaks to nobody yet.
    pub fn new(settings: Settings) -> Endpoint {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        // A connection of TLS is worth keeping. On a plain one there is nothing
        // to save, and servers that send a reply in two pieces (Python's own)
        // lose 40 ms on a kept one, waiting for the first piece's receipt.
        let kept = if settings.address.starts_with("https:") { KEPT_CONNECTIONS } else { 0 };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A key is for this address and no other.
            .max_redirects(0)
            .max_idle_connections(kept)
            .max_idle_connections_per_host(kept)
            .tls_config(tls)
            .build();
        let set_name = settings.set_name();
        Endpoint { settings, set_name, agent: config.into(), dimension: OnceLock::new() }
    }

    /// Vectors of another dimension than a set's are refused from now on.
    pub fn expect_dimension(&self, dimension: u32) {
        let _ = self.dimension.set(dimension as usize);
    }

    /// Name of the set its vectors belong to: equal names, comparable vectors.
    pub fn set_name(&self) -> &str {
        &self.set_name
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.settings.address
    }

    /// Which texts of entries it is to embed.
    pub fn texts(&self) -> &Texts {
        &self.settings.texts
    }

    /// Texts a request.
    pub fn batch(&self) -> usize {
        self.settings.batch
    }

    /// How long a search waits for the vector of its question.
    pub fn budget(&self) -> Duration {
        self.settings.budget
    }

    /// Questions it is given at once.
    pub fn at_once(&self) -> usize {
        self.settings.at_once
    }

    /// The vectors of texts, in their order, all or none; asked in batches, each
    /// for as long as `patience`.
    pub fn embed(
        &self,
        role: Role,
        texts: &[&str],
        patience: Duration,
    ) -> Result<Vec<Vector>, EndpointError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(self.settings.batch) {
            vectors.append(&mut self.embed_batch(role, batch, patience)?);
        }
        Ok(vectors)
    }

    fn embed_batch(
        &self,
        role: Role,
        texts: &[&str],
        patience: Duration,
    ) -> Result<Vec<Vector>, EndpointError> {
        let Manner { model, prefix, input_type } = self.settings.manner(role);
        let begin = |text: &str| text.chars().take(MAX_CHARS).collect::<String>();
        let input = texts.iter().map(|text| format!("{prefix}{}", begin(text))).collect();
        let asked = Asked { model, input, input_type: input_type.as_deref() };
        let told: Told = self.ask(&asked, texts.len(), patience)?;
        self.checked(told, texts.len())
    }

    fn ask(&self, asked: &Asked<'_>, texts: usize, patience: Duration) -> Result<Told, EndpointError> {
        let address = &self.settings.address;
        let limit = MAX_BYTES_A_TEXT.saturating_mul(texts as u64);
        let failed = |error: ureq::Error| match error {
            ureq::Error::Timeout(_) => EndpointError::Late(patience.as_millis()),
            ureq::Error::BodyExceedsLimit(limit) => EndpointError::TooLarge(limit),
            ureq::Error::Json(error) => EndpointError::Unreadable(error.to_string()),
            ureq::Error::Protocol(error) => EndpointError::Unreadable(error.to_string()),
            ureq::Error::Io(error) if error.kind() == ErrorKind::TimedOut => {
                EndpointError::Late(patience.as_millis())
            }
            error => EndpointError::Unreachable { address: address.clone(), reason: error.to_string() },
        };
        let mut request = self.agent.post(address).config().timeout_global(Some(patience)).build();
        if let Some(key) = &self.settings.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut response = request.send_json(asked).map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            let said = response.body_mut().with_config().limit(MAX_ERROR_BYTES).lossy_utf8(true);
            let reason = reason_in(&said.read_to_string().unwrap_or_default());
            return Err(EndpointError::Refused { status: status.as_u16(), reason });
        }
        let told = response.body_mut().with_config().limit(limit).read_to_vec().map_err(failed)?;
        serde_json::from_slice(&told).map_err(|error| EndpointError::Unreadable(error.to_string()))
    }

    /// The vectors of a reply in the order of what was asked.
    fn checked(&self, told: Told, asked: usize) -> Result<Vec<Vector>, EndpointError> {
        let got = told.data.len();
        if got != asked {
            return Err(EndpointError::Count { asked, got });
        }
        let mut ordered: Vec<Option<Vec<f32>>> = vec![None; asked];
        for (at, ToldVector { index, embedding }) in told.data.into_iter().enumerate() {
            let place = ordered.get_mut(index.unwrap_or(at)).filter(|place| place.is_none());
            let place = place.ok_or_else(|| EndpointError::Unreadable("index 重复或超出范围".to_owned()))?;
            *place = Some(embedding.numbers()?);
        }
        let all: Vec<Vec<f32>> = ordered.into_iter().flatten().collect();
        let vectors: Option<Vec<Vector>> = all.iter().map(|numbers| Vector::of(numbers)).collect();
        let vectors = vectors.ok_or(EndpointError::NoDirection)?;
        let lengths = all.iter().map(Vec::len);
        if let Some(first) = lengths.clone().next() {
            let expected = *self.dimension.get().unwrap_or(&first);
            if let Some(got) = lengths.clone().find(|&got| got != expected || got > MAX_DIMENSION) {
                return Err(EndpointError::Dimension { expected: expected.min(MAX_DIMENSION), got });
            }
            let _ = self.dimension.set(first);
        }
        Ok(vectors)
    }
}

impl Numbers {
    fn numbers(self) -> Result<Vec<f32>, EndpointError> {
        let packed = match self {
            Numbers::Listed(numbers) => return Ok(numbers),
            Numbers::Packed(packed) => packed,
        };
        let unreadable = |reason: &str| EndpointError::Unreadable(reason.to_owned());
        let bytes = STANDARD.decode(packed.trim()).map_err(|_| unreadable("向量不是 base64"))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        match rest.is_empty() {
            true => Ok(numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()),
            false => Err(unreadable("base64 里的向量不是 32 位的数")),
        }
    }
}

/// What an endpoint says about an error: `error.message` as OpenAI has it, what
/// else is usual, or the beginning of the text.
fn reason_in(said: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(said).unwrap_or_default();
    let usual = ["/error/message", "/error", "/message", "/detail"];
    let reason = usual.iter().find_map(|place| value.pointer(place)?.as_str()).unwrap_or(said);
    let reason: String = reason.trim().chars().take(MAX_ERROR_CHARS).collect();
    if reason.is_empty() { "没有说原因".to_owned() } else { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        let folder = tempfile::tempdir().unwrap();
        let file = "[embeddings]\nurl = 'http://127.0.0.1:9/v1'\nmodel = 'm'";
        std::fs::write(folder.path().join("jida.toml"), file).unwrap();
        Endpoint::new(Settings::read(folder.path()).unwrap().unwrap())
    }

    fn checked(endpoint: &Endpoint, told: &str, asked: usize) -> Result<Vec<Vector>, EndpointError> {
        let told = serde_json::from_str(told);
        endpoint.checked(told.map_err(|error| EndpointError::Unreadable(error.to_string()))?, asked)
    }

    #[test]
    fn vectors_come_in_the_order_of_the_texts() {
        let packed = STANDARD.encode([0.0_f32, 3.0].map(f32::to_le_bytes).concat());
        let told = format!(
            r#"{{"data":[{{"index":1,"embedding":[1.0,0]}},{{"index":0,"embedding":"{packed}","object":"x"}}],"usage":{{}}}}"#
        );
        let vectors = checked(&endpoint(), &told, 2).unwrap();
        assert_eq!(vectors, [Vector::of(&[0.0, 3.0]).unwrap(), Vector::of(&[1.0, 0.0]).unwrap()]);
    }

    #[test]
    fn what_is_no_vector_is_refused() {
        let data = |inside: &str| format!(r#"{{"data":[{inside}]}}"#);
        let unreadable = [
            "[]".to_owned(),
            data(r#"{"embedding":[null,1]}"#),
            data(r#"{"embedding":["NaN",1]}"#),
            data(r#"{"embedding":"NaN"}"#),
            data(r#"{"embedding":[NaN,1]}"#),
            data(r#"{"embedding":"AAAA"}"#),
            data(r#"{"index":5,"embedding":[1]}"#),
            data(r#"{"index":-1,"embedding":[1]}"#),
        ];
        for told in unreadable {
            let got = checked(&endpoint(), &told, 1);
            assert!(matches!(got, Err(EndpointError::Unreadable(_))), "{told}: {got:?}");
        }
        let twice = data(r#"{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}"#);
        assert!(matches!(checked(&endpoint(), &twice, 2), Err(EndpointError::Unreadable(_))));
        let nan = STANDARD.encode([f32::NAN, 1.0].map(f32::to_le_bytes).concat());
        for none in ["[]", "[0,0]", "[1e39,1]", &format!("\"{nan}\"")] {
            let told = data(&format!(r#"{{"embedding":{none}}}"#));
            assert_eq!(checked(&endpoint(), &told, 1), Err(EndpointError::NoDirection), "{none}");
        }
        let two = data(r#"{"embedding":[1,2]},{"embedding":[1,2]}"#);
        assert_eq!(checked(&endpoint(), &two, 1), Err(EndpointError::Count { asked: 1, got: 2 }));
        assert_eq!(checked(&endpoint(), &data(""), 1), Err(EndpointError::Count { asked: 1, got: 0 }));
    }

    #[test]
    fn another_dimension_is_refused() {
        let data = |inside: &str| format!(r#"{{"data":[{inside}]}}"#);
        let wrong = |expected, got| Err(EndpointError::Dimension { expected, got });
        let uneven = data(r#"{"embedding":[1,2]},{"embedding":[1,2,3]}"#);
        assert_eq!(checked(&endpoint(), &uneven, 2), wrong(2, 3));
        let (two, three) = (data(r#"{"embedding":[1,2]}"#), data(r#"{"embedding":[1,2,3]}"#));
        let bound = endpoint();
        bound.expect_dimension(3);
        assert_eq!(checked(&bound, &two, 1), wrong(3, 2));
        // What came first holds.
        let endpoint = endpoint();
        assert!(checked(&endpoint, &two, 1).is_ok());
        assert_eq!(checked(&endpoint, &three, 1), wrong(2, 3));
    }

    #[test]
    fn the_reason_of_a_refusal_is_told() {
        assert_eq!(reason_in(r#"{"error":{"message":"no such model"}}"#), "no such model");
        assert_eq!(reason_in(r#"{"error":"busy"}"#), "busy");
        assert_eq!(reason_in("<html>"), "<html>");
        assert_eq!(reason_in(""), "没有说原因");
        assert_eq!(reason_in(&"x".repeat(1_000)).len(), MAX_ERROR_CHARS);
    }
}
