//! First letters (sbk, 社bzy) → the characters that entries are asked by: whole
//! words of titles, similar questions and keywords, or likely ones in bodies.

use std::collections::HashMap;
use std::ops::Range;

use super::sound::chars_in_words;
use super::terms::phrase_of;
use crate::index::{Filter, IndexError, Snapshot};
use crate::text;

/// Entries whose titles and questions are looked at.
const MOST_ENTRIES: usize = 120;
/// Runs of characters that are looked up in the library.
const MOST_RUNS: usize = 40;
/// Characters before the letters that have to stand before the written ones.
const MOST_BEFORE: usize = 2;
/// What entries that are asked by a run count, and what all that hold it count:
/// ln(1 + entries) times this.
const ASKED_WEIGHT: f32 = 1.5;
const HELD_WEIGHT: f32 = 1.0;
/// What each character in a word of the dictionary counts.
const WORD_WEIGHT: f32 = 2.0;

/// Runs of characters with how often they were met, as whole words and at all.
type Met = HashMap<String, (usize, usize)>;

/// What letters at a place of a question stand for; `others`: likely ones in
/// bodies. `None` where no entry holds such characters.
pub(super) fn written(
    snapshot: &Snapshot,
    typed: &[char],
    letters: Range<usize>,
    others: Vec<String>,
    filter: &Filter,
) -> Result<Option<String>, IndexError> {
    let before = typed[..letters.start].iter().rev();
    let before = before.take(MOST_BEFORE).take_while(|near| !text::readings(**near).is_empty()).count();
    for kept in (0..=before).rev() {
        let pattern = &typed[letters.start - kept..letters.end];
        let mut met = asked_by(snapshot, pattern, filter)?;
        let beginning: String = pattern[..kept].iter().collect();
        for other in &others {
            let run = format!("{beginning}{other}");
            if chars_in_words(snapshot, &run) == pattern.len() {
                met.entry(run).or_default().0 += 1;
            }
        }
        if let Some(found) = likeliest(snapshot, met)? {
            return Ok(Some(found.chars().skip(kept).collect()));
        }
    }
    Ok(None)
}

/// The runs with this pattern that entries are asked by.
fn asked_by(snapshot: &Snapshot, pattern: &[char], filter: &Filter) -> Result<Met, IndexError> {
    let first_letter = |sign: &char| {
        text::readings(*sign).first().and_then(|usual| usual.letters().chars().next()).unwrap_or(*sign)
    };
    let keys = text::keys_of_initials(&pattern.iter().map(first_letter).collect::<String>());
    let mut met = Met::new();
    for (place, share) in snapshot.by_sound(&keys, filter, MOST_ENTRIES)? {
        if share < 0.999 {
            break;
        }
        let entry = snapshot.shown(place)?.entry;
        let asked = std::iter::once(&entry.title).chain(&entry.similar_questions).chain(&entry.keywords);
        for text in asked {
            for (run, is_words) in runs(snapshot, &text::normalise(text), pattern) {
                let counts = met.entry(run).or_default();
                counts.0 += usize::from(is_words);
                counts.1 += 1;
            }
        }
    }
    Ok(met)
}

/// The run of whole words that most entries hold.
fn likeliest(snapshot: &Snapshot, met: Met) -> Result<Option<String>, IndexError> {
    let mut met: Vec<(String, (usize, usize))> = met.into_iter().collect();
    // Among equals the order of the characters decides, so that the same
    // library always gives the same answer.
    met.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    met.retain(|(_, counts)| counts.0 > 0);
    met.truncate(MOST_RUNS);
    let mut best: Option<(f32, String)> = None;
    for (run, _) in met {
        let Some(phrase) = phrase_of(&run) else { continue };
        let (asked, held) = snapshot.holders(&phrase)?;
        let score = ASKED_WEIGHT * (1.0 + asked as f32).ln()
            + HELD_WEIGHT * (1.0 + held as f32).ln()
            + WORD_WEIGHT * chars_in_words(snapshot, &run) as f32;
        if held > 0 && best.as_ref().is_none_or(|(other, _)| score > *other) {
            best = Some((score, run));
        }
    }
    Ok(best.map(|(_, run)| run))
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
