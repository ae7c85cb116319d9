//! A question as the engine is to run it. Nothing here names an engine.

use jiff::civil::Date;

use super::candidates::Place;
use super::scoring::{Cut, Pool};
use super::within::Within;
use crate::entry::{Kind, Region};

/// A searched part of an entry. The order is the order of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// Title of a policy: the document's title, the same for all its articles.
    TitleWords,
    TitleGrams,
    /// Chapter headings above an article.
    HeadingWords,
    /// What a guide or FAQ is asked by: title, similar questions, keywords.
    AskWords,
    AskGrams,
    BodyWords,
    BodyGrams,
    /// Body of an article of a law, apart from all else: how rare a word is among a
    /// hundred thousand articles says little of how rare it is among answers.
    ArticleWords,
    ArticleGrams,
}

/// How many areas there are.
pub const AREA_COUNT: usize = 9;

impl Area {
    /// All areas, in schema order.
    pub const ALL: [Area; AREA_COUNT] = [
        Area::TitleWords,
        Area::TitleGrams,
        Area::HeadingWords,
        Area::AskWords,
        Area::AskGrams,
        Area::BodyWords,
        Area::BodyGrams,
        Area::ArticleWords,
        Area::ArticleGrams,
    ];

    /// Where a phrase is looked for.
    pub const WITH_GRAMS: [Area; 4] = [Area::TitleGrams, Area::AskGrams, Area::BodyGrams, Area::ArticleGrams];

    /// The field's name in the index.
    pub fn name(self) -> &'static str {
        match self {
            Area::TitleWords => "title_words",
            Area::TitleGrams => "title_grams",
            Area::HeadingWords => "heading_words",
            Area::AskWords => "ask_words",
            Area::AskGrams => "ask_grams",
            Area::BodyWords => "body_words",
            Area::BodyGrams => "body_grams",
            Area::ArticleWords => "article_words",
            Area::ArticleGrams => "article_grams",
        }
    }

    /// Whether it stands above articles: the same text for many of them.
    pub fn is_above_article(self) -> bool {
        matches!(self, Area::TitleWords | Area::TitleGrams | Area::HeadingWords)
    }

    /// Whether the area is cut into bigrams.
    pub fn holds_grams(self) -> bool {
        Area::WITH_GRAMS.contains(&self)
    }
}

/// One term to look for, in every area of a pool that holds terms cut so.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanTerm {
    pub text: String,
    pub cut: Cut,
    pub pool: Pool,
    /// Inverse document frequency times what the term counts.
    pub weight: f32,
    /// Number of the term among those of the plan, below 64: terms that need not
    /// be told apart share one.
    pub bit: u8,
}

/// Bigrams with their distance from the first, in characters. One area has to
/// hold all of them at these distances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub grams: Vec<(usize, String)>,
    /// The last gram is a lone character: whatever follows it in the text.
    pub is_open: bool,
}

/// Which entries may be found, by the day asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidityFilter {
    /// Only what is in force on the day.
    Current,
    /// Also what is expired, superseded or not yet in force.
    All,
}

/// What every hit has to fulfil.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Filter<'w> {
    /// Day asked, as [`day_number`] gives it.
    pub as_of: i32,
    pub validity: ValidityFilter,
    /// The caller's region: hits stand in it or above it.
    pub region: Option<Region>,
    pub kind: Option<Kind>,
    /// What the caller may find; none where that is not limited.
    pub within: Option<&'w Within>,
    /// Entries that are not shown for this question.
    pub hidden: &'w [Place],
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Any of these, scores summed.
    pub terms: Vec<PlanTerm>,
    /// All of these.
    pub required: Vec<Phrase>,
    /// None of these.
    pub excluded: Vec<Phrase>,
}

/// A date as a number that sorts as dates do: 2021-01-31 is 20210131.
pub fn day_number(date: Date) -> i32 {
    i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
}
