//! An entry as the engine stores it.

use serde::{Deserialize, Serialize};
use tantivy::schema::Value;
use tantivy::{Searcher, TantivyDocument};

use super::IndexError;
use super::candidates::Place;
use super::near::{NearSet, NearWriter};
use super::plan::{Area, day_number};
use super::schema::Fields;
use super::typed::TypedWriter;
use super::within::label;
use crate::entry::{Authority, Entry, Region};
use crate::library::{Library, StoredEntry};
use crate::text::{self, Cutter};

/// An entry as a hit shows it: without the internal note.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShownEntry {
    pub seq: u64,
    pub version: u32,
    pub updated_at: String,
    pub entry: Entry,
    /// The file or the platform it was loaded from.
    #[serde(default)]
    pub origin: Option<String>,
}

impl ShownEntry {
    /// The entry at a place, as it is stored.
    pub(super) fn at(searcher: &Searcher, fields: &Fields, place: Place) -> Result<ShownEntry, IndexError> {
        let document: TantivyDocument = searcher.doc(place.0)?;
        let bytes = document.get_first(fields.shown).and_then(|value| value.as_bytes()).unwrap_or(b"");
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// Day numbers that stand for an open start and an open end.
pub(super) const OPEN_START: i64 = 0;
pub(super) const OPEN_END: i64 = 99_999_999;

/// Makes documents of entries.
pub(super) struct Documents<'a> {
    pub fields: &'a Fields,
    typed: TypedWriter<'a>,
    near: NearWriter<'a>,
}

impl<'a> Documents<'a> {
    /// Cut with a dictionary; with the vectors of a set, where there is one.
    pub fn new(
        fields: &'a Fields,
        cutter: &'a Cutter,
        near: Option<(&'a Library, &'a NearSet)>,
    ) -> Documents<'a> {
        Documents { fields, typed: TypedWriter::new(cutter), near: NearWriter(near) }
    }

    /// An entry's document.
    pub fn of(&mut self, stored: &StoredEntry) -> Result<TantivyDocument, IndexError> {
        let mut document = of_entry(self.fields, &mut self.typed, stored)?;
        for vector in self.near.values(&stored.entry)? {
            document.add_bytes(self.fields.near, &vector);
        }
        Ok(document)
    }
}

fn of_entry(
    fields: &Fields,
    typed: &mut TypedWriter<'_>,
    stored: &StoredEntry,
) -> Result<TantivyDocument, IndexError> {
    let entry = &stored.entry;
    let mut document = TantivyDocument::default();
    document.add_text(fields.id, &entry.id);
    let shown = ShownEntry {
        seq: stored.seq,
        version: stored.version,
        updated_at: stored.updated_at.clone(),
        entry: Entry { internal_note: None, ..entry.clone() },
        origin: stored.origin.clone(),
    };
    document.add_bytes(fields.shown, &serde_json::to_vec(&shown)?);
    let body = text::normalise(&searched_body(entry));
    add_searched(fields, entry, &body, &mut document);
    for key in exact_keys(entry, &body) {
        document.add_text(fields.exact, key);
    }
    for value in typed.values(entry) {
        document.add_text(fields.typed, value);
    }
    for key in asked_sounds(entry) {
        document.add_text(fields.sound, key);
    }
    add_facts(fields, stored.seq, entry, &body, &mut document);
    Ok(document)
}

fn searched_body(entry: &Entry) -> String {
    match &entry.script {
        Some(script) if !entry.body.is_empty() => format!("{}\n{script}", entry.body),
        Some(script) => script.clone(),
        None => entry.body.clone(),
    }
}

fn add_searched(fields: &Fields, entry: &Entry, body: &str, document: &mut TantivyDocument) {
    let mut add = |words: Area, grams: Option<Area>, normalised: &str| {
        if !normalised.is_empty() {
            document.add_text(fields.of(words), normalised);
            if let Some(grams) = grams {
                document.add_text(fields.of(grams), normalised);
            }
        }
    };
    match entry.part {
        Some(_) => add(Area::ArticleWords, Some(Area::ArticleGrams), body),
        None => add(Area::BodyWords, Some(Area::BodyGrams), body),
    }
    let title = text::normalise(searched_title(entry));
    // By what an entry is, not by what it is called: a notice is asked for by its
    // title as a question is, an article shares its document's with hundreds.
    match entry.part {
        Some(_) => add(Area::TitleWords, Some(Area::TitleGrams), &title),
        None => add(Area::AskWords, Some(Area::AskGrams), &title),
    }
    for question in entry.similar_questions.iter().chain(&entry.keywords) {
        add(Area::AskWords, Some(Area::AskGrams), &text::normalise(question));
    }
    if let Some(part) = &entry.part {
        add(Area::HeadingWords, None, &text::normalise(&part.headings.join("\n")));
    }
}

/// An article is found by its document's title; its own adds only the label.
fn searched_title(entry: &Entry) -> &str {
    entry.part.as_ref().map_or(&entry.title, |part| &part.document_title)
}

/// The key under which a whole title is found, however it is punctuated.
pub(crate) fn title_key(normalised: &str) -> String {
    let letters: String = normalised.chars().filter(|character| character.is_alphanumeric()).collect();
    format!("title:{letters}")
}

/// The key of every article of a document with this title.
pub(crate) fn document_key(normalised: &str) -> String {
    format!("document:{}", title_key(normalised))
}

fn exact_keys(entry: &Entry, body: &str) -> Vec<String> {
    let title = text::normalise(&entry.title);
    let mut keys = vec![title_key(&title)];
    keys.extend(entry.similar_questions.iter().map(|question| title_key(&text::normalise(question))));
    keys.extend(text::document_keys(&title));
    if entry.part.is_none() {
        let own = entry.source.iter().filter_map(|source| source.number.as_deref());
        own.for_each(|number| keys.extend(text::document_keys(&text::normalise(number))));
        keys.extend(text::phone_keys(body));
    }
    if let Some(part) = &entry.part {
        keys.push(document_key(&text::normalise(&part.document_title)));
    }
    if let Some(part) = &entry.part
        && let Some(label) = &part.article
    {
        keys.extend(text::article_key(&part.document_title, label));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The sounds of what an entry is asked by; nobody spells out the title of an
/// article.
fn asked_sounds(entry: &Entry) -> Vec<String> {
    if entry.part.is_some() {
        return Vec::new();
    }
    let asked = std::iter::once(&entry.title).chain(&entry.similar_questions).chain(&entry.keywords);
    let mut keys = Vec::new();
    for text in asked.map(|text| text::normalise(text)) {
        keys.extend(text::sound_pairs(&text));
        keys.extend(text::initial_keys(&text));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn add_facts(fields: &Fields, seq: u64, entry: &Entry, body: &str, document: &mut TantivyDocument) {
    document.add_u64(fields.seq, seq);
    document.add_u64(fields.kind, entry.kind as u64);
    document.add_text(fields.label, label(&entry.category, &entry.department));
    document.add_u64(fields.region, u64::from(entry.region.code()));
    let day = |date: Option<jiff::civil::Date>, open| date.map_or(open, |date| i64::from(day_number(date)));
    document.add_i64(fields.from, day(entry.effective_from, OPEN_START));
    document.add_i64(fields.until, day(entry.expires_on, OPEN_END));
    document.add_u64(fields.superseded, u64::from(entry.superseded_by.is_some()));
    document.add_u64(fields.has_script, u64::from(entry.script.is_some()));
    if let Some(replaced) = &entry.supersedes {
        document.add_text(fields.supersedes, replaced);
    }
    let family = entry.part.as_ref().map_or(0, |part| family_of(&part.document_title, entry.region));
    document.add_u64(fields.family, family);
    let work = entry.part.as_ref().map_or(0, |part| cited_as(&part.document_title, entry.region));
    document.add_u64(fields.cited_as, work);
    let edition = entry.part.as_ref().and_then(|part| part.edition);
    document.add_i64(fields.edition, day(edition, OPEN_START));
    document.add_u64(fields.text_hash, hash_u64(&title_key(body)));
    if let Some(part) = &entry.part {
        document.add_u64(fields.authority, Authority::of(&part.document_title) as u64);
        let is_general =
            part.headings.iter().any(|heading| heading.ends_with("则") && !heading.contains('分'));
        document.add_u64(fields.is_general, u64::from(is_general));
        let chapter = format!("{family} {}", part.headings.join("\n"));
        document.add_u64(fields.chapter, hash_u64(&chapter));
        let title = text::normalise(&part.document_title);
        let key = part.article.as_ref().and_then(|label| text::article_key(&title, label));
        if let Some(key) = key {
            document.add_u64(fields.article, article_hash(&key, entry.region));
            let number = text::article_number(&key).unwrap_or(0);
            document.add_u64(fields.article_number, u64::from(number));
        }
    }
    // A local law cites national ones and its own region's.
    let mut regions = vec![Region::NATIONAL, entry.region];
    regions.dedup();
    for cited in cited_titles(&entry.body) {
        regions.iter().for_each(|&region| document.add_u64(fields.cites, cited_as(&cited, region)));
    }
    let own_title = entry.part.as_ref().map(|part| text::normalise(&part.document_title));
    for cited in text::cited_articles(body, own_title.as_deref()) {
        regions
            .iter()
            .for_each(|&region| document.add_u64(fields.cites_article, article_hash(&cited, region)));
    }
}

/// All editions of a law are one family: the same region and the same title
/// without 中华人民共和国. A part of the civil code is a family of its own.
pub(super) fn family_of(document_title: &str, region: Region) -> u64 {
    let title = text::normalise(document_title);
    let title: String = title.trim_start_matches("中华人民共和国").split_whitespace().collect();
    hash_u64(&format!("{region} {title}"))
}

/// A law as others cite it: a part of the civil code by the code's name.
fn cited_as(document_title: &str, region: Region) -> u64 {
    hash_u64(&format!("{region} {}", text::short_title(&text::normalise(document_title))))
}

/// An article as others cite it, by its key (`民法典#54`).
fn article_hash(key: &str, region: Region) -> u64 {
    hash_u64(&format!("{region} {key}"))
}

/// The first eight bytes of a BLAKE3 hash.
fn hash_u64(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// The titles in 《》 that a text cites, each once.
fn cited_titles(body: &str) -> Vec<String> {
    let mut titles: Vec<String> = body
        .split('《')
        .skip(1)
        .filter_map(|rest| rest.split_once('》'))
        .map(|(title, _)| title.to_owned())
        .filter(|title| !title.is_empty() && title.len() < 200)
        .collect();
    titles.sort_unstable();
    titles.dedup();
    titles
}
