//! Settings that belong to the library rather than to one server of it.

use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::audit::{self, AuditEvent};
use super::{Library, LibraryError};
use crate::journal::DEFAULT_DAYS;

const FOUR_EYES: &str = "four_eyes";
const JOURNAL_DAYS: &str = "journal_days";

/// How the library is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether what one person wrote is published by another, a reviewer.
    pub four_eyes: bool,
    /// How many days the journal goes back.
    pub journal_days: u32,
}

impl Library {
    /// The settings in force.
    pub fn settings(&self) -> Result<Settings, LibraryError> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut value = |name| query.query_row([name], |row| row.get::<_, String>(0)).optional();
        let four_eyes = value(FOUR_EYES)?.as_deref() == Some("on");
        let journal_days = value(JOURNAL_DAYS)?.and_then(|days| days.parse().ok());
        Ok(Settings { four_eyes, journal_days: journal_days.unwrap_or(DEFAULT_DAYS) })
    }

    /// Puts settings in force.
    pub fn set(&mut self, settings: Settings, made_by: &str, reason: &str) -> Result<(), LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let values = [
            (FOUR_EYES, if settings.four_eyes { "on".to_owned() } else { "off".to_owned() }),
            (JOURNAL_DAYS, settings.journal_days.to_string()),
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
}
