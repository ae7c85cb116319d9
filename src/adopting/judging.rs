//! Whether what is believed may be remembered: questions held back are still
//! found by it, and no golden question suffers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;
use serde::Serialize;

use super::trust::{Believed, LeftOut};
use crate::index::{IndexError, Snapshot};
use crate::library::Adoption;
use crate::meaning::Directions;
use crate::memory::{QuestionMemory, likeness, terms_of_text};
use crate::replay::{Expectation, Golden, Limits, Origin, Replay, Seen, Side};

/// Parts of the held-out check.
const FOLDS: usize = 5;
/// Questions held back at most, spread over all: more says no more.
const MOST_HELD_BACK: usize = 400;
/// Share of the questions held back that may fall out of the first three. What
/// agents chose they mostly found there: of such questions any change of the
/// ranking can only lose, and what others gain by it is not among them.
const MAY_MISS: f64 = 0.02;
/// Beyond that, what chance does to few questions: so many standard deviations
/// of how many more were lost than gained, which is √(lost + gained) where either
/// is as likely (McNemar). A whole one let through what did harm night after night.
const CHANCE: f64 = 0.5;
/// Times that answers which hurt a golden question are taken out.
const ROUNDS: usize = 8;

/// Answers to questions this like a golden one are taken out where it is lost.
const MUCH_LIKE_GOLDEN: f32 = 0.5;
/// Where the golden questions are found worse on the whole, those to questions this
/// like them; where that does not help, to less like ones, and the other articles
/// of a document whose article took the right one's place.
const LIKE_GOLDEN: f32 = 0.2;

/// What a pass decided.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// What may go into the memory; empty where nothing may.
    pub adoptions: Vec<Adoption>,
    pub report: Report,
}

/// What a pass found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Report {
    /// Answers (a question with an entry) that were believed.
    pub believed: usize,
    /// Of them new to the memory.
    pub new: usize,
    pub left_out: LeftOut,
    /// Questions held back, and the share of them that find what agents chose among
    /// the first three, without and with the others remembered.
    pub held_back: usize,
    pub hit3_before: f64,
    pub hit3_after: f64,
    /// Golden questions asked.
    pub golden: usize,
    /// Answers taken out because a golden question suffered by them.
    pub hurtful: usize,
    pub verdict: Verdict,
}

/// What becomes of what was believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It goes into the memory.
    Learned,
    /// There is nothing new.
    #[default]
    NothingNew,
    /// Too many questions held back are found no more by it.
    Misses,
    /// More golden questions suffer than the gate allows, whatever is taken out.
    HurtsGolden,
}

/// What is believed is judged beside this.
pub struct Pass<'p> {
    /// As it is served now.
    pub snapshot: &'p Snapshot,
    /// What is remembered now.
    pub known: &'p [Adoption],
    pub golden: &'p [Golden],
    /// Where the questions point that are believed, remembered or golden; with
    /// none everything is asked by words alone.
    pub directions: &'p Directions,
    pub today: Date,
    /// Ends it with [`IndexError::Cancelled`] once set.
    pub stop: &'p AtomicBool,
}

/// Whether something was chosen that is not remembered yet.
pub(super) fn has_news(known: &[Adoption], believed: &Believed) -> bool {
    let known: HashSet<(&str, &str, &str)> = known.iter().map(row).collect();
    believed.adoptions.iter().any(|adoption| !known.contains(&row(adoption)))
}

impl Pass<'_> {
    /// Judges what is believed.
    pub fn judge(&self, believed: Believed) -> Result<Judged, IndexError> {
        let mut report = Report { left_out: believed.left_out, ..Report::default() };
        report.believed = answers(&believed.adoptions).len();
        let known: HashSet<(&str, &str)> = answers(self.known);
        report.new = answers(&believed.adoptions).difference(&known).count();
        if !has_news(self.known, &believed) {
            return Ok(Judged { adoptions: Vec::new(), report });
        }
        let before = self.snapshot_with(&[])?;
        let held_back = self.hold_back(&before, &believed.adoptions)?;
        report.held_back = held_back.questions;
        (report.hit3_before, report.hit3_after) =
            (held_back.share(held_back.before), held_back.share(held_back.after));
        if held_back.misses_too_many() {
            report.verdict = Verdict::Misses;
            return Ok(Judged { adoptions: Vec::new(), report });
        }
        report.golden = self.golden.len();
        // What is remembered already stays; only its day moves.
        let known: HashSet<(&str, &str, &str)> = self.known.iter().map(row).collect();
        let (again, mut learned): (Vec<Adoption>, Vec<Adoption>) =
            believed.adoptions.into_iter().partition(|adoption| known.contains(&row(adoption)));
        let taken_out = self.keep_from_golden(&before, &mut learned)?;
        report.hurtful = taken_out.unwrap_or(0);
        if taken_out.is_none() {
            report.verdict = Verdict::HurtsGolden;
            return Ok(Judged { adoptions: Vec::new(), report });
        }
        let adoptions: Vec<Adoption> = again.into_iter().chain(learned).collect();
        report.verdict = if adoptions.is_empty() { Verdict::NothingNew } else { Verdict::Learned };
        Ok(Judged { adoptions, report })
    }

    /// The document an article is of.
    fn document_of(&self, id: &str) -> Result<Option<u32>, IndexError> {
        let place = self.snapshot.place_of(id)?;
        Ok(place.and_then(|place| self.snapshot.facts(place).document()))
    }

    fn terms(&self, question: &str) -> Vec<String> {
        terms_of_text((self.snapshot.cutter(), self.snapshot.synonyms()), question)
    }

    /// The state with further adoptions remembered.
    fn snapshot_with(&self, further: &[Adoption]) -> Result<Snapshot, IndexError> {
        // The same row again only moves its day.
        let again: HashSet<(&str, &str, &str)> = further.iter().map(row).collect();
        let known = self.known.iter().filter(|adoption| !again.contains(&row(adoption)));
        let all: Vec<Adoption> = known.chain(further).cloned().collect();
        let words = (self.snapshot.cutter(), self.snapshot.synonyms());
        let memory = QuestionMemory::of_adoptions(words, &all, self.directions, self.today);
        self.snapshot.clone().with_memory(Arc::new(memory))
    }

    fn replayed(&self, questions: &[Golden], snapshot: &Snapshot) -> Result<Vec<Seen>, IndexError> {
        let replay = Replay { today: self.today, stop: self.stop, progress: &|_| {} };
        replay.run(questions, Side { oracle: Some(self.directions), ..Side::of(snapshot) })
    }

    /// How the chosen entries are found by questions that are not themselves
    /// remembered, without and with the others.
    fn hold_back(&self, before: &Snapshot, learned: &[Adoption]) -> Result<HeldBack, IndexError> {
        let known: HashSet<&str> = self.known.iter().map(|adoption| &*adoption.question).collect();
        let mut entries: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for adoption in learned.iter().filter(|adoption| !known.contains(&*adoption.question)) {
            entries.entry(&adoption.question).or_default().push(adoption.entry_id.clone());
        }
        let every = entries.len().div_ceil(MOST_HELD_BACK).max(1);
        let questions: Vec<Golden> = entries
            .into_iter()
            .step_by(every)
            .map(|(question, entries)| Golden {
                question: question.to_owned(),
                entries,
                expectation: Expectation::AmongThree,
                origin: Origin::Answered,
            })
            .collect();
        let mut held_back = HeldBack { questions: questions.len(), ..HeldBack::default() };
        for fold in 0..FOLDS {
            let held: Vec<Golden> = questions.iter().skip(fold).step_by(FOLDS).cloned().collect();
            let texts: HashSet<&str> = held.iter().map(|golden| &*golden.question).collect();
            let others = learned.iter().filter(|adoption| !texts.contains(&*adoption.question));
            let after = self.snapshot_with(&others.cloned().collect::<Vec<_>>())?;
            let (was, now) = (self.replayed(&held, before)?, self.replayed(&held, &after)?);
            for (golden, (was, now)) in held.iter().zip(was.iter().zip(&now)) {
                let is_met = [was, now].map(|seen| golden.expectation.is_met(seen.right));
                held_back.before += usize::from(is_met[0]);
                held_back.after += usize::from(is_met[1]);
                held_back.changed += usize::from(is_met[0] != is_met[1]);
            }
        }
        Ok(held_back)
    }

    /// Takes out what golden questions are lost by. Answers to questions much like
    /// them go in any case; what is less like goes where the golden questions are
    /// found worse on the whole. Returns how many answers went; none where they are
    /// found worse whatever is taken out.
    fn keep_from_golden(
        &self,
        before: &Snapshot,
        learned: &mut Vec<Adoption>,
    ) -> Result<Option<usize>, IndexError> {
        let was: Vec<Seen> = self.replayed(self.golden, before)?;
        let first = answers(learned).len();
        let (mut terms, mut documents) = (HashMap::new(), HashMap::new());
        for Adoption { question, entry_id, .. } in learned.iter() {
            terms.entry(question.clone()).or_insert_with(|| self.terms(question));
            if let Some(document) = self.document_of(entry_id)? {
                documents.insert(entry_id.clone(), document);
            }
        }
        let (mut is_worse, mut like, mut is_far) = (false, LIKE_GOLDEN, false);
        for _ in 0..ROUNDS {
            let now = self.replayed(self.golden, &self.snapshot_with(learned)?)?;
            let balance = Balance::of(self.golden, &was, &now);
            is_worse = balance.is_worse();
            let lost: Vec<(Vec<String>, Option<&str>)> = balance
                .lost
                .iter()
                .map(|&at| (self.terms(&self.golden[at].question), now[at].first.as_deref()))
                .collect();
            let is_like = |adoption: &Adoption, like: f32| {
                lost.iter().any(|(golden, _)| likeness(golden, &terms[&adoption.question]) >= like)
            };
            let count = learned.len();
            learned.retain(|adoption| !is_like(adoption, MUCH_LIKE_GOLDEN));
            if learned.len() < count {
                continue;
            }
            if !is_worse {
                break;
            }
            let firsts: HashSet<&str> = lost.iter().filter_map(|(_, first)| *first).collect();
            let mut instead = HashSet::new();
            if is_far {
                for first in &firsts {
                    instead.extend(self.document_of(first)?);
                }
            }
            let is_of_document = |id: &String| documents.get(id).is_some_and(|of| instead.contains(of));
            learned.retain(|adoption| {
                let id = &adoption.entry_id;
                !firsts.contains(&**id) && !is_of_document(id) && !is_like(adoption, like)
            });
            if learned.len() == count {
                // The cause is further away: a document that is used more, a
                // question less like the golden one.
                is_far = true;
                like /= 2.0;
            }
        }
        Ok((!is_worse).then(|| first - answers(learned).len()))
    }
}

/// Golden questions before and after.
struct Balance {
    /// Places of those that were met and are not any more.
    lost: Vec<usize>,
    /// How many are met now that were not.
    gained: usize,
    /// Whether an editor's case is among the lost.
    is_case_lost: bool,
    asked: usize,
}

impl Balance {
    fn of(golden: &[Golden], was: &[Seen], now: &[Seen]) -> Balance {
        let mut balance = Balance { lost: Vec::new(), gained: 0, is_case_lost: false, asked: golden.len() };
        for (at, (golden, (was, now))) in golden.iter().zip(was.iter().zip(now)).enumerate() {
            match [was, now].map(|seen| golden.expectation.is_met(seen.right)) {
                [true, false] => {
                    balance.lost.push(at);
                    balance.is_case_lost |= golden.origin == Origin::Case;
                }
                [false, true] => balance.gained += 1,
                _ => {}
            }
        }
        balance
    }

    /// Whether what is lost outweighs what is gained by more than the gate lets a
    /// generation lose. What an editor wrote down as a case outweighs everything.
    fn is_worse(&self) -> bool {
        let may_be_lost = Limits::default().max_loss * self.asked as f64;
        self.is_case_lost || self.lost.len() as f64 > self.gained as f64 + may_be_lost
    }
}

/// Questions held back, and how many find what was chosen among three.
#[derive(Debug, Clone, Copy, Default)]
struct HeldBack {
    questions: usize,
    before: usize,
    after: usize,
    /// Found before or after, not both.
    changed: usize,
}

impl HeldBack {
    fn share(self, found: usize) -> f64 {
        found as f64 / self.questions.max(1) as f64
    }

    fn misses_too_many(self) -> bool {
        let lost = self.before as f64 - self.after as f64;
        lost > MAY_MISS * self.questions as f64 + CHANCE * (self.changed as f64).sqrt()
    }
}

fn row(adoption: &Adoption) -> (&str, &str, &str) {
    (&adoption.question, &adoption.entry_id, &adoption.adopted_by)
}

fn answers(adoptions: &[Adoption]) -> HashSet<(&str, &str)> {
    adoptions.iter().map(|adoption| (&*adoption.question, &*adoption.entry_id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden questions of which some are lost and some are found anew.
    fn balance(origin: Origin, asked: usize, lost: usize, gained: usize) -> Balance {
        let golden = Golden {
            question: "怎么落户".to_owned(),
            entries: vec!["a".to_owned()],
            expectation: Expectation::AmongThree,
            origin,
        };
        let seen = |is_met: bool| Seen { right: is_met.then_some(2), ..Seen::default() };
        let was: Vec<Seen> = (0..asked).map(|at| seen(at < lost)).collect();
        let now: Vec<Seen> = (0..asked).map(|at| seen((lost..lost + gained).contains(&at))).collect();
        Balance::of(&vec![golden; asked], &was, &now)
    }

    #[test]
    fn golden_questions_may_be_lost_where_as_many_are_gained_but_no_case() {
        let is_worse = |origin, asked, lost, gained| balance(origin, asked, lost, gained).is_worse();
        assert_eq!(balance(Origin::Similar, 5, 2, 1).lost, [0, 1]);
        assert!(!is_worse(Origin::Similar, 100, 3, 3));
        assert!(is_worse(Origin::Similar, 100, 4, 3));
        assert!(!is_worse(Origin::Labelled, 2_000, 10, 0));
        assert!(is_worse(Origin::Labelled, 2_000, 11, 0));
        assert!(is_worse(Origin::Case, 2_000, 1, 100));
    }
}
