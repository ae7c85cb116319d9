//! A snapshot's answer to what is being typed: texts of all segments, each
//! with an entry it leads to.

use std::cmp::Reverse;

use tantivy::DocAddress;

use super::IndexError;
use super::candidates::Place;
use super::plan::Filter;
use super::snapshot::Snapshot;
use super::typed::{Begins, Letter, Pattern, is_same, order_of};
use crate::entry::Kind;

/// A text to suggest.
#[derive(Debug, Clone, Copy)]
pub struct Suggested<'a> {
    pub shown: &'a str,
    /// Letters of the text, without punctuation.
    pub letters: &'a [Letter],
    pub begins: Begins,
    /// The first letter that matches, and how many do.
    pub first: usize,
    pub count: usize,
    /// The entry it leads to.
    pub place: Place,
    pub kind: Kind,
}

impl Suggested<'_> {
    /// Whether another text is the same but for punctuation.
    pub fn is_same(&self, other: &Suggested<'_>) -> bool {
        is_same(self.letters, other.letters)
    }
}

impl Snapshot {
    /// The best `limit` texts for a pattern that lead to an entry the filter
    /// accepts: by where the match begins, then shorter first, then by kind.
    pub fn suggested(&self, pattern: &Pattern<'_>, filter: &Filter, limit: usize) -> Vec<Suggested<'_>> {
        let mut found = Vec::new();
        let segments = self.searcher.segment_readers().iter().zip(&self.typed);
        for (ordinal, (segment, table)) in (0..).zip(segments) {
            // The caller's own region before the country; else the first that came.
            let rank = |place: Place| {
                let facts = self.facts.of(place);
                (filter.region.map(|_| Reverse(facts.region.level())), facts.seq)
            };
            let choose = |docs: &[u32]| {
                let places = docs.iter().map(|&doc| Place(DocAddress::new(ordinal, doc)));
                let mut accepted = places.filter(|&place| self.accepts(segment, place, filter));
                let first = accepted.next()?;
                let kind = self.facts.of(first).kind;
                let same_kind = accepted.take_while(|&place| self.facts.of(place).kind == kind);
                let best = match filter.region {
                    Some(_) => {
                        same_kind.fold(first, |best, next| if rank(next) < rank(best) { next } else { best })
                    }
                    None => first,
                };
                Some(best.0.doc_id)
            };
            for found_here in table.find(pattern, limit, choose) {
                let place = Place(DocAddress::new(ordinal, found_here.doc));
                let suggested = Suggested {
                    shown: found_here.shown,
                    letters: found_here.letters,
                    begins: found_here.begins,
                    first: found_here.first,
                    count: found_here.count,
                    place,
                    kind: self.facts.of(place).kind,
                };
                found.push((suggested, rank(place)));
            }
        }
        found.sort_by(|(a, rank_a), (b, rank_b)| {
            let order = |text: &Suggested<'_>| (text.begins, text.letters.len(), order_of(text.kind));
            order(a).cmp(&order(b)).then_with(|| a.shown.cmp(b.shown)).then_with(|| rank_a.cmp(rank_b))
        });
        let mut kept: Vec<Suggested<'_>> = Vec::with_capacity(limit);
        for (text, _) in found {
            if kept.len() < limit && !kept.iter().any(|known| known.is_same(&text)) {
                kept.push(text);
            }
        }
        kept
    }

    /// Id of the entry at a place, without reading the entry.
    pub fn id(&self, place: Place) -> Result<String, IndexError> {
        let columns = self.searcher.segment_reader(place.0.segment_ord).fast_fields();
        let mut id = String::new();
        if let Some(column) = columns.str("id")?
            && let Some(ordinal) = column.term_ords(place.0.doc_id).next()
        {
            column.ord_to_str(ordinal, &mut id).map_err(tantivy::TantivyError::from)?;
        }
        Ok(id)
    }

    /// Memory of the suggested texts, in bytes.
    pub fn typed_bytes(&self) -> usize {
        self.typed.iter().map(|table| table.bytes()).sum()
    }
}
