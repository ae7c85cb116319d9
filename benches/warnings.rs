//! How well flares are warned of, on the 7,127 dated messages of
//! `../shared/data`: replayed in the order of time through the detector, against
//! hot topics found looking back, flares put in at seeded places and times, the
//! same messages with their dates shuffled, and two simple rules.
//! `cargo bench --bench warnings`

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use jida::index::Generations;
use jida::indexing::Indexer;
use jida::library::Library;
use jida::search::{Request, search};
use jida::text::Cutter;
use jida::warnings::{
    BASELINE_DAYS, Change, Course, FALSE_ALARMS_A_WEEK, GUARD_DAYS, Holidays, Kind, LEAST_CALLS, Moment,
    SPAN_DAYS, Shape, Subject, Typical, Usual, Watch, chance_of, judge,
};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use regex::Regex;
use serde_json::Value;

/// Dense enough to look at: about thirteen messages a day.
const FROM: Date = date(2019, 1, 1);
const TO: Date = date(2020, 1, 7);
/// Warnings are counted from here on: eight weeks and the guard's are behind.
const JUDGED_FROM: Date = date(2019, 3, 6);
/// False alarms a week as stated: what the server has, and looser.
const STATED: [f64; 3] = [FALSE_ALARMS_A_WEEK, 5.0, 20.0];
const SEEDS: u64 = 3;
/// Flares put in of each size.
const FLARES: usize = 30;

/// A message: when, what it is counted under, what it says.
#[derive(Clone)]
struct Message {
    at: DateTime,
    subjects: Vec<Subject>,
    text: String,
}

/// A warning with the messages it was raised for.
struct Raised {
    at: DateTime,
    subject: Subject,
    messages: BTreeSet<usize>,
}

/// A hot topic found looking back.
struct Hot {
    name: String,
    messages: BTreeSet<usize>,
    from: DateTime,
    to: DateTime,
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }
}

/// 2019/2/28 11:25:05 and 2019-08-23 10:23:23.
fn moment_of(text: &str) -> Option<DateTime> {
    let numbers: Vec<i16> =
        text.split(|sign: char| !sign.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    let [year, month, day, hour, minute, second] = numbers.as_slice() else { return None };
    DateTime::new(*year, *month as i8, *day as i8, *hour as i8, *minute as i8, *second as i8, 0).ok()
}

fn messages(data: &Path) -> Vec<Message> {
    let folder = tempfile::tempdir().expect("folder");
    let mut library = Library::open(folder.path()).expect("library");
    // What a city's centre has: replies it gave before.
    jida::loading::load(&mut library, &[data.join("letters.jsonl")], "bench", |_| {}).expect("loaded");
    let generations = Generations::new(&folder.path().join("index"), folder.path(), Arc::new(Cutter::new()));
    let generation = Indexer::new(generations).open(&library, |_| {}).expect("index");
    let snapshot = generation.snapshot().expect("snapshot");
    let place = Regex::new(r"[A-Z]\d+[区县市]").expect("a pattern");
    let rows = std::fs::read_to_string(data.join("messages.jsonl")).expect("messages");
    let mut seen = HashSet::new();
    let mut messages = Vec::new();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).expect("JSON");
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let Some(at) = moment_of(text("asked_at")) else { continue };
        // Two of the sources hold the same messages.
        if !(FROM..=TO).contains(&at.date()) || !seen.insert((text("title").to_owned(), at)) {
            continue;
        }
        let title: String = text("title").chars().take(200).collect();
        let mut subjects = Vec::new();
        if !title.trim().is_empty() {
            let found = search(&snapshot, &Request::new(&title, date(2020, 1, 31))).expect("results");
            subjects
                .extend(found.hits.first().map(|hit| Subject::new(Kind::Entry, hit.shown.entry.id.clone())));
        }
        let whole = format!("{title} {}", text("text"));
        subjects.extend(place.find(&whole).map(|found| Subject::new(Kind::Place, found.as_str())));
        messages.push(Message { at, subjects, text: whole });
    }
    messages.sort_by_key(|message| message.at);
    messages
}

fn is_han(sign: &char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(sign)
}

/// Counts as they grow, day by day.
#[derive(Default)]
struct Counts {
    series: HashMap<Subject, BTreeMap<Date, [u32; 24]>>,
    all: BTreeMap<Date, [u32; 24]>,
}

fn course_of(days: &BTreeMap<Date, [u32; 24]>, last: Date) -> Course {
    let mut course = Course::default();
    for (back, hours) in course.days.iter_mut().rev().enumerate() {
        *hours = days.get(&last.saturating_sub((back as i64).days())).copied().unwrap_or([0; 24]);
    }
    course
}

impl Counts {
    fn add(&mut self, message: &Message) {
        let (day, hour) = (message.at.date(), message.at.hour() as usize);
        self.all.entry(day).or_insert([0; 24])[hour] += 1;
        for subject in &message.subjects {
            self.series.entry(subject.clone()).or_default().entry(day).or_insert([0; 24])[hour] += 1;
        }
    }

    fn of_week(&self, subject: &Subject, day: Date) -> u32 {
        let first = day.saturating_sub(7.days());
        self.series[subject].range(first..=day).flat_map(|(_, hours)| hours.iter()).sum()
    }

    fn moment(&self, at: DateTime) -> Moment {
        let written = FROM.until(at.date()).map_or(0, |span| i64::from(span.get_days()) - 1);
        Moment {
            weekdays: Holidays::default().weekdays(at.date()),
            hour: at.hour() as usize,
            elapsed: (f64::from(at.minute()) * 60.0 + f64::from(at.second()) + 1.0) / 3_600.0,
            known_days: (written - GUARD_DAYS as i64).clamp(0, BASELINE_DAYS as i64) as usize,
        }
    }

    fn typical(&self, kind: Kind, moment: Moment, today: Date, shape: &Shape) -> Typical {
        let first = today.saturating_sub((SPAN_DAYS as i64 - 1).days());
        let weeks = (moment.known_days + GUARD_DAYS) as f64 / 7.0;
        let mut sizes: Vec<(u32, &Subject)> = Vec::new();
        for (subject, days) in self.series.iter().filter(|(subject, _)| subject.kind == kind) {
            let calls: u32 = days.range(first..today).flat_map(|(_, hours)| hours.iter()).sum();
            if calls > 0 {
                sizes.push((calls, subject));
            }
        }
        sizes.sort_by(|one, other| other.cmp(one));
        let calls: u32 = sizes.iter().map(|(calls, _)| calls).sum();
        let series = sizes.len().max(1);
        let typical =
            Typical { series, weekly: f64::from(calls) / weeks.max(1.0) / series as f64, dispersion: 1.0 };
        let sampled = sizes.iter().take(20).filter_map(|(_, subject)| {
            let course = course_of(&self.series[*subject], today);
            Usual::learn(&course, moment, shape, &typical, 1.0)
        });
        let sampled: Vec<f64> = sampled.map(|usual| usual.dispersion()).collect();
        let dispersion = sampled.iter().sum::<f64>() / sampled.len().max(1) as f64;
        Typical { dispersion: dispersion.max(1.0), ..typical }
    }
}

fn hours_since(at: DateTime, then: DateTime) -> i64 {
    then.until((jiff::Unit::Hour, at)).map_or(0, |span| i64::from(span.get_hours()))
}

/// Messages of a series within so many hours up to a moment.
fn lately(messages: &[Message], upto: usize, subject: &Subject, hours: usize) -> BTreeSet<usize> {
    let at = messages[upto].at;
    let recent = (0..=upto).rev().take_while(|place| hours_since(at, messages[*place].at) < hours as i64);
    recent.filter(|place| messages[*place].subjects.contains(subject)).collect()
}

/// The detector, message by message, as the server looks minute by minute.
fn detect(messages: &[Message], a_week: f64) -> Vec<Raised> {
    let kinds = [Kind::Entry, Kind::Place];
    let mut counts = Counts::default();
    let mut watch = Watch { flares: Vec::new(), a_week_of_a_kind: a_week / kinds.len() as f64 };
    let mut of_day: Option<(Date, Shape, HashMap<Kind, Typical>)> = None;
    let mut raised = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let (day, moment) = (message.at.date(), counts.moment(message.at));
        if of_day.as_ref().is_none_or(|(known, ..)| *known != day) {
            let shape = Shape::of(&course_of(&counts.all, day), moment, &Shape::even());
            let typical = kinds.iter().map(|kind| (*kind, counts.typical(*kind, moment, day, &shape)));
            let typical = typical.collect();
            of_day = Some((day, shape, typical));
        }
        counts.add(message);
        let Some((_, shape, typical)) = &of_day else { continue };
        let under_way = watch.flares.iter().filter(|flare| flare.over_ms.is_none());
        let mut subjects: BTreeSet<Subject> = under_way.map(|flare| flare.subject.clone()).collect();
        let own = message.subjects.iter();
        subjects.extend(own.filter(|subject| counts.of_week(subject, day) >= LEAST_CALLS).cloned());
        let judged: Vec<_> = subjects
            .iter()
            .filter_map(|subject| {
                let course = course_of(&counts.series[subject], day);
                judge(subject, &course, moment, shape, &typical[&subject.kind], 1.0)
            })
            .collect();
        let now_ms = hours_since(message.at, FROM.at(0, 0, 0, 0)) * 3_600_000;
        let changes = watch.look(now_ms, &judged, |one, other, hours| {
            let (one, other) = (lately(messages, place, one, hours), lately(messages, place, other, hours));
            let both = one.intersection(&other).count() as f64;
            (both / one.len().max(1) as f64, both / other.len().max(1) as f64)
        });
        for change in changes {
            if let Change::Raised(at) = change {
                let flare = &watch.flares[at];
                let messages = lately(messages, place, &flare.subject, flare.verdict.window.hours);
                raised.push(Raised { at: message.at, subject: flare.subject.clone(), messages });
            }
        }
    }
    raised
}

/// A simple rule: a warning where it says so, one a week for a series at most.
fn by_rule(messages: &[Message], is_out: impl Fn(&[u32; 29]) -> Option<usize>) -> Vec<Raised> {
    let mut days: HashMap<Subject, BTreeMap<Date, u32>> = HashMap::new();
    let mut last: HashMap<Subject, DateTime> = HashMap::new();
    let mut raised = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let day = message.at.date();
        for subject in &message.subjects {
            let own = days.entry(subject.clone()).or_default();
            *own.entry(day).or_default() += 1;
            let back: [u32; 29] = std::array::from_fn(|back| {
                own.get(&day.saturating_sub((back as i64).days())).copied().unwrap_or(0)
            });
            let is_new = last.get(subject).is_none_or(|last| hours_since(message.at, *last) > 168);
            if let Some(hours) = is_out(&back).filter(|_| is_new) {
                last.insert(subject.clone(), message.at);
                let messages = lately(messages, place, subject, hours);
                raised.push(Raised { at: message.at, subject: subject.clone(), messages });
            }
        }
    }
    raised
}

fn fixed(back: &[u32; 29]) -> Option<usize> {
    if back[0] >= LEAST_CALLS {
        return Some(24);
    }
    (back[..7].iter().sum::<u32>() >= 10).then_some(168)
}

fn three_sigma(back: &[u32; 29]) -> Option<usize> {
    let before = &back[1..];
    let mean = f64::from(before.iter().sum::<u32>()) / before.len() as f64;
    let variance =
        before.iter().map(|calls| (f64::from(*calls) - mean).powi(2)).sum::<f64>() / before.len() as f64;
    (back[0] >= 2 && f64::from(back[0]) > mean + 3.0 * variance.sqrt()).then_some(24)
}

/// Hot topics looking back, by nothing the detector knows: four characters of
/// what was written that stand in so many messages of some four weeks that
/// chance, with the rest of the year as the measure, has no such piece in a
/// hundred years; those of the same messages are one.
fn hot_topics(messages: &[Message]) -> Vec<Hot> {
    let mut holders: HashMap<Vec<char>, BTreeSet<usize>> = HashMap::new();
    for (place, message) in messages.iter().enumerate() {
        let letters: Vec<char> = message.text.chars().take(400).collect();
        for piece in letters.windows(4).filter(|piece| piece.iter().all(is_han)) {
            holders.entry(piece.to_vec()).or_default().insert(place);
        }
    }
    let (year, month) = (372.0, 28.0);
    let pieces = holders.values().filter(|holders| holders.len() > 1).count() as f64;
    let mut found: Vec<Hot> = Vec::new();
    for (piece, holders) in holders.into_iter().filter(|(_, holders)| (6..=200).contains(&holders.len())) {
        let all: Vec<usize> = holders.into_iter().collect();
        let within = |from: usize| {
            let first = messages[all[from]].at;
            all[from..].iter().take_while(|at| hours_since(messages[**at].at, first) <= 28 * 24).count()
        };
        let Some((from, count)) =
            (0..all.len()).map(|from| (from, within(from))).max_by_key(|(_, count)| *count)
        else {
            continue;
        };
        // A message of the rest at least: an unheard-of name is not impossible.
        let rest = ((all.len() - count).max(1) as f64) * month / (year - month);
        let windows = year / month * 4.0;
        if chance_of(count as u32, rest, rest) * pieces * windows > 0.01 {
            continue;
        }
        let (first, last) = (messages[all[from]].at, messages[all[from + count - 1]].at);
        let near = |at: &usize| {
            hours_since(messages[*at].at, first) > -336 && hours_since(last, messages[*at].at) > -336
        };
        let messages = all.iter().copied().filter(near).collect();
        found.push(Hot { name: piece.into_iter().collect(), messages, from: first, to: last });
    }
    found.sort_by(|one, other| (other.messages.len(), &one.name).cmp(&(one.messages.len(), &other.name)));
    let mut topics: Vec<Hot> = Vec::new();
    for hot in found {
        let same = |known: &&mut Hot| {
            let shared = known.messages.intersection(&hot.messages).count();
            2 * shared >= hot.messages.len().min(known.messages.len())
        };
        match topics.iter_mut().find(same) {
            Some(known) => known.messages.extend(&hot.messages),
            None => topics.push(hot),
        }
    }
    topics.retain(|hot| hot.from.date() >= JUDGED_FROM);
    topics
}

fn weeks() -> f64 {
    f64::from(JUDGED_FROM.until(TO).map_or(7, |span| span.get_days())) / 7.0
}

/// Whether a warning is of a hot topic: half of its messages are.
fn is_of(warning: &Raised, hot: &BTreeSet<usize>) -> bool {
    2 * warning.messages.intersection(hot).count() >= warning.messages.len()
}

fn report(name: &str, raised: &[Raised], topics: &[Hot], says_each: bool) {
    let judged: Vec<&Raised> = raised.iter().filter(|warning| warning.at.date() >= JUDGED_FROM).collect();
    let of_topic =
        judged.iter().filter(|warning| topics.iter().any(|hot| is_of(warning, &hot.messages))).count();
    let mut delays: Vec<i64> = Vec::new();
    for hot in topics {
        let first = judged.iter().find(|warning| is_of(warning, &hot.messages) && warning.at <= hot.to);
        delays.extend(first.map(|warning| hours_since(warning.at, hot.from) / 24));
        if says_each {
            let when = first.map_or("-".to_owned(), |warning| warning.at.date().to_string());
            println!(
                "    {} × {}：{} … {}，预警 {when}",
                hot.name,
                hot.messages.len(),
                hot.from.date(),
                hot.to.date()
            );
        }
    }
    delays.sort_unstable();
    let median = delays.get(delays.len() / 2).map_or("-".to_owned(), i64::to_string);
    println!(
        "{name}: {} warnings ({:.2} a week), {of_topic} of a hot topic, {:.2} others a week; {} of {} hot topics, median delay {median} days",
        judged.len(),
        judged.len() as f64 / weeks(),
        (judged.len() - of_topic) as f64 / weeks(),
        delays.len(),
        topics.len(),
    );
}

/// The same messages with their moments dealt anew: nothing flares up.
fn shuffled(messages: &[Message], seed: u64) -> Vec<Message> {
    let mut dice = Dice(seed);
    let mut moments: Vec<DateTime> = messages.iter().map(|message| message.at).collect();
    for at in (1..moments.len()).rev() {
        moments.swap(at, dice.roll(at + 1));
    }
    let mut dealt: Vec<Message> =
        messages.iter().zip(moments).map(|(message, at)| Message { at, ..message.clone() }).collect();
    dealt.sort_by_key(|message| message.at);
    dealt
}

/// Puts a flare of so many messages within so many hours into dealt messages,
/// of which only those that matter to it are left.
fn with_flare(
    messages: &[Message],
    size: usize,
    hours: i64,
    dice: &mut Dice,
) -> (Vec<Message>, Message, DateTime) {
    let from = JUDGED_FROM.saturating_add((dice.roll(290) as i64).days()).at(8, 0, 0, 0);
    let (first, last) = (from.saturating_sub(80.days()), from.saturating_add(7.days()));
    let mut more: Vec<Message> =
        messages.iter().filter(|message| (first..last).contains(&message.at)).cloned().collect();
    let sample = messages[dice.roll(messages.len())].clone();
    for _ in 0..size {
        let at = from.saturating_add((dice.roll(hours as usize * 60) as i64).minutes());
        more.push(Message { at, ..sample.clone() });
    }
    more.sort_by_key(|message| message.at);
    (more, sample, from)
}

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !data.is_dir() {
        println!("skipped: {} is missing", data.display());
        return;
    }
    let messages = messages(&data);
    let topics = hot_topics(&messages);
    let series: HashSet<&Subject> = messages.iter().flat_map(|message| &message.subjects).collect();
    println!(
        "{} messages from {FROM} to {TO}, {} series (first hits, places), {:.0} weeks judged, {} hot topics",
        messages.len(),
        series.len(),
        weeks(),
        topics.len()
    );
    for a_week in STATED {
        let raised = detect(&messages, a_week);
        report(&format!("detector, {a_week} stated"), &raised, &topics, a_week == FALSE_ALARMS_A_WEEK);
        let others = raised.iter().filter(|warning| !topics.iter().any(|hot| is_of(warning, &hot.messages)));
        for warning in others.filter(|_| a_week == FALSE_ALARMS_A_WEEK) {
            println!("    other: {} {} × {}", warning.at.date(), warning.subject.key, warning.messages.len());
        }
    }
    report("5 a day or 10 a week", &by_rule(&messages, fixed), &topics, false);
    report("mean + 3 sigma of four weeks", &by_rule(&messages, three_sigma), &topics, false);
    by_chance(&messages);
    put_in(&shuffled(&messages, 1));
}

/// Warnings a week where nothing flares up.
fn by_chance(messages: &[Message]) {
    let dealt: Vec<Vec<Message>> = (0..SEEDS).map(|seed| shuffled(messages, seed)).collect();
    let say = |name: &str, raise: &dyn Fn(&[Message]) -> Vec<Raised>| {
        let judged = |raised: &Raised| raised.at.date() >= JUDGED_FROM;
        let count: usize =
            dealt.iter().map(|dealt| raise(dealt).iter().filter(|one| judged(one)).count()).sum();
        println!(
            "dates dealt anew {SEEDS} times, {name}: {:.2} false alarms a week",
            count as f64 / weeks() / SEEDS as f64
        );
    };
    for a_week in STATED {
        say(&format!("detector, {a_week} stated"), &|dealt| detect(dealt, a_week));
    }
    say("5 a day or 10 a week", &|dealt| by_rule(dealt, fixed));
    say("mean + 3 sigma of four weeks", &|dealt| by_rule(dealt, three_sigma));
}

/// How many flares of a known size are warned of, and when.
fn put_in(dealt: &[Message]) {
    for (size, hours) in [(6, 6), (8, 6), (6, 24), (10, 24), (15, 24), (10, 120), (20, 120)] {
        let mut dice = Dice(size as u64 * 1_000 + hours as u64);
        let (mut caught, mut delay) = (0, 0);
        for _ in 0..FLARES {
            let (more, sample, from) = with_flare(dealt, size, hours, &mut dice);
            let until = from.saturating_add((hours + 24).hours());
            let is_it = |warning: &Raised| {
                (from..=until).contains(&warning.at) && sample.subjects.contains(&warning.subject)
            };
            if let Some(warning) = detect(&more, FALSE_ALARMS_A_WEEK).iter().find(|warning| is_it(warning)) {
                caught += 1;
                delay += hours_since(warning.at, from);
            }
        }
        println!(
            "put in: {size} messages within {hours} h: {caught} of {FLARES} warned of, after {:.0} h on average",
            delay as f64 / f64::from(caught.max(1))
        );
    }
}
