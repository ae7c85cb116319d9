//! Collects the best candidates of a query: filtered in memory while the
//! engine skips whatever cannot come among the best (block-max WAND).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::query::Weight;
use tantivy::{DocAddress, DocId, Score, SegmentReader};

use super::facts::{FactTable, Facts};
use super::plan::Filter;

/// A found entry with the engine's score.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub(super) address: DocAddress,
    /// Sum of weighted BM25.
    pub score: f32,
    pub facts: Facts,
    /// How often the entry's law is cited in the library.
    pub citations: u32,
    pub is_current: bool,
}

impl Candidate {
    /// Tells candidates of one snapshot apart.
    pub fn key(&self) -> (u32, u32) {
        (self.address.segment_ord, self.address.doc_id)
    }
}

pub(super) struct BestCandidates<'a> {
    pub limit: usize,
    pub filter: &'a Filter,
    pub facts: &'a FactTable,
}

#[derive(PartialEq)]
struct Ranked {
    score: f32,
    doc: Reverse<DocId>,
}

impl Eq for Ranked {}

impl Ord for Ranked {
    fn cmp(&self, other: &Ranked) -> Ordering {
        self.score.total_cmp(&other.score).then_with(|| self.doc.cmp(&other.doc))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Required by the engine's interface; segments are collected as a whole.
pub(super) struct NeverPerDocument;

impl SegmentCollector for NeverPerDocument {
    type Fruit = Vec<(Score, DocAddress)>;

    fn collect(&mut self, _doc: DocId, _score: Score) {}

    fn harvest(self) -> Self::Fruit {
        Vec::new()
    }
}

impl Collector for BestCandidates<'_> {
    type Fruit = Vec<Candidate>;
    type Child = NeverPerDocument;

    fn for_segment(&self, _: u32, _: &SegmentReader) -> tantivy::Result<NeverPerDocument> {
        Ok(NeverPerDocument)
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        segment_ord: u32,
        reader: &SegmentReader,
    ) -> tantivy::Result<Vec<(Score, DocAddress)>> {
        let facts = self.facts.segment(segment_ord);
        let alive = reader.alive_bitset();
        let mut best: BinaryHeap<Reverse<Ranked>> = BinaryHeap::with_capacity(self.limit + 1);
        let mut threshold = Score::MIN;
        weight.for_each_pruning(Score::MIN, reader, &mut |doc, score| {
            let accepted = alive.is_none_or(|alive| alive.is_alive(doc))
                && facts.get(doc as usize).is_some_and(|facts| self.facts.accepts(facts, self.filter));
            if accepted {
                best.push(Reverse(Ranked { score, doc: Reverse(doc) }));
                if best.len() > self.limit {
                    best.pop();
                }
                if best.len() == self.limit
                    && let Some(Reverse(worst)) = best.peek()
                {
                    threshold = worst.score;
                }
            }
            threshold
        })?;
        let address = |ranked: &Ranked| DocAddress::new(segment_ord, ranked.doc.0);
        Ok(best.iter().map(|Reverse(ranked)| (ranked.score, address(ranked))).collect())
    }

    fn merge_fruits(&self, segments: Vec<Vec<(Score, DocAddress)>>) -> tantivy::Result<Vec<Candidate>> {
        let mut merged: Vec<Candidate> = segments
            .into_iter()
            .flatten()
            .map(|(score, address)| {
                let facts = self.facts.segment(address.segment_ord)[address.doc_id as usize];
                Candidate {
                    address,
                    score,
                    facts,
                    citations: self.facts.citations(&facts),
                    is_current: self.facts.is_current(&facts, self.filter.as_of),
                }
            })
            .collect();
        merged.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.address.cmp(&b.address)));
        merged.truncate(self.limit);
        Ok(merged)
    }
}
