//! The figures agree to the unit with a hand count: 1,000 generated calls are
//! written into the journal, counted here in the plainest way, and asked for
//! over HTTP and on the command line.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use jida::entry::Region;
use jida::journal::{Asked, Journal, Line, Outcome, Place, Subject, Told};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Server, World, faq};

const CALLS: usize = 1_000;
/// Days over which the calls are spread, the last one yesterday.
const DAYS: i64 = 40;
const TOPICS: [&str; 5] = ["户籍", "社会保障", "住房", "交通管理", ""];
const DEPARTMENTS: [&str; 4] = ["公安局", "人社局", "住建局", "供热办"];
const REGIONS: [&str; 5] = ["210102", "210104", "210100", "210202", "210000"];
const LINES: [Option<Line>; 5] =
    [Some(Line::Line12345), Some(Line::Line8890), Some(Line::Web), Some(Line::Chatbot), None];

/// A generator of numbers that gives the same ones each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

struct Question {
    id: Uuid,
    after_s: i64,
    shown: Vec<usize>,
    answered: Option<bool>,
}

struct Word {
    /// Of which question.
    of: usize,
    after_s: i64,
    outcome: Outcome,
    entry: Option<usize>,
    department: Option<&'static str>,
    satisfaction: Option<u8>,
}

struct Call {
    name: Option<String>,
    at: Timestamp,
    line: Option<Line>,
    region: Option<Region>,
    questions: Vec<Question>,
    words: Vec<Word>,
}

fn entry_id(entry: usize) -> String {
    format!("entry-{entry}")
}

fn subject(entry: usize) -> Subject {
    Subject::of(&format!("{}/其他", TOPICS[entry % TOPICS.len()]), DEPARTMENTS[entry % DEPARTMENTS.len()])
}

fn first_day() -> Date {
    Zoned::now().date().saturating_sub(DAYS.days())
}

fn generated() -> Vec<Call> {
    let mut dice = Dice(8890);
    (0..CALLS).map(|number| generated_call(&mut dice, number)).collect()
}

fn generated_call(dice: &mut Dice, number: usize) -> Call {
    let day = first_day().saturating_add((dice.roll(DAYS as usize) as i64).days());
    let (hour, minute) = (dice.roll(23) as i8, dice.roll(60) as i8);
    let at = day.at(hour, minute, 0, 0).to_zoned(TimeZone::system()).unwrap().timestamp();
    let line = LINES[dice.roll(LINES.len())];
    let is_bot = line == Some(Line::Chatbot);
    let asked = if is_bot { 1 } else { 1 + dice.roll(3) };
    let mut after_s = 0;
    let mut questions: Vec<Question> = Vec::new();
    for _ in 0..asked {
        let shown = if dice.one_in(7) { 0 } else { 1 + dice.roll(10) };
        questions.push(Question {
            id: Uuid::now_v7(),
            after_s,
            shown: (0..shown).map(|_| dice.roll(60)).collect(),
            answered: is_bot.then(|| !dice.one_in(3)),
        });
        after_s += 5 + dice.roll(40) as i64;
    }
    let mut words = Vec::new();
    let mut say = |dice: &mut Dice, outcome, entry, department, satisfaction| {
        after_s += 1 + dice.roll(60) as i64;
        words.push(Word { of: dice.roll(asked), after_s, outcome, entry, department, satisfaction });
    };
    if !is_bot {
        for outcome in [Outcome::Opened, Outcome::Copied, Outcome::Copied] {
            if !dice.one_in(3) {
                let entry = dice.roll(60);
                say(dice, outcome, Some(entry), None, None);
            }
        }
    }
    let satisfaction = (!dice.one_in(2)).then(|| 1 + dice.roll(5) as u8);
    match dice.roll(6) {
        0 => say(dice, Outcome::Dispatched, None, Some(DEPARTMENTS[number % 4]), satisfaction),
        1 => say(dice, Outcome::Abandoned, None, None, None),
        2 | 3 => {
            let entry = dice.roll(60);
            say(dice, Outcome::Answered, Some(entry), None, satisfaction);
        }
        4 => {
            say(dice, Outcome::Answered, None, None, None);
            say(dice, Outcome::Dispatched, None, Some(DEPARTMENTS[number % 3]), None);
            say(dice, Outcome::Rated, None, None, Some(5));
        }
        _ => {}
    }
    let name = (!is_bot).then(|| format!("call-{number}"));
    let region = (!dice.one_in(6)).then(|| Region::parse(REGIONS[dice.roll(REGIONS.len())]).unwrap());
    Call { name, at, line, region, questions, words }
}

/// The entries of a question's result, as the generator wrote them.
fn asked_of(call: &Call, question: &Question) -> Asked {
    Asked {
        search_id: question.id,
        at: call.at + SignedDuration::from_secs(question.after_s),
        question: "供暖温度不达标怎么办".to_owned(),
        region: call.region,
        collection: None,
        place: place(call),
        shown: question.shown.iter().copied().map(entry_id).collect(),
        confidence: 0.5,
        answered: question.answered,
        subject: question.shown.first().copied().map(subject).unwrap_or_default(),
    }
}

fn place(call: &Call) -> Place {
    Place { call: call.name.clone(), seat: Some("A07".to_owned()), line: call.line, key_id: "k1".to_owned() }
}

fn told_of(call: &Call, word: &Word) -> Told {
    Told {
        search_id: Some(call.questions[word.of].id),
        at: call.at + SignedDuration::from_secs(word.after_s),
        outcome: word.outcome,
        entry_id: word.entry.map(entry_id),
        subject: word.entry.map(subject),
        department: word.department.map(str::to_owned),
        satisfaction: word.satisfaction,
        place: place(call),
        note: String::new(),
    }
}

fn write(journal: &Journal, calls: &[Call]) {
    let done = AtomicBool::new(true);
    // Written in several pieces, as a server does.
    for piece in calls.chunks(100) {
        for call in piece {
            for question in &call.questions {
                journal.asked(asked_of(call, question));
            }
            for word in &call.words {
                journal.told(told_of(call, word), Box::new(|written| written.expect("written")));
            }
        }
        journal.keep(&done);
    }
    assert_eq!(journal.lost(), 0);
}

impl Call {
    fn local(&self) -> Zoned {
        self.at.to_zoned(TimeZone::system())
    }

    fn outcome(&self) -> Option<Outcome> {
        let settled =
            |word: &&Word| !matches!(word.outcome, Outcome::Opened | Outcome::Copied | Outcome::Rated);
        self.words.iter().rfind(settled).map(|word| word.outcome)
    }

    fn satisfaction(&self) -> Option<u8> {
        self.words.iter().rev().find_map(|word| word.satisfaction)
    }

    fn did(&self, outcome: Outcome) -> bool {
        self.words.iter().any(|word| word.outcome == outcome)
    }

    /// By what was used last; where nothing was, by the last result.
    fn topic(&self) -> String {
        let used = self.words.iter().rev().filter(|word| word.outcome != Outcome::Opened);
        let used = used.filter_map(|word| word.entry).next();
        let shown = self.questions.iter().rev().find_map(|question| question.shown.first().copied());
        used.or(shown).map(|entry| TOPICS[entry % TOPICS.len()].to_owned()).unwrap_or_default()
    }

    /// Places of the entries first used, a question each: 0 where it was not shown.
    fn positions(&self) -> Vec<usize> {
        let mut places = BTreeMap::new();
        for word in &self.words {
            if let (Outcome::Copied | Outcome::Answered, Some(entry)) = (word.outcome, word.entry) {
                let shown = &self.questions[word.of].shown;
                let position = shown.iter().position(|one| *one == entry).map_or(0, |place| place + 1);
                places.entry(word.of).or_insert(position);
            }
        }
        places.into_values().collect()
    }

    fn waited_s(&self) -> Option<i64> {
        let first = self.words.iter().find(|word| word.outcome == Outcome::Copied)?;
        Some(first.after_s - self.questions[first.of].after_s)
    }
}

/// The hand count: what the figures have to be, by name, as numerator and denominator.
fn counted<'c>(calls: impl Iterator<Item = &'c Call>) -> BTreeMap<&'static str, (u64, u64)> {
    let mut figures: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
    let mut count = |name, is_in: bool, is_counted: bool| {
        let figure = figures.entry(name).or_default();
        figure.1 += u64::from(is_in);
        figure.0 += u64::from(is_in && is_counted);
    };
    for call in calls {
        let outcome = call.outcome();
        count("instant_answer", outcome.is_some(), outcome == Some(Outcome::Answered));
        count("dispatched", outcome.is_some(), outcome == Some(Outcome::Dispatched));
        count("adoption", call.line != Some(Line::Chatbot), call.did(Outcome::Copied));
        for question in &call.questions {
            count("no_result", true, question.shown.is_empty());
            count("refusal", question.answered.is_some(), question.answered == Some(false));
        }
        for position in call.positions() {
            count("first_place", true, position == 1);
            count("first_three", true, (1..=3).contains(&position));
        }
        let satisfaction = call.satisfaction();
        count("satisfaction", satisfaction.is_some(), satisfaction.is_some_and(|given| given >= 4));
    }
    figures
}

fn median_s<'c>(calls: impl Iterator<Item = &'c Call>) -> (u64, Option<f64>) {
    let mut waited: Vec<i64> = calls.filter_map(Call::waited_s).collect();
    waited.sort_unstable();
    let count = waited.len();
    let median = (count > 0).then(|| (waited[(count - 1) / 2] + waited[count / 2]) as f64 / 2.0);
    (count as u64, median)
}

fn assert_agrees(report: &Value, calls: &[&Call], about: &str) {
    let expected = counted(calls.iter().copied());
    for figure in report["figures"].as_array().expect("figures") {
        let name = figure["name"].as_str().expect("a name");
        let denominator = figure["denominator"]["count"].as_u64();
        if name == "copy_seconds" {
            let (count, median) = median_s(calls.iter().copied());
            assert_eq!((denominator, figure["value"].as_f64()), (Some(count), median), "{about}");
        } else if let Some((numerator, of)) = expected.get(name) {
            let found = (figure["numerator"]["count"].as_u64(), denominator);
            assert_eq!(found, (Some(*numerator), Some(*of)), "{about}: {name}");
            let share = (*of > 0).then(|| *numerator as f64 / *of as f64);
            // Written as text and read again: all but the last digit.
            let is_same = match (figure["value"].as_f64(), share) {
                (Some(found), Some(share)) => (found - share).abs() < 1e-12,
                (found, share) => found == share,
            };
            assert!(is_same, "{about}: {name}: {figure}, {share:?}");
        }
    }
    let named = expected.keys().filter(|name| report["figures"].to_string().contains(*name));
    assert_eq!(named.count(), 8, "{report}");
}

/// A name for each of a thing's groups, and whether a call is of it.
type Keys = fn(&Call) -> String;

const GROUPED: [(&str, Keys); 7] = [
    ("day", |call| call.local().date().to_string()),
    ("hour", |call| format!("{:02}", call.local().hour())),
    ("line", |call| call.line.map_or("", Line::as_str).to_owned()),
    ("region", |call| call.region.map(|region| region.to_string()).unwrap_or_default()),
    ("city", |call| call.region.map(|region| format!("{}00", &region.to_string()[..4])).unwrap_or_default()),
    ("topic", Call::topic),
    ("department", |call| {
        let told = call.words.iter().rev().find_map(|word| match word.outcome {
            Outcome::Dispatched => word.department.map(str::to_owned),
            Outcome::Copied | Outcome::Answered => {
                word.entry.map(|entry| DEPARTMENTS[entry % DEPARTMENTS.len()].to_owned())
            }
            _ => None,
        });
        let shown = call.questions.iter().rev().find_map(|question| question.shown.first());
        told.or(shown.map(|entry| DEPARTMENTS[entry % DEPARTMENTS.len()].to_owned())).unwrap_or_default()
    }),
];

fn assert_groups_agree(server: &Server, key: &str, query: &str, calls: &[&Call]) {
    for (by, key_of) in GROUPED {
        let reply = server.get_as(key, &format!("/v1/stats/groups?by={by}&{query}")).good();
        let mut expected: BTreeMap<String, Vec<&Call>> = BTreeMap::new();
        for call in calls {
            expected.entry(key_of(call)).or_default().push(call);
        }
        let groups = reply["groups"].as_array().expect("groups").iter();
        let found: Vec<&Value> = groups.filter(|group| group["counts"]["calls"] != 0).collect();
        assert_eq!(found.len(), expected.len(), "{by} {query}: {reply}");
        for (group, (name, members)) in found.into_iter().zip(expected) {
            let about = format!("{by} {name} {query}");
            assert_eq!(group["key"], name, "{about}");
            assert_eq!(group["counts"]["calls"], members.len(), "{about}");
            let counts = counted(members.iter().copied());
            let (answered, accepted) = counts["instant_answer"];
            assert_eq!(group["counts"]["accepted"], accepted, "{about}");
            assert_eq!(group["counts"]["answered"], answered, "{about}");
            assert_eq!(group["counts"]["empty"], counts["no_result"].0, "{about}");
            assert_eq!(group["counts"]["copied"], counts["adoption"].0, "{about}");
        }
    }
}

/// Which calls count.
type Selects = fn(&Call) -> bool;

fn assert_all_agrees(server: &Server, key: &str, calls: &[Call]) {
    let (first, last) = (first_day(), first_day().saturating_add((DAYS - 1).days()));
    let middle = first.saturating_add((DAYS / 2).days());
    let before_middle = middle.yesterday().unwrap();
    let is_in = |call: &Call, from: Date, to: Date| (from..=to).contains(&call.local().date());
    let selections: [(&str, Selects); 9] = [
        ("", |_| true),
        ("&line=12345", |call| call.line == Some(Line::Line12345)),
        ("&line=chatbot", |call| call.line == Some(Line::Chatbot)),
        ("&region=000000", |_| true),
        ("&region=210000", |call| call.region.is_some()),
        ("&region=210000&line=web", |call| call.region.is_some() && call.line == Some(Line::Web)),
        ("&region=210100", |call| {
            call.region.is_some_and(|region| Region::parse("210100").unwrap().covers(region))
        }),
        ("&region=210104", |call| call.region == Region::parse("210104")),
        ("&region=210102&line=8890", |call| {
            call.region == Region::parse("210102") && call.line == Some(Line::Line8890)
        }),
    ];
    for (more, is_selected) in selections {
        let of = |from, to| -> Vec<&Call> {
            calls.iter().filter(|call| is_selected(call) && is_in(call, from, to)).collect()
        };
        let query = format!("from={middle}&to={last}{more}");
        let report = server.get_as(key, &format!("/v1/stats/figures?{query}")).good();
        assert_agrees(&report, &of(middle, last), &query);
        assert_groups_agree(server, key, &query, &of(middle, last));
        // The period before is the same as that period by itself.
        assert_eq!(report["before"], json!({"from": first, "to": before_middle}));
        let before =
            server.get_as(key, &format!("/v1/stats/figures?from={first}&to={before_middle}{more}")).good();
        assert_agrees(&before, &of(first, before_middle), more);
        let figures = report["figures"].as_array().unwrap().iter().zip(before["figures"].as_array().unwrap());
        for (now, then) in figures {
            assert_eq!(now["before"]["value"], then["value"], "{}", now["name"]);
            assert_eq!(now["before"]["denominator"], then["denominator"]["count"], "{}", now["name"]);
        }
    }
}

#[test]
fn figures_agree_with_a_hand_count_of_a_thousand_calls() {
    let world = World::of([faq("heat", "供暖温度不达标怎么办", "先测温。")]);
    let key = world.key("agent", &[]);
    let mut calls = generated();
    let journal = Journal::new(&world.corpus(), true);
    // Some days' calls first, so that the others come after their days were added up.
    let late = calls.split_off(CALLS * 3 / 4);
    write(&journal, &calls);
    journal.count_days().expect("days added up");
    write(&journal, &late);
    calls.extend(late);
    let server = world.serve();
    assert_all_agrees(&server, &key, &calls);
    journal.count_days().expect("days added up");
    assert_all_agrees(&server, &key, &calls);

    let said = world.jida_stats(&["--json", "--from", &first_day().to_string()]);
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_agrees(&report, &calls.iter().collect::<Vec<_>>(), "jida stats");
    let said = world.jida_stats(&["--from", &first_day().to_string()]);
    let (answered, accepted) = counted(calls.iter())["instant_answer"];
    assert!(
        said.contains(&format!("即时答复率：{:.2} %", answered as f64 * 100.0 / accepted as f64)),
        "{said}"
    );
    assert!(said.contains(&format!("（{answered} ÷ {accepted}）")), "{said}");
}

impl World {
    fn jida_stats(&self, arguments: &[&str]) -> String {
        self.jida_ok(&[&["stats"], arguments].concat()).out
    }
}

#[test]
fn what_is_told_late_changes_the_day_of_its_call() {
    let world = World::of([faq("heat", "供暖温度不达标怎么办", "先测温。")]);
    let key = world.key("agent", &[]);
    let mut call = generated_call(&mut Dice(1), 0);
    (call.line, call.words, call.name) = (Some(Line::Line12345), Vec::new(), Some("late".to_owned()));
    let journal = Journal::new(&world.corpus(), true);
    write(&journal, std::slice::from_ref(&call));
    assert_eq!(journal.count_days().unwrap(), 1);
    let server = world.serve();
    let day = call.local().date();
    let counts =
        || server.get_as(&key, &format!("/v1/stats/figures?from={day}&to={day}")).good()["counts"].clone();
    assert_eq!((counts()["calls"].clone(), counts()["accepted"].clone()), (json!(1), json!(0)));
    let tell = |body: Value| server.call("POST", "/v1/feedback", &key, &[], &body.to_string()).good();
    tell(json!({"call": "late", "outcome": "answered"}));
    tell(json!({"call": "late", "outcome": "rated", "satisfaction": 4}));
    let told = counts();
    assert_eq!((told["answered"].clone(), told["satisfied"].clone()), (json!(1), json!(1)), "{told}");
    drop(server);
    let server = world.serve();
    let again = server.get_as(&key, &format!("/v1/stats/instant-answer?from={day}&to={day}")).good();
    assert_eq!(again, json!({"accepted": 1, "answered": 1, "dispatched": 0, "rate": 1.0}));
}
