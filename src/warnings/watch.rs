//! From judgements to warnings: one flare is one warning. It goes on while what
//! it began with is unusual, takes in what shares its calls, is over when things
//! are as usual, and goes on where it comes back soon after.

use super::course::{Typical, Verdict};

/// Share of calls in common with which two series tell of one flare.
const SAME_FLARE: f64 = 0.5;
/// A flare that began within this takes in what is a part of it: what shows in
/// a whole city shows in its districts. Later, a part is news of its own.
const SPREADS_HOURS: i64 = 24;
/// A flare that comes back within this is the same one.
pub const COMES_BACK_HOURS: i64 = 72;
const HOUR_MS: i64 = 3_600_000;

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The first level of a category.
    Topic,
    /// A district or a city.
    Place,
    /// What was shown first.
    Entry,
    /// A topic in a district or a city.
    TopicPlace,
    /// A rule of the editors.
    Rule,
}

impl Kind {
    /// The kinds whose course is watched.
    pub const WATCHED: [Kind; 4] = [Kind::Topic, Kind::Place, Kind::Entry, Kind::TopicPlace];

    /// The name in replies and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Topic => "topic",
            Kind::Place => "place",
            Kind::Entry => "entry",
            Kind::TopicPlace => "topic_place",
            Kind::Rule => "rule",
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Option<Kind> {
        let all = [Kind::Topic, Kind::Place, Kind::Entry, Kind::TopicPlace, Kind::Rule];
        all.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A series of calls that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    pub kind: Kind,
    /// The topic, the region's code, the entry's id, the rule's name; a topic
    /// and a region with `@` between them.
    pub key: String,
}

impl Subject {
    /// A subject by kind and key.
    pub fn new(kind: Kind, key: impl Into<String>) -> Subject {
        Subject { kind, key: key.into() }
    }

    /// A topic in a place.
    pub fn topic_place(topic: &str, region: &str) -> Subject {
        Subject::new(Kind::TopicPlace, format!("{topic}@{region}"))
    }

    /// How little it tells of what is going on: a topic in a district tells
    /// most, a place least.
    fn breadth(&self) -> u8 {
        match self.kind {
            Kind::Rule => 0,
            Kind::TopicPlace => 1 + u8::from(self.key.ends_with("00")),
            Kind::Entry => 3,
            Kind::Topic => 4,
            Kind::Place => 5 + u8::from(self.key.ends_with("00")),
        }
    }

    /// The topic and the region's code, each where there is one.
    pub fn topic_and_region(&self) -> (Option<&str>, Option<&str>) {
        match self.kind {
            Kind::Topic => (Some(&self.key), None),
            Kind::Place => (None, Some(&self.key)),
            Kind::TopicPlace => {
                let (topic, region) = self.key.rsplit_once('@').unwrap_or((&self.key, ""));
                (Some(topic), Some(region))
            }
            Kind::Entry | Kind::Rule => (None, None),
        }
    }
}

/// A flare under way, or just over.
#[derive(Debug, Clone, PartialEq)]
pub struct Flare {
    pub subject: Subject,
    /// Series that flared up with it.
    pub also: Vec<Subject>,
    pub since_ms: i64,
    pub last_ms: i64,
    pub over_ms: Option<i64>,
    /// Where it was most unusual.
    pub verdict: Verdict,
}

impl Flare {
    fn spreads(&self, now_ms: i64) -> bool {
        let began_ms = self.since_ms + self.verdict.window.hours as i64 * HOUR_MS;
        now_ms - began_ms <= SPREADS_HOURS * HOUR_MS
    }
}

/// A series judged at one moment.
#[derive(Debug, Clone)]
pub struct Judged {
    pub subject: Subject,
    pub verdicts: Vec<Verdict>,
    pub typical: Typical,
}

/// What a look changed of a flare, by its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Raised(usize),
    /// More unusual, with another series, or back again.
    Grown(usize),
    Over(usize),
}

/// All flares that are under way or may come back.
#[derive(Debug, Default)]
pub struct Watch {
    pub flares: Vec<Flare>,
    /// False alarms a week that series of each kind may raise.
    pub a_week_of_a_kind: f64,
}

impl Watch {
    /// Takes in what was judged at a moment. `shared` says of two series which
    /// share of the first's calls within so many hours, and of the second's,
    /// belong to both.
    pub fn look(
        &mut self,
        now_ms: i64,
        judged: &[Judged],
        mut shared: impl FnMut(&Subject, &Subject, usize) -> (f64, f64),
    ) -> Vec<Change> {
        let mut changes = self.follow(now_ms, judged);
        let mut rising: Vec<(&Judged, Verdict)> = judged
            .iter()
            .filter_map(|one| Some((one, flare_in(one, self.a_week_of_a_kind)?)))
            .filter(|(one, _)| !self.is_under_way(&one.subject))
            .collect();
        // The most unusual gives the warning its name; of equals what tells most.
        rising.sort_by(|(one, verdict), (other, less)| {
            let own = verdict.chance.total_cmp(&less.chance);
            own.then_with(|| one.subject.breadth().cmp(&other.subject.breadth()))
        });
        for (one, verdict) in rising {
            let hours = verdict.window.hours;
            let same = self.flares.iter().position(|flare| {
                let (of_one, of_flare) = match flare.over_ms {
                    None => shared(&one.subject, &flare.subject, hours),
                    Some(_) => return false,
                };
                let least = if flare.spreads(now_ms) { of_one.max(of_flare) } else { of_one.min(of_flare) };
                least >= SAME_FLARE
            });
            if let Some(same) = same {
                self.flares[same].also.push(one.subject.clone());
                changes.push(Change::Grown(same));
                continue;
            }
            let back = self.flares.iter().position(|flare| {
                let ended = flare.over_ms.filter(|over| now_ms - over <= COMES_BACK_HOURS * HOUR_MS);
                ended.is_some() && (flare.subject == one.subject || flare.also.contains(&one.subject))
            });
            match back {
                Some(back) => {
                    self.flares[back].over_ms = None;
                    self.flares[back].last_ms = now_ms;
                    changes.push(Change::Grown(back));
                }
                None => {
                    self.flares.push(Flare {
                        subject: one.subject.clone(),
                        also: Vec::new(),
                        since_ms: now_ms
                            - now_ms.rem_euclid(HOUR_MS)
                            - (verdict.window.hours as i64 - 1) * HOUR_MS,
                        last_ms: now_ms,
                        over_ms: None,
                        verdict,
                    });
                    changes.push(Change::Raised(self.flares.len() - 1));
                }
            }
        }
        changes
    }

    /// Goes on with the flares under way.
    fn follow(&mut self, now_ms: i64, judged: &[Judged]) -> Vec<Change> {
        let mut changes = Vec::new();
        let rising: Vec<&Subject> = judged
            .iter()
            .filter(|one| flare_in(one, self.a_week_of_a_kind).is_some())
            .map(|one| &one.subject)
            .collect();
        for (at, flare) in self.flares.iter_mut().enumerate().filter(|(_, flare)| flare.over_ms.is_none()) {
            let Some(one) = judged.iter().find(|one| one.subject == flare.subject) else { continue };
            let Some(own) = one.verdicts.iter().find(|own| own.window == flare.verdict.window) else {
                continue;
            };
            let strongest = one.verdicts.iter().min_by(|one, other| one.chance.total_cmp(&other.chance));
            // What flared up with it may go on without it.
            if own.is_over() && !flare.also.iter().any(|other| rising.contains(&other)) {
                flare.over_ms = Some(now_ms);
                changes.push(Change::Over(at));
                continue;
            }
            flare.last_ms = now_ms;
            if let Some(strongest) = strongest.filter(|now| now.chance < flare.verdict.chance) {
                flare.verdict = *strongest;
                changes.push(Change::Grown(at));
            }
        }
        changes
    }

    fn is_under_way(&self, subject: &Subject) -> bool {
        let under_way = self.flares.iter().filter(|flare| flare.over_ms.is_none());
        under_way.into_iter().any(|flare| flare.subject == *subject || flare.also.contains(subject))
    }
}

/// The most unusual window of those that are a flare.
fn flare_in(one: &Judged, a_week: f64) -> Option<Verdict> {
    let flares = one.verdicts.iter().filter(|own| own.is_flare(&one.typical, a_week));
    flares.min_by(|one, other| one.chance.total_cmp(&other.chance)).copied()
}
