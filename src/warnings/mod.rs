//! When to warn: what is unusual for a series of calls (a topic, a place, an
//! entry, a topic in a place), and what needs attention whatever its number. No
//! database, no clock: counts and a moment in, judgements out.

mod attention;
mod course;
mod holidays;
mod tail;
mod watch;

pub use attention::{ATTENTION, Attention, AttentionError};
pub use course::{
    BASELINE_DAYS, Course, GUARD_DAYS, LEAST_CALLS, LEAST_DAYS, Moment, SPAN_DAYS, Shape, Typical, Usual,
    Verdict, WINDOWS, Window, season,
};
pub use holidays::{HOLIDAYS, HolidayError, Holidays};
pub use tail::chance_of;
pub use watch::{COMES_BACK_HOURS, Change, Flare, Judged, Kind, Subject, Watch};

/// False alarms a week where nobody says otherwise: by chance alone no more
/// warnings than this, all kinds of series together.
pub const FALSE_ALARMS_A_WEEK: f64 = 1.0;

/// Judges every window of a series; none where too few days are known.
pub fn judge(
    subject: &Subject,
    course: &Course,
    moment: Moment,
    all: &Shape,
    typical: &Typical,
    season: f64,
) -> Option<Judged> {
    let usual = Usual::learn(course, moment, all, typical, season)?;
    let verdicts = WINDOWS.iter().map(|window| usual.judge(course, *window, moment)).collect();
    Some(Judged { subject: subject.clone(), verdicts, typical: *typical })
}

#[cfg(test)]
mod tests;
