//! How long each figure of the managers' page takes on a large journal:
//! `cargo bench --bench journal -- [ROWS [FOLDER]]` (ten million rows in a
//! temporary folder). The rows go through the journal's own thread, then every
//! day that is over is added up, as a running server does. Then everything the
//! page asks for is asked: of all places and of ever smaller ones, for a month,
//! a quarter and as long as the journal goes back. First cold, with nothing of
//! the journal in the system's memory (on Linux), then warm.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use jida::entry::Region;
use jida::figures::{self, CORRECTION_DAYS, Period};
use jida::journal::{Asked, By, Journal, Line, Outcome, Place, Selection, Subject, Told};
use jida::library::Library;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use uuid::Uuid;

const DAYS: i64 = 180;
/// Rows that are handed over before waiting until they are written.
const TOGETHER: usize = 8_000;
/// How often each figure is asked for once it is warm; the slowest counts.
const WARM_TIMES: usize = 2;
/// How long a figure may take.
const MOST_MS: f64 = 1_000.0;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// A province of 14 cities with 8 districts each, 40 topics, 60 departments.
fn region(dice: &mut Dice) -> Option<Region> {
    let code = 210_000 + (1 + dice.roll(14)) * 100 + dice.roll(9);
    Region::parse(&code.to_string())
}

fn subject(dice: &mut Dice) -> Subject {
    Subject::of(&format!("主题{}", dice.roll(40)), &format!("部门{}", dice.roll(60)))
}

/// Fills the journal with at least so many rows; a call is a question or two
/// and what is told of it.
fn fill(journal: &Arc<Journal>, rows: usize) {
    let done = Arc::new(AtomicBool::new(false));
    let writing = std::thread::Builder::new().name("journal".to_owned()).spawn({
        let (journal, done) = (Arc::clone(journal), Arc::clone(&done));
        move || journal.keep(&done)
    });
    let writing = writing.expect("a thread");
    let mut dice = Dice(8890);
    let began = Timestamp::now() - SignedDuration::from_hours(24 * (DAYS - 1));
    let span_ms = SignedDuration::from_hours(24 * (DAYS - 1)).as_millis() as u64;
    let (mut written, mut calls) = (0, 0_u64);
    while written < rows {
        let (safe, is_safe) = std::sync::mpsc::channel();
        let mut waiting = 0;
        while waiting < TOGETHER {
            // In the order of time, as they come.
            let share = written as u64 * span_ms / rows as u64;
            let at = began + SignedDuration::from_millis(share as i64);
            let added = one_call(journal, &mut dice, calls, at, safe.clone());
            (calls, waiting, written) = (calls + 1, waiting + added, written + added);
        }
        drop(safe);
        while is_safe.recv().is_ok() {}
        if calls.is_multiple_of(1_000) || waiting == 0 {
            eprint!("\r{written} rows");
        }
    }
    done.store(true, Ordering::Relaxed);
    writing.join().expect("the journal's thread ends");
    assert_eq!(journal.lost(), 0);
    println!("{written} rows of {calls} calls");
}

fn one_call(
    journal: &Journal,
    dice: &mut Dice,
    number: u64,
    at: Timestamp,
    safe: std::sync::mpsc::Sender<()>,
) -> usize {
    let line =
        [Line::Line12345, Line::Line12345, Line::Line8890, Line::Web, Line::Chatbot][dice.roll(5) as usize];
    let is_bot = line == Line::Chatbot;
    let place = || Place {
        call: (!is_bot)
            .then(|| format!("{:032x}", u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C))),
        seat: Some(format!("A{:03}", number % 300)),
        line: Some(line),
        key_id: "0123abcd".to_owned(),
    };
    let (region, questions) = (region(dice), if is_bot { 1 } else { 1 + dice.roll(2) });
    let mut search_id = Uuid::nil();
    for _ in 0..questions {
        search_id = Uuid::now_v7();
        let shown = if dice.roll(12) == 0 { 0 } else { 10 };
        journal.asked(Asked {
            search_id,
            at,
            question: "供暖温度一直不达标，找谁来测温".to_owned(),
            region,
            collection: None,
            place: place(),
            shown: (0..shown).map(|_| format!("entry-{}", dice.roll(200_000))).collect(),
            confidence: 0.5,
            answered: is_bot.then(|| dice.roll(3) > 0),
            subject: subject(dice),
        });
    }
    if is_bot {
        return questions as usize;
    }
    let tell = |outcome, after_s: u64, dice: &mut Dice| {
        let safe = safe.clone();
        journal.told(
            Told {
                search_id: Some(search_id),
                at: at + SignedDuration::from_secs(after_s as i64),
                outcome,
                entry_id: Some(format!("entry-{}", dice.roll(200_000))),
                subject: Some(subject(dice)),
                department: Some(format!("部门{}", dice.roll(60))),
                satisfaction: Some(1 + dice.roll(5) as u8),
                place: place(),
                note: String::new(),
            },
            Box::new(move |written| {
                written.expect("written");
                drop(safe);
            }),
        );
    };
    let after_s = 3 + dice.roll(90);
    tell(Outcome::Copied, after_s, dice);
    let ended = if dice.roll(2) == 0 { Outcome::Answered } else { Outcome::Dispatched };
    tell(ended, after_s + 40, dice);
    questions as usize + 2
}

fn main() {
    let given: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let rows = given.first().and_then(|rows| rows.parse().ok()).unwrap_or(10_000_000);
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = given.get(1).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("a folder");
    let journal = Arc::new(Journal::new(&folder, true));
    if !folder.join(jida::journal::JOURNAL_FILE).exists() {
        let began = Instant::now();
        fill(&journal, rows);
        println!("written in {:.0} s", began.elapsed().as_secs_f64());
        let began = Instant::now();
        let days = journal.count_days().expect("days added up");
        println!("{days} days added up in {:.1} s", began.elapsed().as_secs_f64());
    }
    measure(&journal, &folder);
}

fn measure(journal: &Journal, folder: &Path) {
    let path = folder.join(jida::journal::JOURNAL_FILE);
    println!("{:.2} GB", std::fs::metadata(&path).map_or(0, |file| file.len()) as f64 / 1e9);
    let library = Library::open(folder).expect("a library");
    let place = |code| Region::parse(code).expect("a region");
    let today = Zoned::now().date();
    let mut slow = Vec::new();
    for days in [30, 90, DAYS] {
        for (name, line, region) in [
            ("all", None, None),
            ("one line", Some(Line::Line12345), None),
            ("one province", None, Some(place("210000"))),
            ("one city", None, Some(place("210100"))),
            ("one district", None, Some(place("210102"))),
        ] {
            let selection =
                Selection { from: today.saturating_sub((days - 1).days()), to: today, line, region };
            println!("\n{days} days, {name}: ms cold, warm");
            for figure in Figure::all() {
                let (cold_ms, warm_ms) = figure.time(journal, &library, &selection, &path);
                println!("{:>12} {cold_ms:>7.0} {warm_ms:>5.0}", figure.name());
                if cold_ms.max(warm_ms) > MOST_MS {
                    slow.push(format!("{days} days, {name}, {}", figure.name()));
                }
            }
            let (cold_ms, warm_ms) = time(&path, || ask_together(journal, &selection, folder));
            println!("{:>12} {cold_ms:>7.0} {warm_ms:>5.0}", "all at once");
        }
    }
    match slow.as_slice() {
        [] => println!("\nevery figure within {MOST_MS:.0} ms"),
        slow => println!("\nover {MOST_MS:.0} ms:\n{}", slow.join("\n")),
    }
}

/// What the page asks for.
#[derive(Clone, Copy)]
enum Figure {
    /// All figures, and those of the period before.
    Report,
    By(By),
    /// The days of the period before, the trend's broken line.
    DaysBefore,
}

impl Figure {
    fn all() -> impl Iterator<Item = Figure> {
        [Figure::Report].into_iter().chain(By::ALL.map(Figure::By)).chain([Figure::DaysBefore])
    }

    fn name(self) -> &'static str {
        match self {
            Figure::Report => "all figures",
            Figure::By(by) => by.as_str(),
            Figure::DaysBefore => "days before",
        }
    }

    fn ask(self, journal: &Journal, library: &Library, selection: &Selection) {
        let period = Period { from: selection.from, to: selection.to };
        match self {
            Figure::Report => {
                figures::report(journal, library, selection, CORRECTION_DAYS, Timestamp::now()).map(drop)
            }
            Figure::By(by) => figures::groups(journal, selection, by).map(drop),
            Figure::DaysBefore => {
                let Period { from, to } = period.before().expect("a period before");
                figures::groups(journal, &Selection { from, to, ..*selection }, By::Day).map(drop)
            }
        }
        .expect("figures");
    }

    fn time(self, journal: &Journal, library: &Library, selection: &Selection, path: &Path) -> (f64, f64) {
        time(path, || self.ask(journal, library, selection))
    }
}

/// The page asks for everything together.
fn ask_together(journal: &Journal, selection: &Selection, folder: &Path) {
    std::thread::scope(|scope| {
        for figure in Figure::all() {
            scope.spawn(move || {
                figure.ask(journal, &Library::open(folder).expect("a library"), selection);
            });
        }
    });
}

/// Milliseconds with nothing of the journal in memory, and the longest after that.
fn time(path: &Path, ask: impl Fn()) -> (f64, f64) {
    let took_ms = || {
        let began = Instant::now();
        ask();
        began.elapsed().as_secs_f64() * 1_000.0
    };
    let_go(path);
    let cold_ms = took_ms();
    (cold_ms, (0..WARM_TIMES).map(|_| took_ms()).fold(0.0, f64::max))
}

/// Has the system forget what it holds of the journal in memory.
fn let_go(path: &Path) {
    #[cfg(target_os = "linux")]
    for file in [path.to_owned(), path.with_extension("db-wal")] {
        use rustix::fs::{Advice, fadvise};
        if let Ok(file) = std::fs::File::open(file) {
            file.sync_all().expect("written to the disk");
            fadvise(&file, 0, None, Advice::DontNeed).expect("let go");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = path;
}
