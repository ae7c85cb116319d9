//! Cuts the snippet around what matched and says where, as character offsets
//! into the original text, which is never rewritten.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::Serialize;

use super::question::Question;
use crate::entry::Entry;
use crate::text::{self, Cutter};

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
    /// Something that the question holds only by its sound.
    pub heard: bool,
    /// Share of the question's words (by length) that stand in the entry.
    pub coverage: f32,
}

/// Finds all words and bigrams of a question in one pass over a text.
pub(super) struct Needles {
    matcher: Option<AhoCorasick>,
    /// Weight of each needle that is a word: its length in characters.
    word_chars: Vec<f32>,
    /// Of each needle: whether 不 and 非 before it make it another word.
    opposites: Vec<[bool; 2]>,
    /// Of each needle: whether the question holds it only by its sound.
    heard: Vec<bool>,
    count: usize,
}

struct Marks {
    /// Marked characters of the original.
    ranges: Vec<Highlight>,
    found: Vec<bool>,
}

impl Needles {
    /// Prepares a question's words and bigrams.
    pub fn of(question: &Question, cutter: &Cutter) -> Needles {
        let grams = question.terms.grams.iter().map(|gram| &gram.1);
        let needles: Vec<&str> = question.terms.words.iter().chain(grams).map(String::as_str).collect();
        let word_chars = question.terms.words.iter().map(|word| word.chars().count() as f32).collect();
        // Few and short needles: building it can only fail for sizes that the
        // limit on questions rules out; then nothing is marked.
        let matcher = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&needles).ok();
        let opposites = needles
            .iter()
            .map(|needle| ['不', '非'].map(|sign| cutter.is_another_word(sign, needle)))
            .collect();
        let is_heard =
            |needle: &&str| question.heard.as_ref().is_some_and(|heard| heard.pieces.contains(*needle));
        let heard = needles.iter().map(is_heard).collect();
        Needles { matcher, word_chars, opposites, heard, count: needles.len() }
    }

    /// Looks for them in an entry.
    pub fn find(&self, entry: &Entry) -> Found {
        let mut title = self.mark(&entry.title);
        let body = clipped(&entry.body);
        let marked = self.mark(body);
        let mut found = std::mem::take(&mut title.found);
        found.iter_mut().zip(&marked.found).for_each(|(found, more)| *found |= more);
        let others = entry.similar_questions.iter().chain(&entry.keywords).chain(entry.script.iter());
        for other in others {
            self.matches(&text::normalise(other), |needle, _, _| found[needle] = true);
        }
        let words = self.word_chars.len();
        let total: f32 = self.word_chars.iter().sum();
        let covered: f32 =
            self.word_chars.iter().zip(&found).filter(|(_, found)| **found).map(|(chars, _)| chars).sum();
        let any = |mut places: std::ops::Range<usize>, heard: bool| {
            places.any(|needle| found[needle] && self.heard[needle] == heard)
        };
        Found {
            words: any(0..words, false),
            grams: any(words..self.count, false),
            heard: any(0..self.count, true),
            coverage: if total > 0.0 { covered / total } else { 0.0 },
            snippet: snippet(body, &marked.ranges, title.ranges),
        }
    }

    fn matches(&self, normalised: &str, mut visit: impl FnMut(usize, usize, usize)) {
        let Some(matcher) = &self.matcher else { return };
        for found in matcher.find_overlapping_iter(normalised) {
            let needle = found.pattern().as_usize();
            let before = &normalised[..found.start()];
            let [with_not, with_un] = self.opposites[needle];
            let is_opposite = with_not && before.ends_with('不') || with_un && before.ends_with('非');
            if !is_opposite && stands_alone(normalised, found.start(), found.end()) {
                visit(needle, found.start(), found.end());
            }
        }
    }

    fn mark(&self, original: &str) -> Marks {
        let normalised = text::normalise_with_map(original);
        let mut found = vec![false; self.count];
        let mut bytes = Vec::new();
        self.matches(&normalised.text, |needle, start, end| {
            found[needle] = true;
            bytes.push(Highlight { start, end });
        });
        let mut chars = places_in_chars(&normalised.text, merged(bytes));
        for range in &mut chars {
            let (start, end) = normalised.original_range(range.start, range.end).unwrap_or_default();
            *range = Highlight { start, end };
        }
        Marks { ranges: merged(places_in_chars(original, chars)), found }
    }
}

/// Latin words and numbers are marked whole: `a` is not a part of `abc`.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let goes_on_before = start > 0 && is_letter(start - 1) && is_letter(start);
    let goes_on_after = is_letter(end - 1) && is_letter(end);
    !goes_on_before && !goes_on_after
}

fn clipped(body: &str) -> &str {
    let mut end = body.len().min(SEARCHED_BYTES);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    &body[..end]
}

/// Byte ranges, sorted, as character ranges of the same text.
fn places_in_chars(text: &str, mut ranges: Vec<Highlight>) -> Vec<Highlight> {
    let (mut byte, mut chars) = (0, 0);
    let mut count_to = |target: usize| {
        // A range that begins before the last one ended is counted from the start.
        if target < byte {
            (byte, chars) = (0, 0);
        }
        chars += text[byte..target].chars().count();
        byte = target;
        chars
    };
    for range in &mut ranges {
        *range = Highlight { start: count_to(range.start), end: count_to(range.end) };
    }
    ranges
}

/// Marked byte ranges of a text as marks.
pub(super) fn marks_of(text: &str, bytes: Vec<Highlight>) -> Vec<Highlight> {
    merged(places_in_chars(text, merged(bytes)))
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
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static CUTTER: LazyLock<Cutter> = LazyLock::new(Cutter::new);

    fn entry(body: &str) -> Entry {
        Entry { body: body.to_owned(), ..Entry::new("a", Kind::Faq, "題目") }
    }

    #[test]
    fn marks_are_offsets_into_the_original_traditional_text() {
        let question = Question::understand(&CUTTER, "养老保险");
        let found = Needles::of(&question, &CUTTER).find(&entry("😀企業職工養老保險怎麼辦"));
        let marked: String = found.snippet.text.chars().skip(5).take(4).collect();
        assert_eq!(marked, "養老保險");
        assert_eq!(found.snippet.highlights, [Highlight { start: 5, end: 9 }]);
    }

    proptest! {
        #[test]
        fn any_text_and_question_keep_marks_inside(body in "\\PC{0,300}", asked in "\\PC{0,40}|[電子社保 a\"-]{0,20}") {
            let found = Needles::of(&Question::understand(&CUTTER, &asked), &CUTTER).find(&entry(&body));
            let chars = found.snippet.text.chars().count();
            for mark in found.snippet.highlights {
                prop_assert!(mark.start < mark.end && mark.end <= chars);
            }
        }
    }
}
