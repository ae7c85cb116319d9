use super::*;

/// Numbers that are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        let least = (-mean).exp();
        let (mut count, mut product) = (0, self.share());
        while product > least {
            count += 1;
            product *= self.share();
        }
        count
    }
}

/// The weekdays of a course that ends on one of them.
fn weekdays(last: usize) -> [usize; SPAN_DAYS] {
    std::array::from_fn(|at| (last + 7 * SPAN_DAYS - (SPAN_DAYS - 1 - at)) % 7)
}

/// Calls at a desk: more by day and in the week.
fn desk() -> Shape {
    let hours = [1, 1, 1, 1, 1, 1, 2, 5, 11, 14, 13, 10, 7, 9, 12, 12, 11, 8, 6, 5, 4, 3, 2, 1];
    let weekdays = [17, 17, 16, 16, 16, 10, 8];
    Shape {
        weekdays: weekdays.map(|share| f64::from(share) / 100.0),
        hours: hours.map(|share| f64::from(share) / 151.0),
    }
}

/// A series that is played hour by hour.
struct Played {
    course: Course,
    moment: Moment,
    watch: Watch,
    dice: Dice,
    raised: usize,
    series: usize,
}

impl Played {
    fn new(seed: u64, series: usize) -> Played {
        Played {
            course: Course::default(),
            moment: Moment { weekdays: weekdays(0), hour: 0, elapsed: 1.0, known_days: 0 },
            watch: Watch { flares: Vec::new(), a_week_of_a_kind: FALSE_ALARMS_A_WEEK },
            dice: Dice(seed),
            raised: 0,
            series,
        }
    }

    fn plays(&mut self, day: usize, weekly: f64) {
        let _ = self.day(day, weekly);
    }

    /// Plays a day with so many calls a week; a look an hour where there is a
    /// call, as flares rise with calls only. Returns the hour of a new warning.
    fn day(&mut self, day: usize, weekly: f64) -> Option<usize> {
        let shape = desk();
        self.course.days.remove(0);
        self.course.days.push([0; 24]);
        self.moment.weekdays = weekdays(day % 7);
        self.moment.known_days = day.saturating_sub(GUARD_DAYS).min(BASELINE_DAYS);
        let subject = Subject::new(Kind::Topic, "供热");
        let typical = Typical { series: self.series, weekly, dispersion: 1.0 };
        let mut at = None;
        for hour in 0..24 {
            self.moment.hour = hour;
            let calls = self.dice.poisson(weekly * shape.weekdays[day % 7] * shape.hours[hour]);
            self.course.days[SPAN_DAYS - 1][hour] = calls;
            let now_ms = (day * 24 + hour) as i64 * 3_600_000;
            let is_watched = self.watch.flares.iter().any(|flare| flare.over_ms.is_none());
            if calls == 0 && !is_watched {
                continue;
            }
            let judged = judge(&subject, &self.course, self.moment, &shape, &typical, 1.0);
            let changes = self.watch.look(now_ms, judged.as_slice(), |_, _, _| (0.0, 0.0));
            if changes.iter().any(|change| matches!(change, Change::Raised(_))) {
                self.raised += 1;
                at = at.or(Some(hour));
            }
        }
        at
    }
}

/// By chance alone steady series raise no more warnings than is stated: 40
/// series of a kind, a year each, as one hotline would have them.
#[test]
fn steady_series_raise_no_more_than_stated() {
    const SERIES: usize = 40;
    const DAYS: usize = 365;
    let mut raised = 0;
    for (seed, weekly) in (0..SERIES as u64).zip([2.0, 10.0, 40.0, 150.0, 600.0].into_iter().cycle()) {
        let mut played = Played::new(seed, SERIES);
        (0..DAYS).for_each(|day| played.plays(day, weekly));
        raised += played.raised;
    }
    let stated = FALSE_ALARMS_A_WEEK * DAYS as f64 / 7.0;
    println!("{raised} false alarms of {SERIES} series in {DAYS} days, {stated:.0} stated");
    assert!((raised as f64) < stated, "{raised} false alarms, {stated} stated");
}

#[test]
fn a_tripling_is_warned_of_within_a_day_and_once() {
    for weekly in [100.0, 300.0, 1_000.0] {
        let mut played = Played::new(7, 100);
        (0..100).for_each(|day| played.plays(day, weekly));
        assert_eq!(played.raised, 0, "{weekly}");
        let first = played.day(100, 3.0 * weekly).or_else(|| played.day(101, 3.0 * weekly));
        assert!(first.is_some(), "{weekly} tripled: nothing");
        (102..106).for_each(|day| played.plays(day, 3.0 * weekly));
        // It goes on as one warning, ends when things are as usual, and is not raised anew by its echo.
        (106..125).for_each(|day| played.plays(day, weekly));
        assert_eq!(played.raised, 1, "{weekly}");
        assert!(played.watch.flares[0].over_ms.is_some(), "{weekly}: {:?}", played.watch.flares[0]);
    }
}

#[test]
fn what_every_monday_brings_is_usual() {
    let mut played = Played::new(3, 100);
    let weekly = |day: usize| if day.is_multiple_of(7) { 900.0 } else { 200.0 };
    (0..120).for_each(|day| played.plays(day, weekly(day)));
    // The first Mondays are news; those after eight weeks are not.
    let learnt = played.raised;
    (120..200).for_each(|day| played.plays(day, weekly(day)));
    assert_eq!(played.raised, learnt);
}

#[test]
fn without_two_weeks_behind_it_nothing_is_judged() {
    let moment = Moment { weekdays: weekdays(0), hour: 12, elapsed: 1.0, known_days: LEAST_DAYS - 1 };
    let mut course = Course::default();
    course.days[SPAN_DAYS - 1][12] = 500;
    let typical = Typical { series: 10, weekly: 10.0, dispersion: 1.0 };
    let subject = Subject::new(Kind::Topic, "供热");
    assert!(judge(&subject, &course, moment, &Shape::even(), &typical, 1.0).is_none());
    let moment = Moment { known_days: LEAST_DAYS, ..moment };
    assert!(judge(&subject, &course, moment, &Shape::even(), &typical, 1.0).is_some());
}

#[test]
fn a_few_calls_are_no_flare_and_the_season_is_no_news() {
    let moment = Moment { weekdays: weekdays(2), hour: 23, elapsed: 1.0, known_days: BASELINE_DAYS };
    let typical = Typical { series: 10, weekly: 0.5, dispersion: 1.0 };
    let subject = Subject::new(Kind::Entry, "a");
    let is_flare = |calls: u32, a_day: u32, season: f64| {
        let mut course = Course::default();
        course.days[..BASELINE_DAYS].iter_mut().for_each(|hours| hours[9] = a_day);
        course.days[SPAN_DAYS - 1][9] = calls;
        let judged = judge(&subject, &course, moment, &Shape::even(), &typical, season).unwrap();
        judged.verdicts.iter().any(|verdict| verdict.is_flare(&typical, 0.25))
    };
    assert!(!is_flare(LEAST_CALLS - 1, 0, 1.0));
    assert!(is_flare(15, 0, 1.0));
    assert!(is_flare(60, 20, 1.0));
    // Last winter it was three times as many as well.
    assert!(!is_flare(60, 20, season(56 * 20, 21 * 60)));
    assert!(season(0, 0) == 1.0 && season(0, 10_000) == 3.0 && season(10_000, 0) == 0.5);
}

#[test]
fn one_flare_is_one_warning_whatever_it_is_seen_in() {
    let typical = Typical { series: 10, weekly: 1.0, dispersion: 1.0 };
    let verdict = |count, chance| Verdict { window: WINDOWS[1], count, expected: 1.0, chance };
    let judged = |kind, key: &str, count, chance| Judged {
        subject: Subject::new(kind, key),
        verdicts: vec![verdict(count, chance)],
        typical,
    };
    let mut watch = Watch { flares: Vec::new(), a_week_of_a_kind: 0.25 };
    let topic = |chance| judged(Kind::Topic, "供热", 20, chance);
    let entry = judged(Kind::Entry, "heat", 18, 1e-20);
    let other = judged(Kind::Place, "210202", 9, 1e-9);
    let together = |one: &Subject, flare: &Subject, _: usize| {
        let heat = ["供热", "heat"];
        let both = f64::from(heat.contains(&one.key.as_str()) && heat.contains(&flare.key.as_str()));
        (both, both)
    };
    let all = [topic(1e-15), entry.clone(), other];
    assert_eq!(watch.look(0, &all, together), [Change::Raised(0), Change::Grown(0), Change::Raised(1)]);
    assert_eq!(watch.flares[0].subject.key, "heat");
    assert_eq!(watch.flares[0].also, [Subject::new(Kind::Topic, "供热")]);
    // Going on, neither of them is raised again.
    assert_eq!(watch.look(1, &[topic(1e-18), entry], together), []);
    let usual = judged(Kind::Entry, "heat", 1, 0.6);
    assert_eq!(watch.look(2, &[usual], together), [Change::Over(0)]);
    // Back after a day it is the same one, after a week another.
    let back = [judged(Kind::Entry, "heat", 18, 1e-20)];
    assert_eq!(watch.look(86_400_000, &back, together), [Change::Grown(0)]);
    let usual = [judged(Kind::Entry, "heat", 1, 0.6)];
    assert_eq!(watch.look(2 * 86_400_000, &usual, together), [Change::Over(0)]);
    assert_eq!(watch.look(9 * 86_400_000, &back, together), [Change::Raised(2)]);
}

#[test]
fn a_part_of_a_young_flare_is_no_second_one_and_of_an_old_one_is() {
    let typical = Typical { series: 10, weekly: 1.0, dispersion: 1.0 };
    let judged = |key: &str, chance| Judged {
        subject: Subject::new(Kind::Place, key),
        verdicts: vec![Verdict { window: WINDOWS[0], count: 50, expected: 1.0, chance }],
        typical,
    };
    // A tenth of the city's calls are the district's, all of which are the city's.
    let part = |_: &Subject, _: &Subject, _: usize| (1.0, 0.1);
    let mut watch = Watch { flares: Vec::new(), a_week_of_a_kind: 0.25 };
    let (city, one, other) = (judged("210100", 1e-40), judged("210102", 1e-9), judged("210104", 1e-9));
    let hour_ms = 3_600_000;
    assert_eq!(watch.look(0, &[city.clone(), one], part), [Change::Raised(0), Change::Grown(0)]);
    assert_eq!(watch.look(72 * hour_ms, &[city, other], part), [Change::Raised(1)]);
}

/// A Monday on which nobody works has a Sunday's calls, and a Sunday that is
/// worked a weekday's: what is usual for the weekday alone would be wrong by a
/// flare's measure.
#[test]
fn a_holiday_is_expected_as_a_sunday_and_a_worked_sunday_as_a_weekday() {
    let (workday, sunday): (u32, u32) = (70, 10);
    // The last Monday but four was a holiday, the Sunday before it worked.
    let (off, worked) = (SPAN_DAYS - 29, SPAN_DAYS - 30);
    let plain = weekdays(0);
    let mut taken = plain;
    (taken[off], taken[worked]) = (6, 2);
    let played = |taken: [usize; SPAN_DAYS]| {
        let mut course = Course::default();
        for (weekday, hours) in taken.iter().zip(&mut course.days) {
            hours[9] = if *weekday == 6 { sunday } else { workday };
        }
        course
    };
    let course = played(taken);
    let typical = Typical { series: 10, weekly: 400.0, dispersion: 1.0 };
    let moment = |weekdays| Moment { weekdays, hour: 23, elapsed: 1.0, known_days: BASELINE_DAYS };
    let expected = |weekdays: [usize; SPAN_DAYS], days_back: usize| {
        let usual = Usual::learn(&course, moment(weekdays), &Shape::even(), &typical, 1.0).unwrap();
        usual.of_day(days_back, moment(weekdays))
    };
    // What is known to be a holiday is no dent in the Mondays, nor a bump in the Sundays.
    assert!((expected(taken, 0) - 70.0).abs() < 2.0, "{}", expected(taken, 0));
    assert!((expected(taken, 1) - 10.0).abs() < 2.0, "{}", expected(taken, 1));
    assert!(expected(plain, 0) < 65.0 && expected(plain, 1) > 14.0);
    // Today: a holiday with a workday's calls is a flare, a worked Sunday with them is none.
    let is_flare = |mut weekdays: [usize; SPAN_DAYS], taken_as: usize| {
        let mut course = played(weekdays);
        course.days[SPAN_DAYS - 1][9] = workday;
        weekdays[SPAN_DAYS - 1] = taken_as;
        let subject = Subject::new(Kind::Topic, "供热");
        let judged = judge(&subject, &course, moment(weekdays), &Shape::even(), &typical, 1.0).unwrap();
        judged.verdicts.iter().any(|verdict| verdict.is_flare(&typical, 0.25))
    };
    assert!(!is_flare(weekdays(0), 0) && is_flare(weekdays(0), 6));
    assert!(is_flare(weekdays(6), 6) && !is_flare(weekdays(6), 2));
}
