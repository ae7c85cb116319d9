//! Telling another program what happened, signed as Standard Webhooks 1.0 has
//! it: an id that stays the same however often it is sent, the moment, and
//! HMAC-SHA256 over both and the body. What is sent, and when again, is said by
//! the outbox (`journal`); here one message goes to one address once.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;
use ureq::tls::{RootCerts, TlsConfig};

use crate::settings::{Section, SettingsError, is_web_address};

/// What a section of the settings says about a hook.
pub const FIELDS: [&str; 3] = ["url", "secret", "secret_file"];
/// Least bytes of a secret; the standard asks for 24 to 64.
const MIN_SECRET_BYTES: usize = 24;
/// How such secrets are usually written: this, and base64.
const SECRET_PREFIX: &str = "whsec_";
/// Longest wait for an answer; the standard advises 15 to 30 s.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most of an answer that is read.
const MAX_REPLY_BYTES: u64 = 64 << 10;

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("连不上：{0}")]
    Unreachable(String),
    #[error("对方回答 {0}")]
    Refused(u16),
    /// The standard's way to say: never again.
    #[error("对方回答 410，不再收")]
    Gone,
}

/// An address that is told, and the secret shared with it.
pub struct Hook {
    address: String,
    key: hmac::Key,
    agent: ureq::Agent,
}

impl Hook {
    /// The hook of a section (`dispatch`) of a corpus folder's settings and the
    /// environment (`JIDA_DISPATCH_URL` …); none where no address is given.
    pub fn read(corpus: &Path, section: &str) -> Result<Option<Hook>, SettingsError> {
        Hook::read_with(corpus, section, |name| std::env::var(name).ok())
    }

    fn read_with(
        corpus: &Path,
        section: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Hook>, SettingsError> {
        let mut fields = Section::read(corpus, section, &FIELDS, environment)?;
        let Some(url) = fields.text("url") else {
            return fields.none_wrong().map(|()| None);
        };
        if !is_web_address(&url) {
            let place = format!("{} 的 url 或环境变量 {}", fields.place, fields.variable("url"));
            fields.wrong.push(format!("{place} 不是能用的地址，例如 https://tickets.example.gov.cn/jida"));
        }
        let secret = fields.secret("secret").map(|secret| bytes_of(&secret));
        match &secret {
            None if fields.wrong.is_empty() => fields.wrong.push(format!(
                "{}：写了 url，还要写 secret（与对方共用的签名密钥），或设环境变量 {}",
                fields.place,
                fields.variable("secret")
            )),
            Some(bytes) if bytes.len() < MIN_SECRET_BYTES => fields.wrong.push(format!(
                "{} 的 secret 太短，至少 {MIN_SECRET_BYTES} 个字节；可以用 whsec_ 加 openssl rand -base64 32 的输出",
                fields.place
            )),
            _ => {}
        }
        fields.none_wrong()?;
        Ok(secret.map(|secret| Hook::new(url, &secret)))
    }

    fn new(address: String, secret: &[u8]) -> Hook {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            // What is signed is for this address and no other.
            .max_redirects(0)
            .tls_config(tls)
            .build();
        Hook { address, key: hmac::Key::new(hmac::HMAC_SHA256, secret), agent: config.into() }
    }

    /// Sends a message once. Returns what was answered, a JSON document or null.
    pub fn send(&self, id: &str, body: &str, now: Timestamp) -> Result<serde_json::Value, NotTaken> {
        let at = now.as_second();
        let request = self
            .agent
            .post(&self.address)
            .header("content-type", "application/json")
            .header("user-agent", concat!("jida/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", at.to_string())
            .header("webhook-signature", self.signature(id, at, body));
        let unreachable = |error: ureq::Error| NotTaken::Unreachable(error.to_string());
        let mut response = request.send(body).map_err(unreachable)?;
        match response.status() {
            status if status.is_success() => {}
            status if status.as_u16() == 410 => return Err(NotTaken::Gone),
            status => return Err(NotTaken::Refused(status.as_u16())),
        }
        let answered = response.body_mut().with_config().limit(MAX_REPLY_BYTES).read_to_vec();
        // It was taken, whatever else is said.
        Ok(answered.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
    }

    fn signature(&self, id: &str, at_seconds: i64, body: &str) -> String {
        let signed = hmac::sign(&self.key, format!("{id}.{at_seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(signed.as_ref()))
    }
}

/// The secret's bytes, from either way of writing it.
fn bytes_of(secret: &str) -> Vec<u8> {
    let encoded = secret.strip_prefix(SECRET_PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
    encoded.unwrap_or_else(|| secret.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own libraries (standard-webhooks).
    #[test]
    fn it_signs_as_the_standard_does() {
        let hook = Hook::new("http://h".to_owned(), &bytes_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        let signature =
            hook.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    fn read(file: &str, environment: &[(&str, &str)]) -> Result<Option<Hook>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("jida.toml"), file).unwrap();
        let of = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Hook::read_with(folder.path(), "dispatch", of).map_err(|error| error.to_string())
    }

    #[test]
    fn a_hook_has_an_address_and_a_secret_worth_the_name() {
        const SECRET: &str = "0123456789abcdef01234567";
        assert!(read("", &[]).unwrap().is_none());
        assert!(read("[embeddings]\nurl='http://h'\nmodel='m'", &[]).unwrap().is_none());
        let file = format!("[dispatch]\nurl='http://h/x'\nsecret='{SECRET}'");
        assert_eq!(read(&file, &[]).unwrap().unwrap().address, "http://h/x");
        let other = [("JIDA_DISPATCH_URL", "https://env/y"), ("JIDA_DISPATCH_SECRET", SECRET)];
        assert_eq!(read(&file, &other).unwrap().unwrap().address, "https://env/y");
        for (file, piece) in [
            ("[dispatch]\nurl='http://h'", "secret"),
            ("[dispatch]\nurl='http://h'\nsecret='short'", "太短"),
            ("[dispatch]\nurl='nowhere'\nsecret='0123456789abcdef01234567'", "不是能用的地址"),
            ("[dispatch]\nuri='http://h'", "uri"),
            ("[dispatcher]\nurl='http://h'", "dispatcher"),
        ] {
            let told = read(file, &[]).err().unwrap_or_else(|| panic!("{file} was taken"));
            assert!(told.contains(piece) && !told.contains("01234567"), "{told}");
        }
    }
}
