//! Labelled questions as lessons: what the ranker sees of each, with and
//! without the others remembered, and what it makes of those it has not seen.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::{
    BoostingCase, Case, Certain, FROM_NOTHING, Kept, OF_CHANGE, Ridge, Room, TermCounts, first_weights, fit,
    fit_forest,
};
use crate::index::{Counts, Filter, IndexError, Place, Snapshot, Usage, ValidityFilter, day_number};
use crate::meaning::Vector;
use crate::memory::{Answered, QuestionMemory};
use crate::ranking::{Best, ClassWeights, FIELD_COUNT, Field, Forest, Ranking, Row, Telling, descending};
use crate::search::{Knowing, Question, Remembering, Searched, confidence_inputs, gather, has_direction};
use crate::text;

/// Of each question the linear fit sees so many candidates, the best by text,
/// and those that are right or remembered.
const FITTED_CANDIDATES: usize = 80;

/// What questions of the other field count in a field's weights: enough to keep
/// the classes of entries that its own questions are seldom answered by.
const OTHER_FIELD: f32 = 0.2;
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
    kept: Kept,
    /// By its right entries; nothing answers: by none.
    field: Field,
    weight: f32,
    /// Where it points, where that is known.
    direction: Option<Arc<Vector>>,
}

/// What a question looks like to the ranker.
struct Example {
    rows: Vec<Row>,
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
        let kept = kept(self.snapshot, &question, &right)?;
        let is_article = |place: &Place| self.snapshot.facts(*place).document().is_some();
        let field = if right.iter().any(is_article) { Field::Law } else { Field::Service };
        self.all.push(Lesson {
            set,
            origin,
            question,
            asked: asked.to_owned(),
            relevant: relevant.to_vec(),
            right_texts,
            kept,
            field,
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

    fn example(
        &self,
        lesson: &Lesson,
        telling: &Telling,
        remembering: Remembering<'_>,
        asks: Asks,
    ) -> Result<Example, IndexError> {
        let filter = Filter {
            as_of: day_number(self.today),
            validity: ValidityFilter::Current,
            region: None,
            kind: None,
            within: None,
            hidden: &[],
        };
        let direction = if asks == Asks::ByMeaning { lesson.direction.as_deref() } else { None };
        let knowing = Knowing { telling, remembering, direction };
        let gathered = gather(self.snapshot, &lesson.question, &filter, &knowing, &[])?;
        let texts: Vec<u64> = gathered.candidates.iter().map(|candidate| candidate.facts.text_hash).collect();
        let right = texts.iter().map(|text| lesson.right_texts.contains(text)).collect();
        Ok(Example { rows: gathered.rows, right, texts, searched: gathered.searched })
    }
}

/// Learns from the chosen lessons of all libraries, each seen as an unknown
/// question will be: with what the *others* say about its terms, once with the
/// others of its library remembered and once with nothing remembered.
pub fn learn(
    libraries: &[Lessons<'_>],
    asks: Asks,
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Ranking, IndexError> {
    let nothing = Ranking { weights: [first_weights(); FIELD_COUNT], ..Ranking::default() };
    changed(libraries, asks, (&nothing, FROM_NOTHING), chosen)
}

/// Learns from the chosen lessons what to change in a ranker that has learned
/// before: its weights move, further trees correct it, terms tell more or less;
/// how sure it is of a hit stays (what agents chose they found, so these
/// lessons are easier than questions are).
pub fn adjust(
    lessons: &Lessons<'_>,
    asks: Asks,
    start: &Ranking,
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Ranking, IndexError> {
    changed(std::slice::from_ref(lessons), asks, (start, OF_CHANGE), chosen)
}

/// What lessons change of a ranker.
fn changed(
    libraries: &[Lessons<'_>],
    asks: Asks,
    (start, room): (&Ranking, Room),
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Ranking, IndexError> {
    let mut counts = TermCounts::of(&start.telling);
    for lesson in libraries.iter().flat_map(|lessons| &lessons.all).filter(|lesson| chosen(lesson)) {
        counts.add(lesson.field, &lesson.kept);
    }
    let telling = |lesson: &Lesson| counts.telling_without(lesson.field, &lesson.kept);
    let of_library = |lessons| examples(lessons, asks, &chosen, telling);
    let examples: Vec<Vec<_>> = libraries.iter().map(of_library).collect::<Result<_, IndexError>>()?;
    let examples = examples.into_iter().flatten().collect::<Vec<_>>();
    let weights = fitted(&examples, start, room.ridge);
    let mut changed = Ranking { weights, telling: counts.telling(), ..start.clone() };
    let forests = grown(&examples, &changed, room.trees);
    for (own, more) in changed.forests.iter_mut().zip(forests) {
        own.trees.extend(more.trees);
    }
    Ok(changed)
}

/// The chosen lessons as unknown questions, with how much each counts.
fn examples(
    lessons: &Lessons<'_>,
    asks: Asks,
    chosen: impl Fn(&Lesson) -> bool + Sync,
    telling: impl Fn(&Lesson) -> Telling + Sync,
) -> Result<Vec<(Example, f32)>, IndexError> {
    let (nothing, memory) = (QuestionMemory::default(), lessons.memory(&chosen));
    let usage = Usage::of(&memory, lessons.snapshot)?;
    // Left out by groups, not one by one: a count that is lower by just the
    // question's own adoption would give its answer away.
    let left_out: Vec<Counts> =
        (0..=GROUPS).map(|group| usage.counts_of(&memory.answers_of(group), lessons.snapshot)).collect();
    let examples: Vec<[(Example, f32); 2]> = lessons
        .all
        .par_iter()
        .filter(|lesson| chosen(lesson))
        .map(|lesson| {
            let telling = telling(lesson);
            let example = |memory: &QuestionMemory| {
                let group = lesson.group();
                let without = Some((group, &left_out[group as usize]));
                let remembering = Remembering { memory, usage: &usage, without };
                Ok::<_, IndexError>((lessons.example(lesson, &telling, remembering, asks)?, lesson.weight))
            };
            Ok([example(&nothing)?, example(&memory)?])
        })
        .collect::<Result<_, IndexError>>()?;
    Ok(examples.into_iter().flatten().collect())
}

/// For each field the weights of a ranker and what examples change of them.
fn fitted(examples: &[(Example, f32)], start: &Ranking, ridge: Ridge) -> [ClassWeights; FIELD_COUNT] {
    let mut cases: Vec<Case> = examples.par_iter().map(|(example, _)| example.case()).collect();
    Field::ALL.map(|field| {
        for (case, (example, weight)) in cases.iter_mut().zip(examples) {
            let is_own = Field::of(&example.rows) == field;
            case.weight = if is_own { *weight } else { OTHER_FIELD * weight };
            case.start = start.scores_in(field, &case.rows).iter().map(|scored| scored.score).collect();
        }
        start.weights[field as usize] + fit(&cases, ridge)
    })
}

/// For each field so many trees that correct what a ranker makes of examples.
fn grown(examples: &[(Example, f32)], ranking: &Ranking, trees: u64) -> [Forest; FIELD_COUNT] {
    let boosting: Vec<(Field, BoostingCase)> = examples
        .par_iter()
        .map(|(example, weight)| {
            let field = Field::of(&example.rows);
            let linear: Vec<f32> =
                example.rows.iter().map(|row| ranking.weights[field as usize].score(row)).collect();
            let best = Best::of(&example.rows, &linear);
            let of_trees = |input| ranking.forests[field as usize].score(input);
            let start = best.places.iter().zip(&best.inputs);
            let case = BoostingCase {
                start: start.map(|(&at, input)| linear[at] + of_trees(input)).collect(),
                right: best.places.iter().map(|&at| example.right[at]).collect(),
                inputs: best.inputs,
                weight: *weight,
            };
            (field, case)
        })
        .collect();
    let of_field = |field: Field| -> Vec<&BoostingCase> {
        boosting.iter().filter(|(own, _)| *own == field).map(|(_, case)| case).collect()
    };
    let (law, service) = rayon::join(
        || fit_forest(&of_field(Field::Law), trees),
        || fit_forest(&of_field(Field::Service), trees),
    );
    [law, service]
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
    let one =
        |lesson: &Lesson| Ok(lessons.example(lesson, &ranking.telling, remembering, asks)?.checked(ranking));
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
    /// What the linear fit sees of it.
    fn case(&self) -> Case {
        let likely = |(row, is_right): (&Row, &bool)| {
            row.value("relative_score") + row.value("memory_likeness") + f32::from(u8::from(*is_right))
        };
        let likely: Vec<f32> = self.rows.iter().zip(&self.right).map(likely).collect();
        let mut order = descending(&likely);
        order.truncate(FITTED_CANDIDATES);
        Case {
            start: Vec::new(),
            rows: order.iter().map(|&at| self.rows[at].clone()).collect(),
            right: order.iter().map(|&at| self.right[at]).collect(),
            weight: 0.0,
        }
    }

    fn checked(&self, ranking: &Ranking) -> Checked {
        let scores: Vec<f32> = ranking.scores(&self.rows).iter().map(|scored| scored.score).collect();
        let mut order = descending(&scores);
        let mut seen = HashSet::new();
        order.retain(|&at| seen.insert(self.texts[at]));
        let first = order.first().map(|&at| {
            let rows: Vec<&Row> = order.iter().map(|&at| &self.rows[at]).collect();
            let scores: Vec<f32> = order.iter().map(|&at| scores[at]).collect();
            Certain { inputs: confidence_inputs(&rows, &scores, 0, self.searched), right: self.right[at] }
        });
        Checked { first_right: order.iter().position(|&at| self.right[at]), first }
    }
}

/// The question's terms, each with the share of right entries that hold it.
fn kept(snapshot: &Snapshot, question: &Question, right: &[Place]) -> Result<Kept, IndexError> {
    let mut texts = Vec::new();
    for &place in right {
        let entry = snapshot.shown(place)?.entry;
        let parts = [&entry.title, &entry.body].into_iter().chain(&entry.similar_questions);
        texts.push(text::normalise(&parts.cloned().collect::<Vec<_>>().join("\n")));
    }
    if texts.is_empty() {
        return Ok(Kept::new());
    }
    let share = |term: &String| {
        let holding = texts.iter().filter(|text| text.contains(term.as_str())).count();
        holding as f32 / texts.len() as f32
    };
    Ok(question.terms.each_once().into_iter().map(|term| (term.clone(), share(&term))).collect())
}
