//! What closing a gap changed: how the calls with its questions went before and
//! since. The day on which it was closed counts to neither.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::gathered::RECENT_DAYS;
use super::{GapStatus, Library, LibraryError};

/// Fewer days than this say nothing about a week.
const LEAST_DAYS: i64 = 7;

/// How the calls of some days went that asked a gap's questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Course {
    pub days: i64,
    pub calls: u64,
    /// None for less than a week.
    pub calls_per_week: Option<f64>,
    /// Calls with a known outcome, and those answered at once.
    pub accepted: u64,
    pub answered: u64,
    /// `answered / accepted`; none without a call.
    pub rate: Option<f64>,
}

impl Course {
    fn of(days: i64, (calls, accepted, answered): (u64, u64, u64)) -> Course {
        Course {
            days,
            calls,
            calls_per_week: (days >= LEAST_DAYS).then(|| calls as f64 * 7.0 / days as f64),
            accepted,
            answered,
            rate: (accepted > 0).then(|| answered as f64 / accepted as f64),
        }
    }

    /// Both together: weeks add up, shares are those of all calls.
    fn and(self, other: Course) -> Course {
        let both = Course::of(
            0,
            (self.calls + other.calls, self.accepted + other.accepted, self.answered + other.answered),
        );
        let calls_per_week = match (self.calls_per_week, other.calls_per_week) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        Course { days: self.days.max(other.days), calls_per_week, ..both }
    }
}

/// Before a gap was closed and since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Effect {
    /// At most the last four weeks.
    pub before: Course,
    pub since: Course,
}

/// The effect of all closed gaps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct WholeEffect {
    /// Gaps of which there are calls before and since.
    pub gaps: u64,
    #[serde(flatten)]
    pub effect: Effect,
}

impl Library {
    /// What closing changed, over all closed gaps that have been asked for
    /// before and since.
    pub fn effect_of_closing(&self) -> Result<WholeEffect, LibraryError> {
        let sql = "SELECT id, settled_at, heard_from, heard_to FROM gap
                   WHERE status = ?1 AND merged_into IS NULL AND heard_to IS NOT NULL";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([GapStatus::Closed.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, [row.get(1)?, row.get(2)?, row.get(3)?]))
        })?;
        let mut whole = WholeEffect::default();
        for row in rows {
            let (id, days) = row?;
            let Some(effect) = effect_of(&self.connection, &id, days)? else { continue };
            if effect.before.calls > 0 && effect.since.days > 0 {
                whole.gaps += 1;
                whole.effect.before = whole.effect.before.and(effect.before);
                whole.effect.since = whole.effect.since.and(effect.since);
            }
        }
        Ok(whole)
    }
}

/// What closing a gap changed; none where its calls were not counted since.
/// `days` are when it was closed, from when on it was counted, and up to when.
pub(super) fn effect_of(
    connection: &Connection,
    id: &str,
    days: [Option<String>; 3],
) -> Result<Option<Effect>, LibraryError> {
    let [settled_at, heard_from, heard_to] = days;
    let closed = settled_at.and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let (Some(closed), Some(heard_from), Some(heard_to)) = (
        closed.map(|at| at.to_zoned(TimeZone::system()).date()),
        heard_from.and_then(|day| day.parse::<Date>().ok()),
        heard_to.and_then(|day| day.parse::<Date>().ok()),
    ) else {
        return Ok(None);
    };
    let first = heard_from.max(closed.saturating_sub(jiff::Span::new().days(RECENT_DAYS)));
    let course = |from: Date, to: Date| -> Result<Course, LibraryError> {
        let sql = "SELECT COALESCE(SUM(calls), 0), COALESCE(SUM(accepted), 0), COALESCE(SUM(answered), 0)
                   FROM gap_day WHERE gap_id = ?1 AND day >= ?2 AND day < ?3";
        let counts = connection
            .prepare_cached(sql)?
            .query_row(params![id, from.to_string(), to.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let days = from.until(to).map_or(0, |span| i64::from(span.get_days())).max(0);
        Ok(Course::of(days, counts))
    };
    let (after, end) = (
        closed.saturating_add(jiff::Span::new().days(1)),
        heard_to.saturating_add(jiff::Span::new().days(1)),
    );
    Ok(Some(Effect { before: course(first, closed)?, since: course(after, end)? }))
}
