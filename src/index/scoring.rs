//! Scores a plan's terms over one segment, a window of documents at a time:
//! each term's postings add their BM25 to the window's rows, then the window's
//! best rows are kept. Beside a tree of scorers (block-max WAND) this is
//! faster for questions of dozens of terms, keeps every area's share apart for
//! the ranker, and costs the same under any filter.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, SegmentReader, Term};

use super::IndexError;
use super::candidates::Place;
use super::plan::{AREA_COUNT, Area, AreaWeights, Clause};
use super::schema::Fields;

/// Documents of a window: its rows stay in the processor's nearest caches.
const WINDOW_DOCS: usize = 2048;
/// BM25 as Robertson et al. give it, with the usual constants.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// The most that BM25 can give a term of idf 1: K1 + 1.
pub const MOST_OF_A_TERM: f32 = K1 + 1.0;
/// Lengths are stored in one byte each.
const LENGTH_CODES: usize = 256;

/// What the terms of a plan gave a document, area by area.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AreaScores {
    /// Sum of BM25 in each area, in the order of [`Area::ALL`].
    pub by_area: [f32; AREA_COUNT],
    /// Bit n: the plan's term n stands in the document.
    pub terms: u64,
}

/// Statistics of the whole index that BM25 needs.
pub(super) struct Statistics {
    /// By area and length code: K1 × (1 − B + B × length ÷ mean length).
    length_factor: Vec<[f32; LENGTH_CODES]>,
    /// By segment and area: lengths in tokens, rounded.
    lengths: Vec<Vec<FieldNormReader>>,
    entries: u64,
}

impl Statistics {
    pub fn read(segments: &[SegmentReader], fields: &Fields) -> Result<Statistics, IndexError> {
        let entries: u64 = segments.iter().map(|segment| u64::from(segment.max_doc())).sum();
        let length_factor = Area::ALL.map(|area| -> Result<_, IndexError> {
            let mut tokens = 0;
            for segment in segments {
                tokens += segment.inverted_index(fields.of(area))?.total_num_tokens();
            }
            let mean = (tokens as f32 / entries.max(1) as f32).max(f32::MIN_POSITIVE);
            let mut factors = [0.0; LENGTH_CODES];
            for (code, factor) in factors.iter_mut().enumerate() {
                let length = FieldNormReader::id_to_fieldnorm(code as u8);
                *factor = K1 * (1.0 - B + B * length as f32 / mean);
            }
            Ok(factors)
        });
        let length_factor = length_factor.into_iter().collect::<Result<_, _>>()?;
        let lengths_of = |segment: &SegmentReader| {
            let reader = |area: Area| segment.get_fieldnorms_reader(fields.of(area));
            Area::ALL.into_iter().map(reader).collect::<Result<Vec<_>, _>>()
        };
        let lengths = segments.iter().map(lengths_of).collect::<Result<_, _>>()?;
        Ok(Statistics { length_factor, lengths, entries })
    }

    /// Tokens an entry has in an area, rounded as the engine stores it.
    pub fn length(&self, place: Place, area: Area) -> u32 {
        self.lengths[place.0.segment_ord as usize][area as usize].fieldnorm(place.0.doc_id)
    }

    /// ln(1 + (N − n + 0.5) ÷ (n + 0.5)), Robertson and Spärck Jones.
    pub fn idf(&self, document_frequency: u64) -> f32 {
        let n = document_frequency as f32;
        let others = self.entries.saturating_sub(document_frequency) as f32;
        (1.0 + (others + 0.5) / (n + 0.5)).ln()
    }
}

/// A clause with its weight in the whole index: idf × boost × (K1 + 1).
pub(super) struct Weighted<'a> {
    pub clause: &'a Clause,
    pub weight: f32,
}

impl<'a> Weighted<'a> {
    pub fn new(clause: &'a Clause, statistics: &Statistics, document_frequency: u64) -> Weighted<'a> {
        let weight = statistics.idf(document_frequency) * clause.boost * MOST_OF_A_TERM;
        Weighted { clause, weight }
    }
}

/// What decides which documents of a segment are kept.
pub(super) struct Selection<'a, Accepts: Fn(DocId) -> bool> {
    pub weights: &'a AreaWeights,
    pub limit: usize,
    /// By document: ln(1 + citations), and what one point of it counts.
    pub standing: &'a [f32],
    pub standing_weight: f32,
    /// Whether a document may be found at all.
    pub accepts: Accepts,
    /// Documents kept whatever their score, ascending.
    pub forced: &'a [DocId],
}

/// A kept document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scored {
    pub doc: DocId,
    pub score: f32,
    pub areas: AreaScores,
}

/// A term's postings in the segment and how far they were read.
struct Cursor<'a> {
    postings: BlockSegmentPostings,
    next: usize,
    lengths: &'a FieldNormReader,
    factors: &'a [f32; LENGTH_CODES],
    weight: f32,
    area: usize,
    term_bit: u64,
}

/// Scores of the documents of one window.
struct Window {
    rows: Vec<AreaScores>,
    /// Offsets of the rows that are not empty, in no order.
    touched: Vec<u16>,
}

/// Scores the clauses over a segment and returns what the selection keeps, in
/// no order.
pub(super) fn score_segment(
    (ordinal, segment): (u32, &SegmentReader),
    fields: &Fields,
    statistics: &Statistics,
    clauses: &[Weighted<'_>],
    selection: &Selection<'_, impl Fn(DocId) -> bool>,
) -> Result<Vec<Scored>, IndexError> {
    let mut cursors = cursors((ordinal, segment), fields, statistics, clauses)?;
    let mut window = Window { rows: vec![AreaScores::default(); WINDOW_DOCS], touched: Vec::new() };
    let mut kept = Kept::new(selection.limit);
    let mut forced = selection.forced.iter().copied().peekable();
    let mut base = 0;
    while base < segment.max_doc() {
        let past = base + WINDOW_DOCS as DocId;
        cursors.iter_mut().for_each(|cursor| cursor.add_to(&mut window, base, past));
        cursors.retain(|cursor| cursor.postings.block_len() > 0);
        while let Some(doc) = forced.next_if(|&doc| doc < past) {
            let areas = window.rows[(doc - base) as usize];
            kept.force(scored(doc, areas, selection));
        }
        window.keep_best(base, selection, &mut kept);
        window.clear();
        base = match (cursors.iter().filter_map(Cursor::next_doc).min(), forced.peek()) {
            (None, None) => break,
            (next, forced) => next.unwrap_or(DocId::MAX).min(forced.copied().unwrap_or(DocId::MAX)),
        };
    }
    Ok(kept.into_vec())
}

fn scored(doc: DocId, areas: AreaScores, selection: &Selection<'_, impl Fn(DocId) -> bool>) -> Scored {
    let weighed = areas.by_area.iter().zip(selection.weights).map(|(score, weight)| score * weight);
    let standing = selection.standing.get(doc as usize).copied().unwrap_or(0.0);
    let score = selection.standing_weight * standing + weighed.sum::<f32>();
    Scored { doc, score, areas }
}

fn cursors<'a>(
    (ordinal, segment): (u32, &SegmentReader),
    fields: &Fields,
    statistics: &'a Statistics,
    clauses: &[Weighted<'_>],
) -> Result<Vec<Cursor<'a>>, IndexError> {
    let mut cursors = Vec::with_capacity(clauses.len());
    for weighted in clauses {
        let area = weighted.clause.area;
        let field = fields.of(area);
        let index = segment.inverted_index(field)?;
        let term = Term::from_field_text(field, &weighted.clause.term);
        let option = IndexRecordOption::WithFreqs;
        let Some(postings) = index.read_block_postings(&term, option).map_err(tantivy::TantivyError::from)?
        else {
            continue;
        };
        cursors.push(Cursor {
            postings,
            next: 0,
            lengths: &statistics.lengths[ordinal as usize][area as usize],
            factors: &statistics.length_factor[area as usize],
            weight: weighted.weight,
            area: area as usize,
            term_bit: 1 << weighted.clause.term_bit,
        });
    }
    Ok(cursors)
}

impl Cursor<'_> {
    fn next_doc(&self) -> Option<DocId> {
        self.postings.docs().get(self.next).copied()
    }

    /// Adds the postings of `base..past` to the window.
    fn add_to(&mut self, window: &mut Window, base: DocId, past: DocId) {
        while self.postings.block_len() > 0 {
            let docs = &self.postings.docs()[self.next..];
            let frequencies = &self.postings.freqs()[self.next..];
            let mut read = 0;
            for (&doc, &frequency) in docs.iter().zip(frequencies) {
                if doc >= past {
                    break;
                }
                read += 1;
                let frequency = frequency as f32;
                let factor = self.factors[usize::from(self.lengths.fieldnorm_id(doc))];
                let offset = (doc - base) as usize;
                let row = &mut window.rows[offset];
                if row.terms == 0 {
                    window.touched.push(offset as u16);
                }
                row.by_area[self.area] += self.weight * frequency / (frequency + factor);
                row.terms |= self.term_bit;
            }
            self.next += read;
            if self.next < self.postings.block_len() {
                return;
            }
            self.postings.advance();
            self.next = 0;
        }
    }
}

impl Window {
    fn keep_best(&self, base: DocId, selection: &Selection<'_, impl Fn(DocId) -> bool>, kept: &mut Kept) {
        for &offset in &self.touched {
            let doc = base + DocId::from(offset);
            let found = scored(doc, self.rows[usize::from(offset)], selection);
            if found.score > kept.threshold && (selection.accepts)(doc) {
                kept.push(found);
            }
        }
    }

    fn clear(&mut self) {
        for &offset in &self.touched {
            self.rows[usize::from(offset)] = AreaScores::default();
        }
        self.touched.clear();
    }
}

/// The best documents so far, and the forced ones.
struct Kept {
    best: BinaryHeap<Reverse<ByScore>>,
    limit: usize,
    /// What a document has to exceed; below every score until `limit` are kept.
    threshold: f32,
    forced: Vec<Scored>,
}

impl Kept {
    fn new(limit: usize) -> Kept {
        let best = BinaryHeap::with_capacity(limit + 1);
        Kept { best, limit, threshold: f32::NEG_INFINITY, forced: Vec::new() }
    }

    fn force(&mut self, scored: Scored) {
        self.forced.push(scored);
    }

    fn push(&mut self, scored: Scored) {
        self.best.push(Reverse(ByScore(scored)));
        if self.best.len() > self.limit {
            self.best.pop();
        }
        if self.best.len() == self.limit
            && let Some(Reverse(worst)) = self.best.peek()
        {
            self.threshold = worst.0.score;
        }
    }

    fn into_vec(self) -> Vec<Scored> {
        let mut all = self.forced;
        let forced: Vec<DocId> = all.iter().map(|scored| scored.doc).collect();
        let best = self.best.into_iter().map(|Reverse(by_score)| by_score.0);
        all.extend(best.filter(|scored| forced.binary_search(&scored.doc).is_err()));
        all
    }
}

/// Orders by score, the earlier document first among equals.
#[derive(Clone, Copy)]
struct ByScore(Scored);

impl Ord for ByScore {
    fn cmp(&self, other: &ByScore) -> Ordering {
        self.0.score.total_cmp(&other.0.score).then_with(|| other.0.doc.cmp(&self.0.doc))
    }
}

impl PartialOrd for ByScore {
    fn partial_cmp(&self, other: &ByScore) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByScore {
    fn eq(&self, other: &ByScore) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ByScore {}
