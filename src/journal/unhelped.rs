//! Calls with what they asked and whether it helped: what the list of gaps, its
//! effect and the wordings for editors are made of. A call is judged as a whole
//! and once it is over; what agents ask on their way to it is not held against
//! anybody.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::story::moment;
use super::{Journal, JournalError, Line, Outcome};
use crate::entry::Region;

/// A call without an outcome is over when nothing was asked for so long.
const QUIET: jiff::SignedDuration = jiff::SignedDuration::from_mins(30);

/// Why a question did not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unhelped {
    /// Somebody said so by key.
    Reported,
    /// After it the call went to a department.
    Dispatched,
    /// Nothing was found.
    NoResult,
    /// A bot or a page had no answer to it.
    Refused,
    /// At a desk nothing that was found was opened, copied or answered with.
    NotOpened,
}

impl Unhelped {
    /// All of them, the strongest first.
    pub const ALL: [Unhelped; 5] = [
        Unhelped::Reported,
        Unhelped::Dispatched,
        Unhelped::NoResult,
        Unhelped::Refused,
        Unhelped::NotOpened,
    ];

    /// The name in replies and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Unhelped::Reported => "reported",
            Unhelped::Dispatched => "dispatched",
            Unhelped::NoResult => "no_result",
            Unhelped::Refused => "refused",
            Unhelped::NotOpened => "not_opened",
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Option<Unhelped> {
        Unhelped::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

/// A question of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnhelpedQuestion {
    pub search_id: Uuid,
    pub at: Timestamp,
    /// As it was masked.
    pub text: String,
    pub region: Option<Region>,
    /// Why it did not help; none where it did, or nobody can say.
    pub unhelped: Option<Unhelped>,
    /// Id of the first hit, and its department; empty without one.
    pub first_hit: String,
    pub department: String,
}

/// A call with its questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardCall {
    /// When it was first heard of, where the server stands.
    pub day: Date,
    /// To whom it was dispatched; empty where it was not.
    pub dispatched_to: String,
    /// Whether its outcome is known, as for the instant-answer rate.
    pub is_accepted: bool,
    pub is_answered: bool,
    /// Each wording once, the last first.
    pub questions: Vec<UnhelpedQuestion>,
}

/// A question an entry was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedFor {
    /// As it was masked.
    pub question: String,
    /// The call as it is written.
    pub call: String,
    /// Seat and key, whoever said it; empty where nobody said who.
    pub seat: String,
    pub last_at: Timestamp,
}

/// A search with its call, as they are read.
struct Read {
    call: i64,
    day: String,
    outcome: String,
    department: String,
    opened: u64,
    copied: u64,
    /// Whether it was named where the call was dispatched.
    is_dispatched: bool,
    is_empty: bool,
    answered: Option<bool>,
    line: String,
    is_desk: bool,
    question: UnhelpedQuestion,
}

impl Journal {
    /// Visits every call with a question since then, in the order of the calls.
    pub fn calls_since<E: From<JournalError>>(
        &self,
        since: Timestamp,
        now: Timestamp,
        mut visit: impl FnMut(HeardCall) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(connection) = self.reading()? else { return Ok(()) };
        let sql = "SELECT call.number, call.day, call.outcome, call.department, call.opened, call.copied,
                          search.shown = '[]', search.answered, COALESCE(search.line, call.line, ''),
                          search.call IS NOT NULL OR search.seat IS NOT NULL, search.id, search.at, search.question,
                          search.region, search.department, COALESCE(json_extract(search.shown, '$[0]'), '')
                   FROM search JOIN call ON call.id = COALESCE(search.call,
                     lower(substr(hex(search.id), 1, 8) || '-' || substr(hex(search.id), 9, 4) || '-' ||
                           substr(hex(search.id), 13, 4) || '-' || substr(hex(search.id), 17, 4) || '-' ||
                           substr(hex(search.id), 21)))
                   WHERE search.at >= ?1 ORDER BY call.number, search.at";
        let mut query = connection.prepare(sql).map_err(JournalError::from)?;
        let dispatched = dispatched_since(&connection, since)?;
        let telling = telling_lines(&connection, since)?;
        let rows = query
            .query_map([since.as_millisecond()], |row| read(row, &dispatched))
            .map_err(JournalError::from)?;
        let mut call: Vec<Read> = Vec::new();
        for row in rows {
            let row = row.map_err(JournalError::from)?;
            if call.first().is_some_and(|first| first.call != row.call) {
                judged(std::mem::take(&mut call), &telling, now).map_or(Ok(()), &mut visit)?;
            }
            call.push(row);
        }
        judged(call, &telling, now).map_or(Ok(()), visit)
    }

    /// Rises with everything that is written; none without a journal.
    pub fn state(&self) -> Result<Option<(i64, i64)>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(None) };
        let sql =
            "SELECT COALESCE((SELECT MAX(at) FROM search), 0), COALESCE((SELECT MAX(number) FROM told), 0)";
        Ok(Some(connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?))
    }

    /// The questions an entry was copied or answered with for since then. Of a
    /// call and a question once.
    pub fn used_for(&self, entry_id: &str, since: Timestamp) -> Result<Vec<UsedFor>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let sql =
            "SELECT search.question, told.call, COALESCE(told.seat, search.seat, '') || ' ' || told.key_id,
                          MAX(told.at)
                   FROM told JOIN search ON search.id = told.search_id
                   WHERE told.outcome IN (?1, ?2) AND told.at >= ?3 AND told.entry_id = ?4
                     AND COALESCE(search.line, '') <> 'chatbot'
                   GROUP BY 1, 2, 3 ORDER BY 4 DESC";
        let mut query = connection.prepare(sql)?;
        let given =
            params![Outcome::Copied.as_str(), Outcome::Answered.as_str(), since.as_millisecond(), entry_id];
        let rows = query.query_map(given, |row| {
            let seat: String = row.get(2)?;
            Ok(UsedFor {
                question: row.get(0)?,
                call: row.get(1)?,
                seat: seat.trim().to_owned(),
                last_at: moment(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(super) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::system()).date()
}

/// The searches after which a call was dispatched.
fn dispatched_since(connection: &Connection, since: Timestamp) -> Result<HashSet<Uuid>, JournalError> {
    let sql = "SELECT search_id FROM told WHERE outcome = ?1 AND at >= ?2 AND search_id IS NOT NULL";
    let mut query = connection.prepare(sql)?;
    let given = params![Outcome::Dispatched.as_str(), since.as_millisecond()];
    let rows = query.query_map(given, |row| uuid_of(row.get_ref(0)?.as_blob()?))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The lines whose desks tell what they open and copy and how calls end.
fn telling_lines(connection: &Connection, since: Timestamp) -> Result<HashSet<String>, JournalError> {
    let sql = "SELECT DISTINCT line FROM call
               WHERE day >= date(?1 / 1000, 'unixepoch', 'localtime') AND (opened > 0 OR copied > 0 OR outcome <> '')";
    let mut query = connection.prepare(sql)?;
    let rows = query.query_map([since.as_millisecond()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn uuid_of(bytes: &[u8]) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_slice(bytes).unwrap_or_default())
}

fn read(row: &Row<'_>, dispatched: &HashSet<Uuid>) -> rusqlite::Result<Read> {
    let region: Option<String> = row.get(13)?;
    let search_id = uuid_of(row.get_ref(10)?.as_blob()?)?;
    Ok(Read {
        call: row.get(0)?,
        day: row.get(1)?,
        outcome: row.get(2)?,
        department: row.get(3)?,
        opened: row.get(4)?,
        copied: row.get(5)?,
        is_dispatched: dispatched.contains(&search_id),
        is_empty: row.get(6)?,
        answered: row.get(7)?,
        line: row.get(8)?,
        is_desk: row.get(9)?,
        question: UnhelpedQuestion {
            search_id,
            at: moment(row.get(11)?),
            text: row.get(12)?,
            region: region.as_deref().and_then(Region::parse),
            unhelped: None,
            first_hit: row.get(15)?,
            department: row.get(14)?,
        },
    })
}

/// A call's questions with what became of them; none where it has none.
fn judged(mut read: Vec<Read>, telling: &HashSet<String>, now: Timestamp) -> Option<HeardCall> {
    let last_at = read.iter().map(|one| one.question.at).max()?;
    let first = read.first()?;
    let is = |outcome: Outcome| first.outcome == outcome.as_str();
    let is_accepted = is(Outcome::Answered) || is(Outcome::Dispatched) || is(Outcome::Abandoned);
    let (is_answered, is_dispatched) = (is(Outcome::Answered), is(Outcome::Dispatched));
    let is_over = is_accepted || now.duration_since(last_at) >= QUIET;
    let is_helped = is_answered || (first.copied > 0 && !is_dispatched);
    let day = first.day.parse().unwrap_or_else(|_| day_of(first.question.at));
    let dispatched_to = if is_dispatched { first.department.clone() } else { String::new() };
    // Where nobody said after which question a call was dispatched, after the last.
    if is_dispatched
        && !read.iter().any(|one| one.is_dispatched)
        && let Some(last) = read.last_mut()
    {
        last.is_dispatched = true;
    }
    let mut questions: Vec<UnhelpedQuestion> = Vec::with_capacity(read.len());
    for mut one in read.into_iter().rev() {
        let is_on_the_way = |later: &UnhelpedQuestion| later.text.contains(one.question.text.trim());
        if questions.iter().any(is_on_the_way) && !(is_dispatched && one.is_dispatched) {
            continue;
        }
        one.question.unhelped = match is_dispatched {
            true => one.is_dispatched.then_some(Unhelped::Dispatched),
            false if is_helped => None,
            false => one.unhelped(is_over, telling.contains(&one.line)),
        };
        questions.push(one.question);
    }
    Some(HeardCall { day, dispatched_to, is_accepted, is_answered, questions })
}

impl Read {
    /// Why a question did not help whose call was neither answered nor dispatched.
    /// Of a line that never tells what was opened, nothing is known.
    fn unhelped(&self, is_over: bool, is_telling: bool) -> Option<Unhelped> {
        let is_line = |line: Line| self.line == line.as_str();
        let is_desk = !is_line(Line::Chatbot)
            && !is_line(Line::Web)
            && (self.is_desk || is_line(Line::Line12345) || is_line(Line::Line8890));
        match self.answered {
            // The desk asks for an answer too, and its agent reads what is shown instead.
            Some(false) if !is_desk => {
                Some(if self.is_empty { Unhelped::NoResult } else { Unhelped::Refused })
            }
            Some(true) => None,
            _ if !is_over => None,
            _ if self.is_empty => Some(Unhelped::NoResult),
            _ if is_desk && is_telling && self.opened == 0 => Some(Unhelped::NotOpened),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::super::{Asked, Place, Subject, Told};
    use super::*;

    struct Said {
        journal: Journal,
        now: Timestamp,
    }

    impl Said {
        fn search(
            &self,
            call: &str,
            line: Option<Line>,
            text: &str,
            hits: &[&str],
            answered: Option<bool>,
        ) -> Uuid {
            let search_id = Uuid::now_v7();
            self.journal.asked(Asked {
                search_id,
                at: self.now - jiff::SignedDuration::from_hours(2),
                question: text.to_owned(),
                region: None,
                collection: None,
                place: Place { call: Some(call.to_owned()), line, ..Place::default() },
                shown: hits.iter().map(|id| (*id).to_owned()).collect(),
                confidence: 0.5,
                answered,
                subject: Subject::of("", "公安局"),
            });
            search_id
        }

        fn tell(&self, search_id: Uuid, outcome: Outcome) {
            let told = Told {
                search_id: Some(search_id),
                at: self.now - jiff::SignedDuration::from_hours(1),
                outcome,
                entry_id: Some("a".to_owned()),
                subject: None,
                department: (outcome == Outcome::Dispatched).then(|| "供热办".to_owned()),
                satisfaction: None,
                place: Place::default(),
                note: String::new(),
            };
            self.journal.told(told, Box::new(|done| done.unwrap()));
        }

        fn unhelped(&self, now: Timestamp) -> Vec<(String, Option<Unhelped>)> {
            self.journal.keep(&AtomicBool::new(true));
            let mut found = Vec::new();
            self.journal
                .calls_since::<JournalError>(now - jiff::SignedDuration::from_hours(24), now, |call| {
                    found.extend(call.questions.into_iter().map(|one| (one.text, one.unhelped)));
                    Ok(())
                })
                .unwrap();
            found.sort();
            found
        }
    }

    fn said() -> (tempfile::TempDir, Said) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path(), true);
        (folder, Said { journal, now: Timestamp::now() })
    }

    #[test]
    fn a_call_is_judged_by_what_became_of_it() {
        let (_folder, said) = said();
        let desk = Some(Line::Line12345);
        let answered = said.search("1", desk, "甲", &[], None);
        said.tell(answered, Outcome::Answered);
        said.search("2", desk, "乙", &[], None);
        said.search("3", desk, "丙", &["a"], Some(false));
        let opened = said.search("4", desk, "丁", &["a"], Some(false));
        said.tell(opened, Outcome::Opened);
        said.search("5", Some(Line::Chatbot), "戊", &["a"], Some(false));
        said.search("6", Some(Line::Chatbot), "己", &["a"], Some(true));
        said.search("7", Some(Line::Web), "庚", &["a"], None);
        said.search("8", desk, "前一个问题", &["a"], None);
        let dispatched = said.search("8", desk, "后一个问题", &["a"], None);
        said.tell(dispatched, Outcome::Copied);
        said.tell(dispatched, Outcome::Dispatched);
        let expected = [
            ("丁", None),
            ("丙", Some(Unhelped::NotOpened)),
            ("乙", Some(Unhelped::NoResult)),
            ("前一个问题", None),
            ("后一个问题", Some(Unhelped::Dispatched)),
            ("己", None),
            ("庚", None),
            ("戊", Some(Unhelped::Refused)),
            ("甲", None),
        ];
        let mut expected = expected.map(|(text, why)| (text.to_owned(), why));
        expected.sort();
        assert_eq!(said.unhelped(said.now), expected);
    }

    #[test]
    fn a_call_under_way_is_not_judged_and_what_was_typed_on_the_way_is_no_question() {
        let (_folder, said) = said();
        let desk = Some(Line::Line12345);
        let told = said.search("2", desk, "甲", &["a"], None);
        said.tell(told, Outcome::Answered);
        said.search("1", desk, "社保", &["a"], Some(false));
        said.search("1", desk, "社保断缴", &["a"], Some(false));
        let early = said.now - jiff::SignedDuration::from_mins(110);
        let question = |why| [("甲".to_owned(), None), ("社保断缴".to_owned(), why)];
        let mut under_way = question(None);
        let mut over = question(Some(Unhelped::NotOpened));
        under_way.sort();
        over.sort();
        assert_eq!(said.unhelped(early), under_way);
        assert_eq!(said.unhelped(said.now), over);
    }
}
