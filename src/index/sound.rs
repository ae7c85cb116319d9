//! The characters of the library by sound: which stand side by side and how
//! often, read from the terms of the bigram areas, so that letters or misheard
//! characters can be written as the library writes. Some two megabytes for a
//! library of 160,000 entries; read once, in 0.1 s, when first needed, and kept
//! for all snapshots that have the same large segments.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use tantivy::collector::Count;
use tantivy::index::SegmentId;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::IndexError;
use super::candidates::Place;
use super::plan::{Area, Filter, Phrase};
use super::schema::Fields;
use super::snapshot::Snapshot;
use crate::text::{self, Syllable};

/// The characters that are counted, as in `text::readings`.
const FIRST: u32 = 0x3400;
const PAST_LAST: u32 = 0xA000;
const CHARACTERS: usize = (PAST_LAST - FIRST) as usize;
/// Once in a title or similar question counts as often in bodies: people ask as
/// titles do, and nearly all text is in bodies.
const ASKED_COUNTS: u64 = 8;
/// New segments of up to this share of all entries are read beside the table
/// that is there; with more it is read anew.
const MOST_BESIDE: f32 = 0.1;
/// Share of a character's own frequency in what may follow another one: pairs
/// the library does not have are possible, but unlikely.
const UNSEEN: f32 = 0.05;

/// How often characters stand side by side.
#[derive(Debug, Default, Clone)]
pub struct Pairs {
    /// By first character: where its pairs begin.
    starts: Vec<u32>,
    /// Second characters, ascending within a first one.
    seconds: Vec<u16>,
    counts: Vec<u32>,
    /// By character: pairs it begins, by their counts.
    begun: Vec<u32>,
    all: f32,
    /// By syllable: the library's characters with that reading, most frequent first.
    by_sound: Vec<Vec<char>>,
}

fn place_of(character: char) -> Option<usize> {
    let code = character as u32;
    (FIRST..PAST_LAST).contains(&code).then(|| (code - FIRST) as usize)
}

impl Pairs {
    fn read(segments: &[&SegmentReader], fields: &Fields) -> Result<Pairs, std::io::Error> {
        let mut found: Vec<(u32, u32)> = Vec::new();
        for segment in segments {
            for area in Area::ALL.into_iter().filter(|area| area.holds_grams()) {
                let times = if area == Area::AskGrams { ASKED_COUNTS } else { 1 };
                let Ok(index) = segment.inverted_index(fields.of(area)) else { continue };
                let mut terms = index.terms().stream()?;
                while terms.advance() {
                    if let Some(key) = key_of(terms.key()) {
                        let count = u64::from(terms.value().doc_freq) * times;
                        found.push((key, count.min(u64::from(u32::MAX)) as u32));
                    }
                }
            }
        }
        found.sort_unstable_by_key(|&(key, _)| key);
        Ok(Pairs::of_sorted(&found))
    }

    fn of_sorted(found: &[(u32, u32)]) -> Pairs {
        let mut pairs =
            Pairs { starts: vec![0; CHARACTERS + 1], begun: vec![0; CHARACTERS], ..Pairs::default() };
        let mut met = vec![0_u32; CHARACTERS];
        let mut last = None;
        for &(key, count) in found {
            let (first, second) = ((key >> 16) as usize, key as u16);
            if last == Some(key)
                && let Some(sum) = pairs.counts.last_mut()
            {
                *sum = sum.saturating_add(count);
            } else {
                pairs.seconds.push(second);
                pairs.counts.push(count);
                pairs.starts[first + 1] = pairs.seconds.len() as u32;
            }
            last = Some(key);
            pairs.begun[first] = pairs.begun[first].saturating_add(count);
            met[first] = met[first].saturating_add(count);
            met[usize::from(second)] = met[usize::from(second)].saturating_add(count);
            pairs.all += count as f32;
        }
        for at in 1..pairs.starts.len() {
            pairs.starts[at] = pairs.starts[at].max(pairs.starts[at - 1]);
        }
        pairs.by_sound = vec![Vec::new(); Syllable::all().count()];
        let mut characters: Vec<usize> = (0..CHARACTERS).filter(|&at| met[at] > 0).collect();
        characters.sort_by_key(|&at| (std::cmp::Reverse(met[at]), at));
        for character in characters.into_iter().filter_map(|at| char::from_u32(at as u32 + FIRST)) {
            for syllable in text::readings(character) {
                pairs.by_sound[syllable.number()].push(character);
            }
        }
        pairs
    }

    fn count(&self, first: usize, second: usize) -> u32 {
        let (Some(&start), Some(&past)) = (self.starts.get(first), self.starts.get(first + 1)) else {
            return 0;
        };
        let range = start as usize..past as usize;
        let found = self.seconds[range.clone()].binary_search(&(second as u16));
        found.map_or(0, |at| self.counts[range.start + at])
    }
}

/// A bigram's two characters as one number.
fn key_of(term: &[u8]) -> Option<u32> {
    // Two characters of three bytes each: all of the plane we count.
    if term.len() != 6 {
        return None;
    }
    let mut characters = std::str::from_utf8(term).ok()?.chars();
    let (first, second) = (place_of(characters.next()?)?, place_of(characters.next()?)?);
    characters.next().is_none().then_some((first as u32) << 16 | second as u32)
}

/// The pairs of one snapshot: a table that other snapshots share, and one of
/// the segments it lacks.
#[derive(Clone)]
pub struct Sounds {
    base: Arc<Shared>,
    beside: OnceLock<Pairs>,
    searcher: Searcher,
    fields: Fields,
}

/// A table of certain segments, read when first needed.
struct Shared {
    segments: Vec<SegmentId>,
    pairs: OnceLock<Pairs>,
}

/// The table that was made last, for the next snapshot of the generation.
#[derive(Default)]
pub(super) struct SoundCache(Mutex<Option<Arc<Shared>>>);

impl SoundCache {
    pub fn sounds(&self, searcher: &Searcher, fields: Fields) -> Sounds {
        let segments = searcher.segment_readers();
        let all: u32 = segments.iter().map(SegmentReader::max_doc).sum();
        // A poisoned lock only says that another thread panicked: the table is whole.
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fits = kept.as_ref().filter(|shared| {
            let new = segments.iter().filter(|segment| !shared.segments.contains(&segment.segment_id()));
            let new: u32 = new.map(SegmentReader::max_doc).sum();
            new as f32 <= MOST_BESIDE * all as f32
        });
        let base = match fits {
            Some(shared) => Arc::clone(shared),
            None => {
                let ids = segments.iter().map(SegmentReader::segment_id).collect();
                let fresh = Arc::new(Shared { segments: ids, pairs: OnceLock::new() });
                *kept = Some(Arc::clone(&fresh));
                fresh
            }
        };
        Sounds { base, beside: OnceLock::new(), searcher: searcher.clone(), fields }
    }
}

impl Sounds {
    /// Terms that cannot be read are as if they were not there: the words are
    /// searched all the same.
    fn read(&self, is_wanted: impl Fn(SegmentId) -> bool) -> Pairs {
        let segments = self.searcher.segment_readers().iter();
        let wanted: Vec<&SegmentReader> =
            segments.filter(|segment| is_wanted(segment.segment_id())).collect();
        Pairs::read(&wanted, &self.fields).unwrap_or_else(|_| Pairs::of_sorted(&[]))
    }

    fn base(&self) -> &Pairs {
        self.base.pairs.get_or_init(|| self.read(|id| self.base.segments.contains(&id)))
    }

    fn beside(&self) -> &Pairs {
        self.beside.get_or_init(|| self.read(|id| !self.base.segments.contains(&id)))
    }

    /// Reads what is not read yet, so that no question waits for it.
    pub fn prepare(&self) {
        self.base();
        self.beside();
    }

    /// How often two characters stand side by side; one in a title or similar
    /// question counts several times.
    pub fn count(&self, first: char, second: char) -> u32 {
        let (Some(first), Some(second)) = (place_of(first), place_of(second)) else { return 0 };
        self.base().count(first, second).saturating_add(self.beside().count(first, second))
    }

    /// How likely a character follows another, or begins a text: a logarithm.
    pub fn likelihood(&self, before: Option<char>, character: char) -> f32 {
        let Some(place) = place_of(character) else { return f32::MIN };
        let all = (self.base().all + self.beside().all).max(1.0);
        let begun = |place: usize| (self.base().begun[place] + self.beside().begun[place]) as f32;
        let own = (begun(place) + 0.5) / all;
        match before.and_then(place_of) {
            None => own.ln(),
            Some(first) => {
                let together = self.base().count(first, place) + self.beside().count(first, place);
                let share = together as f32 / begun(first).max(1.0);
                ((1.0 - UNSEEN) * share + UNSEEN * own).ln()
            }
        }
    }

    /// The library's characters with a reading that begins with these letters,
    /// the most frequent first.
    pub fn with_initial(&self, initial: &str, limit: usize) -> Vec<char> {
        let begun = |character: &char| {
            let place = place_of(*character).unwrap_or_default();
            std::cmp::Reverse(self.base().begun[place] + self.beside().begun[place])
        };
        let syllables = Syllable::all().filter(|syllable| syllable.letters().starts_with(initial));
        let mut found: Vec<char> =
            syllables.flat_map(|syllable| self.characters(syllable).take(limit)).collect();
        found.sort_unstable();
        found.dedup();
        found.sort_by_key(begun);
        found.truncate(limit);
        found
    }

    /// The library's characters with a reading, the most frequent first.
    pub fn characters(&self, syllable: Syllable) -> impl Iterator<Item = char> {
        let base = &self.base().by_sound[syllable.number()];
        let beside = &self.beside().by_sound[syllable.number()];
        base.iter().chain(beside.iter().filter(|character| !base.contains(character))).copied()
    }
}

impl Snapshot {
    /// Entries asked by something that holds most of these syllable pairs (by
    /// how rare they are), with the share they hold; the best first.
    pub fn by_sound(
        &self,
        pairs: &[String],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<(Place, f32)>, IndexError> {
        let mut found: HashMap<Place, f32> = HashMap::new();
        let mut all = 0.0;
        for pair in pairs {
            let term = Term::from_field_text(self.fields.sound, pair);
            let frequency = self.searcher.doc_freq(&term)?;
            let weight = self.statistics.overall_idf(frequency);
            all += weight;
            for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
                let index = segment.inverted_index(self.fields.sound)?;
                let postings = index.read_postings(&term, IndexRecordOption::Basic);
                let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else { continue };
                while postings.doc() != TERMINATED {
                    *found.entry(Place(DocAddress::new(ordinal, postings.doc()))).or_default() += weight;
                    postings.advance();
                }
            }
        }
        let mut found: Vec<(Place, f32)> =
            found.into_iter().map(|(place, held)| (place, held / all.max(f32::MIN_POSITIVE))).collect();
        found.sort_by(|a, b| {
            b.1.total_cmp(&a.1).then_with(|| self.facts.of(a.0).seq.cmp(&self.facts.of(b.0).seq))
        });
        let accepted = found.into_iter().filter(|(place, _)| {
            self.searcher
                .segment_readers()
                .get(place.0.segment_ord as usize)
                .is_some_and(|segment| self.accepts(segment, *place, filter))
        });
        Ok(accepted.take(limit).collect())
    }

    /// How many entries hold a phrase: in what they are asked by, and anywhere.
    pub fn holders(&self, phrase: &Phrase) -> Result<(usize, usize), IndexError> {
        let count = |areas: &[Area]| -> Result<usize, IndexError> {
            Ok(self.searcher.search(&*self.phrase_in(phrase, areas), &Count)?)
        };
        Ok((count(&[Area::AskGrams])?, count(&Area::WITH_GRAMS)?))
    }
}
