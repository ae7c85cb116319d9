//! How far an adopted answer is trusted: by how many stand behind it, and how
//! long ago. Who adopted it for a question much like it stands behind it too.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;

use super::{likeness, terms_of_text};
use crate::library::{Adoption, Standing};
use crate::text::{Cutter, Synonyms};

/// After so many days an adoption counts half.
const HALF_LIFE_DAYS: f32 = 365.0;
/// Adopters after which an answer is fully trusted: one seat alone is not.
const ENOUGH_ADOPTERS: f32 = 2.0;
/// Adopters of a question this like another stand behind that one's answer, as
/// far as it is like.
const LEAST_LIKENESS: f32 = 0.5;

/// Whether an answer with so many adopters is not believed, where another to the
/// same question has the most: twice as many.
pub fn is_outvoted(adopters: f32, most: f32) -> bool {
    adopters * 2.0 <= most
}

/// Adoptions added up.
pub(super) struct Trust<'a> {
    /// Questions in the order in which they came.
    pub questions: Vec<&'a str>,
    /// By question and entry: 0 to 1.
    pub of: HashMap<&'a str, BTreeMap<&'a str, f32>>,
    /// By question and entry: how many said so for this very question.
    pub votes: HashMap<&'a str, BTreeMap<&'a str, f32>>,
    /// By entry: how often it was adopted, one seat counted once.
    pub usage: HashMap<&'a str, f32>,
}

/// By adopter: what their word counts for one question and entry.
type Standings<'a> = BTreeMap<&'a str, f32>;

impl<'a> Trust<'a> {
    /// Adds adoptions up as of a day.
    pub fn of(words: (&Cutter, &Synonyms), adoptions: &'a [Adoption], today: Date) -> Trust<'a> {
        let mut by_entry: HashMap<&str, BTreeMap<&str, Standings<'_>>> = HashMap::new();
        let (mut questions, mut seen) = (Vec::new(), HashSet::new());
        let (mut usage, mut seats): (HashMap<&str, f32>, _) = (HashMap::new(), HashSet::new());
        for adoption in adoptions {
            let (question, entry, by) = (&*adoption.question, &*adoption.entry_id, &*adoption.adopted_by);
            let days = adoption.adopted_on.until(today).map_or(0, |span| span.get_days()).max(0) as f32;
            let adopters = match adoption.standing {
                Standing::Curated => ENOUGH_ADOPTERS,
                Standing::Seat => 1.0,
            };
            let counts = adopters * (-days / HALF_LIFE_DAYS).exp2();
            if adoption.standing == Standing::Curated || seats.insert((by, entry)) {
                *usage.entry(entry).or_default() += counts / ENOUGH_ADOPTERS;
            }
            if seen.insert(question) {
                questions.push(question);
            }
            let of_entry = by_entry.entry(entry).or_default();
            *of_entry.entry(question).or_default().entry(by).or_default() += counts;
        }
        let mut of: HashMap<&str, BTreeMap<&str, f32>> = HashMap::new();
        let mut votes: HashMap<&str, BTreeMap<&str, f32>> = HashMap::new();
        for (entry, asked) in by_entry {
            let is_short = asked.values().any(|by| by.values().sum::<f32>() < ENOUGH_ADOPTERS);
            let terms: Vec<Vec<String>> = match is_short && asked.len() > 1 {
                true => asked.keys().map(|question| terms_of_text(words, question)).collect(),
                false => Vec::new(),
            };
            for (at, (question, by)) in asked.iter().enumerate() {
                votes.entry(question).or_default().insert(entry, by.values().sum());
                let mut standing = by.clone();
                if !terms.is_empty() {
                    stand_behind(&mut standing, (at, &terms), &asked);
                }
                let trust = (standing.values().sum::<f32>() / ENOUGH_ADOPTERS).min(1.0);
                of.entry(question).or_default().insert(entry, trust);
            }
        }
        Trust { questions, of, votes, usage }
    }
}

/// Adds who adopted the entry for questions like the one at a place.
fn stand_behind<'a>(
    standing: &mut Standings<'a>,
    (at, terms): (usize, &[Vec<String>]),
    asked: &BTreeMap<&'a str, Standings<'a>>,
) {
    if standing.values().sum::<f32>() >= ENOUGH_ADOPTERS {
        return;
    }
    for (other, by) in asked.values().enumerate().filter(|(other, _)| *other != at) {
        let alike = likeness(&terms[at], &terms[other]);
        if alike < LEAST_LIKENESS {
            continue;
        }
        for (adopter, counts) in by {
            let known = standing.entry(adopter).or_default();
            *known = known.max(counts * alike);
        }
    }
}
