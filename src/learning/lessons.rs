//! Labelled questions as lessons: what the ranker sees of each, with and
//! without the others remembered, and what it makes of those it has not seen.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::{Case, Certain, Rules, fit};
use crate::index::{Counts, Filter, IndexError, PlainBm25, Snapshot, Usage, ValidityFilter, day_number};
use crate::meaning::Vector;
use crate::memory::{Answered, QuestionMemory};
use crate::ranking::{CandidateFeatures, Feature, Ranking, descending};
use crate::search::{Knowing, Question, Remembering, Searched, confidence_inputs, gather, has_direction};

/// Of each question the linear fit sees so many candidates, the best by text,
/// and those that are right or remembered.
const FITTED_CANDIDATES: usize = 40;

/// Results of plain BM25 that are looked at, texts that are there twice among them.
const PLAIN_PLACES: usize = 50;
/// While learning, so many groups of questions are left out of the memory in
/// turn; neighbours, of which one is tested at a time, are one group.
const GROUPS: u32 = 10;
const ORIGINS_A_TURN: u32 = 5;

/// How questions are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    ByWords,
    /// With their directions, where they have one.
    ByMeaning,
}

/// A labelled question.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// Which file it is from, and its line: a line asked in two ways is one
    /// origin, and is never learned from and tested on at once.
    pub set: usize,
    pub origin: u32,
    pub question: Question,
    pub asked: String,
    pub relevant: Vec<String>,
    /// Texts of the right entries: entries of one text are one answer.
    right_texts: HashSet<u64>,
    weight: f32,
    /// Where it points, where that is known.
    direction: Option<Arc<Vector>>,
}

/// What a question looks like to the ranker.
struct Example {
    candidates: Vec<CandidateFeatures>,
    right: Vec<bool>,
    /// Candidates with the same text are one result.
    texts: Vec<u64>,
    searched: Searched,
}

/// Lessons with the state and the day they are put to.
pub struct Lessons<'s> {
    pub snapshot: &'s Snapshot,
    pub today: Date,
    pub all: Vec<Lesson>,
}

/// What a ranker made of a question it has not seen.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Place of the first right result, from 0.
    pub first_right: Option<usize>,
    /// What the certainty of the first result is told from.
    pub first: Option<Certain>,
}

impl<'s> Lessons<'s> {
    /// For a state of the index, as of a day.
    pub fn new(snapshot: &'s Snapshot, today: Date) -> Lessons<'s> {
        Lessons { snapshot, today, all: Vec::new() }
    }

    /// Adds a question with the ids that answer it (none: nothing does). The
    /// questions of a set count one together.
    pub fn add(
        &mut self,
        (set, origin): (usize, u32),
        asked: &str,
        relevant: &[String],
        weight: f32,
    ) -> Result<(), IndexError> {
        let question = Question::understand(self.snapshot.cutter(), asked);
        let mut right = Vec::new();
        for id in relevant {
            right.extend(self.snapshot.place_of(id)?);
        }
        let right_texts = right.iter().map(|&place| self.snapshot.facts(place).text_hash).collect();
        self.all.push(Lesson {
            set,
            origin,
            question,
            asked: asked.to_owned(),
            relevant: relevant.to_vec(),
            right_texts,
            weight,
            direction: None,
        });
        Ok(())
    }

    /// The questions that are worth a direction, as the endpoint is asked.
    pub fn to_direct(&self) -> Vec<String> {
        let worth = self.all.iter().filter(|lesson| has_direction(&lesson.question));
        worth.map(|lesson| lesson.question.normalised.text.clone()).collect()
    }

    /// Where the questions point, in the order of [`Lessons::to_direct`].
    pub fn direct(&mut self, directions: Vec<Vector>) {
        let worth = self.all.iter_mut().filter(|lesson| has_direction(&lesson.question));
        worth.zip(directions).for_each(|(lesson, vector)| lesson.direction = Some(Arc::new(vector)));
    }

    /// The chosen lessons as question memory.
    pub fn memory(&self, chosen: impl Fn(&Lesson) -> bool) -> QuestionMemory {
        let answered = self.all.iter().filter(|lesson| chosen(lesson)).map(|lesson| Answered {
            question: lesson.asked.clone(),
            entries: lesson.relevant.iter().map(|id| (id.clone(), 1.0)).collect(),
            group: lesson.group(),
            direction: lesson.direction.clone(),
        });
        QuestionMemory::of((self.snapshot.cutter(), self.snapshot.synonyms()), answered)
    }

    /// What is in force on the day, wherever.
    fn filter(&self) -> Filter<'static> {
        Filter {
            as_of: day_number(self.today),
            validity: ValidityFilter::Current,
            region: None,
            kind: None,
            within: None,
            hidden: &[],
        }
    }

    fn example(
        &self,
        lesson: &Lesson,
        remembering: Remembering<'_>,
        asks: Asks,
    ) -> Result<Example, IndexError> {
        let filter = self.filter();
        let direction = if asks == Asks::ByMeaning { lesson.direction.as_deref() } else { None };
        let knowing = Knowing { remembering, direction };
        let gathered = gather(self.snapshot, &lesson.question, &filter, &knowing, &[])?;
        let texts: Vec<u64> = gathered.candidates.iter().map(|candidate| candidate.facts.text_hash).collect();
        let right = texts.iter().map(|text| lesson.right_texts.contains(text)).collect();
        Ok(Example { candidates: gathered.features, right, texts, searched: gathered.searched })
    }
}

/// Learns from the chosen lessons of all libraries, each seen as an unknown
/// question will be: once with the others of its library remembered and once with
/// nothing remembered.
pub fn learn(
    libraries: &[Lessons<'_>],
    asks: Asks,
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Ranking, IndexError> {
    changed(libraries, asks, (&Ranking::prior(asks == Asks::ByMeaning), true), chosen)
}

/// Learns from the chosen lessons what to change in a ranker that has learned
/// before; how sure it is of a hit stays (what agents chose they found, so these lessons are easier than questions
/// are).
pub fn adjust(
    lessons: &Lessons<'_>,
    asks: Asks,
    start: &Ranking,
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Ranking, IndexError> {
    changed(std::slice::from_ref(lessons), asks, (start, false), chosen)
}

/// What lessons change of a ranker.
fn changed(
    libraries: &[Lessons<'_>],
    asks: Asks,
    (start, is_first): (&Ranking, bool),
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Ranking, IndexError> {
    let of_library = |lessons| Examples::of(lessons, asks, &chosen);
    let examples: Vec<Examples> = libraries.iter().map(of_library).collect::<Result<_, IndexError>>()?;
    Ok(fitted(&examples, start, is_first, |_| true))
}

/// Lessons of a library as the ranker sees them: gathered once, learned from and
/// tested on in any division by sets.
pub struct Examples {
    all: Vec<Seen>,
}

/// One lesson, with nothing remembered and with the others remembered.
struct Seen {
    set: usize,
    weight: f32,
    by_itself: Example,
    remembering: Example,
}

impl Examples {
    /// The chosen lessons, each seen as an unknown question will be.
    pub fn of(
        lessons: &Lessons<'_>,
        asks: Asks,
        chosen: impl Fn(&Lesson) -> bool + Sync,
    ) -> Result<Examples, IndexError> {
        let (nothing, memory) = (QuestionMemory::default(), lessons.memory(&chosen));
        let usage = Usage::of(&memory, lessons.snapshot)?;
        // Left out by groups, not one by one: a count that is lower by just the
        // question's own adoption would give its answer away.
        let left_out: Vec<Counts> =
            (0..=GROUPS).map(|group| usage.counts_of(&memory.answers_of(group), lessons.snapshot)).collect();
        let seen = |lesson: &Lesson| {
            let example = |memory: &QuestionMemory| {
                let group = lesson.group();
                let without = Some((group, &left_out[group as usize]));
                let remembering = Remembering { memory, usage: &usage, without };
                lessons.example(lesson, remembering, asks)
            };
            let (by_itself, remembering) = (example(&nothing)?, example(&memory)?);
            Ok(Seen { set: lesson.set, weight: lesson.weight, by_itself, remembering })
        };
        let chosen = lessons.all.par_iter().filter(|lesson| chosen(lesson));
        Ok(Examples { all: chosen.map(seen).collect::<Result<_, IndexError>>()? })
    }

    /// What a ranker makes of the lessons of a set, with nothing remembered.
    pub fn check(&self, ranking: &Ranking, set: usize) -> Vec<Checked> {
        let of_set: Vec<&Seen> = self.all.iter().filter(|seen| seen.set == set).collect();
        of_set.par_iter().map(|seen| seen.by_itself.checked(ranking)).collect()
    }
}

/// Learns from nothing, from the examples of the sets that are kept.
pub fn learn_from(examples: &[Examples], asks: Asks, is_kept: impl Fn(usize) -> bool + Sync) -> Ranking {
    fitted(examples, &Ranking::prior(asks == Asks::ByMeaning), true, is_kept)
}

/// A ranker with what examples change of it: what counts among all entries, and what
/// counts among articles, which questions teach that an article answers.
fn fitted(
    examples: &[Examples],
    start: &Ranking,
    is_first: bool,
    is_kept: impl Fn(usize) -> bool + Sync,
) -> Ranking {
    let kept: Vec<&Seen> =
        examples.iter().flat_map(|examples| &examples.all).filter(|seen| is_kept(seen.set)).collect();
    type Kind = fn(&CandidateFeatures) -> bool;
    let cases = |example_of: fn(&Seen) -> &Example, is_candidate: Kind| -> Vec<Case> {
        kept.par_iter().map(|seen| example_of(seen).case(is_candidate, seen.weight)).collect()
    };
    let is_any: Kind = |_| true;
    let is_article: Kind = |candidate| candidate.is_article;
    let (all, articles) = (start.weights, start.article_weights);
    let by_itself: fn(&Seen) -> &Example = |seen| &seen.by_itself;
    let all = fit(&cases(by_itself, is_any), &all, &Rules::among_all(&all, is_first));
    let articles = fit(&cases(by_itself, is_article), &articles, &Rules::among_articles(&articles, is_first));
    let remembering: fn(&Seen) -> &Example = |seen| &seen.remembering;
    Ranking {
        weights: fit(&cases(remembering, is_any), &all, &Rules::of_memory(&all, false, is_first)),
        article_weights: fit(
            &cases(remembering, is_article),
            &articles,
            &Rules::of_memory(&articles, true, is_first),
        ),
        confidence: start.confidence,
    }
}

/// What a ranker makes of the chosen lessons with this much remembered.
pub fn check(
    lessons: &Lessons<'_>,
    ranking: &Ranking,
    memory: &QuestionMemory,
    asks: Asks,
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Vec<Checked>, IndexError> {
    let usage = Usage::of(memory, lessons.snapshot)?;
    let remembering = Remembering { memory, usage: &usage, without: None };
    let one = |lesson: &Lesson| Ok(lessons.example(lesson, remembering, asks)?.checked(ranking));
    lessons.all.par_iter().filter(|lesson| chosen(lesson)).map(one).collect()
}

/// Places of the first right results of the chosen lessons by plain BM25, from 0.
pub fn check_plain(
    lessons: &Lessons<'_>,
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Vec<Option<usize>>, IndexError> {
    let plain = PlainBm25::new(lessons.snapshot)?;
    let one = |lesson: &Lesson| {
        let found = plain.best(&lesson.question.normalised.text, &lessons.filter(), PLAIN_PLACES)?;
        let texts = found.into_iter().map(|place| lessons.snapshot.facts(place).text_hash);
        let mut seen = HashSet::new();
        let mut once = texts.filter(|&text| seen.insert(text));
        Ok(once.position(|text| lesson.right_texts.contains(&text)))
    };
    lessons.all.par_iter().filter(|lesson| chosen(lesson)).map(one).collect()
}

impl Lesson {
    /// Whether it can be asked by meaning.
    pub fn has_direction(&self) -> bool {
        self.direction.is_some()
    }

    /// From 1: the group of the memory that is left out when this is learned.
    fn group(&self) -> u32 {
        1 + self.origin / ORIGINS_A_TURN % GROUPS
    }
}

impl Example {
    /// What a fit sees of it among candidates of a kind.
    fn case(&self, is_candidate: impl Fn(&CandidateFeatures) -> bool, weight: f32) -> Case {
        let likely = |(candidate, is_right): (&CandidateFeatures, &bool)| {
            candidate.values[Feature::RelativeScore]
                + candidate.values[Feature::MemoryLikeness]
                + f32::from(u8::from(*is_right))
        };
        let likely: Vec<f32> = self.candidates.iter().zip(&self.right).map(likely).collect();
        let mut order = descending(&likely);
        order.retain(|&at| is_candidate(&self.candidates[at]));
        order.truncate(FITTED_CANDIDATES);
        Case {
            candidates: order.iter().map(|&at| self.candidates[at].values).collect(),
            right: order.iter().map(|&at| self.right[at]).collect(),
            weight,
        }
    }

    fn checked(&self, ranking: &Ranking) -> Checked {
        let scores = ranking.scores(&self.candidates);
        let mut order = descending(&scores);
        let mut seen = HashSet::new();
        order.retain(|&at| seen.insert(self.texts[at]));
        let first = order.first().map(|&at| {
            let candidates: Vec<&CandidateFeatures> = order.iter().map(|&at| &self.candidates[at]).collect();
            let scores: Vec<f32> = order.iter().map(|&at| scores[at]).collect();
            Certain {
                inputs: confidence_inputs(&candidates, &scores, 0, self.searched),
                right: self.right[at],
            }
        });
        Checked { first_right: order.iter().position(|&at| self.right[at]), first }
    }
}
