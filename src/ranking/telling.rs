//! How much the terms of questions tell about their answers: laypeople's words
//! for the scene (朋友, 老板) are rare in laws and would weigh most by idf, yet
//! the right article seldom holds them, while an official's reply to a letter
//! does. So a term has a factor for each field, and says which field it is
//! mostly asked in. Learned from answered questions.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{FIELD_COUNT, Field};
use crate::text::QuestionTerms;

/// What is known of one term.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f32, f32, f32)", into = "(f32, f32, f32)")]
pub struct Tells {
    /// Factor on the term's weight, by [`Field`].
    pub factors: [f32; FIELD_COUNT],
    /// ln(how often the field of laws uses it ÷ how often the other does).
    pub law_odds: f32,
}

impl Tells {
    /// Of a term nothing is known of.
    pub const NOTHING: Tells = Tells { factors: [1.0; FIELD_COUNT], law_odds: 0.0 };

    /// In hundredths, as a file keeps it.
    fn rounded(self) -> Tells {
        let rounded = |value: f32| (f64::from(value) * 100.0).round() as f32 / 100.0;
        Tells { factors: self.factors.map(rounded), law_odds: rounded(self.law_odds) }
    }

    fn says_something(self) -> bool {
        self.factors.iter().any(|factor| (factor - 1.0).abs() > 0.05) || self.law_odds.abs() > 0.3
    }
}

impl From<(f32, f32, f32)> for Tells {
    fn from((law, service, law_odds): (f32, f32, f32)) -> Tells {
        Tells { factors: [law, service], law_odds }
    }
}

impl From<Tells> for (f32, f32, f32) {
    fn from(tells: Tells) -> (f32, f32, f32) {
        let [law, service] = tells.factors;
        (law, service, tells.law_odds)
    }
}

/// What is known of all terms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Telling {
    terms: HashMap<String, Tells>,
    /// ln(questions in the field of laws ÷ others).
    law_odds: f32,
}

/// Name under which a file keeps the odds of all questions.
const ALL_QUESTIONS: &str = "";
/// However many words say so, the field is never quite sure.
const MOST_ODDS: f32 = 4.0;

impl Telling {
    /// From what is known of terms, and the odds of all questions.
    pub fn new(terms: HashMap<String, Tells>, law_odds: f32) -> Telling {
        Telling { terms, law_odds }
    }

    /// Whether nothing is known of any term.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// ln(questions in the field of laws ÷ others), of all questions.
    pub fn law_odds(&self) -> f32 {
        self.law_odds
    }

    /// What is known of a term.
    pub fn of_term(&self, term: &str) -> Tells {
        self.terms.get(term).copied().unwrap_or(Tells::NOTHING)
    }

    /// The same with what was learned since of terms, and of all questions.
    pub fn with(&self, terms: HashMap<String, Tells>, law_odds: f32) -> Telling {
        let mut all = self.terms.clone();
        all.extend(terms);
        Telling { terms: all, law_odds }
    }

    pub(super) fn to_file(&self) -> BTreeMap<String, Tells> {
        let rounded = self.terms.iter().map(|(term, tells)| (term.clone(), tells.rounded()));
        let mut file: BTreeMap<String, Tells> = rounded.filter(|(_, tells)| tells.says_something()).collect();
        file.insert(ALL_QUESTIONS.to_owned(), Tells { law_odds: self.law_odds, ..Tells::NOTHING }.rounded());
        file
    }

    pub(super) fn of_file(file: &BTreeMap<String, Tells>) -> Telling {
        let law_odds = file.get(ALL_QUESTIONS).map_or(0.0, |tells| tells.law_odds);
        let terms = file.iter().filter(|(term, _)| *term != ALL_QUESTIONS);
        Telling { terms: terms.map(|(term, tells)| (term.clone(), *tells)).collect(), law_odds }
    }

    /// What the terms of one question tell.
    pub fn of_question(&self, terms: &QuestionTerms) -> QuestionTelling<'_> {
        let known = |term: &String| self.terms.get(term).map_or(0.0, |tells| tells.law_odds);
        let odds = self.law_odds + terms.words.iter().map(known).sum::<f32>();
        let law = 1.0 / (1.0 + (-odds.clamp(-MOST_ODDS, MOST_ODDS)).exp());
        QuestionTelling { telling: self, law }
    }
}

/// What the terms of one question tell.
#[derive(Debug, Clone, Copy)]
pub struct QuestionTelling<'t> {
    telling: &'t Telling,
    /// Probability that the question is answered by an article of a law.
    pub law: f32,
}

impl QuestionTelling<'_> {
    /// Factor on a term's weight.
    pub fn of(&self, term: &str) -> f32 {
        let Some(tells) = self.telling.terms.get(term) else { return 1.0 };
        self.law * tells.factors[Field::Law as usize]
            + (1.0 - self.law) * tells.factors[Field::Service as usize]
    }
}
