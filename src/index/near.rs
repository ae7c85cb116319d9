//! Which entries are near a direction: the vectors of their texts, a column of
//! the index, in memory a table for each of the engine's segments. Every vector
//! is looked at (`docs/measurements.md` has what that costs, and what a graph
//! would): so nothing near is missed under any filter, and nothing is built.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::{DocAddress, DocId, SegmentReader};

use super::schema::NEAR;
use super::{Filter, IndexError, Place, Snapshot};
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

/// The vectors of one segment, each once.
#[derive(Default)]
pub(super) struct NearTable {
    dimension: usize,
    /// One after the other.
    parts: Vec<i8>,
    lengths: Vec<f32>,
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
        let mut docs = vec![Vec::new(); column.num_terms()];
        let mut vectors = vec![Vec::new(); segment.max_doc() as usize];
        for doc in 0..segment.max_doc() {
            for ordinal in column.ords().values_for_doc(doc) {
                docs[ordinal as usize].push(doc);
                vectors[doc as usize].push(ordinal as u32);
            }
        }
        let damaged = |error: std::io::Error| IndexError::Engine(error.into());
        let mut table =
            NearTable { docs: Ranges::of(docs), vectors: Ranges::of(vectors), ..NearTable::default() };
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

/// How near every text of a snapshot is to one direction.
pub struct Nearness<'s> {
    tables: &'s [Arc<NearTable>],
    /// By segment and vector.
    cosines: Vec<Vec<f32>>,
    mean: f32,
    spread: f32,
}

impl<'s> Nearness<'s> {
    pub(super) fn of(tables: &'s [Arc<NearTable>], direction: &Vector) -> Option<Nearness<'s>> {
        let cosines: Vec<Vec<f32>> = tables.iter().map(|table| table.cosines(direction)).collect();
        let count = cosines.iter().map(Vec::len).sum::<usize>();
        if count == 0 {
            return None;
        }
        let all = || cosines.iter().flatten();
        let mean = all().sum::<f32>() / count as f32;
        let spread = (all().map(|cosine| (cosine - mean).powi(2)).sum::<f32>() / count as f32).sqrt();
        Some(Nearness { tables, cosines, mean, spread: spread.max(1e-4) })
    }

    /// Cosine of an entry's nearest text; none where it has no vector.
    pub fn of_entry(&self, place: Place) -> Option<f32> {
        let DocAddress { segment_ord, doc_id } = place.0;
        let (table, cosines) =
            (self.tables.get(segment_ord as usize)?, self.cosines.get(segment_ord as usize)?);
        let own = table.vectors.get(doc_id as usize).iter();
        own.filter_map(|&vector| cosines.get(vector as usize).copied()).reduce(f32::max)
    }

    /// How many standard deviations a cosine stands above the mean of all: what
    /// is near differs from model to model, and from question to question.
    pub fn standing(&self, cosine: f32) -> f32 {
        (cosine - self.mean) / self.spread
    }

    /// The nearest entries that a filter accepts, nearest first.
    pub fn nearest(&self, snapshot: &Snapshot, filter: &Filter, limit: usize) -> Vec<(Place, f32)> {
        let mut above: Vec<Ahead> = Vec::new();
        for (segment, cosines) in self.cosines.iter().enumerate() {
            let ahead = cosines.iter().enumerate().filter(|(_, cosine)| **cosine > self.mean);
            above.extend(ahead.map(|(vector, &cosine)| Ahead { cosine, segment, vector }));
        }
        // Few are wanted of many: a heap is made in the time of one look at each.
        let mut heap = BinaryHeap::from(above);
        let segments = snapshot.searcher.segment_readers();
        let mut seen = HashSet::new();
        let nearest_first = std::iter::from_fn(|| heap.pop());
        let accepted = nearest_first.flat_map(|Ahead { cosine, segment, vector }| {
            let docs: &[DocId] = self.tables[segment].docs.get(vector);
            docs.iter().map(move |&doc| (cosine, segment, Place(DocAddress::new(segment as u32, doc))))
        });
        accepted
            .filter(|&(_, segment, place)| snapshot.accepts(&segments[segment], place, filter))
            .filter(|&(_, _, place)| seen.insert(place))
            .map(|(cosine, _, place)| (place, cosine))
            .take(limit)
            .collect()
    }
}
