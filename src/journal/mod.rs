//! The journal: what was asked, what was shown, and how the call ended. It is
//! written by a thread of its own, so that no search waits for it; who somebody
//! is does not enter it (`text::mask`); what is old leaves it.
//!
//! It stands beside the library, in a database of its own: it may be lost
//! without the library losing anything, and grows at another pace.

mod adding;
mod calls;
mod chosen;
mod counts;
mod courses;
mod export;
mod figures;
mod involved;
mod outbox;
mod schema;
mod selection;
mod story;
mod unhelped;
mod warned;
mod writer;

pub use chosen::Chosen;
pub use counts::Counts;
pub use courses::{DayOfCalls, Hours, OfKind, places_of};
pub use export::{ExportError, ExportFormat, Exported};
pub use figures::{EntryCount, InstantAnswer, Telling};
pub use involved::{Reported, Said};
pub use outbox::{Delivery, Due, HookName, Told as HandedOver};
pub use selection::{By, Group, Selection, Waited};
pub use story::{Question, Story, Word};
pub use unhelped::{HeardCall, Unhelped, UnhelpedQuestion, UsedFor};
pub use warned::{Acknowledged, DayOfDetail, Detail, Warned, WarningState};

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use jiff::Timestamp;
use rusqlite::ErrorCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entry::Region;
use crate::fault::DISK_FULL;

/// Name of the database below the corpus folder.
pub const JOURNAL_FILE: &str = "journal.db";
/// How many days the journal goes back where nobody set another number.
pub const DEFAULT_DAYS: u32 = 180;
/// Notes that may wait for the writing thread; beyond, searches are only counted.
const MOST_WAITING: usize = 16_384;

/// What can go wrong with the journal. Searches never see it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("日志写不下：{DISK_FULL}")]
    DiskFull,
    #[error("日志数据库出错：{0}")]
    Sql(rusqlite::Error),
    #[error("日志版本是 {found}，本程序只认得 {known}；请用较新的即答打开")]
    Version { found: i64, known: i64 },
    #[error("这个服务不记日志（--no-journal）")]
    Off,
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> JournalError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => JournalError::DiskFull,
            _ => JournalError::Sql(error),
        }
    }
}

/// The line a call comes in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Line {
    #[serde(rename = "12345")]
    Line12345,
    #[serde(rename = "8890")]
    Line8890,
    #[serde(rename = "web")]
    Web,
    #[serde(rename = "chatbot")]
    Chatbot,
}

impl Line {
    /// The name in requests, the database and figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Line::Line12345 => "12345",
            Line::Line8890 => "8890",
            Line::Web => "web",
            Line::Chatbot => "chatbot",
        }
    }

    /// Reads `12345`, `8890`, `web` or `chatbot`.
    pub fn parse(text: &str) -> Option<Line> {
        let all = [Line::Line12345, Line::Line8890, Line::Web, Line::Chatbot];
        all.into_iter().find(|line| line.as_str() == text)
    }
}

/// Where a question or an outcome comes from.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// One call, chosen by the desk.
    pub call: Option<String>,
    pub seat: Option<String>,
    pub line: Option<Line>,
    /// Id of the key; empty without one.
    pub key_id: String,
}

/// A question and what was shown for it.
#[derive(Debug)]
pub struct Asked {
    pub search_id: Uuid,
    pub at: Timestamp,
    /// As typed; masked before it is written.
    pub question: String,
    pub region: Option<Region>,
    pub collection: Option<String>,
    pub place: Place,
    /// Ids of the first hits.
    pub shown: Vec<String>,
    /// Certainty of the first, 0 to 1.
    pub confidence: f32,
    /// Of the answer API: whether it answered.
    pub answered: Option<bool>,
    /// What the first hit is about; empty without one.
    pub subject: Subject,
}

/// What an entry is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The first level of its category.
    pub topic: String,
    pub department: String,
}

impl Subject {
    /// What an entry with this category and department is about.
    pub fn of(category: &str, department: &str) -> Subject {
        let topic = category.split('/').next().unwrap_or_default().trim();
        Subject { topic: topic.to_owned(), department: department.to_owned() }
    }
}

/// What became of a question or a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An entry was opened.
    Opened,
    /// An entry was copied, to be said.
    Copied,
    /// The call ended with an answer.
    Answered,
    /// A ticket went to a department.
    Dispatched,
    /// The caller was gone before.
    Abandoned,
    /// The caller said how satisfied they were; nothing else is new.
    Rated,
}

impl Outcome {
    /// The name in requests and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Opened => "opened",
            Outcome::Copied => "copied",
            Outcome::Answered => "answered",
            Outcome::Dispatched => "dispatched",
            Outcome::Abandoned => "abandoned",
            Outcome::Rated => "rated",
        }
    }
}

/// What somebody said about a question or a call.
#[derive(Debug)]
pub struct Told {
    pub search_id: Option<Uuid>,
    pub at: Timestamp,
    pub outcome: Outcome,
    pub entry_id: Option<String>,
    /// What that entry is about, where it is known.
    pub subject: Option<Subject>,
    /// To whom it was dispatched.
    pub department: Option<String>,
    /// How satisfied the caller was, 1 to 5.
    pub satisfaction: Option<u8>,
    pub place: Place,
    /// Masked before it is written.
    pub note: String,
}

/// Called once a word is safe, or why it is not.
pub type Safe = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

enum Note {
    Asked(Box<Asked>),
    Told(Box<Told>, Safe),
}

/// The way into the journal; shared by all requests.
pub struct Journal {
    path: PathBuf,
    notes: (Sender<Note>, Receiver<Note>),
    is_on: bool,
    days: AtomicU32,
    lost: AtomicU64,
    /// Whether dispatched calls are handed over.
    hands_over: AtomicBool,
}

impl Journal {
    /// The journal in a corpus folder; what is off takes nothing.
    pub fn new(corpus: &Path, is_on: bool) -> Journal {
        Journal {
            path: corpus.join(JOURNAL_FILE),
            notes: bounded(MOST_WAITING),
            is_on,
            days: AtomicU32::new(DEFAULT_DAYS),
            lost: AtomicU64::new(0),
            hands_over: AtomicBool::new(false),
        }
    }

    /// Copies the journal as it stands at this moment into a new file, others
    /// reading and writing meanwhile. Says whether there is one.
    pub fn copy_to(&self, path: &Path) -> Result<bool, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(false) };
        connection.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
        Ok(true)
    }

    /// Whether anything is written down.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// How many days it goes back from now on.
    pub fn keep_days(&self, days: u32) {
        self.days.store(days, Ordering::Relaxed);
    }

    /// Puts every call that is dispatched from now on into the outbox.
    pub fn hand_over(&self) {
        self.hands_over.store(true, Ordering::Relaxed);
    }

    /// Searches that were only counted: too many at once, or no room on the disk.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Notes a search without waiting.
    pub fn asked(&self, asked: Asked) {
        if self.is_on && self.notes.0.try_send(Note::Asked(Box::new(asked))).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes an outcome; `safe` is called once it is written.
    pub fn told(&self, told: Told, safe: Safe) {
        if !self.is_on {
            return safe(Err(JournalError::Off));
        }
        match self.notes.0.try_send(Note::Told(Box::new(told), safe)) {
            Ok(()) => {}
            Err(TrySendError::Full(note) | TrySendError::Disconnected(note)) => {
                if let Note::Told(_, safe) = note {
                    safe(Err(JournalError::DiskFull));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
