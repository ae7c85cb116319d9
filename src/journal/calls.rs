//! A call as one row: what is asked and told of it is added to the row at once,
//! so that every figure is a sum over calls.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

use super::{Asked, JournalError, Line, Outcome, Told};
use crate::text::mask;

/// Days whose figures no longer hold.
pub(super) type Days = BTreeSet<String>;

/// What the row of a call holds; see the table.
#[derive(Default)]
struct Call {
    number: Option<i64>,
    at: i64,
    line: String,
    region: String,
    topic: String,
    department: String,
    seat: String,
    key_id: String,
    outcome: String,
    satisfaction: u8,
    searches: u64,
    empty: u64,
    asked: u64,
    refused: u64,
    opened: u64,
    copied: u64,
    waited: Option<i64>,
    first: u64,
    third: u64,
    tenth: u64,
    lower: u64,
}

/// A search's row, as far as what is told of it needs it.
struct Searched {
    at: i64,
    call: Option<String>,
    shown: Vec<String>,
    position: Option<i64>,
}

/// Adds a question to its call.
pub(super) fn add_search(
    transaction: &Transaction<'_>,
    asked: &Asked,
    days: &mut Days,
) -> Result<(), JournalError> {
    let at = asked.at.as_millisecond();
    let name = asked.place.call.as_deref().map(call_name);
    // Of a search without a call nothing can be there yet.
    let (id, mut call) = match name {
        Some(name) => {
            let known = Call::find(transaction, &name)?;
            (name, known.unwrap_or_else(|| Call::new(at)))
        }
        None => (asked.search_id.to_string(), Call::new(at)),
    };
    if at < call.at {
        days.insert(day_and_hour(call.at).0);
        call.at = at;
    }
    call.is_from(asked.place.line, asked.place.seat.as_deref(), &asked.place.key_id);
    if let Some(region) = asked.region {
        call.region = region.to_string();
    }
    call.searches += 1;
    call.empty += u64::from(asked.shown.is_empty());
    if asked.place.line == Some(Line::Chatbot) {
        call.asked += u64::from(asked.answered.is_some());
        call.refused += u64::from(asked.answered == Some(false));
    }
    if call.copied == 0 && call.outcome.is_empty() && !asked.shown.is_empty() {
        call.topic.clone_from(&asked.subject.topic);
        call.department.clone_from(&asked.subject.department);
    }
    call.save(transaction, &id, days)
}

/// Adds what was told to its call. Returns the call's name as it is written.
pub(super) fn add_told(
    transaction: &Transaction<'_>,
    told: &Told,
    days: &mut Days,
) -> Result<String, JournalError> {
    let at = told.at.as_millisecond();
    let search = told.search_id.map(|id| Searched::find(transaction, &id)).transpose()?.flatten();
    let named = told.place.call.as_deref().map(call_name);
    let named = named.or_else(|| search.as_ref().and_then(|search| search.call.clone()));
    let id = named.or_else(|| told.search_id.map(|id| id.to_string())).unwrap_or_default();
    let mut call = Call::find(transaction, &id)?.unwrap_or_else(|| Call::new(at));
    call.is_from(told.place.line, told.place.seat.as_deref(), &told.place.key_id);
    match told.outcome {
        Outcome::Opened => call.opened += 1,
        Outcome::Copied => {
            if let (0, Some(search)) = (call.copied, &search) {
                call.waited = Some(((at - search.at) / 1_000).max(0));
            }
            call.copied += 1;
        }
        Outcome::Answered | Outcome::Dispatched | Outcome::Abandoned => {
            told.outcome.as_str().clone_into(&mut call.outcome);
        }
        Outcome::Rated => {}
    }
    if let Some(satisfaction) = told.satisfaction {
        call.satisfaction = satisfaction;
    }
    let is_used = matches!(told.outcome, Outcome::Copied | Outcome::Answered);
    if let (true, Some(subject)) = (is_used, &told.subject) {
        call.topic.clone_from(&subject.topic);
        call.department.clone_from(&subject.department);
    }
    if let (Outcome::Dispatched, Some(department)) = (told.outcome, &told.department) {
        call.department = mask(department).into_owned();
    }
    if let (true, Some(entry_id), Some(search), Some(search_id)) =
        (is_used, &told.entry_id, &search, told.search_id)
        && search.position.is_none()
    {
        let position = search.shown.iter().position(|shown| shown == entry_id).map_or(0, |place| place + 1);
        let sql = "UPDATE search SET position = ?2 WHERE id = ?1";
        transaction.prepare_cached(sql)?.execute(params![search_id.as_bytes(), position])?;
        match position {
            0 => call.lower += 1,
            1 => call.first += 1,
            2 | 3 => call.third += 1,
            _ => call.tenth += 1,
        }
    }
    call.save(transaction, &id, days)?;
    Ok(id)
}

/// A call's name as it is written: one that tells whose call it is (some desks
/// name it by the caller's number) becomes a mark that is the same each time.
pub(super) fn call_name(name: &str) -> String {
    match crate::text::is_personal_number(name) {
        true => format!("call-{}", &blake3::hash(name.as_bytes()).to_hex()[..24]),
        false => name.to_owned(),
    }
}

impl Searched {
    fn find(transaction: &Transaction<'_>, id: &Uuid) -> Result<Option<Searched>, JournalError> {
        let sql = "SELECT at, call, shown, position FROM search WHERE id = ?1";
        let mut query = transaction.prepare_cached(sql)?;
        let row = query.query_row([id.as_bytes()], |row| {
            let shown: String = row.get(2)?;
            Ok(Searched {
                at: row.get(0)?,
                call: row.get(1)?,
                shown: serde_json::from_str(&shown).unwrap_or_default(),
                position: row.get(3)?,
            })
        });
        Ok(row.optional()?)
    }
}

impl Call {
    fn new(at: i64) -> Call {
        Call { at, ..Call::default() }
    }

    fn find(transaction: &Transaction<'_>, id: &str) -> Result<Option<Call>, JournalError> {
        let sql = "SELECT number, at, line, region, topic, department, seat, key_id, outcome, satisfaction, searches,
                          empty, asked, refused, opened, copied, waited, first, third, tenth, lower
                   FROM call WHERE id = ?1";
        Ok(transaction.prepare_cached(sql)?.query_row([id], Call::read).optional()?)
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Call> {
        Ok(Call {
            number: row.get(0)?,
            at: row.get(1)?,
            line: row.get(2)?,
            region: row.get(3)?,
            topic: row.get(4)?,
            department: row.get(5)?,
            seat: row.get(6)?,
            key_id: row.get(7)?,
            outcome: row.get(8)?,
            satisfaction: row.get(9)?,
            searches: row.get(10)?,
            empty: row.get(11)?,
            asked: row.get(12)?,
            refused: row.get(13)?,
            opened: row.get(14)?,
            copied: row.get(15)?,
            waited: row.get(16)?,
            first: row.get(17)?,
            third: row.get(18)?,
            tenth: row.get(19)?,
            lower: row.get(20)?,
        })
    }

    /// What is said later holds; what nobody says stays.
    fn is_from(&mut self, line: Option<Line>, seat: Option<&str>, key_id: &str) {
        if let Some(line) = line {
            line.as_str().clone_into(&mut self.line);
        }
        if let Some(seat) = seat {
            self.seat = mask(seat).into_owned();
        }
        if !key_id.is_empty() {
            key_id.clone_into(&mut self.key_id);
        }
    }

    fn save(&self, transaction: &Transaction<'_>, id: &str, days: &mut Days) -> Result<(), JournalError> {
        let (day, hour) = day_and_hour(self.at);
        let sql = "INSERT OR REPLACE INTO call
                   (number, id, at, day, hour, line, region, topic, department, seat, key_id, outcome, satisfaction,
                    searches, empty, asked, refused, opened, copied, waited, first, third, tenth, lower)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                           ?21, ?22, ?23, ?24)";
        transaction.prepare_cached(sql)?.execute(params![
            self.number,
            id,
            self.at,
            day,
            hour,
            self.line,
            self.region,
            self.topic,
            self.department,
            self.seat,
            self.key_id,
            self.outcome,
            self.satisfaction,
            self.searches,
            self.empty,
            self.asked,
            self.refused,
            self.opened,
            self.copied,
            self.waited,
            self.first,
            self.third,
            self.tenth,
            self.lower,
        ])?;
        days.insert(day);
        Ok(())
    }
}

/// The day and the hour of a moment where the server stands.
fn day_and_hour(at_ms: i64) -> (String, i8) {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(TimeZone::system());
    (at.date().to_string(), at.hour())
}
