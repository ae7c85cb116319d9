//! Whom to believe: of what agents chose, that which more than one of them says.
//! One seat alone, careless or hostile, however often, teaches nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use serde::Serialize;

use crate::journal::Chosen;
use crate::library::{Adoption, Forgotten, Standing, bare};
use crate::memory::{is_outvoted, likeness, terms_of_text};
use crate::text::{Cutter, Synonyms};

/// More answers in a day than anybody gives on the telephone: a seat takes some
/// hundred calls. A day like that says nothing.
const MOST_A_DAY: usize = 400;
/// Adopters that have to stand behind an answer.
const ENOUGH_ADOPTERS: usize = 2;
/// Adopters of a question this like the one at hand stand behind its answer too.
const LEAST_LIKENESS: f32 = 0.5;
/// Questions of one matter share some of their terms; two that do not are two
/// matters of one call.
const SAME_MATTER: f32 = 0.15;

/// Who is one adopter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adopters {
    /// Each key: the only name that is proven.
    #[default]
    Keys,
    /// Each seat of a key, as the desk names it: where seats share a key.
    Seats,
}

/// What was learned, and what was not.
#[derive(Debug, Default)]
pub struct Believed {
    /// One a question, entry and adopter; [`Standing::Seat`] each.
    pub adoptions: Vec<Adoption>,
    pub left_out: LeftOut,
}

/// Answers that were not believed, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Of days on which somebody answered more than anybody can.
    pub implausible: usize,
    /// Only one adopter stands behind them.
    pub alone: usize,
    /// Twice as many chose another entry for the same question.
    pub outvoted: usize,
    /// Taken out of the memory by hand.
    pub forgotten: usize,
}

/// One choice, with what it is compared by.
struct Vote<'c> {
    chosen: &'c Chosen,
    /// Without what two people write differently.
    bare: String,
    adopter: String,
}

/// A question that an entry was chosen for: its bare text, its terms, who chose.
type Asked<'v> = (&'v str, Vec<String>, &'v HashSet<&'v str>);

/// Which choices are believed; what was forgotten is not.
pub fn believed(
    words: (&Cutter, &Synonyms),
    chosen: &[Chosen],
    adopters: Adopters,
    forgotten: &Forgotten,
) -> Believed {
    let terms_of = |question: &str| terms_of_text(words, question);
    let is_one_matter = |one: &&Chosen| {
        let next = one.asked_next.as_deref();
        next.is_none_or(|next| likeness(&terms_of(&one.question), &terms_of(next)) >= SAME_MATTER)
    };
    let vote = |chosen| Vote { chosen, bare: bare(&chosen.question), adopter: adopters.of(chosen) };
    let mut votes: Vec<Vote<'_>> = chosen.iter().filter(is_one_matter).map(vote).collect();
    let mut left_out = LeftOut::default();
    let answers_of = |votes: &[Vote<'_>]| -> HashSet<(String, String)> {
        votes.iter().map(|vote| (vote.bare.clone(), vote.chosen.entry_id.clone())).collect()
    };

    let all = answers_of(&votes).len();
    votes.retain(|vote| !forgotten.has(&vote.chosen.question, &vote.chosen.entry_id, &vote.adopter));
    let kept = answers_of(&votes).len();
    drop_implausible(&mut votes);
    left_out.forgotten = all - kept;
    left_out.implausible = kept - answers_of(&votes).len();

    let mut behind: BTreeMap<&str, BTreeMap<&str, HashSet<&str>>> = BTreeMap::new();
    for vote in &votes {
        let of_question = behind.entry(&vote.bare).or_default();
        of_question.entry(&vote.chosen.entry_id).or_default().insert(&vote.adopter);
    }
    let mut of_entry: BTreeMap<&str, Vec<Asked<'_>>> = BTreeMap::new();
    for (bare, entries) in &behind {
        let most = entries.values().map(HashSet::len).max().unwrap_or(0);
        for (entry, adopters) in entries {
            if is_outvoted(adopters.len() as f32, most as f32) {
                left_out.outvoted += 1;
            } else {
                of_entry.entry(entry).or_default().push((bare, terms_of(bare), adopters));
            }
        }
    }
    let mut kept: HashSet<(&str, &str)> = HashSet::new();
    for (entry, questions) in &of_entry {
        for (bare, terms, adopters) in questions {
            let mut standing: HashSet<&str> = (*adopters).clone();
            for (_, others, also) in questions {
                if standing.len() < ENOUGH_ADOPTERS && likeness(terms, others) >= LEAST_LIKENESS {
                    standing.extend(also.iter());
                }
            }
            if standing.len() >= ENOUGH_ADOPTERS {
                kept.insert((bare, entry));
            } else {
                left_out.alone += 1;
            }
        }
    }
    let mut adoptions: BTreeMap<(&str, &str, &str), (&str, Date)> = BTreeMap::new();
    for vote in votes.iter().filter(|vote| kept.contains(&(&*vote.bare, &*vote.chosen.entry_id))) {
        let key = (&*vote.bare, &*vote.chosen.entry_id, &*vote.adopter);
        let (_, day) = adoptions.entry(key).or_insert((&vote.chosen.question, vote.chosen.day));
        *day = (*day).max(vote.chosen.day);
    }
    let adoption =
        |((_, entry_id, adopter), (question, adopted_on)): ((&str, &str, &str), (&str, Date))| Adoption {
            question: question.to_owned(),
            entry_id: entry_id.to_owned(),
            adopted_by: adopter.to_owned(),
            adopted_on,
            standing: Standing::Seat,
        };
    Believed { adoptions: adoptions.into_iter().map(adoption).collect(), left_out }
}

impl Adopters {
    fn of(self, chosen: &Chosen) -> String {
        match self {
            Adopters::Seats if !chosen.seat.is_empty() => format!("{} {}", chosen.key_id, chosen.seat),
            _ => chosen.key_id.clone(),
        }
    }
}

/// Takes out the days on which one adopter gave more different answers than a
/// person can.
fn drop_implausible(votes: &mut Vec<Vote<'_>>) {
    let mut answers: HashMap<(String, Date), HashSet<(String, String)>> = HashMap::new();
    for vote in &*votes {
        let of_day = answers.entry((vote.adopter.clone(), vote.chosen.day)).or_default();
        of_day.insert((vote.bare.clone(), vote.chosen.entry_id.clone()));
    }
    votes.retain(|vote| answers[&(vote.adopter.clone(), vote.chosen.day)].len() <= MOST_A_DAY);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(question: &str, entry: &str, seat: &str) -> Chosen {
        Chosen {
            question: question.to_owned(),
            asked_next: None,
            entry_id: entry.to_owned(),
            key_id: "desk".to_owned(),
            seat: seat.to_owned(),
            call: String::new(),
            day: jiff::civil::date(2026, 11, 26),
        }
    }

    fn learned(chosen: &[Chosen], adopters: Adopters) -> (Vec<(String, String)>, LeftOut) {
        let (synonyms, _) = Synonyms::parse("");
        let believed = believed((&Cutter::new(), &synonyms), chosen, adopters, &Forgotten::default());
        let mut answers: Vec<_> =
            believed.adoptions.into_iter().map(|one| (one.question, one.entry_id)).collect();
        answers.dedup();
        (answers, believed.left_out)
    }

    #[test]
    fn two_seats_teach_and_one_does_not_however_often() {
        let question = "老板不发工资找谁";
        let often: Vec<Chosen> = (0..50).map(|_| chosen(question, "wages", "A1")).collect();
        assert_eq!(learned(&often, Adopters::Seats), (vec![], LeftOut { alone: 1, ..LeftOut::default() }));
        let both = [often, vec![chosen(question, "wages", "A2")]].concat();
        assert_eq!(learned(&both, Adopters::Seats).0, [(question.to_owned(), "wages".to_owned())]);
        // The seats are the desk's word; a key is not.
        assert_eq!(learned(&both, Adopters::Keys).0, []);
    }

    #[test]
    fn two_seats_teach_that_asked_the_same_in_other_words() {
        let both =
            [chosen("老板不发工资找谁", "wages", "A1"), chosen("老板一直不发工资找谁投诉", "wages", "A2")];
        assert_eq!(learned(&both, Adopters::Seats).0.len(), 2);
        let apart = [chosen("老板不发工资找谁", "wages", "A1"), chosen("身份证丢了", "wages", "A2")];
        assert_eq!(learned(&apart, Adopters::Seats).0, []);
    }

    #[test]
    fn what_most_chose_outvotes_and_an_impossible_day_counts_nothing() {
        let vote = |entry, seat| chosen("怎么落户", entry, seat);
        let votes = [
            vote("a", "A1"),
            vote("a", "A2"),
            vote("a", "A3"),
            vote("a", "A4"),
            vote("b", "A5"),
            vote("b", "A6"),
        ];
        let (answers, left_out) = learned(&votes, Adopters::Seats);
        assert_eq!(answers, [("怎么落户".to_owned(), "a".to_owned())]);
        assert_eq!(left_out.outvoted, 1);
        let mut flood: Vec<Chosen> = (0..10_000).map(|at| chosen(&format!("问题{at}"), "x", "A9")).collect();
        flood.push(chosen("问题1", "x", "A1"));
        let (answers, left_out) = learned(&flood, Adopters::Seats);
        assert_eq!(answers, []);
        assert_eq!((left_out.implausible, left_out.alone), (9_999, 1));
    }

    #[test]
    fn a_question_put_in_other_words_is_answered_by_them_and_another_matter_is_not() {
        let next = |question: &str, seat| Chosen {
            asked_next: Some("拖欠工资投诉".to_owned()),
            ..chosen(question, "wages", seat)
        };
        let votes = [
            next("工资拖欠半年", "A1"),
            next("工资拖欠半年", "A2"),
            next("身份证丢了", "A1"),
            next("身份证丢了", "A2"),
        ];
        assert_eq!(learned(&votes, Adopters::Seats).0, [("工资拖欠半年".to_owned(), "wages".to_owned())]);
    }
}
