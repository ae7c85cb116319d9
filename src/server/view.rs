//! How hits look to callers: the reply types, apart from the inner ones.

use jiff::civil::Date;
use serde::Serialize;

use crate::entry::{Kind, Region, RegionLevel, Source};
use crate::search::{Contribution, Highlight, Hit, MatchedBy, Validity};

/// A hit of a search.
#[derive(Serialize)]
pub struct HitView<'a> {
    id: &'a str,
    kind: Kind,
    title: &'a str,
    snippet: &'a str,
    highlights: Highlights<'a>,
    score: f64,
    confidence: f64,
    matched_by: &'a [MatchedBy],
    region: RegionView,
    validity: &'a Validity,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    department: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    category: &'a str,
    source: &'a [Source],
    /// Where an article stands in its document.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<PartView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_from: Option<Date>,
    version: u32,
    updated_at: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    same_text: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<Contribution>>,
}

impl HitView<'_> {
    /// The same with what each feature added to the score.
    pub fn explained(self, explanation: Vec<Contribution>) -> Self {
        HitView { explanation: Some(explanation), ..self }
    }
}

/// Marks as character offsets into `title` and `snippet`.
#[derive(Serialize)]
struct Highlights<'a> {
    title: &'a [Highlight],
    snippet: &'a [Highlight],
}

/// The document an article belongs to, and the article's label.
#[derive(Serialize)]
struct PartView<'a> {
    document_id: &'a str,
    document_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    article: Option<&'a str>,
}

#[derive(Serialize)]
struct RegionView {
    code: Region,
    name: &'static str,
    level: RegionLevel,
}

/// The `after` of the next page; none after the last.
pub(super) fn next_page<T>(page: &[T], limit: usize, id: impl Fn(&T) -> &str) -> Option<String> {
    page.last().filter(|_| page.len() == limit).map(|last| id(last).to_owned())
}

/// To four places, so that every way out writes the same digits.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 10_000.0).round() / 10_000.0
}

/// A hit as it leaves over HTTP and in `jida search --json`.
pub fn hit_view(hit: &Hit) -> HitView<'_> {
    let entry = &hit.shown.entry;
    HitView {
        id: &entry.id,
        kind: entry.kind,
        title: &entry.title,
        snippet: &hit.snippet.text,
        highlights: Highlights { title: &hit.snippet.title_highlights, snippet: &hit.snippet.highlights },
        score: rounded(hit.score),
        confidence: rounded(hit.confidence),
        matched_by: &hit.matched_by,
        region: RegionView {
            code: entry.region,
            name: entry.region.name().unwrap_or("未知区域"),
            level: hit.region_level,
        },
        validity: &hit.validity,
        script: entry.script.as_deref(),
        department: &entry.department,
        category: &entry.category,
        source: &entry.source,
        part: entry.part.as_ref().map(|part| PartView {
            document_id: &part.document_id,
            document_title: &part.document_title,
            article: part.article.as_deref(),
        }),
        effective_from: entry.effective_from,
        version: hit.shown.version,
        updated_at: &hit.shown.updated_at,
        same_text: &hit.same_text,
        explanation: None,
    }
}
