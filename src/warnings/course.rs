//! The usual course of a series and what is out of it. After Noufaily et al.,
//! "An improved algorithm for outbreak detection in multiple surveillance
//! systems" (Statistics in Medicine 32, 2013), the improved Farrington method of
//! public health, made fit for hours and short histories:
//!
//! - what is expected comes from the same weekday and hour of the eight weeks
//!   before the last one (a flare does not hide itself: EARS C2's guard band),
//!   earlier outbreaks weighed down by their Anscombe residuals; a holiday is a
//!   Sunday, a weekend day that is worked a day in the middle of the week;
//! - weekday and hour of a thin series lean on those of all calls, its level on
//!   that of series of its kind;
//! - counts vary as a negative binomial: over-dispersion as measured, and how
//!   little the level itself is known added to it;
//! - the threshold is what keeps false alarms at a stated number a week over all
//!   series and looks (Bonferroni: expected numbers add up, dependent or not).

use super::tail::chance_of;

/// Days a level is learnt from, and days between them and today.
pub const BASELINE_DAYS: usize = 56;
pub const GUARD_DAYS: usize = 7;
/// Days of a course, today the last.
pub const SPAN_DAYS: usize = BASELINE_DAYS + GUARD_DAYS + 1;
/// Baseline days without which nothing is judged.
pub const LEAST_DAYS: usize = 14;
/// Calls of all that a thin series' weekdays, and hours, lean on.
const SHAPE_WEIGHT: f64 = 50.0;
/// Weeks of a typical series that a level leans on.
const LEVEL_WEIGHT: f64 = 1.0;
/// Days of typical dispersion that a series' own leans on.
const DISPERSION_WEIGHT: f64 = 14.0;
/// Beyond this residual a day counts as an earlier outbreak (Noufaily's 2.58).
const OUTBREAK: f64 = 2.58;
/// Calls without which nothing is a flare, and how far above the usual it is.
pub const LEAST_CALLS: u32 = 5;
const LEAST_RATIO: f64 = 1.5;
/// A flare is over where what came is this likely again.
const OVER: f64 = 0.05;

/// A stretch of time up to now that is looked at, with how many independent
/// looks at it a week has: sliding hour by hour, one look is much like the
/// next. Calibrated on simulated years, with a quarter to spare (the test of
/// steady series).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub hours: usize,
    looks_a_week: u32,
}

/// Hours, a day, a week.
pub const WINDOWS: [Window; 3] = [
    Window { hours: 6, looks_a_week: 40 },
    Window { hours: 24, looks_a_week: 14 },
    Window { hours: 168, looks_a_week: 4 },
];

/// Calls of a series by day and hour, today the last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    pub days: Vec<[u32; 24]>,
}

impl Default for Course {
    fn default() -> Course {
        Course { days: vec![[0; 24]; SPAN_DAYS] }
    }
}

/// When a course is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// As which weekday each day of the course is taken, Monday 0, today the last.
    pub weekdays: [usize; SPAN_DAYS],
    pub hour: usize,
    /// Share of the hour that is over.
    pub elapsed: f64,
    /// Days of the baseline on which calls were written down at all.
    pub known_days: usize,
}

/// How calls spread over a week and a day; each sums to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    pub weekdays: [f64; 7],
    pub hours: [f64; 24],
}

/// What series of a kind are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Typical {
    /// How many there are: each is another chance of a false alarm.
    pub series: usize,
    pub weekly: f64,
    pub dispersion: f64,
}

/// What is usual for a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Usual {
    weekly: f64,
    /// Calls the level rests on.
    support: f64,
    dispersion: f64,
    /// Of whole weeks, which drift as days do not.
    weekly_dispersion: f64,
    shape: Shape,
}

/// A stretch of time judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    pub window: Window,
    pub count: u32,
    pub expected: f64,
    /// The chance of so many or more on a usual day.
    pub chance: f64,
}

impl Course {
    fn baseline(&self) -> &[[u32; 24]] {
        &self.days[..BASELINE_DAYS.min(self.days.len())]
    }

    /// Calls of each day, the oldest first.
    pub fn daily(&self) -> Vec<u32> {
        self.days.iter().map(|hours| hours.iter().sum()).collect()
    }

    /// Calls of the hours of a window that ends now.
    pub fn within(&self, window: Window, moment: Moment) -> u32 {
        hours_back(window, moment).map(|(back, hour)| self.days[SPAN_DAYS - 1 - back][hour]).sum()
    }

    /// Adds another course to this one.
    pub fn add(&mut self, other: &Course) {
        for (day, more) in self.days.iter_mut().zip(&other.days) {
            for (hour, more) in day.iter_mut().zip(more) {
                *hour += more;
            }
        }
    }
}

/// Days back and hours of a window, the one under way first.
fn hours_back(window: Window, moment: Moment) -> impl Iterator<Item = (usize, usize)> {
    (0..window.hours).map(move |ago| {
        let from_midnight = SPAN_DAYS * 24 + moment.hour - ago;
        (SPAN_DAYS - from_midnight / 24, from_midnight % 24)
    })
}

impl Moment {
    fn weekday_of(self, days_back: usize) -> usize {
        self.weekdays[SPAN_DAYS - 1 - days_back]
    }

    /// The known days of a baseline with their weekdays, the oldest first.
    fn known<'c>(self, course: &'c Course) -> impl Iterator<Item = (usize, &'c [u32; 24])> + 'c {
        let unknown = BASELINE_DAYS - self.known_days.min(BASELINE_DAYS);
        let days = course.baseline().iter().enumerate().skip(unknown);
        days.map(move |(at, hours)| (self.weekday_of(SPAN_DAYS - 1 - at), hours))
    }
}

impl Shape {
    /// An even spread.
    pub fn even() -> Shape {
        Shape { weekdays: [1.0 / 7.0; 7], hours: [1.0 / 24.0; 24] }
    }

    /// The spread of a course, leaning on another one as far as it is thin.
    pub fn of(course: &Course, moment: Moment, other: &Shape) -> Shape {
        let (mut weekdays, mut hours) = ([0.0; 7], [0.0; 24]);
        let mut days = [0.0; 7];
        // Of whole weeks only, so that no weekday has more days than another.
        let whole = moment.known_days.min(BASELINE_DAYS) / 7 * 7;
        for (weekday, day) in moment.known(course).skip(moment.known_days.min(BASELINE_DAYS) - whole) {
            days[weekday] += 1.0;
            for (hour, count) in day.iter().enumerate() {
                let count = f64::from(*count);
                weekdays[weekday] += count;
                hours[hour] += count;
            }
        }
        let calls: f64 = hours.iter().sum();
        // But for holidays: then a weekday counts as often as there are weeks.
        let weeks = whole as f64 / 7.0;
        for (weekday, own) in weekdays.iter_mut().enumerate() {
            *own = if days[weekday] > 0.0 {
                *own * weeks / days[weekday]
            } else {
                calls * other.weekdays[weekday]
            };
        }
        let of_weeks: f64 = weekdays.iter().sum();
        let lean = |own: f64, share: f64, of: f64| (own + SHAPE_WEIGHT * share) / (of + SHAPE_WEIGHT);
        Shape {
            weekdays: std::array::from_fn(|day| lean(weekdays[day], other.weekdays[day], of_weeks)),
            hours: std::array::from_fn(|hour| lean(hours[hour], other.hours[hour], calls)),
        }
    }
}

impl Usual {
    /// Learns what is usual; none where too few days are known. `season` is how
    /// much more there is at this time of the year than in the weeks before.
    pub fn learn(
        course: &Course,
        moment: Moment,
        all: &Shape,
        typical: &Typical,
        season: f64,
    ) -> Option<Usual> {
        if moment.known_days < LEAST_DAYS || course.days.len() != SPAN_DAYS {
            return None;
        }
        let shape = Shape::of(course, moment, all);
        let days: Vec<(f64, f64)> = moment
            .known(course)
            .map(|(weekday, hours)| (f64::from(hours.iter().sum::<u32>()), shape.weekdays[weekday]))
            .collect();
        let mut weights = vec![1.0; days.len()];
        let (mut weekly, mut support, mut dispersion) = (0.0, 0.0, 1.0);
        for _ in 0..2 {
            let exposure: f64 = days.iter().zip(&weights).map(|((_, share), weight)| share * weight).sum();
            let calls: f64 = days.iter().zip(&weights).map(|((count, _), weight)| count * weight).sum();
            support = calls + LEVEL_WEIGHT * typical.weekly;
            weekly = support / (exposure + LEVEL_WEIGHT);
            dispersion = dispersion_of(&days, &weights, weekly, typical.dispersion);
            let outbreak = |(count, share): &(f64, f64)| anscombe(*count, weekly * share) / dispersion.sqrt();
            weights = days
                .iter()
                .map(outbreak)
                .map(|residual| if residual > OUTBREAK { (OUTBREAK / residual).powi(2) } else { 1.0 })
                .collect();
        }
        let weeks: Vec<(f64, f64)> = days
            .rchunks_exact(7)
            .map(|week| week.iter().fold((0.0, 0.0), |(calls, share), day| (calls + day.0, share + day.1)))
            .collect();
        let even = vec![1.0; weeks.len()];
        let weekly_dispersion = dispersion_of(&weeks, &even, weekly, dispersion).max(dispersion);
        Some(Usual { weekly: weekly * season, support, dispersion, weekly_dispersion, shape })
    }

    /// How counts vary around what is usual; 1 where only by chance.
    pub fn dispersion(&self) -> f64 {
        self.dispersion
    }

    /// Calls expected on a whole day so many days back.
    pub fn of_day(&self, days_back: usize, moment: Moment) -> f64 {
        self.weekly * self.shape.weekdays[moment.weekday_of(days_back)]
    }

    fn over(&self, window: Window, moment: Moment) -> f64 {
        let shares = hours_back(window, moment).enumerate().map(|(ago, (back, hour))| {
            let share = self.shape.weekdays[moment.weekday_of(back)] * self.shape.hours[hour];
            if ago == 0 { share * moment.elapsed } else { share }
        });
        self.weekly * shares.sum::<f64>()
    }

    /// Judges a window that ends now.
    pub fn judge(&self, course: &Course, window: Window, moment: Moment) -> Verdict {
        let expected = self.over(window, moment);
        let count = course.within(window, moment);
        let dispersion = if window.hours > 24 { self.weekly_dispersion } else { self.dispersion };
        let known = expected * expected / self.support.max(f64::MIN_POSITIVE);
        let chance = chance_of(count, expected, dispersion * (expected + known));
        Verdict { window, count, expected, chance }
    }
}

impl Verdict {
    /// Whether it is a flare, where all series of a kind may raise so many false
    /// alarms a week.
    pub fn is_flare(&self, typical: &Typical, a_week: f64) -> bool {
        let looks = f64::from(self.window.looks_a_week) * typical.series.max(1) as f64;
        self.count >= LEAST_CALLS
            && f64::from(self.count) >= LEAST_RATIO * self.expected
            && self.chance < a_week / WINDOWS.len() as f64 / looks
    }

    /// Whether it is as usual again.
    pub fn is_over(&self) -> bool {
        self.chance > OVER
    }
}

/// How much more there is at this time of the year than in the weeks before,
/// from last year's: calls of its 56 days before, and of the 21 around this day.
pub fn season(before: u32, around: u32) -> f64 {
    const WEIGHT: f64 = 20.0;
    let expected = f64::from(before) * 21.0 / BASELINE_DAYS as f64;
    ((f64::from(around) + WEIGHT) / (expected + WEIGHT)).clamp(0.5, 3.0)
}

/// How much counts vary beyond chance, 1 at least; leaning on what is typical.
fn dispersion_of(days: &[(f64, f64)], weights: &[f64], weekly: f64, typical: f64) -> f64 {
    let mut squares = 0.0;
    let mut known = -1.0;
    for ((count, share), weight) in days.iter().zip(weights) {
        let expected = weekly * share;
        if expected > 0.0 {
            squares += weight * (count - expected).powi(2) / expected;
            known += weight;
        }
    }
    ((squares + DISPERSION_WEIGHT * typical) / (known.max(0.0) + DISPERSION_WEIGHT)).max(1.0)
}

/// The residual of a Poisson count, near normal where the count is not tiny.
fn anscombe(count: f64, mean: f64) -> f64 {
    if mean <= 0.0 { 0.0 } else { 1.5 * (count.cbrt().powi(2) - mean.cbrt().powi(2)) / mean.powf(1.0 / 6.0) }
}
