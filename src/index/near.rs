//! Which entries are near a direction: the vectors of their texts, a column of
//! the index, in memory a table for each of the engine's segments. Every vector
//! is looked at (`docs/measurements.md` has what that costs, and what a graph
//! would): so nothing near is missed under any filter, and nothing is built.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::{DocAddress, DocId, SegmentReader};

use super::schema::{ARTICLE, NEAR};
use super::{Facts, Filter, IndexError, Place, Snapshot};
use crate::entry::Entry;
use crate::library::{Library, VectorSet};
use crate::meaning::{Role, TextHash, Texts, Vector, dot, texts_of};

/// The set of vectors a generation holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearSet {
    /// The model's name, as the library knows the set.
    pub name: String,
    /// Which texts of entries have vectors.
    pub texts: Texts,
}

impl From<VectorSet> for NearSet {
    fn from(set: VectorSet) -> NearSet {
        NearSet { name: set.name, texts: set.texts }
    }
}

/// Writes the column's values of an entry; nothing without a set.
pub(super) struct NearWriter<'l>(pub Option<(&'l Library, &'l NearSet)>);

impl NearWriter<'_> {
    /// The vectors of an entry's texts; of a text that has none yet, nothing.
    pub fn values(&self, entry: &Entry) -> Result<Vec<Vec<u8>>, IndexError> {
        let Some((library, set)) = self.0 else { return Ok(Vec::new()) };
        let texts = texts_of(entry, &set.texts);
        let hashes = texts.iter().map(|text| TextHash::of(Role::Passage, text));
        let found =
            hashes.map(|hash| Ok(library.vector_of(&set.name, hash)?.map(|vector| vector.to_bytes())));
        found.filter_map(Result::transpose).collect()
    }
}

/// Which texts a vector is compared among. A question is nearer to most questions
/// than to the very article that answers it: each is near among its own kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Articles of laws.
    Articles,
    /// Questions, titles, and what is no article.
    Others,
}

impl Among {
    /// Both, in their order.
    pub const ALL: [Among; 2] = [Among::Articles, Among::Others];

    /// Of an entry.
    pub fn of(facts: &Facts) -> Among {
        if facts.is_article() { Among::Articles } else { Among::Others }
    }
}

/// The vectors of one segment, each once.
#[derive(Default)]
pub(super) struct NearTable {
    dimension: usize,
    /// One after the other.
    parts: Vec<i8>,
    lengths: Vec<f32>,
    among: Vec<Among>,
    /// Entries by vector, and vectors by entry.
    docs: Ranges,
    vectors: Ranges,
}

/// Lists of numbers, one after the other.
#[derive(Default)]
struct Ranges {
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

impl Ranges {
    fn of(lists: Vec<Vec<u32>>) -> Ranges {
        let mut ranges = Ranges { starts: vec![0], numbers: Vec::new() };
        for list in lists {
            ranges.numbers.extend(list);
            ranges.starts.push(ranges.numbers.len() as u32);
        }
        ranges
    }

    fn get(&self, at: usize) -> &[u32] {
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.numbers[start as usize..end as usize],
            _ => &[],
        }
    }
}

impl NearTable {
    /// Reads a segment's column.
    pub fn read(segment: &SegmentReader) -> Result<NearTable, IndexError> {
        let Some(column) = segment.fast_fields().bytes(NEAR)? else { return Ok(NearTable::default()) };
        let article = segment.fast_fields().u64(ARTICLE)?;
        let mut docs = vec![Vec::new(); column.num_terms()];
        let mut among = vec![Among::Others; column.num_terms()];
        let mut vectors = vec![Vec::new(); segment.max_doc() as usize];
        for doc in 0..segment.max_doc() {
            for ordinal in column.ords().values_for_doc(doc) {
                docs[ordinal as usize].push(doc);
                if article.first(doc).is_some() {
                    among[ordinal as usize] = Among::Articles;
                }
                vectors[doc as usize].push(ordinal as u32);
            }
        }
        let damaged = |error: std::io::Error| IndexError::Engine(error.into());
        let mut table =
            NearTable { docs: Ranges::of(docs), vectors: Ranges::of(vectors), among, ..NearTable::default() };
        let mut values = column.dictionary().stream().map_err(damaged)?;
        while values.advance() {
            let vector = Vector::from_bytes(values.key());
            table.dimension = vector.parts().len();
            table.lengths.push(vector.length().max(f32::MIN_POSITIVE));
            table.parts.extend_from_slice(vector.parts());
        }
        if table.parts.len() != table.dimension * table.lengths.len() {
            // A set has one dimension: others were mixed in by hand.
            return Ok(NearTable::default());
        }
        Ok(table)
    }

    fn cosines(&self, direction: &Vector) -> Vec<f32> {
        if self.dimension == 0 || self.dimension != direction.parts().len() {
            return Vec::new();
        }
        let own = direction.length().max(f32::MIN_POSITIVE);
        let vectors = self.parts.chunks_exact(self.dimension).zip(&self.lengths);
        vectors.map(|(parts, length)| dot(parts, direction.parts()) as f32 / (own * length)).collect()
    }
}

/// A vector by how near it is; of two that are as near the first is ahead.
struct Ahead {
    cosine: f32,
    segment: usize,
    vector: usize,
}

impl Ord for Ahead {
    fn cmp(&self, other: &Ahead) -> Ordering {
        let place = |ahead: &Ahead| (ahead.segment, ahead.vector);
        self.cosine.total_cmp(&other.cosine).then_with(|| place(other).cmp(&place(self)))
    }
}

impl PartialOrd for Ahead {
    fn partial_cmp(&self, other: &Ahead) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ahead {
    fn eq(&self, other: &Ahead) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ahead {}

/// How near the texts of a kind are to a direction on the whole.
#[derive(Debug, Clone, Copy, Default)]
struct Scale {
    count: usize,
    sum: f64,
    squares: f64,
}

impl Scale {
    fn add(&mut self, cosine: f32) {
        self.count += 1;
        self.sum += f64::from(cosine);
        self.squares += f64::from(cosine).powi(2);
    }

    fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    /// Standard deviation.
    fn spread(&self) -> f64 {
        let variance = self.squares / self.count.max(1) as f64 - self.mean().powi(2);
        variance.max(0.0).sqrt().max(1e-4)
    }
}

/// How near every text of a snapshot is to one direction.
pub struct Nearness<'s> {
    tables: &'s [Arc<NearTable>],
    /// By segment and vector.
    cosines: Vec<Vec<f32>>,
    /// In the order of [`Among::ALL`].
    scales: [Scale; 2],
}

impl<'s> Nearness<'s> {
    pub(super) fn of(tables: &'s [Arc<NearTable>], direction: &Vector) -> Option<Nearness<'s>> {
        let cosines: Vec<Vec<f32>> = tables.iter().map(|table| table.cosines(direction)).collect();
        let mut scales = [Scale::default(); 2];
        for (table, cosines) in tables.iter().zip(&cosines) {
            for (among, &cosine) in table.among.iter().zip(cosines) {
                scales[*among as usize].add(cosine);
            }
        }
        let is_known = scales.iter().any(|scale| scale.count > 0);
        is_known.then_some(Nearness { tables, cosines, scales })
    }

    /// Cosine of an entry's nearest text; none where it has no vector.
    pub fn of_entry(&self, place: Place) -> Option<f32> {
        let DocAddress { segment_ord, doc_id } = place.0;
        let (table, cosines) =
            (self.tables.get(segment_ord as usize)?, self.cosines.get(segment_ord as usize)?);
        let own = table.vectors.get(doc_id as usize).iter();
        own.filter_map(|&vector| cosines.get(vector as usize).copied()).reduce(f32::max)
    }

    /// How many standard deviations a cosine stands above the mean of its kind: what
    /// is near differs from model to model, and from question to question.
    pub fn standing(&self, cosine: f32, among: Among) -> f32 {
        let scale = &self.scales[among as usize];
        ((f64::from(cosine) - scale.mean()) / scale.spread()) as f32
    }

    /// Of each kind, in the order of [`Among::ALL`], so many of the nearest entries
    /// that a filter accepts, nearest first.
    pub fn nearest(&self, snapshot: &Snapshot, filter: &Filter, limit: usize) -> [Vec<(Place, f32)>; 2] {
        // Of many, those above the mean are more than enough; few are all looked at.
        let least = self.scales.map(|scale| match scale.count > limit {
            true => scale.mean() as f32,
            false => f32::NEG_INFINITY,
        });
        let mut above = [Vec::new(), Vec::new()];
        for (segment, (table, cosines)) in self.tables.iter().zip(&self.cosines).enumerate() {
            for (vector, (&among, &cosine)) in table.among.iter().zip(cosines).enumerate() {
                if cosine > least[among as usize] {
                    above[among as usize].push(Ahead { cosine, segment, vector });
                }
            }
        }
        above.map(|above| self.accepted(above, snapshot, filter, limit))
    }

    /// The first entries of vectors that a filter accepts, each once.
    fn accepted(
        &self,
        vectors: Vec<Ahead>,
        snapshot: &Snapshot,
        filter: &Filter,
        limit: usize,
    ) -> Vec<(Place, f32)> {
        // Few are wanted of many: a heap is made in the time of one look at each.
        let mut heap = BinaryHeap::from(vectors);
        let segments = snapshot.searcher.segment_readers();
        let mut seen = HashSet::new();
        let nearest_first = std::iter::from_fn(|| heap.pop());
        let entries = nearest_first.flat_map(|Ahead { cosine, segment, vector }| {
            let docs: &[DocId] = self.tables[segment].docs.get(vector);
            docs.iter().map(move |&doc| (cosine, segment, Place(DocAddress::new(segment as u32, doc))))
        });
        entries
            .filter(|&(_, segment, place)| snapshot.accepts(&segments[segment], place, filter))
            .filter(|&(_, _, place)| seen.insert(place))
            .map(|(cosine, _, place)| (place, cosine))
            .take(limit)
            .collect()
    }
}
