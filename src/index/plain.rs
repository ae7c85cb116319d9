//! Plain BM25 over one joined field, as any engine has it without tuning: title,
//! similar questions, headings and body, words and bigrams. Nobody is answered with
//! it; every measure of the ranking stands beside it.

use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, TERMINATED, Term};

use super::IndexError;
use super::candidates::Place;
use super::plan::{Area, Filter};
use super::snapshot::Snapshot;
use super::statistics::{B, K1, inverse_frequency};

/// Plain BM25 (k1 1.2, b 0.75) over a snapshot.
pub struct PlainBm25<'s> {
    snapshot: &'s Snapshot,
    /// By segment and document: K1 × (1 − B + B × length ÷ mean length).
    length_factors: Vec<Vec<f32>>,
}

impl<'s> PlainBm25<'s> {
    /// Reads the lengths of all entries.
    pub fn new(snapshot: &'s Snapshot) -> Result<PlainBm25<'s>, IndexError> {
        let mut lengths: Vec<Vec<f32>> = Vec::new();
        for segment in snapshot.searcher.segment_readers() {
            let mut joined = vec![0.0; segment.max_doc() as usize];
            for area in Area::ALL {
                let reader = segment.get_fieldnorms_reader(snapshot.fields.of(area))?;
                for (doc, length) in (0..).zip(&mut joined) {
                    *length += reader.fieldnorm(doc) as f32;
                }
            }
            lengths.push(joined);
        }
        let entries = lengths.iter().map(Vec::len).sum::<usize>().max(1) as f32;
        let mean = (lengths.iter().flatten().sum::<f32>() / entries).max(f32::MIN_POSITIVE);
        for length in lengths.iter_mut().flatten() {
            *length = K1 * (1.0 - B + B * *length / mean);
        }
        Ok(PlainBm25 { snapshot, length_factors: lengths })
    }

    /// The best entries for a normalised question that a filter accepts, best first.
    pub fn best(&self, normalised: &str, filter: &Filter, limit: usize) -> Result<Vec<Place>, IndexError> {
        let mut terms: Vec<(&str, bool)> = Vec::new();
        terms.extend(self.snapshot.cutter().entry_words(normalised).iter().map(|token| (token.text, false)));
        terms.extend(crate::text::question_grams(normalised).iter().map(|token| (token.text, true)));
        terms.sort_unstable();
        terms.dedup();
        let mut scores: Vec<Vec<f32>> =
            self.length_factors.iter().map(|segment| vec![0.0; segment.len()]).collect();
        for (text, is_bigram) in terms {
            self.add(text, is_bigram, &mut scores)?;
        }
        let mut found: Vec<(f32, Place)> = Vec::new();
        for (ordinal, (segment, scores)) in
            (0..).zip(self.snapshot.searcher.segment_readers().iter().zip(&scores))
        {
            for (doc, &score) in (0..).zip(scores).filter(|(_, score)| **score > 0.0) {
                let place = Place(DocAddress::new(ordinal, doc));
                if self.snapshot.accepts(segment, place, filter) {
                    found.push((score, place));
                }
            }
        }
        let seq = |place: Place| self.snapshot.facts(place).seq;
        let order = |a: &(f32, Place), b: &(f32, Place)| b.0.total_cmp(&a.0).then(seq(a.1).cmp(&seq(b.1)));
        if found.len() > limit {
            found.select_nth_unstable_by(limit, order);
            found.truncate(limit);
        }
        found.sort_by(order);
        Ok(found.into_iter().map(|(_, place)| place).collect())
    }

    /// Adds a term's BM25 to the documents that hold it.
    fn add(&self, text: &str, is_bigram: bool, scores: &mut [Vec<f32>]) -> Result<(), IndexError> {
        let mut occurrences: Vec<Vec<(u32, f32)>> = Vec::new();
        for segment in self.snapshot.searcher.segment_readers() {
            let mut held: Vec<(u32, f32)> = Vec::new();
            for area in Area::ALL.into_iter().filter(|area| area.holds_grams() == is_bigram) {
                let field = self.snapshot.fields.of(area);
                let index = segment.inverted_index(field)?;
                let term = Term::from_field_text(field, text);
                let postings = index.read_postings(&term, IndexRecordOption::WithFreqs);
                let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else { continue };
                while postings.doc() != TERMINATED {
                    held.push((postings.doc(), postings.term_freq() as f32));
                    postings.advance();
                }
            }
            held.sort_unstable_by_key(|&(doc, _)| doc);
            held.dedup_by(|later, first| {
                let is_same = later.0 == first.0;
                if is_same {
                    first.1 += later.1;
                }
                is_same
            });
            occurrences.push(held);
        }
        let holding = occurrences.iter().map(Vec::len).sum::<usize>() as u64;
        let idf = inverse_frequency(self.snapshot.entries(), holding);
        for (segment, held) in occurrences.iter().enumerate() {
            for &(doc, frequency) in held {
                let factor = self.length_factors[segment][doc as usize];
                scores[segment][doc as usize] += idf * frequency * (K1 + 1.0) / (frequency + factor);
            }
        }
        Ok(())
    }
}
