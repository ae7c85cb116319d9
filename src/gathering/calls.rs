//! What calls asked, by wording; and what of it counts for which gap.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::{GatheringError, Target, start_of};
use crate::entry::Region;
use crate::journal::{Journal, Unhelped};
use crate::library::{GapCalls, GapDay, GapStatus, GatheredGap, KnownGap, Probable, bare};

/// A question of a call.
struct Event {
    call: u64,
    at: Timestamp,
    day: Date,
    unhelped: Option<Unhelped>,
    department: Arc<str>,
    is_accepted: bool,
    is_answered: bool,
    /// The gap it was reported on.
    reported_on: Option<Arc<str>>,
}

/// A wording in a place: the same but for punctuation, width and case.
pub(super) struct Wording {
    /// As it came first.
    pub text: String,
    pub bare: String,
    pub region: Option<Region>,
    /// What was found first for it; empty where nothing was.
    pub first_hit: String,
    /// Calls that were lost on it.
    pub lost: u64,
    events: Vec<Event>,
}

/// What the calls of some days asked.
pub(super) struct Heard {
    pub wordings: Vec<Wording>,
    pub calls: u64,
    pub lost: u64,
    /// Searches of reports that are among the calls.
    pub counted: Vec<Uuid>,
}

impl Heard {
    /// Reads the calls that were first heard of on `first` or after.
    pub fn read(
        journal: &Journal,
        reported: &HashMap<Uuid, String>,
        first: Date,
        now: Timestamp,
    ) -> Result<Heard, GatheringError> {
        let mut heard = Heard { wordings: Vec::new(), calls: 0, lost: 0, counted: Vec::new() };
        let mut places: HashMap<(Option<Region>, String), usize> = HashMap::new();
        let mut names: HashSet<Arc<str>> = HashSet::new();
        let mut shared = |name: &str| -> Arc<str> {
            if let Some(known) = names.get(name) {
                return Arc::clone(known);
            }
            let name: Arc<str> = name.into();
            names.insert(Arc::clone(&name));
            name
        };
        journal.calls_since::<GatheringError>(start_of(first), now, |call| {
            // Of a call that began before only the end is here.
            if call.day < first {
                return Ok(());
            }
            heard.calls += 1;
            let mut is_lost = false;
            for question in call.questions {
                let reported_on = reported.get(&question.search_id).map(|gap| shared(gap));
                let unhelped = reported_on.as_ref().map(|_| Unhelped::Reported).or(question.unhelped);
                if reported_on.is_some() {
                    heard.counted.push(question.search_id);
                }
                is_lost |= unhelped.is_some();
                let key = (question.region, bare(&question.text));
                let next = heard.wordings.len();
                let place = *places.entry(key).or_insert_with_key(|(region, bare)| {
                    heard.wordings.push(Wording {
                        text: question.text.clone(),
                        bare: bare.clone(),
                        region: *region,
                        first_hit: question.first_hit.clone(),
                        lost: 0,
                        events: Vec::new(),
                    });
                    next
                });
                let department = match unhelped {
                    Some(Unhelped::Dispatched) => shared(&call.dispatched_to),
                    _ => shared(&question.department),
                };
                let wording = &mut heard.wordings[place];
                // What was reported is on its gap already, whatever it is like.
                wording.lost += u64::from(unhelped.is_some() && reported_on.is_none());
                wording.events.push(Event {
                    call: heard.calls,
                    at: question.at,
                    day: call.day,
                    unhelped,
                    department,
                    is_accepted: call.is_accepted,
                    is_answered: call.is_answered,
                    reported_on,
                });
            }
            heard.lost += u64::from(is_lost);
            Ok(())
        })?;
        Ok(heard)
    }

    /// Places of the wordings, those most calls were lost on first; the same
    /// journal has one order.
    pub fn most_lost_first(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.wordings.len()).collect();
        places.sort_by(|&one, &other| {
            let (one, other) = (&self.wordings[one], &self.wordings[other]);
            other
                .lost
                .cmp(&one.lost)
                .then_with(|| one.bare.cmp(&other.bare))
                .then(one.region.cmp(&other.region))
        });
        places
    }
}

/// A lost call's question on a gap.
struct Lost<'a> {
    call: u64,
    unhelped: Unhelped,
    at: Timestamp,
    day: Date,
    question: &'a str,
    department: &'a str,
}

/// A call that asked a gap's question, however it went.
#[derive(Clone, Copy)]
struct Asked {
    call: u64,
    at: Timestamp,
    day: Date,
    is_accepted: bool,
    is_answered: bool,
}

#[derive(Default)]
struct OfTarget<'a> {
    region: Option<Region>,
    lost: Vec<Lost<'a>>,
    asked: Vec<Asked>,
}

/// What counts for which gap.
#[derive(Default)]
pub(super) struct Tally<'a> {
    targets: BTreeMap<Target, OfTarget<'a>>,
    reported: BTreeMap<&'a str, Vec<Lost<'a>>>,
}

impl<'a> Tally<'a> {
    /// Counts a wording's calls: those before a gap with it was closed for that
    /// gap, those after for an open one, where there is one.
    pub fn put(
        &mut self,
        wording: &'a Wording,
        closed: Option<(Target, Option<Timestamp>)>,
        open: Option<Target>,
    ) {
        for event in &wording.events {
            let Event { call, at, day, is_accepted, is_answered, .. } = *event;
            let asked = Asked { call, at, day, is_accepted, is_answered };
            let is_before = closed.is_some_and(|(_, settled)| settled.is_some_and(|settled| at < settled));
            let open = open.filter(|_| !is_before);
            for target in closed.map(|(target, _)| target).into_iter().chain(open) {
                let of_target = self.targets.entry(target).or_default();
                of_target.region = wording.region;
                of_target.asked.push(asked);
            }
            let Some(unhelped) = event.unhelped else { continue };
            let (question, department) = (wording.text.as_str(), event.department.as_ref());
            let lost = Lost { call, unhelped, at, day, question, department };
            match (&event.reported_on, open.or(closed.map(|(target, _)| target))) {
                (Some(gap), _) => self.reported.entry(gap.as_ref()).or_default().push(lost),
                (None, Some(target)) => self.targets.entry(target).or_default().lost.push(lost),
                (None, None) => {}
            }
        }
    }

    /// What every gap gets; a new one where enough calls were lost.
    pub fn into_gaps(
        mut self,
        known: &[KnownGap],
        merged: &[(String, String)],
        (least_calls, returns_from): (u64, u64),
    ) -> Vec<GatheredGap> {
        let places: HashMap<&str, usize> =
            known.iter().enumerate().map(|(place, gap)| (gap.id.as_str(), place)).collect();
        let into: HashMap<&str, &str> =
            merged.iter().map(|(from, into)| (from.as_str(), into.as_str())).collect();
        for (gap, lost) in std::mem::take(&mut self.reported) {
            let gap = into.get(gap).copied().unwrap_or(gap);
            if let Some(&place) = places.get(gap) {
                self.targets.entry(Target::Known(place)).or_default().lost.extend(lost);
            }
        }
        for (place, gap) in known.iter().enumerate().filter(|(_, gap)| !into.contains_key(gap.id.as_str())) {
            self.targets.entry(Target::Known(place)).or_default().region = gap.region;
        }
        let gaps = self.targets.into_iter().filter_map(|(target, of_target)| {
            let gap = match target {
                Target::Known(place) => Some(&known[place]),
                Target::New(_) => None,
            };
            let gathered = of_target.gathered(gap, returns_from);
            let lost: u64 = gathered.calls.iter().map(|calls| calls.calls).sum();
            (gap.is_some() || lost >= least_calls).then_some(gathered)
        });
        gaps.collect()
    }
}

impl OfTarget<'_> {
    fn gathered(mut self, gap: Option<&KnownGap>, returns_from: u64) -> GatheredGap {
        // Of a call the strongest reason counts, and of several questions the last.
        self.lost.sort_by(|one, other| {
            (one.call, one.unhelped, other.at).cmp(&(other.call, other.unhelped, one.at))
        });
        self.asked.sort_by_key(|asked| asked.call);
        self.asked.dedup_by_key(|asked| asked.call);
        let mut calls: BTreeMap<(Date, &str, Unhelped, &str), GapCalls> = BTreeMap::new();
        let mut departments: [BTreeMap<&str, u64>; 2] = Default::default();
        let (mut last_call, mut since_closing) = (None, 0);
        let settled = gap.filter(|gap| gap.status == GapStatus::Closed).and_then(|gap| gap.settled_at);
        for lost in &self.lost {
            let key = (lost.day, lost.question, lost.unhelped, lost.department);
            let row = calls.entry(key).or_insert_with(|| GapCalls {
                day: lost.day,
                question: lost.question.to_owned(),
                unhelped: lost.unhelped,
                department: lost.department.to_owned(),
                times: 0,
                calls: 0,
                last_at: lost.at,
            });
            row.times += 1;
            row.last_at = row.last_at.max(lost.at);
            if last_call == Some(lost.call) {
                continue;
            }
            last_call = Some(lost.call);
            row.calls += 1;
            since_closing += u64::from(settled.is_some_and(|settled| lost.at >= settled));
            let is_dispatched = lost.unhelped == Unhelped::Dispatched;
            if !lost.department.is_empty() {
                *departments[usize::from(!is_dispatched)].entry(lost.department).or_default() += 1;
            }
        }
        let asked_since =
            self.asked.iter().filter(|asked| settled.is_some_and(|settled| asked.at >= settled)).count()
                as u64;
        let returns = since_closing >= returns_from && 2 * since_closing > asked_since;
        GatheredGap {
            id: gap.map(|gap| gap.id.clone()),
            region: self.region,
            calls: calls.into_values().collect(),
            days: days_of(&self.asked),
            probable: probable(&departments),
            returns: returns.then(|| format!("关闭以后又有 {since_closing} 通电话没答上")),
        }
    }
}

fn days_of(asked: &[Asked]) -> Vec<GapDay> {
    let mut days: BTreeMap<Date, GapDay> = BTreeMap::new();
    for asked in asked {
        let day = asked.day;
        let of_day = days.entry(day).or_insert(GapDay { day, calls: 0, accepted: 0, answered: 0 });
        of_day.calls += 1;
        of_day.accepted += u64::from(asked.is_accepted);
        of_day.answered += u64::from(asked.is_answered);
    }
    days.into_values().collect()
}

/// The department most calls were dispatched to; where none was, the one whose
/// entries were found first most often.
fn probable([dispatched, hits]: &[BTreeMap<&str, u64>; 2]) -> Option<Probable> {
    let most = |named: &BTreeMap<&str, u64>, is_dispatched| {
        let all: u64 = named.values().sum();
        // Of equal ones the first by name.
        let (department, calls) = named.iter().rev().max_by_key(|(_, calls)| **calls)?;
        Some(Probable {
            department: (*department).to_owned(),
            share: *calls as f64 / all as f64,
            is_dispatched,
        })
    };
    most(dispatched, true).or_else(|| most(hits, false))
}
