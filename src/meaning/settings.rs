//! Where the embedding model is and how it is spoken to: `[embeddings]` of
//! `jida.toml` in the corpus folder, over it the environment
//! (`JIDA_EMBEDDINGS_URL` …). Without an address there is nothing to ask.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::{Role, Texts};
use crate::fault::Said;

/// Name of the settings' file in the corpus folder.
pub const SETTINGS_FILE: &str = "jida.toml";

/// What every variable of the environment begins with.
const ENVIRONMENT: &str = "JIDA_EMBEDDINGS_";

const BATCH: u64 = 32;
/// More texts at once than any endpoint takes by default (TEI: 32, OpenAI: 2,048).
const MAX_BATCH: u64 = 2_048;
const BUDGET_MS: u64 = 80;
/// A model on a core or two answers this many questions within the budget.
const AT_ONCE: u64 = 4;
const MAX_AT_ONCE: u64 = 1_024;
/// Nobody waits longer for a search to begin.
const MAX_BUDGET_MS: u64 = 10_000;

/// The fields of `[embeddings]`; in the environment in capitals.
const FIELDS: [&str; 14] = [
    "url",
    "model",
    "query_model",
    "passage_model",
    "key",
    "key_file",
    "query_prefix",
    "passage_prefix",
    "query_input_type",
    "passage_input_type",
    "batch",
    "budget_ms",
    "at_once",
    "texts",
];

/// How the model is spoken to in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manner {
    /// The model's name, as the endpoint knows it.
    pub model: String,
    /// What is written before a text.
    pub prefix: String,
    /// The request's `input_type`, where the endpoint reads one.
    pub input_type: Option<String>,
}

/// How to reach the embedding model.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Address texts are sent to, `/embeddings` included.
    pub(super) address: String,
    pub(super) key: Option<String>,
    pub(super) question: Manner,
    pub(super) passage: Manner,
    /// Texts a request.
    pub batch: usize,
    /// How long a search waits for the vector of its question.
    pub budget: Duration,
    /// Questions the endpoint is given at once.
    pub at_once: usize,
    /// Which texts of entries are embedded.
    pub texts: Texts,
}

/// Everything that is wrong with the settings, at once.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct SettingsError(Vec<String>);

impl Settings {
    /// The settings of a corpus folder and the environment; none where no
    /// address is given.
    pub fn read(corpus: &Path) -> Result<Option<Settings>, SettingsError> {
        Settings::read_with(corpus, |name| std::env::var(name).ok())
    }

    fn read_with(
        corpus: &Path,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Settings>, SettingsError> {
        let mut fields = Fields::read(corpus, environment)?;
        let Some(url) = fields.text("url") else {
            return fields.none_wrong().map(|()| None);
        };
        let address = fields.address(&url);
        let key = fields.key();
        let model = fields.text("model");
        let (asked, kept) = fields.pair("query_model", "passage_model", "query_model 和 passage_model");
        let (query_prefix, passage_prefix) = (fields.prefix("query_prefix"), fields.prefix("passage_prefix"));
        let (query_type, passage_type) =
            fields.pair("query_input_type", "passage_input_type", "query_input_type 和 passage_input_type");
        let [asked, kept] = [asked, kept].map(|own| own.or_else(|| model.clone()));
        if asked.is_none() {
            fields.wrong.push(format!("{}：写了 url，还要写 model（模型叫什么）", fields.place));
        }
        let batch = fields.number("batch", BATCH, 1..=MAX_BATCH);
        let budget_ms = fields.number("budget_ms", BUDGET_MS, 1..=MAX_BUDGET_MS);
        let at_once = fields.number("at_once", AT_ONCE, 1..=MAX_AT_ONCE);
        let texts = fields.texts();
        fields.none_wrong()?;
        Ok(Some(Settings {
            address,
            key,
            question: Manner {
                model: asked.unwrap_or_default(),
                prefix: query_prefix,
                input_type: query_type,
            },
            passage: Manner {
                model: kept.unwrap_or_default(),
                prefix: passage_prefix,
                input_type: passage_type,
            },
            batch: usize::try_from(batch).unwrap_or(1),
            budget: Duration::from_millis(budget_ms),
            at_once: usize::try_from(at_once).unwrap_or(1),
            texts,
        }))
    }

    /// The same with another model.
    pub fn with_model(mut self, model: &str) -> Settings {
        model.clone_into(&mut self.question.model);
        model.clone_into(&mut self.passage.model);
        self
    }

    /// How the model is spoken to in a role.
    pub(super) fn manner(&self, role: Role) -> &Manner {
        match role {
            Role::Question => &self.question,
            Role::Passage => &self.passage,
        }
    }

    /// A name for vectors that can be compared: the model with all that makes
    /// its vectors differ. Not the address: the same model may move.
    pub(super) fn set_name(&self) -> String {
        let (asked, kept) = (&self.question, &self.passage);
        let mut name = match asked.model == kept.model {
            true => asked.model.clone(),
            false => format!("{} / {}", asked.model, kept.model),
        };
        if !asked.prefix.is_empty() || !kept.prefix.is_empty() {
            name.push_str(&format!(" prefix {:?} / {:?}", asked.prefix, kept.prefix));
        }
        if let (Some(asked), Some(kept)) = (&asked.input_type, &kept.input_type) {
            name.push_str(&format!(" input_type {asked:?} / {kept:?}"));
        }
        name
    }
}

/// The key is never printed.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("address", &self.address)
            .field("question", &self.question)
            .field("passage", &self.passage)
            .finish_non_exhaustive()
    }
}

/// The file as it may be written.
#[derive(Deserialize, Default)]
struct File {
    #[serde(default)]
    embeddings: toml::Table,
    #[serde(flatten)]
    others: toml::Table,
}

/// What is written in file and environment, and what is wrong with it.
struct Fields<'a, E> {
    written: toml::Table,
    environment: E,
    corpus: &'a Path,
    /// The file and the section, for messages.
    place: String,
    wrong: Vec<String>,
}

impl<'a, E: Fn(&str) -> Option<String>> Fields<'a, E> {
    fn read(corpus: &'a Path, environment: E) -> Result<Fields<'a, E>, SettingsError> {
        let path = corpus.join(SETTINGS_FILE);
        let failed = |reason: String| SettingsError(vec![format!("{}：{reason}", path.display())]);
        let file: File = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error| failed(format!("这不是能读的 TOML：{}", one_line(&error))))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(error) => return Err(failed(Said(&error).to_string())),
        };
        let place = format!("{} 的 [embeddings]", path.display());
        let unknown = file.embeddings.keys().filter(|name| !FIELDS.contains(&name.as_str()));
        let mut wrong: Vec<String> = unknown
            .map(|name| format!("{place} 里没有 {name} 这一项；可以写的有：{}", FIELDS.join("、")))
            .collect();
        wrong.extend(
            file.others
                .keys()
                .map(|name| format!("{}：没有 {name} 这一段；可以写的只有 [embeddings]", path.display())),
        );
        Ok(Fields { written: file.embeddings, environment, corpus, place, wrong })
    }

    fn none_wrong(&mut self) -> Result<(), SettingsError> {
        match self.wrong.is_empty() {
            true => Ok(()),
            false => Err(SettingsError(std::mem::take(&mut self.wrong))),
        }
    }

    /// A field of the environment; an empty one is as good as none.
    fn of_environment(&self, field: &str) -> Option<(String, String)> {
        let name = format!("{ENVIRONMENT}{}", field.to_uppercase());
        let value = (self.environment)(&name).filter(|value| !value.is_empty())?;
        Some((name, value))
    }

    /// A field as a text, with where it stands.
    fn placed(&mut self, field: &str) -> Option<(String, String)> {
        if let Some((name, value)) = self.of_environment(field) {
            return Some((format!("环境变量 {name}"), value));
        }
        let place = format!("{} 的 {field}", self.place);
        match self.written.get(field)? {
            toml::Value::String(value) => Some((place, value.clone())),
            _ => {
                self.wrong.push(format!("{place} 要是引号里的文字"));
                None
            }
        }
    }

    fn text(&mut self, field: &str) -> Option<String> {
        let (_, value) = self.placed(field)?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A prefix as it is: the space at its end belongs to it.
    fn prefix(&mut self, field: &str) -> String {
        self.placed(field).map(|(_, value)| value).unwrap_or_default()
    }

    /// Two fields of which one alone says nothing.
    fn pair(&mut self, first: &str, second: &str, both: &str) -> (Option<String>, Option<String>) {
        let (one, other) = (self.text(first), self.text(second));
        if one.is_some() != other.is_some() {
            self.wrong.push(format!("{}：{both} 要么都写，要么都不写", self.place));
        }
        (one, other)
    }

    fn number(&mut self, field: &str, default: u64, allowed: std::ops::RangeInclusive<u64>) -> u64 {
        let (place, number) = match (self.of_environment(field), self.written.get(field)) {
            (Some((name, value)), _) => (format!("环境变量 {name}"), value.trim().parse().ok()),
            (None, Some(value)) => {
                let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
                (format!("{} 的 {field}", self.place), number)
            }
            (None, None) => return default,
        };
        match number.filter(|number| allowed.contains(number)) {
            Some(number) => number,
            None => {
                let (least, most) = (allowed.start(), allowed.end());
                self.wrong.push(format!("{place} 要是 {least} 到 {most} 的整数"));
                default
            }
        }
    }

    fn texts(&mut self) -> Texts {
        const FIELD: &str = "texts";
        let (place, value) = match (self.of_environment(FIELD), self.written.get(FIELD)) {
            (Some((name, value)), _) => {
                let kinds = value.split([',', '，', ' ']).filter(|kind| !kind.is_empty());
                let kinds = kinds.map(|kind| toml::Value::String(kind.to_owned())).collect();
                (format!("环境变量 {name}"), toml::Value::Array(kinds))
            }
            (None, Some(value)) => (format!("{} 的 {FIELD}", self.place), value.clone()),
            (None, None) => return Texts::default(),
        };
        match value.try_into::<Texts>() {
            Ok(texts) if !texts.0.is_empty() => texts,
            _ => {
                self.wrong.push(format!("{place} 要从 questions、titles、articles、passages 里选，至少一种"));
                Texts::default()
            }
        }
    }

    /// Where texts are sent, from an address as people write it: with or
    /// without `/v1` and `/embeddings`.
    fn address(&mut self, url: &str) -> String {
        let url = url.trim_end_matches('/');
        let parsed = url.parse::<ureq::http::Uri>().ok();
        let is_web = parsed.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.query().is_none()
        });
        if !is_web {
            let place = format!("{} 的 url 或环境变量 {ENVIRONMENT}URL", self.place);
            self.wrong.push(format!("{place} 不是能用的地址，例如 http://127.0.0.1:8000/v1"));
        }
        let last = url.rsplit('/').next().unwrap_or_default();
        let is_version = last
            .strip_prefix('v')
            .is_some_and(|number| !number.is_empty() && number.chars().all(|sign| sign.is_ascii_digit()));
        match last {
            "embeddings" => url.to_owned(),
            _ if is_version => format!("{url}/embeddings"),
            _ => format!("{url}/v1/embeddings"),
        }
    }

    fn key(&mut self) -> Option<String> {
        let key = match (self.text("key"), self.text("key_file")) {
            (Some(key), _) => key,
            (None, Some(file)) => {
                let path: PathBuf = self.corpus.join(file);
                match std::fs::read_to_string(&path) {
                    Ok(text) => text.trim().to_owned(),
                    Err(error) => {
                        let said =
                            format!("{}（{} 的 key_file）：{}", path.display(), self.place, Said(&error));
                        self.wrong.push(said);
                        return None;
                    }
                }
            }
            (None, None) => return None,
        };
        if key.is_empty() || !key.chars().all(|sign| sign.is_ascii_graphic()) {
            self.wrong.push(format!("{} 的密钥里只能有字母、数字和符号，不能有空格", self.place));
        }
        Some(key)
    }
}

/// TOML's own message, without the drawing.
fn one_line(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}

#[cfg(test)]
mod tests;
