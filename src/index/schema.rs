//! Fields of the index.

use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

use super::plan::Area;
use super::tokenizer::{GRAMS, RAW, WORDS};

/// Raised whenever fields, tokens or stored forms change: an index of another
/// format is rebuilt.
pub(super) const FORMAT_VERSION: u32 = 13;

/// Field and column of the ids.
pub(super) const ID: &str = "id";

/// Name of the column of suggested texts.
pub(super) const TYPED: &str = "typed";

/// Name of the column of vectors.
pub(super) const NEAR: &str = "near";
/// Column of the key of an article; entries that are none have no value.
pub(super) const ARTICLE: &str = "article";
/// Column of the id of the entry that another one takes the place of.
pub(super) const SUPERSEDES: &str = "supersedes";

/// The engine's handles of the fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub id: Field,
    /// Entry as shown, JSON.
    pub shown: Field,
    /// Keys of document numbers, articles, telephones and whole titles.
    pub exact: Field,
    /// Syllables side by side, and first letters, in what is asked by.
    pub sound: Field,
    /// What the entry is suggested by, a column only.
    pub typed: Field,
    /// Vectors of the entry's texts, a column only.
    pub near: Field,
    areas: [Field; Area::ALL.len()],
    pub seq: Field,
    pub kind: Field,
    pub region: Field,
    pub from: Field,
    pub until: Field,
    pub superseded: Field,
    /// Id of the entry it takes the place of, a column only.
    pub supersedes: Field,
    pub family: Field,
    pub edition: Field,
    pub text_hash: Field,
    pub cited_as: Field,
    pub cites: Field,
    pub authority: Field,
    pub is_general: Field,
    pub has_script: Field,
    pub article: Field,
    pub article_number: Field,
    pub chapter: Field,
    pub cites_article: Field,
    pub label: Field,
}

impl Fields {
    pub fn of(self, area: Area) -> Field {
        self.areas[area as usize]
    }
}

/// Builds the schema. Positions are kept in every searched area, so phrases
/// can be checked on words and on bigrams.
pub(super) fn build() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let text = |tokenizer: &str| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions),
        )
    };
    let raw = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(RAW)
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false),
    );
    let id = schema.add_text_field(ID, STRING | FAST);
    let shown = schema.add_bytes_field("shown", STORED);
    let exact = schema.add_text_field("exact", raw.clone());
    let sound = schema.add_text_field("sound", raw);
    let areas = Area::ALL.map(|area| {
        let tokenizer = if area.holds_grams() { GRAMS } else { WORDS };
        schema.add_text_field(area.name(), text(tokenizer))
    });
    let fields = Fields {
        id,
        shown,
        exact,
        typed: schema.add_text_field(TYPED, TextOptions::default().set_fast(RAW)),
        near: schema.add_bytes_field(NEAR, FAST),
        sound,
        areas,
        seq: schema.add_u64_field("seq", FAST),
        kind: schema.add_u64_field("kind", FAST),
        region: schema.add_u64_field("region", FAST),
        from: schema.add_i64_field("from", FAST),
        until: schema.add_i64_field("until", FAST),
        superseded: schema.add_u64_field("superseded", FAST),
        supersedes: schema.add_text_field(SUPERSEDES, TextOptions::default().set_fast(RAW)),
        family: schema.add_u64_field("family", FAST),
        edition: schema.add_i64_field("edition", FAST),
        text_hash: schema.add_u64_field("text_hash", FAST),
        cited_as: schema.add_u64_field("cited_as", FAST),
        cites: schema.add_u64_field("cites", FAST),
        authority: schema.add_u64_field("authority", FAST),
        is_general: schema.add_u64_field("is_general", FAST),
        has_script: schema.add_u64_field("has_script", FAST),
        article: schema.add_u64_field(ARTICLE, FAST),
        article_number: schema.add_u64_field("article_number", FAST),
        chapter: schema.add_u64_field("chapter", FAST),
        cites_article: schema.add_u64_field("cites_article", FAST),
        label: schema.add_text_field("label", TextOptions::default().set_fast(RAW)),
    };
    (schema.build(), fields)
}
