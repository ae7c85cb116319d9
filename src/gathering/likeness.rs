//! How alike two questions are: by the words and bigrams they share and by what
//! is found for them, each the weightier the fewer questions have it, and by
//! their directions where both have one. What is found is one piece among many:
//! alone it holds together what asks for an entry that is there, and fails where
//! the entry is what is missing.

use std::collections::HashMap;
use std::sync::Arc;

use crate::meaning::Vector;
use crate::memory::terms_of_question;
use crate::text::{self, Cutter, Synonyms};

/// Share of a likeness that the words make where there are directions too.
const SHARE_OF_WORDS: f32 = 0.3;
/// What more questions than this hold tells nothing, and would cost most time.
const TOO_COMMON: f32 = 0.05;
/// Fewer questions than this make nothing common.
const FEW: usize = 50;
/// Fewer telling characters than this ask nothing (喂, 那个).
const LEAST_CHARS: usize = 2;
/// Pairs from which the mean of the cosines is taken.
const SAMPLED: usize = 2_000;

/// The pieces of a question that are compared.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Vec<String>);

impl Pieces {
    /// Of a question and the id found first for it, empty where that is not known;
    /// none where it asks nothing.
    pub fn of((cutter, synonyms): (&Cutter, &Synonyms), question: &str, first_hit: &str) -> Option<Pieces> {
        let normalised = text::normalise(question);
        let terms = text::telling_terms(cutter, &normalised);
        let chars: usize = terms.words.iter().map(|word| word.chars().count()).sum();
        let says_something = !terms.is_weightless && chars >= LEAST_CHARS;
        says_something.then(|| {
            let mut pieces = terms_of_question(&terms, synonyms, &normalised);
            pieces.extend((!first_hit.is_empty()).then(|| format!("@{first_hit}")));
            Pieces(pieces)
        })
    }
}

/// A question ready to be compared: its weights, of length 1, and its direction.
#[derive(Debug, Clone, Default)]
pub struct Weighed {
    /// By number of the piece, in order.
    pub pieces: Vec<(u32, f32)>,
    pub direction: Option<Arc<Vector>>,
}

/// What pieces weigh, and what cosines of directions mean.
pub struct Scale {
    numbers: HashMap<String, u32>,
    weights: Vec<f32>,
    /// Weight of a piece that none of them holds: as of one that one does.
    unknown: f32,
    /// Mean cosine of two questions that have nothing to do with each other: a
    /// model's directions may all lie close together.
    mean_cosine: f32,
}

impl Scale {
    /// Of all questions that are compared.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Pieces>) -> Scale {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut held: Vec<u32> = Vec::new();
        let mut questions = 0_usize;
        for pieces in all {
            questions += 1;
            for piece in &pieces.0 {
                match numbers.get(piece) {
                    Some(&number) => held[number as usize] += 1,
                    None => {
                        numbers.insert(piece.clone(), held.len() as u32);
                        held.push(1);
                    }
                }
            }
        }
        let most = (questions as f32 * TOO_COMMON).max(FEW as f32);
        let weight = |&held: &u32| match held as f32 > most {
            true => 0.0,
            false => (1.0 + (questions as f32 + 1.0) / (held as f32 + 0.5)).ln(),
        };
        let weights = held.iter().map(weight).collect();
        Scale { numbers, weights, unknown: weight(&1), mean_cosine: 0.0 }
    }

    /// Learns from the questions' directions how near strangers are.
    pub fn learn_cosines(&mut self, directions: &[Arc<Vector>]) {
        let count = directions.len();
        if count < 2 {
            return;
        }
        // Partners at distances that share no factor with anything in the order.
        let pairs = (0..SAMPLED).map(|at| (at % count, (at * 7_919 + 1 + at / count) % count));
        let cosines: Vec<f32> = pairs
            .filter(|(one, other)| one != other)
            .map(|(one, other)| directions[one].cosine(&directions[other]))
            .collect();
        self.mean_cosine = cosines.iter().sum::<f32>() / cosines.len().max(1) as f32;
    }

    /// A question with its weights. What no question of those it is compared with
    /// holds makes it longer, and so less like any of them.
    pub fn weigh(&self, pieces: &Pieces, direction: Option<Arc<Vector>>) -> Weighed {
        let mut weighed: Vec<(u32, f32)> = Vec::with_capacity(pieces.0.len());
        let mut squares = 0.0;
        for piece in &pieces.0 {
            let number = self.numbers.get(piece).copied();
            let weight = number.map_or(self.unknown, |number| self.weights[number as usize]);
            squares += weight * weight;
            weighed.extend(number.filter(|_| weight > 0.0).map(|number| (number, weight)));
        }
        weighed.sort_unstable_by_key(|(number, _)| *number);
        let length = squares.sqrt();
        weighed.iter_mut().for_each(|(_, weight)| *weight /= length);
        Weighed { pieces: weighed, direction }
    }

    /// Of words alone, or of both.
    pub fn fused(&self, words: f32, cosine: Option<f32>) -> f32 {
        let Some(cosine) = cosine else { return words };
        let meaning =
            ((cosine - self.mean_cosine) / (1.0 - self.mean_cosine).max(f32::MIN_POSITIVE)).max(0.0);
        SHARE_OF_WORDS * words + (1.0 - SHARE_OF_WORDS) * meaning
    }
}
