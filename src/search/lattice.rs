//! Writes letters and doubtful characters as the library would: the likeliest
//! characters for what was typed or heard, by how often the library has each
//! two of them side by side.

use crate::index::Sounds;
use crate::text::{self, LONGEST_SYLLABLE, Syllable};

/// Ways of writing that are kept at each place, and of those with the same last
/// character.
const BEAM: usize = 48;
const INITIALS_BEAM: usize = 160;
const SAME_END: usize = 4;
/// Characters tried for a syllable, and for a first letter alone.
const PER_SYLLABLE: usize = 60;
const PER_INITIAL: usize = 150;
/// What a first letter in place of a syllable costs where whole syllables are
/// possible too: as a logarithm of likelihood.
const INITIAL_COST: f32 = 3.0;
/// What a reading that is not a character's most usual one costs: many of the
/// others are read in old texts only (水平 as shuibian).
const READING_COST: f32 = 3.0;

/// A piece of a question in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unit {
    /// A character as it stands.
    Character(char),
    /// A character that may be another of the same sound.
    Doubtful(char),
    /// A letter of pinyin; `begins`: no syllable goes on over its start.
    Letter { letter: char, begins: bool, spelling: Spelling },
    /// What cuts the text: a sign, a number, a word in letters.
    Break,
}

/// How letters may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    Syllables,
    /// Also by first letters alone (sbk).
    Initials,
}

/// A way of writing, with its likelihood as a logarithm.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    /// Each with the unit it begins at.
    pub characters: Vec<(usize, char)>,
    pub likelihood: f32,
}

/// One step of a way: the way before it and the character added.
#[derive(Clone, Copy)]
struct Step {
    before: Option<usize>,
    unit: usize,
    character: Option<char>,
    likelihood: f32,
}

/// The likeliest ways of writing, the best first. Breaks leave no character.
pub(super) fn write(sounds: &Sounds, units: &[Unit], change_cost: f32) -> Vec<Written> {
    let is_initial = |unit: &Unit| matches!(unit, Unit::Letter { spelling: Spelling::Initials, .. });
    let beam = if units.iter().any(is_initial) { INITIALS_BEAM } else { BEAM };
    let mut steps = vec![Step { before: None, unit: 0, character: None, likelihood: 0.0 }];
    let mut ending: Vec<Vec<usize>> = vec![Vec::new(); units.len() + 1];
    ending[0].push(0);
    for at in 0..units.len() {
        let ways = best(&steps, std::mem::take(&mut ending[at]), beam);
        if ways.is_empty() {
            continue;
        }
        for (past, added) in choices(sounds, units, at, change_cost) {
            for (character, cost) in added {
                let mut known: Option<(Option<char>, f32)> = None;
                for &way in &ways {
                    let Step { character: last, likelihood, .. } = steps[way];
                    let follows = match (known, character) {
                        (Some((same, follows)), _) if same == last => follows,
                        (_, Some(new)) => sounds.likelihood(last, new),
                        (_, None) => 0.0,
                    };
                    known = Some((last, follows));
                    ending[past].push(steps.len());
                    steps.push(Step {
                        before: Some(way),
                        unit: at,
                        character,
                        likelihood: likelihood + follows - cost,
                    });
                }
            }
        }
    }
    let ways = best(&steps, std::mem::take(&mut ending[units.len()]), beam);
    let mut written: Vec<Written> = ways.into_iter().map(|way| written(&steps, way)).collect();
    written.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood));
    written
}

/// The best ways, those with the same last character side by side.
fn best(steps: &[Step], mut ways: Vec<usize>, beam: usize) -> Vec<usize> {
    ways.sort_by(|&a, &b| steps[b].likelihood.total_cmp(&steps[a].likelihood));
    let mut kept: Vec<usize> = Vec::with_capacity(beam);
    for way in ways {
        let same = |other: &&usize| steps[**other].character == steps[way].character;
        if kept.iter().filter(same).count() < SAME_END {
            kept.push(way);
        }
        if kept.len() == beam {
            break;
        }
    }
    kept.sort_by_key(|&way| steps[way].character);
    kept
}

fn written(steps: &[Step], way: usize) -> Written {
    let mut characters = Vec::new();
    let mut at = Some(way);
    while let Some(step) = at.map(|at| steps[at]) {
        characters.extend(step.character.map(|character| (step.unit, character)));
        at = step.before;
    }
    characters.reverse();
    Written { characters, likelihood: steps[way].likelihood }
}

/// A character that may stand next (none at a break), and what it costs.
type Choice = (Option<char>, f32);

/// What may stand at a place: where each choice ends, and the characters.
fn choices(sounds: &Sounds, units: &[Unit], at: usize, change_cost: f32) -> Vec<(usize, Vec<Choice>)> {
    match units[at] {
        Unit::Break => vec![(at + 1, vec![(None, 0.0)])],
        Unit::Character(character) => vec![(at + 1, vec![(Some(character), 0.0)])],
        Unit::Doubtful(character) => {
            let same = text::readings(character).iter();
            let others = same.flat_map(|&syllable| {
                let own = reading_cost(character, syllable) + change_cost;
                let others = sounds.characters(syllable).take(PER_SYLLABLE);
                others.map(move |other| (other, own + reading_cost(other, syllable)))
            });
            let others = others.filter(|&(other, _)| other != character);
            let mut all: Vec<Choice> = others.map(|(other, cost)| (Some(other), cost)).collect();
            all.push((Some(character), 0.0));
            vec![(at + 1, all)]
        }
        Unit::Letter { spelling, .. } => spelt(sounds, units, at, spelling),
    }
}

fn reading_cost(character: char, syllable: Syllable) -> f32 {
    if text::readings(character).first() == Some(&syllable) { 0.0 } else { READING_COST }
}

fn spelt(sounds: &Sounds, units: &[Unit], at: usize, spelling: Spelling) -> Vec<(usize, Vec<Choice>)> {
    let mut found = Vec::new();
    let letters = letters_from(units, at);
    for length in 1..=letters.len() {
        if let Some(syllable) = Syllable::of(&letters[..length]) {
            let characters = sounds.characters(syllable).take(PER_SYLLABLE);
            found.push((
                at + length,
                characters.map(|character| (Some(character), reading_cost(character, syllable))).collect(),
            ));
        }
    }
    if spelling == Spelling::Initials {
        let lengths = if letters.get(1..2) == Some("h") { 1..=2 } else { 1..=1 };
        for length in lengths.filter(|&length| length <= letters.len()) {
            let initial = &letters[..length];
            let characters = sounds.with_initial(initial, PER_INITIAL);
            let cost = |character: char| match text::readings(character).first() {
                Some(usual) if usual.letters().starts_with(initial) => INITIAL_COST,
                _ => INITIAL_COST + READING_COST,
            };
            let choices = characters.into_iter().map(|character| (Some(character), cost(character)));
            found.push((at + length, choices.collect()));
        }
    }
    found
}

/// The letters from a place on that one syllable could take.
fn letters_from(units: &[Unit], at: usize) -> String {
    let mut letters = String::new();
    for (step, unit) in units[at..].iter().take(LONGEST_SYLLABLE).enumerate() {
        match unit {
            Unit::Letter { begins: true, .. } if step > 0 => break,
            Unit::Letter { letter, .. } => letters.push(*letter),
            _ => break,
        }
    }
    letters
}

/// Fewest syllables that letters can be read as; `None` where they cannot.
pub(super) fn fewest_syllables(letters: &str) -> Option<usize> {
    let mut fewest: Vec<Option<usize>> = vec![None; letters.len() + 1];
    fewest[0] = Some(0);
    for at in 0..letters.len() {
        let Some(so_far) = fewest[at] else { continue };
        for past in at + 1..=letters.len().min(at + LONGEST_SYLLABLE) {
            if Syllable::of(&letters[at..past]).is_some() {
                fewest[past] = Some(fewest[past].map_or(so_far + 1, |other| other.min(so_far + 1)));
            }
        }
    }
    fewest[letters.len()]
}

/// Keys of all syllables side by side that letters can be read as.
pub(super) fn spelt_pairs(letters: &str) -> Vec<String> {
    let syllables = |at: usize| {
        (at + 1..=letters.len().min(at + LONGEST_SYLLABLE))
            .filter_map(move |past| Some((past, Syllable::of(&letters[at..past])?)))
    };
    let mut reached = vec![false; letters.len() + 1];
    reached[0] = true;
    let mut pairs = Vec::new();
    for at in 0..letters.len() {
        if !reached[at] {
            continue;
        }
        for (past, first) in syllables(at) {
            reached[past] = true;
            pairs.extend(syllables(past).map(|(_, second)| text::sound_pair(first, second)));
        }
        // Letters that are none leave a gap, and the reading goes on behind it.
        if !reached[at + 1..].contains(&true) {
            reached[at + 1] = true;
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_in_all_ways() {
        assert_eq!(fewest_syllables("shebaoka"), Some(3));
        assert_eq!(fewest_syllables("xian"), Some(1));
        assert_eq!(fewest_syllables("sbk"), None);
        let pairs = spelt_pairs("xianshi");
        assert!(pairs.contains(&"xian shi".to_owned()) && pairs.contains(&"an shi".to_owned()));
    }
}
