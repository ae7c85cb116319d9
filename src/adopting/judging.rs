//! Whether what is believed may be remembered: questions held back are found at
//! least as well by it, and no golden question suffers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;
use serde::Serialize;

use super::trust::{Believed, LeftOut};
use crate::index::{IndexError, Snapshot};
use crate::library::Adoption;
use crate::memory::QuestionMemory;
use crate::replay::{Expectation, Golden, Origin, Replay, Seen, Side};

/// Parts of the held-out check.
const FOLDS: usize = 5;
/// Questions held back at most, spread over all: more says no more.
const MOST_HELD_BACK: usize = 600;
/// Times that answers which hurt a golden question are taken out.
const ROUNDS: usize = 3;

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
    /// Questions held back, and the mean of 1 / place of what agents chose for
    /// them, without and with the others remembered.
    pub held_back: usize,
    pub mrr_before: f64,
    pub mrr_after: f64,
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
    /// Questions held back are found worse by it.
    NotBetter,
    /// Golden questions suffer, whatever is taken out.
    HurtsGolden,
}

/// What is believed is judged beside this.
pub struct Pass<'p> {
    /// As it is served now.
    pub snapshot: &'p Snapshot,
    /// What is remembered now.
    pub known: &'p [Adoption],
    pub golden: &'p [Golden],
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
        let has_news = has_news(self.known, &believed);
        let mut learned = believed.adoptions;
        report.believed = answers(&learned).len();
        let known: HashSet<(&str, &str)> = answers(self.known);
        report.new = answers(&learned).difference(&known).count();
        if !has_news {
            return Ok(Judged { adoptions: Vec::new(), report });
        }
        let before = self.snapshot_with(&[])?;
        (report.held_back, report.mrr_before, report.mrr_after) = self.hold_back(&before, &learned)?;
        if report.mrr_after < report.mrr_before {
            report.verdict = Verdict::NotBetter;
            return Ok(Judged { adoptions: Vec::new(), report });
        }
        report.golden = self.golden.len();
        let taken_out = self.keep_from_golden(&before, &mut learned)?;
        report.hurtful = taken_out.unwrap_or(0);
        report.verdict = match (taken_out, learned.is_empty()) {
            (None, _) => Verdict::HurtsGolden,
            (Some(_), true) => Verdict::NothingNew,
            (Some(_), false) => Verdict::Learned,
        };
        if report.verdict == Verdict::HurtsGolden {
            learned.clear();
        }
        Ok(Judged { adoptions: learned, report })
    }

    /// The state with further adoptions remembered.
    fn snapshot_with(&self, further: &[Adoption]) -> Result<Snapshot, IndexError> {
        let all: Vec<Adoption> = self.known.iter().chain(further).cloned().collect();
        let words = (self.snapshot.cutter(), self.snapshot.synonyms());
        let memory = QuestionMemory::of_adoptions(words, &all, &HashMap::new(), self.today);
        self.snapshot.clone().with_memory(Arc::new(memory))
    }

    fn replayed(&self, questions: &[Golden], snapshot: &Snapshot) -> Result<Vec<Seen>, IndexError> {
        let replay = Replay { today: self.today, stop: self.stop, progress: &|_| {} };
        replay.run(questions, Side::of(snapshot))
    }

    /// How the chosen entries are found by questions that are not themselves
    /// remembered: number of questions, mean of 1 / place without and with the others.
    fn hold_back(&self, before: &Snapshot, learned: &[Adoption]) -> Result<(usize, f64, f64), IndexError> {
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
        let (mut without, mut with) = (0.0, 0.0);
        for fold in 0..FOLDS {
            let held: Vec<Golden> = questions.iter().skip(fold).step_by(FOLDS).cloned().collect();
            let texts: HashSet<&str> = held.iter().map(|golden| &*golden.question).collect();
            let others = learned.iter().filter(|adoption| !texts.contains(&*adoption.question));
            let after = self.snapshot_with(&others.cloned().collect::<Vec<_>>())?;
            without += self.replayed(&held, before)?.iter().map(reciprocal).sum::<f64>();
            with += self.replayed(&held, &after)?.iter().map(reciprocal).sum::<f64>();
        }
        let n = questions.len().max(1) as f64;
        Ok((questions.len(), without / n, with / n))
    }

    /// Takes out what makes a golden question miss its place. Returns how many
    /// answers that were; none: some suffer all the same.
    fn keep_from_golden(
        &self,
        before: &Snapshot,
        learned: &mut Vec<Adoption>,
    ) -> Result<Option<usize>, IndexError> {
        let met = |golden: &Golden, seen: &Seen| golden.expectation.is_met(seen.right);
        let was: Vec<Seen> = self.replayed(self.golden, before)?;
        let first = answers(learned).len();
        for _ in 0..ROUNDS {
            let now = self.replayed(self.golden, &self.snapshot_with(learned)?)?;
            let hurt = self.golden.iter().zip(was.iter().zip(&now)).filter(|(golden, (was, now))| {
                met(golden, was) && !met(golden, now) || (was.right == Some(0) && now.right != Some(0))
            });
            let in_the_way: HashSet<&str> = hurt.filter_map(|(_, (_, now))| now.first.as_deref()).collect();
            let is_quiet = in_the_way.is_empty();
            if is_quiet {
                return Ok(Some(first - answers(learned).len()));
            }
            let count = learned.len();
            learned.retain(|adoption| !in_the_way.contains(&*adoption.entry_id));
            if learned.len() == count {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

/// 1 / place of the right one; 0 where it is not among the first ten.
fn reciprocal(seen: &Seen) -> f64 {
    seen.right.map_or(0.0, |place| 1.0 / (place + 1) as f64)
}

fn row(adoption: &Adoption) -> (&str, &str, &str) {
    (&adoption.question, &adoption.entry_id, &adoption.adopted_by)
}

fn answers(adoptions: &[Adoption]) -> HashSet<(&str, &str)> {
    adoptions.iter().map(|adoption| (&*adoption.question, &*adoption.entry_id)).collect()
}
