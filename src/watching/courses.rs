//! The courses of all series judged at one moment: read from what was laid
//! down, today's from its calls.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use super::Told;
use super::written::Written;
use crate::journal::{DayOfCalls, DayOfDetail, Detail, Hours, Journal, JournalError};
use crate::warnings::{
    BASELINE_DAYS, Change, Course, FALSE_ALARMS_A_WEEK, Flare, GUARD_DAYS, HOLIDAYS, Holidays, Judged, Kind,
    LEAST_CALLS, Moment, SPAN_DAYS, Shape, Subject, Typical, Usual, Watch, judge, season,
};

/// Series of a kind whose dispersion is taken for that of all.
const SAMPLED: usize = 20;
/// Days a warning's chart goes back.
const CHART_DAYS: usize = 35;
/// How far back a warning's questions and places go.
const TOLD_DAYS: i64 = 7;
/// Last year's same weekday.
const YEAR_DAYS: i64 = 364;
/// Days around a day that make its season.
const AROUND_DAYS: i64 = 10;

/// What is the same for a whole day.
struct Today {
    day: Date,
    /// As which weekday each day of a course is taken that ends today.
    weekdays: [usize; SPAN_DAYS],
    known_days: usize,
    reaches_last_year: bool,
    shape: Shape,
    typical: HashMap<Kind, Typical>,
    /// The days before today up to the guard's, by day.
    recent: HashMap<Date, DayOfCalls>,
}

/// Judges courses, look by look.
pub(super) struct Courses {
    written: Written,
    holidays: Holidays,
    today: Option<Today>,
}

impl Courses {
    pub fn new(corpus: &Path) -> Courses {
        Courses { written: Written::new(corpus, HOLIDAYS), holidays: Holidays::default(), today: None }
    }

    /// Judges every series that had a call lately, and what is under way.
    pub fn look(
        &mut self,
        journal: &Journal,
        told: Told,
        now: &Zoned,
        stop: &AtomicBool,
    ) -> Result<(), JournalError> {
        self.read_where_changed();
        let day = now.date();
        let is_stopping = || stop.load(Ordering::Relaxed);
        let laid_down = journal.lay_down_courses(day, is_stopping)?;
        if is_stopping() {
            return Ok(());
        }
        if laid_down > 0 || self.today.as_ref().is_none_or(|today| today.day != day) {
            self.today = Today::read(journal, day, self.holidays.weekdays(day))?;
        }
        let Some(today) = &self.today else { return Ok(()) };
        let calls = journal.day_of_calls(day)?;
        let moment = today.moment(now);
        let kept = journal.flares(now.timestamp())?;
        let (numbers, flares): (Vec<i64>, Vec<Flare>) = kept.into_iter().unzip();
        let mut judged = Vec::new();
        for subject in today.worth_a_look(&calls, &flares) {
            let course = today.course(journal, &subject, calls.series.get(&subject))?;
            let Some(typical) = today.typical.get(&subject.kind) else { continue };
            let season = today.season(journal, &subject)?;
            judged.extend(judge(&subject, &course, moment, &today.shape, typical, season));
        }
        let a_week_of_a_kind = FALSE_ALARMS_A_WEEK / Kind::WATCHED.len() as f64;
        let mut watch = Watch { flares, a_week_of_a_kind };
        let mut shared = Shared { journal, now: now.timestamp(), known: HashMap::new(), failed: None };
        let changes = watch.look(now.timestamp().as_millisecond(), &judged, |one, other, hours| {
            shared.share(one, other, hours)
        });
        if let Some(error) = shared.failed {
            return Err(error);
        }
        self.keep(journal, told, now, &calls, (&watch, &numbers), (&changes, &judged))
    }

    /// What is usual is learnt anew where other days are holidays.
    fn read_where_changed(&mut self) {
        let Some(text) = self.written.where_changed(Holidays::shipped()) else { return };
        let (holidays, errors) = Holidays::parse(&text);
        errors.iter().for_each(|error| self.written.cannot_use(error.line, &error.message));
        if holidays != self.holidays {
            (self.holidays, self.today) = (holidays, None);
        }
    }

    /// Writes down what changed and what goes on, and says what is new.
    fn keep(
        &self,
        journal: &Journal,
        told: Told,
        now: &Zoned,
        calls: &DayOfCalls,
        (watch, numbers): (&Watch, &[i64]),
        (changes, judged): (&[Change], &[Judged]),
    ) -> Result<(), JournalError> {
        let Some(today) = &self.today else { return Ok(()) };
        let changed: HashSet<usize> = changes
            .iter()
            .map(|change| match change {
                Change::Raised(at) | Change::Grown(at) | Change::Over(at) => *at,
            })
            .collect();
        for (at, flare) in watch.flares.iter().enumerate() {
            let goes_on = flare.over_ms.is_none() && judged.iter().any(|one| one.subject == flare.subject);
            if !goes_on && !changed.contains(&at) {
                continue;
            }
            let detail = today.detail(journal, flare, calls.series.get(&flare.subject), now)?;
            let number = numbers.get(at).copied();
            let is_told = told == Told::ToHook;
            let kept = journal.keep_flare(number, flare, &detail, is_told, now.timestamp())?;
            if number.is_none() {
                log(kept, flare);
            }
        }
        Ok(())
    }
}

/// Which calls series have in common.
struct Shared<'j> {
    journal: &'j Journal,
    now: Timestamp,
    known: HashMap<(Subject, usize), HashSet<Vec<u8>>>,
    failed: Option<JournalError>,
}

impl Shared<'_> {
    fn share(&mut self, one: &Subject, other: &Subject, hours: usize) -> (f64, f64) {
        for subject in [one, other] {
            let key = (subject.clone(), hours);
            if !self.known.contains_key(&key) {
                let since = back(self.now, hours as i64);
                let calls = self.journal.calls_of(subject, since).unwrap_or_else(|error| {
                    self.failed = Some(error);
                    HashSet::new()
                });
                self.known.insert(key, calls);
            }
        }
        let calls = |subject: &Subject| self.known.get(&(subject.clone(), hours));
        let (Some(one), Some(other)) = (calls(one), calls(other)) else { return (0.0, 0.0) };
        let both = one.intersection(other).count() as f64;
        (both / one.len().max(1) as f64, both / other.len().max(1) as f64)
    }
}

impl Today {
    fn read(
        journal: &Journal,
        day: Date,
        weekdays: [usize; SPAN_DAYS],
    ) -> Result<Option<Today>, JournalError> {
        let Some(first) = journal.first_day()? else { return Ok(None) };
        // The first day began somewhere in its middle.
        let written = first.until(day).map_or(0, |span| i64::from(span.get_days()) - 1);
        let known_days = usize::try_from(written - GUARD_DAYS as i64).unwrap_or(0).min(BASELINE_DAYS);
        let guard = (day.saturating_sub((GUARD_DAYS as i64).days()), day.yesterday().unwrap_or(day));
        let mut today = Today {
            day,
            weekdays,
            known_days,
            reaches_last_year: written > YEAR_DAYS + SPAN_DAYS as i64,
            shape: Shape::even(),
            typical: HashMap::new(),
            recent: journal.courses_between(guard.0, guard.1)?,
        };
        let moment = Moment { weekdays, hour: 0, elapsed: 1.0, known_days };
        let all = course_of(&journal.course_of(None, today.first(), day)?, day);
        today.shape = Shape::of(&all, moment, &Shape::even());
        for kind in Kind::WATCHED {
            let typical = today.typical_of(journal, kind, moment)?;
            today.typical.insert(kind, typical);
        }
        Ok(Some(today))
    }

    fn typical_of(&self, journal: &Journal, kind: Kind, moment: Moment) -> Result<Typical, JournalError> {
        let (from, to) = (self.first(), self.day.yesterday().unwrap_or(self.day));
        let of_kind = journal.of_kind(kind, from, to)?;
        let weeks = (self.known_days + GUARD_DAYS) as f64 / 7.0;
        let series = of_kind.series.max(1);
        let typical =
            Typical { series, weekly: of_kind.calls as f64 / weeks / series as f64, dispersion: 1.0 };
        let mut sampled = Vec::new();
        for subject in journal.largest(kind, from, to, SAMPLED)? {
            let course = course_of(&journal.course_of(Some(&subject), from, to)?, self.day);
            let usual = Usual::learn(&course, moment, &self.shape, &typical, 1.0);
            sampled.extend(usual.map(|usual| usual.dispersion()));
        }
        let dispersion = sampled.iter().sum::<f64>() / sampled.len().max(1) as f64;
        Ok(Typical { dispersion: dispersion.max(1.0), ..typical })
    }

    /// The first day of a course that ends today.
    fn first(&self) -> Date {
        self.day.saturating_sub((SPAN_DAYS as i64 - 1).days())
    }

    fn moment(&self, now: &Zoned) -> Moment {
        let elapsed = (f64::from(now.minute()) * 60.0 + f64::from(now.second()) + 1.0) / 3_600.0;
        let hour = usize::try_from(now.hour()).unwrap_or(0);
        Moment { weekdays: self.weekdays, hour, elapsed, known_days: self.known_days }
    }

    /// Series with a call today or yesterday and enough of them in a week, and
    /// those of the flares under way.
    fn worth_a_look(&self, calls: &DayOfCalls, flares: &[Flare]) -> Vec<Subject> {
        let yesterday = self.day.yesterday().ok().and_then(|day| self.recent.get(&day));
        let lately = calls.series.keys().chain(yesterday.into_iter().flat_map(|day| day.series.keys()));
        let of_day = |hours: Option<&Hours>| hours.map_or(0, |hours| hours.iter().sum::<u32>());
        let of_week = |subject: &Subject| {
            let before: u32 = self.recent.values().map(|day| of_day(day.series.get(subject))).sum();
            before + of_day(calls.series.get(subject))
        };
        let under_way =
            flares.iter().filter(|flare| flare.over_ms.is_none()).map(|flare| flare.subject.clone());
        let mut subjects: HashSet<Subject> =
            lately.filter(|subject| of_week(subject) >= LEAST_CALLS).cloned().collect();
        subjects.extend(under_way);
        let mut subjects: Vec<Subject> = subjects.into_iter().collect();
        subjects.sort_unstable();
        subjects
    }

    /// The course of a series up to now.
    fn course(
        &self,
        journal: &Journal,
        subject: &Subject,
        now: Option<&Hours>,
    ) -> Result<Course, JournalError> {
        let days = journal.course_of(Some(subject), self.first(), self.day)?;
        let mut course = course_of(&days, self.day);
        if let (Some(today), Some(now)) = (course.days.last_mut(), now) {
            *today = *now;
        }
        Ok(course)
    }

    fn season(&self, journal: &Journal, subject: &Subject) -> Result<f64, JournalError> {
        if !self.reaches_last_year {
            return Ok(1.0);
        }
        let then = self.day.saturating_sub(YEAR_DAYS.days());
        let (first, last) = (SPAN_DAYS as i64 - 1, GUARD_DAYS as i64 + 1);
        let sum = |from: Date, to: Date| -> Result<u32, JournalError> {
            let days = journal.course_of(Some(subject), from, to)?;
            Ok(days.values().flat_map(|hours| hours.iter()).sum())
        };
        let before = sum(then.saturating_sub(first.days()), then.saturating_sub(last.days()))?;
        let around = sum(then.saturating_sub(AROUND_DAYS.days()), then.saturating_add(AROUND_DAYS.days()))?;
        Ok(season(before, around))
    }

    /// What a warning shows of a flare.
    fn detail(
        &self,
        journal: &Journal,
        flare: &Flare,
        calls: Option<&Hours>,
        now: &Zoned,
    ) -> Result<Detail, JournalError> {
        let since = Timestamp::from_millisecond(flare.since_ms).unwrap_or(Timestamp::MIN);
        let since = since.max(back(now.timestamp(), TOLD_DAYS * 24));
        let mut detail = journal.involved(&flare.subject, since, now.timestamp())?;
        let course = self.course(journal, &flare.subject, calls)?;
        let moment = self.moment(now);
        let usual = match self.typical.get(&flare.subject.kind) {
            Some(typical) => Usual::learn(&course, moment, &self.shape, typical, 1.0),
            None => None,
        };
        for (at, calls) in course.daily().into_iter().enumerate().skip(SPAN_DAYS - CHART_DAYS) {
            let days_back = SPAN_DAYS - 1 - at;
            let day = self.day.saturating_sub((days_back as i64).days());
            let usual = usual.as_ref().map_or(0.0, |usual| usual.of_day(days_back, moment));
            detail.days.push(DayOfDetail { day, calls, usual });
        }
        Ok(detail)
    }
}

/// Days as a course that ends on a day.
fn course_of(days: &HashMap<Date, Hours>, last: Date) -> Course {
    let mut course = Course::default();
    for (days_back, hours) in course.days.iter_mut().rev().enumerate() {
        let day = last.saturating_sub((days_back as i64).days());
        *hours = days.get(&day).copied().unwrap_or([0; 24]);
    }
    course
}

fn back(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
}

/// What was asked stays out of the log; a series is named by what it is of.
fn log(number: i64, flare: &Flare) {
    let (kind, key) = (flare.subject.kind.as_str(), flare.subject.key.as_str());
    let verdict = &flare.verdict;
    tracing::warn!(
        warning.id = number,
        kind,
        key,
        calls = verdict.count,
        expected = verdict.expected,
        hours = verdict.window.hours,
        "warning {number}: {} calls of {kind} {key} in {} hours, {:.1} are usual",
        verdict.count,
        verdict.window.hours,
        verdict.expected
    );
}
