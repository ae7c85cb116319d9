//! Where the embedding model is and how it is spoken to: `[embeddings]` of
//! `jida.toml` in the corpus folder, over it the environment
//! (`JIDA_EMBEDDINGS_URL` …). Without an address there is nothing to ask.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::{Role, Texts};
use crate::settings::{Section, SettingsError, is_web_address};

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
        let mut fields = Section::read(corpus, "embeddings", &FIELDS, environment)?;
        let Some(url) = fields.text("url") else {
            return fields.none_wrong().map(|()| None);
        };
        let address = address(&mut fields, &url);
        let key = fields.secret("key");
        let model = fields.text("model");
        let (asked, kept) = fields.pair("query_model", "passage_model", "query_model 和 passage_model");
        let (query_prefix, passage_prefix) =
            (fields.verbatim("query_prefix"), fields.verbatim("passage_prefix"));
        let (query_type, passage_type) =
            fields.pair("query_input_type", "passage_input_type", "query_input_type 和 passage_input_type");
        let [asked, kept] = [asked, kept].map(|own| own.or_else(|| model.clone()));
        if asked.is_none() {
            fields.wrong.push(format!("{}：写了 url，还要写 model（模型叫什么）", fields.place));
        }
        let batch = fields.number("batch", BATCH, 1..=MAX_BATCH);
        let budget_ms = fields.number("budget_ms", BUDGET_MS, 1..=MAX_BUDGET_MS);
        let at_once = fields.number("at_once", AT_ONCE, 1..=MAX_AT_ONCE);
        let texts = texts(&mut fields);
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

fn texts<E: Fn(&str) -> Option<String>>(fields: &mut Section<'_, E>) -> Texts {
    const FIELD: &str = "texts";
    let (place, value) = match (fields.of_environment(FIELD), fields.written(FIELD)) {
        (Some((name, value)), _) => {
            let kinds = value.split([',', '，', ' ']).filter(|kind| !kind.is_empty());
            let kinds = kinds.map(|kind| toml::Value::String(kind.to_owned())).collect();
            (format!("环境变量 {name}"), toml::Value::Array(kinds))
        }
        (None, Some(value)) => (format!("{} 的 {FIELD}", fields.place), value.clone()),
        (None, None) => return Texts::default(),
    };
    match value.try_into::<Texts>() {
        Ok(texts) if !texts.0.is_empty() => texts,
        _ => {
            fields
                .wrong
                .push(format!("{place} 要从 questions、titles、laws、articles、passages 里选，至少一种"));
            Texts::default()
        }
    }
}

/// Where texts are sent, from an address as people write it: with or
/// without `/v1` and `/embeddings`.
fn address<E: Fn(&str) -> Option<String>>(fields: &mut Section<'_, E>, url: &str) -> String {
    let url = url.trim_end_matches('/');
    let is_web = is_web_address(url) && !url.contains('?');
    if !is_web {
        let place = format!("{} 的 url 或环境变量 {}", fields.place, fields.variable("url"));
        fields.wrong.push(format!("{place} 不是能用的地址，例如 http://127.0.0.1:8000/v1"));
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

#[cfg(test)]
mod tests;
