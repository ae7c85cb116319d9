//! Thirty days of a hotline, with learning on and off:
//! `cargo bench --bench simulation -- CORPUS INDEX GOLDEN FILE…` draws callers from
//! the labelled questions of FILE…, on a library whose weights must not have been
//! learned from them, nor from those of GOLDEN, which nobody asks. A fifth of the
//! questions is never asked: after each night it is looked at how they are found.
//!
//! A caller's question is asked as it stands; where nothing right is among the
//! first three, the agent asks once more by the question's `keywords`, if it has
//! any. What is right among three is copied and the call is answered; else it is
//! dispatched. In every fiftieth call the agent is careless and copies the first
//! hit, whatever it is. Each night what was chosen is remembered as `jida learn
//! --journal` does, once a week the weights are learned from it where enough of it
//! is new.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use jida::adopting::{Adopters, Pass, Report, Verdict, Weighed, Weighing, believed, has_enough_news};
use jida::index::{Generations, Snapshot};
use jida::indexing::Indexer;
use jida::journal::{Asked, Journal, Line, Outcome, Place, Subject, Told};
use jida::library::{AdoptionFilter, Library};
use jida::meaning::{Directions, Role, TextHash};
use jida::memory::QuestionMemory;
use jida::ranking::Rankings;
use jida::replay::{Golden, GoldenSet, labelled_of};
use jida::search::{Hit, Request, search};
use jida::text::{Cutter, normalise};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use rayon::prelude::*;
use serde_json::Value;
use uuid::Uuid;

const DAYS: i64 = 30;
const CALLS_A_DAY: u64 = 1_200;
const SEATS: u64 = 40;
/// Of a file's questions so many tenths may be asked.
const ASKED_TENTHS: u64 = 8;
/// In one of so many calls the agent copies the first hit.
const CARELESS: u64 = 50;
/// The commonest questions are so many times as common as the rare ones.
const HEAD: u64 = 20;
/// Golden questions a night; the command replays 2,000.
const GOLDEN: usize = 200;
const FIRST: usize = 3;
/// Nights between two learnings of the weights.
const WEIGHED_EVERY: i64 = 7;
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];
/// Student's t for five runs, two-sided 95 %.
const T_95: f64 = 2.776;

#[derive(Clone)]
struct Labelled {
    question: String,
    keywords: Option<String>,
    relevant: HashSet<String>,
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// The directions of all questions, as the library has kept them; none where the
/// index holds no vectors.
fn directions<'t>(
    library: &Library,
    snapshot: &Snapshot,
    questions: impl Iterator<Item = &'t str>,
) -> Directions {
    let Some(set) = snapshot.near_set() else { return Directions::default() };
    let known = |question: &'t str| {
        let text = normalise(question);
        let vector = library.vector_of(&set.name, TextHash::of(Role::Question, &text)).expect("a library");
        let vector = vector.map(Arc::new)?;
        Some([(question.to_owned(), Arc::clone(&vector)), (text, vector)])
    };
    questions.filter_map(known).flatten().collect()
}

/// What a question finds: the first hit, and a right one among the first three.
#[derive(Clone)]
struct Finds {
    shown: Vec<String>,
    right: Option<String>,
}

struct Day {
    held_out: f64,
    answered: f64,
}

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn labelled(file: &Path) -> Vec<Labelled> {
    let of_row = |row: Value| Labelled {
        question: row["question"].as_str().expect("a question").to_owned(),
        keywords: row["keywords"].as_str().map(str::to_owned),
        relevant: row["relevant"]
            .as_array()
            .expect("ids")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    };
    rows(file).into_iter().map(of_row).collect()
}

fn finds(
    (snapshot, directions): (&Snapshot, &Directions),
    question: &str,
    relevant: &HashSet<String>,
    today: Date,
) -> Finds {
    let request = Request { oracle: Some(directions), ..Request::new(question, today) };
    let results = search(snapshot, &request).expect("a search");
    let is_right = |hit: &&Hit| {
        std::iter::once(&hit.shown.entry.id).chain(&hit.same_text).any(|id| relevant.contains(id))
    };
    let right = results.hits.iter().take(FIRST).find(is_right).map(|hit| hit.shown.entry.id.clone());
    Finds { shown: results.hits.into_iter().map(|hit| hit.shown.entry.id).collect(), right }
}

/// One run: callers of a seed, day by day.
struct Run<'r> {
    start: &'r Snapshot,
    weights: Rankings,
    directions: &'r Directions,
    golden: &'r [Golden],
    pool: Vec<Labelled>,
    held_out: Vec<Labelled>,
    dice: Dice,
    /// The questions the weights in use were learned from.
    learned_from: BTreeSet<u64>,
}

impl Run<'_> {
    /// A question: few are common, most are rare.
    fn draw(&mut self, ladder: &[u64]) -> usize {
        let at = self.dice.roll(*ladder.last().expect("questions"));
        ladder.partition_point(|&sum| sum <= at)
    }

    fn held_out_hit3(&self, snapshot: &Snapshot, today: Date) -> f64 {
        let hit = |one: &&Labelled| {
            finds((snapshot, self.directions), &one.question, &one.relevant, today).right.is_some()
        };
        self.held_out.par_iter().filter(hit).count() as f64 / self.held_out.len() as f64
    }

    fn days(&mut self, learns: bool) -> Vec<Day> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut library = Library::open(folder.path()).expect("a library");
        let journal = Arc::new(Journal::new(folder.path(), true));
        let done = Arc::new(AtomicBool::new(false));
        let writing = std::thread::Builder::new().name("journal".to_owned()).spawn({
            let (journal, done) = (Arc::clone(&journal), Arc::clone(&done));
            move || journal.keep(&done)
        });
        let ladder: Vec<u64> = (0..self.pool.len() as u64)
            .scan(0, |sum, rank| {
                *sum += 1_000_000 / (rank + HEAD);
                Some(*sum)
            })
            .collect();
        let (mut snapshot, first_day) = (self.start.clone(), Zoned::now() - DAYS.days());
        let mut days =
            vec![Day { held_out: self.held_out_hit3(&snapshot, first_day.date()), answered: f64::NAN }];
        let mut known_finds: HashMap<(usize, bool), Finds> = HashMap::new();
        for day in 0..DAYS {
            let morning = &first_day + day.days();
            let drawn: Vec<usize> = (0..CALLS_A_DAY).map(|_| self.draw(&ladder)).collect();
            if learns {
                known_finds.clear();
            }
            let asked: HashSet<(usize, bool)> = drawn
                .iter()
                .flat_map(|&at| [Some((at, false)), self.pool[at].keywords.as_ref().map(|_| (at, true))])
                .flatten()
                .filter(|key| !known_finds.contains_key(key))
                .collect();
            let found: Vec<_> = asked
                .into_par_iter()
                .map(|(at, again)| {
                    let one = &self.pool[at];
                    let text =
                        if again { one.keywords.as_deref().unwrap_or_default() } else { &one.question };
                    ((at, again), finds((&snapshot, self.directions), text, &one.relevant, morning.date()))
                })
                .collect();
            known_finds.extend(found);
            let (safe, is_safe) = mpsc::channel();
            let mut answered = 0;
            for (number, at) in (0_u64..).zip(drawn) {
                let call = (number, morning.timestamp() + SignedDuration::from_secs(number as i64 * 40));
                answered += u64::from(self.call(&journal, (at, call), &known_finds, &safe));
            }
            drop(safe);
            while is_safe.recv().is_ok() {}
            let today = morning.date();
            if learns {
                let weighs = (day + 1) % WEIGHED_EVERY == 0;
                let report = self.night((&mut library, &journal), &mut snapshot, (today, weighs));
                eprintln!("day {}: {report:?}", day + 1);
            }
            let held_out = if learns { self.held_out_hit3(&snapshot, today) } else { days[0].held_out };
            if learns {
                eprintln!("day {}: {held_out:.3} of {:.3}", day + 1, days[0].held_out);
            }
            days.push(Day { held_out, answered: answered as f64 / CALLS_A_DAY as f64 });
        }
        done.store(true, Ordering::Relaxed);
        writing.expect("a thread").join().expect("the journal's thread ends");
        days
    }

    /// Learns as `jida learn --journal` does.
    fn night(
        &mut self,
        (library, journal): (&mut Library, &Journal),
        snapshot: &mut Snapshot,
        (today, weighs): (Date, bool),
    ) -> Report {
        let since = Timestamp::now() - SignedDuration::from_hours(24 * 90);
        let chosen = journal.chosen(since).expect("a journal");
        let words = (self.start.cutter(), self.start.synonyms());
        let forgotten = library.forgotten().expect("a library");
        let known = library.adoptions(&AdoptionFilter::default()).expect("a library");
        let believed = believed(words, &chosen, Adopters::Keys, &forgotten);
        let (directions, stop) = (self.directions, &AtomicBool::new(false));
        if weighs && has_enough_news(&believed.adoptions, &self.learned_from) {
            let weighing = Weighing { snapshot, start: &self.weights, directions, today, stop };
            if let Some(weighed) = weighing.weigh(&believed.adoptions).expect("weighed") {
                let Weighed { questions, before, after, rankings, learned_from } = weighed;
                eprintln!("weights: {questions} questions, MRR@10 {before:.3} -> {after:.3}");
                if let Some(Rankings { by_words, by_meaning }) = rankings {
                    *snapshot = snapshot.clone().with_rankings(by_words, by_meaning);
                    self.learned_from = learned_from;
                }
            }
        }
        let pass = Pass { snapshot, known: &known, golden: self.golden, directions, today, stop };
        let judged = pass.judge(believed).expect("judged");
        if judged.report.verdict == Verdict::Learned {
            library.adopt(&judged.adoptions).expect("adopted");
            let known = library.adoptions(&AdoptionFilter::default()).expect("a library");
            let memory = QuestionMemory::of_adoptions(words, &known, directions, today);
            *snapshot = snapshot.clone().with_memory(Arc::new(memory)).expect("a memory");
        }
        judged.report
    }

    /// One call; whether it was answered at once.
    fn call(
        &mut self,
        journal: &Journal,
        (at, (number, moment)): (usize, (u64, Timestamp)),
        found: &HashMap<(usize, bool), Finds>,
        safe: &mpsc::Sender<()>,
    ) -> bool {
        let seat = format!("seat-{:02}", self.dice.roll(SEATS));
        let place = Place {
            call: Some(format!("{number}-{moment}")),
            seat: Some(seat.clone()),
            line: Some(Line::Line12345),
            key_id: seat,
        };
        let one = &self.pool[at];
        let is_careless = self.dice.roll(CARELESS) == 0;
        let (mut chosen, mut is_right) = (None, false);
        let mut search_id = Uuid::nil();
        for again in [false, true] {
            let Some(finds) = found.get(&(at, again)) else { break };
            search_id = Uuid::now_v7();
            let question =
                if again { one.keywords.clone().unwrap_or_default() } else { one.question.clone() };
            journal.asked(Asked {
                search_id,
                at: moment + SignedDuration::from_secs(if again { 20 } else { 0 }),
                question,
                region: None,
                collection: None,
                place: place.clone(),
                shown: finds.shown.clone(),
                confidence: 0.5,
                answered: None,
                subject: Subject::default(),
            });
            chosen = if is_careless { finds.shown.first().cloned() } else { finds.right.clone() };
            is_right = chosen.is_some() && chosen == finds.right;
            if chosen.is_some() {
                break;
            }
        }
        let outcomes: &[Outcome] = match chosen {
            Some(_) => &[Outcome::Copied, Outcome::Answered],
            None => &[Outcome::Dispatched],
        };
        for &outcome in outcomes {
            let safe = safe.clone();
            let told = Told {
                search_id: Some(search_id),
                at: moment + SignedDuration::from_secs(40),
                outcome,
                entry_id: chosen.clone(),
                subject: None,
                department: None,
                satisfaction: None,
                place: place.clone(),
                note: String::new(),
            };
            journal.told(
                told,
                Box::new(move |written| {
                    written.expect("written");
                    drop(safe);
                }),
            );
        }
        is_right
    }
}

fn run(corpus: &Path, index: &Path, golden: &Path, files: &[PathBuf]) {
    let library = Library::open(corpus).expect("a library");
    let indexer = Indexer::new(Generations::new(index, corpus, Arc::new(Cutter::new())));
    let snapshot = indexer.open(&library, |_| {}).expect("an index").snapshot().expect("a state");
    let mut set = GoldenSet::default();
    let (labelled_ones, _) =
        labelled_of("golden", &std::fs::read_to_string(golden).expect("golden questions"));
    set.add(labelled_ones);
    let golden = set.sample(GOLDEN);
    let sets: Vec<Vec<Labelled>> = files.iter().map(|file| labelled(file)).collect();
    let texts =
        sets.iter().flatten().flat_map(|one| [Some(&*one.question), one.keywords.as_deref()]).flatten();
    let directions = directions(&library, &snapshot, texts);
    println!("directions are {}", if directions.is_empty() { "not known" } else { "known" });
    println!("seed,day,held_out_off,held_out_on,answered_off,answered_on");
    let mut runs: Vec<OffAndOn> = Vec::new();
    for seed in SEEDS {
        let of_learning = |learns: bool| {
            let mut dice = Dice(seed);
            let (mut pool, mut held_out) = (Vec::new(), Vec::new());
            for one in sets.iter().flatten() {
                let side = if dice.roll(10) < ASKED_TENTHS { &mut pool } else { &mut held_out };
                side.push(one.clone());
            }
            for at in (1..pool.len()).rev() {
                let other = dice.roll(at as u64 + 1) as usize;
                pool.swap(at, other);
            }
            let weights = Rankings {
                by_words: snapshot.ranking(false).clone(),
                by_meaning: snapshot.ranking(true).clone(),
            };
            let (start, directions, golden) = (&snapshot, &directions, &golden);
            let learned_from = BTreeSet::new();
            let mut run = Run { start, weights, directions, golden, pool, held_out, dice, learned_from };
            run.days(learns)
        };
        let (off, on) = (of_learning(false), of_learning(true));
        for (day, (off, on)) in off.iter().zip(&on).enumerate() {
            println!(
                "{seed},{day},{:.4},{:.4},{:.4},{:.4}",
                off.held_out, on.held_out, off.answered, on.answered
            );
        }
        runs.push((off, on));
    }
    summary(&runs);
}

/// Mean and half the width of the 95 % interval over the runs.
fn interval(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let spread = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    (mean, T_95 * spread / n.sqrt())
}

/// A run's days with learning off and on, and what is read from them.
type OffAndOn = (Vec<Day>, Vec<Day>);
type OfRun<'r> = dyn Fn(&OffAndOn) -> f64 + 'r;
type OfDay<'r> = dyn Fn(&OffAndOn, usize) -> f64 + 'r;

fn summary(runs: &[OffAndOn]) {
    let last = DAYS as usize;
    let of = |value: &OfRun<'_>| interval(&runs.iter().map(value).collect::<Vec<_>>());
    let (start, _) = of(&|(off, _)| off[0].held_out);
    let (gain, width) = of(&|(off, on)| on[last].held_out - off[last].held_out);
    let lowest = runs.iter().flat_map(|(_, on)| on.iter().map(|day| day.held_out - on[0].held_out));
    println!("never asked, hit@3: {start:.3} at the start; on against off {gain:+.3} ± {width:.3}");
    println!("worst day of all runs against its start: {:+.3}", lowest.fold(f64::INFINITY, f64::min));
    let week = |days: &[Day]| days[last - 6..].iter().map(|day| day.answered).sum::<f64>() / 7.0;
    let (off, _) = of(&|(off, _)| week(off));
    let (gain, width) = of(&|(off, on)| week(on) - week(off));
    println!("answered at once, last week: {off:.3} off; on against off {gain:+.3} ± {width:.3}");
    let line = |value: &OfRun<'_>| format!("{:.3}", of(value).0);
    let course = |value: &OfDay<'_>, from: usize| {
        (from..=last).map(|day| line(&|run| value(run, day))).collect::<Vec<_>>().join(", ")
    };
    println!("held out, on: [{}]", course(&|(_, on), day| on[day].held_out, 0));
    println!("answered, off: [{}]", course(&|(off, _), day| off[day].answered, 1));
    println!("answered, on: [{}]", course(&|(_, on), day| on[day].answered, 1));
}

fn main() {
    let given: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [corpus, index, golden, files @ ..] = &given[..] else {
        return println!("skipped: say CORPUS INDEX GOLDEN FILE…");
    };
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    run(Path::new(corpus), Path::new(index), Path::new(golden), &files);
}
