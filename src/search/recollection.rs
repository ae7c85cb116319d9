//! What the question memory knows of a question's candidates: the entries that
//! questions like it were answered with, the laws and chapters they stand in,
//! and how often they were adopted at all.

use std::collections::HashMap;

use crate::index::{Counts, Facts, Filter, Place, Snapshot, Usage, Used};
use crate::meaning::Vector;
use crate::memory::{QuestionMemory, Recalled, terms_of_question};

use super::question::Question;

/// From this likeness on a trusted entry is a candidate whatever its text says.
const LEAST_LIKENESS: f32 = 0.2;
/// Most candidates taken for their memory alone.
const MOST_FORCED: usize = 20;
/// Of those that are near by meaning so many more.
const MOST_FORCED_NEAR: u32 = 20;
/// Cosines of texts that have nothing to do with one another: e5 and its like
/// put all texts close together.
const LEAST_COSINE: f32 = 0.7;

/// The memory a question is put to.
#[derive(Clone, Copy)]
pub struct Remembering<'m> {
    pub memory: &'m QuestionMemory,
    pub usage: &'m Usage,
    /// A group of questions that is not remembered, and its adoptions; none
    /// but while learning.
    pub without: Option<(u32, &'m Counts)>,
}

impl Remembering<'_> {
    /// What was adopted for this very question, what most adopted first.
    pub(super) fn answers_to(&self, question: &Question, snapshot: &Snapshot, filter: &Filter) -> Vec<Place> {
        let answers = self.memory.answers_to(&question.normalised.text).iter();
        answers.filter_map(|&entry| self.place(entry, snapshot, filter)).collect()
    }

    /// Where a remembered entry stands; none where it is gone or the filter does not
    /// accept it.
    fn place(&self, entry: u32, snapshot: &Snapshot, filter: &Filter) -> Option<Place> {
        self.usage.place(entry).filter(|&place| snapshot.is_accepted(place, filter))
    }
}

/// What a memory knows of one question.
pub(super) struct Recollection<'m> {
    usage: Option<&'m Usage>,
    without: Option<&'m Counts>,
    by_text: HashMap<u64, Remembrance>,
    by_document: HashMap<u32, f32>,
    by_chapter: HashMap<u64, f32>,
    /// The same by meaning.
    near_document: HashMap<u32, f32>,
    near_chapter: HashMap<u64, f32>,
    /// Likeness of the most like question, by its words and by its meaning.
    pub most: f32,
    pub nearest: f32,
    /// Candidates whatever their text says.
    pub forced: Vec<Place>,
}

/// What is remembered of one entry; zeros where nothing is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Remembrance {
    pub likeness: f32,
    /// ln(1 + sum of the likenesses' squares).
    pub support: f32,
    /// 1 for the first, falling as 1 / √rank.
    pub rank: f32,
    /// Likeness of the questions answered by its law and its chapter.
    pub document: f32,
    pub chapter: f32,
    /// The same four by meaning; see [`nearness`].
    pub near: f32,
    pub near_rank: f32,
    pub near_document: f32,
    pub near_chapter: f32,
    pub used: Used,
}

/// A cosine as a number from 0 to 1: below [`LEAST_COSINE`] it says nothing.
pub(super) fn nearness(cosine: f32) -> f32 {
    ((cosine - LEAST_COSINE) / (1.0 - LEAST_COSINE)).clamp(0.0, 1.0)
}

impl<'m> Recollection<'m> {
    /// Nothing is remembered.
    pub fn nothing() -> Recollection<'m> {
        Recollection {
            usage: None,
            without: None,
            by_text: HashMap::new(),
            by_document: HashMap::new(),
            by_chapter: HashMap::new(),
            near_document: HashMap::new(),
            near_chapter: HashMap::new(),
            most: 0.0,
            nearest: 0.0,
            forced: Vec::new(),
        }
    }

    /// Asks a memory; entries the filter does not accept are left out.
    pub fn of(
        remembering: &Remembering<'m>,
        question: &Question,
        direction: Option<&Vector>,
        snapshot: &Snapshot,
        filter: &Filter,
    ) -> Recollection<'m> {
        let Remembering { memory, usage, without } = *remembering;
        let mut found = Recollection::nothing();
        if memory.is_empty() {
            return found;
        }
        found.usage = Some(usage);
        found.without = without.map(|(_, counts)| counts);
        let group = without.map_or(0, |(group, _)| group);
        let terms = terms_of_question(&question.terms, snapshot.synonyms(), &question.normalised.text);
        for (rank, one) in (1..).zip(memory.recall_without(&terms, group)) {
            if let Some(place) = remembering.place(one.entry, snapshot, filter) {
                found.add(rank, &one, place, snapshot.facts(place));
            }
        }
        let near = direction.map(|direction| memory.recall_near(direction, group)).unwrap_or_default();
        for (rank, one) in (1..).zip(near) {
            if let Some(place) = remembering.place(one.entry, snapshot, filter) {
                found.add_near(rank, &one, place, snapshot.facts(place));
            }
        }
        found
    }

    fn add_near(&mut self, rank: u32, one: &Recalled, place: Place, facts: &Facts) {
        let near = nearness(one.likeness);
        self.nearest = self.nearest.max(near);
        let of_text = self.by_text.entry(facts.text_hash).or_default();
        if near > of_text.near {
            of_text.near = near;
            of_text.near_rank = 1.0 / (rank as f32).sqrt();
        }
        if let Some(document) = facts.document() {
            let known = self.near_document.entry(document).or_default();
            *known = known.max(near);
            let known = self.near_chapter.entry(facts.chapter).or_default();
            *known = known.max(near);
        }
        let is_first = rank <= MOST_FORCED_NEAR;
        if one.is_trusted && is_first && near > 0.0 && !self.forced.contains(&place) {
            self.forced.push(place);
        }
    }

    fn add(&mut self, rank: u32, one: &Recalled, place: Place, facts: &Facts) {
        self.most = self.most.max(one.likeness);
        let of_text = self.by_text.entry(facts.text_hash).or_default();
        if one.likeness > of_text.likeness {
            of_text.likeness = one.likeness;
            of_text.support = (1.0 + one.support).ln();
            of_text.rank = 1.0 / (rank as f32).sqrt();
        }
        if let Some(document) = facts.document() {
            let known = self.by_document.entry(document).or_default();
            *known = known.max(one.likeness);
            let known = self.by_chapter.entry(facts.chapter).or_default();
            *known = known.max(one.likeness);
        }
        if one.is_trusted && one.likeness >= LEAST_LIKENESS && self.forced.len() < MOST_FORCED {
            self.forced.push(place);
        }
    }

    /// What is remembered of an entry.
    pub fn of_entry(&self, facts: &Facts) -> Remembrance {
        let Some(usage) = self.usage else { return Remembrance::default() };
        let own = self.by_text.get(&facts.text_hash).copied().unwrap_or_default();
        let document = facts.document().and_then(|document| self.by_document.get(&document));
        let chapter = facts.document().and_then(|_| self.by_chapter.get(&facts.chapter));
        let near_document = facts.document().and_then(|document| self.near_document.get(&document));
        let near_chapter = facts.document().and_then(|_| self.near_chapter.get(&facts.chapter));
        Remembrance {
            document: document.copied().unwrap_or(0.0),
            chapter: chapter.copied().unwrap_or(0.0),
            near_document: near_document.copied().unwrap_or(0.0),
            near_chapter: near_chapter.copied().unwrap_or(0.0),
            used: usage.used(facts, self.without),
            ..own
        }
    }
}
