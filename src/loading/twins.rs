//! Entries that say the same as one that is there: by title, by document number,
//! or by nearly the same text. Editions of one law are no twins. Texts are not
//! compared of single articles (laws repeat each other's sentences) and of guides
//! (filled into one template: 2,056 pairs among a portal's 2,262 are nearly the
//! same by their text; only their titles tell them apart).

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::entry::{Entry, Kind, Region};
use crate::text::normalise;

/// From this share of common shingles on two texts are nearly the same. On 157,867
/// entries of real data 79 pairs of questions and 52 of policies were found by it; of ten
/// looked at most said the same in other words or with another title.
pub const NEAR_LIKENESS: f32 = 0.85;
/// Characters of a shingle.
const SHINGLE_CHARS: usize = 4;
/// Shorter texts are the same too easily (请拨打12345咨询).
const SHORTEST_TEXT_CHARS: usize = 40;
/// Characters of a text that are looked at.
const LONGEST_TEXT_CHARS: usize = 4_000;
/// Rows in a band and bands of a signature: texts that share 0.85 of their
/// shingles meet in a band with a probability above 0.9999.
const ROWS: usize = 4;
const BANDS: usize = 12;
const HASHES: usize = ROWS * BANDS;
/// Candidates looked at for one entry, and twins named for it.
const MAX_CANDIDATES: usize = 64;
const MAX_TWINS: usize = 3;

/// Where an entry's twin stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Whereabouts {
    Library,
    Import,
}

/// What two entries have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    SameTitle,
    SameNumber,
    NearText,
}

/// An entry of the import and one that it repeats.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Twin {
    pub id: String,
    pub title: String,
    pub other_id: String,
    pub other_title: String,
    pub other_in: Whereabouts,
    pub by: Likeness,
    /// Share of common shingles; 1 where title or number are the same.
    pub share: f32,
}

/// A document or an entry by itself.
struct Item {
    id: String,
    title: String,
    region: Region,
    edition: Option<jiff::civil::Date>,
    whereabouts: Whereabouts,
    signature: Option<[u32; HASHES]>,
}

/// The entries seen so far.
#[derive(Default)]
pub(super) struct Twins {
    items: Vec<Item>,
    by_id: HashMap<String, usize>,
    by_title: HashMap<String, Vec<usize>>,
    by_number: HashMap<String, Vec<usize>>,
    by_band: HashMap<(usize, u64), Vec<usize>>,
}

impl Twins {
    /// The entries seen so far that say the same as this one.
    pub fn of(&self, entry: &Entry) -> Vec<Twin> {
        let item = item_of(entry, Whereabouts::Import);
        // A document's articles are one item: asked once.
        if self.by_id.contains_key(&item.id) {
            return Vec::new();
        }
        let mut found: Vec<(usize, Likeness, f32)> = Vec::new();
        let same_title = self.by_title.get(&plain(&item.title)).into_iter().flatten();
        let is_same = |&&at: &&usize| {
            let other = &self.items[at];
            other.region == item.region && other.edition == item.edition
        };
        found.extend(same_title.filter(is_same).map(|&at| (at, Likeness::SameTitle, 1.0)));
        let numbers = number_of(entry).and_then(|number| self.by_number.get(&number));
        let is_edition = |at: usize| {
            let other = &self.items[at];
            other.edition != item.edition && plain(&other.title) == plain(&item.title)
        };
        found.extend(numbers.into_iter().flatten().map(|&at| (at, Likeness::SameNumber, 1.0)));
        if let Some(signature) = &item.signature {
            found.extend(self.near(signature, item.region));
        }
        let mut seen = HashSet::new();
        found.retain(|(at, ..)| !is_edition(*at) && seen.insert(*at));
        found.truncate(MAX_TWINS);
        let twin = |(at, by, share): (usize, Likeness, f32)| {
            let other = &self.items[at];
            Twin {
                id: item.id.clone(),
                title: item.title.clone(),
                other_id: other.id.clone(),
                other_title: other.title.clone(),
                other_in: other.whereabouts,
                by,
                share,
            }
        };
        found.into_iter().map(twin).collect()
    }

    fn near(&self, signature: &[u32; HASHES], region: Region) -> Vec<(usize, Likeness, f32)> {
        let mut candidates: Vec<usize> = bands(signature)
            .filter_map(|band| self.by_band.get(&band))
            .flat_map(|items| items.iter().take(MAX_CANDIDATES).copied())
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        let mut near: Vec<(usize, Likeness, f32)> = candidates
            .into_iter()
            .filter_map(|at| {
                let other = &self.items[at];
                let meets = other.region.meets(region);
                let share = share(signature, other.signature.as_ref()?);
                (meets && share >= NEAR_LIKENESS).then_some((at, Likeness::NearText, share))
            })
            .collect();
        near.sort_by(|(_, _, one), (_, _, other)| other.total_cmp(one));
        near
    }

    /// Remembers an entry.
    pub fn insert(&mut self, entry: &Entry, whereabouts: Whereabouts) {
        let item = item_of(entry, whereabouts);
        if self.by_id.contains_key(&item.id) {
            return;
        }
        let at = self.items.len();
        self.by_id.insert(item.id.clone(), at);
        self.by_title.entry(plain(&item.title)).or_default().push(at);
        if let Some(number) = number_of(entry) {
            self.by_number.entry(number).or_default().push(at);
        }
        for band in item.signature.iter().flat_map(bands) {
            self.by_band.entry(band).or_default().push(at);
        }
        self.items.push(item);
    }
}

fn item_of(entry: &Entry, whereabouts: Whereabouts) -> Item {
    let part = entry.part.as_ref();
    Item {
        id: part.map_or_else(|| entry.id.clone(), |part| part.document_id.clone()),
        title: part.map_or_else(|| entry.title.clone(), |part| part.document_title.clone()),
        region: entry.region,
        edition: part.and_then(|part| part.edition),
        whereabouts,
        signature: if part.is_some() || entry.kind == Kind::Guide { None } else { signature(entry) },
    }
}

/// The number of an official document; what a question or a guide cites is not
/// its own.
fn number_of(entry: &Entry) -> Option<String> {
    let number = entry.source.first().and_then(|source| source.number.as_deref())?;
    (entry.kind == Kind::Policy).then(|| plain(number)).filter(|number| !number.is_empty())
}

/// A text without width, case, blanks and punctuation.
fn plain(text: &str) -> String {
    normalise(text).chars().filter(|sign| sign.is_alphanumeric()).collect()
}

fn bands(signature: &[u32; HASHES]) -> impl Iterator<Item = (usize, u64)> + '_ {
    signature.chunks_exact(ROWS).enumerate().map(|(band, rows)| {
        (band, rows.iter().fold(0xcbf2_9ce4_8422_2325, |hash, row| mixed(hash ^ u64::from(*row))))
    })
}

/// The share of equal minima: an estimate of the share of common shingles.
fn share(one: &[u32; HASHES], other: &[u32; HASHES]) -> f32 {
    one.iter().zip(other).filter(|(one, other)| one == other).count() as f32 / HASHES as f32
}

/// MinHash of a text's shingles; none for a short text.
fn signature(entry: &Entry) -> Option<[u32; HASHES]> {
    let text = if entry.body.is_empty() { entry.script.as_deref().unwrap_or_default() } else { &entry.body };
    let signs: Vec<char> = plain(text).chars().take(LONGEST_TEXT_CHARS).collect();
    if signs.len() < SHORTEST_TEXT_CHARS {
        return None;
    }
    let mut minima = [u32::MAX; HASHES];
    for shingle in signs.windows(SHINGLE_CHARS) {
        let hash = shingle.iter().fold(0, |hash, sign| mixed(hash ^ u64::from(u32::from(*sign))));
        for (at, minimum) in (1..).zip(&mut minima) {
            let of = (hash ^ mixed(at)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            *minimum = (*minimum).min(of as u32);
        }
    }
    Some(minima)
}

/// Spreads the bits of a number (splitmix64).
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
