//! Settings that belong to the library rather than to one server of it.

use jiff::civil::Date;
use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::audit::{self, AuditEvent};
use super::{Library, LibraryError};
use crate::journal::DEFAULT_DAYS;

const FOUR_EYES: &str = "four_eyes";
const JOURNAL_DAYS: &str = "journal_days";
const LEARNING: &str = "learning";
/// The day of the last nightly pass: state, no setting that anybody changes.
const LEARNED_ON: &str = "learned_on";

/// How the library is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether what one person wrote is published by another, a reviewer.
    pub four_eyes: bool,
    /// How many days the journal goes back.
    pub journal_days: u32,
    /// Whether the server learns from it each night, and who is one adopter.
    pub learning: Learning,
}

/// What is learned from the journal by night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Learning {
    Off,
    /// Each key is one adopter: the only name that is proven.
    #[default]
    Keys,
    /// Each seat of a key is, as the desk names it.
    Seats,
}

impl Learning {
    /// The name in requests and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Learning::Off => "off",
            Learning::Keys => "keys",
            Learning::Seats => "seats",
        }
    }

    fn parse(text: &str) -> Option<Learning> {
        [Learning::Off, Learning::Keys, Learning::Seats].into_iter().find(|one| one.as_str() == text)
    }
}

impl Library {
    /// The settings in force.
    pub fn settings(&self) -> Result<Settings, LibraryError> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut value = |name| query.query_row([name], |row| row.get::<_, String>(0)).optional();
        let four_eyes = value(FOUR_EYES)?.as_deref() == Some("on");
        let journal_days = value(JOURNAL_DAYS)?.and_then(|days| days.parse().ok());
        let learning = value(LEARNING)?.and_then(|name| Learning::parse(&name)).unwrap_or_default();
        Ok(Settings { four_eyes, journal_days: journal_days.unwrap_or(DEFAULT_DAYS), learning })
    }

    /// Puts settings in force.
    pub fn set(&mut self, settings: Settings, made_by: &str, reason: &str) -> Result<(), LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let values = [
            (FOUR_EYES, if settings.four_eyes { "on".to_owned() } else { "off".to_owned() }),
            (JOURNAL_DAYS, settings.journal_days.to_string()),
            (LEARNING, settings.learning.as_str().to_owned()),
        ];
        let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        for (name, value) in &values {
            transaction.execute(sql, params![name, value])?;
        }
        let object = values.map(|(name, value)| format!("{name}={value}")).join(" ");
        let event = AuditEvent { actor: made_by, action: "settings.changed", object: &object, reason };
        audit::write(&transaction, &jiff::Timestamp::now().to_string(), &event)?;
        Ok(transaction.commit()?)
    }

    /// The day on which the journal was last learned from by night; none yet.
    pub fn learned_on(&self) -> Result<Option<Date>, LibraryError> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        let day: Option<String> =
            self.connection.prepare_cached(sql)?.query_row([LEARNED_ON], |row| row.get(0)).optional()?;
        Ok(day.and_then(|day| day.parse().ok()))
    }

    /// Writes down that day.
    pub fn set_learned_on(&mut self, day: Date) -> Result<(), LibraryError> {
        let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.connection.execute(sql, params![LEARNED_ON, day.to_string()])?;
        Ok(())
    }

    /// Writes into the audit log what a nightly pass learned.
    pub fn note_learned(&mut self, sums: &str) -> Result<(), LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let event = AuditEvent { actor: "夜间学习", action: "memory.learned", object: "", reason: sums };
        audit::write(&transaction, &jiff::Timestamp::now().to_string(), &event)?;
        Ok(transaction.commit()?)
    }
}
