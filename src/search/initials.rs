//! First letters (sbk, 社bzy) → the characters that entries are asked by: whole
//! words of titles, similar questions and keywords, the most frequent first.

use std::collections::HashMap;
use std::ops::Range;

use crate::index::{Filter, IndexError, Snapshot};
use crate::text;

/// Entries whose titles and questions are looked at.
const MOST_ENTRIES: usize = 120;
/// Characters before the letters that have to stand before the written ones.
const MOST_BEFORE: usize = 2;
/// A run of whole words counts as so many that are cut from longer words.
const WHOLE_WORDS_COUNT: usize = 1000;

/// What letters at a place of a question stand for; `None` where no entry is
/// asked by such characters.
pub(super) fn written(
    snapshot: &Snapshot,
    typed: &[char],
    letters: Range<usize>,
    filter: &Filter,
) -> Result<Option<String>, IndexError> {
    let before = typed[..letters.start].iter().rev();
    let before = before.take(MOST_BEFORE).take_while(|near| !text::readings(**near).is_empty()).count();
    for kept in (0..=before).rev() {
        let pattern = &typed[letters.start - kept..letters.end];
        if let Some(found) = most_frequent(snapshot, pattern, filter)? {
            return Ok(Some(found.chars().skip(kept).collect()));
        }
    }
    Ok(None)
}

/// The run of characters with this pattern that most entries are asked by.
fn most_frequent(
    snapshot: &Snapshot,
    pattern: &[char],
    filter: &Filter,
) -> Result<Option<String>, IndexError> {
    let first_letter = |sign: &char| {
        text::readings(*sign).first().and_then(|usual| usual.letters().chars().next()).unwrap_or(*sign)
    };
    let keys = text::keys_of_initials(&pattern.iter().map(first_letter).collect::<String>());
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (place, share) in snapshot.by_sound(&keys, filter, MOST_ENTRIES)? {
        if share < 0.999 {
            break;
        }
        let entry = snapshot.shown(place)?.entry;
        let asked = std::iter::once(&entry.title).chain(&entry.similar_questions).chain(&entry.keywords);
        let mut found: HashMap<String, usize> = HashMap::new();
        for text in asked {
            for (run, is_words) in runs(snapshot, &text::normalise(text), pattern) {
                let count = found.entry(run).or_default();
                *count = (*count).max(if is_words { WHOLE_WORDS_COUNT } else { 1 });
            }
        }
        found.into_iter().for_each(|(run, count)| *counts.entry(run).or_default() += count);
    }
    // Among equals the order of the characters decides, so that the same
    // library always gives the same answer.
    let best = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
    Ok(best.map(|(run, _)| run))
}

/// The runs of a text that have a pattern, and whether words end where they do.
fn runs(snapshot: &Snapshot, normalised: &str, pattern: &[char]) -> Vec<(String, bool)> {
    let characters: Vec<char> = normalised.chars().collect();
    let fits = |window: &[char]| {
        window.iter().zip(pattern).all(|(character, sign)| {
            if sign.is_ascii() { text::begins_as(*character, *sign) } else { character == sign }
        })
    };
    let places: Vec<usize> = (0..(characters.len() + 1).saturating_sub(pattern.len()))
        .filter(|&at| fits(&characters[at..at + pattern.len()]))
        .collect();
    if places.is_empty() {
        return Vec::new();
    }
    let words = snapshot.cutter().question_words(normalised);
    let is_words = |at: usize| {
        words.iter().any(|word| word.start_char == at)
            && words.iter().any(|word| word.end_char() == at + pattern.len())
    };
    places.into_iter().map(|at| (characters[at..at + pattern.len()].iter().collect(), is_words(at))).collect()
}
