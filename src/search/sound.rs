//! Hears a question: pinyin, first letters and characters that only sound right
//! are written as the library writes them, before it is searched. Only where
//! the words leave doubt: letters that no entry holds, and characters that
//! stand beside each other in hardly any entry. What an entry holds as it was
//! typed is never changed, so sound never comes before characters.

use super::initials;
use super::lattice::{self, Spelling, Unit, Written};
use super::question::{HeardBy, Question};
use super::rank::MatchedBy;
use super::terms::phrase_of;
use crate::index::{Area, Filter, IndexError, Snapshot};
use crate::text;

/// Most letters that are taken for first letters of characters.
const MOST_INITIALS: usize = 6;
/// Beside digits (2020nian, d7601) fewer letters than this are part of a code.
const SHORTEST_IN_CODE: usize = 3;
/// Entries asked by something that sounds alike that are looked at closely.
const MOST_ALIKE: usize = 40;
/// Ways of writing that are looked up in the library, for pinyin in full and for
/// first letters, which say less.
const MOST_WAYS: usize = 8;
const MOST_INITIAL_WAYS: usize = 160;
/// Longest written piece that is looked up, in characters.
const MOST_PIECE_CHARS: usize = 8;
/// What entries that hold a written piece count beside its likelihood, for
/// those asked by it and for all: ln(1 + entries) times this.
const ASKED_WEIGHT: f32 = 0.7;
const HELD_WEIGHT: f32 = 0.3;
/// What each character in a word of the dictionary counts beside them.
const WORD_WEIGHT: f32 = 1.0;
/// Letters that entries hold are taken for pinyin all the same where so many
/// times as many entries hold what they spell.
const TEXT_RARITY: u64 = 20;
/// A character is in doubt where it stands beside both its neighbours no more
/// often than this, and beside one of the two in no more than a few entries.
const DOUBTFUL_COUNT: u32 = 30;
/// What replacing a character costs, as a logarithm of likelihood.
const CHANGE_COST: f32 = 7.0;
/// Most characters that are replaced in a question.
const MOST_CHANGES: usize = 3;

/// How a question that was heard matches.
pub(super) fn matched_by(question: &Question) -> Option<MatchedBy> {
    question.heard.as_ref().map(|heard| match heard.by {
        HeardBy::Pinyin => MatchedBy::Pinyin,
        HeardBy::Sound => MatchedBy::Sound,
    })
}

/// The question as the library would write it.
pub(super) fn hear(snapshot: &Snapshot, question: Question, filter: &Filter) -> Result<Question, IndexError> {
    if question.is_empty() || !question.required.is_empty() {
        return Ok(question);
    }
    let typed = &question.normalised.text;
    let written = if typed.bytes().any(|byte| byte.is_ascii_lowercase()) {
        spelt(snapshot, typed, filter)?.map(|written| (written, HeardBy::Pinyin))
    } else {
        None
    };
    let written = match written {
        None => misheard(snapshot, typed)?.map(|written| (written, HeardBy::Sound)),
        written => written,
    };
    Ok(match written {
        Some((written, by)) => question.heard_as(snapshot.cutter(), &written, by),
        None => question,
    })
}

/// A run of letters in a question.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Characters of the question.
    start: usize,
    end: usize,
    spelling: Spelling,
    /// Entries that hold the letters as they are.
    as_text: u64,
}

/// The question with its pinyin in characters.
fn spelt(snapshot: &Snapshot, typed: &str, filter: &Filter) -> Result<Option<String>, IndexError> {
    let characters: Vec<char> = typed.chars().collect();
    let read = letter_runs(&characters);
    let runs = spelt_runs(snapshot, &characters, &read);
    // Letters beside pinyin (ETCzenmebanli) can be part of a title.
    let is_long = |run: &&Letters| run.letters.len() > MOST_INITIALS && as_text(snapshot, &run.token) == 0;
    let unread = read.iter().filter(is_long).map(|run| run.letters.len()).sum();
    let letters = runs.iter().map(|run| run.end - run.start).sum::<usize>().max(unread);
    if letters == 0 {
        return Ok(None);
    }
    let all = characters.iter().filter(|character| character.is_alphanumeric()).count();
    if letters * 2 >= all
        && let Some(title) = whole_title(snapshot, typed, filter)?
    {
        return Ok(Some(title));
    }
    if runs.is_empty() {
        return Ok(None);
    }
    let (units, places) = units_of(&characters, &runs);
    let mut ways = lattice::write(snapshot.sounds(), &units, 0.0);
    if let [run @ Run { spelling: Spelling::Initials, .. }] = runs[..] {
        ways.truncate(MOST_INITIAL_WAYS);
        let others = ways.iter().flat_map(|way| pieces(&places, &runs, way)).collect();
        let piece = initials::written(snapshot, &characters, run.start..run.end, others, filter)?;
        return Ok(piece.map(|piece| rewritten(&characters, &runs, &[piece])));
    }
    let has_initials = runs.iter().any(|run| run.spelling == Spelling::Initials);
    ways.truncate(if has_initials { MOST_INITIAL_WAYS } else { MOST_WAYS });
    likeliest(snapshot, &characters, &runs, &places, ways)
}

/// A title or similar question that sounds as the whole question does.
fn whole_title(snapshot: &Snapshot, typed: &str, filter: &Filter) -> Result<Option<String>, IndexError> {
    let spoken: String = typed.chars().filter(|character| !character.is_whitespace()).collect();
    let runs = spoken.split(|letter: char| !letter.is_ascii_lowercase());
    let mut pairs: Vec<String> = runs.flat_map(lattice::spelt_pairs).collect();
    pairs.sort_unstable();
    pairs.dedup();
    for (place, _) in snapshot.by_sound(&pairs, filter, MOST_ALIKE)? {
        let entry = snapshot.shown(place)?.entry;
        let mut asked = std::iter::once(entry.title).chain(entry.similar_questions);
        if let Some(title) = asked.find(|asked| text::sounds_as(typed, &text::normalise(asked))) {
            return Ok(Some(title));
        }
    }
    Ok(None)
}

/// The runs of letters that are pinyin: no text of the library, and readable.
fn spelt_runs(snapshot: &Snapshot, characters: &[char], read: &[Letters]) -> Vec<Run> {
    let mut found = Vec::new();
    for (at, run) in read.iter().enumerate() {
        let is_syllables = |other: Option<&Letters>, from: usize, to: usize| {
            let is_gap = characters[from..to].iter().all(|sign| sign.is_whitespace() || *sign == '\'');
            is_gap && other.is_some_and(|other| other.syllables.is_some())
        };
        let before = at.checked_sub(1).and_then(|before| read.get(before));
        let next = read.get(at + 1);
        let beside_syllables = is_syllables(before, before.map_or(0, |run| run.end), run.start)
            || is_syllables(next, run.end, next.map_or(run.end, |run| run.start));
        let is_han = |place: Option<&char>| place.is_some_and(|near| !text::readings(*near).is_empty());
        let beside_han = is_han(run.start.checked_sub(1).and_then(|before| characters.get(before)))
            || is_han(characters.get(run.end));
        let as_text = as_text(snapshot, &run.token);
        let spelling = match run.syllables {
            _ if run.is_in_code && (as_text > 0 || run.letters.len() < SHORTEST_IN_CODE) => continue,
            Some(_) if beside_syllables => Spelling::Syllables,
            Some(1) if as_text > 0 || !(beside_han || run.is_in_code) => continue,
            Some(_) => Spelling::Syllables,
            None if run.is_in_code || as_text > 0 => continue,
            None if (2..=MOST_INITIALS).contains(&run.letters.len()) => Spelling::Initials,
            None => continue,
        };
        let as_text = if beside_syllables { 0 } else { as_text };
        found.push(Run { start: run.start, end: run.end, spelling, as_text });
    }
    found
}

/// Letters side by side in a question.
struct Letters {
    /// Characters of the question.
    start: usize,
    end: usize,
    letters: String,
    /// The letters with the digits right beside them: one word of the index.
    token: String,
    is_in_code: bool,
    /// Fewest syllables they can be read as; `None` where they cannot.
    syllables: Option<usize>,
}

fn letter_runs(characters: &[char]) -> Vec<Letters> {
    let is_letter = |character: &char| character.is_ascii_lowercase() || *character == 'ü';
    let is_sign = |character: &char| is_letter(character) || character.is_ascii_digit();
    let mut runs = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let token = characters[at..].iter().take_while(|character| is_sign(character)).count();
        let past = at + token;
        let mut start = at;
        while start < past {
            let length = characters[start..past].iter().take_while(|character| is_letter(character)).count();
            if length > 0 {
                let text = |range: std::ops::Range<usize>| {
                    characters[range].iter().collect::<String>().replace('ü', "v")
                };
                let letters = text(start..start + length);
                runs.push(Letters {
                    start,
                    end: start + length,
                    syllables: lattice::fewest_syllables(&letters),
                    letters,
                    token: text(at..past),
                    is_in_code: length < token,
                });
            }
            start += length.max(1);
        }
        at = past.max(at + 1);
    }
    runs
}

/// How many entries hold these letters as they are.
fn as_text(snapshot: &Snapshot, letters: &str) -> u64 {
    Area::WITH_GRAMS.iter().map(|&area| snapshot.document_frequency(area, letters)).max().unwrap_or(0)
}

/// The units of a question, and the character of the question each begins at.
fn units_of(characters: &[char], runs: &[Run]) -> (Vec<Unit>, Vec<usize>) {
    let (mut units, mut places) = (Vec::new(), Vec::new());
    let run_at = |place: usize| runs.iter().find(|run| (run.start..run.end).contains(&place));
    for (place, &character) in characters.iter().enumerate() {
        let unit = match run_at(place) {
            Some(run) => {
                let letter = if character == 'ü' { 'v' } else { character };
                Unit::Letter { letter, begins: place == run.start, spelling: run.spelling }
            }
            None if !text::readings(character).is_empty() => Unit::Character(character),
            // Between two pieces of pinyin a space is no break.
            None if character.is_whitespace() || character == '\'' => continue,
            None => Unit::Break,
        };
        units.push(unit);
        places.push(place);
    }
    (units, places)
}

/// The way of writing that is likeliest and that entries hold.
fn likeliest(
    snapshot: &Snapshot,
    characters: &[char],
    runs: &[Run],
    places: &[usize],
    ways: Vec<Written>,
) -> Result<Option<String>, IndexError> {
    let has_initials = runs.iter().any(|run| run.spelling == Spelling::Initials);
    let as_text = runs.iter().map(|run| run.as_text).max().unwrap_or(0);
    let mut best: Option<(f32, usize, String)> = None;
    for way in ways {
        let pieces = pieces(places, runs, &way);
        let written = rewritten(characters, runs, &pieces);
        let mut score = way.likelihood + WORD_WEIGHT * chars_in_words(snapshot, &written) as f32;
        let mut fewest = usize::MAX;
        for piece in looked_up(characters, runs, &pieces) {
            if piece.chars().count() > MOST_PIECE_CHARS {
                continue;
            }
            let Some(phrase) = phrase_of(&piece) else { continue };
            let (asked, held) = snapshot.holders(&phrase)?;
            score += ASKED_WEIGHT * (1.0 + asked as f32).ln() + HELD_WEIGHT * (1.0 + held as f32).ln();
            fewest = fewest.min(held);
        }
        if best.as_ref().is_none_or(|(other, ..)| score > *other) {
            best = Some((score, fewest, written));
        }
    }
    // Letters that entries hold as they are may be text, and first letters say
    // too little: what they stand for has to be in the library.
    let least = TEXT_RARITY * as_text + u64::from(has_initials);
    Ok(best.filter(|(_, fewest, _)| *fewest as u64 >= least).map(|(.., written)| written))
}

/// Characters of a text that stand in words of the dictionary.
pub(super) fn chars_in_words(snapshot: &Snapshot, text: &str) -> usize {
    let cutter = snapshot.cutter();
    let words = cutter.question_words(text);
    let lengths = words.iter().map(|word| (word, word.end_char() - word.start_char));
    lengths.filter(|(word, length)| *length > 1 && cutter.knows(word.text)).map(|(_, length)| length).sum()
}

/// What each run became in a way of writing.
fn pieces(places: &[usize], runs: &[Run], way: &Written) -> Vec<String> {
    let within = |run: &Run| -> String {
        let own = way.characters.iter().filter(|(unit, _)| (run.start..run.end).contains(&places[*unit]));
        own.map(|&(_, character)| character).collect()
    };
    runs.iter().map(within).collect()
}

/// The question with each run replaced by its piece.
fn rewritten(characters: &[char], runs: &[Run], pieces: &[String]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for (run, piece) in runs.iter().zip(pieces) {
        let between: String = characters[at..run.start].iter().collect();
        // A space between pinyin and characters only parts them for the typist.
        text.push_str(if between.trim().is_empty() { "" } else { &between });
        text.push_str(piece);
        at = run.end;
    }
    text.extend(&characters[at..]);
    text
}

/// What entries are looked up for: runs with nothing but spaces between them are
/// one piece, with the characters right beside it.
fn looked_up(characters: &[char], runs: &[Run], pieces: &[String]) -> Vec<String> {
    let is_han = |place: usize| characters.get(place).is_some_and(|near| !text::readings(*near).is_empty());
    let mut found: Vec<String> = Vec::new();
    for (at, (run, piece)) in runs.iter().zip(pieces).enumerate() {
        let is_joined =
            at > 0 && characters[runs[at - 1].end..run.start].iter().all(|sign| !sign.is_alphanumeric());
        match found.last_mut() {
            Some(last) if is_joined => last.push_str(piece),
            _ => {
                let before = run.start.checked_sub(1).filter(|&place| is_han(place));
                found.push(before.map(|place| characters[place]).into_iter().chain(piece.chars()).collect());
            }
        }
        if is_han(run.end)
            && let Some(last) = found.last_mut()
        {
            last.push(characters[run.end]);
        }
    }
    found
}

/// The question with misheard characters replaced.
fn misheard(snapshot: &Snapshot, typed: &str) -> Result<Option<String>, IndexError> {
    let sounds = snapshot.sounds();
    let characters: Vec<char> = typed.chars().collect();
    let is_han: Vec<bool> =
        characters.iter().map(|character| !text::readings(*character).is_empty()).collect();
    // How often each character stands beside the next one; none at a sign.
    let beside: Vec<Option<u32>> = (1..characters.len())
        .map(|at| (is_han[at - 1] && is_han[at]).then(|| sounds.count(characters[at - 1], characters[at])))
        .collect();
    let is_doubtful = |at: usize| {
        let near = [at.checked_sub(1).and_then(|before| beside[before]), beside.get(at).copied().flatten()];
        let most = near.into_iter().flatten().max();
        is_han[at] && most.is_some_and(|most| most <= DOUBTFUL_COUNT)
    };
    let mut doubtful: Vec<bool> = (0..characters.len()).map(is_doubtful).collect();
    if !doubtful.contains(&true) {
        return Ok(None);
    }
    // Words of asking and words that entries hold are meant as they were typed.
    let cutter = snapshot.cutter();
    for word in cutter.question_words(typed) {
        let places = word.start_char..word.end_char();
        let is_meant = doubtful[places.clone()].contains(&true)
            && (cutter.carries_no_weight(word.text)
                || places.len() > 1 && cutter.knows(word.text) && is_in_library(snapshot, word.text));
        if is_meant {
            doubtful[places].fill(false);
        }
    }
    if !doubtful.contains(&true) {
        return Ok(None);
    }
    let units: Vec<Unit> = (0..characters.len())
        .map(|at| match (is_han[at], doubtful[at]) {
            (true, true) => Unit::Doubtful(characters[at]),
            (true, false) => Unit::Character(characters[at]),
            (false, _) => Unit::Break,
        })
        .collect();
    let ways = lattice::write(sounds, &units, CHANGE_COST);
    let Some(best) = ways.first() else { return Ok(None) };
    let mut written = characters.clone();
    best.characters.iter().for_each(|&(at, character)| written[at] = character);
    let changes: Vec<usize> = (0..written.len()).filter(|&at| written[at] != characters[at]).collect();
    if changes.is_empty() || changes.len() > MOST_CHANGES {
        return Ok(None);
    }
    for &at in &changes {
        let is_kept = is_word(snapshot, typed, &written, at) && !is_held(snapshot, &characters, at)?;
        if !is_kept {
            written[at] = characters[at];
        }
    }
    Ok((written != characters).then(|| written.into_iter().collect()))
}

/// Whether an entry holds a character with both its neighbours as it was typed.
fn is_held(snapshot: &Snapshot, typed: &[char], at: usize) -> Result<bool, IndexError> {
    let near: String = typed[at.saturating_sub(1)..(at + 2).min(typed.len())]
        .iter()
        .filter(|character| character.is_alphanumeric())
        .collect();
    let phrase = phrase_of(&near);
    phrase.map_or(Ok(false), |phrase| Ok(snapshot.holders(&phrase)?.1 > 0))
}

/// Whether a written character is in a word of the library, and the typed one
/// in none: not in one of asking, nor in one of the dictionary, unless no entry
/// has that and the written one is longer (公鸡 and 公积金).
fn is_word(snapshot: &Snapshot, typed: &str, written: &[char], at: usize) -> bool {
    let cutter = snapshot.cutter();
    let written: String = written.iter().collect();
    let Some(new) = word_at(&cutter.question_words(&written), at) else { return false };
    let Some(old) = word_at(&cutter.question_words(typed), at) else { return false };
    let chars = |word: &text::Token<'_>| word.end_char() - word.start_char;
    let is_meant = chars(&old) > 1
        && cutter.knows(old.text)
        && (is_in_library(snapshot, old.text) || chars(&new) <= chars(&old) || !cutter.knows(new.text));
    chars(&new) > 1 && is_in_library(snapshot, new.text) && !is_meant && !cutter.carries_no_weight(old.text)
}

/// Whether the library has a word.
fn is_in_library(snapshot: &Snapshot, word: &str) -> bool {
    [Area::BodyWords, Area::AskWords, Area::TitleWords, Area::ArticleWords]
        .iter()
        .any(|&area| snapshot.document_frequency(area, word) > 0)
}

fn word_at<'a>(words: &[text::Token<'a>], at: usize) -> Option<text::Token<'a>> {
    words.iter().find(|word| (word.start_char..word.end_char()).contains(&at)).copied()
}
