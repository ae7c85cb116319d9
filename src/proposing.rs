//! Synonyms an editor may want: words that change places between questions
//! that otherwise share words and mean nearly the same. Proposed only; siblings
//! (two banks, two cities) look like synonyms to a model, so a person decides.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use crate::meaning::Vector;
use crate::text::{self, Cutter, Synonyms};

/// Nearest questions looked at for each.
const NEIGHBOURS: usize = 8;
/// Near is what stands this many deviations above the mean of a question's
/// cosines.
const LEAST_STANDING: f32 = 3.5;
/// Shorter words say too little by themselves.
const LEAST_CHARS: usize = 2;

/// A question with its direction.
#[derive(Debug, Clone)]
pub struct Asked {
    pub question: String,
    pub direction: Vector,
}

/// Two words that may mean the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// In the order of their letters.
    pub words: [String; 2],
    /// How many pairs of questions differ by them.
    pub pairs: usize,
    /// One of these pairs.
    pub example: [String; 2],
}

/// The words that stand for one another most often, those first.
pub fn propose(cutter: &Cutter, synonyms: &Synonyms, asked: &[Asked]) -> Vec<Proposal> {
    let words: Vec<HashSet<String>> = asked.iter().map(|one| words_of(cutter, &one.question)).collect();
    let found: Vec<([String; 2], usize, usize)> = (0..asked.len())
        .into_par_iter()
        .flat_map_iter(|at| {
            let near = near(asked, at).into_iter().filter(move |&other| at < other);
            let words = &words;
            near.filter_map(move |other| Some((exchanged(&words[at], &words[other])?, at, other)))
        })
        .collect();
    let mut pairs: BTreeMap<[String; 2], Vec<(usize, usize)>> = BTreeMap::new();
    for (words, at, other) in found.into_iter().filter(|(words, ..)| !are_known(synonyms, words)) {
        pairs.entry(words).or_default().push((at, other));
    }
    let mut proposals: Vec<Proposal> = pairs
        .into_iter()
        .map(|(words, pairs)| Proposal {
            words,
            pairs: pairs.len(),
            example: [pairs[0].0, pairs[0].1].map(|at| asked[at].question.clone()),
        })
        .collect();
    proposals.sort_by(|a, b| b.pairs.cmp(&a.pairs).then_with(|| a.words.cmp(&b.words)));
    proposals
}

/// The words of a question that say something.
fn words_of(cutter: &Cutter, question: &str) -> HashSet<String> {
    text::telling_terms(cutter, &text::normalise(question)).words.into_iter().collect()
}

/// The nearest questions of one, as far as they are near at all.
fn near(asked: &[Asked], at: usize) -> Vec<usize> {
    let own = &asked[at].direction;
    let cosines: Vec<f32> = asked.iter().map(|other| own.cosine(&other.direction)).collect();
    let count = cosines.len() as f32;
    let mean = cosines.iter().sum::<f32>() / count;
    let spread = (cosines.iter().map(|cosine| (cosine - mean).powi(2)).sum::<f32>() / count).sqrt();
    let is_near = |&other: &usize| other != at && cosines[other] >= mean + LEAST_STANDING * spread;
    let mut near: Vec<usize> = (0..cosines.len()).filter(is_near).collect();
    near.sort_unstable_by(|&a, &b| cosines[b].total_cmp(&cosines[a]).then(a.cmp(&b)));
    near.truncate(NEIGHBOURS);
    near
}

/// The one word of each that the other does not have, where they share others.
fn exchanged(one: &HashSet<String>, other: &HashSet<String>) -> Option<[String; 2]> {
    let only = |own: &HashSet<String>, others: &HashSet<String>| -> Option<String> {
        let mut left = own.difference(others);
        let word = left.next()?;
        left.next().is_none().then(|| word.clone())
    };
    one.intersection(other).next()?;
    let mut words = [only(one, other)?, only(other, one)?];
    words.sort();
    let says_enough = |word: &String| {
        word.chars().count() >= LEAST_CHARS && !word.chars().any(|sign| sign.is_ascii_digit())
    };
    let [first, second] = &words;
    // What holds the other is a narrower word, and found by its words already.
    let is_narrower = first.contains(second.as_str()) || second.contains(first.as_str());
    (words.iter().all(says_enough) && !is_narrower).then_some(words)
}

/// Whether a list has them as synonyms already.
fn are_known(synonyms: &Synonyms, [first, second]: &[String; 2]) -> bool {
    let leads = |from: &str, to: &String| {
        synonyms
            .expand(from)
            .iter()
            .any(|expansion| expansion.source == from && expansion.targets.contains(to))
    };
    leads(first, second) || leads(second, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Questions that point nearly the same way in pairs, and apart otherwise.
    fn asked(questions: &[(&str, usize)]) -> Vec<Asked> {
        let direction = |at: usize, nudge: f32| {
            let mut numbers = vec![0.02; 64];
            numbers[at] = 1.0;
            numbers[63] = nudge;
            Vector::of(&numbers).unwrap()
        };
        let one = |(place, (question, at)): (usize, &(&str, usize))| Asked {
            question: (*question).to_owned(),
            direction: direction(*at, place as f32 / 1000.0),
        };
        questions.iter().enumerate().map(one).collect()
    }

    #[test]
    fn a_word_that_changes_places_is_proposed_and_a_known_one_is_not() {
        let fillers: Vec<String> = (0..40).map(|at| format!("第{at}件别的事")).collect();
        let mut questions = vec![
            ("退休金什么时候发放", 0),
            ("养老金什么时候发放", 0),
            ("薪水拖欠投诉", 1),
            ("工资拖欠投诉", 1),
        ];
        questions.extend(fillers.iter().enumerate().map(|(at, question)| (question.as_str(), 2 + at)));
        let (synonyms, _) = Synonyms::parse("薪水, 工资");
        let proposals = propose(&Cutter::new(), &synonyms, &asked(&questions));
        let words: Vec<&[String; 2]> = proposals.iter().map(|proposal| &proposal.words).collect();
        assert_eq!(words, [&["养老金".to_owned(), "退休金".to_owned()]], "{proposals:?}");
    }
}
