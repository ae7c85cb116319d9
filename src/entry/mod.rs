//! What a knowledge entry (知识条目) is: its fields, its id, its validity and
//! the rules it has to keep. No files, no database, no engine here.

mod authority;
mod difference;
mod finding;
mod place_name;
mod region;
mod rules;

pub use authority::Authority;
pub use difference::{FieldChange, between as differences};
pub use finding::{Finding, Severity};
pub use place_name::{NamedPlace, places_named_in};
pub use region::{Region, RegionLevel};
pub use rules::{MAX_KEYWORD_CHARS, MAX_SCRIPT_CHARS, MAX_TITLE_CHARS, check};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The three kinds of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A law, regulation or official document, or one article of it.
    Policy,
    /// A service guide (办事指南).
    Guide,
    /// A standard question with its answer.
    Faq,
}

impl Kind {
    /// All kinds, in the order in which figures are shown.
    pub const ALL: [Kind; 3] = [Kind::Policy, Kind::Guide, Kind::Faq];

    /// The name used in files, addresses and replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Policy => "policy",
            Kind::Guide => "guide",
            Kind::Faq => "faq",
        }
    }

    /// The name people know it by: 政策, 办事指南, 问答.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Policy => "政策",
            Kind::Guide => "办事指南",
            Kind::Faq => "问答",
        }
    }

    /// Reads `policy`, `guide` or `faq`.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Whether a category path is another or lies below it.
pub fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where an entry stands in its life. Only published entries are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Draft,
    Review,
    #[default]
    Published,
    Retired,
}

impl Status {
    /// All, in the order of an entry's life.
    pub const ALL: [Status; 4] = [Status::Draft, Status::Review, Status::Published, Status::Retired];

    /// The name used in the database and in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Review => "review",
            Status::Published => "published",
            Status::Retired => "retired",
        }
    }

    /// Reads `draft`, `review`, `published` or `retired`.
    pub fn parse(text: &str) -> Option<Status> {
        let all = [Status::Draft, Status::Review, Status::Published, Status::Retired];
        all.into_iter().find(|status| status.as_str() == text)
    }
}

/// What an entry rests on: a law article or an official document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Source {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `第十条`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// Document number: `国办发〔2020〕53号`
    #[serde(default, alias = "doc_no", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    #[serde(default, alias = "url", skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// Where an entry stands in the document it was split from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentPart {
    /// Path of the document below the folder it was loaded from, without extension.
    pub document_id: String,
    /// Title without edition date: the same for every edition of one law.
    pub document_title: String,
    /// Date of this edition, from the file's name or the document's head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<Date>,
    /// `第五十四条`; none for the text before the first article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// Headings above the article, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headings: Vec<String>,
}

/// A place where a service is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Place {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// The parts of a service guide. Texts are Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct GuideParts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal_basis: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// One knowledge entry as editors write it. Version, change number, author
/// and time belong to the library's revision, not to the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub kind: Kind,
    /// At most [`MAX_TITLE_CHARS`] characters; for a FAQ the standard question.
    pub title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub similar_questions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negative_questions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Path, levels separated by `/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(default)]
    pub region: Region,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub department: String,
    /// Markdown.
    #[serde(default)]
    pub body: String,
    /// 话术: what the agent says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Never leaves to a public or chatbot key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_note: Option<String>,
    #[serde(default)]
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Date>,
    /// The last day on which the entry holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<Source>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_review_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<GuideParts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<DocumentPart>,
}

impl Entry {
    /// A published national entry with nothing but an id, a kind and a title.
    pub fn new(id: impl Into<String>, kind: Kind, title: impl Into<String>) -> Entry {
        Entry {
            id: id.into(),
            kind,
            title: title.into(),
            similar_questions: Vec::new(),
            negative_questions: Vec::new(),
            keywords: Vec::new(),
            category: String::new(),
            region: Region::NATIONAL,
            department: String::new(),
            body: String::new(),
            script: None,
            internal_note: None,
            status: Status::Published,
            effective_from: None,
            expires_on: None,
            supersedes: None,
            superseded_by: None,
            source: Vec::new(),
            next_review_on: None,
            guide: None,
            part: None,
        }
    }
}
