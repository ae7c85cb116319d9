//! What editors lay over the search by hand: rules for single questions (pins
//! and hides), urgent notices, collections (语境库). Pure: which of them counts
//! is asked with the question, the place and the moment.

mod collection;
mod notice;
mod rule;

pub use collection::{Collection, Frequent};
pub use notice::Notice;
pub use rule::{Placed, Rule, When};

use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::entry::{Finding, Region};
use crate::text::Synonyms;

/// The kinds of curated things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CuratedKind {
    Rule,
    Notice,
    Collection,
    /// A word list; what counts stands in its file and in the index built with it.
    List,
}

impl CuratedKind {
    /// The name used in the database and in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            CuratedKind::Rule => "rule",
            CuratedKind::Notice => "notice",
            CuratedKind::Collection => "collection",
            CuratedKind::List => "list",
        }
    }
}

/// One kind of curated thing.
pub trait Curated: Serialize + DeserializeOwned + Send + 'static {
    const KIND: CuratedKind;

    /// What is wrong with it; an empty list means that it may be put in force.
    fn check(&self) -> Vec<Finding>;
}

/// A span of time; open where an end is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// From this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// Up to this moment, not including it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

impl Window {
    /// Whether a moment lies in it.
    pub fn has(&self, now: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= now) && self.ends_at.is_none_or(|end| now < end)
    }

    fn check(&self) -> Option<Finding> {
        match (self.starts_at, self.ends_at) {
            (Some(start), Some(end)) if end <= start => {
                Some(Finding::error("times_reversed", "ends_at", "结束时间不晚于开始时间，请核对"))
            }
            _ => None,
        }
    }
}

/// All that is in force, as a server holds it.
#[derive(Debug, Clone, Default)]
pub struct Curation {
    rules: Vec<When>,
    notices: Vec<(String, Notice)>,
    collections: Vec<Held>,
}

/// A collection in force, its synonyms ready for use.
#[derive(Debug, Clone)]
struct Held {
    id: String,
    collection: Collection,
    synonyms: Option<Arc<Synonyms>>,
}

impl Held {
    fn of((id, collection): (String, Collection)) -> Held {
        let lines = collection.synonyms.join("\n");
        // Its lines were checked when it was put in force.
        let synonyms = (!lines.is_empty()).then(|| Arc::new(Synonyms::parse(&lines).0));
        Held { id, collection, synonyms }
    }
}

impl Curation {
    /// Of everything in force, each with its id.
    pub fn new(
        rules: Vec<(String, Rule)>,
        notices: Vec<(String, Notice)>,
        collections: Vec<(String, Collection)>,
    ) -> Curation {
        let rules = rules.into_iter().map(|(_, rule)| When::of(rule)).collect();
        Curation { rules, notices, collections: collections.into_iter().map(Held::of).collect() }
    }

    /// The same with other rules.
    pub fn with_rules(&self, rules: impl IntoIterator<Item = Rule>) -> Curation {
        Curation { rules: rules.into_iter().map(When::of).collect(), ..self.clone() }
    }

    /// What the rules say about a question asked for a region, in a collection.
    pub fn placed(
        &self,
        question: &str,
        region: Option<Region>,
        collection: Option<&str>,
        now: Timestamp,
    ) -> Placed {
        let held = collection.and_then(|id| self.held(id));
        let mut placed =
            Placed { synonyms: held.and_then(|held| held.synonyms.clone()), ..Placed::default() };
        if self.rules.is_empty() {
            return placed;
        }
        let letters = rule::letters(question);
        let counting = self.rules.iter().filter(|when| when.counts(&letters, region, collection, now));
        counting.for_each(|when| placed.add(when));
        placed
    }

    /// Notices that count now for a caller of a region, the newest first.
    pub fn notices(&self, region: Option<Region>, now: Timestamp) -> Vec<(&str, &Notice)> {
        let counts = |notice: &Notice| {
            notice.window.has(now) && region.is_none_or(|caller| notice.region.covers(caller))
        };
        let mut found: Vec<(&str, &Notice)> = self
            .notices
            .iter()
            .filter(|(_, notice)| counts(notice))
            .map(|(id, notice)| (id.as_str(), notice))
            .collect();
        found.sort_by_key(|(_, notice)| std::cmp::Reverse(notice.window.starts_at));
        found
    }

    /// The collection with that id.
    pub fn collection(&self, id: &str) -> Option<&Collection> {
        self.held(id).map(|held| &held.collection)
    }

    /// The words of all collections, for a generation's dictionary.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.collections.iter().flat_map(|held| held.collection.words.iter().map(String::as_str))
    }

    fn held(&self, id: &str) -> Option<&Held> {
        self.collections.iter().find(|held| held.id == id)
    }
}

#[cfg(test)]
mod tests;
