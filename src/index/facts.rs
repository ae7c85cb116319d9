//! What filtering and ranking need of every entry, read once from the index's
//! columns when a snapshot is opened: some fifty bytes an entry, so a
//! candidate is judged with one memory access. Editions and citations are
//! counted from the same columns, so they always fit the snapshot.

use std::collections::HashMap;

use tantivy::SegmentReader;
use tantivy::columnar::StrColumn;

use super::IndexError;
use super::candidates::Place;
use super::plan::{Filter, ValidityFilter};
use super::schema::ARTICLE;
use super::scoring::Pool;
use super::succession::{Successor, successors};
use super::within::Within;
use crate::entry::{Authority, Kind, Region};

/// No family: the entry is not part of a document with editions.
const NO_FAMILY: u32 = u32::MAX;
/// No label: the entry is found only where nothing is limited.
const NO_LABEL: u32 = u32::MAX;

/// Facts of one entry.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Number of the entry's last change: puts equals in the same order in
    /// every build.
    pub seq: u64,
    pub kind: Kind,
    pub region: Region,
    /// First day of validity, as `day_number`; 0 if open.
    pub from: i32,
    /// Last day of validity; 99999999 if open.
    pub until: i32,
    pub superseded: bool,
    /// From this day on another entry has taken its place; `i32::MAX` where none has.
    pub replaced_from: i32,
    family: u32,
    /// What others cite it as, among the snapshot's works.
    work: u32,
    /// How often the work is cited in the library.
    pub citations: u32,
    article: u64,
    /// How often the article itself is cited in the library, by its own law too.
    pub article_citations: u32,
    /// Number of the article; 0 where it is none.
    pub article_number: u32,
    /// Of the headings above an article, with its law; 0 where there are none.
    pub chapter: u64,
    /// Hash of the text without punctuation: equal for identical texts.
    pub text_hash: u64,
    pub authority: Authority,
    /// Category and department, as a number that holds within one snapshot.
    label: u32,
    /// Under 总则 or 附则: what holds for the whole document.
    pub is_general: bool,
    /// Whether an editor wrote what to say.
    pub has_script: bool,
}

impl Facts {
    /// The law the entry is an article of, in any edition and with all parts of
    /// a code; numbers hold within one snapshot.
    pub fn document(&self) -> Option<u32> {
        (self.work != NO_FAMILY).then_some(self.work)
    }

    /// Among which entries it is weighed.
    pub fn pool(&self) -> Pool {
        if self.document().is_some() { Pool::Articles } else { Pool::Others }
    }

    /// Whether the entry is one article, which others may cite.
    pub fn is_article(&self) -> bool {
        self.article != 0
    }
}

/// All editions of one law.
#[derive(Debug, Default)]
struct Family {
    /// First days of validity of its editions, ascending, each once.
    editions: Vec<i32>,
}

/// Hashes met while a snapshot is read, with the numbers they got.
#[derive(Default)]
struct Names {
    families: HashMap<u64, u32>,
    works: HashMap<u64, u32>,
    citations: HashMap<u64, u32>,
    article_citations: HashMap<u64, u32>,
    labels: HashMap<String, u32>,
}

/// Facts of every entry of a snapshot.
#[derive(Debug, Default)]
pub(super) struct FactTable {
    segments: Vec<Vec<Facts>>,
    families: Vec<Family>,
    labels: Vec<String>,
    successors: HashMap<Place, Successor>,
}

impl FactTable {
    pub fn read(segments: &[SegmentReader]) -> Result<FactTable, IndexError> {
        let mut table = FactTable::default();
        let mut names = Names::default();
        for segment in segments {
            table.read_segment(segment, &mut names)?;
        }
        let successors = successors(segments, |place| table.of(place))?;
        for (place, successor) in &successors {
            let Place(address) = *place;
            table.segments[address.segment_ord as usize][address.doc_id as usize].replaced_from =
                successor.from;
        }
        table.successors = successors;
        for facts in table.segments.iter_mut().flatten() {
            facts.article_citations = names.article_citations.get(&facts.article).copied().unwrap_or(0);
        }
        let mut citations = vec![0; names.works.len()];
        for (work, count) in names.citations {
            if let Some(&ordinal) = names.works.get(&work) {
                citations[ordinal as usize] = count;
            }
        }
        for facts in table.segments.iter_mut().flatten() {
            facts.citations = citations.get(facts.work as usize).copied().unwrap_or(0);
        }
        for family in &mut table.families {
            family.editions.sort_unstable();
            family.editions.dedup();
        }
        Ok(table)
    }

    fn read_segment(&mut self, segment: &SegmentReader, names: &mut Names) -> Result<(), IndexError> {
        let columns = segment.fast_fields();
        let seq = columns.u64("seq")?;
        let kind = columns.u64("kind")?;
        let region = columns.u64("region")?;
        let from = columns.i64("from")?;
        let until = columns.i64("until")?;
        let superseded = columns.u64("superseded")?;
        let family = columns.u64("family")?;
        let edition = columns.i64("edition")?;
        let text_hash = columns.u64("text_hash")?;
        let cited_as = columns.u64("cited_as")?;
        let cites = columns.u64("cites")?;
        let authority = columns.u64("authority")?;
        let is_general = columns.u64("is_general")?;
        let has_script = columns.u64("has_script")?;
        let article = columns.u64(ARTICLE)?;
        let article_number = columns.u64("article_number")?;
        let chapter = columns.u64("chapter")?;
        let cites_article = columns.u64("cites_article")?;
        let label = columns.str("label")?;
        let labels = self.labels_of(label.as_ref(), names)?;
        let alive = segment.alive_bitset();
        let mut facts = Vec::with_capacity(segment.max_doc() as usize);
        for doc in 0..segment.max_doc() {
            let start = from.first(doc).unwrap_or(0).max(edition.first(doc).unwrap_or(0)) as i32;
            let hash = family.first(doc).unwrap_or(0);
            let is_alive = alive.is_none_or(|alive| alive.is_alive(doc));
            let ordinal = if hash == 0 { NO_FAMILY } else { self.ordinal(hash, &mut names.families) };
            let work = match cited_as.first(doc).unwrap_or(0) {
                0 => NO_FAMILY,
                work => {
                    let next = names.works.len() as u32;
                    *names.works.entry(work).or_insert(next)
                }
            };
            if is_alive {
                if let Some(family) = self.families.get_mut(ordinal as usize)
                    && family.editions.last() != Some(&start)
                {
                    family.editions.push(start);
                }
                for cited in cites.values_for_doc(doc) {
                    *names.citations.entry(cited).or_default() += 1;
                }
                for cited in cites_article.values_for_doc(doc) {
                    *names.article_citations.entry(cited).or_default() += 1;
                }
            }
            facts.push(Facts {
                seq: seq.first(doc).unwrap_or(0),
                kind: Kind::ALL[(kind.first(doc).unwrap_or(0) as usize).min(Kind::ALL.len() - 1)],
                region: Region::from_code(region.first(doc).unwrap_or(0) as u32),
                from: from.first(doc).unwrap_or(0) as i32,
                until: until.first(doc).unwrap_or(i64::MAX).min(i64::from(i32::MAX)) as i32,
                superseded: superseded.first(doc).unwrap_or(0) != 0,
                replaced_from: i32::MAX,
                family: ordinal,
                work,
                citations: 0,
                article: article.first(doc).unwrap_or(0),
                article_citations: 0,
                article_number: article_number.first(doc).unwrap_or(0) as u32,
                chapter: chapter.first(doc).unwrap_or(0),
                text_hash: text_hash.first(doc).unwrap_or(0),
                authority: Authority::from_code(authority.first(doc).unwrap_or(0)),
                label: label
                    .as_ref()
                    .and_then(|column| column.ords().first(doc))
                    .and_then(|ordinal| labels.get(ordinal as usize).copied())
                    .unwrap_or(NO_LABEL),
                is_general: is_general.first(doc).unwrap_or(0) != 0,
                has_script: has_script.first(doc).unwrap_or(0) != 0,
            });
        }
        self.segments.push(facts);
        Ok(())
    }

    /// Numbers in the snapshot of a segment's labels.
    fn labels_of(&mut self, column: Option<&StrColumn>, names: &mut Names) -> Result<Vec<u32>, IndexError> {
        let mut numbers = Vec::new();
        for ordinal in 0..column.map_or(0, |column| column.num_terms()) as u64 {
            let mut label = String::new();
            if let Some(column) = column {
                column.ord_to_str(ordinal, &mut label).map_err(tantivy::TantivyError::from)?;
            }
            let next = self.labels.len() as u32;
            let number = *names.labels.entry(label).or_insert_with_key(|label| {
                self.labels.push(label.clone());
                next
            });
            numbers.push(number);
        }
        Ok(numbers)
    }

    /// The entries with labels and regions that a caller may find.
    pub fn within(&self, regions: &[Region], accepts: impl Fn(&str, &str) -> bool) -> Within {
        Within::new(&self.labels, regions, accepts)
    }

    fn ordinal(&mut self, hash: u64, ordinals: &mut HashMap<u64, u32>) -> u32 {
        *ordinals.entry(hash).or_insert_with(|| {
            self.families.push(Family::default());
            (self.families.len() - 1) as u32
        })
    }

    /// Facts of one entry.
    pub fn of(&self, place: Place) -> &Facts {
        &self.segments[place.0.segment_ord as usize][place.0.doc_id as usize]
    }

    /// Whether a newer edition of the same law is in force on that day.
    pub fn has_newer_edition(&self, facts: &Facts, as_of: i32) -> bool {
        let Some(family) = self.families.get(facts.family as usize) else { return false };
        family.editions.iter().any(|&edition| edition > facts.from && edition <= as_of)
    }

    /// Whether another entry has taken its place on that day.
    pub fn is_superseded(&self, facts: &Facts, as_of: i32) -> bool {
        facts.superseded || facts.replaced_from <= as_of
    }

    /// Id of the entry that says it takes the place of the one there.
    pub fn successor(&self, place: Place) -> Option<&str> {
        self.successors.get(&place).map(|successor| successor.id.as_str())
    }

    /// Whether a fact fulfils a filter.
    pub fn accepts(&self, facts: &Facts, filter: &Filter) -> bool {
        filter.kind.is_none_or(|kind| kind == facts.kind)
            && filter.within.is_none_or(|within| within.accepts(facts.label, facts.region))
            && filter.region.is_none_or(|caller| facts.region.covers(caller))
            && match filter.validity {
                ValidityFilter::All => true,
                ValidityFilter::Current => self.is_current(facts, filter.as_of),
            }
    }

    /// Whether an entry is in force on that day.
    pub fn is_current(&self, facts: &Facts, as_of: i32) -> bool {
        facts.from <= as_of
            && as_of <= facts.until
            && !self.is_superseded(facts, as_of)
            && !self.has_newer_edition(facts, as_of)
    }
}
