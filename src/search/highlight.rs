//! Cuts the snippet around what matched and says where, as character offsets
//! into the original text, which is never rewritten.

use serde::Serialize;

use super::question::Question;
use crate::entry::Entry;
use crate::text;

/// Characters of a snippet.
const SNIPPET_CHARS: usize = 120;
/// Characters kept before the first match in a snippet.
const LEAD_CHARS: usize = 20;
/// A body is searched for matches up to this many bytes: beyond it (the
/// longest document has 111,706 characters) the start is shown.
const SEARCHED_BYTES: usize = 60_000;

/// A marked piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Highlight {
    /// First character, counted from the start of the text it belongs to.
    pub start: usize,
    /// After the last character.
    pub end: usize,
}

/// A piece of the body with its marks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snippet {
    pub text: String,
    /// Offset of the snippet in the body, in characters.
    pub offset: usize,
    /// Marks within the snippet's text.
    pub highlights: Vec<Highlight>,
    /// Marks within the title.
    pub title_highlights: Vec<Highlight>,
}

/// What of the question an entry holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub snippet: Snippet,
    pub words: bool,
    pub grams: bool,
    /// Share of the question's words (by length) that stand in the entry.
    pub coverage: f32,
}

struct Marks {
    /// Marked characters of the original.
    ranges: Vec<Highlight>,
    found: Vec<bool>,
}

/// Looks for the question's words and bigrams in an entry.
pub(super) fn find(question: &Question, entry: &Entry) -> Found {
    let needles: Vec<&str> = question.words.iter().chain(&question.grams).map(String::as_str).collect();
    let title = mark(&entry.title, &needles);
    let body = clipped(&entry.body);
    let marked = mark(body, &needles);
    let others: Vec<Marks> = entry
        .similar_questions
        .iter()
        .chain(&entry.keywords)
        .chain(entry.script.iter())
        .map(|other| mark(other, &needles))
        .collect();
    let held = |at: usize| title.found[at] || marked.found[at] || others.iter().any(|other| other.found[at]);
    let word_count = question.words.len();
    let weight = |needle: &str| needle.chars().count() as f32;
    let total: f32 = question.words.iter().map(|word| weight(word)).sum();
    let covered: f32 = (0..word_count).filter(|&at| held(at)).map(|at| weight(needles[at])).sum();
    Found {
        words: (0..word_count).any(held),
        grams: (word_count..needles.len()).any(held),
        coverage: if total > 0.0 { covered / total } else { 0.0 },
        snippet: snippet(body, &marked.ranges, title.ranges),
    }
}

fn clipped(body: &str) -> &str {
    let mut end = body.len().min(SEARCHED_BYTES);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    &body[..end]
}

fn mark(original: &str, needles: &[&str]) -> Marks {
    let normalised = text::normalise_with_map(original);
    let mut found = vec![false; needles.len()];
    // Byte place → character place, in the normalised text and in the original.
    let normalised_chars = char_places(&normalised.text);
    let original_chars = char_places(original);
    let mut ranges = Vec::new();
    for (at, needle) in needles.iter().enumerate() {
        for (start, piece) in normalised.text.match_indices(needle) {
            found[at] = true;
            let (first, past) = (normalised_chars[start], normalised_chars[start + piece.len()]);
            if let Some((start, end)) = normalised.original_range(first as usize, past as usize) {
                let (start, end) = (original_chars[start] as usize, original_chars[end] as usize);
                ranges.push(Highlight { start, end });
            }
        }
    }
    Marks { ranges: merged(ranges), found }
}

/// For every byte place of a text (and its end) the number of characters before it.
fn char_places(text: &str) -> Vec<u32> {
    let mut places = vec![0; text.len() + 1];
    let mut count = 0;
    for (at, character) in text.char_indices() {
        places[at..at + character.len_utf8()].fill(count);
        count += 1;
    }
    places[text.len()] = count;
    places
}

fn merged(mut ranges: Vec<Highlight>) -> Vec<Highlight> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Highlight> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The window with the most marked characters.
fn snippet(body: &str, marks: &[Highlight], title_highlights: Vec<Highlight>) -> Snippet {
    let mut best = (0, 0);
    let mut last = 0;
    let mut weight = 0;
    for (first, mark) in marks.iter().enumerate() {
        while last < marks.len() && marks[last].end <= mark.start + SNIPPET_CHARS - LEAD_CHARS {
            weight += marks[last].end - marks[last].start;
            last += 1;
        }
        if weight > best.0 {
            best = (weight, first);
        }
        weight = weight.saturating_sub(mark.end - mark.start);
        last = last.max(first + 1);
    }
    let start = marks.get(best.1).map_or(0, |mark| mark.start.saturating_sub(LEAD_CHARS));
    let text: String = body.chars().skip(start).take(SNIPPET_CHARS).collect();
    let end = start + text.chars().count();
    let highlights = marks
        .iter()
        .filter(|mark| mark.start >= start && mark.end <= end)
        .map(|mark| Highlight { start: mark.start - start, end: mark.end - start })
        .collect();
    Snippet { text, offset: start, highlights, title_highlights }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Kind;
    use crate::text::Cutter;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static CUTTER: LazyLock<Cutter> = LazyLock::new(Cutter::new);

    fn entry(body: &str) -> Entry {
        Entry { body: body.to_owned(), ..Entry::new("a", Kind::Faq, "題目") }
    }

    #[test]
    fn marks_are_offsets_into_the_original_traditional_text() {
        let question = Question::understand(&CUTTER, "养老保险");
        let found = find(&question, &entry("😀企業職工養老保險怎麼辦"));
        let marked: String = found.snippet.text.chars().skip(5).take(4).collect();
        assert_eq!(marked, "養老保險");
        assert_eq!(found.snippet.highlights, [Highlight { start: 5, end: 9 }]);
    }

    proptest! {
        #[test]
        fn any_text_and_question_keep_marks_inside(body in "\\PC{0,300}", asked in "\\PC{0,40}|[電子社保 a\"-]{0,20}") {
            let found = find(&Question::understand(&CUTTER, &asked), &entry(&body));
            let chars = found.snippet.text.chars().count();
            for mark in found.snippet.highlights {
                prop_assert!(mark.start < mark.end && mark.end <= chars);
            }
        }
    }
}
