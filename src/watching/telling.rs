//! A warning as people and other programs are told it: what it is about by
//! name, how far out of the usual it is, what was asked and shown.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::entry::{Entry, Region, RegionLevel, Status};
use crate::journal::{Acknowledged, Warned, WarningState};
use crate::library::{Library, LibraryError};
use crate::warnings::{Kind, Subject};

/// A warning with the names of what it is about.
#[derive(Debug, Clone, Serialize)]
pub struct Telling {
    pub id: i64,
    pub kind: &'static str,
    /// The topic, the region's code, the entry's id, the rule; a topic and a
    /// region with `@` between them.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// In one sentence.
    pub title: String,
    /// Where it is of a place.
    pub region: Option<Region>,
    pub state: WarningState,
    pub since: Timestamp,
    pub raised_at: Timestamp,
    pub last_at: Timestamp,
    pub over_at: Option<Timestamp>,
    /// Within how many hours; none of a rule.
    pub hours: Option<u32>,
    pub calls: u32,
    pub expected: Option<f64>,
    /// The chance of so many calls on a usual day.
    pub chance: Option<f64>,
    /// What flared up with it.
    pub also: Vec<String>,
    /// Masked; none for whoever may not read the journal.
    pub questions: Option<Vec<String>>,
    pub places: Vec<PlaceTold>,
    pub entries: Vec<EntryTold>,
    pub days: Vec<DayTold>,
    pub acknowledged: Option<Acknowledged>,
}

/// A place and how many calls came from there.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceTold {
    pub code: String,
    pub name: String,
    pub calls: u32,
}

/// An entry and for how many calls it was shown first.
#[derive(Debug, Clone, Serialize)]
pub struct EntryTold {
    pub id: String,
    pub title: String,
    pub calls: u32,
}

/// A day of the course.
#[derive(Debug, Clone, Serialize)]
pub struct DayTold {
    pub day: Date,
    pub calls: u32,
    pub usual: f64,
}

/// Who is told.
pub struct Listener<'a> {
    /// Whether callers' questions, masked, and what was noted may be read.
    pub reads_questions: bool,
    pub may_read: &'a dyn Fn(&Entry) -> bool,
}

impl Telling {
    /// Tells a warning to somebody.
    pub fn of(warned: &Warned, library: &Library, to: &Listener<'_>) -> Result<Telling, LibraryError> {
        let Warned { subject, detail, .. } = warned;
        let title_of = |id: &str| -> Result<Option<String>, LibraryError> {
            let is_shown = |entry: &Entry| entry.status == Status::Published && (to.may_read)(entry);
            let live = library.live_entry(id)?.filter(|live| is_shown(&live.entry));
            Ok(live.map(|live| live.entry.title))
        };
        let entry = match subject.kind {
            Kind::Entry => title_of(&subject.key)?,
            _ => None,
        };
        let name = name_of(subject, entry);
        let mut entries = Vec::new();
        for (id, calls) in &detail.entries {
            if let Some(title) = title_of(id)? {
                entries.push(EntryTold { id: id.clone(), title, calls: *calls });
            }
        }
        let mut also = Vec::new();
        for other in &warned.also {
            let entry = if other.kind == Kind::Entry { title_of(&other.key)? } else { None };
            also.push(name_of(other, entry));
        }
        let is_counted = subject.kind != Kind::Rule;
        let acknowledged = warned.acknowledged.clone().map(|seen| match to.reads_questions {
            true => seen,
            false => Acknowledged { note: String::new(), ..seen },
        });
        let places = detail.places.iter();
        Ok(Telling {
            id: warned.number,
            kind: subject.kind.as_str(),
            key: subject.key.clone(),
            title: sentence(warned, &name),
            name,
            region: region_of(warned),
            state: warned.state(),
            since: warned.since,
            raised_at: warned.raised_at,
            last_at: warned.last_at,
            over_at: warned.over_at,
            hours: is_counted.then_some(warned.hours),
            calls: warned.calls,
            expected: is_counted.then_some(rounded(warned.expected)),
            chance: is_counted.then_some(warned.chance),
            also,
            questions: to.reads_questions.then(|| detail.questions.clone()),
            places: places
                .map(|(code, calls)| PlaceTold { code: code.clone(), name: place_name(code), calls: *calls })
                .collect(),
            entries,
            days: detail
                .days
                .iter()
                .map(|day| DayTold { day: day.day, calls: day.calls, usual: rounded(day.usual) })
                .collect(),
            acknowledged,
        })
    }
}

/// The place a warning is of; none where it is of all.
pub fn region_of(warned: &Warned) -> Option<Region> {
    let (_, region) = warned.subject.topic_and_region();
    Region::parse(region.unwrap_or(&warned.region))
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn name_of(subject: &Subject, entry: Option<String>) -> String {
    match subject.topic_and_region() {
        (Some(topic), Some(region)) => format!("{}的“{topic}”", place_name(region)),
        (Some(topic), None) => format!("主题“{topic}”"),
        (None, Some(region)) => place_name(region),
        (None, None) => match subject.kind {
            Kind::Entry => format!("条目“{}”", entry.unwrap_or_else(|| subject.key.clone())),
            _ => subject.key.clone(),
        },
    }
}

/// 沈阳市和平区; the code where it has no name.
fn place_name(code: &str) -> String {
    let Some(region) = Region::parse(code) else { return code.to_owned() };
    let Some(own) = region.name() else { return code.to_owned() };
    let city = region.above().into_iter().find(|(above, _)| above.level() == RegionLevel::City);
    city.map_or_else(|| own.to_owned(), |(_, city)| format!("{city}{own}"))
}

fn sentence(warned: &Warned, name: &str) -> String {
    if warned.subject.kind == Kind::Rule {
        let place = region_of(warned).map(|region| place_name(&region.to_string()));
        return match place {
            Some(place) => format!("{place}有一通电话涉及“{name}”"),
            None => format!("有一通电话涉及“{name}”"),
        };
    }
    let within = match warned.hours {
        168 => "一周内".to_owned(),
        hours => format!("{hours} 小时内"),
    };
    let usual = match warned.expected {
        expected if expected < 1.0 => "平时不到 1 通".to_owned(),
        expected => format!("平时约 {expected:.0} 通"),
    };
    format!("{name}：{within} {} 通，{usual}", warned.calls)
}
