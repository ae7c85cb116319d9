//! What rankers make of questions they have not learned from, asked as callers
//! ask: by words, and by meaning what the words leave in doubt.

use super::lessons::{Asks, Checked, Lesson, Lessons, adjust, check};
use crate::index::IndexError;
use crate::memory::QuestionMemory;
use crate::ranking::{Confidence, Rankings};

/// A question that was put to rankers that have not seen it.
#[derive(Debug, Clone)]
pub struct Unseen {
    pub by_words: Checked,
    /// None where it is not worth a direction.
    pub by_meaning: Option<Checked>,
}

impl Unseen {
    /// How sure the words are; where nothing was found, not at all.
    pub fn sure(&self, by_words: &Confidence) -> f32 {
        self.by_words.first.as_ref().map_or(0.0, |first| by_words.of(&first.inputs))
    }

    /// What is shown to whoever believes words that are at least this sure.
    pub fn shown(&self, by_words: &Confidence, is_doubted: impl Fn(f32) -> bool) -> &Checked {
        let meaning = self.by_meaning.as_ref().filter(|_| is_doubted(self.sure(by_words)));
        meaning.unwrap_or(&self.by_words)
    }
}

/// What rankers make of the tested lessons with this much remembered, in the
/// lessons' order.
pub fn check_both(
    lessons: &Lessons<'_>,
    rankings: &Rankings,
    memory: &QuestionMemory,
    tested: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Vec<Unseen>, IndexError> {
    let words = check(lessons, &rankings.by_words, memory, Asks::ByWords, &tested)?;
    let meant = |lesson: &Lesson| tested(lesson) && lesson.has_direction();
    let mut meaning = check(lessons, &rankings.by_meaning, memory, Asks::ByMeaning, meant)?.into_iter();
    let tested = lessons.all.iter().filter(|lesson| tested(lesson));
    let both = |(lesson, by_words): (&Lesson, Checked)| Unseen {
        by_words,
        by_meaning: if lesson.has_direction() { meaning.next() } else { None },
    };
    Ok(tested.zip(words).map(both).collect())
}

/// What lessons change of rankers that have learned before; the one by meaning
/// learns where directions are known. How sure they are of a hit stays.
pub fn adjust_both(
    lessons: &Lessons<'_>,
    start: &Rankings,
    chosen: impl Fn(&Lesson) -> bool + Sync,
) -> Result<Rankings, IndexError> {
    let meant = |lesson: &Lesson| chosen(lesson) && lesson.has_direction();
    Ok(Rankings {
        by_words: adjust(lessons, Asks::ByWords, &start.by_words, &chosen)?,
        by_meaning: match lessons.all.iter().any(meant) {
            true => adjust(lessons, Asks::ByMeaning, &start.by_meaning, meant)?,
            false => start.by_meaning.clone(),
        },
    })
}
