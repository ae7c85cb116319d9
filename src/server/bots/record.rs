//! A hit as chatbots' platforms take it: a text for the model, and flat facts
//! that the platform shows and filters by.

use serde_json::{Map, Value};

use crate::reading;
use crate::search::Hit;

/// Longest part of a body in a record: some pages, as much as a model reads well.
const MAX_BODY_CHARS: usize = 4_000;

/// The text a model answers from.
pub(super) fn content(hit: &Hit) -> String {
    reading::markdown_around(&hit.shown.entry, &hit.snippet.text, MAX_BODY_CHARS)
}

/// Certainty from 0 to 1, to four places.
pub(super) fn score(hit: &Hit) -> f64 {
    (f64::from(hit.confidence.clamp(0.0, 1.0)) * 10_000.0).round() / 10_000.0
}

/// Facts about the entry: texts and numbers only, none of them null.
pub(super) fn metadata(hit: &Hit) -> Map<String, Value> {
    let entry = &hit.shown.entry;
    let mut facts = Map::new();
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.insert(name.to_owned(), value.into());
        }
    };
    say("document_id", Some(entry.id.clone()));
    say("title", Some(entry.title.clone()));
    say("kind", Some(entry.kind.as_str().to_owned()));
    say("category", Some(entry.category.clone()));
    say("department", Some(entry.department.clone()));
    say("region", Some(entry.region.to_string()));
    say("region_name", entry.region.name().map(str::to_owned));
    let sources: Vec<String> = entry.source.iter().filter_map(reading::citation).collect();
    say("source", Some(sources.join("；")));
    say("source_link", entry.source.iter().find_map(|source| source.link.clone()));
    say("document_number", entry.source.iter().find_map(|source| source.number.clone()));
    say("effective_from", entry.effective_from.map(|day| day.to_string()));
    say("expires_on", entry.expires_on.map(|day| day.to_string()));
    say("updated_at", Some(hit.shown.updated_at.clone()));
    facts.insert("version".to_owned(), hit.shown.version.into());
    facts
}
