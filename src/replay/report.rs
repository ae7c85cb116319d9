//! What a replay found: what changes from the old state to the new, and
//! whether that may go in without a person having looked.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Seen;
use super::golden::{Expectation, Golden, Origin};

/// Questions of each list that are printed; all are in the JSON.
pub const MOST_SHOWN: usize = 20;

/// From this many questions on, an entry that they all find no more is a
/// reason to wait: one question alone may be an odd one.
const LEAST_QUESTIONS: usize = 2;

/// What a new state may lose.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Share of the questions that may fall out of the first three or lose
    /// their right answer.
    pub max_loss: f64,
}

impl Default for Limits {
    /// Ten questions of two thousand: single ones move with every change of a
    /// weight, and a synonym of one common word moves more (`docs/reindexing.md`).
    fn default() -> Limits {
        Limits { max_loss: 0.005 }
    }
}

/// Whether the new state may go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passes,
    /// It waits for a person.
    Waits,
}

/// Shares of the questions with a right entry first, and among three.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Figures {
    pub hit1: f64,
    pub hit3: f64,
}

/// A question whose right entry moved.
#[derive(Debug, Clone, Serialize)]
pub struct MovedQuestion {
    pub question: String,
    pub origin: Origin,
    pub expectation: Expectation,
    pub entries: Vec<String>,
    /// Place of the right entry, from 1; none: not among the first ten.
    pub before: Option<usize>,
    pub after: Option<usize>,
    /// What comes first now.
    pub first_now: Option<String>,
}

/// A question that is answered from another entry, or no more, or now at all.
#[derive(Debug, Clone, Serialize)]
pub struct MovedAnswer {
    pub question: String,
    /// The answering entry; none: unsure.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// An entry that none of its questions finds among the first ten.
#[derive(Debug, Clone, Serialize)]
pub struct Unfound {
    pub entry: String,
    pub questions: usize,
    /// Whether it was so before.
    pub was_unfound: bool,
}

/// What changes.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub verdict: Verdict,
    /// Why it waits.
    pub reasons: Vec<String>,
    /// Questions replayed, and how many are known.
    pub questions: usize,
    pub known: usize,
    pub before: Figures,
    pub after: Figures,
    /// Questions that fell out of the first three or lost their right answer.
    pub lost: usize,
    /// Their share.
    pub loss: f64,
    pub max_loss: f64,
    /// Was among the first three, is no more.
    pub losses: Vec<MovedQuestion>,
    /// Was first, is still among three.
    pub slipped: Vec<MovedQuestion>,
    /// Was not among the first three, is now.
    pub gains: Vec<MovedQuestion>,
    /// Editors' cases that held and hold no more.
    pub broken: Vec<MovedQuestion>,
    /// Editors' cases that did not hold before either: named, but no reason to wait.
    pub unmet: Vec<MovedQuestion>,
    pub answers: Vec<MovedAnswer>,
    pub unfound: Vec<Unfound>,
}

fn share(questions: &[(&Golden, &Seen)], within: usize) -> f64 {
    let right = questions.iter().filter(|(_, seen)| seen.right.is_some_and(|place| place < within)).count();
    right as f64 / questions.len().max(1) as f64
}

impl Report {
    /// Compares what the two states said; `known` questions the sample is of.
    pub fn of(questions: &[Golden], seen: &[(Seen, Seen)], known: usize, limits: Limits) -> Report {
        let wanted = |(golden, _): &(&Golden, &(Seen, Seen))| golden.expectation != Expectation::Absent;
        let rated: Vec<_> = questions.iter().zip(seen).filter(wanted).collect();
        let figures = |side: fn(&(Seen, Seen)) -> &Seen| {
            let side: Vec<_> = rated.iter().map(|(golden, seen)| (*golden, side(seen))).collect();
            Figures { hit1: share(&side, 1), hit3: share(&side, 3) }
        };
        let mut report = Report {
            verdict: Verdict::Passes,
            reasons: Vec::new(),
            questions: questions.len(),
            known,
            before: figures(|seen| &seen.0),
            after: figures(|seen| &seen.1),
            lost: 0,
            loss: 0.0,
            max_loss: limits.max_loss,
            losses: Vec::new(),
            slipped: Vec::new(),
            gains: Vec::new(),
            broken: Vec::new(),
            unmet: Vec::new(),
            answers: Vec::new(),
            unfound: unfound(&rated),
        };
        for (golden, (before, after)) in questions.iter().zip(seen) {
            report.add(golden, before, after);
        }
        report.lost = rated.iter().filter(|(_, seen)| is_lost(seen)).count();
        report.loss = report.lost as f64 / rated.len().max(1) as f64;
        report.judge();
        report
    }

    fn add(&mut self, golden: &Golden, before: &Seen, after: &Seen) {
        let moved = || MovedQuestion {
            question: golden.question.clone(),
            origin: golden.origin,
            expectation: golden.expectation,
            entries: golden.entries.clone(),
            before: before.right.map(|place| place + 1),
            after: after.right.map(|place| place + 1),
            first_now: after.first.clone(),
        };
        if golden.origin == Origin::Case && !golden.expectation.is_met(after.right) {
            let held = golden.expectation.is_met(before.right);
            if held { &mut self.broken } else { &mut self.unmet }.push(moved());
        }
        if golden.expectation != Expectation::Absent {
            let among_three = |seen: &Seen| seen.right.is_some_and(|place| place < 3);
            match (among_three(before), among_three(after)) {
                (true, false) => self.losses.push(moved()),
                (false, true) => self.gains.push(moved()),
                (true, true) if before.right == Some(0) && after.right != Some(0) => {
                    self.slipped.push(moved());
                }
                _ => {}
            }
        }
        if before.answered != after.answered {
            self.answers.push(MovedAnswer {
                question: golden.question.clone(),
                before: before.answered.clone(),
                after: after.answered.clone(),
            });
        }
    }

    fn judge(&mut self) {
        if !self.broken.is_empty() {
            self.reasons.push(format!("{} 条用例不再成立", self.broken.len()));
        }
        if self.loss > self.max_loss {
            self.reasons.push(format!(
                "{} 个问题掉出前三或失去正确答案，占 {:.2}%，超过允许的 {:.2}%",
                self.lost,
                self.loss * 100.0,
                self.max_loss * 100.0
            ));
        }
        let is_newly_gone = |unfound: &&Unfound| !unfound.was_unfound && unfound.questions >= LEAST_QUESTIONS;
        let gone: Vec<&str> =
            self.unfound.iter().filter(is_newly_gone).map(|unfound| unfound.entry.as_str()).collect();
        if !gone.is_empty() {
            self.reasons.push(format!("{} 个条目再没有问题能找到：{}", gone.len(), gone.join("、")));
        }
        if !self.reasons.is_empty() {
            self.verdict = Verdict::Waits;
        }
    }

    /// Questions for which something changes: the right entry's place among
    /// three, a case, or the answer.
    pub fn changed(&self) -> usize {
        let moved = [&self.losses, &self.slipped, &self.gains, &self.broken].into_iter().flatten();
        let mut questions: Vec<&str> = moved.map(|moved| moved.question.as_str()).collect();
        questions.extend(self.answers.iter().map(|answer| answer.question.as_str()));
        questions.sort_unstable();
        questions.dedup();
        questions.len()
    }

    /// Questions that were answered, and are no more or by another entry.
    pub fn lost_answers(&self) -> usize {
        self.answers.iter().filter(|answer| answer.before.is_some()).count()
    }

    /// The report in a sentence.
    pub fn summary(&self) -> String {
        format!("{} 个问题有变化，其中 {} 个失去原来的答案", self.changed(), self.lost_answers())
    }
}

/// Whether a question fell out of the first three or lost its right answer.
fn is_lost((before, after): &(Seen, Seen)) -> bool {
    let among_three = |seen: &Seen| seen.right.is_some_and(|place| place < 3);
    // The answer is the first hit, which may stand for one with the same text.
    let is_answered = |seen: &Seen| seen.answered.is_some() && seen.right == Some(0);
    (among_three(before) && !among_three(after)) || (is_answered(before) && !is_answered(after))
}

/// Entries that none of their questions finds, now or before.
fn unfound(rated: &[(&Golden, &(Seen, Seen))]) -> Vec<Unfound> {
    // By entry: questions, found before, found now.
    let mut by_entry: BTreeMap<&str, (usize, bool, bool)> = BTreeMap::new();
    for (golden, (before, after)) in rated {
        // Of several right entries it is not known which was found.
        let [entry] = golden.entries.as_slice() else { continue };
        let known = by_entry.entry(entry).or_default();
        known.0 += 1;
        known.1 |= before.right.is_some();
        known.2 |= after.right.is_some();
    }
    let unfound = by_entry.into_iter().filter(|(_, (_, _, found))| !found);
    unfound
        .map(|(entry, (questions, found_before, _))| Unfound {
            entry: entry.to_owned(),
            questions,
            was_unfound: !found_before,
        })
        .collect()
}

fn place(place: Option<usize>) -> String {
    place.map_or("十名外".to_owned(), |place| format!("第 {place}"))
}

impl fmt::Display for MovedQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (place(self.before), place(self.after));
        write!(f, "{}：{} {before} → {after}", self.question, self.entries.join("、"))?;
        match &self.first_now {
            Some(first) if !self.entries.contains(first) => write!(f, "（现在第一是 {first}）"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for MovedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |id: &Option<String>| id.clone().unwrap_or("不答复".to_owned());
        write!(f, "{}：{} → {}", self.question, name(&self.before), name(&self.after))
    }
}

impl fmt::Display for Unfound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = if self.was_unfound { "以前也是" } else { "新出现" };
        write!(f, "{}：{} 个问题都找不到它（{since}）", self.entry, self.questions)
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, title: &str, items: &[T]) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}：{} 个", items.len())?;
    for item in items.iter().take(MOST_SHOWN) {
        writeln!(f, "    {item}")?;
    }
    match items.len().saturating_sub(MOST_SHOWN) {
        0 => Ok(()),
        more => writeln!(f, "    另有 {more} 个，用 --json 看全部"),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if self.known > self.questions {
            format!("（共 {} 个，抽样）", self.known)
        } else {
            String::new()
        };
        writeln!(
            f,
            "重放 {} 个问题{of}：排第一 {:.1}% → {:.1}%，在前三 {:.1}% → {:.1}%；{}",
            self.questions,
            self.before.hit1 * 100.0,
            self.after.hit1 * 100.0,
            self.before.hit3 * 100.0,
            self.after.hit3 * 100.0,
            self.summary()
        )?;
        list(f, "不再成立的用例", &self.broken)?;
        list(f, "掉出前三", &self.losses)?;
        list(f, "从第一退后", &self.slipped)?;
        list(f, "进入前三", &self.gains)?;
        list(f, "答案变了", &self.answers)?;
        let newly: Vec<&Unfound> = self.unfound.iter().filter(|unfound| !unfound.was_unfound).collect();
        list(f, "没有问题能找到的条目（新出现）", &newly)?;
        let before = self.unfound.len() - newly.len();
        if before > 0 {
            writeln!(f, "以前就没有问题能找到的条目：{before} 个")?;
        }
        list(f, "以前就不成立的用例", &self.unmet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(question: &str, origin: Origin, expectation: Expectation) -> Golden {
        Golden { question: question.to_owned(), entries: vec!["a".to_owned()], expectation, origin }
    }

    fn seen(right: Option<usize>) -> Seen {
        Seen { right, ..Seen::default() }
    }

    fn report(rows: &[(Origin, Expectation, Option<usize>, Option<usize>)], max_loss: f64) -> Report {
        let questions: Vec<Golden> =
            (0..).zip(rows).map(|(at, row)| golden(&format!("问{at}"), row.0, row.1)).collect();
        let both: Vec<_> = rows.iter().map(|row| (seen(row.2), seen(row.3))).collect();
        Report::of(&questions, &both, questions.len(), Limits { max_loss })
    }

    const AMONG: Expectation = Expectation::AmongThree;

    #[test]
    fn a_loss_above_the_limit_waits_and_one_below_passes() {
        let rows = [
            (Origin::Similar, AMONG, Some(0), Some(4)),
            (Origin::Similar, AMONG, Some(0), Some(2)),
            (Origin::Similar, AMONG, None, Some(0)),
            (Origin::Similar, AMONG, Some(1), Some(1)),
        ];
        let strict = report(&rows, 0.2);
        assert_eq!((strict.verdict, strict.loss), (Verdict::Waits, 0.25));
        assert_eq!((strict.losses.len(), strict.slipped.len(), strict.gains.len()), (1, 1, 1));
        assert_eq!(strict.losses[0].question, "问0");
        assert_eq!((strict.before.hit1, strict.after.hit1), (0.5, 0.25));
        assert_eq!(report(&rows, 0.25).verdict, Verdict::Passes);
    }

    #[test]
    fn a_case_that_held_stops_whatever_the_limit_and_one_that_never_did_does_not() {
        let absent = (Origin::Case, Expectation::Absent, None, Some(7));
        let first = (Origin::Case, Expectation::First, Some(0), Some(1));
        for row in [absent, first] {
            let broken = report(&[row], 1.0);
            assert_eq!((broken.verdict, broken.broken.len()), (Verdict::Waits, 1));
        }
        let unmet = report(&[(Origin::Case, Expectation::First, Some(1), Some(1))], 0.0);
        assert_eq!((unmet.verdict, unmet.unmet.len()), (Verdict::Passes, 1));
    }

    #[test]
    fn an_entry_that_no_question_finds_is_named() {
        let found =
            report(&[(Origin::Similar, AMONG, Some(0), None), (Origin::Similar, AMONG, None, Some(9))], 1.0);
        assert!(found.unfound.is_empty());
        let lost = report(&[(Origin::Similar, AMONG, Some(0), None)], 1.0);
        assert_eq!((lost.unfound[0].entry.as_str(), lost.unfound[0].was_unfound), ("a", false));
    }

    #[test]
    fn an_answer_that_moves_is_reported_with_both_entries() {
        let questions = [golden("问", Origin::Labelled, AMONG)];
        let before = Seen { right: Some(0), answered: Some("a".to_owned()), ..Seen::default() };
        let report = Report::of(&questions, &[(before, seen(Some(0)))], 1, Limits::default());
        assert_eq!((report.changed(), report.lost_answers()), (1, 1));
        assert!(report.to_string().contains("问：a → 不答复"), "{report}");
    }
}
