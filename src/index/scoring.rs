//! Scores a plan's terms over one segment, a window of documents at a time:
//! each term's postings add their BM25 to the window's rows, then the window's
//! best rows are kept. Beside a tree of scorers (block-max WAND) this is
//! faster for questions of dozens of terms, keeps every area's share apart for
//! the ranker, and costs the same under any filter.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, SegmentReader, Term};

use super::IndexError;
use super::plan::{AREA_COUNT, Area, PlanTerm};
use super::schema::Fields;
use super::statistics::{K1, LENGTH_CODES, Statistics};

/// Documents of a window: its rows stay in the processor's nearest caches.
const WINDOW_DOCS: usize = 2048;
/// The most that BM25 can give a term of idf 1: K1 + 1.
pub const MOST_OF_A_TERM: f32 = K1 + 1.0;

/// What one occurrence in each area counts, in the order of [`Area::ALL`]: an
/// entry is scored as one joined text (BM25F, Robertson et al. 2004). A document's
/// title and headings are the same for all its articles, so they count less.
pub(super) const AREA_WEIGHTS: [f32; AREA_COUNT] = [0.3, 0.3, 0.3, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];

/// Entries that are gathered and weighed among themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pool {
    /// Articles of laws.
    Articles,
    /// Answers, guides, notices: all else.
    Others,
}

/// How many pools there are.
pub const POOL_COUNT: usize = 2;

impl Pool {
    /// Both, in their order.
    pub const ALL: [Pool; POOL_COUNT] = [Pool::Articles, Pool::Others];

    /// The areas of its entries that hold terms cut so.
    pub fn areas(self, cut: Cut) -> &'static [Area] {
        match (self, cut) {
            (Pool::Articles, Cut::Word) => &[Area::ArticleWords, Area::TitleWords, Area::HeadingWords],
            (Pool::Articles, Cut::Bigram) => &[Area::ArticleGrams],
            (Pool::Others, Cut::Word) => &[Area::BodyWords, Area::AskWords],
            (Pool::Others, Cut::Bigram) => &[Area::BodyGrams, Area::AskGrams],
        }
    }
}

/// How a term was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cut {
    /// A word of the dictionary.
    Word,
    /// Two characters side by side.
    Bigram,
}

impl Cut {
    /// Both, in the order of an entry's sums.
    pub const ALL: [Cut; 2] = [Cut::Word, Cut::Bigram];
}

/// What the terms of a plan gave a document.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TextScores {
    /// Sum of the words' BM25F.
    pub words: f32,
    /// Sum of the bigrams'.
    pub bigrams: f32,
    /// Bit n: the plan's term n stands in the document.
    pub terms: u64,
    /// Of these, what stands in its document's title, and in the headings above it.
    pub title_terms: u64,
    pub heading_terms: u64,
}

impl TextScores {
    /// Both sums together.
    pub fn sum(&self) -> f32 {
        self.words + self.bigrams
    }
}

/// What decides which documents of a segment are kept.
pub(super) struct Selection<'a, Accepts: Fn(DocId) -> bool, PoolOf: Fn(DocId) -> Pool> {
    /// So many of each pool: a hundred thousand articles do not crowd out what a few
    /// hundred answers say.
    pub limit: usize,
    /// Whether a document may be found at all.
    pub accepts: Accepts,
    pub pool_of: PoolOf,
    /// Documents kept whatever their score, ascending.
    pub forced: &'a [DocId],
}

/// A kept document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scored {
    pub doc: DocId,
    pub scores: TextScores,
}

/// A term's postings in one area of the segment and how far they were read.
struct Cursor {
    postings: BlockSegmentPostings,
    next: usize,
    area: Area,
}

/// A term in all its areas.
struct TermCursors<'a> {
    areas: Vec<Cursor>,
    length_codes: &'a [u8],
    factors: &'a [f32; LENGTH_CODES],
    weight: f32,
    cut: Cut,
    bit: u64,
}

/// Scores of the documents of one window.
struct Window {
    rows: Vec<TextScores>,
    /// Offsets of the rows that are not empty, in no order.
    touched: Vec<u16>,
    /// Of the term being read: weighted occurrences by offset, and where they are.
    occurrences: Vec<f32>,
    holding: Vec<u16>,
}

/// Scores the terms of a plan over a segment and returns what the selection
/// keeps, in no order.
pub(super) fn score_segment(
    (ordinal, segment): (u32, &SegmentReader),
    fields: &Fields,
    statistics: &Statistics,
    terms: &[PlanTerm],
    selection: &Selection<'_, impl Fn(DocId) -> bool, impl Fn(DocId) -> Pool>,
) -> Result<Vec<Scored>, IndexError> {
    let mut terms = cursors((ordinal, segment), fields, statistics, terms)?;
    let mut window = Window::new();
    let mut kept = Pool::ALL.map(|_| Kept::new(selection.limit));
    let mut forced_docs = Vec::with_capacity(selection.forced.len());
    let mut forced = selection.forced.iter().copied().peekable();
    let mut base = 0;
    while base < segment.max_doc() {
        let past = base + WINDOW_DOCS as DocId;
        terms.iter_mut().for_each(|term| term.add_to(&mut window, base, past));
        terms.retain(|term| !term.areas.is_empty());
        while let Some(doc) = forced.next_if(|&doc| doc < past) {
            forced_docs.push(Scored { doc, scores: window.rows[(doc - base) as usize] });
        }
        window.keep_best(base, selection, &mut kept);
        window.clear();
        base = match (terms.iter().filter_map(TermCursors::next_doc).min(), forced.peek()) {
            (None, None) => break,
            (next, forced) => next.unwrap_or(DocId::MAX).min(forced.copied().unwrap_or(DocId::MAX)),
        };
    }
    let best = kept.into_iter().flat_map(Kept::into_docs);
    forced_docs.extend(best.filter(|scored| selection.forced.binary_search(&scored.doc).is_err()));
    Ok(forced_docs)
}

fn cursors<'a>(
    (ordinal, segment): (u32, &SegmentReader),
    fields: &Fields,
    statistics: &'a Statistics,
    terms: &[PlanTerm],
) -> Result<Vec<TermCursors<'a>>, IndexError> {
    let mut cursors = Vec::with_capacity(terms.len());
    for term in terms {
        let mut areas = Vec::with_capacity(term.pool.areas(term.cut).len());
        for &area in term.pool.areas(term.cut) {
            let field = fields.of(area);
            let index = segment.inverted_index(field)?;
            let text = Term::from_field_text(field, &term.text);
            let postings = index.read_block_postings(&text, IndexRecordOption::WithFreqs);
            if let Some(postings) = postings.map_err(tantivy::TantivyError::from)? {
                areas.push(Cursor { postings, next: 0, area });
            }
        }
        if !areas.is_empty() {
            cursors.push(TermCursors {
                areas,
                length_codes: &statistics.length_codes[ordinal as usize][term.cut as usize],
                factors: &statistics.length_factor[term.pool as usize][term.cut as usize],
                weight: term.weight * MOST_OF_A_TERM,
                cut: term.cut,
                bit: 1 << term.bit,
            });
        }
    }
    Ok(cursors)
}

impl Cursor {
    fn next_doc(&self) -> Option<DocId> {
        self.postings.docs().get(self.next).copied()
    }

    /// Visits the postings before `past`; returns whether any are left.
    fn visit(&mut self, past: DocId, mut visit: impl FnMut(DocId, f32)) -> bool {
        while self.postings.block_len() > 0 {
            let docs = &self.postings.docs()[self.next..];
            let frequencies = &self.postings.freqs()[self.next..];
            let mut read = 0;
            for (&doc, &frequency) in docs.iter().zip(frequencies) {
                if doc >= past {
                    break;
                }
                read += 1;
                visit(doc, frequency as f32);
            }
            self.next += read;
            if self.next < self.postings.block_len() {
                return true;
            }
            self.postings.advance();
            self.next = 0;
        }
        false
    }
}

impl TermCursors<'_> {
    fn next_doc(&self) -> Option<DocId> {
        self.areas.iter().filter_map(Cursor::next_doc).min()
    }

    /// Adds the term's BM25F in `base..past` to the window. A term that stands in
    /// one area only needs no sum of occurrences first.
    fn add_to(&mut self, window: &mut Window, base: DocId, past: DocId) {
        let (weight, cut, bit) = (self.weight, self.cut, self.bit);
        let (codes, factors) = (self.length_codes, self.factors);
        let bm25f = |doc: DocId, occurrences: f32| {
            let factor = factors[usize::from(codes[doc as usize])];
            weight * occurrences / (occurrences + factor)
        };
        if let [cursor] = &mut self.areas[..]
            && !cursor.area.is_above_article()
        {
            let area_weight = AREA_WEIGHTS[cursor.area as usize];
            let is_left = cursor.visit(past, |doc, frequency| {
                window.add((doc - base) as usize, cut, bm25f(doc, area_weight * frequency), bit);
            });
            if !is_left {
                self.areas.clear();
            }
            return;
        }
        self.areas.retain_mut(|cursor| {
            let area = cursor.area;
            let area_weight = AREA_WEIGHTS[area as usize];
            cursor.visit(past, |doc, frequency| {
                let offset = (doc - base) as usize;
                match area {
                    Area::TitleWords => window.rows[offset].title_terms |= bit,
                    Area::HeadingWords => window.rows[offset].heading_terms |= bit,
                    _ => {}
                }
                let occurrences = &mut window.occurrences[offset];
                if *occurrences == 0.0 {
                    window.holding.push(offset as u16);
                }
                *occurrences += area_weight * frequency;
            })
        });
        while let Some(offset) = window.holding.pop() {
            let offset = usize::from(offset);
            let occurrences = std::mem::take(&mut window.occurrences[offset]);
            window.add(offset, cut, bm25f(base + offset as DocId, occurrences), bit);
        }
    }
}

impl Window {
    fn new() -> Window {
        Window {
            rows: vec![TextScores::default(); WINDOW_DOCS],
            touched: Vec::with_capacity(WINDOW_DOCS),
            occurrences: vec![0.0; WINDOW_DOCS],
            holding: Vec::with_capacity(WINDOW_DOCS),
        }
    }

    #[inline]
    fn add(&mut self, offset: usize, cut: Cut, score: f32, bit: u64) {
        let row = &mut self.rows[offset];
        if row.terms == 0 {
            self.touched.push(offset as u16);
        }
        match cut {
            Cut::Word => row.words += score,
            Cut::Bigram => row.bigrams += score,
        }
        row.terms |= bit;
    }

    fn keep_best(
        &self,
        base: DocId,
        selection: &Selection<'_, impl Fn(DocId) -> bool, impl Fn(DocId) -> Pool>,
        kept: &mut [Kept; POOL_COUNT],
    ) {
        let least = kept[0].threshold.min(kept[1].threshold);
        for &offset in &self.touched {
            let doc = base + DocId::from(offset);
            let scores = self.rows[usize::from(offset)];
            if scores.sum() <= least {
                continue;
            }
            let pool = &mut kept[(selection.pool_of)(doc) as usize];
            if scores.sum() > pool.threshold && (selection.accepts)(doc) {
                pool.push(Scored { doc, scores });
            }
        }
    }

    fn clear(&mut self) {
        for &offset in &self.touched {
            self.rows[usize::from(offset)] = TextScores::default();
        }
        self.touched.clear();
    }
}

/// The best documents of a pool so far.
struct Kept {
    best: BinaryHeap<Reverse<ByScore>>,
    limit: usize,
    /// What a document has to exceed; below every score until `limit` are kept.
    threshold: f32,
}

impl Kept {
    fn new(limit: usize) -> Kept {
        let best = BinaryHeap::with_capacity(limit + 1);
        Kept { best, limit, threshold: f32::NEG_INFINITY }
    }

    fn push(&mut self, scored: Scored) {
        self.best.push(Reverse(ByScore(scored)));
        if self.best.len() > self.limit {
            self.best.pop();
        }
        if self.best.len() == self.limit
            && let Some(Reverse(worst)) = self.best.peek()
        {
            self.threshold = worst.0.scores.sum();
        }
    }

    fn into_docs(self) -> impl Iterator<Item = Scored> {
        self.best.into_iter().map(|Reverse(by_score)| by_score.0)
    }
}

/// Orders by score, the earlier document first among equals.
#[derive(Clone, Copy)]
struct ByScore(Scored);

impl Ord for ByScore {
    fn cmp(&self, other: &ByScore) -> Ordering {
        self.0.scores.sum().total_cmp(&other.0.scores.sum()).then_with(|| other.0.doc.cmp(&self.0.doc))
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
